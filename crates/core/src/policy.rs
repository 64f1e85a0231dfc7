//! The interface between the cache and its eviction policy.

use crate::lru::Lru;
use crate::records::{Records, Slot};

/// Chooses the entries to evict.
///
/// The cache reports the entries that are put and removed. It does not report hits: the caller marks the entries, and
/// reports the mark of an entry only when the policy proposes that entry as a victim.
///
/// Victims are chosen ahead of the puts that evict them. The cache [reserves](Self::reserve_victim) some, one after the
/// other. Before anything else happens, except [`remove`](Self::remove), it settles them: it calls
/// [`rollback`](Self::rollback) once, and then one of the following for each victim.
///
/// - [`insert`](Self::insert) commits: the victim was evicted, and another entry was put into its slot. In the order of
///   reservation.
/// - [`used`](Self::used): the caller reported a use of the victim, which stays. In the order of reservation.
/// - [`restore_victim`](Self::restore_victim): the victim was not needed, and stays. After the calls above, in reverse
///   order of reservation.
///
/// The caller writes the numbers, and may write wrong ones: a slot can be reported twice, or without being reserved. No
/// function may panic then.
///
/// A policy can link its entries by the links of [`Field::Stamp`](crate::records::Field), which are for the policy
/// alone. Anything else that it stores per entry goes into [columns](crate::column::Column).
pub trait Policy {
    /// Forgets all entries and frees the memory.
    fn clear(&mut self);

    /// Makes room for the policy's own data of each slot below `slots`, which has a record now. The cache is to have up to
    /// `most` entries. Returns `false` if there is no memory.
    fn grow(&mut self, _slots: u32, _most: u32, _records: &mut Records) -> bool {
        true
    }

    /// Adds the entry that was put into `slot`: the newest one. If `slot` is that of a reserved victim, this evicts the
    /// victim.
    fn insert(&mut self, slot: u32, records: &mut Records);

    /// Forgets the entry in `slot`, which may be a reserved victim.
    fn remove(&mut self, slot: u32, records: &mut Records);

    /// The entry in `slot` was used. Its stamp is the tick of its latest use. It is a reserved victim that stays, or an
    /// entry that has moved here from another cache and is new to this policy.
    fn used(&mut self, slot: u32, records: &mut Records);

    /// Chooses the next entry to evict, and does not choose it again until the reservation is settled. Returns `None`
    /// only if no entry is left.
    fn reserve_victim(&mut self, records: &mut Records) -> Option<Slot>;

    /// A bound on the stamps of the victims reserved so far, the last of which is `last`. A victim whose latest use is
    /// at the bound or later is not evicted. One that was used before comes after the reserved victims with lower
    /// stamps, and can still be evicted.
    fn keep_from(&self, last: u32, records: &Records) -> f64;

    /// Starts to settle the reservation: undoes what [`reserve_victim`](Self::reserve_victim) did.
    fn rollback(&mut self);

    /// Puts a victim that was not needed back in its order: it is chosen next.
    fn restore_victim(&mut self, slot: u32, records: &mut Records);

    /// Checks every invariant. `live` tells whether a slot below `end` has an entry.
    ///
    /// # Panics
    ///
    /// If an invariant does not hold.
    fn validate(&self, records: &mut Records, end: u32, live: &dyn Fn(u32, &mut Records) -> bool);
}

/// Declares an enum with one variant per policy, which is itself a [`Policy`]: the choice is made when a cache is
/// created. Calls are dispatched statically; with a single variant they cost nothing.
#[macro_export]
macro_rules! policies {
    ($(#[$attribute:meta])* $visibility:vis enum $name:ident { $($(#[$doc:meta])* $variant:ident($policy:ty)),+ $(,)? }) => {
        $(#[$attribute])*
        $visibility enum $name {
            $($(#[$doc])* $variant($policy)),+
        }

        impl $crate::Policy for $name {
            #[inline]
            fn clear(&mut self) {
                match self { $(Self::$variant(policy) => policy.clear()),+ }
            }

            #[inline]
            fn grow(&mut self, slots: u32, most: u32, records: &mut $crate::Records) -> bool {
                match self { $(Self::$variant(policy) => policy.grow(slots, most, records)),+ }
            }

            #[inline]
            fn insert(&mut self, slot: u32, records: &mut $crate::Records) {
                match self { $(Self::$variant(policy) => policy.insert(slot, records)),+ }
            }

            #[inline]
            fn remove(&mut self, slot: u32, records: &mut $crate::Records) {
                match self { $(Self::$variant(policy) => policy.remove(slot, records)),+ }
            }

            #[inline]
            fn used(&mut self, slot: u32, records: &mut $crate::Records) {
                match self { $(Self::$variant(policy) => policy.used(slot, records)),+ }
            }

            #[inline]
            fn reserve_victim(&mut self, records: &mut $crate::Records) -> Option<$crate::Slot> {
                match self { $(Self::$variant(policy) => policy.reserve_victim(records)),+ }
            }

            #[inline]
            fn keep_from(&self, last: u32, records: &$crate::Records) -> f64 {
                match self { $(Self::$variant(policy) => policy.keep_from(last, records)),+ }
            }

            #[inline]
            fn rollback(&mut self) {
                match self { $(Self::$variant(policy) => policy.rollback()),+ }
            }

            #[inline]
            fn restore_victim(&mut self, slot: u32, records: &mut $crate::Records) {
                match self { $(Self::$variant(policy) => policy.restore_victim(slot, records)),+ }
            }

            fn validate(
                &self,
                records: &mut $crate::Records,
                end: u32,
                live: &dyn Fn(u32, &mut $crate::Records) -> bool,
            ) {
                match self { $(Self::$variant(policy) => policy.validate(records, end, live)),+ }
            }
        }
    };
}

policies! {
    /// The policy of one cache, any of those that ship.
    pub enum AnyPolicy {
        /// [`PolicyKind::Lru`].
        Lru(Lru),
    }
}

/// The name of a policy that ships.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PolicyKind {
    /// Evicts the least recently used entry.
    Lru,
}

impl AnyPolicy {
    /// The policy of that kind, without entries. Nothing is allocated.
    pub const fn new(kind: PolicyKind) -> Self {
        match kind {
            PolicyKind::Lru => Self::Lru(Lru::NEW),
        }
    }
}
