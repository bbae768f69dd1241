//! Inclusion and consistency proofs (RFC 6962 section 2.1, checked as RFC 9162 section 2.1 says).

use crate::{Tile, Tiles, node_hash};
use domain::Sha256Digest;
use std::{collections::BTreeSet, ops::Range};

/// How an entry hangs together with the root of a tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InclusionProof {
    /// Where the entry is.
    pub index: u64,
    /// The hashes beside the path from its leaf up to the root.
    pub hashes: Vec<Sha256Digest>,
}

/// Which parts of a tree a proof is made of: the tiles that it needs can be fetched before it is
/// written down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProofPlan {
    size: u64,
    /// The ranges of leaves whose roots are the proof's hashes, in order.
    ranges: Vec<Range<u64>>,
}

impl ProofPlan {
    /// The proof that the entry at `index` is in the tree of `size` entries: `PATH` of RFC 6962
    /// section 2.1.1. `None` when the tree has no such entry.
    pub fn inclusion(index: u64, size: u64) -> Option<Self> {
        if index >= size {
            return None;
        }
        let (mut ranges, mut tree) = (Vec::new(), 0..size);
        while tree.end - tree.start > 1 {
            let middle = tree.start + split(tree.end - tree.start);
            if index < middle {
                ranges.push(middle..tree.end);
                tree.end = middle;
            } else {
                ranges.push(tree.start..middle);
                tree.start = middle;
            }
        }
        ranges.reverse();
        Some(Self { size, ranges })
    }

    /// The proof that the tree of `to` entries begins with the tree of `from`: `PROOF` of RFC 6962
    /// section 2.1.2. An empty tree is the beginning of every one, which takes no hash. `None` when
    /// `from` is larger than `to`.
    pub fn consistency(from: u64, to: u64) -> Option<Self> {
        if from > to {
            return None;
        }
        let (mut ranges, mut tree) = (Vec::new(), 0..to);
        if from == 0 {
            return Some(Self { size: to, ranges });
        }
        while from != tree.end {
            let middle = tree.start + split(tree.end - tree.start);
            if from <= middle {
                ranges.push(middle..tree.end);
                tree.end = middle;
            } else {
                ranges.push(tree.start..middle);
                tree.start = middle;
            }
        }
        if tree.start > 0 {
            // The end of the old tree that is not known from its root.
            ranges.push(tree);
        }
        ranges.reverse();
        Some(Self { size: to, ranges })
    }

    /// The root of the whole tree of `size` entries, as a proof of one hash; none when it is empty.
    pub fn root(size: u64) -> Self {
        Self { size, ranges: (size > 0).then_some(0..size).into_iter().collect() }
    }

    /// The tiles that hold the proof's hashes.
    pub fn tiles(&self) -> BTreeSet<Tile> {
        let ranges = self.ranges.iter().cloned();
        ranges.flat_map(subtrees).map(|node| node.tile(self.size)).collect()
    }

    /// The proof's hashes; `None` when `tiles` lacks one of [`ProofPlan::tiles`].
    pub fn hashes(&self, tiles: &Tiles) -> Option<Vec<Sha256Digest>> {
        self.ranges.iter().cloned().map(|range| root_of(range, tiles)).collect()
    }
}

/// The largest power of two below `leaves`, of which there are at least two.
const fn split(leaves: u64) -> u64 {
    1 << (u64::BITS - 1 - (leaves - 1).leading_zeros())
}

/// A complete subtree: the one at `index` of those with `1 << height` leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Node {
    pub(crate) height: u8,
    pub(crate) index: u64,
}

/// The complete subtrees that a range of leaves of a tree is made of, from left to right.
fn subtrees(range: Range<u64>) -> impl Iterator<Item = Node> {
    let mut begin = range.start;
    std::iter::from_fn(move || {
        if begin >= range.end {
            return None;
        }
        let fits = u64::BITS - 1 - (range.end - begin).leading_zeros();
        let height = begin.trailing_zeros().min(fits);
        let index = begin >> height;
        begin += 1 << height;
        Some(Node { height: u8::try_from(height).expect("a u64 has 64 bits"), index })
    })
}

fn root_of(range: Range<u64>, tiles: &Tiles) -> Option<Sha256Digest> {
    let hashes: Option<Vec<_>> = subtrees(range).map(|node| tiles.node(node)).collect();
    hashes?.into_iter().rev().reduce(|right, left| node_hash(&left, &right))
}

/// Whether `hashes` prove that the entry whose leaf hash is `leaf` stands at `index` of the tree of
/// `size` entries with this root (RFC 9162 section 2.1.3.2).
pub fn proves_inclusion(
    hashes: &[Sha256Digest],
    leaf: Sha256Digest,
    index: u64,
    size: u64,
    root: Sha256Digest,
) -> bool {
    if index >= size {
        return false;
    }
    let mut path = Path { node: index, last: size - 1 };
    let mut hash = leaf;
    for sibling in hashes {
        match path.climb() {
            Some(Side::Left) => hash = node_hash(sibling, &hash),
            Some(Side::Right) => hash = node_hash(&hash, sibling),
            None => return false,
        }
    }
    path.last == 0 && hash == root
}

/// Whether `hashes` prove that the tree of `to` entries with the root `to_root` begins with the
/// tree of `from` entries with the root `from_root` (RFC 9162 section 2.1.4.2).
pub fn proves_consistency(
    hashes: &[Sha256Digest],
    (from, from_root): (u64, Sha256Digest),
    (to, to_root): (u64, Sha256Digest),
) -> bool {
    if from > to {
        return false;
    }
    if from == to {
        return hashes.is_empty() && from_root == to_root;
    }
    if from == 0 {
        return hashes.is_empty() && from_root == Sha256Digest::of(b"");
    }
    let mut path = Path { node: from - 1, last: to - 1 };
    while path.node & 1 == 1 {
        path.up();
    }
    // The root of an old tree that is complete need not be sent.
    let known = from.is_power_of_two().then_some(from_root);
    let mut steps = known.into_iter().chain(hashes.iter().copied());
    let Some(first) = steps.next() else { return false };
    let (mut old, mut new) = (first, first);
    for sibling in steps {
        match path.climb() {
            Some(Side::Left) => {
                old = node_hash(&sibling, &old);
                new = node_hash(&sibling, &new);
            }
            Some(Side::Right) => new = node_hash(&new, &sibling),
            None => return false,
        }
    }
    path.last == 0 && old == from_root && new == to_root
}

/// A walk from a node up to the root, beside the last node of each level.
struct Path {
    node: u64,
    last: u64,
}

/// On which side the next sibling stands.
enum Side {
    Left,
    Right,
}

impl Path {
    const fn up(&mut self) {
        self.node >>= 1;
        self.last >>= 1;
    }

    /// Goes up to the next level on which there is a sibling and says where that stood; `None` at
    /// the root.
    const fn climb(&mut self) -> Option<Side> {
        if self.last == 0 {
            return None;
        }
        let side = if self.node & 1 == 1 || self.node == self.last {
            // The last node of a level without a sibling is the same one on the level above.
            while self.node & 1 == 0 && self.node != 0 {
                self.up();
            }
            Side::Left
        } else {
            Side::Right
        };
        self.up();
        Some(side)
    }
}

#[cfg(test)]
mod tests;
