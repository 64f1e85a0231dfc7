//! A monotone priority queue of slots.

use std::mem::replace;

use crate::records::{Field, LISTS, Link, Records, node_of, slot_of};
use crate::slots::Slot;

/// One bucket for each position of the highest differing bit, and one for keys that do not differ. The topmost bit, the
/// sign, never differs.
const BUCKETS: u32 = i64::BITS;

const _: () = assert!(LISTS == BUCKETS, "each bucket has a node of its own");

/// The front of the line when nobody is in it: a node that no slot has.
const NOBODY: u32 = 0;

/// The key of a number of ticks or milliseconds. Keys compare as the numbers do, from 0 up; those of negative numbers
/// are negative, in no useful order.
pub fn key(number: f64) -> i64 {
    number.to_bits() as i64
}

/// The bucket of a key where `last` is the other, neither being negative.
fn bucket_between(key: i64, last: i64) -> u32 {
    BUCKETS.wrapping_sub((key ^ last).leading_zeros())
}

/// The one-level radix heap of Ahuja, Mehlhorn, Orlin and Tarjan, "Faster algorithms for the shortest path problem",
/// J. ACM 37 (1990), 213-223.
///
/// It is monotone: there is a `last` key, and keys that are queued later are hardly ever below it. A slot is in the
/// bucket numbered by the highest bit in which its key differs from `last`, so that all keys of a bucket are below all
/// keys of the next. To get at the smallest, `last` moves to the lower end of the first bucket that is occupied, whose
/// slots thereby fall into lower ones. A slot that falls never rises again, and so it moves once for each bit at most:
/// unless a key is below `last` after all. Then `last` goes back, and all up to the bucket of the difference move with
/// it.
///
/// Most keys come in order: new entries have the newest stamp, and the same time to live. They need no heap, and wait
/// in a line beside it; who is first is the first of the two. The line is a ring that knows its front, so that the
/// first becomes the last, and the last the first, without a write: that is all there is to do for an entry that takes
/// the place of the oldest.
///
/// The keys are a field of the [`Records`]. They may change before their slots are queued again. One that grows while
/// its slot is in a bucket leaves that too far to the front, where it is noticed; any other is out of order until then,
/// but breaks nothing.
///
/// The line and the buckets are circular doubly linked lists through the links of that field. The first nodes are the
/// sentinel of each bucket; one that is in no list is linked to itself. So a slot can be taken out without knowing its
/// list, and taking out one that is not queued has no effect.
pub struct RadixQueue {
    /// A bit for each bucket that may be occupied: set when it gets a slot, reset when it is found empty.
    occupied: u64,
    last: i64,
    /// The node at the front of the line, or [`NOBODY`].
    front: u32,
    field: Field,
}

impl RadixQueue {
    /// An empty queue by a field of the records.
    pub const fn new(field: Field) -> Self {
        Self { occupied: 0, last: 0, front: NOBODY, field }
    }

    /// Whether nobody is in the line.
    pub fn has_no_line(&self) -> bool {
        self.front == NOBODY
    }

    /// Puts `slot` at the end of the line, wherever it was: once all are where they belong, no key in the line may be
    /// above its own.
    pub fn push_last(&mut self, slot: u32, records: &mut Records) {
        let node = node_of(slot);
        if self.front == node {
            self.front = records.next(node, self.field);
        } else if self.front == NOBODY {
            self.remove(slot, records);
            self.front = node;
        } else {
            self.place(slot, self.front, records);
        }
    }

    /// Begins the line with `slot`, which is in it: those in front of it come at the end.
    pub fn rotate_to(&mut self, slot: u32) {
        self.front = node_of(slot);
    }

    /// Queues `slot` in its bucket, whatever is in the line.
    pub fn push_aside(&mut self, slot: u32, records: &mut Records) {
        let key = self.key(slot, records).max(0);
        if key < self.last {
            let bucket = bucket_between(key, self.last);
            self.last = key;
            for lower in 0..bucket {
                self.redistribute(lower, records);
            }
        }
        self.file(slot, records);
    }

