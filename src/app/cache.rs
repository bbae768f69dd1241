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
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if held.values.insert(key.clone(), value).is_none() {
            held.order.push_back(key);
        }
        if held.order.len() > self.entries_max
            && let Some(oldest) = held.order.pop_front()
        {
            held.values.remove(&oldest);
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
    }
}
