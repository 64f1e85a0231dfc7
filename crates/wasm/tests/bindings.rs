//! No call panics or changes another cache, whatever its arguments and whatever JavaScript wrote into the records.

#[path = "../../core/tests/reference/mod.rs"]
mod reference;

use std::sync::atomic::{AtomicU32, Ordering};

use holdfast_core::records::Field;
use holdfast_wasm::table::Cache;
use holdfast_wasm::{bindings, table};
use proptest::prelude::*;

use reference::{Core, Front, config, lru, max_weight, op};

/// A cache by its handle, as JavaScript uses it.
struct Handle(u32);

impl Handle {
    fn create() -> Self {
        let handle = bindings::create();
        assert_ne!(handle, 0);
        Self(handle)
    }

    fn with<R>(&self, work: impl FnOnce(&mut Cache) -> R) -> R {
        table::with(self.0, None, |cache| Some(work(cache))).expect("the handle is in use")
    }
}

impl Core for Handle {
    fn reserve(&mut self, want: u32, max_size: u32) {
        bindings::reserve(self.0, want, max_size);
    }

    fn deadline_changed(&mut self, slot: u32) {
        bindings::deadline_changed(self.0, slot);
    }

    fn remove(&mut self, slot: u32) {
        bindings::remove(self.0, slot);
    }

    fn expire(&mut self, now: f64) -> u32 {
        bindings::expire(self.0, now)
    }

    fn clear(&mut self) {
        bindings::clear(self.0);
    }

    fn set_weight(&mut self, slot: u32, weight: f64) -> bool {
        bindings::set_weight(self.0, slot, weight)
    }

    fn weight(&mut self, slot: u32) -> f64 {
        self.with(|cache| cache.weight(slot))
    }

    fn total_weight(&mut self) -> f64 {
        total_weight(self.0)
    }

    fn exceeds(&mut self, max: f64) -> bool {
        // Ends the reservation.
        bindings::remove(self.0, 0);
        total_weight(self.0) > max
    }

    fn numbers(&mut self, slot: u32) -> [f64; 2] {
        self.with(|cache| *cache.records().numbers(slot).unwrap())
    }

    fn set_numbers(&mut self, slot: u32, numbers: [f64; 2]) {
        self.with(|cache| *cache.records().numbers(slot).unwrap() = numbers);
    }

    fn numbers_of(&mut self, node: u32) -> [f64; 2] {
        self.with(|cache| *cache.records().numbers_of(node).unwrap())
    }

    fn set_numbers_of(&mut self, node: u32, numbers: [f64; 2]) {
        self.with(|cache| *cache.records().numbers_of(node).unwrap() = numbers);
    }

    fn len(&mut self) -> u32 {
        len(self.0)
    }

    fn capacity(&mut self) -> u32 {
        capacity(self.0)
    }

    fn validate(&mut self) {
        self.with(Cache::validate);
    }
}

/// The number of entries, 0 for a handle that is not in use.
fn len(handle: u32) -> u32 {
    table::with(handle, 0, Cache::len)
}

/// The number of records that there is room for, 0 for a handle that is not in use.
fn capacity(handle: u32) -> u32 {
    table::with(handle, 0, |cache| cache.records().capacity())
}

/// The numbers of the header, `[used, reserved]`, zeros for a handle that is not in use.
fn header(handle: u32) -> [f64; 2] {
    table::with(handle, None, |cache| cache.records().numbers(0).copied()).unwrap_or_default()
}

/// The numbers of the record of a list head.
fn numbers_of(handle: u32, node: u32) -> [f64; 2] {
    table::with(handle, None, |cache| cache.records().numbers_of(node).copied()).unwrap()
}

/// The total weight, as JavaScript reads it.
fn total_weight(handle: u32) -> f64 {
    numbers_of(handle, 4)[1]
}

#[derive(Clone, Debug)]
enum Call {
    Create,
    Free(u32),
    Reserve(u32, u32, u32),
    DeadlineChanged(u32, u32),
    SetWeight(u32, u32, f64),
    Remove(u32, u32),
    Expire(u32, f64),
    Clear(u32),
    Read(u32),
    /// Writes any number at an index, counted in numbers from the header.
    Write(u32, u32, f64),
}

