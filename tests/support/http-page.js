import { deferred } from './deferred.js';
import { giveAnswer } from './http-answer.js';

/** One path of the server: its requests, the gates of its answers, and waiters for its log. */
export class HttpPage {
  /** In the order of arrival: `{ method, url, headers, body, at, state }`. */
  log = [];
  #gates = new Map();
  #changed = deferred();
  #responses = new Set();

  async answer(answers, request, response) {
    const { method, url, headers } = request;
    const entry = { method, url, headers, at: Date.now(), state: 'open' };
    const number = this.log.push(entry);
    this.#responses.add(response);
    response.once('close', () => {
      this.#responses.delete(response);
      if (entry.state === 'open') entry.state = response.writableFinished ? 'done' : 'aborted';
      this.#change();
    });
    this.#change();
    entry.body = await textOf(request);
    const answer = answers[Math.min(number, answers.length) - 1];
    const gate = (name) => this.#gate(name).promise;
    await giveAnswer(answer, { entry, number, gate }, response);
  }

  open(gate) {
    this.#gate(gate).resolve();
  }

  /** The log, as soon as there are this many requests, and this many that clients have aborted. */
  async logWith({ requests, aborted }) {
    const enough = () =>
      this.log.length >= requests &&
      this.log.filter(({ state }) => state === 'aborted').length >= aborted;
    while (!enough()) await this.#changed.promise;
    return this.log;
  }

  /** Aborts all answers in progress. */
  end() {
    for (const response of this.#responses) response.destroy();
  }

  #gate(name) {
    if (!this.#gates.has(name)) this.#gates.set(name, deferred());
    return this.#gates.get(name);
  }

  #change() {
    this.#changed.resolve();
    this.#changed = deferred();
  }
}

async function textOf(request) {
  let text = '';
  try {
    for await (const chunk of request.setEncoding('utf8')) text += chunk;
  } catch {
    // The client has gone, which the log records.
  }
  return text;
}
