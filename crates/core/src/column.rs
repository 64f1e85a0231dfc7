//! An optional field of the records.

use crate::memory::{Buffer, Heap, Memory};

/// One value per slot, in an array next to the [records](crate::records).
///
/// A policy, or the cache itself, that needs more than a record holds (a hash, a weight, a segment) owns a column and
/// grows it in [`Policy::grow`](crate::policy::Policy::grow). A cache without the column neither allocates nor visits
/// it.
pub struct Column<T: Copy, M: Memory = Heap> {
    values: M::Buffer<T>,
    default: T,
}

impl<T: Copy, M: Memory> Column<T, M> {
    /// A column that has `default` in every slot. Nothing is allocated.
    pub const fn new(default: T) -> Self {
        Self { values: M::Buffer::EMPTY, default }
    }

    /// Makes room for `slots` slots, all of which can then be [set](Self::set). Returns `false`, with nothing changed, if
    /// there is no memory.
    pub fn grow(&mut self, slots: u32) -> bool {
        let default = self.default;
        self.values.grow(slots, || default)
    }

    /// The value of a slot; the default for a slot that has no room yet.
    pub fn get(&self, slot: u32) -> T {
        self.values.get(slot as usize).copied().unwrap_or(self.default)
    }

    /// Sets the value of a slot. Does nothing for a slot that has no room yet.
    pub fn set(&mut self, slot: u32, value: T) {
        if let Some(current) = self.values.get_mut(slot as usize) {
            *current = value;
        }
    }

    /// The address of the value of slot 0, for a caller that reads and writes the memory itself. It changes in
    /// [`grow`](Self::grow).
    pub fn address(&self) -> usize {
        self.values.as_ptr().addr()
    }

    /// Drops all values and frees the memory.
    pub fn clear(&mut self) {
        self.values = M::Buffer::EMPTY;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_holds_the_default_until_a_value_is_set() {
        let mut column = Column::<u32>::new(7);
        column.set(2, 1);
        assert_eq!(column.get(2), 7, "a slot without room cannot be set");
        assert!(column.grow(3));
        column.set(2, 1);
        assert!(column.grow(100));
        assert_eq!([0, 2, 99, 100, u32::MAX].map(|slot| column.get(slot)), [7, 1, 7, 7, 7]);
        column.clear();
        assert_eq!(column.get(2), 7);
    }
}
