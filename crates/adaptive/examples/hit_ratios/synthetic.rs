//! Traces that are made here.

use std::collections::VecDeque;

pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, n: u64) -> u64 {
        self.next() % n
    }

    pub fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }
}

pub struct Zipf(Vec<f64>);

impl Zipf {
    pub fn new(n: usize, s: f64) -> Self {
        let mut sum = 0.0;
        let mut cumulative: Vec<f64> = (1..=n)
            .map(|rank| {
                sum += (rank as f64).powf(-s);
                sum
            })
            .collect();
        cumulative.iter_mut().for_each(|c| *c /= sum);
        Self(cumulative)
    }

    pub fn draw(&self, random: &mut Random) -> u64 {
        let u = random.unit();
        self.0.partition_point(|&c| c < u) as u64
    }
}

const SCAN: u64 = 1 << 40;

/// A disk: a scan over `keys` that goes round, a set of `warm` keys that is used at random, and short reuse.
fn disk(
    requests: usize,
    keys: u64,
    warm: u64,
    warm_part: f64,
    near_part: f64,
    burst_every: usize,
    burst: usize,
) -> Vec<u64> {
    let mut random = Random(7);
    let mut trace: Vec<u64> = Vec::with_capacity(requests);
    let mut next = 0;
    while trace.len() < requests {
        if burst_every > 0 && trace.len() > burst_every && trace.len() % burst_every < burst {
            // A program that reads again what was read a while ago.
            let back = burst / 2 + random.below(64) as usize;
            trace.push(trace[trace.len() - back]);
            continue;
        }
        let u = random.unit();
        if u < warm_part {
            trace.push(random.below(warm));
        } else if u < warm_part + near_part && trace.len() > 1000 {
            trace.push(trace[trace.len() - 1 - random.below(1000) as usize]);
        } else {
            trace.push(SCAN + next);
            next = (next + 1) % keys;
        }
    }
    trace
}

/// Reuse by recency alone: the distance in the LRU stack is geometric-like, new keys otherwise.
fn recency(requests: usize, mean: f64, new: f64, seed: u64) -> Vec<u64> {
    let mut random = Random(seed);
    let mut trace: Vec<u64> = Vec::with_capacity(requests);
    let mut next = 0;
    while trace.len() < requests {
        let back = (-(1.0 - random.unit()).ln() * mean) as usize + 1;
        if random.unit() < new || back > trace.len() {
            trace.push(SCAN * (1 + seed) + next);
            next += 1;
        } else {
            trace.push(trace[trace.len() - back]);
        }
    }
    trace
}

fn zipf(requests: usize, keys: usize, s: f64, scan_every: usize, scan: usize) -> Vec<u64> {
    let mut random = Random(3);
    let zipf = Zipf::new(keys, s);
    let mut next = 0;
    let mut trace = Vec::with_capacity(requests);
    while trace.len() < requests {
        if scan_every > 0 && trace.len() % scan_every < scan {
            trace.push(SCAN + next);
            next += 1;
        } else {
            trace.push(zipf.draw(&mut random));
        }
    }
    trace
}

fn looping(requests: usize, keys: u64) -> Vec<u64> {
    (0..requests as u64).map(|i| i % keys).collect()
}

/// Each key is used again soon, and then hardly ever.
fn twice(requests: usize, distance: usize, seed: u64) -> Vec<u64> {
    let mut random = Random(seed);
    let mut pending: VecDeque<(usize, u64)> = VecDeque::new();
    let mut trace = Vec::with_capacity(requests);
    let mut next = seed << 48;
    while trace.len() < requests {
        if pending.front().is_some_and(|&(due, _)| due <= trace.len()) {
            let (_, key) = pending.pop_front().unwrap();
            trace.push(key);
        } else {
            trace.push(next);
            if random.unit() < 0.5 {
                pending.push_back((trace.len() + distance, next));
            }
            next += 1;
        }
    }
    trace
}

fn zigzag(requests: usize, keys: u64) -> Vec<u64> {
    let period = 2 * keys;
    (0..requests as u64).map(|i| i % period).map(|i| if i < keys { i } else { period - 1 - i }).collect()
}

/// Frequent keys that change: the hot set moves on.
fn drifting(requests: usize, keys: usize, s: f64, every: usize) -> Vec<u64> {
    let mut random = Random(5);
    let zipf = Zipf::new(keys, s);
    (0..requests).map(|i| zipf.draw(&mut random) + (i / every) as u64 * 37).collect()
}

pub fn all() -> Vec<(&'static str, Vec<u64>, Vec<u32>)> {
    let mut mixed = twice(300_000, 300, 1);
    mixed.extend(looping(500_000, 1200));
    mixed.extend(twice(300_000, 300, 2));
    vec![
        ("disk calm", disk(3_000_000, 700_000, 24_000, 0.16, 0.04, 0, 0), vec![8192, 32768]),
        ("disk bursts", disk(3_000_000, 700_000, 24_000, 0.16, 0.04, 200_000, 10_000), vec![8192, 32768]),
        ("disk long bursts", disk(3_000_000, 700_000, 24_000, 0.16, 0.04, 300_000, 40_000), vec![8192, 32768]),
        ("disk faint", disk(3_000_000, 700_000, 60_000, 0.10, 0.02, 150_000, 8_000), vec![8192, 32768]),
        ("recency short", recency(600_000, 400.0, 0.1, 1), vec![100, 1000, 4000]),
        ("recency long", recency(1_000_000, 6000.0, 0.2, 2), vec![500, 2500, 10000]),
        ("zipf 0.8", zipf(1_000_000, 100_000, 0.8, 0, 0), vec![1000, 10000]),
        ("zipf 1.0", zipf(1_000_000, 100_000, 1.0, 0, 0), vec![100, 1000, 10000]),
        ("zipf+scan", zipf(1_000_000, 100_000, 0.9, 20_000, 8_000), vec![500, 1000, 10000]),
        ("drifting", drifting(1_000_000, 20_000, 0.9, 500), vec![200, 2000]),
        ("loop", looping(300_000, 1000), vec![500, 900]),
        ("zigzag", zigzag(300_000, 2500), vec![500, 1000]),
        ("twice-loop-twice", mixed, vec![512, 1024]),
    ]
}
