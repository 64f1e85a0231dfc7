//! Notices that LRU would have more hits.

use holdfast_core::records::FIRST_SLOT;
use holdfast_core::{Heap, Memory, Records};

use crate::climber::Climber;
use crate::ghosts::Ghosts;
use crate::segment::Segment;
use crate::uses::Uses;

/// The list head whose second number is the longest time, in ticks, for which LRU keeps an entry.
const FAR: u32 = 8;
/// The list head whose second number the caller counts up: the hits of entries that were last used longer ago than that.
const FAR_HITS: u32 = 9;

/// Residents whose ages are read to find that time.
const SAMPLES: u32 = 128;
/// Requests between two comparisons at least.
const MIN_REQUESTS: u32 = 100;
/// The part of the requests by which LRU's hits may be more: two points of the hit ratio.
const GATE: f32 = 0.02;
/// The part of the entries that the characteristic time is for: with all of them, a loop just larger than the cache would
/// look like hits of LRU.
const SHARE: f32 = 0.9;
/// The share by which the window grows then.
const GROWTH: f32 = 0.25;

/// Compares the hits with those that LRU would have had, and makes the window larger where LRU is better.
///
/// LRU keeps an entry for a time that hardly depends on the entry, the characteristic time: the time in which as many
/// different keys are used as there are entries (Che, Tung and Wang, "Hierarchical web caching systems: modeling, design
/// and experimental results", IEEE J. Sel. Areas Commun. 20 (2002), section III). An entry that is put again within that
/// time after it was evicted is a hit that LRU would have had. A hit after more than that time is one that LRU would not
/// have had.
pub struct Guard<M: Memory = Heap> {
    ghosts: Ghosts<M>,
    /// The hits that LRU would have had, by the sample.
    near: u32,
    /// The hits that LRU would not have had, up to the last comparison.
    far_before: u32,
    requests: u32,
    /// The hits that LRU would have had, those that it would not have had, and the requests: each comparison counts
    /// half as much as the one after it.
    sums: [f32; 3],
    /// The characteristic time.
    time: u32,
}

impl<M: Memory> Guard<M> {
    /// No entries. Nothing is allocated.
    pub const NEW: Self =
        Self { ghosts: Ghosts::NEW, near: 0, far_before: 0, requests: 0, sums: [0.0; 3], time: u32::MAX };

    /// Makes room for the ghosts of that many entries. Returns `false` if there is no memory.
    pub fn grow(&mut self, entries: u32, records: &mut Records) -> bool {
        self.publish(records);
        self.ghosts.grow(entries)
    }

    /// An entry is evicted.
    pub fn evicted(&mut self, hash: u32, mark: u32, now: u32, entries: u32) {
        let rate = self.ghosts.rate(entries);
        self.ghosts.add(hash, mark, now, rate);
    }

    /// An entry is put.
    pub fn inserted(&mut self, hash: u32, now: u32, entries: u32) {
        let rate = self.ghosts.rate(entries);
        if let Some(tick) = self.ghosts.remove(hash, rate)
            && now.wrapping_sub(tick) <= self.time
        {
            self.near = self.near.wrapping_add(rate);
        }
    }

    /// Counts requests. After enough of them, compares.
    pub fn record(
        &mut self,
        requests: u32,
        now: u32,
        entries: u32,
        climber: &mut Climber,
        uses: &Uses<M>,
        records: &mut Records,
    ) {
        self.requests = self.requests.saturating_add(requests);
        if self.requests < (entries >> 1).max(MIN_REQUESTS) {
            return;
        }
        let far_hits = records.numbers_of(FAR_HITS).map_or(0, |numbers| numbers[1] as u32);
        let far = far_hits.wrapping_sub(self.far_before);
        self.far_before = far_hits;
        self.sums = [
            self.sums[0] * 0.5 + self.near as f32,
            self.sums[1] * 0.5 + far as f32,
            self.sums[2] * 0.5 + self.requests as f32,
        ];
        self.near = 0;
        self.requests = 0;
        let [near, far, requests] = self.sums;
        // A sampled ghost counts as `rate` hits: the variance of their sum is `rate` times the sum.
        let deviation = (self.ghosts.rate(entries) as f32 * near + far).sqrt();
        if near - far - deviation > GATE * requests && climber.share() < 1.0 {
            climber.restart(climber.share() + GROWTH);
            self.sums = [0.0; 3];
        }
        self.time = self.characteristic_time(now, entries, uses, records);
        self.publish(records);
    }

    /// The time within which as many different keys were used as there are entries.
    #[inline(never)]
    fn characteristic_time(&self, now: u32, entries: u32, uses: &Uses<M>, records: &Records) -> u32 {
        let slots = records.capacity();
        let step = (slots / SAMPLES).max(1);
        let rate = self.ghosts.rate(entries) as f32;
        let mut time = 0;
        for bit in (0..u32::BITS).rev() {
            let longer = time | 1 << bit;
            let mut sampled: u32 = 0;
            let mut young: u32 = 0;
            let mut slot = (now % step).wrapping_add(FIRST_SLOT);
            while slot < slots {
                if uses.segment(slot) != Segment::None {
                    sampled = sampled.wrapping_add(1);
                    young = young.wrapping_add(u32::from(now.wrapping_sub(uses.mark(slot)) <= longer));
                }
                slot = slot.wrapping_add(step);
            }
            let residents = young as f32 / sampled as f32 * entries as f32;
            if residents + self.ghosts.count(longer, now) as f32 * rate < SHARE * entries as f32 {
                time = longer;
            }
        }
        time
    }

    fn publish(&self, records: &mut Records) {
        if let Some([_, number]) = records.numbers_of(FAR) {
            *number = f64::from(self.time);
        }
    }
}