fn number() -> impl Strategy<Value = u32> {
    prop_oneof![8 => 0..12_u32, 1 => any::<u32>(), 1 => Just(u32::MAX)]
}

fn float() -> impl Strategy<Value = f64> {
    prop_oneof![
        4 => 0.0..100.0,
        1 => any::<f64>(),
        1 => any::<u64>().prop_map(f64::from_bits),
        1 => prop::sample::select(vec![f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -0.0, 0.0, f64::MAX]),
    ]
}

fn call() -> impl Strategy<Value = Call> {
    prop_oneof![
        2 => Just(Call::Create),
        1 => number().prop_map(Call::Free),
        8 => (number(), number(), number()).prop_map(|(handle, want, max_size)| Call::Reserve(handle, want, max_size)),
        2 => (number(), number()).prop_map(|(handle, slot)| Call::DeadlineChanged(handle, slot)),
        2 => (number(), number(), float()).prop_map(|(handle, slot, weight)| Call::SetWeight(handle, slot, weight)),
        2 => (number(), number()).prop_map(|(handle, slot)| Call::Remove(handle, slot)),
        2 => (number(), float()).prop_map(|(handle, now)| Call::Expire(handle, now)),
        1 => number().prop_map(Call::Clear),
        1 => number().prop_map(Call::Read),
        4 => (number(), 0..40_u32, float()).prop_map(|(handle, index, garbage)| Call::Write(handle, index, garbage)),
    ]
}

