import type { ResultCache } from '../cache/result-cache.ts';
import { nameOf, show, wrongKind } from '../options/check.ts';
import { sharedOptions } from '../patterns/index.ts';
import { hasProperty } from '../platform/property.ts';
import type { AnyFunction } from '../wrapper/any-function.ts';
import type { Checked } from '../wrapper/checked-options.ts';
import type { ResilientOptions } from '../wrapper/options.ts';
import { optionFields } from '../wrapper/resilient.ts';
import type { SharedMembers } from '../wrapper/signature.ts';
import { isPlain, type Policy, policy } from './policy.ts';

/** A member of a {@link Registry}: a wrapped function, or a policy. */
export type Registered = AnyFunction &
  SharedMembers<ResilientOptions> & {
    /** The cache of a function. */
    readonly cache?: ResultCache | undefined;
  };

/** Wrapped functions and policies by name, for lookup elsewhere in a program and for {@link health}. */
export class Registry {
  readonly #members = new Map<string, Registered>();

  /**
   * Registers a wrapped function or a policy. It replaces a member with the same name.
   * @returns the member
   * @throws TypeError for an empty name or another kind of member
   */
  register<M extends Registered>(name: string, member: M): M;
  /**
   * Makes a policy of options, and registers it.
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
    const registered = isRegistered(member) ? member : policy(member);
    this.#members.set(name, registered as Registered);
    return registered;
  }

  /**
   * The member with a name; `undefined` without one. A type argument sets the type of the member: `get<Policy>('db')`.
   */
  get<M extends Registered = Registered>(name: string): M | undefined {
    return this.#members.get(name) as M | undefined;
  }

  /** The names, in the order of their first registration. */
  get names(): readonly string[] {
    return Object.freeze([...this.#members.keys()]);
  }

  /** Removes a member. Returns `true` if there was one with this name. */
  unregister(name: string): boolean {
    return this.#members.delete(name);
  }
}

/** The default registry. */
export const registry: Registry = /* @__PURE__ */ new Registry();

function isRegistered(member: unknown): member is Registered {
  return (
    typeof member === 'function' && sharedOptions().every((option) => Object.hasOwn(member, option))
  );
}

/** Whether an object is plain, or has an option: other objects are not meant as options. */
function isOptions(member: unknown): member is ResilientOptions {
  if (typeof member !== 'object' || member === null) return false;
  return isPlain(member) || optionFields().some((field) => hasProperty(member, nameOf(field)));
}
