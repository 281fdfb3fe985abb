package certify

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"conformance/internal/report"
	"conformance/internal/result"
)

// Bundle is the content of a bundle's files by name.
type Bundle struct {
	Files map[string][]byte
	// Unexpected are names of files in the bundle that do not belong there.
	Unexpected []string
}

// ended is when a run was over.
func ended(r result.Run) time.Time {
	return r.Started.Add(time.Duration(r.DurationMS) * time.Millisecond)
}

// Make puts two finished runs that lack nothing into a bundle. Without a key the statement is not signed.
func (r *Reference) Make(ctx context.Context, subject Subject, runs [2]result.Run, key *PrivateKey) (*Bundle, error) {
	b := &Bundle{Files: map[string][]byte{}}
	for name, write := range map[string]func(io.Writer) error{
		Run1File:   func(w io.Writer) error { return report.WriteJSON(w, runs[0]) },
		Run2File:   func(w io.Writer) error { return report.WriteJSON(w, runs[1]) },
		ReportFile: func(w io.Writer) error { return report.WriteHTML(w, runs[1]) },
	} {
		var data bytes.Buffer
		if err := write(&data); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		b.Files[name] = data.Bytes()
	}
	_, warned, _ := tests(runs)
	b.Files[BadgeFile] = r.badge(subject, runs[1], len(warned), key != nil)
	statement, err := r.state(subject.describe(runs[1].Target), runs, b.Files).encode()
	if err != nil {
		return nil, err
	}
	b.Files[StatementFile], err = seal(ctx, statement, key)
	return b, err
}

// Free says why a bundle cannot be written to a directory: nothing is ever overwritten. The directory need not exist.
func Free(dir string) error {
	for _, f := range limits {
		if _, err := os.Lstat(filepath.Join(dir, f.name)); err == nil {
			return fmt.Errorf("%s holds %s already; choose another directory, or take the bundle away first",
				filepath.Clean(dir), f.name)
		} else if !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return os.MkdirAll(filepath.Dir(filepath.Clean(dir)), 0o755)
}

// Write makes the files of a bundle in a directory: all of them or none. The results of a conformant run hold nothing
// that its owner would not show, so they are for all to read.
func (b *Bundle) Write(dir string) (err error) {
	if err := Free(dir); err != nil {
		return err
	}
	tmp, err := os.MkdirTemp(filepath.Dir(filepath.Clean(dir)), ".certificate-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp)
	for _, f := range limits {
		err := os.WriteFile(filepath.Join(tmp, f.name), b.Files[f.name], 0o644) // #nosec G306 -- to be published
		if err != nil {
			return err
		}
	}
	if err := os.Chmod(tmp, 0o755); err != nil { // #nosec G302 -- to be published
		return err
	}
	if os.Rename(tmp, dir) == nil { // the common case: there was no such directory, or it was empty
		return nil
	}
	var moved []string
	for _, f := range limits { // the statement last: without it there is no certificate
		to := filepath.Join(dir, f.name)
		if err := os.Rename(filepath.Join(tmp, f.name), to); err != nil {
			for _, name := range moved {
				err = errors.Join(err, os.Remove(name))
			}
			return err
		}
		moved = append(moved, to)
	}
	return nil
}

// Read reads a bundle and nothing else: fixed names, regular files, bounded sizes.
func Read(dir string) (*Bundle, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	b := &Bundle{Files: map[string][]byte{}}
	for _, f := range limits {
		if b.Files[f.name], err = readBounded(root, f.name, f.size); err != nil {
			return nil, err
		}
	}
	entries, err := fs.ReadDir(root.FS(), ".")
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		if _, known := b.Files[e.Name()]; !known && e.Name() != KeyFile && !strings.EqualFold(e.Name(), "README.md") {
			b.Unexpected = append(b.Unexpected, e.Name())
		}
	}
	slices.Sort(b.Unexpected)
	return b, nil
}

func readBounded(root *os.Root, name string, most int64) ([]byte, error) {
	info, err := root.Lstat(name)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, cause(err))
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is not a regular file", name)
	}
	f, err := root.Open(name)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, cause(err))
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, most+1))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, cause(err))
	}
	if int64(len(data)) > most {
		return nil, fmt.Errorf("%s is larger than %d KiB", name, most>>10)
	}
	return data, nil
}

// cause leaves out the path that the error of a file operation repeats.
func cause(err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	return err
}
