//! Tiles: how the tree is cut into files that never change (C2SP tlog-tiles).

use crate::{node_hash, proof::Node};
use domain::Sha256Digest;
use std::{collections::BTreeMap, fmt};

/// Hashes in a complete tile, entries in a complete bundle.
pub const TILE_WIDTH: u16 = 256;
/// The highest level that a tile can have.
const LEVEL_MAX: u8 = 63;
/// The levels of the tree that one level of tiles stands for.
const TILE_HEIGHT: u8 = 8;

/// Some hashes that follow each other on one level of the tree, from a multiple of
/// [`TILE_WIDTH`] on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tile {
    level: u8,
    index: u64,
    width: u16,
}

impl Tile {
    /// The tile at `index` of a level in a tree of `size` entries, as wide as it is there; `None`
    /// when it is empty.
    pub fn of_tree(level: u8, index: u64, size: u64) -> Option<Self> {
        let hashes = hashes_on(level, size);
        let before = index.checked_mul(u64::from(TILE_WIDTH))?;
        let width = hashes.checked_sub(before)?.min(u64::from(TILE_WIDTH));
        let width = u16::try_from(width).expect("it was cut to the width of a tile");
        (width > 0).then_some(Self { level, index, width })
    }

    /// 0 holds leaf hashes; each hash of a higher one is the root of a complete tile below.
    pub const fn level(self) -> u8 {
        self.level
    }

    /// Which one of its level, from 0.
    pub const fn index(self) -> u64 {
        self.index
    }

    /// The number of its hashes, from 1 to [`TILE_WIDTH`].
    pub const fn width(self) -> u16 {
        self.width
    }

    /// Whether it can grow no more.
    pub const fn is_complete(self) -> bool {
        self.width == TILE_WIDTH
    }

    /// The number of its first hash on its level.
    pub const fn first(self) -> u64 {
        self.index * TILE_WIDTH as u64
    }

    /// Whether a tree of `size` entries has all its hashes.
    pub fn is_in(self, size: u64) -> bool {
        Self::of_tree(self.level, self.index, size).is_some_and(|whole| self.width <= whole.width)
    }

    /// The path below the log's address: `tile/<L>/<N>[.p/<W>]`.
    pub fn path(self) -> String {
        format!("tile/{}/{}", self.level, Number(self))
    }

    /// The path of the bundle with the entries of a tile of level 0: `tile/entries/<N>[.p/<W>]`.
    pub fn bundle_path(self) -> String {
        format!("tile/entries/{}", Number(self))
    }
}

/// The number of hashes that tiles of a level hold in a tree of `size` entries.
const fn hashes_on(level: u8, size: u64) -> u64 {
    let shift = level as u32 * TILE_HEIGHT as u32;
    if shift < u64::BITS { size >> shift } else { 0 }
}

/// A tile's index and width as path elements: groups of three digits, all but the last with an
/// `x` in front.
struct Number(Tile);

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut groups = Vec::new();
        let mut rest = self.0.index;
        loop {
            groups.push(rest % 1_000);
            rest /= 1_000;
            if rest == 0 {
                break;
            }
        }
        for (left, group) in groups.iter().enumerate().rev() {
            if left > 0 {
                write!(f, "x{group:03}/")?;
            } else {
                write!(f, "{group:03}")?;
            }
        }
        if self.0.is_complete() { Ok(()) } else { write!(f, ".p/{}", self.0.width) }
    }
}

/// A file of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TileFile {
    /// Hashes of the tree.
    Hashes(Tile),
    /// The entries under the leaves of a tile of level 0.
    Entries(Tile),
}

impl TileFile {
    /// The file that a path names, from behind `tile/`; `None` when it is not written exactly as
    /// the specification does.
    pub fn parse(path: &str) -> Option<Self> {
        let (kind, number) = path.split_once('/')?;
        if kind == "entries" {
            return Some(Self::Entries(parse_number(0, number)?));
        }
        let level: u8 = decimal(kind)?.try_into().ok()?;
        (level <= LEVEL_MAX).then_some(())?;
        Some(Self::Hashes(parse_number(level, number)?))
    }

    /// Its place in the tree.
    pub const fn tile(self) -> Tile {
        match self {
            Self::Hashes(tile) | Self::Entries(tile) => tile,
        }
    }
}

fn parse_number(level: u8, text: &str) -> Option<Tile> {
    let (groups, width) = match text.split_once(".p/") {
        Some((groups, width)) => {
            let width = decimal(width)?.try_into().ok()?;
            (groups, (1..TILE_WIDTH).contains(&width).then_some(width)?)
        }
        None => (text, TILE_WIDTH),
    };
    let mut index: u64 = 0;
    let mut groups = groups.split('/').peekable();
    while let Some(group) = groups.next() {
        let digits = if groups.peek().is_some() { group.strip_prefix('x')? } else { group };
        let is_group = digits.len() == 3 && digits.bytes().all(|byte| byte.is_ascii_digit());
        let value: u64 = is_group.then(|| digits.parse().ok())??;
        index = index.checked_mul(1_000)?.checked_add(value)?;
    }
    // The tile's last hash has a number too.
    index.checked_add(1)?.checked_mul(u64::from(TILE_WIDTH))?;
    let tile = Tile { level, index, width };
    // More leading zeroes than there are would be a second name of the same file.
    (Number(tile).to_string() == text).then_some(tile)
}

