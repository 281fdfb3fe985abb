package credential

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"time"
)

// Bounds on a command that prints a key.
const (
	commandTimeout = 30 * time.Second
	longestSecret  = 64 << 10 // bytes
	// askInterval is how long a key is taken as it is: a target that refuses every key must not start a process for each.
	askInterval = time.Minute
)

// Command is where a key comes from that runs out: what a command prints, white space around it left out. It is asked
// once before the run, and again when the target does not accept the key any more, once a minute at most. Its methods
// are safe for concurrent use.
type Command struct {
	Line []string // the program and its arguments: no shell reads them
	Now  func() time.Time

	mu     sync.Mutex
	seen   []string // every secret so far, the current one last
	asked  time.Time
	notice []func(secret string)
}

// Start runs the command for the first time. The error quotes nothing that it printed.
func (c *Command) Start(ctx context.Context) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.ask(ctx)
}

// Renew runs it again, unless another secret than the refused one has come since, or it was asked just now. It returns
// the secret that is current then; the refused one where there is no other.
func (c *Command) Renew(ctx context.Context, refused string) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.current() == refused && c.Now().Sub(c.asked) >= askInterval {
		_ = c.ask(ctx) // the answer to the refused key says enough
	}
	return c.current()
}

// ask runs the command. The lock is held.
func (c *Command) ask(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, commandTimeout)
	defer cancel()
	c.asked = c.Now()
	if len(c.Line) == 0 {
		return errors.New("command: is empty; name a program that prints the key")
	}
	cmd := exec.CommandContext(ctx, c.Line[0], c.Line[1:]...) // #nosec G204 -- the configuration's owner asks for it
	out, err := cmd.Output()
	if err != nil {
		var exit *exec.ExitError
		if errors.As(err, &exit) { // what it printed may hold a secret
			err = errors.New(exit.ProcessState.String())
		}
		return fmt.Errorf("command: %w; run it by hand to see what is wrong", err)
	}
	secret := string(bytes.TrimSpace(out))
	switch {
	case secret == "":
		return errors.New("command: printed nothing; it must print the key and nothing else")
	case len(secret) > longestSecret || strings.ContainsFunc(secret, func(r rune) bool { return r < ' ' || r == 0x7f }):
		return errors.New("command: printed more than one line, or what no header can carry; it must print the key alone")
	}
	if c.current() == secret {
		return nil
	}
	for _, notice := range c.notice { // whoever keeps secrets out of reports knows it before anybody sends it
		notice(secret)
	}
	c.seen = append(c.seen, secret)
	return nil
}

func (c *Command) current() string {
	if len(c.seen) == 0 {
		return ""
	}
	return c.seen[len(c.seen)-1]
}

// Secret is the current one; empty before Start.
func (c *Command) Secret() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.current()
}

// Seen are all secrets so far.
func (c *Command) Seen() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.seen)
}

// Notice calls a function with every secret: those so far, and each new one before it is used.
func (c *Command) Notice(secret func(string)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, s := range c.seen {
		secret(s)
	}
	c.notice = append(c.notice, secret)
}

// Start runs the commands of all keys that come from one. The error names the purpose.
func (s Set) Start(ctx context.Context) error {
	for _, k := range s {
		if k.Command == nil {
			continue
		}
		if err := k.Command.Start(ctx); err != nil {
			return fmt.Errorf("%s: %w", k.Purpose.Setting(), err)
		}
	}
	return nil
}
