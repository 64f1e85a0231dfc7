/**
 * The name of a field, from a list entry such as `'ttl maxAge'`: a name, followed by the names in other libraries. The
 * entry `'retry.maxAttempts retries'` is the field `retry`, with its field `maxAttempts` as the suggestion for
 * `retries`.
 */
export function nameOf(field: string): string {
  return field.split(/[ .]/, 1)[0] as string;
}

const namesByFields = /* @__PURE__ */ new WeakMap<readonly string[], readonly string[]>();

/** {@link nameOf} for a list of fields, remembered: most lists are constants. */
export function namesOf(fields: readonly string[]): readonly string[] {
  let names = namesByFields.get(fields);
  if (!names) {
    names = [...new Set(fields.map(nameOf))];
    namesByFields.set(fields, names);
  }
  return names;
}

/** The field that an unknown name most likely means: a name in another library, a name with few typos, or a part of one. */
export function suggestionFor(name: string, fields: readonly string[]): string | undefined {
  const entry = fields.find((field) => field.split(' ').includes(name));
  if (entry) return entry.split(' ', 1)[0];
  const most = Math.min(4, Math.max(2, name.length / 3));
  for (let edits = 0; edits <= most; edits++) {
    const near = fields.map(nameOf).find((known) => {
      return isNear(name.toLowerCase(), known.toLowerCase(), edits);
    });
    if (near) return near;
  }
  // `breaker` for `circuitBreaker`.
  const part = name.toLowerCase();
  return part.length < 4
    ? undefined
    : fields.map(nameOf).find((known) => known.toLowerCase().includes(part));
}

/** Whether at most this many edits turn one text into the other: a letter inserted, deleted or replaced. */
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
