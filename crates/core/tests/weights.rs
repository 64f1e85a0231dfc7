//! The weights of a cache: what counts, and what happens without memory.

use std::cell::Cell;
use std::ops::{Deref, DerefMut};

use holdfast_core::weights::MAX_WEIGHT;
use holdfast_core::{AnyPolicy, Buffer, Cache, Memory, PolicyKind};

fn open<M: Memory>() -> Cache<AnyPolicy, M> {
    let mut cache = Cache::new(AnyPolicy::new(PolicyKind::Lru));
    assert!(cache.open());
    cache
}

/// Puts an entry into the next slot, without a weight. Returns the slot, 0 if there is no memory.
fn put<M: Memory>(cache: &mut Cache<AnyPolicy, M>, max_size: u32) -> u32 {
    cache.reserve(1, max_size);
    let mut records = cache.records();
    let [used, reserved] = records.numbers(0).unwrap();
    *used = *reserved;
    if *reserved == 0.0 {
        return 0;
    }
    let slot = records.numbers_of(0).unwrap()[0] as u32;
    *records.numbers(slot).unwrap() = [f64::INFINITY, 0.5];
    slot
}

/// The numbers that a caller reads instead of calling: the address of the weights, and the total.
fn published(cache: &mut Cache) -> [f64; 2] {
    [3, 4].map(|node| cache.records().numbers_of(node).unwrap()[1])
}

#[test]
fn the_first_weight_that_is_not_zero_allocates_the_weights() {
    let mut cache: Cache = open();
    let slot = put(&mut cache, 9);
    for zero in [0.0, -0.0, -7.0, f64::NEG_INFINITY, f64::NAN, 0.9] {
        assert!(cache.set_weight(slot, zero));
        assert_eq!(published(&mut cache), [0.0, 0.0]);
    }
    assert!(cache.set_weight(slot, 5.0));
    let [address, total] = published(&mut cache);
    assert!(address > 0.0);
    assert_eq!([total, cache.total_weight(), cache.weight(slot)], [5.0; 3]);
    cache.close();
    assert_eq!([cache.total_weight(), cache.weight(slot)], [0.0; 2]);
    assert!(cache.open());
    assert_eq!(published(&mut cache), [0.0, 0.0]);
}

#[test]
fn the_total_is_exact_again_after_it_was_too_large_to_be_exact() {
    let mut cache: Cache = open();
    let slots: Vec<u32> = (0..200).map(|_| put(&mut cache, 999)).collect();
    let weights: Vec<f64> = (0..200).map(|index| MAX_WEIGHT - f64::from(index % 3)).collect();
    for (&slot, &weight) in slots.iter().zip(&weights) {
        assert!(cache.set_weight(slot, weight));
        cache.validate();
    }
    let total: u128 = weights.iter().map(|&weight| weight as u128).sum();
    assert_eq!(cache.total_weight(), total as f64);
    for &slot in &slots[..199] {
        cache.remove(slot);
        cache.validate();
    }
    assert_eq!(cache.total_weight(), weights[199]);
    assert!(cache.set_weight(slots[199], 1.0));
    assert_eq!(cache.total_weight(), 1.0);
}

#[test]
fn a_number_that_is_no_weight_counts_as_the_nearest_weight_below() {
    let mut cache: Cache = open();
    let slot = put(&mut cache, 9);
    for (number, weight) in [
        (1.0, 1.0),
        (f64::NAN, 0.0),
        (2.9, 2.0),
        (-3.0, 0.0),
        (f64::INFINITY, MAX_WEIGHT),
        (f64::NEG_INFINITY, 0.0),
        (2.0 * MAX_WEIGHT, MAX_WEIGHT),
        (0.5, 0.0),
    ] {
        assert!(cache.set_weight(slot, number));
        assert_eq!([cache.weight(slot), cache.total_weight()], [weight; 2], "{number}");
        cache.validate();
    }
}

#[test]
fn a_slot_without_an_entry_weighs_nothing_and_cannot_be_weighed() {
    let mut cache: Cache = open();
    let [slot, removed] = [put(&mut cache, 9), put(&mut cache, 9)];
    assert!(cache.set_weight(slot, 3.0) && cache.set_weight(removed, 4.0));
    cache.remove(removed);
    assert_eq!([cache.weight(removed), cache.total_weight()], [0.0, 3.0]);
    for slot in [0, removed, removed + 1, 1 << 24, u32::MAX - 64, u32::MAX - 1, u32::MAX] {
        assert!(cache.set_weight(slot, 7.0));
        assert_eq!(cache.weight(slot), 0.0);
    }
    assert_eq!(cache.total_weight(), 3.0);
    cache.validate();
}

