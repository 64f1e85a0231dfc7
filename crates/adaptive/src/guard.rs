//! Notices that LRU would have more hits.

use std::mem::take;

use holdfast_core::records::FIRST_SLOT;
use holdfast_core::{Heap, Memory, Records};

use crate::caller::Caller;
use crate::climber::Climber;
use crate::ghosts::Ghosts;
use crate::segment::Segment;
use crate::uses::Uses;

/// The list head whose second number is the longest time, in ticks, for which LRU keeps an entry.
const FAR: u32 = 8;
/// The list head to whose second number the caller adds the hits of entries that were last used longer ago than that.
const FAR_HITS: u32 = 9;

/// Residents whose ages are read to find that time.
const SAMPLES: u32 = 256;
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
    /// Whether an entry was ever evicted. If not, LRU would have kept all as well.
    evicts: bool,
    /// The hits that LRU would have had, by the sample.
    near: u32,
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
        Self { ghosts: Ghosts::NEW, evicts: false, near: 0, requests: 0, sums: [0.0; 3], time: u32::MAX };

    /// Makes room for the ghosts of that many entries. Returns `false` if there is no memory.
    pub fn grow(&mut self, entries: u32) -> bool {
        self.ghosts.grow(entries)
    }

    /// An entry is evicted.
    pub fn evicted(&mut self, hash: u32, mark: u32, now: u32, entries: u32) {
        self.evicts = true;
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
    pub fn record<C: Caller>(
        &mut self,
        requests: u32,
        now: u32,
        entries: u32,
        climber: &mut Climber,
        uses: &Uses<M, C>,
        records: &mut Records,
    ) {
        self.requests = self.requests.saturating_add(requests);
        if self.requests < (entries >> 1).max(MIN_REQUESTS) {
            return;
        }
        let far = records.numbers_of(FAR_HITS).map_or(0.0, |numbers| take(&mut numbers[1])) as f32;
        self.sums = [
            self.sums[0] * 0.5 + self.near as f32,
            self.sums[1] * 0.5 + far,
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
        self.time = if self.evicts { self.characteristic_time(now, entries, uses, records) } else { u32::MAX };
        self.publish(records);
    }

    /// The time within which as many different keys were used as there are entries.
    #[inline(never)]
    fn characteristic_time<C: Caller>(&self, now: u32, entries: u32, uses: &Uses<M, C>, records: &Records) -> u32 {
        let slots = records.capacity();
        let step = slots.div_ceil(SAMPLES);
        let rate = self.ghosts.rate(entries) as f32;
        // The caller is asked once for each sample.
        let mut ages = [0; SAMPLES as usize];
        let mut sampled: u32 = 0;
        let mut slot = (now % step).wrapping_add(FIRST_SLOT);
        while slot < slots {
            if uses.segment(slot) != Segment::None {
                ages[(sampled % SAMPLES) as usize] = now.wrapping_sub(uses.mark(slot));
                sampled = sampled.wrapping_add(1);
            }
            slot = slot.wrapping_add(step);
        }
        let mut time = 0;
        for bit in (0..u32::BITS).rev() {
            let longer = time | 1 << bit;
            let mut young: u32 = 0;
            for index in 0..sampled {
                young = young.wrapping_add(u32::from(ages[(index % SAMPLES) as usize] <= longer));
            }
            let residents = young as f32 / sampled as f32 * entries as f32;
            if residents + self.ghosts.count(longer, now) as f32 * rate < SHARE * entries as f32 {
                time = longer;
            }
        }
        time
    }

    pub fn publish(&self, records: &mut Records) {
        if let Some([_, number]) = records.numbers_of(FAR) {
            *number = f64::from(self.time);
        }
    }
}
