//! A value for each key.

/// An array by key that grows as keys come. Keys that were never set have the default value.
#[derive(Default)]
pub struct ByKey<T> {
    values: Vec<T>,
}

impl<T: Copy + Default> ByKey<T> {
    /// The value of a key.
    pub fn get(&self, id: u32) -> T {
        self.values.get(id as usize).copied().unwrap_or_default()
    }

    /// Sets the value of a key.
    pub fn set(&mut self, id: u32, value: T) {
        if self.values.len() <= id as usize {
            self.values.resize(id as usize + 1, T::default());
        }
        self.values[id as usize] = value;
    }
}
