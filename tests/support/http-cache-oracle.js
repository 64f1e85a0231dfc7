// RFC 9111 for one client that makes one request after the other, in the simplest form: a model of `httpCache`.

/** RFC 9110, 15.1. */
const HEURISTIC = [200, 203, 204, 300, 301, 308, 404, 405, 410, 414, 501];
const FAILURES = [408, 413, 429, 500, 502, 503, 504];
const TTL_STATUSES = [200, 203, 204, 300, 301, 404, 410];
const OF_CONNECTION = ['connection', 'keep-alive'];
const PAUSE_MS = 5_000;

const namesIn = (text = '') => text.toLowerCase().match(/[^\s,]+/g) ?? [];
const isOwnCondition = (headers) => Object.keys(headers).some((name) => /^(if-|range)/.test(name));
const strong = (etag) => etag?.replace('W/', '');

/** The directives of a header, without the invalid forms. */
export function directivesOf(text = '') {
  const parts = text.match(/[^\s,=]+(="[^"]*"|=[^,]*)?/g) ?? [];
  return new Map(parts.map((part) => part.replaceAll('"', '').split('=')));
}

const msOf = (directives, name) =>
  directives.has(name) ? 1_000 * Number(directives.get(name)) : undefined;

export class HttpCacheOracle {
  /** The requests that the cache sends. */
  sent = [];
  /** What is stored, by key. */
  #entries = new Map();
  #options;
  #world;
  #respond;

  /**
   * @param options of `httpCache`, in milliseconds; `byUrl`: the user's keys are the URLs
   * @param world has the time, which `respond` may change
   * @param respond returns `{ error }` or `{ status, headers, body }`
   */
  constructor(options, world, respond) {
    this.#options = options;
    this.#world = world;
    this.#respond = respond;
  }

  /** What the caller gets: `{ error }` or `{ status, headers, body }`. */
  call(request) {
    const { method, headers, cache = 'default' } = request;
    const isHead = method === 'HEAD';
    const asked = directivesOf(headers['cache-control']);
    const isNoStore = cache === 'no-store' || (cache === 'default' && asked.has('no-store'));
    if (method === 'POST' || isNoStore) return this.#bypass(request);
    if (isOwnCondition(headers)) {
      return asked.has('only-if-cached') ? { status: 504 } : this.#bypass(request);
    }
    const limits = this.#limitsOf(request, asked);
    const key = this.#keyOf(request);
    const getKey = this.#keyOf({ ...request, method: 'GET' });
    let entry;
    for (const one of isHead ? [getKey, key] : [key]) {
      entry = this.#find(one, request);
      if (entry && this.#isHit(entry, limits)) return this.#present(entry, isHead);
    }
    if (asked.has('only-if-cached')) return { status: 504 };
    if (isHead && this.#options.byUrl) return this.#send(request);
    const { etag, 'last-modified': modified } = entry?.headers ?? {};
    const condition = cache !== 'reload' && (etag || modified) ? entry : undefined;
    const staleness = entry && this.#world.time - entry.freshUntil;
    if (!entry || limits.isRefresh || staleness <= 0 || this.#refusesStale(entry, limits)) {
      return this.#exchange(request, key, condition);
    }
    const isPaused = this.#world.time < entry.pausedUntil;
    if (staleness <= entry.whileRevalidate) {
      const result = this.#present(entry, isHead);
      if (!isPaused) this.#exchange(request, key, condition);
      return result;
    }
    if (isPaused && staleness <= entry.ifError) return this.#present(entry, isHead);
    return this.#exchange(request, key, condition, entry);
  }

  invalidate(url) {
    this.#entries.delete(this.#keyOf({ method: 'GET', url, headers: {} }));
  }

  /** Whether the entry was fresh. */
  expire(url) {
    const entry = this.#entries.get(this.#keyOf({ method: 'GET', url, headers: {} }));
    if (entry) entry.pausedUntil = 0;
    return this.#endFreshness(entry);
  }

  #endFreshness(entry) {
    if (!entry || entry.freshUntil < this.#world.time) return false;
    entry.freshUntil = this.#world.time - 0.001;
    return true;
  }

  #limitsOf({ cache = 'default', refresh }, asked) {
    const isOld = asked.has('no-cache') || asked.get('max-age') === '0';
    return {
      isRefresh: refresh || /no-cache|reload/.test(cache) || (cache === 'default' && isOld),
      isModeOnly: cache === 'no-cache' && !refresh && !isOld,
      anyAge: cache === 'force-cache' && !refresh,
      maxAge: msOf(asked, 'max-age') ?? Infinity,
      minFresh: msOf(asked, 'min-fresh') ?? 0,
      maxStale: asked.has('max-stale') ? msOf(asked, 'max-stale') || Infinity : 0,
      limitsStale: asked.has('max-age') || asked.has('max-stale'),
    };
  }

  #keyOf({ method, url, headers }) {
    const { byUrl, shared } = this.#options;
    if (byUrl) return JSON.stringify([url]);
    const { 'cache-control': _, authorization, ...others } = headers;
    const own = shared ? others : { authorization, ...others };
    return JSON.stringify([url, method, Object.entries(own).sort()]);
  }

  #find(key, { headers }) {
    const entry = this.#entries.get(key);
    return entry?.selection.every(([name, value]) => headers[name] === value) ? entry : undefined;
  }

  #isHit(entry, limits) {
    const staleness = this.#world.time - entry.freshUntil;
    const isImmutable = limits.isModeOnly && entry.isImmutable && staleness <= 0;
    if (limits.isRefresh && !isImmutable) return false;
    if (limits.anyAge) return true;
    if (this.#ageOf(entry) > limits.maxAge) return false;
    return staleness > 0
      ? !entry.isStrict && staleness <= limits.maxStale
      : -staleness >= limits.minFresh;
  }

  #refusesStale(entry, { minFresh, maxAge, maxStale, limitsStale }) {
    const staleness = this.#world.time - entry.freshUntil;
    return minFresh > 0 || this.#ageOf(entry) > maxAge || (limitsStale && staleness > maxStale);
  }

  #ageOf({ at, initialAge }) {
    return initialAge + this.#world.time - at;
  }

  #present(entry, isHead) {
    const age = `${Math.floor(this.#ageOf(entry) / 1_000)}`;
    const { status, body, headers } = entry;
    return { status, body: isHead ? '' : body, headers: { ...headers, age } };
  }

  #bypass(request) {
    const response = this.#send(request, undefined, false);
    if (request.method !== 'POST' || !(response.status < 400)) return response;
    const { location, 'content-location': other } = response.headers;
    for (const changed of ['', location, other]) {
      const { href, origin } = new URL(changed ?? '', request.url);
      if (origin !== new URL(request.url).origin) continue;
      for (const key of this.#entries.keys()) {
        if (JSON.parse(key)[0] === href) this.#entries.delete(key);
      }
    }
    return response;
  }

  /** @param stale the entry that replaces a failure */
  #exchange(request, key, condition, stale) {
    const response = this.#send(request, condition);
    if (response.error || FAILURES.includes(response.status)) {
      // A response for another request replaces no failure, so there is no pause.
      const known = this.#find(key, request);
      const staleness = this.#world.time - known?.freshUntil;
      if (staleness > 0) known.pausedUntil = this.#world.time + PAUSE_MS;
      const isReplaced = stale && stale === known && staleness <= stale.ifError;
      return isReplaced ? this.#present(stale, request.method === 'HEAD') : response;
    }
    const entry = this.#entryOf(request, response);
    if (entry) this.#entries.set(key, entry);
    else this.#entries.delete(key);
    return response;
  }

  /** @param mayUpdate whether a response to HEAD updates a stored one to GET */
  #send(request, condition, mayUpdate = true) {
    const getKey = this.#keyOf({ ...request, method: 'GET' });
    const described = request.method === 'HEAD' && mayUpdate && this.#find(getKey, request);
    const { method, url } = request;
    const headers = { ...request.headers };
    if (condition) {
      const { etag, 'last-modified': modified } = condition.headers;
      if (etag) headers['if-none-match'] = etag;
      if (modified) headers['if-modified-since'] = modified;
      headers['cache-control'] ??= 'max-age=0';
    }
    this.sent.push({ method, url, headers });
    const sentAt = this.#world.time;
    const response = { ...this.#respond({ method, url, headers }), sentAt };
    if (condition && response.status === 304) {
      if (!isSameVersion(condition.headers, response.headers)) return this.#send(request);
      return { ...condition, headers: updated(condition.headers, response.headers), sentAt };
    }
    if (described && response.status === 200 && this.#entries.get(getKey) === described) {
      this.#update(getKey, request, described, response);
    }
    return response;
  }

  #update(getKey, request, described, { headers, sentAt }) {
    const known = described.headers;
    const length = known['content-length'] ?? `${described.body.length}`;
    const isDescribed =
      described.status === 200 &&
      headers.vary === known.vary &&
      (headers['content-length'] ?? length) === length &&
      ['etag', 'last-modified'].every(
        (name) => !headers[name] || strong(headers[name]) === strong(known[name]),
      );
    const response = { ...described, headers: updated(known, headers), sentAt };
    const entry = isDescribed && this.#entryOf(request, response);
    if (entry) this.#entries.set(getKey, entry);
    else this.#endFreshness(described);
  }

  /** What is stored of a response that has just arrived; `undefined` for nothing. */
  #entryOf(request, response) {
    const { shared, ttl, maxTtl = Infinity } = this.#options;
    const { status, headers, body, sentAt } = response;
    const { time } = this.#world;
    const directives = directivesOf(headers['cache-control']);
    if (!this.#mayStore(request, response, directives)) return undefined;
    const isChecked = directives.has('no-cache') && !directives.get('no-cache');
    const isStrict =
      isChecked ||
      directives.has('must-revalidate') ||
      (shared && (directives.has('proxy-revalidate') || directives.has('s-maxage')));
    const stated = isChecked ? 0 : this.#lifetimeOf(response, directives);
    const apparentAge = headers.date ? time - Date.parse(headers.date) : 0;
    const correctedAge = 1_000 * Number(headers.age ?? 0) + time - sentAt;
    const initialAge = Math.max(apparentAge, correctedAge);
    let left = Math.min(stated ?? 0, maxTtl) - initialAge;
    if (stated === undefined && ttl !== undefined && TTL_STATUSES.includes(status)) left = ttl;
    const isUseless = left <= 0 && (isStrict || stated === undefined);
    if (isUseless && !headers.etag && !headers['last-modified']) return undefined;
    const windowOf = (name, option) =>
      isStrict || option === false ? 0 : (msOf(directives, name) ?? option ?? 0);
    const whileRevalidate = windowOf('stale-while-revalidate', this.#options.whileRevalidate);
    return {
      status,
      body,
      headers: this.#keptHeaders(headers, directives),
      selection: namesIn(headers.vary).map((name) => [name, request.headers[name]]),
      at: time,
      initialAge,
      freshUntil: time + (left > 0 ? left : left - 1),
      pausedUntil: 0,
      isStrict,
      isImmutable: directives.has('immutable'),
      whileRevalidate: Math.min(whileRevalidate, Math.max(maxTtl - (stated ?? 0), 0)),
      ifError: windowOf('stale-if-error', this.#options.ifError),
    };
  }

  #mayStore({ headers: asked }, { status, headers }, directives) {
    if (status === 206 || status === 304 || FAILURES.includes(status)) return false;
    if (namesIn(headers.vary).includes('*')) return false;
    if (directives.has('must-understand') && !HEURISTIC.includes(status)) return false;
    if (directives.has('no-store') && !directives.has('must-understand')) return false;
    if (!this.#options.shared) return true;
    if (directives.has('private') && !directives.get('private')) return false;
    const allowing = ['public', 'must-revalidate', 's-maxage'];
    return !asked.authorization || allowing.some((name) => directives.has(name));
  }

  /** `undefined` if the response does not say. */
  #lifetimeOf({ status, headers }, directives) {
    const ofShared = this.#options.shared ? msOf(directives, 's-maxage') : undefined;
    const stated = ofShared ?? msOf(directives, 'max-age');
    if (stated !== undefined) return stated;
    const date = headers.date ? Date.parse(headers.date) : this.#world.time;
    if (headers.expires) return Math.max(Date.parse(headers.expires) - date, 0);
    const unchanged = date - Date.parse(headers['last-modified']);
    const isAllowed = HEURISTIC.includes(status) || directives.has('public');
    return isAllowed && unchanged > 0
      ? unchanged * this.#options.heuristic || undefined
      : undefined;
  }

  #keptHeaders(headers, directives) {
    const { shared } = this.#options;
    const omitted = [
      'age',
      ...OF_CONNECTION,
      ...namesIn(headers.connection),
      ...namesIn(directives.get('no-cache')),
      ...namesIn(shared ? directives.get('private') : ''),
    ];
    const kept = Object.entries(headers).filter(([name]) => !omitted.includes(name));
    return Object.fromEntries(kept);
  }
}

function isSameVersion(known, { etag, 'last-modified': modified }) {
  if (known.etag && etag) return strong(known.etag) === strong(etag);
  return !(known['last-modified'] && modified) || known['last-modified'] === modified;
}

/** The stored headers after an update. */
function updated({ age, date, ...known }, update) {
  const omitted = [...OF_CONNECTION, 'content-length', ...namesIn(update.connection)];
  const taken = Object.entries(update).filter(([name]) => !omitted.includes(name));
  const vary = [...new Set([...namesIn(known.vary), ...namesIn(update.vary)])].join(', ');
  return { ...known, ...Object.fromEntries(taken), ...(vary && { vary }) };
}
