//! The hit ratio of LRU at every size, from one pass.

use crate::bit_counts::BitCounts;
use crate::by_key::ByKey;

/// Positions for requests when there are few keys.
const MIN_POSITIONS: usize = 1 << 12;

/// Stack distances: Mattson, Gecsei, Slutz, Traiger, "Evaluation Techniques for Storage Hierarchies", IBM Systems Journal
/// 9(2), 1970. The distance of a request is the number of different keys since the last request for its key, that key
/// included. An LRU cache has the key if it is at least as large.
///
/// The last request of each key is a bit in a row of positions. A distance is a count of bits. When all positions are
/// taken, the bits move together.
#[derive(Default)]
pub struct Curve {
    /// The position of each key's last request, plus 1.
    last: ByKey<u32>,
    bits: BitCounts,
    /// The key of each position.
    ids: Vec<u32>,
    next: usize,
    keys: usize,
    /// The requests by distance.
    distances: Vec<u64>,
    requests: u64,
}

impl Curve {
    /// Counts a request.
    pub fn access(&mut self, id: u32) {
        self.requests += 1;
        if self.next == self.ids.len() {
            self.compact();
        }
        match self.last.get(id) as usize {
            0 => {
                self.keys += 1;
                self.distances.push(0);
            }
            last => {
                let before = self.bits.count_before(last - 1);
                self.bits.clear(last - 1);
                // Distance 1 is at index 0.
                self.distances[self.keys - before - 1] += 1;
            }
        }
        self.ids[self.next] = id;
        self.bits.set(self.next);
        self.next += 1;
        self.last.set(id, self.next as u32);
    }

    /// The number of requests.
    pub fn requests(&self) -> u64 {
        self.requests
    }

    /// The number of keys.
    pub fn keys(&self) -> usize {
        self.keys
    }

    /// The hits of LRU at each size: first that of a cache for one key, last that of a cache for all of them.
    pub fn hits(&self) -> Vec<u64> {
        let sums = self.distances.iter().scan(0, |sum, requests| {
            *sum += requests;
            Some(*sum)
        });
        sums.collect()
    }

    /// Moves all bits to the first positions, and makes room for three times as many.
    fn compact(&mut self) {
        let room = (4 * self.keys).next_multiple_of(64).max(MIN_POSITIONS);
        let ids = std::mem::replace(&mut self.ids, vec![0; room]);
        let bits = std::mem::replace(&mut self.bits, BitCounts::with_first(self.keys, room));
        self.next = 0;
        for (position, id) in ids.into_iter().enumerate() {
            if bits.has(position) {
                self.ids[self.next] = id;
                self.next += 1;
                self.last.set(id, self.next as u32);
            }
        }
    }
}
