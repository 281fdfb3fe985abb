// Package report renders a finished run for its readers: machines (results.json, junit.xml, exchanges.har), people
// (report.html, summary.md) and the terminal. Every renderer is a pure function of result.Run, so that any report can
// be made again from results.json; none knows the contract, the target or the file system beyond the directory WriteDir
// is given.
//
// Whatever comes from the target is hostile until shown otherwise: no renderer lets it leave the place it is quoted in.
package report

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"

	"conformance/internal/result"
)

// Format is one report: the name of its file and what writes it.
type Format struct {
	Name  string
	Mode  os.FileMode // what quotes bodies of the target is for its owner alone
	Write func(io.Writer, result.Run) error
}

// bestForPeople is the report that a person opens first.
const bestForPeople = "report.html"

// Formats are all reports that a run leaves behind, the canonical one first.
func Formats() []Format {
	return []Format{
		{"results.json", 0o600, WriteJSON},
		{"junit.xml", 0o600, WriteJUnit},
		{"report.html", 0o600, WriteHTML},
		{"summary.md", 0o644, WriteMarkdown},
		{"exchanges.har", 0o600, WriteHAR},
	}
}

// WriteDir writes every report into dir, which it creates if need be, side by side. Each file appears whole or not at
// all, so that a reader never meets half of one, and a report that cannot be written does not keep the others from
// being written.
func WriteDir(dir string, r result.Run) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("reports: %w; choose another directory with --reports", err)
	}
	formats := Formats()
	problems := make([]error, len(formats))
	var all sync.WaitGroup
	for i, f := range formats {
		all.Go(func() {
			if err := writeFile(dir, f, r); err != nil {
				problems[i] = fmt.Errorf("reports: %s: %w", filepath.Join(dir, f.Name), err)
			}
		})
	}
	all.Wait()
	return errors.Join(problems...)
}

func writeFile(dir string, f Format, r result.Run) (err error) {
	tmp, err := os.CreateTemp(dir, "."+f.Name+"-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(tmp.Name())
		}
	}()
	if err = f.Write(tmp, r); err == nil {
		err = tmp.Chmod(f.Mode)
	}
	if closing := tmp.Close(); err == nil {
		err = closing
	}
	if err != nil {
		return err
	}
	return os.Rename(tmp.Name(), filepath.Join(dir, f.Name))
}
