//! The size at which a larger cache gains little.

/// Largest allowed difference from the hit ratio at the knee.
const TOLERANCE: f64 = 0.01;

/// A size, and the hit ratio there.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Point {
    /// Keys.
    pub size: u32,
    /// Hits per request, 0 to 1.
    pub hit_ratio: f64,
}

/// The knee of a curve: the point that is the furthest above the line from the origin to the last point, by share of the
/// keys and share of the largest hit ratio (Satopää, Albrecht, Irwin, Raghavan, "Finding a 'Kneedle' in a Haystack", ICDCS
/// Workshops 2011, section II). `hits` are those of each size from 1.
pub fn knee(hits: &[u64], requests: u64) -> Point {
    let most = hits.last().copied().unwrap_or(0).max(1) as f64;
    let mut best = (f64::NEG_INFINITY, 0);
    for (index, &hits_there) in hits.iter().enumerate() {
        let above = hits_there as f64 / most - (index + 1) as f64 / hits.len() as f64;
        if above > best.0 {
            best = (above, index);
        }
    }
    point(hits, requests, best.1)
}

/// The smallest size whose hit ratio is within one point of that at the knee.
pub fn good_enough(hits: &[u64], requests: u64) -> Point {
    let least = knee(hits, requests).hit_ratio - TOLERANCE;
    let index = hits.iter().position(|&hits| ratio(hits, requests) >= least).unwrap_or(0);
    point(hits, requests, index)
}

/// Whether a hit ratio is within one point of another one, or above it.
pub fn is_good_enough(hit_ratio: f64, knee: f64) -> bool {
    hit_ratio >= knee - TOLERANCE
}

/// Hits per request; 0 without requests.
pub fn ratio(hits: u64, requests: u64) -> f64 {
    if requests == 0 { 0.0 } else { hits as f64 / requests as f64 }
}

fn point(hits: &[u64], requests: u64, index: usize) -> Point {
    Point { size: index as u32 + 1, hit_ratio: ratio(hits.get(index).copied().unwrap_or(0), requests) }
}