    /// The same where no key is below `last`. One that is counts as `last`.
    #[inline(never)] // Inlined, it makes the module larger.
    fn file(&mut self, slot: u32, records: &mut Records) {
        let bucket = bucket_between(self.key(slot, records).max(self.last), self.last);
        self.place(slot, bucket, records);
        self.occupied |= 1 << bucket;
    }

    /// Takes `slot` out, if it is queued.
    pub fn remove(&mut self, slot: u32, records: &mut Records) {
        self.place(slot, node_of(slot), records);
    }

    /// Takes `slot` from where it is and puts it in front of a node: of a bucket's own, at the bucket's end; of the
    /// front of the line, at the line's end; of itself, nowhere.
    #[inline(never)] // Inlined, it makes the module larger.
    fn place(&mut self, slot: u32, before: u32, records: &mut Records) {
        let node = node_of(slot);
        let Some(&mut Link { prev, next }) = records.link(node, self.field) else { return };
        if self.front == node {
            self.front = if next == node { NOBODY } else { next };
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

    /// The slot with the smallest key, if that is at most `bound`. From the slot `end` on, if that is in the line, the
    /// line is left out.
    pub fn first(&mut self, end: u32, bound: i64, records: &mut Records) -> Option<Slot> {
        let node = self.front;
        if node == NOBODY || node == node_of(end) {
            return self.first_aside(bound, records);
        }
        let slot = slot_of(node);
        let key = self.key(slot, records);
        // The bound keeps `last` below all that may yet come out of the line.
        let other = self.first_aside(bound.min(key), records);
        if other.is_some() || key > bound { other } else { Slot::new(slot) }
    }

    /// The same, of what is in the buckets.
    ///
    /// `last` does not move beyond the bound, so that all keys above may still come.
    fn first_aside(&mut self, bound: i64, records: &mut Records) -> Option<Slot> {
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

    /// A lower bound of the queued keys, below 0 if some may be below `last`, that of infinity if nothing is queued.
    pub fn lower_bound(&mut self, records: &Records) -> i64 {
        let bucket = self.first_occupied(records);
        let aside = if bucket < BUCKETS { self.lower_bound_of(bucket) } else { key(f64::INFINITY) };
        if self.front == NOBODY { aside } else { aside.min(self.key(slot_of(self.front), records)) }
    }

    /// Moves all slots of a bucket to where they belong.
    #[inline(never)] // Inlined, it makes the module larger.
    fn redistribute(&mut self, bucket: u32, records: &mut Records) {
        // Some may come to the end of the same list.
        let end = records.link(bucket, self.field).map_or(bucket, |sentinel| sentinel.prev);
        loop {
            let node = records.next(bucket, self.field);
            if node == bucket {
                return;
            }
            self.file(slot_of(node), records);
            if node == end {
                return;
            }
        }
    }

    /// A lower bound of the keys in a bucket.
    fn lower_bound_of(&self, bucket: u32) -> i64 {
        // They have the bits of `last` above the bucket's, and there a one where `last` has a zero. In bucket 0 there
        // is no such bit, and the shift wraps around to the sign.
        let highest = 1_i64.wrapping_shl(bucket.wrapping_sub(1));
        (self.last | highest) & highest.wrapping_neg()
    }

    fn key(&self, slot: u32, records: &Records) -> i64 {
        key(records.get(slot, self.field))
    }

    /// The first bucket that is occupied, or [`BUCKETS`].
    #[inline(never)] // Or else it is there twice, for nothing.
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

#[cfg(any(test, feature = "validate"))]
impl RadixQueue {
    /// Checks every invariant: the lists are circular and linked both ways, a slot below `end` is in one of them
    /// exactly if it should be `queued`, and never in a bucket above that of its current key. The line is in order.
    ///
    /// # Panics
    ///
    /// If one does not hold.
    pub fn validate(&self, end: u32, queued: &dyn Fn(u32, &mut Records) -> bool, records: &mut Records) {
        let mut list_of_slot = std::collections::HashMap::new();
        let mut enter = |node, list| {
            assert!(node >= LISTS, "list {list} runs into list {node}");
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
                enter(node, bucket);
                assert!(self.occupied & 1 << bucket != 0, "bucket {bucket} is occupied");
                node = after(node, records);
            }
        }
        let mut least = i64::MIN;
        let mut node = self.front;
        while node != NOBODY {
            let slot = enter(node, LISTS);
            let key = self.key(slot, records);
            assert!(least <= key, "slot {slot} is too late in the line");
            least = key;
            let next = after(node, records);
            node = if next == self.front { NOBODY } else { next };
        }
        for slot in crate::records::FIRST..records.capacity().max(end) {
            let list = list_of_slot.get(&slot);
            assert_eq!(list.is_some(), slot < end && queued(slot, records), "whether slot {slot} is queued");
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
    use crate::records::FIRST;

    const SLOTS: u32 = 40;

    /// Queues a slot by its stamp, an unused one as the newest.
    fn enqueue(queue: &mut RadixQueue, slot: u32, records: &mut Records) {
        if records.is_unused(slot) { queue.push_last(slot, records) } else { queue.push_aside(slot, records) }
    }

    fn pop(queue: &mut RadixQueue, bound: i64, records: &mut Records) -> Option<u32> {
        let slot = queue.first(0, bound, records)?.get();
        queue.remove(slot, records);
        Some(slot)
    }

    fn setup(field: Field) -> (RadixQueue, Records) {
        let queue = RadixQueue::new(field);
        let mut records = Records::NEW;
        assert!(records.reserve(SLOTS, SLOTS));
        (queue, records)
    }

    /// Keys far apart and close together, with fractions and without.
    fn distance() -> impl Strategy<Value = f64> {
        prop_oneof![Just(0.0), (1..10_u32).prop_map(f64::from), 0.0..1e3, 0.0..1e13]
    }

    /// One and a half ticks beyond the newest, for an entry that was put, or a whole number, for one that was used at
    /// any time.
    fn stamp(distance: f64, newest: f64) -> f64 {
        if distance < 10.0 { newest.trunc() + 1.5 } else { (distance * 1e6).rem_euclid(newest + 1e3).trunc() }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        /// Slots are pushed, used ones anywhere, unused ones as the newest, and popped as [`BinaryHeap`] would have
        /// them.
        #[test]
        fn pops_in_order(steps in prop::collection::vec((any::<bool>(), distance()), 1..200)) {
            let (mut queue, mut records) = setup(Field::Stamp);
            let mut newest = 0.0_f64;
            let mut model = BinaryHeap::new();
            let mut free: Vec<u32> = (FIRST..SLOTS).collect();
            for (push, distance) in steps {
                match free.pop() {
                    Some(slot) if push => {
                        let stamp = stamp(distance, newest);
                        newest = newest.max(stamp);
                        records.numbers(slot).unwrap()[1] = stamp;
                        enqueue(&mut queue, slot, &mut records);
                        model.push(Reverse(key(stamp)));
                    }
                    slot => {
                        free.extend(slot);
                        let popped = pop(&mut queue, i64::MAX, &mut records);
                        let stamp = popped.map(|slot| records.get(slot, Field::Stamp));
                        prop_assert_eq!(stamp.map(key), model.pop().map(|Reverse(key)| key));
                        free.extend(popped);
                    }
                }
                queue.validate(SLOTS, &|slot, _| !free.contains(&slot), &mut records);
                let infinity = key(f64::INFINITY);
                let least = model.peek().map_or(infinity, |Reverse(key)| *key);
                prop_assert!(queue.lower_bound(&records) <= least);
                prop_assert_eq!(queue.lower_bound(&records) < infinity, least < infinity);
            }
        }

        /// The first ones go to the end of the line, and from there to wherever they belong.
        #[test]
        fn recalls_who_came_first(steps in prop::collection::vec((0..5_u8, FIRST..SLOTS, distance()), 1..200)) {
            let (mut queue, mut records) = setup(Field::Stamp);
            let key_of = |slot: u32, records: &Records| key(records.get(slot, Field::Stamp));
            let mut queued = Vec::new();
            let mut newest = 0.0_f64;
            for (step, slot, distance) in steps {
                let known = queued.iter().position(|&other| other == slot);
                match (step, known) {
                    (0, _) => {
                        let least = queued.iter().map(|&slot| key_of(slot, &records)).min();
                        let popped = pop(&mut queue, i64::MAX, &mut records);
                        prop_assert_eq!(popped.map(|slot| key_of(slot, &records)), least);
                        queued.retain(|&other| Some(other) != popped);
                    }
                    (1, _) => {
                        queue.remove(slot, &mut records);
                        queued.retain(|&other| other != slot);
                    }
                    (2, _) => {
                        let mut keys: Vec<_> = queued.iter().map(|&slot| key_of(slot, &records)).collect();
                        keys.sort_unstable();
                        let mut firsts = Vec::new();
                        for least in keys.into_iter().take(4) {
                            let end = firsts.first().copied().unwrap_or(0);
                            let first = queue.first(end, i64::MAX, &mut records).unwrap().get();
                            prop_assert_eq!(key_of(first, &records), least);
                            queue.push_last(first, &mut records);
                            firsts.push(first);
                        }
                        let Some(&first) = firsts.first() else { continue };
                        queue.rotate_to(first);
                        // One is the newest, the next was used, the others stay.
                        for (place, &slot) in firsts.iter().enumerate().take(2) {
                            let stamp = [newest.trunc() + 1.5, stamp(distance + 10.0, newest)][place];
                            newest = newest.max(stamp);
                            records.numbers(slot).unwrap()[1] = stamp;
                            enqueue(&mut queue, slot, &mut records);
                        }
                        for &slot in firsts.iter().skip(2).rev() {
                            queue.push_last(slot, &mut records);
                            queue.rotate_to(slot);
                        }
                    }
                    (_, Some(_)) => {}
                    (_, None) => {
                        let stamp = stamp(distance, newest);
                        newest = newest.max(stamp);
                        records.numbers(slot).unwrap()[1] = stamp;
                        enqueue(&mut queue, slot, &mut records);
                        queued.push(slot);
                    }
                }
                queue.validate(SLOTS, &|slot, _| queued.contains(&slot), &mut records);
            }
        }

        /// Bounds rise and fall, and keys above the bound may still come below those that are queued.
        #[test]
        fn pops_up_to_a_bound(steps in prop::collection::vec((0..3_u8, FIRST..SLOTS, distance()), 1..200)) {
            let (mut queue, mut records) = setup(Field::Deadline);
            let mut queued = Vec::new();
            let mut bound = 0.0_f64;
            let mut newest = 0.0;
            for (step, slot, distance) in steps {
                if step > 0 && !queued.contains(&slot) {
                    let deadline = bound + distance;
                    records.numbers(slot).unwrap()[0] = deadline;
                    if queue.has_no_line() || deadline >= newest {
                        newest = deadline;
                        queue.push_last(slot, &mut records);
                    } else {
                        queue.push_aside(slot, &mut records);
                    }
                    queued.push(slot);
                } else {
                    bound = if slot % 4 == 0 { (bound - distance).max(0.0) } else { bound + distance };
                    let mut expected = queued.clone();
                    expected.retain(|&slot| records.deadline(slot) <= bound);
                    let mut popped = Vec::new();
                    while let Some(slot) = pop(&mut queue, key(bound), &mut records) {
                        popped.push(slot);
                    }
                    queued.retain(|slot| !popped.contains(slot));
                    popped.sort_unstable();
                    expected.sort_unstable();
                    prop_assert_eq!(popped, expected);
                }
                queue.validate(SLOTS, &|slot, _| queued.contains(&slot), &mut records);
            }
        }
    }

    #[test]
    fn survives_any_key() {
        let (mut queue, mut records) = setup(Field::Stamp);
        let odd = [f64::NAN, -f64::NAN, f64::NEG_INFINITY, f64::INFINITY, -1.0, -0.0, 0.0, f64::MAX, f64::MIN_POSITIVE];
        for first in odd {
            for second in odd {
                for slot in 3..6 {
                    records.numbers(slot).unwrap()[1] = first;
                    enqueue(&mut queue, slot, &mut records);
                }
                records.numbers(4).unwrap()[1] = second;
                queue.remove(5, &mut records);
                let popped = [(); 3].map(|()| pop(&mut queue, i64::MAX, &mut records).is_some());
                assert_eq!(popped, [true, true, false], "{first} {second}");
            }
        }
    }
}
