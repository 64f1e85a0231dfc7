//! S3-FIFO: Yang, Zhang, Qiu, Yue, Rashmi, "FIFO Queues are All You Need for Cache Eviction", SOSP 2023, section 4.1,
//! algorithm 1.

use crate::by_key::ByKey;
use crate::lists::Lists;
use crate::policy::Policy;

const SMALL: usize = 0;
const MAIN: usize = 1;
const GHOST: usize = 2;
/// A key that is in no queue.
const ABSENT: u8 = 3;

/// The largest count of uses.
const MAX_USES: u8 = 3;
/// The uses in the small queue that move a key to the main one.
const USES_TO_STAY: u8 = 2;

/// Where a key is, and its uses since it came there.
#[derive(Clone, Copy)]
struct State {
    queue: u8,
    uses: u8,
}

impl Default for State {
    fn default() -> Self {
        Self { queue: ABSENT, uses: 0 }
    }
}

/// Three FIFO queues: new keys go to a small one (a tenth of the size), keys that were used there to the main one, and
/// the others leave and are remembered as ghosts, as many as fit into the main queue. A ghost that is requested again
/// goes to the main queue.
pub struct S3Fifo {
    size: usize,
    small_size: usize,
    lens: [usize; 3],
    queues: Lists<3>,
    state: ByKey<State>,
}

impl S3Fifo {
    /// An empty cache.
    pub fn new(size: u32) -> Self {
        let size = size as usize;
        Self { size, small_size: (size / 10).max(1), lens: [0; 3], queues: Lists::new(), state: ByKey::default() }
    }

    fn push(&mut self, queue: usize, id: u32, uses: u8) {
        self.queues.push_back(queue, id);
        self.lens[queue] += 1;
        self.state.set(id, State { queue: queue as u8, uses });
    }

    fn pop(&mut self, queue: usize) -> Option<(u32, u8)> {
        let id = self.queues.pop_front(queue)?;
        self.lens[queue] -= 1;
        let State { uses, .. } = self.state.get(id);
        self.state.set(id, State::default());
        Some((id, uses))
    }

    fn evict(&mut self) {
        if self.lens[SMALL] >= self.small_size || self.lens[MAIN] == 0 {
            self.evict_small();
        } else {
            self.evict_main();
        }
    }

    fn evict_small(&mut self) {
        while let Some((id, uses)) = self.pop(SMALL) {
            if uses < USES_TO_STAY {
                self.push(GHOST, id, 0);
                if self.lens[GHOST] > self.size - self.small_size {
                    self.pop(GHOST);
                }
                return;
            }
            self.push(MAIN, id, 0);
            if self.lens[MAIN] > self.size - self.small_size {
                self.evict_main();
                return;
            }
        }
    }

    fn evict_main(&mut self) {
        while let Some((id, uses)) = self.pop(MAIN) {
            if uses == 0 {
                return;
            }
            self.push(MAIN, id, uses - 1);
        }
    }
}

impl Policy for S3Fifo {
    fn access(&mut self, id: u32) -> bool {
        let State { queue, uses } = self.state.get(id);
        if (queue as usize) < GHOST {
            self.state.set(id, State { queue, uses: MAX_USES.min(uses + 1) });
            return true;
        }
        let is_ghost = queue as usize == GHOST;
        if is_ghost {
            self.queues.remove(id);
            self.lens[GHOST] -= 1;
            self.state.set(id, State::default());
        }
        while self.len() >= self.size {
            self.evict();
        }
        self.push(if is_ghost { MAIN } else { SMALL }, id, 0);
        false
    }

    fn len(&self) -> usize {
        self.lens[SMALL] + self.lens[MAIN]
    }
}
