import { resilient } from 'holdfast';
import { httpCache } from 'holdfast/http';
import { directivesOf } from './http-cache-oracle.js';
import { turn } from './turn.js';

export const PAGE = 'https://a.example/page';
export const OTHER = 'https://a.example/other';

const START = Date.UTC(2026, 0, 1);
const SIGNALS = 3;
const MAX_CALLS = 40;
const EXPECTED_ERRORS = ['down', 'broken off', 'left'];

/**
 * A function with an HTTP cache, its callers, and a server whose answers arrive in the order of a scheduler. It records
 * what happens, in order, and checks afterwards that no caller got what it must not get.
 */
export class HttpRace {
  #scheduler;
  #options;
  #answers;
  #time = START;
  #now = 0;
  #versions = { [PAGE]: 1, [OTHER]: 1 };
  #exchanges = [];
  #calls = [];
  /** The times of invalidations, by URL. */
  #invalidations = { [PAGE]: [], [OTHER]: [] };
  /** The same, of the requests without headers only. */
  #plainInvalidations = { [PAGE]: [], [OTHER]: [] };
  #puts = [];
  #signals = Array.from({ length: SIGNALS }, () => new AbortController());
  #get;

  constructor(scheduler, { byUrl, ...options }, answers) {
    this.#scheduler = scheduler;
    this.#options = { byUrl, ...options };
    this.#answers = answers;
    this.#get = resilient((url, init) => this.#serve(url, init), {
      http: true,
      cache: httpCache({
        ...options,
        staleBackoff: '1ms',
        key: byUrl ? (url) => url : undefined,
        clock: { now: () => this.#time },
      }),
    });
  }

  /** Performs actions without a microtask in between. */
  act(actions = []) {
    for (const action of actions) this.#act(action);
  }

  /** Lets one answer arrive, or part of one. */
  async next() {
    await turn();
    if (this.#scheduler.count() > 0) await this.#scheduler.waitOne();
    await turn();
  }

  /** Lets all answers arrive. */
  async end() {
    while (this.#scheduler.count() > 0) await this.next();
    await turn();
  }

  #act({ type, url, seconds, signal, control, ...call }) {
    const get = this.#get;
    const at = this.#now++;
    switch (type) {
      case 'wait':
        this.#time += 1_000 * seconds;
        break;
      case 'change':
        this.#versions[url]++;
        break;
      case 'abort':
        this.#signals[signal].abort(new Error('left'));
        this.#signals[signal] = new AbortController();
        break;
      case 'expire':
        get.expire(url);
        break;
      case 'invalidate':
        get.invalidate(url);
        this.#plainInvalidations[url].push(at);
        break;
      case 'clear':
        get.clear();
        for (const times of Object.values(this.#invalidations)) times.push(at);
        break;
      case 'put': {
        const text = `put ${this.#puts.push(at) - 1}`;
        get.put([url], new Response(text, { headers: { 'cache-control': control } }));
        this.#plainInvalidations[url].push(at);
        break;
      }
      default:
        if (this.#calls.length < MAX_CALLS) void this.#call({ ...call, url, signal, control, at });
    }
  }

  async #call({ at, url, method, user, language, control, cache, refresh, signal: index, reads }) {
    const own = { authorization: user, 'accept-language': language, 'cache-control': control };
    const headers = Object.fromEntries(Object.entries(own).filter(([, value]) => value));
    const signal = this.#signals[index]?.signal;
    const asks = refresh || cache || /no-|=0/.test(control);
    const call = { at, url, method, user, language, control, signal, asks, time: this.#time };
    this.#calls.push(call);
    try {
      const response = await this.#get.with({ refresh })(url, { method, headers, cache, signal });
      call.answeredAt = this.#time;
      call.response = response;
      if (reads) call.text = await response.text();
      else await response.body?.cancel();
    } catch (error) {
      call.error = error;
    }
    call.end = this.#now++;
  }

  async #serve(url, { method = 'GET', headers, signal } = {}) {
    const number = this.#exchanges.length;
    const given = this.#answers[number % this.#answers.length];
    const asked = new Headers(headers);
    const exchange = {
      number,
      url,
      method,
      user: asked.get('authorization') ?? undefined,
      language: asked.get('accept-language') ?? undefined,
      sent: this.#now++,
      given,
    };
    this.#exchanges.push(exchange);
    await this.#scheduler.schedule(Promise.resolve(), `request ${number} reaches the server`);
    this.act(given.meanwhile);
    signal?.throwIfAborted();
    const version = this.#versions[url];
    if (method === 'POST') this.#versions[url]++;
    await this.#scheduler.schedule(Promise.resolve(), `answer ${number} arrives`);
    this.act(given.before);
    signal?.throwIfAborted();
    exchange.arrived = this.#now++;
    exchange.time = this.#time;
    return this.#respond(exchange, version, asked.get('if-none-match'));
  }

  #respond(exchange, version, known) {
    const { given, number, url, method, user = '', language = '' } = exchange;
    exchange.failed = given.fails === 'request' || given.fails === 'status';
    if (given.fails === 'request') throw new Error('down');
    if (given.fails === 'status') return new Response('bad', { status: 503 });
    if (method === 'POST') {
      this.#invalidations[url].push(this.#now++);
      return new Response('posted');
    }
    const { control, vary, confirms } = given;
    const tag = `"${version} ${vary === 'accept-language' ? language : ''}"`;
    const all = { 'cache-control': control, vary, etag: given.etag && tag, 'x-user': user };
    if (known === tag) {
      exchange.confirmed = confirms !== 'other' && tag;
      all.etag = { same: tag, other: '"other"' }[confirms];
      if (confirms === 'no-store') all['cache-control'] = 'no-store';
    }
    const headers = Object.fromEntries(Object.entries(all).filter(([, value]) => value));
    if (known === tag) return new Response(null, { status: 304, headers });
    exchange.tag = given.etag && tag;
    if (method === 'HEAD') return new Response(null, { headers });
    return new Response(this.#bodyOf(exchange, `${number} of ${url}.`), { headers });
  }

  #bodyOf({ given, number }, text) {
    if (!given.isSlow && given.fails !== 'body') return text;
    const parts = [text.slice(0, 3), text.slice(3)].map((part) => new TextEncoder().encode(part));
    const pull = async (controller) => {
      await this.#scheduler.schedule(Promise.resolve(), `a part of body ${number} arrives`);
      this.act(given.during);
      const part = parts.shift();
      if (given.fails === 'body' && parts.length === 0) controller.error(new Error('broken off'));
      else if (part) controller.enqueue(part);
      else controller.close();
    };
    return new ReadableStream({ pull }, { highWaterMark: 0 });
  }

  /** What is wrong with what the callers got; `[]` for nothing. */
  faults() {
    return this.#calls.flatMap((call) => {
      const what = this.#faultOf(call);
      return what
        ? [`the caller of ${call.at} ${what}, got ${call.text ?? call.error?.stack}`]
        : [];
    });
  }

  #faultOf(call) {
    const { end, error, signal, response, method, text, url } = call;
    if (end === undefined) return 'waits forever';
    if (error) {
      if (!EXPECTED_ERRORS.includes(error.message)) return 'has a strange error';
      return error.message === 'left' && !signal?.aborted && 'was ended by another caller';
    }
    if (method === 'POST' || response.status === 503) return undefined;
    if (response.status !== 200) return `has the status ${response.status}`;
    if (method === 'HEAD') return text && 'has a body';
    if (text === undefined) return undefined;
    const put = /^put (\d+)$/.exec(text);
    if (put) return this.#puts[put[1]] < this.#invalidatedAt(call) && 'has an invalidated put';
    const [, number] = /^(\d+) of (.*)\.$/.exec(text) ?? [];
    const exchange = this.#exchanges[number];
    if (exchange?.url !== url) return 'has a part of a body, or another one';
    if (exchange.sent < this.#invalidatedAt(call)) return 'has an invalidated response';
    return this.#isOfOther(call, exchange) || this.#isForbidden(call, exchange);
  }

  /** The last invalidation before a call that concerns its key. */
  #invalidatedAt({ url, user, language, at }) {
    const isPlain = (!user && !language) || this.#options.byUrl;
    const times = [...this.#invalidations[url], ...(isPlain ? this.#plainInvalidations[url] : [])];
    return Math.max(-1, ...times.filter((time) => time < at));
  }

  #isOfOther({ user, language, response }, exchange) {
    const { shared, byUrl } = this.#options;
    const { vary, control } = exchange.given;
    if (exchange.language !== language && (!byUrl || vary === 'accept-language')) {
      return 'has another language';
    }
    if (exchange.user === user) return undefined;
    if (vary === 'authorization' || !(shared || byUrl)) return 'has the response of another user';
    if (!shared) return undefined;
    const directives = directivesOf(control);
    const isPublic = ['public', 'must-revalidate', 's-maxage'].some((name) => directives.has(name));
    if (exchange.user && !isPublic) return 'has the private response of another user';
    const isOwn = [null, user ?? null].includes(response.headers.get('x-user'));
    return directives.get('private') && !isOwn && 'has a private header of another user';
  }

  /** Whether a response is too old for a caller. */
  #isForbidden(call, exchange) {
    const confirmations = this.#exchanges.filter(
      (other) =>
        other === exchange ||
        (other.url === call.url && other.confirmed && other.confirmed === exchange.tag) ||
        (other.url === call.url && other.method === 'HEAD' && other.arrived),
    );
    const isNew = confirmations.some(({ arrived }) => arrived > call.at && arrived < call.end);
    // A refresh may join another one, whose body is arriving.
    if (isNew || call.asks) return undefined;
    const before = confirmations.filter(({ arrived }) => arrived < call.at);
    return !before.some((known) => this.#mayReuse(call, known, exchange)) && 'has a stale response';
  }

  #mayReuse(call, known, exchange) {
    const { shared, staleWhileRevalidate, staleIfError } = this.#options;
    const directives = directivesOf(known.given.control ?? exchange.given.control);
    const secondsOf = (name) => Number(directives.get(name) ?? 0);
    const isChecked = directives.get('no-cache') === undefined && directives.has('no-cache');
    const lifetime = isChecked ? 0 : (shared && secondsOf('s-maxage')) || secondsOf('max-age');
    const staleness = (call.time - known.time) / 1_000 - lifetime;
    if (lifetime > 0 && staleness <= 0) return true;
    const isStrict =
      isChecked || directives.has('must-revalidate') || (shared && directives.has('s-maxage'));
    if (isStrict) return false;
    const allowed = (name, option) =>
      option === false
        ? 0
        : directives.has(name)
          ? secondsOf(name)
          : Number.parseInt(option ?? 0, 10);
    if (call.control === 'max-stale=4' && staleness <= 4) return true;
    if (staleness <= allowed('stale-while-revalidate', staleWhileRevalidate)) return true;
    const then = (call.answeredAt - known.time) / 1_000 - lifetime;
    const hasFailed = this.#exchanges.some(
      ({ url, failed, arrived }) => url === call.url && failed && arrived > known.arrived,
    );
    return hasFailed && then <= allowed('stale-if-error', staleIfError);
  }
}
