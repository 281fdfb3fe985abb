package probe

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"html"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"conformance/internal/contract"
)

// canary is a key with everything in it that some encoding writes differently.
const canary = `fsm_live_ca/na+ry é&"q'\<~`

func TestEveryEncodingIsRedacted(t *testing.T) {
	var r Redactor
	r.Add("${KEY}", canary)
	plain, _ := json.Marshal(canary)
	bare := func(quoted []byte) string { return string(quoted[1 : len(quoted)-1]) }
	for name, form := range map[string]string{
		"plain": canary,
		"query": url.QueryEscape(canary),
		"query, lower case": strings.NewReplacer("%2F", "%2f", "%2B", "%2b", "%C3", "%c3", "%A9", "%a9", "%5C", "%5c",
			"%3C", "%3c", "%7E", "%7e").Replace(url.QueryEscape(canary)),
		"path":                    url.PathEscape(canary),
		"JSON":                    bare(plain),
		"JSON without HTML":       `fsm_live_ca/na+ry é&\"q'\\<~`,
		"JSON of PHP":             `fsm_live_ca\/na+ry \u00e9&\"q'\\<~`,
		"JSON of Python":          `fsm_live_ca/na+ry \u00e9&\"q'\\<~`,
		"HTML":                    html.EscapeString(canary),
		"HTML with names":         `fsm_live_ca/na+ry é&amp;&quot;q&apos;\&lt;~`,
		"HTML with hex":           `fsm_live_ca/na+ry é&amp;&#x22;q&#x27;\&lt;~`,
		"base64":                  base64.StdEncoding.EncodeToString([]byte(canary)),
		"base64 without padding":  base64.RawStdEncoding.EncodeToString([]byte(canary)),
		"base64 of URLs":          base64.URLEncoding.EncodeToString([]byte(canary)),
		"base64 of a user's name": base64.StdEncoding.EncodeToString([]byte(canary + ":")),
		"JSON, every character":   each(utf16.Encode([]rune(canary)), `\u%04x`),
		"JSON, all in capitals":   each(utf16.Encode([]rune(canary)), `\u%04X`),
		"query, every character":  each([]byte(canary), "%%%02X"),
		"query, all in small":     each([]byte(canary), "%%%02x"),
		"HTML, every character":   each([]rune(canary), "&#%d;"),
		"HTML, all in hex":        each([]rune(canary), "&#x%x;"),
		"small letters":           strings.ToLower(canary),
		"capitals":                strings.ToUpper(canary),
		"hex":                     hex.EncodeToString([]byte(canary)),
		"hex in capitals":         strings.ToUpper(hex.EncodeToString([]byte(canary))),
	} {
		if got := r.String("<" + form + ">" + form); got != "<${KEY}>${KEY}" {
			t.Errorf("%s: %q is left of %q", name, got, form)
		}
	}
}

func TestLongestFirst(t *testing.T) {
	const key = "fsm_live_0123456789"
	var r Redactor
	r.Add("${SHORT}", key[:12])
	r.Add("${FULL}", key)
	r.Add("${CUT}", key[:15])
	r.Add("${OTHER}", "other")
	r.Add("${AGAIN}", key)
	r.Add("${BLANK}", " ")
	r.Add("${CAPITALS}", strings.ToUpper(key))
	for text, want := range map[string]string{
		key:             "${FULL}",
		key + "x":       "${FULL}x",
		key[:16]:        "${CUT}" + key[15:16],
		key[:13]:        "${SHORT}" + key[12:13],
		key[:11]:        key[:11],
		key + key[:12]:  "${FULL}${SHORT}",
		"anotherother ": "an${OTHER}${OTHER} ",
		"${FULL}":       "${FULL}",
		"FSM_LIVE_0123456789, Fsm_live_0123456789": "${CAPITALS}, ${FULL}",
		"nothing at all": "nothing at all",
	} {
		if got := r.String(text); got != want {
			t.Errorf("%q becomes %q, want %q", text, got, want)
		}
	}
	if got := new(Redactor).String(key); got != key {
		t.Errorf("an empty redactor makes %q", got)
	}
}

