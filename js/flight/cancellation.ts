/**
 * Cancels a run that has no callers any more. Lighter than an `AbortController`, which is made only when the signal is
 * read.
 */
export class Cancellation {
  aborted = false;
  reason: unknown;
  #controller: AbortController | undefined;
  /** An array: V8 rebuilds the table of a `Set` whenever its last element is deleted. */
  readonly #hooks: ((reason: unknown) => void)[] = [];

  /** The signal for the user's function. */
  get signal(): AbortSignal {
    if (!this.#controller) {
      this.#controller = new AbortController();
      if (this.aborted) this.#controller.abort(this.reason);
    }
    return this.#controller.signal;
  }

  abort(reason: unknown): void {
    if (this.aborted) return;
    this.aborted = true;
    this.reason = reason;
    // A hook may remove another hook.
    while (this.#hooks.length > 0) this.#hooks.shift()?.(reason);
    this.#controller?.abort(reason);
  }

  /** Adds a callback. Returns a function that removes it. */
  onAbort(hook: (reason: unknown) => void): () => void {
    const hooks = this.#hooks;
    hooks.push(hook);
    return () => {
      const index = hooks.lastIndexOf(hook);
      // Usually the last one added is removed first.
      if (index === hooks.length - 1) hooks.pop();
      else if (index >= 0) hooks.splice(index, 1);
    };
  }
}
