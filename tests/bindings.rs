//! Whatever is called, with whatever arguments, and whatever is in the records: nothing panics, and nobody else's cache
//! is harmed.

mod reference;

use holdfast::{bindings, table};
use proptest::prelude::*;

use reference::{Front, config, op};

#[derive(Clone, Debug)]
enum Call {
    Create(u32),
    Free(u32),
    Insert(u32, f64, f64),
    Replace(u32, u32, f64),
    Remove(u32, u32, u32),
    Expire(u32, f64),
    Resize(u32, u32),
    Trim(u32, f64),
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
        2 => number().prop_map(Call::Create),
        1 => number().prop_map(Call::Free),
        8 => (number(), float(), float()).prop_map(|(handle, now, deadline)| Call::Insert(handle, now, deadline)),
        2 => (number(), number(), float()).prop_map(|(handle, slot, deadline)| Call::Replace(handle, slot, deadline)),
        2 => (number(), number(), number()).prop_map(|(handle, slot, expired)| Call::Remove(handle, slot, expired)),
        2 => (number(), float()).prop_map(|(handle, now)| Call::Expire(handle, now)),
        1 => (number(), number()).prop_map(|(handle, max_size)| Call::Resize(handle, max_size)),
        1 => (number(), float()).prop_map(|(handle, now)| Call::Trim(handle, now)),
        1 => number().prop_map(Call::Clear),
        1 => number().prop_map(Call::Read),
        4 => (number(), 0..40_u32, float()).prop_map(|(handle, index, garbage)| Call::Write(handle, index, garbage)),
    ]
}

