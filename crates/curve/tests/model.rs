//! The curve against exact simulations, its samples against models.

use std::cell::Cell;
use std::collections::HashMap;
use std::ops::{Deref, DerefMut};

use holdfast_core::{Buffer, Memory};
use holdfast_curve::evicted::Evicted;
use holdfast_curve::sampled_lru::SampledLru;
use holdfast_curve::{Counts, Curve};
use proptest::prelude::*;

/// Random numbers, the same in each run.
struct Random(u64);

impl Random {
    fn unit(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(0x1405_7b7e_f767_814f);
        let bits = (self.0 ^ self.0 >> 32).wrapping_mul(0xd6e8_feb8_6659_fd93);
        (bits >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// Keys of which the first ones are more frequent.
fn skewed(requests: usize, keys: f64, skew: f64) -> Vec<u64> {
    let mut random = Random(1);
    (0..requests).map(|_| (keys * random.unit().powf(skew)) as u64).collect()
}

/// Keys that are requested again soon or never.
fn recent(requests: usize, distance: f64) -> Vec<u64> {
    let mut random = Random(2);
    let mut trace: Vec<u64> = Vec::new();
    for next in 0..requests as u64 {
        let back = (-random.unit().ln() * distance) as usize + 1;
        let key = if random.unit() < 0.3 || back > trace.len() { next } else { trace[trace.len() - back] };
        trace.push(key);
    }
    trace
}

/// Keys one after the other, with frequent ones between them.
fn scans(requests: usize) -> Vec<u64> {
    let frequent = skewed(requests, 3_000.0, 4.0);
    (0..requests).map(|index| if index % 3 == 0 { frequent[index] } else { 10_000 + index as u64 % 9_000 }).collect()
}

fn run(trace: &[u64], size: u32, ttl: f64, seed: u32) -> SampledLru {
    let mut cache = SampledLru::new(size, ttl, seed);
    trace.iter().for_each(|&key| {
        cache.access(key);
    });
    cache
}

fn ratio(Counts { hits, misses, .. }: Counts) -> f64 {
    hits / (hits + misses)
}

/// The errors at half and twice the size, in points, for each size and ttl.
fn errors(trace: &[u64], ttls: &[f64]) -> Vec<f64> {
    let mut errors = Vec::new();
    for size in [60, 700, 2_000] {
        for &ttl in ttls {
            let cache = run(trace, size, ttl, 1);
            assert_eq!(cache.hit_ratio(f64::from(size)), ratio(cache.counts), "at its own size it is exact");
            for other in [size / 2, size * 2] {
                let exact = ratio(run(trace, other, ttl, 1).counts);
                errors.push(100.0 * (cache.hit_ratio(f64::from(other)) - exact).abs());
            }
        }
    }
    errors
}

fn assert_small(errors: &[f64]) {
    let mean = errors.iter().sum::<f64>() / errors.len() as f64;
    assert!(mean < 1.0 && errors.iter().all(|&error| error < 3.0), "{errors:.2?}");
}

#[test]
fn the_curve_is_close_to_exact_simulations() {
    let forever = [f64::INFINITY];
    assert_small(&errors(&skewed(100_000, 20_000.0, 3.0), &forever));
    assert_small(&errors(&recent(100_000, 1_000.0), &forever));
    assert_small(&errors(&scans(100_000), &forever));
}

#[test]
fn the_curve_is_close_to_exact_simulations_of_entries_that_expire() {
    assert_small(&errors(&skewed(100_000, 20_000.0, 3.0), &[300.0, 3_000.0, 20_000.0]));
    assert_small(&errors(&recent(100_000, 1_000.0), &[300.0, 3_000.0]));
}

#[test]
fn a_loop_larger_than_the_cache_has_no_hits_below_its_length() {
    let trace: Vec<u64> = (0..100_000).map(|request| request % 1_500).collect();
    let cache = run(&trace, 1_000, f64::INFINITY, 1);
    assert_eq!(cache.counts.hits, 0.0);
    assert!(cache.hit_ratio(1_200.0) < 0.02, "{}", cache.hit_ratio(1_200.0));
    // Each key misses once.
    assert!((cache.hit_ratio(2_000.0) - 0.985).abs() < 0.01, "{}", cache.hit_ratio(2_000.0));
}

#[test]
fn the_curve_of_few_entries_is_exact_above_them() {
    let trace: Vec<u64> = (0..3_000).map(|request| request % 5).collect();
    let cache = run(&trace, 2, f64::INFINITY, 1);
    for size in [2.0, 3.0, 4.0] {
        assert_eq!(cache.hit_ratio(size), 0.0);
    }
    assert_eq!(cache.hit_ratio(5.0), 2_995.0 / 3_000.0);
}

#[test]
fn misses_that_were_not_sampled_are_not_near() {
    let mut curve: Curve = Curve::NEW;
    assert!(curve.open(10, true, 0));
    assert!(curve.open(10, true, 100));
    for hash in 0..100 {
        curve.evicted(hash << 1, hash * 2, f64::INFINITY);
        curve.put(hash << 1, hash * 2 + 1, 0.0);
    }
    let counts = Counts { hits: 0.0, misses: 200.0, others: 0.0 };
    assert_eq!(curve.hit_ratio(40.0, 10.0, counts), 0.5);
}

#[test]
fn samples_stay_close_to_the_latest_requests_when_they_are_halved() {
    // Of keys that are too many first, and then few.
    let mut cache = run(&skewed(100_000, 1e9, 1.0), 500, f64::INFINITY, 1);
    let later = skewed(100_000, 900.0, 1.0);
    for part in later.chunks(10_000) {
        cache.curve.halve();
        cache.counts.hits *= 0.5;
        cache.counts.misses *= 0.5;
        part.iter().for_each(|&key| {
            cache.access(key);
        });
    }
    assert!((cache.hit_ratio(250.0) - 250.0 / 900.0).abs() < 0.03, "{}", cache.hit_ratio(250.0));
    assert!(cache.hit_ratio(1_000.0) > 0.95, "{}", cache.hit_ratio(1_000.0));
}

#[test]
fn reuse_times_alone_tell_the_curve_of_a_cache_that_is_not_lru() {
    let trace = skewed(100_000, 20_000.0, 3.0);
    let mut curve: Curve = Curve::NEW;
    assert!(curve.open(700, false, 0));
    let mut used: HashMap<u64, u32> = HashMap::new();
    let mut counts = Counts::default();
    for (index, &key) in trace.iter().enumerate() {
        let tick = index as u32 + 1;
        let Some(before) = used.insert(key, tick) else {
            counts.misses += 1.0;
            continue;
        };
        // Some entries stay for longer than others.
        let hash = (key as u32).wrapping_mul(0x9e37_79b1) >> 3;
        if tick - before < 300 + hash % 3_000 {
            counts.hits += 1.0;
            curve.hit(tick - before);
        } else {
            counts.misses += 1.0;
            if hash >> 13 & (curve.rate() - 1) == 0 {
                curve.evicted(hash, before, f64::INFINITY);
                curve.put(hash, tick, 0.0);
            }
        }
    }
    for size in [350, 700, 1_400] {
        let exact = ratio(run(&trace, size, f64::INFINITY, 1).counts);
        let error = 100.0 * (curve.hit_ratio(f64::from(size), 700.0, counts) - exact).abs();
        assert!(error < 2.0, "{error} points at {size}");
    }
}

/// Counts the bytes that are allocated.
enum Counted {}

struct CountedArray<T>(Vec<T>);

thread_local! {
    static BYTES: Cell<usize> = const { Cell::new(0) };
}

impl Memory for Counted {
    type Buffer<T: Copy> = CountedArray<T>;
}

impl<T> Deref for CountedArray<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.0
    }
}

impl<T> DerefMut for CountedArray<T> {
    fn deref_mut(&mut self) -> &mut [T] {
        &mut self.0
    }
}

impl<T> Buffer<T> for CountedArray<T> {
    const EMPTY: Self = Self(Vec::new());

