import { bodyStream, sourceOf } from './body-stream.ts';
import { bodyOf, canRespond, headOf, respond } from './response.ts';

/** A response that is not shared: who asks first gets it, the others have to make requests of their own. */
export class LoneResponse {
  #response: Response | undefined;

  constructor(response: Response) {
    this.#response = response;
  }

  take(signals: readonly AbortSignal[]): Response | undefined {
    const response = this.#response && abortable(this.#response, signals);
    this.#response = undefined;
    return response;
  }
}

/** The response, whose body breaks off when one of the signals aborts, as that of a plain `fetch` does. */
export function abortable(response: Response, signals: readonly AbortSignal[]): Response {
  const body = bodyOf(response);
  if (signals.length === 0 || !body || !canRespond(response)) return response;
  const source = sourceOf(body.getReader());
  return respond(headOf(response), bodyStream(source, signals), signals);
}
