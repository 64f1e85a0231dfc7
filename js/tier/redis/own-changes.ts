interface Own {
  count: number;
  /** How often the server has told of a change since then. */
  heard: number;
  /** Whether there were two changes at a time, so that one of them may have undone the other. */
  isShared: boolean;
}

/**
 * The names that this connection is changing. The server tells of the change once, before it replies to the read that follows, as
 * each script reads what it changes. So one push says nothing if that read finds what was written. A second one may have come
 * together with the reply, and tell of a later change.
 */
export class OwnChanges {
  readonly #names = new Map<string, Own>();
  #changed: ((key: string) => void) | undefined;

  /** @param changed told of changes by others; absent where the order of pushes and replies is unknown */
  reset(changed: ((key: string) => void) | undefined): void {
    this.#names.clear();
    this.#changed = changed;
  }

  /** Whether to ignore a push for now. */
  hear(name: string): boolean {
    const own = this.#names.get(name);
    if (own) own.heard++;
    return own !== undefined;
  }

  /** Starts a change of a key. Returns a function that ends it, and is told whether the connection found what it had written. */
  begin(key: string, names: readonly string[]): (isOwn: boolean) => void {
    const changed = this.#changed;
    if (!changed) return () => {};
    for (const name of names) {
      const own = this.#names.get(name) ?? { count: 0, heard: 0, isShared: false };
      own.isShared = ++own.count > 1;
      this.#names.set(name, own);
    }
    return (isOwn) => {
      let mayBeStale = false;
      for (const name of names) {
        const own = this.#names.get(name);
        if (!own || changed !== this.#changed) return;
        mayBeStale ||= own.heard > (own.isShared || !isOwn ? 0 : 1);
        if (--own.count === 0) this.#names.delete(name);
      }
      if (mayBeStale) changed(key);
    };
  }
}
