// Package repo owns the tests of the repository itself: that no code names the API, that the commands and flags of the
// documents exist, that workflows and the action do what they promise. It has only tests; they run at the root of the
// module and see its files as a user does.
package repo
