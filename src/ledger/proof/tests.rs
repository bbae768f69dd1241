use super::*;
use crate::{
    Frontier, TILE_WIDTH, leaf_hash,
    tile::complete_root,
    tree::{
        root_by_definition,
        tests::{LEAVES, ROOTS},
    },
};
use proptest::prelude::*;

fn leaves(count: u64) -> Vec<Sha256Digest> {
    (0..count).map(|n| leaf_hash(&n.to_be_bytes())).collect()
}

fn at(place: u64) -> usize {
    usize::try_from(place).unwrap()
}

fn root(leaves: &[Sha256Digest]) -> Sha256Digest {
    leaves.iter().copied().collect::<Frontier>().root()
}

/// All tiles of a tree over these leaves.
fn tiles(leaves: &[Sha256Digest]) -> Tiles {
    let mut tiles = Tiles::default();
    let mut hashes = leaves.to_vec();
    for level in 0.. {
        if hashes.is_empty() {
            break;
        }
        let chunks: Vec<_> = hashes.chunks(usize::from(TILE_WIDTH)).collect();
        for (index, chunk) in (0..).zip(&chunks) {
            let tile = Tile::of_tree(level, index, leaves.len() as u64).unwrap();
            assert_eq!(usize::from(tile.width()), chunk.len());
            tiles.insert(tile, chunk.to_vec());
        }
        let complete = chunks.into_iter().filter(|chunk| chunk.len() == usize::from(TILE_WIDTH));
        hashes = complete.map(|chunk| complete_root(chunk).unwrap()).collect();
    }
    tiles
}

/// As RFC 6962 section 2.1.1 defines it.
fn path_by_definition(index: usize, leaves: &[Sha256Digest]) -> Vec<Sha256Digest> {
    if leaves.len() == 1 {
        return Vec::new();
    }
    let (left, right) = leaves.split_at(leaves.len().next_power_of_two() / 2);
    let (mut path, other) = match index.checked_sub(left.len()) {
        None => (path_by_definition(index, left), right),
        Some(index) => (path_by_definition(index, right), left),
    };
    path.push(root_by_definition(other));
    path
}

