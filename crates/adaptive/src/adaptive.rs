//! The policy.

use holdfast_core::records::{FIRST_SLOT, Field};
use holdfast_core::reservation::MAX_RESERVED;
use holdfast_core::{Heap, Memory, Policy, Records, Slot};

use crate::caller::{Caller, Recorded};
use crate::climber::Climber;
use crate::guard::Guard;
use crate::segment::{List, Segment};
use crate::sketch::{Sketch, spread};
use crate::uses::{Uses, low_bits};

/// The protected share of the main segment.
const PROTECTED_SHARE: f32 = 0.8;
/// A candidate that was used this often is admitted at random even if the victim was used more often.
const WARM: u32 = 6;
/// The number of warm candidates of which one is admitted at random.
const RANDOM_RATE: u32 = 128;

/// The list head whose second number is a slot that the caller spares: the one just put, where its weight is too much.
const SPARED: u32 = 10;

/// W-TinyLFU whose uses are noticed late, with a window that is climbed, and a guard that compares with LRU.
///
/// A new entry comes into the window, which is in the order of the latest use. The entry that leaves the window, the
/// candidate, is compared with the next entry of the main segment to evict: the one that was used more often lately, by the
/// [`Sketch`], stays. The main segment is a segmented LRU: an entry that was used on probation is protected. Einziger,
/// Friedman and Manes, "TinyLFU: a highly efficient cache admission policy", ACM Trans. Storage 13 (2017), section 4. The
/// size of the window is that of the [`Climber`] and the [`Guard`].
///
/// What differs from the paper: hits are not reported. The policy looks at the mark of an entry only when it is the next to
/// leave its segment, and takes note of one use then, however many there were. Protected entries that were used go
/// behind the others of their segment.
///
/// Victims are chosen ahead, at most a quarter of the window. A candidate that was admitted stays so if the reservation
/// ends early.
pub struct Adaptive<M: Memory = Heap, C: Caller = Recorded> {
    window: List,
    probation: List,
    protected: List,
    /// The number of reserved victims.
    reserved: u32,
    /// The tick of the latest put.
    now: u32,
    random: u32,
    sketch: Sketch<M>,
    climber: Climber,
    guard: Guard<M>,
    uses: Uses<M, C>,
}

impl<M: Memory, C: Caller> Adaptive<M, C> {
    /// No entries. Nothing is allocated.
    pub const NEW: Self = Self {
        window: List::NEW,
        probation: List::NEW,
        protected: List::NEW,
        reserved: 0,
        now: 0,
        random: 1,
        sketch: Sketch::NEW,
        climber: Climber::NEW,
        guard: Guard::NEW,
        uses: Uses::NEW,
    };

    /// The caller, to write its answers.
    pub fn caller(&mut self) -> &mut C {
        self.uses.caller()
    }

    /// The window's share of the entries, from 0 to 1.
    pub fn window_share(&self) -> f32 {
        self.climber.share()
    }

    #[inline(never)]
    fn entries(&self) -> u32 {
        let main = self.probation.len().wrapping_add(self.protected.len());
        self.window.len().wrapping_add(main).wrapping_add(self.reserved)
    }

    /// The number of entries that the window may have.
    #[inline(never)]
    fn window_size(&self) -> u32 {
        ((self.entries() as f32 * self.climber.share() + 0.5) as u32).max(1)
    }

    /// Takes an entry out of its list.
    #[inline(never)]
    fn detach(&mut self, slot: u32, records: &mut Records) {
        match self.uses.segment(slot) {
            Segment::Window => self.window.remove(slot, records),
            Segment::Probation => self.probation.remove(slot, records),
            Segment::Protected => self.protected.remove(slot, records),
            _ => {}
        }
        self.uses.set_segment(slot, Segment::None);
    }

