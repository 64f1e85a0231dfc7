//! The policies next to models that search through lists.

use std::collections::VecDeque;

use holdfast_simulator::keys::{Keys, mix};
use holdfast_simulator::policies::{Lru, Optimal, S3Fifo, Sieve};
use holdfast_simulator::{Policy, PolicyKind};
use proptest::prelude::*;

/// Small integers, each new one being the next: as `Keys` makes them.
fn requests() -> impl Strategy<Value = Vec<u32>> {
    prop::collection::vec(prop_oneof![3 => 0..6_u32, 2 => 0..20_u32, 1 => 0..60_u32], 0..400).prop_map(numbered)
}

fn numbered(ids: Vec<u32>) -> Vec<u32> {
    let mut keys = Keys::default();
    ids.into_iter().map(|id| keys.number(u64::from(id))).collect()
}

fn hits(policy: &mut dyn Policy, ids: &[u32]) -> Vec<bool> {
    ids.iter().map(|&id| policy.access(id)).collect()
}

/// LRU and FIFO: a list, the next victim first.
struct ListModel {
    size: usize,
    keys: VecDeque<u32>,
    moves: bool,
}

impl ListModel {
    fn access(&mut self, id: u32) -> bool {
        let at = self.keys.iter().position(|&key| key == id);
        match at {
            Some(_) if !self.moves => return true,
            Some(at) => drop(self.keys.remove(at)),
            None if self.keys.len() == self.size => drop(self.keys.pop_front()),
            None => {}
        }
        self.keys.push_back(id);
        at.is_some()
    }
}

/// SIEVE: a list in the order of insertion with marks, and the key at the hand.
struct SieveModel {
    size: usize,
    keys: Vec<(u32, bool)>,
    hand: usize,
}

impl SieveModel {
    fn access(&mut self, id: u32) -> bool {
        if let Some((_, visited)) = self.keys.iter_mut().find(|(key, _)| *key == id) {
            *visited = true;
            return true;
        }
        if self.keys.len() == self.size {
            loop {
                if self.hand >= self.keys.len() {
                    self.hand = 0;
                }
                if !self.keys[self.hand].1 {
                    break;
                }
                self.keys[self.hand].1 = false;
                self.hand += 1;
            }
            self.keys.remove(self.hand);
            // At the end of the list the hand starts again at the oldest key, not at the next new one.
            if self.hand >= self.keys.len() {
                self.hand = 0;
            }
        }
        self.keys.push((id, false));
        false
    }
}

/// S3-FIFO, after the paper's pseudocode.
#[derive(Default)]
struct S3Model {
    size: usize,
    small: VecDeque<(u32, u8)>,
    main: VecDeque<(u32, u8)>,
    ghost: VecDeque<u32>,
}

impl S3Model {
    fn small_size(&self) -> usize {
        (self.size / 10).max(1)
    }

    fn access(&mut self, id: u32) -> bool {
        let stored = self.small.iter_mut().chain(&mut self.main).find(|(key, _)| *key == id);
        if let Some((_, uses)) = stored {
            *uses = (*uses + 1).min(3);
            return true;
        }
        let was_ghost = self.ghost.contains(&id);
        self.ghost.retain(|&key| key != id);
        while self.small.len() + self.main.len() >= self.size {
            if self.small.len() >= self.small_size() || self.main.is_empty() {
                self.evict_small()
            } else {
                self.evict_main()
            }
        }
        if was_ghost {
            self.main.push_back((id, 0))
        } else {
            self.small.push_back((id, 0))
        }
        false
    }

    fn evict_small(&mut self) {
        let main_size = self.size - self.small_size();
        while let Some((id, uses)) = self.small.pop_front() {
            if uses > 1 {
                self.main.push_back((id, 0));
                if self.main.len() > main_size {
                    return self.evict_main();
                }
                continue;
            }
            self.ghost.push_back(id);
            if self.ghost.len() > main_size {
                self.ghost.pop_front();
            }
            return;
        }
    }

