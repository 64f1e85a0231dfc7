//! SIEVE: Zhang, Yang, Yue, Vigfusson, Rashmi, "SIEVE is Simpler than LRU: an Efficient Turn-Key Eviction Algorithm for
//! Web Caches", NSDI 2024, section 3.1, algorithm 1.

use crate::by_key::ByKey;
use crate::lists::Lists;
use crate::policy::Policy;

/// A key that is not stored.
const ABSENT: u8 = 0;
/// A stored key without a use since the hand passed it.
const UNVISITED: u8 = 1;
/// A stored key that was used.
const VISITED: u8 = 2;

/// A queue in the order of insertion, and a hand that moves from the oldest key to the newest. It evicts the first key
/// that was not used since it passed.
pub struct Sieve {
    size: usize,
    len: usize,
    queue: Lists<1>,
    state: ByKey<u8>,
    /// Where the search for a victim goes on; `None`: at the oldest key.
    hand: Option<u32>,
}

impl Sieve {
    /// An empty cache.
    pub fn new(size: u32) -> Self {
        Self { size: size as usize, len: 0, queue: Lists::new(), state: ByKey::default(), hand: None }
    }

    fn evict(&mut self) {
        let mut hand = self.hand.or_else(|| self.queue.first(0));
        while let Some(id) = hand {
            let next = self.queue.after(id);
            if self.state.get(id) == UNVISITED {
                self.queue.remove(id);
                self.state.set(id, ABSENT);
                self.len -= 1;
                self.hand = next;
                return;
            }
            self.state.set(id, UNVISITED);
            hand = next.or_else(|| self.queue.first(0));
        }
    }
}

impl Policy for Sieve {
    fn access(&mut self, id: u32) -> bool {
        if self.state.get(id) != ABSENT {
            self.state.set(id, VISITED);
            return true;
        }
        if self.len >= self.size {
            self.evict();
        }
        self.queue.push_back(0, id);
        self.state.set(id, UNVISITED);
        self.len += 1;
        false
    }

    fn len(&self) -> usize {
        self.len
    }
}
