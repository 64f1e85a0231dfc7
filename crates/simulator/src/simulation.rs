//! All caches of a run, and the requests that they get.

use std::collections::VecDeque;

use crate::by_key::ByKey;
use crate::curve::Curve;
use crate::keys::Keys;
use crate::knee::good_enough;
use crate::policies::{Lru, Optimal};
use crate::policy::{Policy, PolicyKind};
use crate::request::Request;
use crate::sizes::default_sizes;

/// The requests after which the simulation starts: the sizes are chosen by them.
const HEAD: usize = 1 << 20;
/// The largest size of a value that counts for the mean: 2^53, up to which integers are exact.
const MAX_VALUE_SIZE: f64 = 9_007_199_254_740_992.0;
/// The requests of a step. Each simulated cache gets the whole batch, so its data stays in the CPU cache.
pub const BATCH: usize = 1 << 12;
/// The most requests that `optimal` keeps, 8 bytes each.
pub const MAX_OPTIMAL: usize = 1 << 26;

/// What to simulate.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The policies.
    pub kinds: Vec<PolicyKind>,
    /// Whether the best possible hit ratio is computed, too.
    pub optimal: bool,
    /// The sizes; none: ten sizes by the keys of the first million requests.
    pub sizes: Vec<u32>,
    /// The lifetimes that LRU is simulated with, in milliseconds, if the requests have times.
    pub ttls: Vec<f64>,
}

/// One cache.
pub struct Run {
    /// Its policy.
    pub kind: PolicyKind,
    /// The most keys.
    pub size: u32,
    /// The hits so far.
    pub hits: u64,
    policy: Box<dyn Policy>,
}

/// One LRU cache whose keys expire.
pub struct TtlRun {
    /// The lifetime in milliseconds; `None`: the requests' own.
    pub ttl: Option<f64>,
    /// The hits so far.
    pub hits: u64,
    cache: Lru,
}

/// The time of a request, in milliseconds, and the lifetime that it has itself, or NaN.
#[derive(Clone, Copy)]
struct Timed {
    time: f64,
    ttl: f64,
}

/// A simulation. Requests are [pushed](Self::push) and then simulated [step](Self::step) by step.
pub struct Simulation {
    /// What is simulated. The sizes are there once it has begun.
    pub plan: Plan,
    /// The caches, by policy and size; the baseline for LRU is the last of each size.
    pub runs: Vec<Run>,
    /// LRU caches with lifetimes.
    pub ttl_runs: Vec<TtlRun>,
    /// The size of the caches with lifetimes.
    pub ttl_size: u32,
    /// LRU at every size, of all requests that were pushed.
    pub curve: Curve,
    /// The requests for the best possible hit ratio.
    pub optimal: Vec<u32>,
    /// The time of the first and the last request.
    pub span: Option<[f64; 2]>,
    /// Whether the sizes were chosen by the first requests.
    pub are_sizes_chosen: bool,
    /// The number of those requests.
    pub head: usize,
    /// Whether the plan had `optimal`, which is left out if there are too many requests.
    pub is_optimal_asked: bool,
    keys: Keys,
    /// The keys of the requests that were not simulated yet.
    pending: VecDeque<u32>,
    /// Their times, once one is known: a trace without times needs no memory for them.
    times: VecDeque<Timed>,
    batch: Vec<u32>,
    has_begun: bool,
    sizes_sum: f64,
    sized: ByKey<bool>,
    sized_keys: u64,
    has_ttls: bool,
}

impl Simulation {
    /// Prepares a simulation.
    pub fn new(plan: Plan) -> Self {
        Self {
            are_sizes_chosen: plan.sizes.is_empty(),
            head: 0,
            is_optimal_asked: plan.optimal,
            plan,
            runs: Vec::new(),
            ttl_runs: Vec::new(),
            ttl_size: 0,
            curve: Curve::default(),
            optimal: Vec::new(),
            span: None,
            keys: Keys::default(),
            pending: VecDeque::new(),
            times: VecDeque::new(),
            batch: Vec::new(),
            has_begun: false,
            sizes_sum: 0.0,
            sized: ByKey::default(),
            sized_keys: 0,
            has_ttls: false,
        }
    }

