//! The core evicts and expires the same entries as a simple model, under either of two policies.

mod cache;
#[path = "../reference/mod.rs"]
mod reference;
mod second_chance;

use holdfast_core::{Cache, lru::Lru, policies};
use proptest::prelude::*;

use reference::{Front, Op, Order, config, lru, max_weight, op};
use second_chance::{SecondChance, SecondChanceOrder};

policies! {
    /// A policy that is chosen when a cache is made.
    enum TestPolicy {
        Lru(Lru),
        SecondChance(SecondChance),
    }
}

#[derive(Clone, Copy, Debug)]
enum Kind {
    Lru,
    SecondChance,
}

impl Kind {
    /// A new cache with that policy, next to its model.
    fn front(self, max_size: u32, max_weight: Option<f64>) -> Front<Cache<TestPolicy>> {
        let (policy, order): (_, Box<dyn Order>) = match self {
            Self::Lru => (TestPolicy::Lru(Lru::NEW), lru()),
            Self::SecondChance => {
                (TestPolicy::SecondChance(SecondChance::new()), Box::new(SecondChanceOrder::default()))
            }
        };
        let mut cache = Cache::new(policy);
        assert!(cache.open());
        Front::new(cache, order, max_size, max_weight)
    }
}

fn kind() -> impl Strategy<Value = Kind> {
    prop_oneof![2 => Just(Kind::Lru), 1 => Just(Kind::SecondChance)]
}

fn ops(wait: impl Strategy<Value = f64>) -> impl Strategy<Value = Vec<Op>> {
    prop::collection::vec(op(wait), 1..120)
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn the_cache_evicts_and_expires_the_entries_of_the_model(
        kind in kind(),
        max_size in 0..14_u32,
        max_weight in max_weight(),
        ops in ops(prop_oneof![(0..9_u32).prop_map(f64::from), 0.0..30.0, 0.0..1e8]),
    ) {
        let mut front = kind.front(max_size, max_weight);
        for op in &ops {
            front.apply(op);
        }
        front.finish();
    }

    #[test]
    fn a_clock_that_goes_back_changes_nothing(
        kind in kind(),
        max_size in 0..14_u32,
        max_weight in max_weight(),
        ops in ops(prop_oneof![-30.0..30.0, -1e8..1e8]),
    ) {
        let mut front = kind.front(max_size, max_weight);
        for op in &ops {
            front.apply(op);
        }
        front.finish();
    }
}

#[test]
fn a_large_cache_keeps_its_order() {
    for kind in [Kind::Lru, Kind::SecondChance] {
        let mut front = kind.front(2_000, Some(5_000.0));
        for key in 0..2_500 {
            front.perform(&Op::Put(key, f64::INFINITY, f64::from(key % 7)));
        }
        for key in (0..2_500).step_by(3).chain((0..2_500).step_by(7)) {
            front.perform(&Op::Get(key));
        }
        front.finish();
    }
}
