//! Whatever is called, with whatever arguments, and whatever is in the records: nothing panics, and nobody else's cache
//! is harmed.

mod reference;

use std::sync::atomic::{AtomicU32, Ordering};

use holdfast::{bindings, records::Field, table};
use proptest::prelude::*;

use reference::{Front, config, op};

#[derive(Clone, Debug)]
enum Call {
    Create,
    Free(u32),
    Offer(u32, u32, u32),
    Replaced(u32, u32),
    Remove(u32, u32),
    Expire(u32, f64),
    Clear(u32),
    Read(u32),
    /// Garbage at an index, counted in numbers, of the records.
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
        8 => (number(), number(), number()).prop_map(|(handle, want, max_size)| Call::Offer(handle, want, max_size)),
        2 => (number(), number()).prop_map(|(handle, slot)| Call::Replaced(handle, slot)),
        2 => (number(), number()).prop_map(|(handle, slot)| Call::Remove(handle, slot)),
        2 => (number(), float()).prop_map(|(handle, now)| Call::Expire(handle, now)),
        1 => number().prop_map(Call::Clear),
        1 => number().prop_map(Call::Read),
        4 => (number(), 0..40_u32, float()).prop_map(|(handle, index, garbage)| Call::Write(handle, index, garbage)),
    ]
}

