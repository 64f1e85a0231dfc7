import { show, wrongKind } from '../options/check.ts';
import type { AnyFunction, ResilientMembers, ResilientOptions } from '../types.ts';
import { isPlain, type Policy, policy } from './policy.ts';

/** What a {@link Registry} keeps: a wrapped function, or a policy. */
export type Registered = Policy | ResilientMembers<AnyFunction, ResilientOptions>;

/** Wrapped functions and policies by name, to be found elsewhere in a program and reported on by {@link health}. */
export class Registry {
  readonly #members = new Map<string, Registered>();

  /**
   * Keeps a wrapped function or a policy under a name, in the place of what had that name; a policy is made of options.
   * @returns what is kept
   * @throws TypeError, RangeError
   */
  register<M extends object>(name: string, member: M): M extends Registered ? M : Policy<M> {
    if (typeof name !== 'string' || name === '') {
      throw wrongKind('name', 'a string that is not empty', name);
    }
    const kept = isRegistered(member) ? member : undefined;
    if (!kept && !isPlain(member)) {
      throw new TypeError(
        `${name} must be a wrapped function, a policy, or options, got ${show(member)}`,
      );
    }
    const registered = kept ?? (policy(member as ResilientOptions) as Registered);
    this.#members.set(name, registered);
    return registered as M extends Registered ? M : Policy<M>;
  }

  /** What is kept under a name; `undefined` if nothing is. */
  get(name: string): Registered | undefined {
    return this.#members.get(name);
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
  return typeof member === 'function' && 'circuitBreaker' in member && 'bulkhead' in member;
}