/// A number without leading zeroes.
fn decimal(text: &str) -> Option<u64> {
    let plain =
        text.bytes().all(|byte| byte.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
    plain.then(|| text.parse().ok())?
}

/// Tiles that were fetched, to compute proofs from.
#[derive(Debug, Clone, Default)]
pub struct Tiles(BTreeMap<(u8, u64), Vec<Sha256Digest>>);

impl Tiles {
    /// Adds the hashes of a tile.
    pub fn insert(&mut self, tile: Tile, hashes: Vec<Sha256Digest>) {
        self.0.insert((tile.level, tile.index), hashes);
    }

    /// The root of a complete subtree; `None` when its tile is not there.
    pub(crate) fn node(&self, node: Node) -> Option<Sha256Digest> {
        let (level, first, count) = place(node);
        let hashes = self.0.get(&(level, first / u64::from(TILE_WIDTH)))?;
        let begin = usize::try_from(first % u64::from(TILE_WIDTH)).ok()?;
        complete_root(hashes.get(begin..begin + count)?)
    }
}

impl Node {
    /// The tile that holds the hashes under the node, in a tree of `size` entries.
    pub(crate) fn tile(self, size: u64) -> Tile {
        let (level, first, _) = place(self);
        Tile::of_tree(level, first / u64::from(TILE_WIDTH), size)
            .expect("a subtree of the tree has its tile")
    }
}

/// On which level of tiles a node's hash is computed, from which hash on, and from how many.
fn place(node: Node) -> (u8, u64, usize) {
    let (level, below) = (node.height / TILE_HEIGHT, node.height % TILE_HEIGHT);
    (level, node.index << below, 1 << below)
}

/// The root over hashes whose number is a power of two.
pub fn complete_root(hashes: &[Sha256Digest]) -> Option<Sha256Digest> {
    if !hashes.len().is_power_of_two() {
        return None;
    }
    let mut level = hashes.to_vec();
    while level.len() > 1 {
        level =
            level.as_chunks::<2>().0.iter().map(|[left, right]| node_hash(left, right)).collect();
    }
    level.first().copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_those_of_the_specification() {
        let tile = |level, index, width| Tile { level, index, width };
        for (tile, path) in [
            (tile(0, 1_234_067, 256), "tile/0/x001/x234/067"),
            (tile(1, 17, 1), "tile/1/017.p/1"),
            (tile(63, 999, 255), "tile/63/999.p/255"),
            (tile(2, 1_000, 256), "tile/2/x001/000"),
        ] {
            assert_eq!(tile.path(), path);
            let found = TileFile::parse(path.strip_prefix("tile/").unwrap());
            assert_eq!(found, Some(TileFile::Hashes(tile)));
        }
        let bundle = tile(0, 273, 112);
        assert_eq!(bundle.bundle_path(), "tile/entries/273.p/112");
        assert_eq!(TileFile::parse("entries/273.p/112"), Some(TileFile::Entries(bundle)));
    }

    #[test]
    fn a_path_that_is_written_otherwise_names_nothing() {
        for path in [
            "",
            "0",
            "0/",
            "0/1",
            "0/0001",
            "0/x000/001",
            "0/001/",
            "0/x001",
            "00/001",
            "64/001",
            "-1/001",
            "0/001.p/0",
            "0/001.p/256",
            "0/001.p/05",
            "0/001.p/",
            "0/001.p/1/2",
            "0/+01",
            "entries",
            "entries/1",
            "8/0/001",
            "0/x1/001",
            "0/001.p/1.p/1",
            "0/x999/x999/x999/x999/x999/x999/999",
        ] {
            assert_eq!(TileFile::parse(path), None, "{path}");
        }
    }

    // The examples of tlog-tiles, "Partial Tiles".
    #[test]
    fn a_tree_has_the_tiles_of_the_specifications_examples() {
        let width = |level, index, size| Tile::of_tree(level, index, size).map(Tile::width);
        assert_eq!(width(0, 272, 70_000), Some(256));
        assert_eq!(width(0, 273, 70_000), Some(112));
        assert_eq!(width(0, 274, 70_000), None);
        assert_eq!(width(1, 0, 70_000), Some(256));
        assert_eq!(width(1, 1, 70_000), Some(17));
        assert_eq!(width(2, 0, 70_000), Some(1));
        assert_eq!(width(3, 0, 70_000), None);
        assert_eq!((width(0, 0, 256), width(1, 0, 256)), (Some(256), Some(1)));
        assert_eq!((width(0, 0, 0), width(63, 0, u64::MAX)), (None, None));
        assert!(Tile { level: 0, index: 273, width: 100 }.is_in(70_000));
        assert!(!Tile { level: 0, index: 273, width: 113 }.is_in(70_000));
    }
}
