//! What the policy asks its caller for.

/// Answers for each slot that has an entry.
pub trait Caller {
    /// Without answers yet.
    const NEW: Self;

    /// The tick of the latest use of the entry in `slot`; that of its put if it was not used since.
    fn latest_use(&self, slot: u32) -> f64;

    /// The hash of the key of the entry in `slot`. Asked for once, some time after the entry was put.
    fn key_hash(&self, slot: u32) -> u32;
}

/// A caller that writes its answers down, in native programs.
#[derive(Default)]
pub struct Recorded {
    uses: Vec<f64>,
    hashes: Vec<u32>,
}

impl Recorded {
    /// Writes down that the entry in `slot` was used.
    pub fn set_latest_use(&mut self, slot: u32, tick: f64) {
        set(&mut self.uses, slot, tick);
    }

    /// Writes down the hash of the key in `slot`.
    pub fn set_key_hash(&mut self, slot: u32, hash: u32) {
        set(&mut self.hashes, slot, hash);
    }
}

impl Caller for Recorded {
    const NEW: Self = Self { uses: Vec::new(), hashes: Vec::new() };

    fn latest_use(&self, slot: u32) -> f64 {
        self.uses.get(slot as usize).copied().unwrap_or_default()
    }

    fn key_hash(&self, slot: u32) -> u32 {
        self.hashes.get(slot as usize).copied().unwrap_or_default()
    }
}

fn set<T: Copy + Default>(answers: &mut Vec<T>, slot: u32, answer: T) {
    let index = slot as usize;
    if index >= answers.len() {
        answers.resize(index + 1, T::default());
    }
    answers[index] = answer;
}
