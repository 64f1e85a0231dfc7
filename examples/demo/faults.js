// What is wrong with the backend.

/** The shares of requests that are answered with status 500, cut off by a reset, or left waiting. */
export const FAULTS = { error: 0.04, reset: 0.02, stall: 0.02 };

/** How long those wait, in milliseconds. */
export const STALL = 1_500;

/** The part of a phase in which every request gets a status 503. */
export const OUTAGE = { from: 0.4, to: 0.6 };
