package reserved

import "testing"

func TestText(t *testing.T) {
	for _, c := range []struct{ name, format, text, want string }{
		{"email", "email", "jane@acme.com", "jane@acme.example.com"},
		{"owner", "", "jane.doe+x@mail.acme.co.uk", "jane.doe+x@mail.example.com"},
		{"email", "email", "jane@acme.example", "jane@acme.example"},
		{"email", "email", "jane@Example.COM", "jane@Example.COM"},
		{"callback", "uri", "https://hooks.acme.com:8443/a?b=c#d", "https://hooks.example.com:8443/a?b=c#d"},
		{"callback", "", "http://93.184.216.34/x", "http://192.0.2.1/x"},
		{"callback", "", "http://localhost:3000/x", "http://localhost:3000/x"},
		{"schema", "uri", "urn:isbn:12", "urn:isbn:12"},
		{"path", "uri", "/only/a/path", "/only/a/path"},
		{"host", "hostname", "db1.acme.com", "db1.example.com"},
		{"host", "hostname", "localhost", "localhost"},
		{"file", "", "report.pdf", "report.pdf"}, // looks like a host, and says nowhere that it is one
		{"ip", "ipv4", "8.8.8.8", "192.0.2.1"},
		{"ip", "ipv4", "203.0.113.9", "203.0.113.9"},
		{"source", "", "2606:4700::1111", "2001:db8::1"},
		{"version", "", "1.2.3", "1.2.3"},
		{"time", "", "12:30", "12:30"},
		{"phone", "", "(415) 867-5309", "(415) 555-0109"},
		{"phone", "", "+1 415 867 5309", "+1 415 555 0109"},
		{"customer_phone", "", "+14155550136", "+14155550136"},
		{"mobileNumber", "", "+44 7911 123456", "+44 7700 900456"},
		{"fax", "", "+49 30 901820", "+12025550143"},
		{"contactPhone", "", "867-5309", "555-0109"},
		{"account", "", "4158675309", "4158675309"},
		{"phone", "", "none", "none"},
		{"telemetry", "", "4158675309", "4158675309"},
	} {
		if got := Text(c.name, c.format, c.text); got != c.want {
			t.Errorf("%s (%s) %s: %s, want %s", c.name, c.format, c.text, got, c.want)
		}
		if once := Text(c.name, c.format, c.text); Text(c.name, c.format, once) != once {
			t.Errorf("%s is not reserved", once)
		}
	}
}
