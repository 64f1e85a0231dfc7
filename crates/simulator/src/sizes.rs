//! The sizes to simulate.

/// How many sizes.
const COUNT: usize = 10;

/// Ten sizes, or fewer for a few keys, from a thousandth of the keys to all of them: even steps on a logarithmic scale,
/// rounded to two digits.
pub fn default_sizes(keys: u32) -> Vec<u32> {
    let most = f64::from(keys.max(1));
    let least = (most / 1_000.0).max(most.min(10.0));
    let mut sizes: Vec<u32> =
        (0..COUNT).map(|index| rounded(least * (most / least).powf(index as f64 / (COUNT - 1) as f64))).collect();
    sizes.dedup();
    sizes
}

fn rounded(size: f64) -> u32 {
    let unit = 10_f64.powf(size.log10().floor() - 1.0).max(1.0);
    (size / unit).round().mul_add(unit, 0.0).max(1.0) as u32
}