/// Makes the call, unless it is for the cache `other`.
fn make(call: &Call, other: u32, created: &mut Vec<u32>) {
    let ours = |handle: u32| if handle == other { 0 } else { handle };
    match *call {
        Call::Create => created.push(bindings::create()),
        Call::Free(handle) => bindings::free(ours(handle)),
        Call::Reserve(handle, want, max_size) => {
            bindings::reserve(ours(handle), want, max_size);
            let [_, reserved] = header(ours(handle));
            assert!(reserved <= f64::from(want.min(64)));
            for place in 0..reserved as u32 {
                let slot = numbers_of(handle, place)[0] as u32;
                assert!((1..capacity(handle)).contains(&slot));
            }
        }
        Call::DeadlineChanged(handle, slot) => bindings::deadline_changed(ours(handle), slot),
        Call::SetWeight(handle, slot, weight) => {
            assert!(bindings::set_weight(ours(handle), slot, weight));
            let is_weight = |weight: f64| weight >= 0.0 && weight.trunc() == weight;
            assert!(is_weight(table::with(ours(handle), 0.0, |cache| cache.weight(slot))));
            assert!(is_weight(table::with(ours(handle), 0.0, |cache| cache.total_weight())));
        }
        Call::Remove(handle, slot) => bindings::remove(ours(handle), slot),
        Call::Expire(handle, now) => {
            // Ends the reservation.
            bindings::remove(ours(handle), 0);
            let before = len(ours(handle));
            let slot = bindings::expire(ours(handle), now);
            assert_eq!(len(ours(handle)), before - u32::from(slot != 0));
        }
        Call::Clear(handle) => {
            bindings::clear(ours(handle));
            assert_eq!(len(ours(handle)), 0);
        }
        Call::Read(handle) => {
            assert_eq!(bindings::records(handle) == 0, capacity(handle) == 0);
            bindings::remove(handle, 0);
            assert!(len(handle) <= capacity(handle));
        }
        Call::Write(handle, index, garbage) => table::with(ours(handle), (), |cache| {
            if let Some(numbers) = cache.records().numbers(index / 2) {
                numbers[index as usize % 2] = garbage;
            }
        }),
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn no_call_panics_or_changes_another_cache(
        max_size in 0..14_u32,
        max_weight in max_weight(),
        steps in prop::collection::vec((call(), op((0..9_u32).prop_map(f64::from))), 1..80),
    ) {
        let mut created = vec![bindings::create()];
        let mut front = Front::new(Handle::create(), lru(), max_size, max_weight);
        for (call, op) in &steps {
            make(call, front.core.0, &mut created);
            front.apply(op);
        }
        for handle in created.into_iter().filter(|&handle| handle != front.core.0) {
            bindings::free(handle);
        }
        let Handle(handle) = front.finish();
        bindings::free(handle);
        assert_eq!(len(handle), 0);
    }
}

#[test]
fn a_call_with_a_handle_that_is_not_in_use_finds_nothing() {
    let freed = bindings::create();
    assert_ne!(insert(freed, 4, 1.0), None);
    bindings::free(freed);
    bindings::free(freed);
    for handle in [0, freed, freed + 1, u32::MAX] {
        bindings::reserve(handle, 1, 4);
        bindings::deadline_changed(handle, 1);
        assert!(bindings::set_weight(handle, 1, 5.0));
        bindings::remove(handle, 1);
        assert_eq!(bindings::expire(handle, 9.0), 0);
        bindings::clear(handle);
        assert_eq!([bindings::records(handle), capacity(handle), len(handle)], [0; 3]);
    }
}

#[test]
fn a_call_for_a_slot_that_is_not_in_use_changes_nothing() {
    let handle = bindings::create();
    let [freed, other] = [1.0, 2.0].map(|deadline| insert(handle, 4, deadline).unwrap());
    bindings::remove(handle, freed);
    for slot in [0, freed, other + 1, 1 << 24, u32::MAX - 64, u32::MAX] {
        bindings::remove(handle, slot);
        bindings::deadline_changed(handle, slot);
        assert!(bindings::set_weight(handle, slot, 5.0));
    }
    assert_eq!(total_weight(handle), 0.0);
    let deadlines = table::with(handle, None, |cache| {
        cache.validate();
        Some([freed, other].map(|slot| cache.records().deadline(slot)))
    });
    assert_eq!(deadlines, Some([f64::NEG_INFINITY, 2.0]));
    assert_eq!([3.0; 2].map(|deadline| insert(handle, 4, deadline)), [Some(freed), Some(other + 1)]);
}

#[test]
fn a_handle_is_used_again_once_its_cache_is_freed() {
    let mut handles: Vec<u32> = (0..50).map(|_| bindings::create()).collect();
    for handle in handles.drain(10..40) {
        bindings::free(handle);
    }
    handles.extend((0..30).map(|_| bindings::create()));
    handles.sort_unstable();
    assert_eq!(handles, (1..=50).collect::<Vec<_>>());
}

#[test]
fn a_panic_loses_only_its_cache_and_its_handle() {
    let [lost, other] = [bindings::create(), bindings::create()];
    assert_ne!(insert(lost, 4, 1.0), None);
    let panicked = std::panic::catch_unwind(|| table::with(lost, (), |_| panic!("as a trap would")));
    assert!(panicked.is_err());
    assert_eq!(insert(lost, 4, 1.0), None);
    assert_eq!(capacity(lost), 0);
    assert_ne!(insert(other, 4, 1.0), None);
    bindings::free(lost);
    assert_ne!(bindings::create(), lost);
}

#[test]
fn a_new_cache_has_allocated_only_a_few_records() {
    let handle = bindings::create();
    assert_eq!(capacity(handle), 8);
    for slot in 1..=100 {
        assert_eq!(insert(handle, u32::MAX, f64::INFINITY), Some(slot));
    }
    assert!((101..=288).contains(&capacity(handle)));
    bindings::clear(handle);
    assert_eq!([capacity(handle), len(handle)], [8, 0]);
}

#[test]
fn a_full_cache_has_room_for_an_eighth_more_at_most() {
    for max_size in [1, 200, 1_000, 100_000] {
        let handle = bindings::create();
        for _ in 0..2 * max_size {
            assert_ne!(insert(handle, max_size, f64::INFINITY), None);
        }
        let most = (max_size + 65) * 9 / 8 + 7;
        assert!(capacity(handle) <= most, "{} for {max_size}", capacity(handle));
    }
}

#[test]
fn an_entry_expires_after_its_deadline_and_not_before() {
    let handle = bindings::create();
    let due = || numbers_of(handle, 0)[1];
    let slot = insert(handle, 4, 7.0).unwrap();
    for now in [7.0, f64::NAN, -0.0] {
        assert_eq!(bindings::expire(handle, now), 0);
        assert!(due() <= 7.0);
    }
    assert_eq!(bindings::expire(handle, 7.000_001), slot);
    // Infinity never passes.
    assert_ne!(insert(handle, 4, f64::INFINITY), None);
    assert_eq!(bindings::expire(handle, f64::INFINITY), 0);
    assert_eq!(due(), f64::INFINITY);
}

#[test]
fn an_entry_with_a_changed_deadline_expires_after_that() {
    let handle = bindings::create();
    let [first, second, third] = [9.0; 3].map(|deadline| insert(handle, 3, deadline).unwrap());
    for (slot, deadline) in [(first, f64::INFINITY), (third, 5.0)] {
        write(handle, slot, Field::Deadline, deadline);
        bindings::deadline_changed(handle, slot);
    }
    assert_eq!([6.0, 10.0, f64::INFINITY].map(|now| bindings::expire(handle, now)), [third, second, 0]);
}

#[test]
fn the_weights_and_their_total_are_published_next_to_the_reservation() {
    let handle = bindings::create();
    let address = || numbers_of(handle, 3)[1];
    let slots = [9.0; 20].map(|deadline| insert(handle, 99, deadline).unwrap());
    assert!(bindings::set_weight(handle, slots[0], 0.0));
    assert_eq!(address(), 0.0);
    for (weight, slot) in (1..).zip(slots) {
        assert!(bindings::set_weight(handle, slot, f64::from(weight)));
    }
    assert!(address() > 0.0);
    assert_eq!(total_weight(handle), 210.0);
    bindings::remove(handle, slots[19]);
    assert_eq!(total_weight(handle), 190.0);
    assert_eq!(bindings::expire(handle, 10.0), slots[0]);
    assert_eq!(total_weight(handle), 189.0);
    bindings::clear(handle);
    assert_eq!([address(), total_weight(handle)], [0.0; 2]);
    // The next cache with the handle starts without weights.
    let slot = insert(handle, 9, 9.0).unwrap();
    assert!(bindings::set_weight(handle, slot, 4.0));
    bindings::free(handle);
    assert_eq!(bindings::create(), handle);
    assert_eq!([address(), total_weight(handle)], [0.0; 2]);
    assert_eq!(insert(handle, 9, 9.0), Some(slot));
    assert_eq!(table::with(handle, 1.0, |cache| cache.weight(slot)), 0.0);
}

#[test]
fn reserved_victims_that_are_not_used_stay() {
    let handle = bindings::create();
    let slots = [9.0; 4].map(|deadline| insert(handle, 4, deadline).unwrap());
    for _ in 0..2 {
        bindings::reserve(handle, 3, 4);
        assert_eq!(len(handle), 4);
        assert_eq!(header(handle), [0.0, 3.0]);
    }
    // The first victim was used, and stays.
    bindings::reserve(handle, 3, 4);
    table::with(handle, None, |cache| cache.records().numbers(0).map(|numbers| numbers[0] = 1.0)).unwrap();
    write(handle, slots[0], Field::Stamp, next_tick());
    bindings::remove(handle, slots[3]);
    table::with(handle, (), |cache| cache.validate());
    bindings::reserve(handle, 64, 9);
    assert_eq!(len(handle), 3);
    bindings::remove(handle, 0);
    table::with(handle, (), |cache| cache.validate());
    assert_eq!([9.0; 4].map(|deadline| insert(handle, 4, deadline)), [3, 1, 2, 0].map(|index| Some(slots[index])));
}

/// Puts an entry into the next slot, as JavaScript does if no entry was used. `None` if there is no memory.
fn insert(handle: u32, max_size: u32, deadline: f64) -> Option<u32> {
    bindings::reserve(handle, 1, max_size);
    table::with(handle, None, |cache| {
        let mut records = cache.records();
        let [used, reserved] = records.numbers(0)?;
        *used = *reserved;
        if *reserved == 0.0 {
            return None;
        }
        let slot = records.numbers_of(0)?[0] as u32;
        *records.numbers(slot)? = [deadline, next_tick() + 0.5];
        Some(slot)
    })
}

fn write(handle: u32, slot: u32, field: Field, number: f64) {
    let written = table::with(handle, None, |cache| {
        cache.records().numbers(slot).map(|numbers| numbers[field as usize] = number)
    });
    assert_eq!(written, Some(()));
}

fn next_tick() -> f64 {
    static TICK: AtomicU32 = AtomicU32::new(1);
    f64::from(TICK.fetch_add(1, Ordering::Relaxed))
}
