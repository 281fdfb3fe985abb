// Package reserved owns the addresses that nobody has: what a document gives as an example of an e-mail address, a
// host, a URL, an IP address or a phone number becomes one that is reserved for examples, so that what a run creates
// writes to, calls and fetches nothing. It knows neither schemas nor requests.
package reserved

import (
	"net/netip"
	"net/url"
	"regexp"
	"strings"
)

// Domains that are reserved, with everything below them (RFC 2606, 2 and 3; RFC 6761, 6.3 for localhost).
var domains = []string{"example", "test", "invalid", "localhost", "example.com", "example.net", "example.org"}

// Networks that are reserved for documentation (RFC 5737, 3; RFC 3849), and those that lead nowhere outside (RFC 1122,
// 3.2.1.3).
var networks = []netip.Prefix{
	netip.MustParsePrefix("192.0.2.0/24"), netip.MustParsePrefix("198.51.100.0/24"),
	netip.MustParsePrefix("203.0.113.0/24"),
	netip.MustParsePrefix("2001:db8::/32"), netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128"),
}

var (
	email     = regexp.MustCompile(`^[^@\s]+@[^@\s]+\.[^@\s]+$`)
	host      = regexp.MustCompile(`(?i)^([a-z0-9-]+\.)+[a-z]{2,}$`)
	phone     = regexp.MustCompile(`^\+?[0-9(][0-9 ().-]{5,}[0-9]$`)
	phoneName = regexp.MustCompile(
		`(?i:(^|_|-)(tele)?(phone|mobile|fax|tel|cell|msisdn|sms)(_|-|$|number|no))|[a-z](Phone|Mobile|Fax|Tel|Cell|Msisdn|Sms)`,
	)
)

// Text is the reserved counterpart of an example: of what its format says it is, or of what it looks like. name is the
// property's, because a phone number looks like other numbers. What is reserved already, or none of these, stays as it
// is.
func Text(name, format, text string) string {
	switch {
	case format == "email" || format == "idn-email" || email.MatchString(text):
		return mail(text)
	case format == "uri" || format == "url" || format == "iri" || strings.Contains(text, "://"):
		return address(text)
	case format == "ipv4" || format == "ipv6" || format == "ip":
		return ip(text)
	case format == "hostname" || format == "idn-hostname":
		return hostname(text)
	case format == "phone" || format == "tel" || format == "" && phoneName.MatchString(name) && phone.MatchString(text):
		return number(text)
	}
	if _, err := netip.ParseAddr(text); err == nil && strings.ContainsAny(text, ".:") {
		return ip(text)
	}
	return text
}

func mail(text string) string {
	local, domain, ok := strings.Cut(text, "@")
	if !ok || isReserved(domain) {
		return text
	}
	return local + "@" + hostname(domain)
}

func address(text string) string {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" {
		return text
	}
	name := u.Hostname()
	if _, err := netip.ParseAddr(name); err == nil {
		name = ip(name)
	} else {
		name = hostname(name)
	}
	if name == u.Hostname() {
		return text
	}
	return strings.Replace(text, u.Hostname(), name, 1)
}

// hostname keeps the first label, so that different hosts stay different.
func hostname(text string) string {
	if isReserved(text) || !host.MatchString(text) {
		return text
	}
	first, _, _ := strings.Cut(text, ".")
	return first + ".example.com"
}

func isReserved(name string) bool {
	name = strings.ToLower(strings.TrimSuffix(name, "."))
	for _, domain := range domains {
		if name == domain || strings.HasSuffix(name, "."+domain) {
			return true
		}
	}
	return false
}

func ip(text string) string {
	addr, err := netip.ParseAddr(text)
	if err != nil {
		return text
	}
	for _, network := range networks {
		if network.Contains(addr) {
			return text
		}
	}
	if addr.Is4() {
		return "192.0.2.1"
	}
	return "2001:db8::1"
}

// number writes digits of a number that nobody has into the same notation: 555-0100 to 0199 in North America, which has
// no country code or 1; 7700 900000 to 900999 for 44 (Ofcom); elsewhere one of North America takes its place.
func number(text string) string {
	var digits []byte
	for i := range len(text) {
		if text[i] >= '0' && text[i] <= '9' {
			digits = append(digits, text[i])
		}
	}
	n := len(digits)
	american := !strings.HasPrefix(text, "+") && (n == 7 || n == 10) || n == 11 && digits[0] == '1'
	switch {
	case american && strings.HasPrefix(string(digits[n-7:]), "55501"):
		return text
	case american:
		copy(digits[n-7:], "55501")
	case n == 12 && strings.HasPrefix(string(digits), "44"):
		copy(digits, "447700900")
	default:
		return "+12025550143"
	}
	out, next := []byte(text), 0
	for i := range out {
		if out[i] >= '0' && out[i] <= '9' {
			out[i] = digits[next]
			next++
		}
	}
	return string(out)
}
