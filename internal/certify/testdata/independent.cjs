// Verifies a DSSE envelope with sigstore's libraries: node independent.cjs ENVELOPE PUBLIC-KEY. Prints the statement's bytes.
const { readFileSync } = require('node:fs')
const { createPublicKey } = require('node:crypto')
const { bundleFromJSON } = require('@sigstore/bundle')
const { Verifier, toSignedEntity, toTrustMaterial } = require('@sigstore/verify')

const [, , envelopeFile, keyFile] = process.argv
const envelope = JSON.parse(readFileSync(envelopeFile, 'utf8'))
const publicKey = createPublicKey(readFileSync(keyFile))
const hint = envelope.signatures[0].keyid
const bundle = bundleFromJSON({
  mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json',
  verificationMaterial: { publicKey: { hint } },
  dsseEnvelope: { ...envelope, signatures: envelope.signatures.map(({ sig }) => ({ sig, keyid: hint })) },
})
const root = { certificateAuthorities: [], timestampAuthorities: [], tlogs: [], ctlogs: [] }
const trust = toTrustMaterial(root, () => ({ publicKey, validFor: () => true }))
new Verifier(trust, { ctlogThreshold: 0, tlogThreshold: 0, timestampThreshold: 0 }).verify(toSignedEntity(bundle))
process.stdout.write(Buffer.from(envelope.payload, 'base64'))
