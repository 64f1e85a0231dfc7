import { warn } from '../events/warn.ts';
import { Weak, whenCollected } from '../platform/weak.ts';
import type { TierUser } from './seam.ts';

/** The wrapped functions of a tier. It does not keep them alive. */
export class TierUsers {
  readonly #users = new Set<Pick<WeakRef<TierUser>, 'deref'>>();

  add(user: TierUser): void {
    const users = this.#users;
    const reference = new Weak(user);
    users.add(reference);
    whenCollected(user, () => users.delete(reference));
  }

  /** Ends the results of all functions in this process that have one of these tags. */
  endTagged(tags: ReadonlySet<string>, keepsStale: boolean): void {
    for (const reference of this.#users) {
      const user = reference.deref();
      if (!user) continue;
      const { first, owns, name } = user;
      if (first.isDisposed) this.#users.delete(reference);
      else {
        try {
          first.endTagged(tags, keepsStale, owns);
        } catch (error) {
          // The user's clock has failed. The other functions and the store must hear of the tags all the same.
          warn(`The cache of ${name} could not end the results of tags`, error);
        }
      }
    }
  }
}
