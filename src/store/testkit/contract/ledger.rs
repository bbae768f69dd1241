//! The ledger: its right edge, tiles, checkpoints and keys.

use crate::{
    Append, Checkpoint, CompleteTile, LedgerHead, PAGE_BYTES_MAX, Position, SigningKey, Store,
    StoreError, testkit::Maker,
};
use ::ledger::{Frontier, leaf_hash};
use domain::{OrganizationId, Sha256Digest};
use std::{sync::Arc, time::Duration};

async fn log(store: &dyn Store, make: &Maker, organization: OrganizationId, count: usize) {
    let mut unit = Append::new(organization);
    unit.statements = (0..count)
        .map(|_| {
            make.statement("mbox:a@example.com", "https://v.example/did", "https://a.example/1")
        })
        .collect();
    if make.once_in(2) {
        unit.events = vec![make.event("one")];
    }
    store.append(unit).await.unwrap();
}

async fn from_entries(store: &dyn Store, organization: OrganizationId) -> Frontier {
    let mut frontier = Frontier::EMPTY;
    loop {
        let next = Position::new(frontier.size());
        let entries = store.entries(organization, next, 100).await.unwrap();
        if entries.is_empty() {
            return frontier;
        }
        for entry in entries {
            assert_eq!(entry.position.index(), frontier.size());
            frontier.push(leaf_hash(&entry.entry));
        }
    }
}

/// Writers on both handles at once, units of random sizes: at every moment the edge is that of the
/// entries, and in the end the root is the root computed anew.
pub(super) async fn the_edge_is_that_of_the_entries(stores: &[Arc<dyn Store>; 2], make: &Maker) {
    let organization = make.organization(&*stores[0]).await;
    let empty = stores[0].ledger_head(organization).await.unwrap();
    assert_eq!(empty.frontier, Frontier::EMPTY);
    for _ in 0..30 {
        let (one, two) = (1 + make.below(7), 1 + make.below(40));
        tokio::join!(
            log(&*stores[0], make, organization, one),
            log(&*stores[1], make, organization, two),
        );
        let LedgerHead { frontier, stored } = stores[1].ledger_head(organization).await.unwrap();
        let last = Position::new(frontier.size() - 1);
        let last = stores[0].entries(organization, last, 2).await.unwrap();
        assert_eq!((last.len(), last[0].stored), (1, stored));
        let anew = from_entries(&*stores[0], organization).await;
        assert_eq!(anew.root(), frontier.root());
        assert_eq!(anew, frontier);
    }
}

fn tile(level: u8, index: u64) -> CompleteTile {
    let hashes = (0..=u8::MAX).flat_map(|n| *leaf_hash(&[level, n]).as_bytes()).collect();
    CompleteTile { level, index, root: leaf_hash(&index.to_be_bytes()), hashes }
}

pub(super) async fn tiles_stay_as_they_were_first(stores: &[Arc<dyn Store>; 2], make: &Maker) {
    let (one, two) = (&*stores[0], &*stores[1]);
    let (organization, other) = (make.organization(one).await, make.organization(one).await);
    assert_eq!(one.tiles_kept(organization, 0).await.unwrap(), 0);
    one.keep_tiles(organization, &[tile(0, 0), tile(0, 1), tile(1, 0)]).await.unwrap();
    let changed = CompleteTile { root: Sha256Digest::of(b"other"), ..tile(0, 1) };
    two.keep_tiles(organization, &[changed, tile(0, 2)]).await.unwrap();
    two.keep_tiles(organization, &[]).await.unwrap();
    assert_eq!(two.tiles_kept(organization, 0).await.unwrap(), 3);
    assert_eq!(two.tiles_kept(organization, 1).await.unwrap(), 1);
    assert_eq!(two.tile(organization, 0, 1).await.unwrap(), Some(tile(0, 1)));
    assert_eq!(two.tile(organization, 1, 1).await.unwrap(), None);
    assert_eq!(two.tile(other, 0, 1).await.unwrap(), None);
    let roots = two.tile_roots(organization, 0, 1, 10).await.unwrap();
    assert_eq!(roots, [tile(0, 1).root, tile(0, 2).root]);
    assert_eq!(two.tile_roots(organization, 0, 0, 1).await.unwrap(), [tile(0, 0).root]);
    let corrected = CompleteTile { root: Sha256Digest::of(b"correct"), ..tile(0, 1) };
    one.correct_tiles(organization, std::slice::from_ref(&corrected)).await.unwrap();
    assert_eq!(two.tile(organization, 0, 1).await.unwrap(), Some(corrected));
    assert_eq!(two.tile(organization, 0, 2).await.unwrap(), Some(tile(0, 2)));
}

