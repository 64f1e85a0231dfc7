import { resilient } from 'holdfast';
import { httpCache } from 'holdfast/http';

export const PAGE = 'https://api.example.com/page';

/** A response, by its body and headers. */
export const answer = (body, headers = {}, status = 200) => new Response(body, { status, headers });

/**
 * A function with an HTTP cache on a clock of its own.
 * @param respond gets a request, its number from 1, and the world; returns the response
 */
export function httpWorld(respond, cache = {}, options = {}) {
  const world = { time: Date.parse('2026-01-01T00:00:00Z'), sent: [] };
  const load = async (input, init) => {
    const request = new Request(input, { ...init, cache: undefined });
    world.sent.push(request);
    return respond(request, world.sent.length, world);
  };
  const clock = { now: () => world.time };
  const get = resilient(load, { http: true, cache: httpCache({ clock, ...cache }), ...options });
  world.get = get;
  /** What a caller gets: the text, or the error's message. */
  world.text = async (init) => {
    try {
      return await (await get(PAGE, init)).text();
    } catch (error) {
      return error.message;
    }
  };
  world.after = (seconds) => {
    world.time += seconds * 1_000;
  };
  return world;
}
