//! Small integers for keys.

/// Numbers keys from 0 in the order of their first request. A key is known by 64 bits: a number by its value, a text by its
/// hash. The text is not kept; among ten million texts, two have the same hash with odds of 1 in 370,000.
#[derive(Default)]
pub struct Keys {
    /// Open addressing. The length is a power of two.
    cells: Vec<Cell>,
    len: u32,
}

/// The two halves of a key's bits, and its number plus 1; 0: the cell is free.
type Cell = [u32; 3];

impl Keys {
    /// The number of a key, which is new if the key is.
    pub fn number(&mut self, bits: u64) -> u32 {
        if self.len as usize * 2 >= self.cells.len() {
            self.grow();
        }
        let (index, number) = self.find(bits);
        if number != 0 {
            return number - 1;
        }
        self.len += 1;
        self.cells[index] = cell(bits, self.len);
        self.len - 1
    }

    /// How many keys there are.
    pub fn len(&self) -> u32 {
        self.len
    }

    /// Whether there are no keys.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    fn find(&self, bits: u64) -> (usize, u32) {
        let mask = self.cells.len() - 1;
        let mut index = mix(bits) as usize & mask;
        loop {
            let [low, high, number] = self.cells[index];
            if number == 0 || [low, high, number] == cell(bits, number) {
                return (index, number);
            }
            index = (index + 1) & mask;
        }
    }

    fn grow(&mut self) {
        let len = (2 * self.cells.len()).max(1_024);
        for [low, high, number] in std::mem::replace(&mut self.cells, vec![[0; 3]; len]) {
            if number != 0 {
                let bits = u64::from(high) << 32 | u64::from(low);
                let (index, _) = self.find(bits);
                self.cells[index] = cell(bits, number);
            }
        }
    }
}

fn cell(bits: u64, number: u32) -> Cell {
    [bits as u32, (bits >> 32) as u32, number]
}

/// A hash of a text.
pub fn hash(text: &[u8]) -> u64 {
    let mut hash = 0x9e37_79b9_7f4a_7c15 ^ text.len() as u64;
    let (words, rest) = text.as_chunks::<8>();
    for &word in words {
        hash = mix(hash ^ u64::from_le_bytes(word));
    }
    if rest.is_empty() {
        return hash;
    }
    let last = rest.iter().rev().fold(0, |word, &byte| word << 8 | u64::from(byte));
    mix(hash ^ last)
}

/// Spreads the bits of a number; different numbers stay different (the finaliser of SplitMix64).
pub fn mix(bits: u64) -> u64 {
    let mut hash = bits.wrapping_add(0x9e37_79b9_7f4a_7c15);
    hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    hash = (hash ^ (hash >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    hash ^ (hash >> 31)
}
