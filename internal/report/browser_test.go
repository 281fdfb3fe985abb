package report

import (
	"context"
	"flag"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	cdppage "github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"conformance/internal/result"
)

var screenshots = flag.String("screenshots", "", "write screenshots of report.html into this directory")

// A browser renders report.html as a reader's does. These tests need Chromium, which scripts/setup-browser.sh installs.

// browser starts Chromium once for a test and returns a function that opens a page in a tab of its own.
func browser(t *testing.T) func(t *testing.T, path string) *tab {
	t.Helper()
	if testing.Short() {
		t.Skip("a browser is slow; left out with -short")
	}
	chromium, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("no chromium on PATH; scripts/setup-browser.sh installs it")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(chromium), chromedp.WindowSize(1280, 900))
	if os.Getuid() == 0 {
		options = append(options, chromedp.NoSandbox) // Chromium refuses to start with one as root
	}
	allocator, stop := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(stop)
	main, stop := chromedp.NewContext(allocator)
	t.Cleanup(stop)
	if err := chromedp.Run(main); err != nil {
		t.Skipf("chromium does not start here: %v", err)
	}
	return func(t *testing.T, path string) *tab { return open(t, main, path) }
}

// tab is an open page, with what it complained of.
type tab struct {
	t   *testing.T
	ctx context.Context

	mu         sync.Mutex
	complaints []string
}

func open(t *testing.T, main context.Context, path string) *tab {
	t.Helper()
	ctx, stop := chromedp.NewContext(main)
	t.Cleanup(stop)
	ctx, stop = context.WithTimeout(ctx, time.Minute)
	t.Cleanup(stop)
	b := &tab{t: t, ctx: ctx}
	chromedp.ListenTarget(ctx, func(event any) {
		b.mu.Lock()
		defer b.mu.Unlock()
		switch e := event.(type) {
		case *runtime.EventExceptionThrown:
			b.complaints = append(b.complaints, e.ExceptionDetails.Error())
		case *runtime.EventConsoleAPICalled:
			b.complaints = append(b.complaints, string(e.Type))
		}
	})
	b.run(chromedp.Navigate((&url.URL{Scheme: "file", Path: path}).String()))
	return b
}

func (b *tab) run(actions ...chromedp.Action) {
	b.t.Helper()
	if err := chromedp.Run(b.ctx, actions...); err != nil {
		b.t.Fatal(err)
	}
}

// eval evaluates a script in the page.
func eval[T any](b *tab, script string) T {
	b.t.Helper()
	var out T
	b.run(chromedp.Evaluate(script, &out, func(p *runtime.EvaluateParams) *runtime.EvaluateParams {
		return p.WithAwaitPromise(true)
	}))
	return out
}

