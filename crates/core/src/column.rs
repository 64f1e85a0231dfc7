//! An optional field of the records.

use crate::memory::{Buffer, Heap, Memory};

/// One value per slot, in an array next to the [records](crate::records).
///
/// A policy, or the cache itself, that needs more than a record holds (a hash, a weight, a segment) owns a column and
/// grows it in [`Policy::grow`](crate::policy::Policy::grow). A cache without the column neither allocates nor visits
/// it.
///
/// A slot whose value was never set has the default.
pub struct Column<T: Copy + Default, M: Memory = Heap> {
    values: M::Buffer<T>,
}

impl<T: Copy + Default, M: Memory> Column<T, M> {
    /// A column without values. Nothing is allocated.
    pub const NEW: Self = Self { values: M::Buffer::EMPTY };

    /// Makes room for `slots` slots, all of which can then be [set](Self::set). Returns `false`, with nothing changed, if
    /// there is no memory.
    pub fn grow(&mut self, slots: u32) -> bool {
        self.values.grow(slots, T::default)
    }

    /// The value of a slot; the default for a slot that has no room yet.
    pub fn get(&self, slot: u32) -> T {
        self.values.get(slot as usize).copied().unwrap_or_default()
    }

    /// The value of a slot, to change; `None` for a slot that has no room yet.
    pub fn get_mut(&mut self, slot: u32) -> Option<&mut T> {
        self.values.get_mut(slot as usize)
    }

    /// Sets the value of a slot. Does nothing for a slot that has no room yet.
    pub fn set(&mut self, slot: u32, value: T) {
        if let Some(current) = self.get_mut(slot) {
            *current = value;
        }
    }

    /// Whether no slot has room: nothing is allocated.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
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
        let mut column: Column<u32> = Column::NEW;
        column.set(2, 1);
        assert!(column.is_empty());
        assert_eq!(column.get_mut(2), None);
        assert_eq!(column.get(2), 0, "a slot without room cannot be set");
        assert!(column.grow(3));
        column.set(2, 1);
        assert!(column.grow(100));
        assert_eq!([0, 2, 99, 100, u32::MAX].map(|slot| column.get(slot)), [0, 1, 0, 0, 0]);
        assert_eq!(column.get_mut(99), Some(&mut 0));
        column.clear();
        assert!(column.is_empty());
        assert_eq!(column.get(2), 0);
    }
}
