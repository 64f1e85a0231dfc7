//! A crate that uses [`holdfast_core`] natively and in its own WebAssembly module, for `tests/exports.rs`.

use holdfast_core::{AnyPolicy, Cache, PolicyKind};

/// Puts `entries` entries that weigh `weight` each into an LRU cache of at most `max_size` entries and `max_weight`, and
/// returns the number that are left.
#[unsafe(no_mangle)]
pub extern "C" fn simulate(entries: u32, max_size: u32, weight: f64, max_weight: f64) -> u32 {
    let mut cache: Cache = Cache::new(AnyPolicy::new(PolicyKind::Lru));
    cache.open();
    for tick in 0..entries {
        let slot = reserve(&mut cache, max_size);
        let mut records = cache.records();
        if let Some(numbers) = records.numbers(slot) {
            *numbers = [f64::INFINITY, f64::from(tick) + 0.5];
        }
        if let Some([used, _]) = records.numbers(0) {
            *used = 1.0;
        }
        cache.set_weight(slot, weight);
        while cache.exceeds(max_weight) {
            let size = cache.len();
            let victim = reserve(&mut cache, size);
            cache.remove(victim);
        }
    }
    cache.len()
}

/// Reserves the slot for the next entry; that of a victim if there are already `max_size` entries.
fn reserve(cache: &mut Cache, max_size: u32) -> u32 {
    cache.reserve(1, max_size);
    cache.records().numbers_of(0).map_or(0, |numbers| numbers[0] as u32)
}