/// Whether voided or not, and whatever stands between them in the log.
pub(super) async fn all_bodies_can_be_read(store: &dyn Store, make: &Maker) {
    let organization = make.organization(store).await;
    let one = make.statement("mbox:a@example.com", "https://v.example/did", "https://a.example/1");
    let mut unit = Append::new(organization);
    unit.statements = vec![one.clone()];
    unit.events = vec![make.event("one")];
    let stored = store.append(unit).await.unwrap().statements[0].stored;
    let mut unit = Append::new(organization);
    unit.statements = vec![make.reference("mbox:a@example.com", one.id, true)];
    store.append(unit).await.unwrap();
    let all = store.statement_bodies(organization, Position::FIRST, 10).await.unwrap();
    let places: Vec<_> = all.iter().map(|(position, _)| position.index()).collect();
    assert_eq!((places, &all[0].1), (vec![0, 2], &one.body(stored)));
    let rest = store.statement_bodies(organization, Position::new(1), 1).await.unwrap();
    assert_eq!(rest, all[1..]);
    let mut unit = Append::new(organization);
    for _ in 0..3 {
        let mut long = make.statement("mbox:a@example.com", "https://v.example/did", "a");
        long.pieces.push(vec![b' '; PAGE_BYTES_MAX * 2 / 5]);
        unit.statements.push(long);
    }
    store.append(unit).await.unwrap();
    let long = store.statement_bodies(organization, Position::new(3), 10).await.unwrap();
    assert_eq!(long.iter().map(|(place, _)| place.index()).collect::<Vec<_>>(), [3, 4]);
    let rest = store.statement_bodies(organization, Position::new(5), 10).await.unwrap();
    assert_eq!(rest.len(), 1);
    assert_eq!(store.statement_bodies(organization, Position::new(6), 10).await.unwrap(), []);
}

pub(super) async fn the_edge_is_corrected_at_its_size_alone(store: &dyn Store, make: &Maker) {
    let organization = make.organization(store).await;
    log(store, make, organization, 3).await;
    let right = store.ledger_head(organization).await.unwrap().frontier;
    let wrong: Frontier = (0..right.size()).map(|n| leaf_hash(&n.to_be_bytes())).collect();
    assert!(store.correct_frontier(organization, &wrong).await.unwrap());
    assert_eq!(store.ledger_head(organization).await.unwrap().frontier, wrong);
    assert!(!store.correct_frontier(organization, &Frontier::EMPTY).await.unwrap());
    assert!(store.correct_frontier(organization, &right).await.unwrap());
    log(store, make, organization, 3).await;
    let anew = from_entries(store, organization).await;
    assert_eq!(store.ledger_head(organization).await.unwrap().frontier, anew);
}

pub(super) fn key(number: u32, make: &Maker) -> SigningKey {
    SigningKey {
        number,
        origin: "log.example/ledger/1".to_owned(),
        public: *make.digest().as_bytes(),
        sealed_secret: make.digest().as_bytes().to_vec(),
        created_at: make.now,
        retired_at: None,
    }
}

pub(super) fn checkpoint(size: u64, root: &[u8], note: &str, make: &Maker) -> Checkpoint {
    Checkpoint { size, root: Sha256Digest::of(root), note: note.to_owned(), signed_at: make.now }
}