/// Makes the call, unless it is for the one cache that is not to be touched.
fn make(call: &Call, spared: u32, created: &mut Vec<u32>) {
    let ours = |handle: u32| if handle == spared { 0 } else { handle };
    match *call {
        Call::Create(max_size) => created.push(bindings::create(max_size)),
        Call::Free(handle) => bindings::free(ours(handle)),
        Call::Insert(handle, now, deadline) => {
            let slot = bindings::insert(ours(handle), now, deadline) >> 2;
            assert!(slot == 0 || (3..bindings::capacity(handle)).contains(&slot));
        }
        Call::Replace(handle, slot, deadline) => assert!(bindings::replace(ours(handle), slot, deadline) <= 1),
        Call::Remove(handle, slot, expired) => assert!(bindings::remove(ours(handle), slot, expired) <= 1),
        Call::Expire(handle, now) => {
            let before = bindings::len(ours(handle));
            let slot = bindings::expire(ours(handle), now);
            assert_eq!(bindings::len(ours(handle)), before - u32::from(slot != 0));
        }
        Call::Resize(handle, max_size) => bindings::resize(ours(handle), max_size),
        Call::Trim(handle, now) => {
            let before = bindings::len(ours(handle));
            let answer = bindings::trim(ours(handle), now);
            assert_eq!(bindings::len(ours(handle)), before - u32::from(answer != 0));
        }
        Call::Clear(handle) => {
            bindings::clear(ours(handle));
            assert_eq!(bindings::len(ours(handle)), 0);
        }
        Call::Read(handle) => {
            bindings::due(handle);
            assert_eq!(bindings::records(handle) == 0, bindings::capacity(handle) == 0);
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
        let mut created = vec![bindings::create(4)];
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
    let freed = bindings::create(4);
    assert_ne!(bindings::insert(freed, 0.0, 1.0), 0);
    bindings::free(freed);
    bindings::free(freed);
    for handle in [0, freed, freed + 1, u32::MAX] {
        assert_eq!(bindings::insert(handle, 0.0, 1.0), 0);
        assert_eq!(bindings::replace(handle, 3, 1.0), 0);
        assert_eq!(bindings::remove(handle, 3, 0), 0);
        assert_eq!(bindings::expire(handle, 9.0), 0);
        bindings::resize(handle, 9);
        assert_eq!(bindings::trim(handle, 9.0), 0);
        bindings::clear(handle);
        assert_eq!(bindings::due(handle), f64::INFINITY);
        assert_eq!([bindings::records(handle), bindings::capacity(handle), bindings::len(handle)], [0; 3]);
    }
}

#[test]
fn a_slot_that_is_not_in_use_is_left_alone() {
    let handle = bindings::create(4);
    let [freed, other] = [1.0, 2.0].map(|deadline| bindings::insert(handle, 0.0, deadline) >> 2);
    assert_eq!(bindings::remove(handle, freed, 1), 1);
    for slot in [0, 1, 2, freed, other + 1, 1 << 24, u32::MAX - 64, u32::MAX] {
        assert_eq!(bindings::remove(handle, slot, 1), 0);
        assert_eq!(bindings::replace(handle, slot, 9.0), 0);
    }
    let deadlines = table::with(handle, None, |cache| {
        cache.validate();
        Some([freed, other].map(|slot| cache.records().deadline(slot)))
    });
    assert_eq!(deadlines, Some([f64::NEG_INFINITY, 2.0]));
    assert_eq!(bindings::insert(handle, 0.0, 3.0), freed << 2);
    assert_eq!(bindings::insert(handle, 0.0, 3.0), (other + 1) << 2);
}

#[test]
fn handles_are_used_again_but_never_twice_at_once() {
    let mut handles: Vec<u32> = (0..50).map(|_| bindings::create(1)).collect();
    for handle in handles.drain(10..40) {
        bindings::free(handle);
    }
    handles.extend((0..30).map(|_| bindings::create(1)));
    handles.sort_unstable();
    assert_eq!(handles, (1..=50).collect::<Vec<_>>());
}

#[test]
fn a_panic_loses_one_cache_and_its_handle_only() {
    let [lost, other] = [bindings::create(4), bindings::create(4)];
    assert_ne!(bindings::insert(lost, 0.0, 1.0), 0);
    let panicked = std::panic::catch_unwind(|| table::with(lost, (), |_| panic!("as a trap would")));
    assert!(panicked.is_err());
    assert_eq!(bindings::insert(lost, 0.0, 1.0), 0);
    assert_eq!(bindings::capacity(lost), 0);
    assert_ne!(bindings::insert(other, 0.0, 1.0), 0);
    bindings::free(lost);
    assert_ne!(bindings::create(4), lost);
}

#[test]
fn a_new_cache_has_allocated_next_to_nothing() {
    let handle = bindings::create(u32::MAX);
    assert_eq!(bindings::capacity(handle), 10);
    for index in 0..100 {
        assert_eq!(bindings::insert(handle, 0.0, f64::INFINITY), (3 + index) << 2);
    }
    assert!((103..=288).contains(&bindings::capacity(handle)));
    bindings::clear(handle);
    assert_eq!([bindings::capacity(handle), bindings::len(handle)], [10, 0]);
}

#[test]
fn a_full_cache_has_room_for_hardly_more_than_fits() {
    for max_size in [1, 200, 1_000, 100_000] {
        let handle = bindings::create(max_size);
        for _ in 0..2 * max_size {
            assert_ne!(bindings::insert(handle, 0.0, f64::INFINITY), 0);
        }
        let most = (max_size + 65) * 9 / 8 + 7;
        assert!(bindings::capacity(handle) <= most, "{} for {max_size}", bindings::capacity(handle));
    }
}

#[test]
fn no_deadline_is_over_before_its_time() {
    let handle = bindings::create(4);
    let slot = bindings::insert(handle, 5.0, 7.0) >> 2;
    assert_eq!(bindings::expire(handle, 7.0), 0);
    assert_eq!(bindings::expire(handle, f64::NAN), 0);
    assert_eq!(bindings::expire(handle, -0.0), 0);
    assert!(bindings::due(handle) <= 7.0);
    assert_eq!(bindings::expire(handle, 7.000_001), slot);
    // One that is not a number is over at once, and infinity never.
    let slot = bindings::insert(handle, 8.0, f64::NAN) >> 2;
    assert_ne!(bindings::insert(handle, 8.0, f64::INFINITY), 0);
    assert_eq!(bindings::due(handle), 0.0);
    assert_eq!(bindings::expire(handle, 0.0), slot);
    assert_eq!(bindings::expire(handle, f64::INFINITY), 0);
    assert_eq!(bindings::due(handle), f64::INFINITY);
}

#[test]
fn an_entry_that_is_replaced_is_the_most_recent() {
    let handle = bindings::create(2);
    let [first, second] = [0; 2].map(|_: i32| bindings::insert(handle, 0.0, 9.0) >> 2);
    assert_eq!(bindings::replace(handle, first, f64::INFINITY), 1);
    assert_eq!(bindings::insert(handle, 0.0, 9.0), second << 2 | 1);
    assert_eq!(bindings::insert(handle, 9.5, 20.0), second << 2 | 2);
    assert_eq!(bindings::insert(handle, 9.5, 20.0), first << 2 | 1);
}
