package probe

import (
	"bytes"
	"net/http"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"conformance/internal/contract"
)

// script runs a recorded command in a POSIX shell in which curl prints its arguments, each as <argument and a NUL byte,
// and then what it reads.
func script(t *testing.T, command string, env ...string) (args []string, stdin string) {
	t.Helper()
	cmd := exec.Command(
		"sh",
		"-c",
		`curl() { for a in "$@"; do printf '<%s\0' "$a"; done; case "$*" in *@-) printf '\0'; cat;; esac; }; `+command,
	)
	cmd.Env = append(env, "PATH=/usr/bin:/bin", "HOME=/nowhere")
	var out, problems bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &problems
	if err := cmd.Run(); err != nil || problems.Len() > 0 {
		t.Fatalf("%v: %s\n%s", err, problems.String(), command)
	}
	list, stdin, _ := strings.Cut(out.String(), "\x00\x00")
	for arg := range strings.SplitSeq(strings.TrimSuffix(list, "\x00"), "\x00") {
		args = append(args, strings.TrimPrefix(arg, "<"))
	}
	return args, stdin
}

func offline(t *testing.T) (*Client, *Redactor) {
	t.Helper()
	clock := NewStopped(time.Unix(1e9, 0))
	redact := &Redactor{}
	c, err := New(Options{
		Target: "http://target.test/api/v1", Transport: InProcess(http.NotFoundHandler(), clock), Clock: clock,
	}, redact)
	if err != nil {
		t.Fatal(err)
	}
	return c, redact
}