pub(super) async fn a_size_is_signed_with_one_root(stores: &[Arc<dyn Store>; 2], make: &Maker) {
    let (one, two) = (&*stores[0], &*stores[1]);
    let (organization, other) = (make.organization(one).await, make.organization(one).await);
    let first = key(1, make);
    one.create_signing_key(organization, &first).await.unwrap();
    let taken = two.create_signing_key(organization, &key(1, make)).await.unwrap_err();
    assert!(matches!(taken, StoreError::Taken { what: "signing key" }), "{taken}");
    assert_eq!(two.signing_keys(organization).await.unwrap(), [first]);
    assert_eq!(two.signing_keys(other).await.unwrap(), []);

    log(one, make, organization, 5).await;
    let at_three = checkpoint(3, b"three", "first note", make);
    assert_eq!(one.keep_checkpoint(organization, &at_three, 1).await.unwrap(), at_three);
    // The same root again is the same checkpoint; another root is never kept.
    let again = checkpoint(3, b"three", "second note", make);
    assert_eq!(two.keep_checkpoint(organization, &again, 1).await.unwrap(), at_three);
    let forked = checkpoint(3, b"fork", "note", make);
    let refused = two.keep_checkpoint(organization, &forked, 1).await.unwrap_err();
    assert!(matches!(refused, StoreError::Inconsistent { .. }), "{refused}");
    let ahead = checkpoint(50, b"ahead", "note", make);
    let refused = two.keep_checkpoint(organization, &ahead, 1).await.unwrap_err();
    assert!(matches!(refused, StoreError::Inconsistent { .. }), "{refused}");
    let unknown = two.keep_checkpoint(organization, &checkpoint(4, b"four", "n", make), 2).await;
    assert!(matches!(unknown, Err(StoreError::Missing { what: "signing key" })), "{unknown:?}");

    let at_five = checkpoint(5, b"five", "note", make);
    two.keep_checkpoint(organization, &at_five, 1).await.unwrap();
    assert_eq!(one.checkpoint(organization, None).await.unwrap(), Some(at_five.clone()));
    assert_eq!(one.checkpoint(organization, Some(3)).await.unwrap(), Some(at_three.clone()));
    assert_eq!(one.checkpoint(organization, Some(4)).await.unwrap(), None);
    assert_eq!(one.checkpoint(other, None).await.unwrap(), None);
    let page = one.checkpoints(organization, None, 1).await.unwrap();
    assert_eq!((page.items, page.next), (vec![at_three], Some(3)));
    let page = one.checkpoints(organization, Some(3), 1).await.unwrap();
    assert_eq!((page.items, page.next), (vec![at_five], None));
}

pub(super) async fn a_key_is_followed_by_one_other(stores: &[Arc<dyn Store>; 2], make: &Maker) {
    let (one, two) = (&*stores[0], &*stores[1]);
    let organization = make.organization(one).await;
    one.create_signing_key(organization, &key(1, make)).await.unwrap();
    log(one, make, organization, 2).await;
    let signed_once = checkpoint(2, b"two", "one signature", make);
    one.keep_checkpoint(organization, &signed_once, 1).await.unwrap();
    let second = SigningKey { created_at: make.now.plus(Duration::from_secs(1)), ..key(2, make) };
    let forked = checkpoint(2, b"fork", "two signatures", make);
    let refused = two.rotate_signing_key(organization, &second, &forked).await.unwrap_err();
    assert!(matches!(refused, StoreError::Inconsistent { .. }), "{refused}");
    let signed_twice = checkpoint(2, b"two", "two signatures", make);
    two.rotate_signing_key(organization, &second, &signed_twice).await.unwrap();
    let keys = one.signing_keys(organization).await.unwrap();
    assert_eq!(keys[0].retired_at, Some(second.created_at));
    assert_eq!(keys[1], second);
    assert_eq!(one.checkpoint(organization, Some(2)).await.unwrap(), Some(signed_twice.clone()));
    let taken = one.rotate_signing_key(organization, &key(2, make), &signed_twice).await;
    assert!(matches!(taken, Err(StoreError::Taken { what: "signing key" })), "{taken:?}");
    // Who still has the old key in mind signs nothing any more.
    let late = checkpoint(1, b"one", "note", make);
    let refused = one.keep_checkpoint(organization, &late, 1).await;
    assert!(matches!(refused, Err(StoreError::Missing { what: "signing key" })), "{refused:?}");
}

pub(super) async fn an_actor_has_one_salt(stores: &[Arc<dyn Store>; 2], make: &Maker) {
    let (organization, other) =
        (make.organization(&*stores[0]).await, make.organization(&*stores[0]).await);
    log(&*stores[0], make, organization, 1).await;
    let salt = stores[0].actor_salt(organization, "mbox:a@example.com").await.unwrap();
    assert!(salt.is_some());
    log(&*stores[1], make, organization, 1).await;
    let again = stores[1].actor_salt(organization, "mbox:a@example.com").await.unwrap();
    assert_eq!(again, salt);
    assert_eq!(stores[1].actor_salt(organization, "mbox:b@example.com").await.unwrap(), None);
    assert_eq!(stores[1].actor_salt(other, "mbox:a@example.com").await.unwrap(), None);
}
