//! W-TinyLFU with a window that adapts: Einziger, Friedman, Manes, "TinyLFU: A Highly Efficient Cache Admission Policy",
//! ACM Transactions on Storage 13(4), 2017, section 4; Einziger, Eytan, Friedman, Manes, "Adaptive Software Cache
//! Management", Middleware 2018, section 4.1 (hill climber). The parameters are those of Caffeine.

use super::sketch::Sketch;
use crate::by_key::ByKey;
use crate::lists::Lists;
use crate::policy::Policy;

const WINDOW: usize = 0;
const PROBATION: usize = 1;
const PROTECTED: usize = 2;

/// The share of the size for the window, at first.
const WINDOW_SHARE: f64 = 0.01;
/// The share of the rest for protected keys, at first.
const PROTECTED_SHARE: f64 = 0.8;
/// The share of the size by which the window changes at first.
const STEP: f64 = 0.0625;
/// What is left of the step after each change.
const STEP_DECAY: f64 = 0.98;
/// A change of the hit ratio after which the step is as large as at first.
const RESTART: f64 = 0.05;
/// The requests between two changes, as a multiple of the size.
const SAMPLE: u64 = 10;
/// A candidate as frequent as this is sometimes admitted although its victim is as frequent.
const WARM: u32 = 6;

/// New keys go to a window, an LRU list. A key that leaves it replaces the victim of the main space only if it was
/// requested more often lately. The main space is a segmented LRU list: keys on probation, and protected ones that were
/// used again. The window grows and shrinks in the direction in which the hit ratio grows.
pub struct WTinyLfu {
    size: usize,
    max_window: usize,
    max_protected: usize,
    lens: [usize; 3],
    lists: Lists<3>,
    /// The list of a key, plus 1.
    list: ByKey<u8>,
    sketch: Sketch,
    hits: u64,
    requests: u64,
    last_ratio: f64,
    step: f64,
    random: u32,
}

impl WTinyLfu {
    /// An empty cache.
    pub fn new(size: u32) -> Self {
        let sketch = Sketch::new(size);
        let size = size as usize;
        let max_window = ((size as f64 * WINDOW_SHARE) as usize).max(1);
        Self {
            size,
            max_window,
            max_protected: ((size - max_window) as f64 * PROTECTED_SHARE) as usize,
            lens: [0; 3],
            lists: Lists::new(),
            list: ByKey::default(),
            sketch,
            hits: 0,
            requests: 0,
            last_ratio: 0.0,
            step: -STEP * size as f64,
            random: 0x9e37_79b9,
        }
    }

    fn push(&mut self, list: usize, id: u32) {
        self.lists.push_back(list, id);
        self.lens[list] += 1;
        self.list.set(id, list as u8 + 1);
    }

    fn pop(&mut self, list: usize) -> Option<u32> {
        let id = self.lists.pop_front(list)?;
        self.lens[list] -= 1;
        self.list.set(id, 0);
        Some(id)
    }

    fn hit(&mut self, list: usize, id: u32) {
        let to = if list == WINDOW { WINDOW } else { PROTECTED };
        self.lens[list] -= 1;
        self.lists.remove(id);
        self.push(to, id);
        self.demote();
    }

    /// Moves keys beyond the limit of the protected ones to probation.
    fn demote(&mut self) {
        while self.lens[PROTECTED] > self.max_protected
            && let Some(id) = self.pop(PROTECTED)
        {
            self.push(PROBATION, id);
        }
    }

    fn miss(&mut self, id: u32) {
        self.push(WINDOW, id);
        while self.lens[WINDOW] > self.max_window
            && let Some(candidate) = self.pop(WINDOW)
        {
            self.push(PROBATION, candidate);
            if self.len() > self.size {
                self.evict(candidate);
            }
        }
        while self.len() > self.size {
            let from = if self.lens[PROBATION] > 0 { PROBATION } else { PROTECTED };
            if self.pop(from).is_none() {
                self.pop(WINDOW);
            }
        }
    }

    fn evict(&mut self, candidate: u32) {
        let victim = match self.lists.first(PROBATION) {
            Some(first) if first != candidate => Some(first),
            _ => self.lists.first(PROTECTED),
        };
        let loser = match victim {
            Some(victim) if self.admits(candidate, victim) => victim,
            _ => candidate,
        };
        let list = usize::from(self.list.get(loser)) - 1;
        self.lists.remove(loser);
        self.lens[list] -= 1;
        self.list.set(loser, 0);
    }

    fn admits(&mut self, candidate: u32, victim: u32) -> bool {
        let frequency = self.sketch.estimate(candidate);
        if frequency > self.sketch.estimate(victim) {
            return true;
        }
        if frequency < WARM {
            return false;
        }
        self.random ^= self.random << 13;
        self.random ^= self.random >> 17;
        self.random ^= self.random << 5;
        self.random & 127 == 0
    }

    fn climb(&mut self) {
        if self.requests < SAMPLE * self.size as u64 {
            return;
        }
        let ratio = self.hits as f64 / self.requests as f64;
        let change = ratio - self.last_ratio;
        let amount = if change >= 0.0 { self.step } else { -self.step };
        self.step =
            if change.abs() >= RESTART { (STEP * self.size as f64).copysign(amount) } else { STEP_DECAY * amount };
        self.last_ratio = ratio;
        self.hits = 0;
        self.requests = 0;
        self.resize_window(amount);
    }

    fn resize_window(&mut self, amount: f64) {
        let change = amount.abs() as usize;
        if amount >= 0.0 {
            let quota = change.min(self.max_protected);
            self.max_window += quota;
            self.max_protected -= quota;
            self.demote();
            for _ in 0..quota {
                let from = if self.lens[PROBATION] > 0 { PROBATION } else { PROTECTED };
                let Some(id) = self.pop(from) else { break };
                self.push(WINDOW, id);
            }
        } else {
            let quota = change.min(self.max_window - 1);
            self.max_window -= quota;
            self.max_protected += quota;
            while self.lens[WINDOW] > self.max_window
                && let Some(id) = self.pop(WINDOW)
            {
                self.push(PROBATION, id);
            }
        }
    }
}

impl Policy for WTinyLfu {
    fn access(&mut self, id: u32) -> bool {
        self.sketch.add(id);
        let list = self.list.get(id);
        let is_hit = list != 0;
        if is_hit {
            self.hit(usize::from(list) - 1, id);
        } else {
            self.miss(id);
        }
        self.hits += u64::from(is_hit);
        self.requests += 1;
        self.climb();
        is_hit
    }

    fn len(&self) -> usize {
        self.lens.iter().sum()
    }
}
