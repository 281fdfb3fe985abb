package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"conformance"
	"conformance/internal/contract"
	"conformance/internal/document"
	"conformance/internal/generate"
	"conformance/internal/result"
)

// source says which document a command works by, and what is added to it.
type source struct {
	contract string   // a file; empty: the configuration's, else the embedded one
	overlays []string // files, in order
	root     string   // references may lead to files below it
	config   string   // a file that may name contract and overlays; empty: none
	strict   bool     // gaps are refused
}

// api is a contract with the document that it was made of; the embedded one has none.
type api struct {
	*contract.Contract
	document *document.Document
}

// loadAPI reads what the source says. Whoever judges by it, serves it or lists it asks here.
func loadAPI(env environment, s source) (*api, error) {
	if s.contract == "" && s.config != "" {
		if err := s.fromConfig(env); err != nil {
			return nil, err
		}
	}
	if s.contract == "" {
		if len(s.overlays) == 0 {
			c, err := contract.Load(conformance.OpenAPI)
			if err != nil {
				return nil, usagef("the embedded openapi.yaml: %w", err)
			}
			return &api{Contract: c}, nil
		}
		return withOverlays(s)
	}
	d, err := document.Read(s.contract, document.Options{Root: s.root, Overlays: s.overlays})
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) {
			return nil, usagef("--contract: %s: %w", s.contract, err)
		}
		return nil, usagef("%s: %w", filepath.Base(s.contract), err)
	}
	return s.modelled(d)
}

// withOverlays is the embedded document with overlays.
func withOverlays(s source) (*api, error) {
	var overlays []document.Named
	for _, file := range s.overlays {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, usagef("--overlay: %w", err)
		}
		overlays = append(overlays, document.Named{Name: filepath.Base(file), Data: text})
	}
	d, err := document.Parse("openapi.yaml", conformance.OpenAPI, overlays...)
	if err != nil {
		return nil, usagef("the embedded openapi.yaml: %w", err)
	}
	return s.modelled(d)
}

func (s source) modelled(d *document.Document) (*api, error) {
	a := &api{contract.New(d.Doc, d.SHA256, generate.Fitting), d}
	for _, f := range d.Files {
		a.Files = append(a.Files, result.File{Name: f.Name, SHA256: f.SHA256})
	}
	for _, f := range d.Overlays {
		a.Files = append(a.Files, result.File{Name: f.Name, SHA256: f.SHA256, Overlay: true})
	}
	if !s.strict {
		return a, nil
	}
	if gaps := a.gaps(reach{}); len(gaps) > 0 {
		lines := make([]string, 0, len(gaps))
		for _, g := range gaps {
			lines = append(lines, fmt.Sprintf("%s: %s: %s", g.Place, g.Pointer, g.Message))
		}
		return nil, usagef("%d gaps, and --strict allows none:\n%s", len(gaps), strings.Join(lines, "\n"))
	}
	return a, nil
}

// fromConfig takes what the configuration says of the contract. Names are seen from its folder.
func (s *source) fromConfig(env environment) error {
	file, err := loadConfig(env.lenient(), s.config, false)
	if err != nil || file == nil {
		return err
	}
	dir := filepath.Dir(s.config)
	beside := func(name string) string {
		if filepath.IsAbs(name) {
			return name
		}
		return filepath.Join(dir, name)
	}
	if file.Contract != "" {
		s.contract = beside(file.Contract)
	}
	if len(s.overlays) == 0 {
		for _, name := range file.Overlays {
			s.overlays = append(s.overlays, beside(name))
		}
	}
	return nil
}

// loadContract reads a document with overlays, or the embedded one if there is no name.
func loadContract(file string, overlays ...string) (*contract.Contract, error) {
	a, err := loadAPI(environment{}, source{contract: file, overlays: overlays})
	if err != nil {
		return nil, err
	}
	return a.Contract, nil
}