    fn grow(&mut self, len: u32, fill: impl FnMut() -> T) -> bool {
        let more = (len as usize).saturating_sub(self.0.len());
        BYTES.set(BYTES.get() + more * size_of::<T>());
        self.0.extend(std::iter::repeat_with(fill).take(more));
        true
    }
}

#[test]
fn a_curve_takes_less_than_10_kilobytes_however_many_entries_there_are() {
    for entries in [1, 100, 10_000, 1 << 23, u32::MAX] {
        BYTES.set(0);
        let mut curve: Curve<Counted> = Curve::NEW;
        assert!(curve.open(entries, true, 0));
        let bytes = BYTES.get() + size_of::<Curve<Counted>>();
        assert!(bytes < 10_000, "{bytes} bytes for {entries} entries");
        assert!(curve.open(entries, true, 0) && BYTES.get() < 10_000, "it is allocated once");
    }
}

#[derive(Clone, Debug)]
enum Action {
    Evict { hash: u32, lifetime: f64 },
    Put { hash: u32 },
}

fn actions(hashes: u32) -> impl Strategy<Value = Vec<Action>> {
    let action = prop_oneof![
        (0..hashes, prop_oneof![Just(f64::INFINITY), 0.0..100.0])
            .prop_map(|(hash, lifetime)| Action::Evict { hash: hash * 2, lifetime }),
        (0..hashes).prop_map(|hash| Action::Put { hash: hash * 2 }),
    ];
    prop::collection::vec(action, 1..200)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// Sixteen keys always have room.
    #[test]
    fn few_keys_are_remembered_exactly(actions in actions(16)) {
        let mut evicted: Evicted = Evicted::NEW;
        prop_assert!(evicted.open(100));
        let mut model: HashMap<u32, (u32, f64)> = HashMap::new();
        for (tick, action) in (1..).zip(actions) {
            let now = f64::from(tick);
            match action {
                Action::Evict { hash, lifetime } => {
                    evicted.add(hash, tick, now + lifetime);
                    model.insert(hash, (tick, now + lifetime));
                }
                Action::Put { hash } => {
                    let found = evicted.take(hash, now);
                    let expected = model.remove(&hash);
                    prop_assert_eq!(found.map(|found| found.tick), expected.map(|(tick, _)| tick));
                    if let (Some(found), Some((_, deadline))) = (found, expected) {
                        prop_assert_eq!(found.is_expired, (deadline as f32) < now as f32);
                    }
                }
            }
            for since in [0, tick / 2, tick] {
                let is_later = |&&(used, deadline): &&(u32, f64)| used > since && f64::from(deadline as f32) >= now;
                prop_assert_eq!(evicted.count_later(since, now) as usize, model.values().filter(is_later).count());
            }
        }
    }

    #[test]
    fn of_many_keys_those_used_last_are_remembered(hashes in prop::collection::vec(any::<u32>(), 1..3_000)) {
        let mut evicted: Evicted = Evicted::NEW;
        prop_assert!(evicted.open(u32::MAX));
        for (tick, &hash) in (1..).zip(&hashes) {
            evicted.add(hash, tick, f64::INFINITY);
        }
        prop_assert!(evicted.count_later(0, 0.0) <= 576);
        let last = hashes.len() as u32;
        for (&hash, tick) in hashes.iter().rev().zip((1..=last).rev()).take(16) {
            let found = evicted.take(hash, 0.0);
            // A key that was there twice is found once.
            if hashes.iter().filter(|&&other| other | 1 == hash | 1).count() == 1 {
                prop_assert_eq!(found.map(|found| found.tick), Some(tick));
            }
        }
    }

    #[test]
    fn a_key_that_was_used_before_all_others_is_forgotten_first(
        hashes in prop::collection::hash_set(any::<u32>().prop_map(|hash| hash << 1), 700..1_500),
        early in any::<u32>().prop_map(|hash| hash << 1),
    ) {
        let mut evicted: Evicted = Evicted::NEW;
        prop_assert!(evicted.open(u32::MAX));
        for (tick, &hash) in (1_000..).zip(&hashes) {
            evicted.add(hash, tick, f64::INFINITY);
        }
        let before = evicted.count_later(0, 0.0);
        evicted.add(early, 1, f64::INFINITY);
        prop_assert!(evicted.count_later(1, 0.0) >= before - u32::from(hashes.contains(&early)));
    }

    #[test]
    fn whatever_was_sampled_the_curve_rises_with_the_size_from_0_to_1(
        hits in prop::collection::vec(any::<u32>(), 0..300),
        ends in prop::collection::vec(any::<u32>(), 0..30),
        others in prop::collection::vec((any::<u32>(), any::<u32>(), any::<f64>()), 0..300),
        entries in any::<u32>(),
        is_lru in any::<bool>(),
        counts in prop::array::uniform3(0.0..1e9),
    ) {
        let mut curve: Curve = Curve::NEW;
        prop_assert_eq!(curve.hit_ratio(1.0, 1.0, Counts::default()), 0.0);
        prop_assert!(curve.open(entries, is_lru, 0));
        for time in hits {
            prop_assert!((1..128).contains(&curve.hit(time)));
        }
        ends.into_iter().for_each(|time| curve.ended(time));
        for (hash, tick, time) in others {
            curve.evicted(hash, tick, time);
            curve.put(hash ^ (tick & 1), tick.wrapping_mul(3), time);
        }
        let [hits, misses, others] = counts;
        let counts = Counts { hits, misses, others };
        let entries = f64::from(entries);
        let mut last = 0.0;
        for size in [0.0, 0.1, 0.25, 0.5, 1.0, 2.0, 4.0, 1e3, f64::INFINITY].map(|factor: f64| factor * entries.max(1.0)) {
            let ratio = curve.hit_ratio(size, entries, counts);
            prop_assert!((0.0..=1.0).contains(&ratio) && ratio >= last, "{ratio} at {size} after {last}");
            last = ratio;
        }
        for size in [f64::NAN, -1.0] {
            prop_assert!((0.0..=1.0).contains(&curve.hit_ratio(size, entries, counts)));
        }
    }
}
