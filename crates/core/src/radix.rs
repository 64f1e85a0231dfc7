//! A monotone priority queue of slots.

use std::mem::replace;

use crate::records::{Field, LISTS, Link, Records, Slot, node_of, slot_of};

/// The number of buckets: one for each position of the highest differing bit, and one for keys that do not differ. The
/// topmost bit, the sign, never differs.
const BUCKETS: u32 = i64::BITS;

const _: () = assert!(LISTS == BUCKETS, "each bucket has a list head");

/// The front of an empty FIFO: a node that no slot has.
const NO_NODE: u32 = 0;

/// The key of a number of ticks or milliseconds. Keys compare as the numbers do, from 0 up. Those of negative numbers
/// are negative, in no useful order.
pub fn key(number: f64) -> i64 {
    number.to_bits() as i64
}

/// The bucket of a key. Neither number may be negative.
fn bucket_between(key: i64, last: i64) -> u32 {
    BUCKETS.wrapping_sub((key ^ last).leading_zeros())
}

/// A FIFO next to a one-level radix heap (Ahuja, Mehlhorn, Orlin and Tarjan, "Faster algorithms for the shortest path
/// problem", J. ACM 37 (1990), 213-223).
///
/// The heap is monotone: there is a `last` key, and keys that are queued later are seldom below it. A slot is in the
/// bucket numbered by the highest bit in which its key differs from `last`, so that all keys of a bucket are below all
/// keys of the next. To find the smallest key, `last` moves to the lower end of the first bucket that is occupied, and
/// the slots of that bucket move into lower ones. Each slot moves down at most once per bit. The heap of the paper does
/// not take keys below `last`; this one does: `last` goes back, and all slots up to the bucket of the difference are
/// queued again.
///
/// Most keys come in order, because new entries have the newest stamp and the same time to live. These wait in the FIFO
/// instead. The first slot of the queue is that of the FIFO or that of the heap. The FIFO is a ring that knows its
/// front: the first becomes the last, and the last the first, without a write. An entry that takes the slot of the
/// oldest needs nothing else.
///
/// The keys are a field of the [`Records`], and the caller may change them before it reports that. A key that grows
/// while its slot is in a bucket leaves the slot in too low a bucket, where the queue notices it. Any other change puts
/// the slot out of order until it is queued again, and breaks nothing.
///
/// The FIFO and the buckets are circular doubly linked lists through the links of that field (Knuth, The Art of Computer
/// Programming, volume 1, section 2.2.5). The first nodes are the list heads of the buckets. A node that is in no list is
/// linked to itself, so that a slot can be removed without knowing its list, and removing one that is not queued has no
/// effect.
pub struct RadixQueue {
    /// A bit for each bucket: set when the bucket gets a slot, cleared when it is found empty.
    occupied: u64,
    last: i64,
    /// The node at the front of the FIFO, or [`NO_NODE`].
    fifo: u32,
    field: Field,
}

impl RadixQueue {
    /// An empty queue by a field of the records.
    pub const fn new(field: Field) -> Self {
        Self { occupied: 0, last: 0, fifo: NO_NODE, field }
    }

    /// Whether no slot is in the FIFO.
    pub fn is_fifo_empty(&self) -> bool {
        self.fifo == NO_NODE
    }

    /// Moves `slot` to the end of the FIFO, from any list or none. No key in the FIFO may be above its own by the time
    /// that the queue is used next.
    pub fn push_fifo(&mut self, slot: u32, records: &mut Records) {
        let node = node_of(slot);
        if self.fifo == node {
            self.fifo = records.next(node, self.field);
        } else if self.fifo == NO_NODE {
            self.remove(slot, records);
            self.fifo = node;
        } else {
            self.relink(slot, self.fifo, records);
        }
    }

    /// Makes `slot`, which is in the FIFO, its front. Those that were in front of it come last.
    pub fn rotate_to(&mut self, slot: u32) {
        self.fifo = node_of(slot);
    }