    fn evict_main(&mut self) {
        while let Some((id, uses)) = self.main.pop_front() {
            if uses == 0 {
                return;
            }
            self.main.push_back((id, uses - 1));
        }
    }
}

/// The most hits of any cache that stores each requested key, by trying every victim.
fn most_hits(size: usize, stored: &mut Vec<u32>, ids: &[u32]) -> usize {
    let Some((&id, rest)) = ids.split_first() else { return 0 };
    if stored.contains(&id) {
        return 1 + most_hits(size, stored, rest);
    }
    if stored.len() < size {
        stored.push(id);
        let most = most_hits(size, stored, rest);
        stored.pop();
        return most;
    }
    let mut most = 0;
    for victim in 0..size {
        let evicted = std::mem::replace(&mut stored[victim], id);
        most = most.max(most_hits(size, stored, rest));
        stored[victim] = evicted;
    }
    most
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn lru_and_its_baseline_equal_a_list(ids in requests(), size in 1..12_u32) {
        let mut model = ListModel { size: size as usize, keys: VecDeque::new(), moves: true };
        let expected: Vec<bool> = ids.iter().map(|&id| model.access(id)).collect();
        prop_assert_eq!(&hits(&mut *PolicyKind::Lru.cache(size), &ids), &expected);
        prop_assert_eq!(&hits(&mut *PolicyKind::Baseline.cache(size), &ids), &expected);
    }

    #[test]
    fn fifo_equals_a_list_whose_keys_do_not_move(ids in requests(), size in 1..12_u32) {
        let mut model = ListModel { size: size as usize, keys: VecDeque::new(), moves: false };
        let expected: Vec<bool> = ids.iter().map(|&id| model.access(id)).collect();
        prop_assert_eq!(hits(&mut *PolicyKind::Fifo.cache(size), &ids), expected);
    }

    #[test]
    fn sieve_equals_a_list_with_a_hand(ids in requests(), size in 1..12_u32) {
        let mut model = SieveModel { size: size as usize, keys: Vec::new(), hand: 0 };
        let expected: Vec<bool> = ids.iter().map(|&id| model.access(id)).collect();
        prop_assert_eq!(hits(&mut Sieve::new(size), &ids), expected);
    }

    #[test]
    fn s3_fifo_equals_three_queues(ids in requests(), size in 1..25_u32) {
        let mut model = S3Model { size: size as usize, ..S3Model::default() };
        let expected: Vec<bool> = ids.iter().map(|&id| model.access(id)).collect();
        prop_assert_eq!(hits(&mut S3Fifo::new(size), &ids), expected);
    }

    #[test]
    fn no_policy_stores_more_keys_than_its_size_or_beats_the_optimal_one(ids in requests(), size in 1..30_u32) {
        let best = Optimal::new(ids.clone()).hits(size);
        for kind in PolicyKind::ALL {
            let mut policy = kind.cache(size);
            let mut hits = 0;
            let mut keys = 0;
            for &id in &ids {
                let hit = policy.access(id);
                prop_assert!(!hit || id < keys, "{}: a hit of a new key", kind.name());
                hits += u64::from(hit);
                keys = keys.max(id + 1);
                prop_assert!(policy.len() <= size as usize, "{} has {} keys of {size}", kind.name(), policy.len());
                // A key that was just requested is stored.
                prop_assert!(!policy.is_empty());
            }
            prop_assert!(hits <= best, "{}: {hits} hits, optimal: {best}", kind.name());
        }
    }

    #[test]
    fn a_cache_as_large_as_the_number_of_keys_misses_each_key_once(ids in requests()) {
        let keys = ids.iter().max().map_or(1, |last| last + 1);
        for kind in PolicyKind::ALL {
            // Segments of S3-FIFO and W-TinyLFU are smaller than the whole: a key leaves only when the cache is full.
            let hits = hits(&mut *kind.cache(keys), &ids).into_iter().filter(|&hit| hit).count();
            let expected = ids.len() - ids.iter().max().map_or(0, |&last| last as usize + 1);
            prop_assert_eq!(hits, expected, "{}", kind.name());
        }
    }

    #[test]
    fn keys_of_an_lru_cache_expire(
        steps in prop::collection::vec((0..8_u32, 0..5_u32), 0..200),
        size in 1..8_u32,
        ttl in 0..20_u32,
    ) {
        let mut cache = Lru::with_ttl(size, f64::from(ttl));
        // The key and the time when it was stored, the least recently used first.
        let mut model: Vec<(u32, u32)> = Vec::new();
        let mut now = 0;
        let ids = numbered(steps.iter().map(|&(id, _)| id).collect());
        for (id, (_, wait)) in ids.into_iter().zip(steps) {
            now += wait;
            let at = model.iter().position(|&(key, stored)| key == id && stored + ttl >= now);
            prop_assert_eq!(cache.access_at(id, f64::from(now)), at.is_some());
            if let Some(at) = at {
                let entry = model.remove(at);
                model.push(entry);
                continue;
            }
            model.retain(|&(key, _)| key != id);
            if model.len() == size as usize {
                // One that has expired goes first; which of them does not matter for later hits.
                let victim = model.iter().position(|&(_, stored)| stored + ttl < now).unwrap_or(0);
                model.remove(victim);
            }
            model.push((id, now));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn optimal_has_the_most_hits_of_all_choices_of_victims(
        ids in prop::collection::vec(0..6_u32, 0..12).prop_map(numbered),
        size in 1..4_u32,
    ) {
        let most = most_hits(size as usize, &mut Vec::new(), &ids);
        prop_assert_eq!(Optimal::new(ids).hits(size), most as u64);
    }
}

/// A loop of a few more keys than fit, which LRU cannot serve.
fn looped(keys: u32, rounds: u32) -> Vec<u32> {
    (0..rounds).flat_map(|_| 0..keys).collect()
}

fn ratio(kind: PolicyKind, size: u32, ids: &[u32]) -> f64 {
    let mut policy = kind.cache(size);
    ids.iter().filter(|&&id| policy.access(id)).count() as f64 / ids.len() as f64
}

#[test]
fn lirs_and_w_tinylfu_serve_a_loop_that_lru_and_arc_do_not() {
    let ids = looped(120, 200);
    assert_eq!(ratio(PolicyKind::Lru, 100, &ids), 0.0);
    assert!(ratio(PolicyKind::Lirs, 100, &ids) > 0.8);
    assert!(ratio(PolicyKind::WTinyLfu, 100, &ids) > 0.7);
}

#[test]
fn arc_keeps_frequent_keys_during_a_scan() {
    // Ten keys that are used twice per round, and a hundred new ones.
    let mut ids = Vec::new();
    let mut next = 10;
    for _ in 0..200 {
        ids.extend((0..10).chain(0..10));
        ids.extend(next..next + 100);
        next += 100;
    }
    let arc = ratio(PolicyKind::Arc, 50, &ids);
    let lru = ratio(PolicyKind::Lru, 50, &ids);
    assert!(arc > 1.9 * lru, "{arc}, {lru}");
}

#[test]
fn the_window_of_w_tinylfu_grows_for_keys_that_are_used_soon_or_never() {
    // Seven of ten keys are used again after 5 others, and then never more: only a larger window has them.
    let is_used_again = |id: u32| mix(u64::from(id)) % 10 < 7;
    let steps = (5..40_000).flat_map(|id| [Some(id), is_used_again(id).then_some(id - 5)]);
    let ids = numbered(steps.flatten().collect());
    let all = ratio(PolicyKind::WTinyLfu, 100, &ids);
    let late = {
        let mut policy = PolicyKind::WTinyLfu.cache(100);
        let hits: Vec<bool> = ids.iter().map(|&id| policy.access(id)).collect();
        hits[30_000..].iter().filter(|&&hit| hit).count() as f64 / (hits.len() - 30_000) as f64
    };
    assert!(late > 0.3 && late > all, "{late}, {all}");
}