#[test]
fn a_reserved_victim_counts_until_the_weight_of_its_successor_is_set() {
    let mut cache: Cache = open();
    let slots = [5.0, 6.0].map(|weight| {
        let slot = put(&mut cache, 2);
        assert!(cache.set_weight(slot, weight));
        slot
    });
    cache.reserve(2, 2);
    assert_eq!(cache.total_weight(), 11.0);
    // The first victim is replaced. Setting the weight keeps the reservation.
    *cache.records().numbers(slots[0]).unwrap() = [f64::INFINITY, 1.5];
    cache.records().numbers(0).unwrap()[0] = 1.0;
    assert_eq!([cache.total_weight(), cache.weight(slots[0])], [11.0, 5.0]);
    assert!(cache.set_weight(slots[0], 1.0));
    assert_eq!(cache.total_weight(), 7.0);
    assert_eq!(cache.records().numbers(0).copied(), Some([1.0, 2.0]));
    cache.validate();
    // This ends it.
    assert!(cache.exceeds(6.9) && !cache.exceeds(7.0) && !cache.exceeds(f64::NAN));
    assert_eq!(cache.records().numbers(0).copied(), Some([0.0, 0.0]));
    cache.validate();
    // The successor is the newer entry.
    cache.reserve(1, 2);
    assert_eq!(cache.records().numbers_of(0).unwrap()[0], f64::from(slots[1]));
}

thread_local! {
    /// Whether there is no more memory for weights.
    static IS_REFUSED: Cell<bool> = const { Cell::new(false) };
}

/// Memory that can be refused to weights, and only to them.
enum Limited {}

struct LimitedArray<T>(Vec<T>);

impl Memory for Limited {
    type Buffer<T: Copy> = LimitedArray<T>;
}

impl<T> Deref for LimitedArray<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.0
    }
}

impl<T> DerefMut for LimitedArray<T> {
    fn deref_mut(&mut self) -> &mut [T] {
        &mut self.0
    }
}

impl<T> Buffer<T> for LimitedArray<T> {
    const EMPTY: Self = Self(Vec::new());

    fn grow(&mut self, len: u32, fill: impl FnMut() -> T) -> bool {
        let is_refused = IS_REFUSED.get() && size_of::<T>() == size_of::<f64>() && len as usize > self.0.len();
        !is_refused && self.0.grow(len, fill)
    }
}

#[test]
fn without_memory_for_the_first_weight_nothing_changes() {
    let mut cache: Cache<AnyPolicy, Limited> = open();
    let slot = put(&mut cache, 9);
    IS_REFUSED.set(true);
    assert!(!cache.set_weight(slot, 3.0));
    assert!(cache.set_weight(slot, 0.0));
    assert_eq!([cache.weight(slot), cache.total_weight()], [0.0; 2]);
    cache.validate();
    IS_REFUSED.set(false);
    assert!(cache.set_weight(slot, 3.0));
    assert_eq!(cache.total_weight(), 3.0);
}

#[test]
fn a_slot_is_reserved_only_with_memory_for_its_weight() {
    let mut cache: Cache<AnyPolicy, Limited> = open();
    let mut entries = 0;
    let mut fill = |cache: &mut Cache<AnyPolicy, Limited>, most: u32| {
        while entries < most {
            let slot = put(cache, 999);
            if slot == 0 {
                break;
            }
            assert!(cache.set_weight(slot, 2.0), "slot {slot} has no room for its weight");
            entries += 1;
        }
        cache.validate();
        entries
    };
    fill(&mut cache, 3);
    IS_REFUSED.set(true);
    let most = fill(&mut cache, 999);
    assert!((4..999).contains(&most));
    assert_eq!(cache.total_weight(), 2.0 * f64::from(most));
    // The entries can still be weighed and replaced.
    cache.reserve(1, most);
    let victim = cache.records().numbers_of(0).unwrap()[0] as u32;
    assert!(cache.set_weight(victim, 7.0));
    assert_eq!(cache.total_weight(), 2.0 * f64::from(most) + 5.0);
    IS_REFUSED.set(false);
    assert_eq!(fill(&mut cache, 999), 999);
}
