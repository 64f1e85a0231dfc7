/** The error of a signal that was aborted without a reason. */
export function ownAbort() {
  return AbortSignal.abort().reason;
}
