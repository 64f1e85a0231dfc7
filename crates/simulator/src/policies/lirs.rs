//! LIRS: Jiang, Zhang, "LIRS: An Efficient Low Inter-reference Recency Set Replacement Policy to Improve Buffer Cache
//! Performance", SIGMETRICS 2002, section 3.

use crate::by_key::ByKey;
use crate::lists::Lists;
use crate::policy::Policy;

/// The share of the size for keys with a low inter-reference recency; the rest is 1 %, as in section 5.1.
const LOW_SHARE: f64 = 0.99;
/// The keys without a value that the stack keeps, as a multiple of the size: the paper leaves the limit open.
const MAX_GHOSTS: usize = 2;

#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Status {
    /// Not known.
    #[default]
    Absent,
    /// Low inter-reference recency: stored, and in the stack.
    Low,
    /// High inter-reference recency: stored, in the queue, maybe in the stack.
    High,
    /// High inter-reference recency: not stored, in the stack.
    Ghost,
}

#[derive(Clone, Copy, Default)]
struct State {
    status: Status,
    in_stack: bool,
}

/// A stack of keys by recency, and a queue of those to evict. A key that is requested again while it is in the stack was
/// used twice within the time that the stack covers: it takes the place of the key at the bottom of the stack.
pub struct Lirs {
    size: usize,
    max_low: usize,
    low: usize,
    high: usize,
    ghosts: usize,
    /// The stack S; the first key is at its bottom.
    stack: Lists<1>,
    /// List 0: the queue Q of stored keys, the next victim first. List 1: the ghosts, in the order of the stack.
    queues: Lists<2>,
    state: ByKey<State>,
}

impl Lirs {
    /// An empty cache.
    pub fn new(size: u32) -> Self {
        let size = size as usize;
        let max_low = ((size as f64 * LOW_SHARE) as usize).min(size - 1);
        Self {
            size,
            max_low,
            low: 0,
            high: 0,
            ghosts: 0,
            stack: Lists::new(),
            queues: Lists::new(),
            state: ByKey::default(),
        }
    }

    fn push_stack(&mut self, id: u32) {
        if self.state.get(id).in_stack {
            self.stack.remove(id);
        }
        self.stack.push_back(0, id);
    }

    fn set(&mut self, id: u32, status: Status, in_stack: bool) {
        self.state.set(id, State { status, in_stack });
    }

    /// Removes keys from the bottom of the stack until a `Low` one is there.
    fn prune(&mut self) {
        while let Some(id) = self.stack.first(0) {
            match self.state.get(id).status {
                Status::Low => return,
                Status::Ghost => {
                    self.queues.remove(id);
                    self.ghosts -= 1;
                    self.set(id, Status::Absent, false);
                }
                status => self.set(id, status, false),
            }
            self.stack.remove(id);
        }
    }

    /// The key at the bottom of the stack becomes `High`, and the last of the queue.
    fn demote_bottom(&mut self) {
        let Some(id) = self.stack.first(0) else { return };
        self.stack.remove(id);
        self.set(id, Status::High, false);
        self.queues.push_back(0, id);
        self.low -= 1;
        self.high += 1;
        self.prune();
    }

    fn evict(&mut self) {
        let Some(id) = self.queues.pop_front(0) else { return };
        self.high -= 1;
        if !self.state.get(id).in_stack {
            self.set(id, Status::Absent, false);
            return;
        }
        self.set(id, Status::Ghost, true);
        self.queues.push_back(1, id);
        self.ghosts += 1;
        if self.ghosts > MAX_GHOSTS * self.size
            && let Some(oldest) = self.queues.pop_front(1)
        {
            self.ghosts -= 1;
            self.stack.remove(oldest);
            self.set(oldest, Status::Absent, false);
        }
    }

    fn miss(&mut self, id: u32) {
        if self.low < self.max_low && self.low + self.high < self.size {
            self.push_stack(id);
            self.set(id, Status::Low, true);
            self.low += 1;
            return;
        }
        if self.low + self.high >= self.size {
            self.evict();
        }
        let was_ghost = self.state.get(id).status == Status::Ghost;
        self.push_stack(id);
        if was_ghost {
            self.queues.remove(id);
            self.ghosts -= 1;
            self.set(id, Status::Low, true);
            self.low += 1;
            self.demote_bottom();
        } else {
            self.set(id, Status::High, true);
            self.queues.push_back(0, id);
            self.high += 1;
        }
    }
}

impl Lirs {
    /// A cache for one key has no room for the two kinds of keys: it holds the newest one.
    fn access_single(&mut self, id: u32) -> bool {
        if self.queues.first(0) == Some(id) {
            return true;
        }
        self.queues.pop_front(0);
        self.queues.push_back(0, id);
        self.high = 1;
        false
    }
}

impl Policy for Lirs {
    fn access(&mut self, id: u32) -> bool {
        if self.max_low == 0 {
            return self.access_single(id);
        }
        match self.state.get(id) {
            State { status: Status::Low, .. } => {
                let was_bottom = self.stack.first(0) == Some(id);
                self.push_stack(id);
                if was_bottom {
                    self.prune();
                }
                true
            }
            State { status: Status::High, in_stack } => {
                self.push_stack(id);
                self.queues.remove(id);
                if in_stack {
                    self.high -= 1;
                    self.low += 1;
                    self.set(id, Status::Low, true);
                    self.demote_bottom();
                } else {
                    self.set(id, Status::High, true);
                    self.queues.push_back(0, id);
                }
                true
            }
            _ => {
                self.miss(id);
                false
            }
        }
    }

    fn len(&self) -> usize {
        self.low + self.high
    }
}
