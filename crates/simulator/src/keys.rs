//! Small integers for keys.

/// Numbers keys from 0 in the order of their first request. A key is known by 64 bits: a number by its value, a text by its
/// hash. The text is not kept; among ten million texts, two have the same hash with odds of 1 in 370,000.
#[derive(Default)]
pub struct Keys {
    /// Open addressing: the bits of a key and its number plus 1, 0 for a free cell. The length is a power of two.
    bits: Vec<u64>,
    numbers: Vec<u32>,
    len: u32,
}

impl Keys {
    /// The number of a key, which is new if the key is.
    pub fn number(&mut self, bits: u64) -> u32 {
        if self.len as usize * 2 >= self.bits.len() {
            self.grow();
        }
        let (index, number) = self.find(bits);
        if number != 0 {
            return number - 1;
        }
        self.bits[index] = bits;
        self.len += 1;
        self.numbers[index] = self.len;
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
        let mask = self.bits.len() - 1;
        let mut index = mix(bits) as usize & mask;
        loop {
            let number = self.numbers[index];
            if number == 0 || self.bits[index] == bits {
                return (index, number);
            }
            index = (index + 1) & mask;
        }
    }

    fn grow(&mut self) {
        let len = (2 * self.bits.len()).max(1_024);
        let bits = std::mem::replace(&mut self.bits, vec![0; len]);
        let numbers = std::mem::replace(&mut self.numbers, vec![0; len]);
        for (bits, number) in bits.into_iter().zip(numbers) {
            if number != 0 {
                let (index, _) = self.find(bits);
                self.bits[index] = bits;
                self.numbers[index] = number;
            }
        }
    }
}

/// A hash of a text.
pub fn hash(text: &[u8]) -> u64 {
    let mut hash = 0x9e37_79b9_7f4a_7c15 ^ text.len() as u64;
    for part in text.chunks(8) {
        let mut bytes = [0; 8];
        bytes[..part.len()].copy_from_slice(part);
        hash = mix(hash ^ u64::from_le_bytes(bytes));
    }
    hash
}

/// Spreads the bits of a number; different numbers stay different (the finaliser of SplitMix64).
pub fn mix(bits: u64) -> u64 {
    let mut hash = bits.wrapping_add(0x9e37_79b9_7f4a_7c15);
    hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    hash = (hash ^ (hash >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    hash ^ (hash >> 31)
}