    /// Adds an entry, which is in no list, to a list.
    #[inline(never)]
    fn attach(&mut self, slot: u32, segment: Segment, records: &mut Records) {
        self.uses.set_segment(slot, segment);
        match segment {
            Segment::Window => self.window.push_by_stamp(slot, records),
            Segment::Probation => self.probation.push(slot, records),
            Segment::Protected => self.protected.push(slot, records),
            _ => {}
        }
    }

    /// Takes note of the use of an entry since it was looked at last, if there was one.
    #[inline(never)]
    fn take_use(&mut self, slot: u32, records: &mut Records) -> bool {
        let used = self.uses.take_use(slot, records);
        if used {
            self.sketch.add(self.uses.hash(slot), self.entries());
        }
        used
    }

    /// The entry of the window that was used longest ago.
    #[inline(never)]
    fn window_end(&mut self, records: &mut Records) -> Option<u32> {
        loop {
            let slot = self.window.first(records)?.get();
            if !self.take_use(slot, records) {
                return Some(slot);
            }
            self.window.remove(slot, records);
            self.window.push_by_stamp(slot, records);
        }
    }

    /// The next entry of the main segment to evict, other than the spared one.
    #[inline(never)]
    fn main_end(&mut self, spared: u32, records: &mut Records) -> Option<u32> {
        loop {
            let Some(slot) = self.probation.first(records) else {
                if self.protected.is_empty() {
                    return None;
                }
                self.demote(records);
                continue;
            };
            let slot = slot.get();
            if !self.take_use(slot, records) && slot != spared {
                return Some(slot);
            }
            let main = self.probation.len().wrapping_add(self.protected.len());
            if slot == spared && main <= 1 {
                return None;
            }
            self.probation.remove(slot, records);
            self.attach(slot, Segment::Protected, records);
            while self.protected.len() as f32 > PROTECTED_SHARE * main as f32 {
                self.demote(records);
            }
        }
    }

    /// Moves an entry from the protected to the probation segment.
    #[inline(never)]
    fn demote(&mut self, records: &mut Records) {
        while let Some(slot) = self.protected.first(records) {
            let slot = slot.get();
            self.protected.remove(slot, records);
            if self.take_use(slot, records) {
                self.protected.push(slot, records);
            } else {
                self.attach(slot, Segment::Probation, records);
                return;
            }
        }
    }

    /// Moves the entry at the end of the window to the main segment.
    #[inline(never)]
    fn leave_window(&mut self, slot: u32, records: &mut Records) {
        self.window.remove(slot, records);
        self.attach(slot, Segment::Probation, records);
    }

    fn admits(&mut self, candidate: u32, victim: u32) -> bool {
        let uses = self.sketch.estimate(self.uses.hash(candidate));
        if uses > self.sketch.estimate(self.uses.hash(victim)) {
            return true;
        }
        if uses < WARM {
            return false;
        }
        self.random = spread(self.random.wrapping_add(0x9e37_79b9));
        self.random.is_multiple_of(RANDOM_RATE)
    }

    #[inline(never)]
    fn choose(&mut self, records: &mut Records) -> Option<u32> {
        let size = self.window_size();
        while self.window.len() > size {
            let Some(slot) = self.window_end(records) else { break };
            self.leave_window(slot, records);
        }
        let spared = records.numbers_of(SPARED).map_or(0, |numbers| numbers[1] as u32);
        let victim = self.main_end(spared, records);
        if self.window.len().wrapping_add(self.reserved) < size && victim.is_some() {
            return victim;
        }
        let mut candidate = self.window_end(records);
        if candidate == Some(spared) {
            if victim.is_some() {
                return victim;
            }
            self.leave_window(spared, records);
            candidate = self.window_end(records);
            if candidate.is_none() {
                return Some(spared);
            }
        }
        let Some(candidate) = candidate else { return victim };
        let Some(victim) = victim else { return Some(candidate) };
        if self.admits(candidate, victim) {
            self.leave_window(candidate, records);
            Some(victim)
        } else {
            Some(candidate)
        }
    }
}

impl<M: Memory, C: Caller> Policy for Adaptive<M, C> {
    fn clear(&mut self) {
        *self = Self::NEW;
    }