// TestNothingKeptHoldsAKey sends keys in every place to a target that repeats everything, and reads all that is kept.
func TestNothingKeptHoldsAKey(t *testing.T) {
	const key, other = "fsm_live_canary0123456789", "fsm_test_canary/9876+543=210"
	echo := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_ = r.ParseForm()
		w.Header().Set("X-Echo", r.Header.Get("X-Key"))
		w.Header().Set("X-"+key, "a key for a name")
		w.Header().Set("Location", "https://elsewhere.example/?key="+url.QueryEscape(other))
		w.WriteHeader(http.StatusFound)
		_ = json.NewEncoder(w).Encode(map[string]any{
			"url": r.URL.String(), "headers": r.Header, "basic": base64.StdEncoding.EncodeToString([]byte(key)),
		})
		_, _ = w.Write([]byte(strings.Repeat(".", excerpt-len(key)/2) + key + strings.Repeat(other+" ", 100)))
	})
	redact := &Redactor{}
	redact.Add("${KEY}", key)
	redact.Add("${OTHER}", other)
	clock := NewStopped(time.Unix(1e9, 0))
	c, err := New(Options{Target: "http://target.test/api/v1", Transport: InProcess(echo, clock), Clock: clock}, redact)
	if err != nil {
		t.Fatal(err)
	}
	scheme := func(typ, in, name, http string) *contract.Scheme {
		return &contract.Scheme{Type: typ, In: in, Name: name, HTTP: http}
	}
	long := strings.Repeat("x", excerpt-10) + key + "y"
	for name, r := range map[string]*Request{
		"header":      {Credential: Credential{{scheme("apiKey", "header", "X-Key", ""), key}}},
		"query":       {Credential: Credential{{scheme("apiKey", "query", "key", ""), other}}, Query: []Pair{{"q", "a b"}}},
		"cookie":      {Credential: Credential{{scheme("apiKey", "cookie", "sid", ""), other}}},
		"bearer":      {Credential: Credential{{scheme("http", "header", "Authorization", "bearer"), key}}},
		"basic":       {Credential: Credential{{scheme("http", "header", "Authorization", "basic"), "user:" + key}}},
		"path":        {Path: "/jobs/" + url.PathEscape(other)},
		"raw query":   {RawQuery: "a=" + key + "&b[c]={d}"},
		"name":        {Header: []Pair{{key, "x"}}},
		"body":        {Method: "POST", Body: []byte(`{"key":"` + key + `"}`)},
		"escaped":     {Method: "POST", Body: []byte(`{"key":"` + strings.ReplaceAll(other, "/", `\/`) + `"}`)},
		"odd body":    {Method: "POST", Body: []byte("\x00" + key + "\xff")},
		"at the cut":  {Method: "POST", Body: []byte(long)},
		"odd, at cut": {Method: "POST", Body: []byte("\x00" + long)},
		"fault":       {Fault: "with the key " + key},
	} {
		t.Run(name, func(t *testing.T) {
			if r.Method == "" {
				r.Method = "GET"
			}
			redact.Add("${USER}", "user:"+key)
			a, err := c.Do(t.Context(), r)
			if err != nil {
				t.Fatal(err)
			}
			unanswered := c.Unanswered(r, a.Started, &TransportError{
				Request: r, Err: &url.Error{Op: "Get", URL: "http://x/?key=" + key, Err: http.ErrHandlerTimeout},
			})
			for _, kept := range []any{a.Exchange(), unanswered} {
				text, err := json.Marshal(kept)
				if err != nil {
					t.Fatal(err)
				}
				if low := strings.ToLower(string(text)); strings.Contains(low, "canary") || strings.Contains(low, "y2fuyxj5") ||
					strings.Contains(low, hex.EncodeToString([]byte("canary"))) {
					t.Errorf("a key is in %s", text)
				}
			}
		})
	}
}

// TestErrorsHoldNoKey: neither a wrong target nor a broken connection reveals the key.
func TestErrorsHoldNoKey(t *testing.T) {
	const key = "fsm_live_canary0123456789"
	redact := &Redactor{}
	redact.Add("${KEY}", key)
	for target, want := range map[string]string{
		"http://user:hunter2@host:port/": "target: not a URL: invalid port \":port\" after host; write it with its " +
			"base path, like https://host/api/v1",
		"ftp://user:hunter2@host/": "target: must carry no user, query or fragment; credentials belong in the " +
			"configuration file",
		"http://host/?key=" + key: "target: must carry no user, query or fragment; credentials belong in the " +
			"configuration file",
		"http://host/?": "target: must carry no user, query or fragment; credentials belong in the " +
			"configuration file",
		"http://host/%zz" + key: "target: not a URL: invalid URL escape \"%zz\"; write it with its base " +
			"path, like https://host/api/v1",
		"host/" + key: "target: \"host/${KEY}\" is not an http or https URL; write it with its " +
			"base path, like https://host/api/v1",
		"": "target: \"\" is not an http or https URL; write it with its base path, " +
			"like https://host/api/v1",
		"http://:8080/": "target: \"http://:8080/\" is not an http or https URL; write it with its " +
			"base path, like https://host/api/v1",
		"http://host/" + key + "\x7f": "target: not a URL: net/url: invalid control character in URL; write it " +
			"with its base path, like https://host/api/v1",
		"https://host/api/v1#" + key: "target: must carry no user, query or fragment; credentials belong in the " +
			"configuration file",
		"file:///etc/passwd": "target: \"file:///etc/passwd\" is not an http or https URL; write it with " +
			"its base path, like https://host/api/v1",
		"HTTP://[::1]:8080/api/v1/":           "",
		"https://host.example/api%20v1/a%2Fb": "",
	} {
		_, err := New(Options{Target: target}, redact)
		if got := errorText(err); got != want {
			t.Errorf("%q: got %q, want %q", target, got, want)
		}
	}
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