// pageOf writes the report of a run and returns its path.
func pageOf(t *testing.T, r result.Run) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "report.html")
	if err := os.WriteFile(path, render(t, WriteHTML, r), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestPageInBrowser(t *testing.T) {
	show := browser(t)
	report := pageOf(t, recorded(t))
	t.Run("loads without a complaint", func(t *testing.T) {
		b := show(t, report)
		if got := eval[int](b, `document.querySelectorAll("details.row").length`); got != recorded(t).Counts.Fail+
			recorded(t).Counts.Warn {
			t.Errorf("%d rows in the findings", got)
		}
		b.mu.Lock()
		defer b.mu.Unlock()
		if len(b.complaints) > 0 {
			t.Errorf("the console says %q", b.complaints)
		}
	})
	for _, look := range looks {
		for name, path := range map[string]string{"the report": report, "a hostile one": pageOf(t, poisoned(recorded(t)))} {
			t.Run(name+" fits the window, "+look.name, func(t *testing.T) {
				b := show(t, path)
				b.run(look.set()...)
				if got := eval[int](b, `document.documentElement.scrollWidth - document.documentElement.clientWidth`); got > 0 {
					t.Errorf("%d pixels wider than the window", got)
				}
			})
		}
	}
	t.Run("filters", func(t *testing.T) { testFilter(t, show(t, report)) })
	t.Run("a cell leads to its failures", func(t *testing.T) { testCell(t, show(t, report)) })
	t.Run("copies a command", func(t *testing.T) {
		b := show(t, report)
		b.run(chromedp.Click(".copy", chromedp.ByQuery), chromedp.Sleep(200*time.Millisecond))
		if got := eval[string](b, `document.querySelector(".copy").textContent`); got == "Copy" {
			t.Error("the button does not say that it did anything")
		}
	})
}

const visibleRows = `JSON.stringify([...document.querySelectorAll(SELECTOR)].filter(e => !e.closest("[hidden]")).length)`

func testFilter(t *testing.T, b *tab) {
	rows := func(selector string) string {
		return eval[string](b, strings.Replace(visibleRows, "SELECTOR", "'"+selector+"'", 1))
	}
	wait := chromedp.Sleep(200 * time.Millisecond)
	all := rows(".group li")
	b.run(chromedp.SendKeys("input[name=text]", "getjob KEY", chromedp.ByQuery), wait)
	if got := rows(".group li"); got == all || got == "0" {
		t.Errorf("text: %s of %s rows", got, all)
	}
	if got := eval[string](b, `document.getElementById("shown").textContent`); !strings.Contains(got, " of ") {
		t.Errorf("the filter says %q", got)
	}
	b.run(chromedp.Click("button[type=reset]", chromedp.ByQuery), wait)
	if got := rows(".group li"); got != all {
		t.Errorf("after the reset: %s of %s rows", got, all)
	}
	b.run(chromedp.Click("input[value=fail]", chromedp.ByQuery), wait)
	if got := rows(".finding.is-fail"); got != "0" {
		t.Errorf("%s failed findings although failures are left out", got)
	}
	b.run(chromedp.SetValue("select[name=situation]", "wrong-method", chromedp.ByQuery), wait,
		chromedp.Evaluate(`document.getElementById("filter").dispatchEvent(new Event("input"))`, nil), wait)
	if got := rows(".group li"); got != "2" {
		t.Errorf("%s rows of wrong-method that did not fail, want 2", got)
	}
}

func testCell(t *testing.T, b *tab) {
	b.run(chromedp.Click(`[aria-label^="getAsset, foreign-record: 1 failed"]`, chromedp.ByQuery),
		chromedp.Sleep(300*time.Millisecond))
	type seen struct {
		Operation, Situation string
		Open, InView         bool
		Findings, Rows       int
	}
	got := eval[seen](b, `(() => {
		const el = document.querySelector(location.hash), top = el.getBoundingClientRect().top;
		const visible = s => [...document.querySelectorAll(s)].filter(e => !e.closest("[hidden]")).length;
		return {Operation: el.dataset.op, Situation: el.dataset.sit, Open: el.open, InView: top >= 0 && top < innerHeight,
			Findings: visible(".finding"), Rows: visible(".group li")};
	})()`)
	if want := (seen{"getAsset", "foreign-record", true, true, 1, 1}); got != want {
		t.Errorf("the cell leads to %+v, want %+v", got, want)
	}
}

// Whatever a target puts into an answer, and whatever reaches the report from elsewhere, stays text.
func TestPageRunsNothingOfTheTarget(t *testing.T) {
	show := browser(t)
	b := show(t, pageOf(t, poisoned(recorded(t))))
	b.run(chromedp.Sleep(300 * time.Millisecond))
	if got := eval[bool](b, `"owned" in window`); got {
		t.Error("a script of the target ran")
	}
	if got := eval[int](b, `document.querySelectorAll("script").length`); got != 1 {
		t.Errorf("%d scripts in the page, want its own", got)
	}
	if got := eval[int](b, `document.querySelectorAll("img, iframe, object, link, base, a[href]:not([href^='#'])").length`); got != 0 {
		t.Errorf("%d elements that the target put into the page", got)
	}
}

// axe-core knows the rules of WCAG; the page breaks none, in light and dark, wide and narrow.
func TestPageIsAccessible(t *testing.T) {
	axe, err := os.ReadFile("../../.browser/axe.min.js")
	if err != nil {
		t.Skip("no axe-core; scripts/setup-browser.sh installs it")
	}
	show := browser(t)
	for _, look := range looks {
		t.Run(look.name, func(t *testing.T) {
			b := show(t, pageOf(t, recorded(t)))
			b.run(look.set()...)
			b.run(chromedp.Evaluate(`document.querySelectorAll("details").forEach(d => d.open = true)`, nil),
				chromedp.Evaluate(string(axe), nil))
			type violation struct {
				ID, Help string
				Nodes    []struct{ HTML, FailureSummary string }
			}
			for _, v := range eval[[]violation](b, `axe.run().then(r => r.violations.map(v => ({ID: v.id, Help: v.help,
				Nodes: v.nodes.slice(0, 3).map(n => ({HTML: n.html, FailureSummary: n.failureSummary}))})))`) {
				t.Errorf("%s: %s: %+v", v.ID, v.Help, v.Nodes)
			}
		})
	}
}

// looks are the ways in which the page is read.
var looks = []look{{"light", "light", 1280, 900}, {"dark", "dark", 1280, 900}, {"phone", "light", 390, 844}}

type look struct {
	name, scheme  string
	width, height int64
}

func (l look) set() []chromedp.Action {
	return []chromedp.Action{
		cdppage.BringToFront(), // a tab in the background is not drawn
		chromedp.EmulateViewport(l.width, l.height),
		emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: l.scheme}}),
		chromedp.Sleep(200 * time.Millisecond),
	}
}

// Pictures for people to judge; only with -screenshots.
func TestScreenshots(t *testing.T) {
	if *screenshots == "" {
		t.Skip("-screenshots DIR writes them")
	}
	show := browser(t)
	for _, look := range looks {
		b := show(t, pageOf(t, recorded(t)))
		var picture []byte
		b.run(append(look.set(), chromedp.FullScreenshot(&picture, 100))...)
		if err := os.WriteFile(filepath.Join(*screenshots, look.name+".png"), picture, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
