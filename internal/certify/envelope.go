package certify

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/secure-systems-lab/go-securesystemslib/dsse"
)

// payloadType is what in-toto calls a statement in a DSSE envelope.
const payloadType = "application/vnd.in-toto+json"

// seal puts exactly these bytes into an envelope and signs them; without a key the envelope has no signature.
func seal(ctx context.Context, statement []byte, key *PrivateKey) ([]byte, error) {
	envelope := &dsse.Envelope{
		PayloadType: payloadType, Payload: base64.StdEncoding.EncodeToString(statement), Signatures: []dsse.Signature{},
	}
	if key != nil {
		signer, err := dsse.NewEnvelopeSigner(key)
		if err != nil {
			return nil, err
		}
		if envelope, err = signer.SignPayload(ctx, payloadType, statement); err != nil {
			return nil, err
		}
	}
	return encodeEnvelope(envelope)
}

func encodeEnvelope(e *dsse.Envelope) ([]byte, error) {
	data, err := json.MarshalIndent(e, "", "  ")
	return append(data, '\n'), err
}

// openEnvelope reads an envelope and the statement's bytes. It takes only the one form in which seal writes: what a
// signature does not cover could otherwise be changed without anyone noticing.
func openEnvelope(data []byte) (*dsse.Envelope, []byte, error) {
	if err := strictJSON(data); err != nil {
		return nil, nil, err
	}
	e := &dsse.Envelope{}
	if err := json.Unmarshal(data, e); err != nil {
		return nil, nil, errors.New("is not a DSSE envelope")
	}
	again, err := encodeEnvelope(e)
	if err != nil || !bytes.Equal(again, data) {
		return nil, nil, errors.New("is not written as certify writes it: members, order and white space are part of the " +
			"form")
	}
	if e.PayloadType != payloadType {
		return nil, nil, fmt.Errorf("holds %s, not %s", quoted(e.PayloadType), payloadType)
	}
	if len(e.Signatures) > 1 {
		return nil, nil, fmt.Errorf("has %d signatures; a bundle has one", len(e.Signatures))
	}
	payload, err := canonicalBase64(e.Payload)
	if err != nil {
		return nil, nil, fmt.Errorf("payload: %w", err)
	}
	for _, s := range e.Signatures {
		if _, err := canonicalBase64(s.Sig); err != nil {
			return nil, nil, fmt.Errorf("signature: %w", err)
		}
	}
	return e, payload, nil
}

// canonicalBase64 decodes the one text that stands for these bytes; Go's decoder would skip line ends.
func canonicalBase64(text string) ([]byte, error) {
	data, err := base64.StdEncoding.DecodeString(text)
	if err != nil || base64.StdEncoding.EncodeToString(data) != text {
		return nil, errors.New("is not base64 in its canonical form")
	}
	return data, nil
}

// signedBy says why the envelope is not signed with the key.
func signedBy(ctx context.Context, e *dsse.Envelope, key *PublicKey) error {
	if len(e.Signatures) == 0 {
		return errors.New("the bundle is not signed: anyone who held it can have written all of it")
	}
	if id := e.Signatures[0].KeyID; id != key.ID() {
		return fmt.Errorf("signed with the key %s, not with %s", quoted(id), key.ID())
	}
	verifier, err := dsse.NewEnvelopeVerifier(key)
	if err != nil {
		return err
	}
	if _, err := verifier.Verify(ctx, e); err != nil {
		return errors.New("the signature does not fit the statement: one of them was altered")
	}
	return nil
}