    /// Moves `slot` to its bucket of the heap, from any list or none.
    pub fn push_heap(&mut self, slot: u32, records: &mut Records) {
        let key = self.key(slot, records).max(0);
        if key < self.last {
            let bucket = bucket_between(key, self.last);
            self.last = key;
            for lower in 0..bucket {
                self.redistribute(lower, records);
            }
        }
        self.push_bucket(slot, records);
    }

    /// [`push_heap`](Self::push_heap) for a key that is not below `last`. A lower key counts as `last`.
    #[inline(never)]
    fn push_bucket(&mut self, slot: u32, records: &mut Records) {
        let bucket = bucket_between(self.key(slot, records).max(self.last), self.last);
        self.relink(slot, bucket, records);
        self.occupied |= 1 << bucket;
    }

    /// Removes `slot`, if it is queued.
    pub fn remove(&mut self, slot: u32, records: &mut Records) {
        self.relink(slot, node_of(slot), records);
    }

    /// Moves `slot` in front of a node: in front of a bucket's list head, to the end of the bucket; of the front of the
    /// FIFO, to the end of the FIFO; of itself, into no list.
    #[inline(never)]
    fn relink(&mut self, slot: u32, before: u32, records: &mut Records) {
        let node = node_of(slot);
        let Some(&mut Link { prev, next }) = records.link(node, self.field) else { return };
        if self.fifo == node {
            self.fifo = if next == node { NO_NODE } else { next };
        }
        if let Some(link) = records.link(prev, self.field) {
            link.next = next;
        }
        if let Some(link) = records.link(next, self.field) {
            link.prev = prev;
        }
        let mut last = node;
        if let Some(link) = records.link(before, self.field) {
            last = if before == node { node } else { replace(&mut link.prev, node) };
        }
        if let Some(link) = records.link(last, self.field) {
            link.next = node;
        }
        if let Some(link) = records.link(node, self.field) {
            *link = Link { prev: last, next: before };
        }
    }

    /// The slot with the smallest key, if that is at most `bound`. The FIFO is left out once its front is the slot `end`.
    pub fn first(&mut self, end: u32, bound: i64, records: &mut Records) -> Option<Slot> {
        let node = self.fifo;
        if node == NO_NODE || node == node_of(end) {
            return self.first_of_heap(bound, records);
        }
        let slot = slot_of(node);
        let key = self.key(slot, records);
        // The bound keeps `last` below all keys that come out of the FIFO later.
        let other = self.first_of_heap(bound.min(key), records);
        if other.is_some() || key > bound { other } else { Slot::new(slot) }
    }

    /// [`first`](Self::first) of the heap alone. `last` does not move beyond `bound`, so that keys above it can still
    /// be queued.
    fn first_of_heap(&mut self, bound: i64, records: &mut Records) -> Option<Slot> {
        loop {
            let bucket = self.first_occupied(records);
            if bucket == BUCKETS {
                return None;
            }
            if bucket == 0 {
                let slot = slot_of(records.next(bucket, self.field));
                let key = self.key(slot, records);
                if key <= self.last {
                    return if key > bound { None } else { Slot::new(slot) };
                }
            } else {
                let edge = self.lower_bound_of(bucket);
                if edge > bound {
                    return None;
                }
                self.last = edge;
            }
            self.redistribute(bucket, records);
        }
    }

    /// A lower bound of the queued keys: negative if some may be below `last`, the key of infinity if none is queued.
    pub fn lower_bound(&mut self, records: &Records) -> i64 {
        let bucket = self.first_occupied(records);
        let heap = if bucket < BUCKETS { self.lower_bound_of(bucket) } else { key(f64::INFINITY) };
        if self.is_fifo_empty() { heap } else { heap.min(self.key(slot_of(self.fifo), records)) }
    }

    /// Moves all slots of a bucket to the buckets that they belong to now.
    #[inline(never)]
    fn redistribute(&mut self, bucket: u32, records: &mut Records) {
        // Slots that stay in this bucket move behind its last one.
        let end = records.link(bucket, self.field).map_or(bucket, |head| head.prev);
        loop {
            let node = records.next(bucket, self.field);
            if node == bucket {
                return;
            }
            self.push_bucket(slot_of(node), records);
            if node == end {
                return;
            }
        }
    }

