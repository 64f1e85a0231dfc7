//! How often a key was requested lately.

/// A count-min sketch of 4-bit counters that are halved from time to time: Einziger, Friedman, Manes, "TinyLFU: A Highly
/// Efficient Cache Admission Policy", ACM Transactions on Storage 13(4), 2017, sections 3.2 and 3.3.
///
/// The four counters of a key are in one block of 64 bytes, two words for each.
pub struct Sketch {
    table: Vec<u64>,
    /// The additions between two halvings.
    sample: u32,
    additions: u32,
}

/// Each counter's lowest bit.
const ONES: u64 = 0x1111_1111_1111_1111;
/// The bits of each counter after it was halved.
const LOW_BITS: u64 = 0x7777_7777_7777_7777;
/// The words of a block.
const BLOCK: usize = 8;

impl Sketch {
    /// A sketch for a cache of `size` keys: 16 counters for each.
    pub fn new(size: u32) -> Self {
        let words = (size as usize).next_power_of_two().max(BLOCK);
        Self { table: vec![0; words], sample: size.saturating_mul(10).max(10), additions: 0 }
    }

    /// Counts a request.
    pub fn add(&mut self, id: u32) {
        let mut added = false;
        for (word, shift) in self.counters(id) {
            let word = &mut self.table[word];
            if (*word >> shift) & 15 != 15 {
                *word += 1 << shift;
                added = true;
            }
        }
        self.additions += u32::from(added);
        if self.additions >= self.sample {
            self.halve();
        }
    }

    /// The estimated number of requests, at most 15.
    pub fn estimate(&self, id: u32) -> u32 {
        self.counters(id).map(|(word, shift)| ((self.table[word] >> shift) & 15) as u32).into_iter().min().unwrap_or(0)
    }

    /// The word and the bit of each of a key's counters.
    fn counters(&self, id: u32) -> [(usize, u32); 4] {
        let hash = spread(id);
        let block = hash as usize & (self.table.len() / BLOCK - 1);
        let bits = (hash >> 32) as u32;
        std::array::from_fn(|row| {
            let part = bits >> (8 * row);
            (BLOCK * block + 2 * row + (part & 1) as usize, 4 * ((part >> 1) & 15))
        })
    }

    fn halve(&mut self) {
        let mut odd = 0;
        for word in &mut self.table {
            odd += (*word & ONES).count_ones();
            *word = (*word >> 1) & LOW_BITS;
        }
        self.additions = (self.additions - (odd >> 2)) >> 1;
    }
}

/// A hash of a small integer (the finaliser of SplitMix64).
fn spread(id: u32) -> u64 {
    let mut hash = u64::from(id).wrapping_add(0x9e37_79b9_7f4a_7c15);
    hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    hash = (hash ^ (hash >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    hash ^ (hash >> 31)
}
