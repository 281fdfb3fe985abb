// Package conformance embeds the contract that the suite and the sandbox use where no other is given.
package conformance

import _ "embed"

// OpenAPI is the document openapi.yaml at the root of this module.
//
//go:embed openapi.yaml
var OpenAPI []byte
