/**
 * Says that nobody waits for a piece of work any more. Lighter than an `AbortController`, which it makes only when
 * somebody asks for the signal.
 */
export class Cancellation {
  aborted = false;
  reason: unknown;
  #controller: AbortController | undefined;
  /** A list, as a `Set` makes its table anew whenever the last of them leaves. */
  readonly #hooks: ((reason: unknown) => void)[] = [];

  /** The signal to hand to the user's function. */
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
    // One hook may take another one back.
    while (this.#hooks.length > 0) this.#hooks.shift()?.(reason);
    this.#controller?.abort(reason);
  }

  /** Calls back at the abort; returns what takes the callback back. */
  onAbort(hook: (reason: unknown) => void): () => void {
    const hooks = this.#hooks;
    hooks.push(hook);
    return () => {
      const place = hooks.lastIndexOf(hook);
      // Mostly the last to come is the first to go.
      if (place === hooks.length - 1) hooks.pop();
      else if (place >= 0) hooks.splice(place, 1);
    };
  }
}
