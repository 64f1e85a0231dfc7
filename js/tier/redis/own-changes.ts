interface Own {
  count: number;
  /** The pushes for this name since the change began. */
  pushCount: number;
  /** Whether there were two changes at a time, so that one of them may have undone the other. */
  isShared: boolean;
}

/**
 * The names that this connection is changing. The server sends one push for each key that a script reads and sets, before it
 * replies to the read that follows. So one push says nothing if that read finds what was written. A second push may have come
 * together with the reply, and report a later change.
 */
export class OwnChanges {
  readonly #names = new Map<string, Own>();
  #changed: ((key: string) => void) | undefined;

  /** @param changed told of changes by others; absent where the order of pushes and replies is unknown */
  reset(changed: ((key: string) => void) | undefined): void {
    this.#names.clear();
    this.#changed = changed;
  }

  /** Counts a push. Returns whether to ignore it for now. */
  recordPush(name: string): boolean {
    const own = this.#names.get(name);
    if (own) own.pushCount++;
    return own !== undefined;
  }

  /** Starts a change of a key. Returns a function that ends it, and is told whether the connection found what it had written. */
  begin(key: string, names: readonly string[]): (isOwn: boolean) => void {
    const changed = this.#changed;
    if (!changed) return () => {};
    for (const name of names) {
      const own = this.#names.get(name) ?? { count: 0, pushCount: 0, isShared: false };
      own.isShared = ++own.count > 1;
      this.#names.set(name, own);
    }
    return (isOwn) => {
      let mayBeStale = false;
      for (const name of names) {
        const own = this.#names.get(name);
        if (!own || changed !== this.#changed) return;
        mayBeStale ||= own.pushCount > (own.isShared || !isOwn ? 0 : 1);
        if (--own.count === 0) this.#names.delete(name);
      }
      if (mayBeStale) changed(key);
    };
  }
}