    /// Adds a request for a key, known by its bits.
    pub fn push(&mut self, request: Request, bits: u64) {
        let id = self.keys.number(bits);
        if request.has_time() {
            let [first, last] = self.span.unwrap_or_else(|| {
                // The requests before the first time count as requests at that time.
                self.times.resize(self.pending.len(), Timed { time: request.time, ttl: f64::NAN });
                [request.time; 2]
            });
            // A log may be slightly out of order: time never goes back.
            self.span = Some([first, request.time.max(last)]);
        }
        if let Some([_, time]) = self.span {
            self.times.push_back(Timed { time, ttl: request.ttl });
            self.has_ttls |= request.ttl > 0.0;
        }
        if (0.0..=MAX_VALUE_SIZE).contains(&request.size) && !self.sized.get(id) {
            self.sized.set(id, true);
            self.sizes_sum += request.size;
            self.sized_keys += 1;
        }
        self.curve.access(id);
        self.pending.push_back(id);
    }

    /// The number of requests that were simulated.
    pub fn simulated(&self) -> u64 {
        self.curve.requests() - self.pending.len() as u64
    }

    /// The number of requests that were pushed and not simulated yet.
    pub fn pending(&self) -> usize {
        self.pending.len()
    }

    /// The number of keys.
    pub fn keys(&self) -> u32 {
        self.keys.len()
    }

    /// The mean size of the values, if the requests have any.
    pub fn mean_size(&self) -> Option<f64> {
        (self.sized_keys > 0).then(|| self.sizes_sum / self.sized_keys as f64)
    }

    /// Simulates some requests. Returns whether there is more to do now; `is_end`: no more will be pushed.
    pub fn step(&mut self, is_end: bool) -> bool {
        if !self.has_begun {
            if self.pending.len() < HEAD && !is_end {
                return false;
            }
            self.begin();
        }
        let count = BATCH.min(self.pending.len());
        let mut batch = std::mem::take(&mut self.batch);
        batch.clear();
        batch.extend(self.pending.drain(..count));
        for run in &mut self.runs {
            run.hits += run.policy.access_all(&batch);
        }
        let timed = self.times.len().min(count);
        for (at, timed) in self.times.drain(..timed).enumerate() {
            for run in &mut self.ttl_runs {
                run.access(batch[at], timed);
            }
        }
        if self.plan.optimal {
            self.optimal.extend_from_slice(&batch);
            // Frees the memory at once; the run goes on without `optimal`.
            if self.optimal.len() > MAX_OPTIMAL {
                self.plan.optimal = false;
                self.optimal = Vec::new();
            }
        }
        self.batch = batch;
        !self.pending.is_empty()
    }

    /// Takes the requests of `optimal`.
    pub fn take_optimal(&mut self) -> Optimal {
        Optimal::new(std::mem::take(&mut self.optimal))
    }

    fn begin(&mut self) {
        self.has_begun = true;
        self.head = self.pending.len();
        if self.are_sizes_chosen {
            self.plan.sizes = default_sizes(self.keys.len());
        }
        for &kind in &self.plan.kinds {
            let baseline = (kind == PolicyKind::Lru).then_some(PolicyKind::Baseline);
            for &size in &self.plan.sizes {
                for kind in [Some(kind), baseline].into_iter().flatten() {
                    self.runs.push(Run { kind, size, hits: 0, policy: kind.cache(size) });
                }
            }
        }
        if self.span.is_some() {
            self.ttl_size = good_enough(&self.curve.hits(), self.curve.requests()).size;
            let own = self.has_ttls.then_some(None);
            for ttl in self.plan.ttls.iter().copied().map(Some).chain(own) {
                let cache = Lru::with_ttl(self.ttl_size, ttl.unwrap_or(f64::INFINITY));
                self.ttl_runs.push(TtlRun { ttl, hits: 0, cache });
            }
        }
    }
}

impl TtlRun {
    fn access(&mut self, id: u32, Timed { time, ttl }: Timed) {
        let ttl = match self.ttl {
            Some(ttl) => ttl,
            None if ttl > 0.0 => ttl,
            None => f64::INFINITY,
        };
        self.hits += u64::from(self.cache.access_with(id, time, ttl));
    }
}
