/** A body that never ends, and records that it was cancelled. */
export function watchedBody() {
  const watched = { cancelled: false };
  watched.body = new ReadableStream({
    cancel() {
      watched.cancelled = true;
    },
  });
  return watched;
}