// TestCurlRepeatsTheRequest runs the recorded command and compares what curl would send with what was sent.
func TestCurlRepeatsTheRequest(t *testing.T) {
	const key = "fsm_live_0123456789"
	c, redact := offline(t)
	redact.Add("${KEY}", key)
	scheme := &contract.Scheme{Type: "apiKey", In: "header", Name: "X-Key"}
	inQuery := &contract.Scheme{Type: "apiKey", In: "query", Name: "key"}
	everyByte := make([]byte, 256)
	for i := range everyByte {
		everyByte[i] = byte(i)
	}
	const base, accept = "http://target.test/api/v1", "Accept: application/json"
	for name, r := range map[string]struct {
		request *Request
		want    []string // after curl -sS -i
		stdin   string
	}{
		"plain": {
			&Request{Method: "GET", Path: "/jobs", Query: []Pair{{"id", "1"}, {"q", "a b&c"}}},
			[]string{"-X", "GET", base + "/jobs?id=1&q=a+b%26c", "-H", accept}, "",
		},
		"key": {
			&Request{Method: "GET", Path: "/jobs", Credential: Credential{{scheme, key}}},
			[]string{"-X", "GET", base + "/jobs", "-H", accept, "-H", "X-Key: " + key}, "",
		},
		"key in query": {
			&Request{
				Method: "GET", Path: "/jobs", Query: []Pair{{"x", "$HOME ${HOME} `id` !"}}, Credential: Credential{{inQuery, key}},
			}, []string{
				"-X", "GET", base + "/jobs?x=%24HOME+%24%7BHOME%7D+%60id%60+%21&key=" + key, "-H", accept,
			}, "",
		},
		"empty key": {
			&Request{Method: "GET", Path: "/jobs", Credential: Credential{{scheme, ""}}},
			[]string{"-X", "GET", base + "/jobs", "-H", accept, "-H", "X-Key;"}, "",
		},
		"own Accept": {
			&Request{Method: "GET", Path: "/jobs", Header: []Pair{{"accept", "text/html"}}},
			[]string{"-X", "GET", base + "/jobs", "-H", "accept: text/html"}, "",
		},
		"body": {
			&Request{
				Method: "POST", Path: "/jobs", Header: []Pair{{"Content-Type", "application/json"}},
				Body: []byte(`{"a":"it's \"$HOME\" ` + "`id` \\\\ !\n\t" + `"}`),
			}, []string{
				"-X", "POST", base + "/jobs", "-H", accept, "-H", "Content-Type: application/json", "--data-binary",
				`{"a":"it's \"$HOME\" ` + "`id` \\\\ !\n\t" + `"}`,
			}, "",
		},
		"body with key": {
			&Request{
				Method: "POST", Path: "/jobs", Header: []Pair{{"Content-Type", "application/json"}},
				Body: []byte(`{"a":"it's \"$HOME\" ${HOME} $(id) ` + "`id` \\\\" + key + `"}`),
			}, []string{
				"-X", "POST", base + "/jobs", "-H", accept, "-H", "Content-Type: application/json", "--data-binary",
				`{"a":"it's \"$HOME\" ${HOME} $(id) ` + "`id` \\\\" + key + `"}`,
			}, "",
		},
		"with an outcry": {
			&Request{
				Method: "POST", Path: "/jobs", Header: []Pair{{"Content-Type", "text/plain"}}, Body: []byte(key + "! it's"),
			}, []string{
				"-X", "POST", base + "/jobs", "-H", accept, "-H", "Content-Type: text/plain", "--data-binary", key + "! it's",
			}, "",
		},
		"looks like key": {
			&Request{
				Method: "POST", Path: "/jobs", Header: []Pair{{"Content-Type", "text/plain"}},
				Body: []byte("${KEY} ${jndi:ldap://x} ${"),
			}, []string{
				"-X", "POST", base + "/jobs", "-H", accept, "-H", "Content-Type: text/plain", "--data-binary",
				"${KEY} ${jndi:ldap://x} ${",
			}, "",
		},
		"no content type": {
			&Request{Method: "POST", Path: "/jobs", Body: []byte("{}")},
			[]string{"-X", "POST", base + "/jobs", "-H", accept, "-H", "Content-Type:", "--data-binary", "{}"}, "",
		},
		"empty body": {
			&Request{Method: "POST", Path: "/jobs", Body: []byte{}},
			[]string{"-X", "POST", base + "/jobs", "-H", accept, "-H", "Content-Type:", "--data-binary", ""}, "",
		},
		"every byte": {
			&Request{Method: "POST", Path: "/jobs", Body: everyByte},
			[]string{"-X", "POST", base + "/jobs", "-H", accept, "-H", "Content-Type:", "--data-binary", "@-"},
			string(everyByte),
		},
		"odd with key": {
			&Request{Method: "POST", Path: "/jobs", Body: []byte("\x00\"$`\\'%s${KEY}" + key + "\xff!")},
			[]string{"-X", "POST", base + "/jobs", "-H", accept, "-H", "Content-Type:", "--data-binary", "@-"},
			"\x00\"$`\\'%s${KEY}" + key + "\xff!",
		},
		"a file's name": {
			&Request{Method: "POST", Path: "/jobs", Body: []byte("@/etc/passwd")},
			[]string{"-X", "POST", base + "/jobs", "-H", accept, "-H", "Content-Type:", "--data-binary", "@-"}, "@/etc/passwd",
		},
		"carriage return": {
			&Request{Method: "POST", Path: "/jobs", Body: []byte("a\r\nb")},
			[]string{"-X", "POST", base + "/jobs", "-H", accept, "-H", "Content-Type:", "--data-binary", "@-"}, "a\r\nb",
		},
		"quotes in names": {
			&Request{Method: "GET", Path: "/it's", Header: []Pair{{"X'Y", `a"b'c`}}},
			[]string{"-X", "GET", base + "/it's", "-H", accept, "-H", `X'Y: a"b'c`}, "",
		},
		"invented method": {
			&Request{Method: "X$'Y", Path: "/jobs"}, []string{"-X", "X$'Y", base + "/jobs", "-H", accept}, "",
		},
		"head": {&Request{Method: "HEAD", Path: "/jobs"}, []string{"--head", base + "/jobs", "-H", accept}, ""},
		"brackets": {
			&Request{Method: "GET", Path: "/jobs", RawQuery: "filter[a]={b,c}&x='$HOME'"},
			[]string{"-X", "GET", "-g", base + "/jobs?filter[a]={b,c}&x='$HOME'", "-H", accept}, "",
		},
		"dots": {
			&Request{Method: "GET", Path: "/jobs/../x/."},
			[]string{"-X", "GET", "--path-as-is", base + "/jobs/../x/.", "-H", accept}, "",
		},
		"malformed path": {
			&Request{Method: "GET", Path: "/jobs/%zz"}, []string{"-X", "GET", base + "/jobs/%25zz", "-H", accept}, "",
		},
	} {
		t.Run(name, func(t *testing.T) {
			x := c.Unanswered(r.request, time.Now(), http.ErrServerClosed)
			args, stdin := script(t, x.Curl, "KEY="+key)
			i := slices.Index(args, "Accept-Encoding: identity")
			if i < 1 {
				t.Fatalf("no content coding is to come, and %s does not say so", x.Curl)
			}
			args = slices.Delete(args, i-1, i+1)
			if want := append([]string{"-sS", "-i"}, r.want...); !slices.Equal(args, want) {
				t.Errorf("got  %q\nwant %q\nfrom %s", args, want, x.Curl)
			}
			if stdin != r.stdin {
				t.Errorf("curl reads %q, want %q, from %s", stdin, r.stdin, x.Curl)
			}
			if strings.Contains(x.Curl, key) {
				t.Errorf("the key is in %s", x.Curl)
			}
		})
	}
}