// The proofs of the known vectors, as certificate transparency implementations list them.
#[test]
fn proofs_are_those_of_the_known_vectors() {
    let leaves: Vec<_> = LEAVES.iter().map(|leaf| leaf_hash(leaf)).collect();
    let tiles = tiles(&leaves);
    let hex = |plan: Option<ProofPlan>| -> Vec<String> {
        plan.unwrap().hashes(&tiles).unwrap().iter().map(ToString::to_string).collect()
    };
    assert_eq!(
        hex(ProofPlan::inclusion(0, 8)),
        [
            "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
        ]
    );
    assert_eq!(
        hex(ProofPlan::inclusion(5, 8)),
        [
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
            "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        ]
    );
    assert_eq!(
        hex(ProofPlan::consistency(6, 8)),
        [
            "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
            "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        ]
    );
    assert!(hex(ProofPlan::consistency(8, 8)).is_empty());
    assert_eq!(hex(Some(ProofPlan::root(8))), [ROOTS[7]]);
}

#[test]
fn every_proof_of_every_small_tree_is_the_defined_one_and_verifies() {
    for size in 0..=40 {
        let leaves = leaves(size);
        let (tiles, new) = (tiles(&leaves), root(&leaves));
        assert_eq!(ProofPlan::inclusion(size, size), None);
        for index in 0..size {
            let hashes = ProofPlan::inclusion(index, size).unwrap().hashes(&tiles).unwrap();
            assert_eq!(hashes, path_by_definition(at(index), &leaves));
            assert!(proves_inclusion(&hashes, leaves[at(index)], index, size, new));
        }
        for from in 0..=size {
            let old = root(&leaves[..at(from)]);
            let hashes = ProofPlan::consistency(from, size).unwrap().hashes(&tiles).unwrap();
            assert!(proves_consistency(&hashes, (from, old), (size, new)), "{from} {size}");
        }
        assert_eq!(ProofPlan::consistency(size + 1, size), None);
    }
}

#[test]
fn a_proof_of_a_large_tree_needs_few_tiles() {
    let plan = ProofPlan::inclusion(123_456_789, 1_000_000_000).unwrap();
    assert_eq!(plan.tiles().len(), 6);
    let tiles: Vec<_> = plan.tiles().into_iter().map(Tile::path).collect();
    assert_eq!(tiles[0], "tile/0/x482/253");
    assert!(tiles.contains(&"tile/3/000.p/59".to_owned()), "{tiles:?}");
}

/// A tree of up to some thousands of leaves, and a place in it.
fn tree_and_place() -> impl Strategy<Value = (u64, u64)> {
    prop_oneof![1..300_u64, 1..3_000_u64].prop_flat_map(|size| (Just(size), 0..size))
}

/// The same hashes with one changed, one more or one less.
fn falsified(hashes: &[Sha256Digest], which: usize, bit: u8) -> Vec<Vec<Sha256Digest>> {
    let mut all = vec![[hashes, &[Sha256Digest::of(b"more")]].concat()];
    all.push([&[Sha256Digest::of(b"more")], hashes].concat());
    if let Some((_, less)) = hashes.split_last() {
        all.push(less.to_vec());
        let mut changed = hashes.to_vec();
        let place = which % hashes.len();
        let mut bytes = *changed[place].as_bytes();
        bytes[usize::from(bit) % 32] ^= 1 << (bit % 8);
        changed[place] = Sha256Digest::new(bytes);
        all.push(changed);
    }
    all
}

proptest! {
    #[test]
    fn an_inclusion_proof_verifies_and_no_changed_one_does(
        (size, index) in tree_and_place(), which: usize, bit: u8, other: u64,
    ) {
        let leaves = leaves(size);
        let (tiles, root, leaf) = (tiles(&leaves), root(&leaves), leaves[at(index)]);
        let plan = ProofPlan::inclusion(index, size).unwrap();
        let mut needed = Tiles::default();
        for tile in plan.tiles() {
            let begin = at(tile.index()) * 256;
            if tile.level() == 0 {
                let width = usize::from(tile.width());
                needed.insert(tile, leaves[begin..begin + width].to_vec());
            }
        }
        let hashes = plan.hashes(&tiles).unwrap();
        // Trees of up to 256 leaves need no higher tile.
        if size <= 256 {
            prop_assert_eq!(plan.hashes(&needed), Some(hashes.clone()));
        }
        prop_assert!(proves_inclusion(&hashes, leaf, index, size, root));
        for false_hashes in falsified(&hashes, which, bit) {
            prop_assert!(!proves_inclusion(&false_hashes, leaf, index, size, root));
        }
        let elsewhere = other % size;
        if elsewhere != index {
            prop_assert!(!proves_inclusion(&hashes, leaf, elsewhere, size, root));
        }
        prop_assert!(!proves_inclusion(&hashes, root, index, size, leaf) || size == 1);
    }

    #[test]
    fn a_consistency_proof_verifies_and_no_changed_one_does(
        (to, from) in tree_and_place(), which: usize, bit: u8,
    ) {
        let leaves = leaves(to);
        let (tiles, new, old) = (tiles(&leaves), root(&leaves), root(&leaves[..at(from)]));
        let hashes = ProofPlan::consistency(from, to).unwrap().hashes(&tiles).unwrap();
        prop_assert!(proves_consistency(&hashes, (from, old), (to, new)));
        for false_hashes in falsified(&hashes, which, bit) {
            prop_assert!(!proves_consistency(&false_hashes, (from, old), (to, new)));
        }
        let forked = Sha256Digest::of(b"fork");
        prop_assert!(!proves_consistency(&hashes, (from, forked), (to, new)));
        prop_assert!(from == 0 || !proves_consistency(&hashes, (from, old), (to, forked)));
        prop_assert!(!proves_consistency(&hashes, (to, new), (from, old)));
    }

    #[test]
    fn a_root_from_tiles_is_the_root_from_the_edge((size, _) in tree_and_place()) {
        let leaves = leaves(size);
        let hashes = ProofPlan::root(size).hashes(&tiles(&leaves)).unwrap();
        prop_assert_eq!(hashes, vec![root(&leaves)]);
    }
}
