//! ARC: Megiddo, Modha, "ARC: A Self-Tuning, Low Overhead Replacement Cache", FAST 2003, section III, figure 4.

use crate::by_key::ByKey;
use crate::lists::Lists;
use crate::policy::Policy;

/// Keys that were used once lately.
const T1: usize = 0;
/// Keys that were used twice lately.
const T2: usize = 1;
/// Keys that left `T1`, without their values.
const B1: usize = 2;
/// Keys that left `T2`, without their values.
const B2: usize = 3;

/// Two LRU lists, of keys used once and of keys used more often, each with a list of those that left it lately. A
/// request for a key that left one of them makes its list larger.
pub struct Arc {
    size: usize,
    /// The target size of `T1`, `p` in the paper.
    target: f64,
    lens: [usize; 4],
    lists: Lists<4>,
    /// The list of a key, plus 1.
    list: ByKey<u8>,
}

impl Arc {
    /// An empty cache.
    pub fn new(size: u32) -> Self {
        Self { size: size as usize, target: 0.0, lens: [0; 4], lists: Lists::new(), list: ByKey::default() }
    }

    fn push(&mut self, list: usize, id: u32) {
        self.lists.push_back(list, id);
        self.lens[list] += 1;
        self.list.set(id, list as u8 + 1);
    }

    fn remove(&mut self, list: usize, id: u32) {
        self.lists.remove(id);
        self.lens[list] -= 1;
        self.list.set(id, 0);
    }

    fn drop_first(&mut self, list: usize) -> Option<u32> {
        let id = self.lists.first(list)?;
        self.remove(list, id);
        Some(id)
    }

    /// `REPLACE`: evicts a key, and remembers it.
    fn replace(&mut self, was_in_b2: bool) {
        let t1 = self.lens[T1] as f64;
        let from_t1 = self.lens[T1] > 0 && (t1 > self.target || (was_in_b2 && t1 == self.target));
        let (from, to) = if from_t1 || self.lens[T2] == 0 { (T1, B1) } else { (T2, B2) };
        if let Some(id) = self.drop_first(from) {
            self.push(to, id);
        }
    }

    fn remembered(&mut self, list: usize, id: u32) {
        let [b1, b2] = [self.lens[B1] as f64, self.lens[B2] as f64];
        self.target = if list == B1 {
            (self.target + (b2 / b1).max(1.0)).min(self.size as f64)
        } else {
            (self.target - (b1 / b2).max(1.0)).max(0.0)
        };
        self.replace(list == B2);
        self.remove(list, id);
        self.push(T2, id);
    }

    fn new_key(&mut self, id: u32) {
        let l1 = self.lens[T1] + self.lens[B1];
        let all = l1 + self.lens[T2] + self.lens[B2];
        if l1 >= self.size {
            if self.lens[T1] < self.size {
                self.drop_first(B1);
                self.replace(false);
            } else {
                self.drop_first(T1);
            }
        } else if all >= self.size {
            if all >= 2 * self.size {
                self.drop_first(B2);
            }
            self.replace(false);
        }
        self.push(T1, id);
    }
}

impl Policy for Arc {
    fn access(&mut self, id: u32) -> bool {
        match self.list.get(id) as usize {
            0 => self.new_key(id),
            list if list - 1 < B1 => {
                self.remove(list - 1, id);
                self.push(T2, id);
                return true;
            }
            list => self.remembered(list - 1, id),
        }
        false
    }

    fn len(&self) -> usize {
        self.lens[T1] + self.lens[T2]
    }
}