/// Makes the call, unless it is for the one cache that is not to be touched.
fn make(call: &Call, spared: u32, created: &mut Vec<u32>) {
    let ours = |handle: u32| if handle == spared { 0 } else { handle };
    match *call {
        Call::Create => created.push(bindings::create()),
        Call::Free(handle) => bindings::free(ours(handle)),
        Call::Offer(handle, want, max_size) => {
            bindings::offer(ours(handle), want, max_size);
            let offered = table::with(ours(handle), None, |cache| cache.numbers(0).copied()).unwrap_or_default()[1];
            assert!(offered <= f64::from(want.min(64)));
            for place in 0..offered as u32 {
                let slot = table::with(handle, None, |cache| cache.numbers_of(place).copied()).unwrap()[0] as u32;
                assert!((1..bindings::capacity(handle)).contains(&slot));
            }
        }
        Call::Replaced(handle, slot) => bindings::replaced(ours(handle), slot),
        Call::Remove(handle, slot) => bindings::remove(ours(handle), slot),
        Call::Expire(handle, now) => {
            // Nothing is offered any more.
            bindings::remove(ours(handle), 0);
            let before = bindings::len(ours(handle));
            let slot = bindings::expire(ours(handle), now);
            assert_eq!(bindings::len(ours(handle)), before - u32::from(slot != 0));
        }
        Call::Clear(handle) => {
            bindings::clear(ours(handle));
            assert_eq!(bindings::len(ours(handle)), 0);
        }
        Call::Read(handle) => {
            assert_eq!(bindings::records(handle) == 0, bindings::capacity(handle) == 0);
            bindings::remove(handle, 0);
            assert!(bindings::len(handle) <= bindings::capacity(handle));
        }
        Call::Write(handle, index, garbage) => table::with(ours(handle), (), |cache| {
            if let Some(numbers) = cache.numbers(index / 2) {
                numbers[index as usize % 2] = garbage;
            }
        }),
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn no_call_panics_or_harms_another_cache(
        max_size in 0..14_u32,
        steps in prop::collection::vec((call(), op((0..9_u32).prop_map(f64::from))), 1..80),
    ) {
        let mut created = vec![bindings::create()];
        let mut front = Front::new(max_size);
        for (call, op) in &steps {
            make(call, front.handle, &mut created);
            front.apply(op);
        }
        for handle in created.into_iter().filter(|&handle| handle != front.handle) {
            bindings::free(handle);
        }
        front.finish();
    }
}

#[test]
fn a_handle_that_is_not_in_use_finds_nothing() {
    let freed = bindings::create();
    assert_ne!(insert(freed, 4, 1.0), None);
    bindings::free(freed);
    bindings::free(freed);
    for handle in [0, freed, freed + 1, u32::MAX] {
        bindings::offer(handle, 1, 4);
        bindings::replaced(handle, 1);
        bindings::remove(handle, 1);
        assert_eq!(bindings::expire(handle, 9.0), 0);
        bindings::clear(handle);
        assert_eq!([bindings::records(handle), bindings::capacity(handle), bindings::len(handle)], [0; 3]);
    }
}

#[test]
fn a_slot_that_is_not_in_use_is_left_alone() {
    let handle = bindings::create();
    let [freed, other] = [1.0, 2.0].map(|deadline| insert(handle, 4, deadline).unwrap());
    bindings::remove(handle, freed);
    for slot in [0, freed, other + 1, 1 << 24, u32::MAX - 64, u32::MAX] {
        bindings::remove(handle, slot);
        bindings::replaced(handle, slot);
    }
    let deadlines = table::with(handle, None, |cache| {
        cache.validate();
        Some([freed, other].map(|slot| cache.records().deadline(slot)))
    });
    assert_eq!(deadlines, Some([f64::NEG_INFINITY, 2.0]));
    assert_eq!([3.0; 2].map(|deadline| insert(handle, 4, deadline)), [Some(freed), Some(other + 1)]);
}

#[test]
fn handles_are_used_again_but_never_twice_at_once() {
    let mut handles: Vec<u32> = (0..50).map(|_| bindings::create()).collect();
    for handle in handles.drain(10..40) {
        bindings::free(handle);
    }
    handles.extend((0..30).map(|_| bindings::create()));
    handles.sort_unstable();
    assert_eq!(handles, (1..=50).collect::<Vec<_>>());
}

#[test]
fn a_panic_loses_one_cache_and_its_handle_only() {
    let [lost, other] = [bindings::create(), bindings::create()];
    assert_ne!(insert(lost, 4, 1.0), None);
    let panicked = std::panic::catch_unwind(|| table::with(lost, (), |_| panic!("as a trap would")));
    assert!(panicked.is_err());
    assert_eq!(insert(lost, 4, 1.0), None);
    assert_eq!(bindings::capacity(lost), 0);
    assert_ne!(insert(other, 4, 1.0), None);
    bindings::free(lost);
    assert_ne!(bindings::create(), lost);
}

#[test]
fn a_new_cache_has_allocated_next_to_nothing() {
    let handle = bindings::create();
    assert_eq!(bindings::capacity(handle), 8);
    for slot in 1..=100 {
        assert_eq!(insert(handle, u32::MAX, f64::INFINITY), Some(slot));
    }
    assert!((101..=288).contains(&bindings::capacity(handle)));
    bindings::clear(handle);
    assert_eq!([bindings::capacity(handle), bindings::len(handle)], [8, 0]);
}

#[test]
fn a_full_cache_has_room_for_hardly_more_than_fits() {
    for max_size in [1, 200, 1_000, 100_000] {
        let handle = bindings::create();
        for _ in 0..2 * max_size {
            assert_ne!(insert(handle, max_size, f64::INFINITY), None);
        }
        let most = (max_size + 65) * 9 / 8 + 7;
        assert!(bindings::capacity(handle) <= most, "{} for {max_size}", bindings::capacity(handle));
    }
}

#[test]
fn no_deadline_is_over_before_its_time() {
    let handle = bindings::create();
    let due = || table::with(handle, None, |cache| cache.numbers_of(0).copied()).unwrap()[1];
    let slot = insert(handle, 4, 7.0).unwrap();
    for now in [7.0, f64::NAN, -0.0] {
        assert_eq!(bindings::expire(handle, now), 0);
        assert!(due() <= 7.0);
    }
    assert_eq!(bindings::expire(handle, 7.000_001), slot);
    // Infinity is never over.
    assert_ne!(insert(handle, 4, f64::INFINITY), None);
    assert_eq!(bindings::expire(handle, f64::INFINITY), 0);
    assert_eq!(due(), f64::INFINITY);
}

#[test]
fn an_entry_that_is_replaced_lives_as_long_as_is_said() {
    let handle = bindings::create();
    let [first, second, third] = [9.0; 3].map(|deadline| insert(handle, 3, deadline).unwrap());
    for (slot, deadline) in [(first, f64::INFINITY), (third, 5.0)] {
        write(handle, slot, Field::Deadline, deadline);
        bindings::replaced(handle, slot);
    }
    assert_eq!([6.0, 10.0, f64::INFINITY].map(|now| bindings::expire(handle, now)), [third, second, 0]);
}

#[test]
fn what_is_offered_and_not_used_stays() {
    let handle = bindings::create();
    let slots = [9.0; 4].map(|deadline| insert(handle, 4, deadline).unwrap());
    for _ in 0..2 {
        bindings::offer(handle, 3, 4);
        assert_eq!(bindings::len(handle), 4);
        assert_eq!(table::with(handle, None, |cache| cache.numbers(0).copied()), Some([0.0, 3.0]));
    }
    // The first was used, and is passed over.
    bindings::offer(handle, 3, 4);
    table::with(handle, None, |cache| cache.numbers(0).map(|numbers| numbers[0] = 1.0)).unwrap();
    write(handle, slots[0], Field::Stamp, next_tick());
    bindings::remove(handle, slots[3]);
    table::with(handle, (), |cache| cache.validate());
    bindings::offer(handle, 64, 9);
    assert_eq!(bindings::len(handle), 3);
    bindings::remove(handle, 0);
    table::with(handle, (), |cache| cache.validate());
    assert_eq!([9.0; 4].map(|deadline| insert(handle, 4, deadline)), [3, 1, 2, 0].map(|index| Some(slots[index])));
}

/// Puts an entry into the next slot, as JavaScript does where nothing was used meanwhile. None if there is no memory.
fn insert(handle: u32, max_size: u32, deadline: f64) -> Option<u32> {
    bindings::offer(handle, 1, max_size);
    table::with(handle, None, |cache| {
        let [used, offered] = cache.numbers(0)?;
        *used = *offered;
        if *offered == 0.0 {
            return None;
        }
        let slot = cache.numbers_of(0)?[0] as u32;
        *cache.numbers(slot)? = [deadline, next_tick() + 0.5];
        Some(slot)
    })
}

fn write(handle: u32, slot: u32, field: Field, number: f64) {
    table::with(handle, None, |cache| cache.numbers(slot).map(|numbers| numbers[field as usize] = number)).unwrap();
}

fn next_tick() -> f64 {
    static TICK: AtomicU32 = AtomicU32::new(1);
    f64::from(TICK.fetch_add(1, Ordering::Relaxed))
}
