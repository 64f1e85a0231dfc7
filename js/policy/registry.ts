import type { ResultCache } from '../cache/result-cache.ts';
import { nameOf, show, wrongKind } from '../options/check.ts';
import { hasProperty } from '../platform/property.ts';
import { FIELDS } from '../wrapper/resilient.ts';
import type { AnyFunction, Checked, ResilientOptions } from '../wrapper/types.ts';
import { isPlain, type Policy, type PolicyMembers, policy } from './policy.ts';

/** What a {@link Registry} keeps: a wrapped function, or a policy. */
export type Registered = AnyFunction &
  PolicyMembers<ResilientOptions> & {
    /** Of a function: its cache. */
    readonly cache?: ResultCache | undefined;
  };

/** Wrapped functions and policies by name, to be found elsewhere in a program and reported on by {@link health}. */
export class Registry {
  readonly #members = new Map<string, Registered>();

  /**
   * Keeps a wrapped function or a policy under a name, in the place of what had that name.
   * @returns what is kept
   * @throws TypeError
   */
  register<M extends Registered>(name: string, member: M): M;
  /**
   * Makes a policy of options, and keeps it under a name.
   * @returns the policy
   * @throws TypeError, RangeError
   */
  register<const O extends ResilientOptions>(name: string, options: O & Checked<O>): Policy<O>;
  register(name: string, member: unknown): unknown {
    if (typeof name !== 'string' || name === '') {
      throw wrongKind('name', 'a string that is not empty', name);
    }
    if (!isRegistered(member) && !isOptions(member)) {
      throw new TypeError(
        `${name} must be a wrapped function, a policy, or options, got ${show(member)}`,
      );
    }
    const kept = isRegistered(member) ? member : policy(member);
    this.#members.set(name, kept as Registered);
    return kept;
  }

  /**
   * What is kept under a name; `undefined` if nothing is. Who knows what that is can say so: `get<Policy>('db')`.
   */
  get<M extends Registered = Registered>(name: string): M | undefined {
    return this.#members.get(name) as M | undefined;
  }

  /** The names, in the order in which they were first registered. */
  get names(): readonly string[] {
    return Object.freeze([...this.#members.keys()]);
  }

  /** Forgets a name; `true` if there was something under it. */
  unregister(name: string): boolean {
    return this.#members.delete(name);
  }
}

/** The registry of a program that needs but one. */
export const registry: Registry = /* @__PURE__ */ new Registry();

function isRegistered(member: unknown): member is Registered {
  return typeof member === 'function' && Object.hasOwn(member, 'bulkhead');
}

/** An object without a class, or one with some option: other instances were most likely meant for something else. */
function isOptions(member: unknown): member is ResilientOptions {
  if (typeof member !== 'object' || member === null) return false;
  return isPlain(member) || FIELDS.some((field) => hasProperty(member, nameOf(field)));
}
