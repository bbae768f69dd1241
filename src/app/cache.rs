//! A small map that forgets: what is in it can be read again from the store at any time.

use std::{
    collections::{HashMap, VecDeque},
    hash::Hash,
    sync::{Mutex, PoisonError},
};

/// Keeps the values put in last.
pub(crate) struct Cache<K, V> {
    entries_max: usize,
    held: Mutex<Held<K, V>>,
}

struct Held<K, V> {
    values: HashMap<K, V>,
    /// Keys in the order in which they came.
    order: VecDeque<K>,
}

/// What becomes of a cache.
pub(crate) enum Change<K, V> {
    /// This value is known.
    Put(K, V),
    /// The value of this key is not known any more.
    Remove(K),
    /// All stays.
    Nothing,
}

impl<K: Clone + Eq + Hash, V: Clone> Held<K, V> {
    fn put(&mut self, entries_max: usize, key: K, value: V) {
        if self.values.insert(key.clone(), value).is_none() {
            self.order.push_back(key);
        }
        if self.order.len() > entries_max
            && let Some(oldest) = self.order.pop_front()
        {
            self.values.remove(&oldest);
        }
    }
}

impl<K: Clone + Eq + Hash, V: Clone> Cache<K, V> {
    /// An empty cache of at most `entries_max` values.
    pub(crate) fn new(entries_max: usize) -> Self {
        let held = Held { values: HashMap::new(), order: VecDeque::new() };
        Self { entries_max, held: Mutex::new(held) }
    }

    pub(crate) fn get(&self, key: &K) -> Option<V> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner).values.get(key).cloned()
    }

    pub(crate) fn put(&self, key: K, value: V) {
        self.change(|| Change::Put(key, value));
    }

    /// Carries out what `decide` says, and nobody else changes the cache in between.
    pub(crate) fn change(&self, decide: impl FnOnce() -> Change<K, V>) {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        match decide() {
            Change::Put(key, value) => held.put(self.entries_max, key, value),
            Change::Remove(key) => {
                held.values.remove(&key);
                held.order.retain(|other| *other != key);
            }
            Change::Nothing => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_value_makes_room() {
        let cache = Cache::new(2);
        cache.put(1, 'a');
        cache.put(2, 'b');
        cache.put(1, 'c');
        cache.put(3, 'd');
        assert_eq!((cache.get(&1), cache.get(&2), cache.get(&3)), (None, Some('b'), Some('d')));
        cache.change(|| Change::Remove(2));
        cache.put(4, 'e');
        assert_eq!((cache.get(&2), cache.get(&3), cache.get(&4)), (None, Some('d'), Some('e')));
    }
}
