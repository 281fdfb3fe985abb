package report

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"conformance/internal/result"
)

// harSchema is what HTTP Archive 1.2 requires of what is written here.
const harSchema = `{
  "type": "object", "required": ["log"], "additionalProperties": false,
  "properties": {"log": {
    "type": "object", "required": ["version", "creator", "entries"], "additionalProperties": false,
    "properties": {
      "version": {"const": "1.2"}, "comment": {"type": "string"},
      "creator": {"type": "object", "required": ["name", "version"], "properties": {"name": {"type": "string", "minLength": 1}, "version": {"type": "string", "minLength": 1}}},
      "entries": {"type": "array", "items": {"$ref": "#/$defs/entry"}}
    }
  }},
  "$defs": {
    "pairs": {"type": "array", "items": {"type": "object", "required": ["name", "value"], "additionalProperties": false,
      "properties": {"name": {"type": "string"}, "value": {"type": "string"}}}},
    "entry": {
      "type": "object", "required": ["startedDateTime", "time", "request", "response", "cache", "timings", "comment"],
      "properties": {
        "startedDateTime": {"type": "string", "format": "date-time"}, "time": {"type": "number", "minimum": 0}, "cache": {"type": "object"},
        "comment": {"type": "string", "pattern": "^[A-Z]+-[0-9]+ "},
        "timings": {"type": "object", "required": ["send", "wait", "receive"], "additionalProperties": {"type": "number", "minimum": 0}},
        "request": {
          "type": "object", "required": ["method", "url", "httpVersion", "cookies", "headers", "queryString", "headersSize", "bodySize"],
          "properties": {"method": {"type": "string"}, "url": {"type": "string", "pattern": "^http"}, "httpVersion": {"type": "string"},
            "cookies": {"$ref": "#/$defs/pairs"}, "headers": {"$ref": "#/$defs/pairs"}, "queryString": {"$ref": "#/$defs/pairs"},
            "headersSize": {"type": "integer", "minimum": -1}, "bodySize": {"type": "integer", "minimum": -1},
            "postData": {"type": "object", "required": ["mimeType", "params", "text"]}}
        },
        "response": {
          "type": "object", "required": ["status", "statusText", "httpVersion", "cookies", "headers", "content", "redirectURL", "headersSize", "bodySize"],
          "properties": {"status": {"type": "integer", "minimum": 0}, "statusText": {"type": "string"}, "httpVersion": {"type": "string"},
            "cookies": {"$ref": "#/$defs/pairs"}, "headers": {"$ref": "#/$defs/pairs"}, "redirectURL": {"type": "string"},
            "headersSize": {"type": "integer", "minimum": -1}, "bodySize": {"type": "integer", "minimum": -1},
            "content": {"type": "object", "required": ["size", "mimeType", "text"], "properties": {"size": {"type": "integer"}, "mimeType": {"type": "string"}}}}
        }
      }
    }
  }
}`

func TestHARFollowsTheFormat(t *testing.T) {
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader([]byte(harSchema)))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat()
	if err := compiler.AddResource("har.json", document); err != nil {
		t.Fatal(err)
	}
	schema, err := compiler.Compile("har.json")
	if err != nil {
		t.Fatal(err)
	}
	for name, r := range map[string]result.Run{"recorded": recorded(t), "passing": passing(t), "empty": {}} {
		instance, err := jsonschema.UnmarshalJSON(bytes.NewReader(render(t, WriteHAR, r)))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if err := schema.Validate(instance); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestHARHoldsEveryExchange(t *testing.T) {
	r := recorded(t)
	want := 0
	for _, c := range r.Checks {
		want += len(c.Exchanges)
	}
	var got struct {
		Log struct{ Entries []harEntry }
	}
	if err := json.Unmarshal(render(t, WriteHAR, r), &got); err != nil {
		t.Fatal(err)
	}
	if len(got.Log.Entries) != want {
		t.Errorf("%d entries, want %d", len(got.Log.Entries), want)
	}
	unanswered := false
	for _, e := range got.Log.Entries {
		if e.Response.Status == 0 {
			unanswered = strings.Contains(e.Response.Comment, "Client.Timeout exceeded")
		}
	}
	if !unanswered {
		t.Error("the request without an answer does not say why")
	}
}

// One exchange, member by member, as an HTTP tool shows it.
func TestHAREntry(t *testing.T) {
	var archive map[string]any
	if err := json.Unmarshal(render(t, WriteHAR, recorded(t)), &archive); err != nil {
		t.Fatal(err)
	}
	for _, e := range at(archive, "log.entries").([]any) {
		if comment, _ := at(e, "comment").(string); !strings.HasPrefix(comment, "STATUS-003 updateAssetStatus Scrapped") {
			continue
		}
		for path, want := range map[string]any{
			"request.method": "PATCH", "request.httpVersion": "HTTP/1.1", "request.queryString.0.name": "id",
			"request.postData.text":     `{"asset_status":"Scrapped"}`,
			"request.postData.mimeType": "application/json", "response.status": 400.0, "response.statusText": "Bad Request",
			"response.content.mimeType": "application/json",
		} {
			if got := at(e, path); got != want {
				t.Errorf("%s is %v, want %v", path, got, want)
			}
		}
		if text, _ := at(e, "response.content.text").(string); !strings.Contains(text, `"bad_status"`) {
			t.Errorf("the answer's body is %q", text)
		}
		return
	}
	t.Error("no entry names the row STATUS-003 updateAssetStatus")
}

func TestHARQuery(t *testing.T) {
	got := harQuery("http://127.0.0.1/a?b=1&b=2%20x&flag&bad=%zz#c=3")
	want := []harPair{{"b", "1"}, {"b", "2 x"}, {"flag", ""}, {"bad", "%zz"}}
	if len(got) != len(want) {
		t.Fatalf("%q, want %q", got, want)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("%q, want %q", got[i], want[i])
		}
	}
}
