/**
 * Says that nobody waits for a piece of work any more. Lighter than an `AbortController`, which it makes only when
 * somebody asks for the signal.
 */
export class Cancellation {
  #aborted = false;
  #reason: unknown;
  #controller: AbortController | undefined;
  readonly #hooks = new Set<(reason: unknown) => void>();

  get aborted(): boolean {
    return this.#aborted;
  }

  get reason(): unknown {
    return this.#reason;
  }

  /** The signal to hand to the user's function. */
  get signal(): AbortSignal {
    if (!this.#controller) {
      this.#controller = new AbortController();
      if (this.#aborted) this.#controller.abort(this.#reason);
    }
    return this.#controller.signal;
  }

  abort(reason: unknown): void {
    if (this.#aborted) return;
    this.#aborted = true;
    this.#reason = reason;
    for (const hook of this.#hooks) hook(reason);
    this.#hooks.clear();
    this.#controller?.abort(reason);
  }

  /** Calls back at the abort; returns what takes the callback back. */
  onAbort(hook: (reason: unknown) => void): () => void {
    this.#hooks.add(hook);
    return () => this.#hooks.delete(hook);
  }
}
