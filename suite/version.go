package suite

// Version is the version of what the checks require. It goes up by one whenever a check judges an answer differently
// than before, so that a certificate says what it was given for; a check, operation or variant that comes or goes shows
// in the list of rows.
const Version = "1"
