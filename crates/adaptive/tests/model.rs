//! The policy keeps its structure whatever the caller does, and a cache with it holds what a simple model says.

use std::collections::HashMap;

use holdfast_adaptive::{Adaptive, Caller as _, KeyCache};
use holdfast_core::Cache;
use proptest::prelude::*;

/// What the caller of a cache does.
#[derive(Clone, Debug)]
enum Action {
    Put { used: bool },
    Use(usize),
    Remove(usize),
    Expire(f64),
    Resize(u32),
    Clear,
}

fn actions() -> impl Strategy<Value = Vec<Action>> {
    let action = prop_oneof![
        20 => any::<bool>().prop_map(|used| Action::Put { used }),
        20 => (0..200_usize).prop_map(Action::Use),
        2 => (0..200_usize).prop_map(Action::Remove),
        1 => (0.0..400.0).prop_map(Action::Expire),
        1 => (1..150_u32).prop_map(Action::Resize),
        1 => Just(Action::Clear),
    ];
    prop::collection::vec(action, 1..600)
}

/// A caller with one deadline per entry. The model is `deadlines`: the entries that there are.
struct Caller {
    cache: Cache<Adaptive>,
    deadlines: HashMap<u32, f64>,
    max_size: u32,
    tick: u32,
}

impl Caller {
    fn new() -> Self {
        let mut cache = Cache::new(Adaptive::NEW);
        assert!(cache.open());
        Self { cache, deadlines: HashMap::new(), max_size: 100, tick: 0 }
    }

    /// Takes the next slot that is free or of an entry that was not used since it was reserved.
    fn take(&mut self) -> u32 {
        loop {
            let [used, reserved] = *self.cache.records().numbers(0).unwrap();
            for index in used as u32..reserved as u32 {
                let slot = self.cache.records().numbers_of(index).unwrap()[0] as u32;
                *self.cache.records().numbers(0).unwrap() = [f64::from(index + 1), reserved];
                let latest = self.cache.policy().caller().latest_use(slot);
                let stamp = self.cache.records().numbers(slot).unwrap()[1].trunc();
                if !self.deadlines.contains_key(&slot) || latest == stamp {
                    return slot;
                }
                self.cache.records().numbers(slot).unwrap()[1] = latest;
            }
            self.cache.reserve(7, self.max_size);
            assert!(self.cache.records().numbers(0).unwrap()[1] > 0.0, "a slot can be reserved");
        }
    }

    fn put(&mut self, used: bool) {
        let slot = self.take();
        self.tick += 1;
        let deadline = f64::from(self.tick % 97 * 4 + 1);
        self.deadlines.insert(slot, deadline);
        *self.cache.records().numbers(slot).unwrap() = [deadline, f64::from(self.tick) + 0.5];
        let caller = self.cache.policy().caller();
        caller.set_key_hash(slot, self.tick % 300);
        caller.set_latest_use(slot, f64::from(self.tick));
        if used {
            self.mark(slot);
        }
    }

    fn mark(&mut self, slot: u32) {
        self.tick += 1;
        self.cache.policy().caller().set_latest_use(slot, f64::from(self.tick));
    }

    fn some_slot(&self, index: usize) -> Option<u32> {
        let mut slots: Vec<u32> = self.deadlines.keys().copied().collect();
        slots.sort_unstable();
        slots.get(index % slots.len().max(1)).copied()
    }

    fn act(&mut self, action: Action) {
        match action {
            Action::Put { used } => self.put(used),
            Action::Use(index) => {
                if let Some(slot) = self.some_slot(index) {
                    self.mark(slot);
                }
            }
            Action::Remove(index) => {
                if let Some(slot) = self.some_slot(index) {
                    self.cache.remove(slot);
                    self.deadlines.remove(&slot);
                }
            }
            Action::Expire(now) => {
                while let Some(slot) = self.cache.expire(now) {
                    assert!(self.deadlines.remove(&slot.get()).is_some_and(|deadline| deadline < now));
                }
                assert!(self.deadlines.values().all(|&deadline| deadline >= now), "an expired entry is left");
            }
            Action::Resize(max_size) => {
                self.max_size = max_size;
                // Ends the reservation, which may be of free slots.
                self.cache.remove(0);
                while self.deadlines.len() as u32 > max_size {
                    let slot = self.take();
                    self.cache.remove(slot);
                    self.deadlines.remove(&slot);
                }
            }
            Action::Clear => {
                self.cache.close();
                assert!(self.cache.open());
                self.deadlines.clear();
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn every_entry_is_in_exactly_one_segment_and_the_limit_holds(actions in actions()) {
        let mut caller = Caller::new();
        for (index, action) in actions.into_iter().enumerate() {
            caller.act(action);
            prop_assert!(caller.deadlines.len() as u32 <= caller.max_size);
            prop_assert_eq!(caller.cache.len() as usize, caller.deadlines.len());
            // Only some of the time, as this ends the reservation.
            if index % 16 == 0 {
                caller.cache.remove(0);
            }
            caller.cache.validate();
        }
        caller.cache.remove(0);
        caller.cache.validate();
    }

    #[test]
    fn numbers_that_make_no_sense_break_nothing(
        writes in prop::collection::vec((0..40_u32, any::<u32>(), any::<u32>(), any::<f64>()), 1..100),
    ) {
        let mut cache: Cache<Adaptive> = Cache::new(Adaptive::NEW);
        prop_assert!(cache.open());
        for (slot, mark, hash, number) in writes {
            cache.reserve(mark % 80, 20);
            if let Some(numbers) = cache.records().numbers(slot) {
                *numbers = [number, f64::from(mark)];
            }
            if let Some(header) = cache.records().numbers(0) {
                header[0] = f64::from(hash % 70);
            }
            let caller = cache.policy().caller();
            caller.set_latest_use(slot, f64::from(mark));
            caller.set_key_hash(slot, hash);
            cache.remove(hash % 30);
            cache.expire(number);
        }
    }
}

#[test]
fn frequent_keys_survive_a_scan() {
    let mut cache = KeyCache::new(100, 1);
    for round in 0..20 {
        for key in 0..50 {
            assert!(round == 0 || cache.access(key) || round < 3, "key {key} in round {round}");
            if round == 0 {
                cache.access(key);
            }
        }
        for other in 0..200 {
            cache.access(1_000 + round * 1_000 + other);
        }
    }
}

#[test]
fn a_loop_larger_than_the_cache_has_hits() {
    let mut cache = KeyCache::new(500, 1);
    let hits = (0..100_000).filter(|&request| cache.access(request % 1_000)).count();
    assert!(hits > 40_000, "{hits} hits, LRU has none");
}

#[test]
fn the_guard_widens_the_window_where_recency_decides() {
    let mut cache = KeyCache::new(1_000, 1);
    // Each key is used five times, 150 requests apart, and then never again: what was used often is of no use.
    let hits = (0..200_000_u64).filter(|&request| cache.access(request / 750 * 150 + request % 150)).count();
    assert!(hits > 150_000, "{hits} hits of 160,000 possible ones");
}