// TestCurlOfALongBody: an excerpt is a whole command too, wherever it is cut.
func TestCurlOfALongBody(t *testing.T) {
	const key = "fsm_live_0123456789"
	c, redact := offline(t)
	redact.Add("${KEY}", key)
	for shift := range 20 {
		for _, end := range []string{key, "é", "'", "\x00" + key} {
			body := strings.Repeat("x", excerpt-shift) + end + strings.Repeat("y", 20)
			x := c.Unanswered(&Request{Method: "POST", Path: "/jobs", Body: []byte(body)}, time.Now(), http.ErrServerClosed)
			if !strings.HasSuffix(x.Curl, "  # the body is an excerpt") {
				t.Fatalf("%d %q: no word of an excerpt in %s", shift, end, x.Curl)
			}
			args, stdin := script(t, x.Curl, "KEY="+key)
			if sent := args[len(args)-1] + stdin; !strings.HasPrefix(body, strings.TrimPrefix(sent, "@-")) ||
				len(sent) < excerpt-len(key) {
				t.Errorf("%d %q: %.40q… of %d bytes is no beginning of the body", shift, end, sent, len(sent))
			}
		}
	}
}

// TestQuote: a shell makes one word of the pieces, in which only the labels expand. A NUL, which no word can hold, is
// left out.
func TestQuote(t *testing.T) {
	text := func(s string) piece { return piece{s, false} }
	key := piece{"${KEY}", true}
	everyByte := make([]byte, 256)
	for i := range everyByte {
		everyByte[i] = byte(i)
	}
	for name, c := range map[string]struct {
		pieces []piece
		want   string
	}{
		"nothing":       {nil, ""},
		"an empty text": {[]piece{text("")}, ""},
		"an option":     {[]piece{text("-x")}, "-x"},
		"blanks":        {[]piece{text(" a  b ")}, " a  b "},
		"patterns":      {[]piece{text("~/* [a] {b,c} #d")}, "~/* [a] {b,c} #d"},
		"every byte":    {[]piece{text(string(everyByte))}, string(everyByte[1:])},
		"a label":       {[]piece{key}, "se cret*"},
		"a label in a text": {
			[]piece{text("X: "), key, text(" it's \"$HOME\" `id` \\\n\t")}, "X: se cret* it's \"$HOME\" `id` \\\n\t",
		},
		"a label as text":     {[]piece{text("${KEY}"), key, text("${KEY}")}, "${KEY}se cret*${KEY}"},
		"labels side by side": {[]piece{key, key}, "se cret*se cret*"},
		"an outcry":           {[]piece{text("it's !"), key, text("\"$HOME\"! `id` \\")}, "it's !se cret*\"$HOME\"! `id` \\"},
		"every byte, label":   {[]piece{text(string(everyByte)), key}, string(everyByte[1:]) + "se cret*"},
		"no outcry, a NUL":    {[]piece{text("a\x00b"), key}, "abse cret*"},
	} {
		t.Run(name, func(t *testing.T) {
			args, _ := script(t, "curl "+quote(c.pieces), "KEY=se cret*")
			if !slices.Equal(args, []string{c.want}) {
				t.Errorf("got %q, want %q, from %s", args, c.want, quote(c.pieces))
			}
		})
	}
}
