// The faults of the backend.

/** Shares of the requests that get status 500, that end in a connection reset, and that are delayed by `STALL_MS`. */
export const FAULTS = { error: 0.04, reset: 0.02, stall: 0.02 };

export const STALL_MS = 1_500;

/** The part of a phase, from 0 to 1, in which every request gets status 503. */
export const OUTAGE = { from: 0.4, to: 0.6 };
