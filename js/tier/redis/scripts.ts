/*
 * Each script touches a value, `KEYS[1]`, and its lease, `KEYS[2]`, which are in one slot of a cluster. Before it sets a key, it
 * reads it: the server then tracks the key, and pushes the change to this connection, too, so that `OwnChanges` can count pushes.
 */

/** A script, and the SHA-1 of its text once that is known. */
export interface Script {
  readonly text: string;
  hash: string | undefined;
}

const script = (text: string): Script => ({ text, hash: undefined });

/** What is no string, or empty, was not stored by a tier, and counts as absent. */
const READ = `
local value = redis.pcall('GET', KEYS[1])
if type(value) ~= 'string' or value == '' then value = false end`;

/**
 * ARGV: token, milliseconds, seen, whether to take over. Returns the value, 0, or the milliseconds that are left. A lease
 * without an end was not made by a tier.
 */
export const ACQUIRE = /* @__PURE__ */ script(`${READ}
local left = redis.call('PTTL', KEYS[2])
if ARGV[4] == '1' then redis.call('SET', KEYS[2], ARGV[1], 'PX', ARGV[2]) return 0 end
if value and (ARGV[3] == '' or string.sub(value, 1, #ARGV[3]) ~= ARGV[3]) then return value end
if redis.call('SET', KEYS[2], ARGV[1], 'NX', 'PX', ARGV[2]) then return 0 end
if left == -1 then redis.call('SET', KEYS[2], ARGV[1], 'PX', ARGV[2]) return 0 end
return math.max(left, 1)`);

/** ARGV: token, milliseconds. */
export const RENEW = /* @__PURE__ */ script(`
if redis.call('GET', KEYS[2]) ~= ARGV[1] then return 0 end
if ARGV[2] == '0' then return 1 end
return redis.call('PEXPIRE', KEYS[2], ARGV[2])`);

/** ARGV: token. */
export const RELEASE = /* @__PURE__ */ script(`
if redis.call('GET', KEYS[2]) == ARGV[1] then redis.call('DEL', KEYS[2]) end
return 1`);

const SET = `
redis.call('PTTL', KEYS[1])
if ARGV[3] == '0' then redis.call('SET', KEYS[1], ARGV[2]) else redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3]) end
redis.call('DEL', KEYS[2])
return 1`;

/** ARGV: token, value, milliseconds. */
export const STORE = /* @__PURE__ */ script(`
if redis.call('GET', KEYS[2]) ~= ARGV[1] then return 0 end${SET}`);

/** ARGV: seen, value, milliseconds. */
export const REPLACE = /* @__PURE__ */ script(`${READ}
if ARGV[1] == '' then
if value then return 0 end
elseif not value or string.sub(value, 1, #ARGV[1]) ~= ARGV[1] then return 0 end${SET}`);

/** ARGV: nothing, value, milliseconds. */
export const PUT = /* @__PURE__ */ script(SET);

/** Returns the first 33 bytes of the value. */
export const DELETE = /* @__PURE__ */ script(`
local start = redis.pcall('GETRANGE', KEYS[1], 0, 32)
redis.call('DEL', KEYS[1], KEYS[2])
return type(start) == 'string' and start or ''`);

/** Computes the hashes of all scripts. */
export async function hashScripts(): Promise<void> {
  for (const one of [ACQUIRE, RENEW, RELEASE, STORE, REPLACE, PUT, DELETE]) {
    const digest = await crypto.subtle.digest('SHA-1', new TextEncoder().encode(one.text));
    one.hash = [...new Uint8Array(digest)]
      .map((byte) => byte.toString(16).padStart(2, '0'))
      .join('');
  }
}
