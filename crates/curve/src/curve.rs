//! The samples, and the hit ratios that follow from them.

use holdfast_core::{Heap, Memory};

use crate::buckets::Buckets;
use crate::evicted::{Evicted, MAX_CELLS};
use crate::sampler::Sampler;

/// The keys that are remembered cover this many times the entries: those that a cache of four times the size would have,
/// and does not have, and some more, since keys that share cells are not spread evenly.
const COVERED: u32 = 4;

/// The hit ratio of LRU by the number of entries, estimated.
///
/// **Fewer entries**: the reuse time of a hit is the number of ticks since the last use of its key. LRU keeps an entry for a
/// time that hardly depends on the entry: that in which as many different keys are used as there are entries, which
/// follows from the reuse times. Hu, Wang, Zhou, Luo, Wang, "Kinetic modeling of data eviction in cache", USENIX ATC 2016,
/// sections 2 and 3. A smaller cache has the hits whose reuse time is at most its time. An entry that expires or is removed
/// leaves its place: such an end counts for the time, and is no hit.
///
/// **More entries**, if the cache is LRU: a larger cache has, next to the entries, the keys that were evicted last. The
/// rank of a key among them, by its last use, says how much larger a cache must be to have it. Mattson, Gecsei, Slutz,
/// Traiger, "Evaluation techniques for storage hierarchies", IBM Systems Journal 9(2), 1970; Waldspurger, Park, Garthwaite,
/// Ahmad, "Efficient MRC construction with SHARDS", FAST 2015, section 3, for a sample of the keys. Only keys that miss are
/// sampled so, as those that are requested often are not among them.
///
/// Under another policy the entries are not those of LRU: reuse times then tell both.
///
/// The caller samples hits by time ([`hit`](Self::hit) says when), misses and evictions by key: those of which the bits of
/// the hash from the 14th on are 0, as many as [`rate`](Self::rate) has.
pub struct Curve<M: Memory = Heap> {
    /// The sampled hits by reuse time.
    hits: Buckets<M>,
    /// The sampled misses of keys that were evicted: with LRU by rank, else by reuse time.
    near_misses: Buckets<M>,
    /// Entries that expired or were removed, by the time since their last use.
    ends: Buckets<M>,
    evicted: Evicted<M>,
    sampler: Sampler,
    /// The number of sampled misses, each times the rate.
    misses: u32,
    rate: u32,
    samples: u32,
    is_lru: bool,
}

/// What happened while the samples were taken.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Counts {
    /// Requests that found their entry.
    pub hits: f64,
    /// Requests that did not.
    pub misses: f64,
    /// Other ticks.
    pub others: f64,
}

impl<M: Memory> Curve<M> {
    /// No samples. Nothing is allocated.
    pub const NEW: Self = Self {
        hits: Buckets::NEW,
        near_misses: Buckets::NEW,
        ends: Buckets::NEW,
        evicted: Evicted::NEW,
        sampler: Sampler::NEW,
        misses: 0,
        rate: 0,
        samples: 0,
        is_lru: false,
    };

    /// Makes room for the samples of a cache of that many entries, or adapts to their number: keys that were evicted are
    /// forgotten then, and what was sampled stays. Returns `false` if there is no memory.
    ///
    /// As long as nothing was evicted, misses need not be sampled: `unsampled` is how many there were.
    pub fn open(&mut self, entries: u32, is_lru: bool, unsampled: u32) -> bool {
        let covered = entries.min(1 << 26).wrapping_mul(COVERED);
        self.is_lru = is_lru;
        self.misses = self.misses.saturating_add(unsampled);
        self.rate = covered.div_ceil(MAX_CELLS).next_power_of_two();
        self.hits.open() && self.near_misses.open() && self.ends.open() && self.evicted.open(covered.wrapping_mul(2))
    }

    /// The number of keys of which one is sampled, a power of two; 0 if the curve is not open.
    pub fn rate(&self) -> u32 {
        self.rate
    }

    /// The number of samples.
    pub fn samples(&self) -> u32 {
        self.samples
    }

