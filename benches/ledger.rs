//! What a commit costs the log, and what a proof costs at a million entries.

use criterion::{BatchSize, Criterion, Throughput};
use domain::{CredentialId, SeededEntropy, Sha256Digest, StatementId, Timestamp};
use ledger::{
    ClearText, EntryObject, Frontier, ProofPlan, Salt, SignerKey, StatementEntry, TILE_WIDTH, Tile,
    Tiles, TreeHead, complete_root, leaf_hash, proves_consistency, proves_inclusion, sign,
};
use std::{hint::black_box, time::Duration};

const LEAVES: u64 = 1_000_000;
/// Entries of one group commit.
const BATCH: usize = 64;
const ORIGIN: &str = "log.example/ledger/1";

/// A tree of [`LEAVES`] leaves: all its hashes as tiles, its right edge, and the leaves.
struct Tree {
    tiles: Tiles,
    edge: Frontier,
    leaves: Vec<Sha256Digest>,
}

impl Tree {
    fn new() -> Self {
        let leaves: Vec<_> = (0..LEAVES).map(|number| leaf_hash(&number.to_be_bytes())).collect();
        let edge = leaves.iter().copied().collect();
        let (mut tiles, mut hashes) = (Tiles::default(), leaves.clone());
        for level in 0.. {
            if hashes.is_empty() {
                break;
            }
            let chunks: Vec<_> = hashes.chunks(usize::from(TILE_WIDTH)).collect();
            for (index, chunk) in (0..).zip(&chunks) {
                let tile = Tile::of_tree(level, index, LEAVES).expect("the tree has this tile");
                tiles.insert(tile, chunk.to_vec());
            }
            let whole = chunks.into_iter().filter(|chunk| chunk.len() == usize::from(TILE_WIDTH));
            hashes = whole.map(|chunk| complete_root(chunk).expect("it is complete")).collect();
        }
        Self { tiles, edge, leaves }
    }

    fn head(&self) -> TreeHead {
        TreeHead { origin: ORIGIN.to_owned(), size: LEAVES, root: self.edge.root() }
    }

    /// The hashes of a proof, from its plan on.
    fn prove(&self, plan: Option<ProofPlan>) -> Vec<Sha256Digest> {
        plan.and_then(|plan| plan.hashes(&self.tiles)).expect("the tree has this proof")
    }

    /// The root of the tree of the first `size` leaves.
    fn root(&self, size: u64) -> Sha256Digest {
        let size = usize::try_from(size).expect("it is in memory");
        self.leaves[..size].iter().copied().collect::<Frontier>().root()
    }
}

/// The entry of a statement as courses send them.
fn entry(body: &[u8], salt: &Salt) -> Vec<u8> {
    let entropy = SeededEntropy::new(1);
    let authority = CredentialId::parse("bench").expect("it is a name");
    StatementEntry {
        id: StatementId::generate(Timestamp::UNIX_EPOCH, &entropy),
        stored: Timestamp::UNIX_EPOCH,
        timestamp: "2026-03-10T08:22:45.123Z",
        verb: "http://adlnet.gov/expapi/verbs/answered",
        object: EntryObject::Activity("https://learn.example.com/courses/17/lessons/3"),
        registration: None,
        success: Some(true),
        completion: Some(true),
        scaled: Some(0.85),
        voids: None,
        authority: &authority,
        actor: "account:https://hr.example.com:u-4711",
        attachments: &[],
        body,
        claim: None,
    }
    .to_bytes(ClearText { activity_base: "https://learn.example.com/" }, salt, salt)
}

fn appending(criterion: &mut Criterion, tree: &Tree) {
    let salt = Salt::draw(&SeededEntropy::new(1));
    let body = [b'a'; 1_000];
    criterion.bench_function("ledger/entry of a statement of 1 kB", |bencher| {
        bencher.iter(|| entry(black_box(&body), &salt));
    });
    let entries = vec![entry(&body, &salt); BATCH];
    let mut group = criterion.benchmark_group("ledger");
    group.throughput(Throughput::Elements(BATCH as u64));
    group.bench_function("append 64 entries and take the root", |bencher| {
        let append = |mut edge: Frontier| {
            edge.extend(black_box(&entries).iter().map(|entry| leaf_hash(entry)));
            edge.root()
        };
        bencher.iter_batched(|| tree.edge.clone(), append, BatchSize::SmallInput);
    });
    group.finish();
}

fn proving(criterion: &mut Criterion, tree: &Tree) {
    let (index, root) = (123_456, tree.edge.root());
    let leaf = leaf_hash(&123_456_u64.to_be_bytes());
    let hashes = tree.prove(ProofPlan::inclusion(index, LEAVES));
    assert!(proves_inclusion(&hashes, leaf, index, LEAVES, root), "it is in the tree");
    criterion.bench_function("ledger/inclusion proof at 1 M", |bencher| {
        bencher.iter(|| tree.prove(ProofPlan::inclusion(black_box(index), LEAVES)));
    });
    criterion.bench_function("ledger/inclusion verified at 1 M", |bencher| {
        bencher.iter(|| proves_inclusion(black_box(&hashes), leaf, index, LEAVES, root));
    });
    let from = 654_321;
    let (old, new) = ((from, tree.root(from)), (LEAVES, root));
    let hashes = tree.prove(ProofPlan::consistency(from, LEAVES));
    assert!(proves_consistency(&hashes, old, new), "it is the same log");
    criterion.bench_function("ledger/consistency proof at 1 M", |bencher| {
        bencher.iter(|| tree.prove(ProofPlan::consistency(black_box(from), LEAVES)));
    });
    criterion.bench_function("ledger/consistency verified at 1 M", |bencher| {
        bencher.iter(|| proves_consistency(black_box(&hashes), old, new));
    });
    criterion.bench_function("ledger/root from tiles at 1 M", |bencher| {
        bencher.iter(|| tree.prove(Some(ProofPlan::root(black_box(LEAVES)))));
    });
}

fn signing(criterion: &mut Criterion, tree: &Tree) {
    let signer = SignerKey::new(ORIGIN, &[7; 32]).expect("it is a name");
    let (head, keys) = (tree.head(), [signer.verifier()]);
    criterion.bench_function("ledger/checkpoint signed", |bencher| {
        bencher.iter(|| sign(&black_box(&head).to_string(), &[&signer]));
    });
    let note = sign(&head.to_string(), &[&signer]);
    assert_eq!(TreeHead::verify(&note, &keys).as_ref(), Ok(&head), "it is what was signed");
    criterion.bench_function("ledger/checkpoint verified", |bencher| {
        bencher.iter(|| TreeHead::verify(black_box(&note), &keys));
    });
}

fn main() {
    let criterion = Criterion::default()
        .warm_up_time(Duration::from_secs(1))
        .measurement_time(Duration::from_secs(3));
    let mut criterion = criterion.configure_from_args();
    let tree = Tree::new();
    appending(&mut criterion, &tree);
    proving(&mut criterion, &tree);
    signing(&mut criterion, &tree);
    criterion.final_summary();
}
