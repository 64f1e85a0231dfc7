//! The best that any policy can do: Belady, "A Study of Replacement Algorithms for a Virtual-Storage Computer", IBM Systems
//! Journal 5(2), 1966 (MIN).

use std::collections::BinaryHeap;

/// The next request of a key that is not requested again.
const NEVER: u32 = u32::MAX;

/// Evicts the key whose next request is the furthest away. That takes all requests: 8 bytes for each.
pub struct Optimal {
    ids: Vec<u32>,
    /// For each request the index of the next one for the same key.
    next: Vec<u32>,
    keys: usize,
}

impl Optimal {
    /// Prepares a trace.
    pub fn new(ids: Vec<u32>) -> Self {
        let keys = ids.iter().max().map_or(0, |&last| last as usize + 1);
        let mut upcoming = vec![NEVER; keys];
        let mut next = vec![NEVER; ids.len()];
        for (index, &id) in ids.iter().enumerate().rev() {
            next[index] = std::mem::replace(&mut upcoming[id as usize], index as u32);
        }
        Self { ids, next, keys }
    }

    /// The number of requests.
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    /// Whether there are no requests.
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    /// The hits of a cache of `size` keys.
    pub fn hits(&self, size: u32) -> u64 {
        let mut run = OptimalRun::new(self, size);
        while run.advance(u32::MAX) {}
        run.hits
    }
}

/// The simulation of one size, which can be done in parts.
pub struct OptimalRun<'a> {
    trace: &'a Optimal,
    size: usize,
    /// The hits so far.
    pub hits: u64,
    at: usize,
    len: usize,
    is_stored: Vec<bool>,
    /// The next request and the key of each stored key. Entries whose request has passed are outdated.
    heap: BinaryHeap<u64>,
}

impl<'a> OptimalRun<'a> {
    /// Starts at the first request.
    pub fn new(trace: &'a Optimal, size: u32) -> Self {
        Self {
            trace,
            size: size.max(1) as usize,
            hits: 0,
            at: 0,
            len: 0,
            is_stored: vec![false; trace.keys],
            heap: BinaryHeap::new(),
        }
    }

    /// Simulates at most `requests` more. Returns whether any are left.
    pub fn advance(&mut self, requests: u32) -> bool {
        let end = self.trace.ids.len().min(self.at + requests as usize);
        while self.at < end {
            self.step();
            self.at += 1;
        }
        end < self.trace.ids.len()
    }

    fn step(&mut self) {
        let id = self.trace.ids[self.at];
        let next = self.trace.next[self.at];
        if self.is_stored[id as usize] {
            self.hits += 1;
        } else {
            if self.len >= self.size {
                // Keys that are stored are requested again, so that the furthest one is no leftover.
                let Some(furthest) = self.heap.pop() else { return };
                self.is_stored[furthest as u32 as usize] = false;
                self.len -= 1;
            }
            self.is_stored[id as usize] = true;
            self.len += 1;
        }
        self.heap.push(u64::from(next) << 32 | u64::from(id));
        if self.heap.len() > 2 * self.size + 1_000 {
            let now = self.at as u64;
            self.heap.retain(|&entry| entry >> 32 > now);
        }
    }
}
