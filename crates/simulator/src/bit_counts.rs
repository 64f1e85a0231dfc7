//! A row of bits that are counted quickly.

/// The entries of a level that are counted in one entry of the next level: as many as a line of the CPU cache holds.
const FANOUT: usize = 16;
/// The bits of a word.
const WORD: usize = 64;

/// A row of bits, and the number of ones in each group of words, in each group of groups, and so on. A count reads less
/// than one group of each level, a change writes one entry of each.
#[derive(Default)]
pub struct BitCounts {
    words: Vec<u64>,
    levels: Vec<Vec<u32>>,
}

impl BitCounts {
    /// `len` bits, of which the first `ones` are set.
    pub fn with_first(ones: usize, len: usize) -> Self {
        let part = |index: usize, span: usize| ones.saturating_sub(index * span).min(span);
        let mut count = len.div_ceil(WORD);
        let word = |index| match part(index, WORD) {
            WORD => u64::MAX,
            rest => (1 << rest) - 1,
        };
        let words = (0..count).map(word).collect();
        let mut levels = Vec::new();
        let mut span = WORD;
        while count > FANOUT {
            count = count.div_ceil(FANOUT);
            span *= FANOUT;
            levels.push((0..count).map(|index| part(index, span) as u32).collect());
        }
        Self { words, levels }
    }

    /// Whether a bit is set.
    pub fn has(&self, position: usize) -> bool {
        self.words[position / WORD] >> (position % WORD) & 1 == 1
    }

    /// Sets a bit that is not set.
    pub fn set(&mut self, position: usize) {
        self.flip(position, 1);
    }

    /// Clears a bit that is set.
    pub fn clear(&mut self, position: usize) {
        self.flip(position, u32::MAX);
    }

    /// The number of ones before a position.
    pub fn count_before(&self, position: usize) -> usize {
        let mut index = position / WORD;
        let below = self.words[index] & ((1 << (position % WORD)) - 1);
        let group = &self.words[index / FANOUT * FANOUT..index];
        let mut count = below.count_ones() + group.iter().map(|word| word.count_ones()).sum::<u32>();
        for level in &self.levels {
            index /= FANOUT;
            count += level[index / FANOUT * FANOUT..index].iter().sum::<u32>();
        }
        count as usize
    }

    /// Changes a bit; `by` is 1 if it becomes 1, else `u32::MAX`, which is -1.
    fn flip(&mut self, position: usize, by: u32) {
        let mut index = position / WORD;
        self.words[index] ^= 1 << (position % WORD);
        for level in &mut self.levels {
            index /= FANOUT;
            level[index] = level[index].wrapping_add(by);
        }
    }
}