    fn grow(&mut self, slots: u32, most: u32, records: &mut Records) -> bool {
        let Some(room) = self.uses.next_room(slots, most) else { return true };
        self.guard.publish(records);
        self.sketch.grow(room) && self.guard.grow(room) && self.uses.grow(room)
    }

    fn insert(&mut self, slot: u32, records: &mut Records) {
        self.detach(slot, records);
        // Of the put: the mark may be that of a later hit.
        let mark = low_bits(records.get(slot, Field::Stamp));
        let requests = mark.wrapping_sub(self.now);
        if requests as i32 <= 0 {
            // A victim that the caller took, to remove it.
            return self.attach(slot, Segment::Window, records);
        }
        self.now = mark;
        self.uses.learn_key(slot);
        let hash = self.uses.hash(slot);
        self.uses.set_segment(slot, Segment::Window);
        self.window.push(slot, records);
        let entries = self.entries();
        self.sketch.add(hash, entries);
        self.guard.inserted(hash, mark, entries);
        self.climber.record(requests.saturating_sub(1), 1, entries);
        self.guard.record(requests, mark, entries, &mut self.climber, &self.uses, records);
        let size = self.window_size();
        if self.window.len() > size {
            let Some(slot) = self.window_end(records) else { return };
            self.leave_window(slot, records);
        }
    }

    fn remove(&mut self, slot: u32, records: &mut Records) {
        self.detach(slot, records);
    }

    fn used(&mut self, slot: u32, records: &mut Records) {
        let segment = self.uses.segment(slot);
        if segment == Segment::None {
            self.uses.learn_key(slot);
        }
        self.sketch.add(self.uses.hash(slot), self.entries());
        self.detach(slot, records);
        let to = if segment == Segment::VictimOfMain { Segment::Protected } else { Segment::Window };
        self.attach(slot, to, records);
    }

    fn reserve_victim(&mut self, records: &mut Records) -> Option<Slot> {
        if self.reserved > 0 && self.reserved >= (self.window_size() >> 2).min(MAX_RESERVED) {
            return None;
        }
        let slot = self.choose(records)?;
        let segment = self.uses.segment(slot);
        self.guard.evicted(self.uses.hash(slot), self.uses.mark(slot), self.now, self.entries());
        self.detach(slot, records);
        let victim = if segment == Segment::Window { Segment::VictimOfWindow } else { Segment::VictimOfMain };
        self.uses.set_segment(slot, victim);
        self.reserved = self.reserved.wrapping_add(1);
        Slot::new(slot)
    }

    fn keep_from(&self, _last: u32, _records: &Records) -> f64 {
        0.0
    }

    fn rollback(&mut self) {
        self.reserved = 0;
    }

    fn restore_victim(&mut self, slot: u32, records: &mut Records) {
        if self.uses.segment(slot) == Segment::VictimOfMain {
            self.uses.set_segment(slot, Segment::Probation);
            self.probation.push_front(slot, records);
        } else {
            self.attach(slot, Segment::Window, records);
        }
    }

    fn validate(&self, records: &mut Records, end: u32, live: &dyn Fn(u32, &mut Records) -> bool) {
        let mut lens = [0; 6];
        for slot in FIRST_SLOT..end {
            let segment = self.uses.segment(slot);
            assert_eq!(segment != Segment::None, live(slot, records), "slot {slot} is in {segment:?}");
            lens[segment as usize] += 1;
        }
        let lists = [&self.window, &self.probation, &self.protected];
        assert_eq!(lens[1..4], lists.map(List::len), "the lengths of the lists");
        assert_eq!(lens[4..], [0, 0], "victims outside of a reservation");
        for (list, segment) in lists.into_iter().zip([Segment::Window, Segment::Probation, Segment::Protected]) {
            list.validate(end, &|slot, _| self.uses.segment(slot) == segment, records);
        }
        let share = self.climber.share();
        assert!((0.0..=1.0).contains(&share), "the window's share is {share}");
    }
}
