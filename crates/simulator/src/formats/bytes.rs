//! Search in bytes.

/// The first position of a byte: eight bytes at a time (Warren, Hacker's Delight, section 6-1).
pub fn find(byte: u8, text: &[u8]) -> Option<usize> {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGH_BITS: u64 = 0x8080_8080_8080_8080;
    let pattern = ONES * u64::from(byte);
    let (words, rest) = text.as_chunks::<8>();
    for (index, &word) in words.iter().enumerate() {
        let difference = u64::from_le_bytes(word) ^ pattern;
        // The lowest bit that is set belongs to the first byte without a difference.
        let equal = difference.wrapping_sub(ONES) & !difference & HIGH_BITS;
        if equal != 0 {
            return Some(8 * index + equal.trailing_zeros() as usize / 8);
        }
    }
    rest.iter().position(|&found| found == byte).map(|at| 8 * words.len() + at)
}
