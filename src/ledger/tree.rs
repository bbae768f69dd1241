//! The Merkle tree's hashes (RFC 6962 section 2.1), and what must be kept to append to it.

use domain::Sha256Digest;
use sha2::{Digest, Sha256};

/// The length of a hash of the tree.
pub const HASH_BYTES: usize = 32;

/// The hash of an entry as a leaf: SHA-256 of a zero byte and the entry.
pub fn leaf_hash(entry: &[u8]) -> Sha256Digest {
    Sha256Digest::new(Sha256::new().chain_update([0]).chain_update(entry).finalize().into())
}

/// The hash of an inner node: SHA-256 of a one byte and both children.
pub fn node_hash(left: &Sha256Digest, right: &Sha256Digest) -> Sha256Digest {
    let hash = Sha256::new()
        .chain_update([1])
        .chain_update(left.as_bytes())
        .chain_update(right.as_bytes())
        .finalize();
    Sha256Digest::new(hash.into())
}

/// The right edge of a tree: the roots of the complete subtrees that it is made of, largest and
/// leftmost first, one for each bit of its size. Enough to append leaves and to know the root.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Frontier {
    size: u64,
    hashes: Vec<Sha256Digest>,
}

impl Frontier {
    /// The edge of an empty tree.
    pub const EMPTY: Self = Self { size: 0, hashes: Vec::new() };

    /// The number of leaves.
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// The roots of the complete subtrees, from left to right.
    pub fn hashes(&self) -> &[Sha256Digest] {
        &self.hashes
    }

    /// Appends a leaf by its hash.
    pub fn push(&mut self, leaf: Sha256Digest) {
        // Each one bit at the end of the size is a complete subtree that the new one completes
        // to a larger one, as a carry does.
        let merged = self.size.trailing_ones() as usize;
        let kept = self.hashes.len() - merged;
        let hash =
            self.hashes.drain(kept..).rev().fold(leaf, |right, left| node_hash(&left, &right));
        self.hashes.push(hash);
        self.size += 1;
    }

    /// The root; of an empty tree it is the hash of nothing.
    pub fn root(&self) -> Sha256Digest {
        let mut hashes = self.hashes.iter().rev();
        let Some(last) = hashes.next() else { return Sha256Digest::of(b"") };
        hashes.fold(*last, |right, left| node_hash(left, &right))
    }

    /// The hashes one after the other, for a column.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.hashes.iter().flat_map(|hash| *hash.as_bytes()).collect()
    }

    /// Reads back what [`Frontier::to_bytes`] wrote for a tree of `size` leaves; `None` when the
    /// number of hashes does not go with the size.
    pub fn from_bytes(size: u64, bytes: &[u8]) -> Option<Self> {
        let hashes = hashes_of(bytes)?;
        (hashes.len() == size.count_ones() as usize).then_some(Self { size, hashes })
    }
}

impl Extend<Sha256Digest> for Frontier {
    fn extend<T: IntoIterator<Item = Sha256Digest>>(&mut self, leaves: T) {
        leaves.into_iter().for_each(|leaf| self.push(leaf));
    }
}

impl FromIterator<Sha256Digest> for Frontier {
    fn from_iter<T: IntoIterator<Item = Sha256Digest>>(leaves: T) -> Self {
        let mut frontier = Self::EMPTY;
        frontier.extend(leaves);
        frontier
    }
}

/// Hashes that stand one after the other; `None` when the last one is cut off.
pub fn hashes_of(bytes: &[u8]) -> Option<Vec<Sha256Digest>> {
    let (hashes, rest) = bytes.as_chunks::<HASH_BYTES>();
    rest.is_empty().then(|| hashes.iter().copied().map(Sha256Digest::new).collect())
}

/// The root of these leaves, straight from the definition (RFC 6962 section 2.1): slow, and the
/// yardstick of everything else.
#[cfg(test)]
pub(crate) fn root_by_definition(leaves: &[Sha256Digest]) -> Sha256Digest {
    match leaves {
        [] => Sha256Digest::of(b""),
        [leaf] => *leaf,
        _ => {
            // The largest power of two smaller than the number of leaves.
            let split = leaves.len().next_power_of_two() / 2;
            let (left, right) = leaves.split_at(split);
            node_hash(&root_by_definition(left), &root_by_definition(right))
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// The leaves of the test vectors that certificate transparency implementations share.
    pub(crate) const LEAVES: [&[u8]; 8] = [
        b"",
        b"\x00",
        b"\x10",
        b"\x20\x21",
        b"\x30\x31",
        b"\x40\x41\x42\x43",
        b"\x50\x51\x52\x53\x54\x55\x56\x57",
        b"\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f",
    ];

    /// The roots of their first one, two, … eight.
    pub(crate) const ROOTS: [&str; 8] = [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ];

    #[test]
    fn roots_are_those_of_the_known_vectors() {
        let mut frontier = Frontier::EMPTY;
        let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(frontier.root().to_string(), empty);
        for (leaf, root) in LEAVES.into_iter().zip(ROOTS) {
            frontier.push(leaf_hash(leaf));
            assert_eq!(frontier.root().to_string(), root);
        }
    }

    #[test]
    fn appending_one_by_one_gives_the_root_by_definition_at_every_size() {
        let leaves: Vec<_> = (0..600_u32).map(|n| leaf_hash(&n.to_be_bytes())).collect();
        let mut frontier = Frontier::EMPTY;
        for (size, leaf) in (1..).zip(&leaves) {
            frontier.push(*leaf);
            assert_eq!(frontier.root(), root_by_definition(&leaves[..size]), "{size}");
            assert_eq!(frontier.hashes().len(), size.count_ones() as usize);
            let bytes = frontier.to_bytes();
            assert_eq!(Frontier::from_bytes(frontier.size(), &bytes), Some(frontier.clone()));
        }
    }

    #[test]
    fn hashes_that_do_not_go_with_the_size_are_refused() {
        assert!(Frontier::from_bytes(3, &[0; 64]).is_some());
        for (size, length) in [(3, 32), (3, 96), (3, 63), (0, 32), (1, 0)] {
            assert_eq!(Frontier::from_bytes(size, &vec![0; length]), None, "{size} {length}");
        }
    }
}