    /// A lower bound of the keys in a bucket.
    fn lower_bound_of(&self, bucket: u32) -> i64 {
        // Keys of the bucket have the bits of `last` above the bucket's bit, and a one there, where `last` has a zero.
        // Bucket 0 has no such bit: the shift wraps around to the sign.
        let highest = 1_i64.wrapping_shl(bucket.wrapping_sub(1));
        (self.last | highest) & highest.wrapping_neg()
    }

    fn key(&self, slot: u32, records: &Records) -> i64 {
        key(records.get(slot, self.field))
    }

    /// The first bucket that is occupied, or [`BUCKETS`].
    fn first_occupied(&mut self, records: &Records) -> u32 {
        loop {
            let bucket = self.occupied.trailing_zeros();
            if bucket == BUCKETS || records.next(bucket, self.field) != bucket {
                return bucket;
            }
            self.occupied &= self.occupied.wrapping_sub(1);
        }
    }
}

impl RadixQueue {
    /// All slots of the queue, for tests: those of the buckets that are marked as occupied, then the FIFO in its order.
    pub fn slots(&self, records: &Records) -> Vec<u32> {
        let mut slots = Vec::new();
        for bucket in (0..BUCKETS).filter(|bucket| self.occupied & 1 << bucket != 0) {
            let mut node = records.next(bucket, self.field);
            while node != bucket {
                slots.push(slot_of(node));
                node = records.next(node, self.field);
            }
        }
        let mut node = self.fifo;
        while node != NO_NODE {
            slots.push(slot_of(node));
            let next = records.next(node, self.field);
            node = if next == self.fifo { NO_NODE } else { next };
        }
        slots
    }

