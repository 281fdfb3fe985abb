// Package reliability owns the proof that a run ends well whatever it meets: broken and hostile targets, secrets that
// come back, a target with a state of its own, interruption, and the same run again. It has only tests, and they know
// the program by its command line alone: cli.Run in this process, or the built binary where a process matters.
//
// CONFORMANCE_EXAM=all runs what takes a minute: more runs, every row with a mirror, other seeds. CONFORMANCE_SOAK=all
// runs the long versions: more runs, a slow network, a network that breaks.
package reliability
