package certify

import (
	"context"
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
)

// PublicKey verifies statements.
type PublicKey struct {
	key ed25519.PublicKey
	id  string
}

// PrivateKey signs statements.
type PrivateKey struct {
	PublicKey
	key ed25519.PrivateKey
}

// NewKey makes a key pair: PKCS #8 and PKIX, both as PEM.
func NewKey() (private, public []byte, err error) {
	pub, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	privateDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, nil, err
	}
	publicDER, err := x509.MarshalPKIXPublicKey(pub)
	if err != nil {
		return nil, nil, err
	}
	return pem.EncodeToMemory(&pem.Block{
		Type: "PRIVATE KEY", Bytes: privateDER,
	}), pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: publicDER}), nil
}

// ParsePrivateKey reads what NewKey made. No error quotes the file: it is a secret.
func ParsePrivateKey(data []byte) (*PrivateKey, error) {
	der, err := block(data, "PRIVATE KEY")
	if err != nil {
		return nil, err
	}
	parsed, err := x509.ParsePKCS8PrivateKey(der)
	key, ok := parsed.(ed25519.PrivateKey)
	if err != nil || !ok {
		return nil, errors.New("is not an ed25519 key in PKCS #8; conformance keygen makes one")
	}
	public, err := newPublicKey(key.Public())
	if err != nil {
		return nil, err
	}
	return &PrivateKey{*public, key}, nil
}

// ParsePublicKey reads what NewKey made.
func ParsePublicKey(data []byte) (*PublicKey, error) {
	der, err := block(data, "PUBLIC KEY")
	if err != nil {
		return nil, err
	}
	parsed, err := x509.ParsePKIXPublicKey(der)
	if err != nil {
		return nil, errors.New("is not a public key of an ed25519 pair; conformance keygen makes one")
	}
	return newPublicKey(parsed)
}

func newPublicKey(key crypto.PublicKey) (*PublicKey, error) {
	public, ok := key.(ed25519.PublicKey)
	if !ok {
		return nil, errors.New("is not a public key of an ed25519 pair; conformance keygen makes one")
	}
	der, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(der)
	return &PublicKey{public, hex.EncodeToString(sum[:])}, nil
}

// block is the content of the one PEM block that a file must be.
func block(data []byte, kind string) ([]byte, error) {
	b, rest := pem.Decode(data)
	if b == nil || b.Type != kind || len(rest) > 0 {
		return nil, fmt.Errorf("is not one PEM block %q and nothing else", kind)
	}
	return b.Bytes, nil
}

// ID is the sha256 of the public key's DER form, in hex: what people compare by another way than the file came.
func (k *PublicKey) ID() string { return k.id }

// KeyID is ID, for the envelope.
func (k *PublicKey) KeyID() (string, error) { return k.id, nil }

// Public is the key itself.
func (k *PublicKey) Public() crypto.PublicKey { return k.key }

// Verify says whether the signature is the key's over these bytes.
func (k *PublicKey) Verify(_ context.Context, data, sig []byte) error {
	if !ed25519.Verify(k.key, data, sig) {
		return errors.New("the signature is not this key's")
	}
	return nil
}

// Sign signs bytes as they are.
func (k *PrivateKey) Sign(_ context.Context, data []byte) ([]byte, error) {
	return ed25519.Sign(k.key, data), nil
}
