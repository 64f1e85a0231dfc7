import type { WriteStream } from 'node:tty';
import type { Progress } from '../tuning/index.ts';

/** The time between two changes of the line. */
const INTERVAL_MS = 100;
const STAGES = { read: 'Reading', simulate: 'Simulating', optimal: 'Computing optimal' };

/** A line that is written again and again, if the stream is a terminal. */
export class ProgressLine {
  readonly #stream: WriteStream;
  #lastMs = -Infinity;
  #isShown = false;

  constructor(stream: WriteStream) {
    this.#stream = stream;
  }

  /** @param length that of the file in bytes; 0 if it is not known */
  show({ stage, bytes, requests, share }: Progress, length: number): void {
    const now = performance.now();
    if (!this.#stream.isTTY || now - this.#lastMs < INTERVAL_MS) return;
    this.#lastMs = now;
    this.#isShown = true;
    const known = stage === 'read' && length > 0 ? bytes / length : share;
    const done =
      known === undefined ? `${(bytes / 1e6).toFixed(1)} MB` : `${Math.floor(100 * known)} %`;
    this.#stream.write(
      `\r\u001b[K${STAGES[stage]}: ${done}, ${requests.toLocaleString('en')} requests`,
    );
  }

  clear(): void {
    if (this.#isShown) this.#stream.write('\r\u001b[K');
    this.#isShown = false;
  }
}
