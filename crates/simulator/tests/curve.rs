//! The curve of LRU, and what follows from it.

use holdfast_simulator::bit_counts::BitCounts;
use holdfast_simulator::curve::Curve;
use holdfast_simulator::keys::{Keys, hash};
use holdfast_simulator::knee::{good_enough, knee};
use holdfast_simulator::request::Request;
use holdfast_simulator::sizes::default_sizes;
use holdfast_simulator::{Plan, PolicyKind, Simulation};
use proptest::prelude::*;

fn lru_hits(ids: &[u32], size: u32) -> u64 {
    let mut cache = PolicyKind::Baseline.cache(size);
    ids.iter().filter(|&&id| cache.access(id)).count() as u64
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_curve_has_the_hits_of_lru_at_every_size(bits in prop::collection::vec(0..40_u64, 0..600)) {
        let mut keys = Keys::default();
        let ids: Vec<u32> = bits.iter().map(|&bits| keys.number(bits)).collect();
        let mut curve = Curve::default();
        ids.iter().for_each(|&id| curve.access(id));
        let expected: Vec<u64> = (1..=keys.len()).map(|size| lru_hits(&ids, size)).collect();
        prop_assert_eq!(curve.hits(), expected);
    }

    #[test]
    fn the_sizes_increase_and_end_near_the_number_of_keys(keys in 1..u32::MAX / 2) {
        let sizes = default_sizes(keys);
        prop_assert!(sizes.is_sorted_by(|a, b| a < b) && sizes.len() <= 10 && sizes[0] >= 1);
        let last = f64::from(*sizes.last().unwrap());
        prop_assert!((last / f64::from(keys) - 1.0).abs() <= 0.06, "{last} of {keys}");
    }
}

#[test]
fn the_curve_is_right_after_its_positions_were_used_up_many_times() {
    let ids: Vec<u32> = (0..100_000_u64).map(|index| (hash(&index.to_le_bytes()) % 700) as u32).collect();
    let mut keys = Keys::default();
    let ids: Vec<u32> = ids.into_iter().map(|id| keys.number(u64::from(id))).collect();
    let mut curve = Curve::default();
    ids.iter().for_each(|&id| curve.access(id));
    for size in [1, 10, 300, 699, 700] {
        assert_eq!(curve.hits()[size as usize - 1], lru_hits(&ids, size));
    }
}

#[test]
fn bits_are_counted_at_each_level() {
    // Three levels above the words.
    let len = 1 << 19;
    let mut bits = BitCounts::with_first(300_001, len);
    let ones =
        |bits: &BitCounts| [0, 1, 63, 64, 1_023, 16_384, 300_000, 300_001, len - 1].map(|at| bits.count_before(at));
    assert_eq!(ones(&bits), [0, 1, 63, 64, 1_023, 16_384, 300_000, 300_001, 300_001]);
    bits.clear(0);
    bits.clear(16_383);
    bits.set(len - 2);
    assert_eq!(ones(&bits), [0, 0, 62, 63, 1_022, 16_382, 299_998, 299_999, 300_000]);
    assert!(!bits.has(0) && bits.has(1) && bits.has(len - 2) && !bits.has(len - 1));
}

#[test]
fn the_times_of_requests_without_one_are_those_before_them() {
    let plan = Plan { kinds: vec![], optimal: false, sizes: vec![], ttls: vec![1_500.0] };
    let mut simulation = Simulation::new(plan);
    for time in [f64::NAN, 1_000.0, f64::NAN, 2_000.0, f64::NAN, 3_000.0, 2_900.0] {
        simulation.push(Request { time, ..Request::PLAIN }, 7);
    }
    while simulation.step(true) {}
    // Stored at 1,000, and again at 3,000.
    assert_eq!((simulation.span, simulation.ttl_runs[0].hits), (Some([1_000.0, 3_000.0]), 5));
}

#[test]
fn each_key_has_its_own_number_and_keeps_it() {
    let mut keys = Keys::default();
    let numbers: Vec<u32> = (0..100_000).map(|bits| keys.number(bits << 32)).collect();
    assert!(numbers.iter().enumerate().all(|(index, &number)| number == index as u32));
    assert!((0..100_000).all(|bits| keys.number(bits << 32) == bits as u32));
    assert_eq!(keys.len(), 100_000);
}

#[test]
fn the_knee_of_a_loop_is_its_length() {
    // 50 keys in a loop: no hits below 50 entries, then all.
    let mut hits = vec![0; 49];
    hits.extend([9_500; 51]);
    assert_eq!(knee(&hits, 10_000).size, 50);
    assert_eq!(good_enough(&hits, 10_000).size, 50);
}

#[test]
fn the_size_that_is_good_enough_has_one_point_less_than_the_knee_at_most() {
    let hits: Vec<u64> = (1..=1_000_u64).map(|size| 100_000 * size / (size + 50)).collect();
    let (at_knee, enough) = (knee(&hits, 100_000), good_enough(&hits, 100_000));
    assert!(enough.size < at_knee.size);
    assert!(at_knee.hit_ratio - enough.hit_ratio <= 0.01);
    let one_less = hits[enough.size as usize - 2] as f64 / 100_000.0;
    assert!(at_knee.hit_ratio - one_less > 0.01);
}

#[test]
fn a_trace_without_requests_has_a_curve_without_points() {
    assert_eq!(Curve::default().hits(), Vec::<u64>::new());
    assert_eq!(knee(&[], 0).hit_ratio, 0.0);
    assert_eq!(good_enough(&[], 0).hit_ratio, 0.0);
}

#[test]
fn a_simulation_in_steps_has_the_hits_of_one_pass() {
    let plan =
        Plan { kinds: vec![PolicyKind::Lru, PolicyKind::Sieve], optimal: true, sizes: vec![30, 5], ttls: vec![] };
    let mut simulation = Simulation::new(plan);
    let mut keys = Keys::default();
    let mut ids = Vec::new();
    for index in 0..50_000_u64 {
        let bits = hash(&index.to_le_bytes()) % 90;
        ids.push(keys.number(bits));
        simulation.push(Request::PLAIN, bits);
        assert!(!simulation.step(false), "the sizes are chosen by a million requests, or by all");
    }
    while simulation.step(true) {}
    assert_eq!(simulation.optimal, ids);
    let found: Vec<_> = simulation.runs.iter().map(|run| (run.kind, run.size, run.hits)).collect();
    for (kind, size, hits) in &found {
        let mut policy = kind.cache(*size);
        assert_eq!(*hits, ids.iter().filter(|&&id| policy.access(id)).count() as u64);
    }
    let kinds: Vec<_> = found.iter().map(|&(kind, size, _)| (kind, size)).collect();
    use PolicyKind::{Baseline, Lru, Sieve};
    assert_eq!(kinds, [(Lru, 30), (Baseline, 30), (Lru, 5), (Baseline, 5), (Sieve, 30), (Sieve, 5)]);
}
