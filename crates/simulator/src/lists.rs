//! Doubly linked lists of keys.

/// `N` circular lists of keys. A key is in at most one of them. The caller knows in which, and keeps the lengths.
///
/// The links are in one array, by key; the heads of the lists come first.
pub struct Lists<const N: usize> {
    /// Previous and next node.
    links: Vec<[u32; 2]>,
}

impl<const N: usize> Lists<N> {
    /// Empty lists.
    pub fn new() -> Self {
        Self { links: (0..N as u32).map(|head| [head, head]).collect() }
    }

    /// Adds a key that is in no list as the last of `list`.
    pub fn push_back(&mut self, list: usize, id: u32) {
        let node = id + N as u32;
        if self.links.len() <= node as usize {
            self.links.resize(node as usize + 1, [0, 0]);
        }
        let last = self.links[list][0];
        self.links[node as usize] = [last, list as u32];
        self.links[last as usize][1] = node;
        self.links[list][0] = node;
    }

    /// Removes a key from the list that it is in.
    pub fn remove(&mut self, id: u32) {
        let [prev, next] = self.links[id as usize + N];
        self.links[prev as usize][1] = next;
        self.links[next as usize][0] = prev;
    }

    /// Moves a key from the list that it is in to the end of `list`.
    pub fn move_back(&mut self, list: usize, id: u32) {
        self.remove(id);
        self.push_back(list, id);
    }

    /// The first key of a list.
    pub fn first(&self, list: usize) -> Option<u32> {
        self.links[list][1].checked_sub(N as u32)
    }

    /// The last key of a list.
    pub fn last(&self, list: usize) -> Option<u32> {
        self.links[list][0].checked_sub(N as u32)
    }

    /// The key after another in its list.
    pub fn after(&self, id: u32) -> Option<u32> {
        self.links[id as usize + N][1].checked_sub(N as u32)
    }

    /// Removes and returns the first key of a list.
    pub fn pop_front(&mut self, list: usize) -> Option<u32> {
        let id = self.first(list)?;
        self.remove(id);
        Some(id)
    }
}

impl<const N: usize> Default for Lists<N> {
    fn default() -> Self {
        Self::new()
    }
}
