package sandbox

import (
	"conformance/internal/config"
)

// faultPath is where the sandbox breaks on purpose if nobody names another place.
const faultPath = "/conformance-server-fault"

// Configuration describes a server as conformance.yaml would: its keys, the records that no operation makes, and its
// trigger.
func Configuration(s *Server) *config.File {
	f := &config.File{
		Credentials: s.Keys(),
		Fixtures:    map[string]config.Fixture{},
		Writes:      config.Texts{"all"}, // whatever is changed here is gone when the server ends
		Triggers:    config.Triggers{ServerFault: &config.Trigger{Method: "GET", Path: faultPath}},
	}
	for name, values := range s.Fixtures() {
		f.Fixtures[name] = config.Fixture{Values: values[0], OtherTenant: values[1], Disposable: true}
	}
	return f
}