    /// Checks every invariant: the lists are circular and linked both ways; a slot below `end` is in exactly one of them
    /// if it should be `queued`, and in none otherwise; no slot is in a bucket above that of its key; the FIFO is in
    /// order.
    ///
    /// # Panics
    ///
    /// If an invariant does not hold.
    pub fn validate(&self, end: u32, queued: &dyn Fn(u32, &mut Records) -> bool, records: &mut Records) {
        let mut list_of_slot = std::collections::HashMap::new();
        let mut record_list = |node, list| {
            assert!(node >= LISTS, "list {list} runs into list head {node}");
            let slot = slot_of(node);
            assert_eq!(list_of_slot.insert(slot, list), None, "slot {slot} is queued twice");
            slot
        };
        let after = |node, records: &mut Records| {
            let next = records.next(node, self.field);
            let prev = records.link(next, self.field).map(|link| link.prev);
            assert_eq!(prev, Some(node), "links of {node} and {next} differ");
            next
        };
        for bucket in 0..BUCKETS {
            let mut node = after(bucket, records);
            while node != bucket {
                record_list(node, bucket);
                assert!(self.occupied & 1 << bucket != 0, "bucket {bucket} is occupied");
                node = after(node, records);
            }
        }
        let mut least = i64::MIN;
        let mut node = self.fifo;
        while node != NO_NODE {
            let slot = record_list(node, LISTS);
            let key = self.key(slot, records);
            assert!(least <= key, "slot {slot} is in the FIFO behind a larger key");
            least = key;
            let next = after(node, records);
            node = if next == self.fifo { NO_NODE } else { next };
        }
        for slot in crate::records::FIRST_SLOT..records.capacity().max(end) {
            let list = list_of_slot.get(&slot);
            assert_eq!(list.is_some(), slot < end && queued(slot, records), "slot {slot} is queued");
            if let Some(&list) = list {
                let key = self.key(slot, records);
                let belongs = bucket_between(key.max(self.last), self.last);
                assert!(list == LISTS || list <= belongs, "slot {slot} is in bucket {list}, above {belongs}");
            } else if self.field == Field::Stamp {
                let next = records.next(node_of(slot), self.field);
                assert_eq!(next, node_of(slot), "slot {slot} is in no list, but linked");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cmp::Reverse;
    use std::collections::BinaryHeap;

    use proptest::prelude::*;

    use super::*;
    use crate::records::{FIRST_SLOT, Record};

    const SLOTS: u32 = 40;

    /// Queues a slot by its stamp, an unused one as the newest.
    fn enqueue(queue: &mut RadixQueue, slot: u32, records: &mut Records) {
        if records.is_unused(slot) { queue.push_fifo(slot, records) } else { queue.push_heap(slot, records) }
    }

    fn pop(queue: &mut RadixQueue, bound: i64, records: &mut Records) -> Option<u32> {
        let slot = queue.first(0, bound, records)?.get();
        queue.remove(slot, records);
        Some(slot)
    }

    fn setup(field: Field) -> (RadixQueue, Vec<Record>) {
        let mut nodes = Vec::new();
        assert!(Records::grow(&mut nodes, SLOTS, SLOTS));
        (RadixQueue::new(field), nodes)
    }

    /// Keys far apart and close together, with fractions and without.
    fn distance() -> impl Strategy<Value = f64> {
        prop_oneof![Just(0.0), (1..10_u32).prop_map(f64::from), 0.0..1e3, 0.0..1e13]
    }

    /// The stamp of an entry that was put, one and a half ticks after the newest; or a whole number, the stamp of one
    /// that was used at any time.
    fn stamp(distance: f64, newest: f64) -> f64 {
        if distance < 10.0 { newest.trunc() + 1.5 } else { (distance * 1e6).rem_euclid(newest + 1e3).trunc() }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        /// Used slots are pushed with any stamp, unused ones with the newest. [`BinaryHeap`] is the model.
        #[test]
        fn slots_are_popped_in_the_order_of_their_keys(steps in prop::collection::vec((any::<bool>(), distance()), 1..200)) {
            let (mut queue, mut nodes) = setup(Field::Stamp);
            let records = &mut Records::new(&mut nodes);
            let mut newest = 0.0_f64;
            let mut model = BinaryHeap::new();
            let mut free: Vec<u32> = (FIRST_SLOT..SLOTS).collect();
            for (push, distance) in steps {
                match free.pop() {
                    Some(slot) if push => {
                        let stamp = stamp(distance, newest);
                        newest = newest.max(stamp);
                        records.numbers(slot).unwrap()[1] = stamp;
                        enqueue(&mut queue, slot, records);
                        model.push(Reverse(key(stamp)));
                    }
                    slot => {
                        free.extend(slot);
                        let popped = pop(&mut queue, i64::MAX, records);
                        let stamp = popped.map(|slot| records.get(slot, Field::Stamp));
                        prop_assert_eq!(stamp.map(key), model.pop().map(|Reverse(key)| key));
                        free.extend(popped);
                    }
                }
                queue.validate(SLOTS, &|slot, _| !free.contains(&slot), records);
                let infinity = key(f64::INFINITY);
                let least = model.peek().map_or(infinity, |Reverse(key)| *key);
                prop_assert!(queue.lower_bound(records) <= least);
                prop_assert_eq!(queue.lower_bound(records) < infinity, least < infinity);
            }
        }

        /// The first slots are moved to the end of the FIFO, as reserved victims are, and then settled.
        #[test]
        fn a_rollback_restores_the_first_slots(steps in prop::collection::vec((0..5_u8, FIRST_SLOT..SLOTS, distance()), 1..200)) {
            let (mut queue, mut nodes) = setup(Field::Stamp);
            let records = &mut Records::new(&mut nodes);
            let key_of = |slot: u32, records: &Records| key(records.get(slot, Field::Stamp));
            let mut queued = Vec::new();
            let mut newest = 0.0_f64;
            for (step, slot, distance) in steps {
                let known = queued.iter().position(|&other| other == slot);
                match (step, known) {
                    (0, _) => {
                        let least = queued.iter().map(|&slot| key_of(slot, records)).min();
                        let popped = pop(&mut queue, i64::MAX, records);
                        prop_assert_eq!(popped.map(|slot| key_of(slot, records)), least);
                        queued.retain(|&other| Some(other) != popped);
                    }
                    (1, _) => {
                        queue.remove(slot, records);
                        queued.retain(|&other| other != slot);
                    }
                    (2, _) => {
                        let mut keys: Vec<_> = queued.iter().map(|&slot| key_of(slot, records)).collect();
                        keys.sort_unstable();
                        let mut firsts = Vec::new();
                        for least in keys.into_iter().take(4) {
                            let end = firsts.first().copied().unwrap_or(0);
                            let first = queue.first(end, i64::MAX, records).unwrap().get();
                            prop_assert_eq!(key_of(first, records), least);
                            queue.push_fifo(first, records);
                            firsts.push(first);
                        }
                        let Some(&first) = firsts.first() else { continue };
                        queue.rotate_to(first);
                        // One is the newest, the next was used, the others stay.
                        for (index, &slot) in firsts.iter().enumerate().take(2) {
                            let stamp = [newest.trunc() + 1.5, stamp(distance + 10.0, newest)][index];
                            newest = newest.max(stamp);
                            records.numbers(slot).unwrap()[1] = stamp;
                            enqueue(&mut queue, slot, records);
                        }
                        for &slot in firsts.iter().skip(2).rev() {
                            queue.push_fifo(slot, records);
                            queue.rotate_to(slot);
                        }
                    }
                    (_, Some(_)) => {}
                    (_, None) => {
                        let stamp = stamp(distance, newest);
                        newest = newest.max(stamp);
                        records.numbers(slot).unwrap()[1] = stamp;
                        enqueue(&mut queue, slot, records);
                        queued.push(slot);
                    }
                }
                queue.validate(SLOTS, &|slot, _| queued.contains(&slot), records);
            }
        }

        /// The bound rises and falls, and keys above it are pushed later, below those that are queued.
        #[test]
        fn slots_are_popped_up_to_a_bound(steps in prop::collection::vec((0..3_u8, FIRST_SLOT..SLOTS, distance()), 1..200)) {
            let (mut queue, mut nodes) = setup(Field::Deadline);
            let records = &mut Records::new(&mut nodes);
            let mut queued = Vec::new();
            let mut bound = 0.0_f64;
            let mut newest = 0.0;
            for (step, slot, distance) in steps {
                if step > 0 && !queued.contains(&slot) {
                    let deadline = bound + distance;
                    records.numbers(slot).unwrap()[0] = deadline;
                    if queue.is_fifo_empty() || deadline >= newest {
                        newest = deadline;
                        queue.push_fifo(slot, records);
                    } else {
                        queue.push_heap(slot, records);
                    }
                    queued.push(slot);
                } else {
                    bound = if slot % 4 == 0 { (bound - distance).max(0.0) } else { bound + distance };
                    let mut expected = queued.clone();
                    expected.retain(|&slot| records.deadline(slot) <= bound);
                    let mut popped = Vec::new();
                    while let Some(slot) = pop(&mut queue, key(bound), records) {
                        popped.push(slot);
                    }
                    queued.retain(|slot| !popped.contains(slot));
                    popped.sort_unstable();
                    expected.sort_unstable();
                    prop_assert_eq!(popped, expected);
                }
                queue.validate(SLOTS, &|slot, _| queued.contains(&slot), records);
            }
        }
    }

    #[test]
    fn any_key_can_be_queued_and_popped() {
        let (mut queue, mut nodes) = setup(Field::Stamp);
        let records = &mut Records::new(&mut nodes);
        let odd = [f64::NAN, -f64::NAN, f64::NEG_INFINITY, f64::INFINITY, -1.0, -0.0, 0.0, f64::MAX, f64::MIN_POSITIVE];
        for first in odd {
            for second in odd {
                for slot in 3..6 {
                    records.numbers(slot).unwrap()[1] = first;
                    enqueue(&mut queue, slot, records);
                }
                records.numbers(4).unwrap()[1] = second;
                queue.remove(5, records);
                let popped = [(); 3].map(|()| pop(&mut queue, i64::MAX, records).is_some());
                assert_eq!(popped, [true, true, false], "{first} {second}");
            }
        }
    }
}
