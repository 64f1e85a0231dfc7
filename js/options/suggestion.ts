/**
 * The name of a field, from a list entry such as `'ttl maxAge'`: an option and its names in other libraries. An entry
 * such as `'retry.maxAttempts retries'` is the field `retry`, and suggests one of its own fields.
 */
export function nameOf(field: string): string {
  return field.split(/[ .]/, 1)[0] as string;
}

/** The option that an unknown name most likely means, by another library's word or by a few typos. */
export function suggestionFor(name: string, fields: readonly string[]): string | undefined {
  const peer = fields.find((field) => field.split(' ').includes(name));
  if (peer) return peer.split(' ', 1)[0];
  const most = Math.min(4, Math.max(2, name.length / 3));
  for (let edits = 0; edits <= most; edits++) {
    const near = fields.map(nameOf).find((known) => {
      return isNear(name.toLowerCase(), known.toLowerCase(), edits);
    });
    if (near) return near;
  }
  return undefined;
}

/** Whether a few edits make one text the other: a letter added, left out or replaced. */
function isNear(from: string, to: string, edits: number): boolean {
  let same = 0;
  while (same < from.length && from[same] === to[same]) same++;
  const [a, b] = [from.slice(same), to.slice(same)];
  return edits < 1
    ? a === b
    : isNear(a.slice(1), b.slice(1), edits - 1) ||
        isNear(a.slice(1), b, edits - 1) ||
        isNear(a, b.slice(1), edits - 1);
}
