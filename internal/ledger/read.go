package ledger

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// maxLine bounds a line of the file, in bytes.
const maxLine = 1 << 20

// Create begins a ledger in a file. One that is there already, of a run that did not clean up after itself, is kept
// under a name of its own.
func Create(name string, head Head) (*Ledger, error) {
	if old, err := os.Open(name); err == nil {
		was, entries, whole, err := read(old)
		if err = errors.Join(err, old.Close()); err != nil {
			return nil, fmt.Errorf("%s is not the ledger of an earlier run: %w; move it away", name, err)
		}
		if !whole && slices.ContainsFunc(entries, func(e Entry) bool { return e.State == Made || e.State == Sent }) {
			kept := strings.TrimSuffix(name, filepath.Ext(name)) + "-" + was.Run + filepath.Ext(name)
			if err := os.Rename(name, kept); err != nil {
				return nil, err
			}
		}
	}
	file, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, err
	}
	return New(file, head), nil
}

// Read reads what New wrote. The last line may be cut off: a run was killed while it wrote. The error says which line
// is none of a ledger's.
func Read(r io.Reader) (Head, []Entry, error) {
	head, entries, _, err := read(r)
	return head, entries, err
}

// read also says whether the run ended and cleaned up.
func read(r io.Reader) (head Head, entries []Entry, whole bool, err error) {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, maxLine)
	var broken error
	for n := 1; lines.Scan(); n++ {
		if broken != nil {
			return head, nil, false, broken
		}
		if n == 1 {
			if err := decode(lines.Bytes(), &head); err != nil || head.Run == "" {
				return head, nil, false, errors.New("line 1 is not the head of a ledger; name the file that a run wrote")
			}
			continue
		}
		var e Entry
		if err := decode(lines.Bytes(), &e); err != nil {
			broken = fmt.Errorf("line %d is not an entry of a ledger: %w", n, err) // unless it is the last one
			continue
		}
		switch {
		case e.State == ended:
			whole = true
		case e.Number == len(entries)+1:
			entries = append(entries, e)
		case e.Number < 1 || e.Number > len(entries):
			return head, nil, false, fmt.Errorf("line %d is about entry %d, which no line before it begins", n, e.Number)
		default:
			old := &entries[e.Number-1]
			old.State = e.State
			if len(e.IDs) > 0 {
				old.IDs = e.IDs
			}
		}
	}
	if head.Run == "" && lines.Err() == nil {
		return head, nil, false, errors.New("is empty; name the file that a run wrote")
	}
	return head, entries, whole, lines.Err()
}

func decode(line []byte, into any) error {
	dec := json.NewDecoder(bytes.NewReader(line))
	dec.DisallowUnknownFields()
	return dec.Decode(into)
}

// Open reads a ledger's file, to go on with it: what is entered from now on is appended.
func Open(name string) (*Ledger, Head, error) {
	file, err := os.OpenFile(name, os.O_RDWR|os.O_APPEND, 0)
	if err != nil {
		return nil, Head{}, err
	}
	head, entries, err := Read(file)
	if err != nil {
		return nil, head, errors.Join(err, file.Close())
	}
	l := &Ledger{file: file, entries: entries, of: map[string][]int{}, own: map[holding]int{}}
	for i, e := range entries {
		l.of[e.Operation] = append(l.of[e.Operation], i+1)
		for _, id := range e.IDs {
			l.own[holding{id, e.Foreign}] = i
		}
	}
	if err := cutEnd(file); err != nil {
		return nil, head, errors.Join(err, file.Close())
	}
	return l, head, nil
}

// cutEnd ends the last line, or takes it off if it was cut short, so that it does not spoil the next one.
func cutEnd(file *os.File) error {
	data, err := io.ReadAll(io.NewSectionReader(file, 0, 1<<40))
	if err != nil {
		return err
	}
	end := bytes.LastIndexByte(data, '\n') + 1
	if json.Valid(data[end:]) {
		_, err := file.WriteString("\n")
		return err
	}
	return file.Truncate(int64(end))
}
