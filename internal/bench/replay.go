package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"time"

	"conformance/internal/config"
	"conformance/internal/contract"
	"conformance/internal/credential"
	"conformance/internal/probe"
	"conformance/internal/result"
	"conformance/internal/runner"
	"conformance/suite"
)

// server is a sandbox in another process.
type server struct {
	file *config.File
	cmd  *exec.Cmd
	dir  string
}

func serve(ctx context.Context, binary, contractFile string, delay time.Duration, more ...string) (*server, error) {
	dir, err := os.MkdirTemp("", "conformance-bench-")
	if err != nil {
		return nil, err
	}
	name := filepath.Join(dir, "conformance.yaml")
	args := []string{
		"serve", "--addr", "127.0.0.1:0", "--limit", "1000000", "--window", "1s", "--delay", delay.String(), "--write-config",
		name,
	}
	args = append(args, more...)
	if contractFile != "" {
		args = append(args, "--contract", contractFile)
	}
	s := &server{cmd: exec.CommandContext(ctx, binary, args...), dir: dir} // #nosec G204 -- its own binary
	if err := s.cmd.Start(); err != nil {
		return nil, err
	}
	for range 1000 {
		if s.file, err = config.Load(name, os.LookupEnv); err == nil && len(s.file.Credentials.Of(credential.Full)) > 0 {
			return s, nil
		}
		time.Sleep(10 * time.Millisecond)
	}
	s.stop()
	return nil, fmt.Errorf("the sandbox did not start: %w", err)
}

func (s *server) stop() {
	_ = s.cmd.Process.Signal(os.Interrupt)
	_ = s.cmd.Wait()
	_ = os.RemoveAll(s.dir)
}

// request is one that was sent, as bytes.
type request struct {
	method, url string
	header      http.Header
	body        []byte
}

// recorder keeps every request, in the sequences in which they had to be sent.
type recorder struct {
	next  http.RoundTripper
	mu    sync.Mutex
	lanes map[string][]request
	order []string
}

// RoundTrip keeps a request and passes it on.
func (r *recorder) RoundTrip(in *http.Request) (*http.Response, error) {
	kept := request{in.Method, in.URL.String(), in.Header.Clone(), nil}
	if in.Body != nil {
		kept.body, _ = io.ReadAll(in.Body) // a bytes.Reader
		in.Body = io.NopCloser(bytes.NewReader(kept.body))
	}
	lane := runner.LaneOf(in.Context())
	r.mu.Lock()
	if r.lanes[lane] == nil {
		r.order = append(r.order, lane)
	}
	r.lanes[lane] = append(r.lanes[lane], kept)
	r.mu.Unlock()
	return r.next.RoundTrip(in)
}

func transport(workers int) *http.Transport {
	return &http.Transport{MaxIdleConns: 4 * workers, MaxIdleConnsPerHost: 4 * workers, DisableCompression: true}
}

// measure runs the core profile without floods and returns its requests by sequence, and how long it took.
func measure(ctx context.Context, c *contract.Contract, s *server, workers int) ([][]request, time.Duration, error) {
	rec := &recorder{next: transport(workers), lanes: map[string][]request{}}
	plan := runner.NewPlan(c, suite.All(), runner.Selection{Profile: runner.Core, NoFlood: true})
	_, took, rows, err := judge(ctx, s, plan, workers, rec)
	if err != nil {
		return nil, 0, err
	}
	for _, row := range rows {
		if row.Outcome == "fail" || row.Outcome == "error" {
			return nil, 0, fmt.Errorf("%s %s %s: %s %s", row.ID, row.Operation, row.Variant, row.Outcome, row.Reason)
		}
	}
	return rec.sequences(), took, nil
}

// sequences are the requests in the sequences in which they were sent, in the order in which these began.
func (r *recorder) sequences() [][]request {
	var out [][]request
	for _, lane := range r.order {
		out = append(out, r.lanes[lane])
	}
	return out
}

// judge runs a plan and returns the client that sent its requests, how long it took, and its rows. Preflight and
// clean-up are left out: what they send does not grow with the plan.
func judge(ctx context.Context, s *server, p *runner.Plan, workers int, through http.RoundTripper) (
	*probe.Client, time.Duration, []result.Check, error,
) {
	var client *probe.Client
	r, err := runner.Judge(ctx, runner.Target{URL: s.file.Target, File: s.file, Transport: through}, p, runner.Options{
		Concurrency: workers, Seed: 1, Bare: true, Begin: func(b runner.Beginning) { client = b.Client },
	})
	return client, time.Duration(r.DurationMS) * time.Millisecond, r.Checks, err
}

// oneByOne puts every request into a sequence of its own.
func oneByOne(lanes [][]request) [][]request {
	var out [][]request
	for _, lane := range lanes {
		for _, r := range lane {
			out = append(out, []request{r})
		}
	}
	return out
}

func count(lanes [][]request) int {
	n := 0
	for _, lane := range lanes {
		n += len(lane)
	}
	return n
}

// replay sends the requests again with nothing but net/http, each sequence by one worker.
func replay(ctx context.Context, lanes [][]request, workers int) (time.Duration, error) {
	client := &http.Client{
		Transport:     transport(workers),
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	defer client.CloseIdleConnections()
	jobs := make(chan []request, len(lanes))
	for _, lane := range lanes {
		jobs <- lane
	}
	close(jobs)
	errs := make(chan error, workers)
	started := time.Now()
	for range workers {
		go func() { errs <- send(ctx, client, jobs) }()
	}
	var first error
	for range workers {
		if err := <-errs; first == nil {
			first = err
		}
	}
	return time.Since(started), first
}

func send(ctx context.Context, client *http.Client, jobs chan []request) error {
	for lane := range jobs {
		for _, r := range lane {
			var body io.Reader
			if r.body != nil {
				body = bytes.NewReader(r.body)
			}
			req, err := http.NewRequestWithContext(ctx, r.method, r.url, body)
			if err != nil {
				return err
			}
			req.Header = r.header.Clone()
			res, err := client.Do(req)
			if err != nil {
				return err
			}
			_, err = io.Copy(io.Discard, res.Body)
			res.Body.Close()
			if err != nil {
				return err
			}
		}
	}
	return nil
}