    /// A sampled hit, by its reuse time; 0 if the tick that was to be looked at was not that of a hit. Returns the number of
    /// ticks from there to the next one to look at.
    pub fn hit(&mut self, time: u32) -> u32 {
        if time != 0 {
            self.hits.add(time, self.sampler.period());
            self.samples = self.samples.saturating_add(1);
            self.sampler.count();
        }
        self.sampler.wait()
    }

    /// An entry expired, or was removed, that long after its last use.
    pub fn ended(&mut self, time: u32) {
        self.ends.add(time, 1);
    }

    /// An entry of the sample was evicted. The tick is that of its last use.
    pub fn evicted(&mut self, hash: u32, tick: u32, deadline: f64) {
        self.evicted.add(hash, tick, deadline);
    }

    /// An entry of the sample was put.
    pub fn put(&mut self, hash: u32, tick: u32, now: f64) {
        self.samples = self.samples.saturating_add(1);
        self.misses = self.misses.saturating_add(self.rate);
        let Some(found) = self.evicted.take(hash, now) else { return };
        let time = tick.wrapping_sub(found.tick);
        if found.is_expired {
            self.ends.add(time, self.rate);
        } else if self.is_lru {
            let rank = self.evicted.count_later(found.tick, now).wrapping_mul(self.rate);
            // The entry that has made room for this one counts, too. Of the keys that this one stands for, half have a higher
            // rank.
            let rank = rank.wrapping_add(self.rate >> 1).saturating_sub(1);
            self.near_misses.add(rank, self.rate);
        } else {
            self.near_misses.add(time, self.rate);
        }
    }

    /// Halves all samples, so that later ones count twice as much. The caller halves the counts.
    pub fn halve(&mut self) {
        self.hits.halve();
        self.near_misses.halve();
        self.ends.halve();
        self.misses >>= 1;
        self.samples >>= 1;
    }

    /// The estimate for `size` entries, from 0 to 1, of a cache that has `entries` entries.
    pub fn hit_ratio(&self, size: f64, entries: f64, counts: Counts) -> f64 {
        let requests = counts.hits + counts.misses;
        let hits = if !self.is_lru {
            self.hits_by_time(size, counts)
        } else if size >= entries {
            counts.hits + self.hits_by_rank(size - entries) * self.scale_of_misses(counts)
        } else {
            self.hits_by_time(size, counts).min(counts.hits)
        };
        // Not `clamp`, which leaves NaN.
        (hits / requests).max(0.0).min(1.0)
    }

    /// How many misses there were is known: the sample only says which part of them were near.
    fn scale_of_misses(&self, counts: Counts) -> f64 {
        counts.misses / f64::from(self.misses.max(1))
    }

    /// The misses that are hits of a cache with `more` entries more.
    fn hits_by_rank(&self, more: f64) -> f64 {
        let mut hits = 0.0;
        let mut index = 0;
        while let Some(bucket) = self.near_misses.get(index) {
            if bucket.start >= more {
                break;
            }
            hits += bucket.weight * ((more - bucket.start) / bucket.width).min(1.0);
            index = index.wrapping_add(1);
        }
        hits
    }

    fn hits_by_time(&self, size: f64, counts: Counts) -> f64 {
        let requests = counts.hits + counts.misses;
        // How many hits there were is known: the sample only says when.
        let scale = counts.hits / self.hits.sum().max(1.0);
        let scale_of_misses = self.scale_of_misses(counts);
        // Requests whose entries were neither used again nor ended in the time so far.
        let mut left = requests;
        let mut hits = 0.0;
        // Different keys that are used in the time so far, times the number of ticks.
        let mut keys = 0.0;
        let goal = size * (requests + counts.others);
        let mut index = 0;
        while let (Some(hit), Some(miss), Some(end)) =
            (self.hits.get(index), self.near_misses.get(index), self.ends.get(index))
        {
            let near_miss = if self.is_lru { 0.0 } else { miss.weight * scale_of_misses };
            let used = hit.weight * scale + near_miss;
            let after = (left - used - end.weight).max(0.0);
            let more = hit.width * (left + after) * 0.5;
            if keys + more > goal {
                return hits + used * ((goal - keys) / more);
            }
            keys += more;
            hits += used;
            left = after;
            index = index.wrapping_add(1);
        }
        hits
    }
}
