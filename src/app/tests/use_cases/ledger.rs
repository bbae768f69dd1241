//! The ledger: what is signed, proved and found out.

use crate::world::{World, agent};
use app::{
    AppError, Caller, LedgerError, LedgerFault, RecordProof, Refused, SentStatements,
    verify_consistency, verify_record, verify_text,
};
use domain::{Scope, Sha256Digest, StatementId};
use ledger::{Frontier, Tile, TreeHead, VerifierKey, leaf_hash, unbundle};
use serde_json::{Value, json};
use store::Checkpoint;
use xapi::Version;

const CLIENT: [Scope; 3] = [Scope::StatementsWrite, Scope::StatementsRead, Scope::LedgerRead];

fn statement(number: usize) -> Value {
    json!({
        "actor": agent("ada"),
        "verb": { "id": "http://adlnet.gov/expapi/verbs/passed" },
        "object": { "id": format!("https://example.com/{number}") },
        "result": { "success": true, "score": { "scaled": 0.85 } },
        "timestamp": "2025-10-01T10:00:00.5Z",
    })
}

impl World {
    /// Stores so many statements.
    async fn log(&self, client: &Caller, count: usize) -> Vec<StatementId> {
        let mut ids = Vec::new();
        for chunk in (0..count).collect::<Vec<_>>().chunks(500) {
            let statements: Value = chunk.iter().map(|number| statement(*number)).collect();
            let content_type = "application/json".to_owned();
            let sent = SentStatements { content_type, body: statements.to_string().into() };
            ids.extend(self.app.post_statements(client, &sent, Version::V1_0).await.unwrap());
        }
        ids
    }

    async fn keys(&self) -> Vec<VerifierKey> {
        let keys = self.app.ledger_keys(&self.operator).await.unwrap();
        keys.into_iter().map(|key| key.verifier).collect()
    }

    async fn newest(&self) -> Checkpoint {
        self.wait(2);
        self.app.newest_checkpoint(self.organization()).await.unwrap()
    }

    async fn faults(&self, repair: bool) -> Vec<LedgerFault> {
        self.app.check_ledger(self.organization(), repair).await.unwrap()
    }
}

#[tokio::test]
async fn a_checkpoint_is_signed_when_the_log_has_grown_and_kept_otherwise() {
    let world = World::new().await;
    let client = world.client(&CLIENT).await;
    let empty = world.newest().await;
    let keys = world.keys().await;
    let head = TreeHead::verify(&empty.note, &keys).unwrap();
    assert_eq!((head.size, head.root), (0, Sha256Digest::of(b"")));
    let organization = world.organization();
    assert_eq!(head.origin, format!("learn.example/ledger/{organization}"));
    assert_eq!(world.newest().await, empty);

    world.log(&client, 3).await;
    let three = world.newest().await;
    let head = TreeHead::verify(&three.note, &keys).unwrap();
    let committed = world.store.ledger_head(organization).await.unwrap().frontier;
    assert_eq!((head.size, head.root), (3, committed.root()));
    // Within the same second it is not signed again for whoever looks, only for a proof.
    let late = world.log(&client, 1).await;
    let again = world.app.newest_checkpoint(organization).await.unwrap();
    assert_eq!(again, three);
    world.app.record_proof(&client, late[0]).await.unwrap();
    assert_eq!(world.app.newest_checkpoint(organization).await.unwrap().size, 4);
    // The service signs where something was added, and nowhere else.
    assert_eq!(world.app.sign_checkpoints().await.unwrap(), 0);
    world.log(&client, 1).await;
    assert_eq!(world.app.sign_checkpoints().await.unwrap(), 1);
    let page = world.app.checkpoints(&client, None, 10).await.unwrap();
    let sizes: Vec<_> = page.items.iter().map(|one| one.size).collect();
    assert_eq!(sizes, [0, 3, 4, 5]);
}

#[tokio::test]
async fn a_records_proof_verifies_offline_and_no_changed_one_does() {
    let world = World::new().await;
    let client = world.client(&CLIENT).await;
    let ids = world.log(&client, 600).await;
    let keys = world.keys().await;
    for id in [ids[0], ids[255], ids[256], ids[599]] {
        let proof = world.app.record_proof(&client, id).await.unwrap();
        let text = serde_json::to_string(&proof).unwrap();
        assert_eq!(verify_record(&text, &keys).unwrap().head.size, 600);
        verify_record(&text, &[]).unwrap();
        let listed = verify_text(&proof.to_text().to_string(), &keys).unwrap();
        assert_eq!(listed.head.size, 600);
    }
    let proof = world.app.record_proof(&client, ids[300]).await.unwrap();
    let other = world.app.record_proof(&client, ids[301]).await.unwrap();
    let verdict =
        |proof: &RecordProof| verify_record(&serde_json::to_string(proof).unwrap(), &keys);
    let refused = |change: &dyn Fn(&mut RecordProof)| {
        let mut changed = proof.clone();
        change(&mut changed);
        assert_ne!(changed, proof);
        verdict(&changed).unwrap_err().to_string()
    };
    let wrong = refused(&|one| one.statement = one.statement.replace("0.85", "0.86"));
    assert!(wrong.contains("not the one that was logged"), "{wrong}");
    let wrong = refused(&|one| one.entry = one.entry.replace("0.85", "0.86"));
    assert!(wrong.contains("\"scaled\""), "{wrong}");
    let wrong = refused(&|one| {
        one.statement = one.statement.replace("0.85", "0.86");
        one.entry = one.entry.replace("0.85", "0.86");
    });
    assert!(wrong.contains("\"body\""), "{wrong}");
    let wrong = refused(&|one| one.statement_salt.clone_from(&other.statement_salt));
    assert!(wrong.contains("\"body\""), "{wrong}");
    let wrong = refused(&|one| one.actor_salt.clone_from(&other.statement_salt));
    assert!(wrong.contains("\"actor\""), "{wrong}");
    let wrong = refused(&|one| one.index += 1);
    assert!(wrong.contains("inclusion proof"), "{wrong}");
    let wrong = refused(&|one| one.hashes.clone_from(&other.hashes));
    assert!(wrong.contains("inclusion proof"), "{wrong}");
    let wrong = refused(&|one| one.checkpoint = one.checkpoint.replace("\n600\n", "\n601\n"));
    assert!(wrong.contains("checkpoint"), "{wrong}");
    // A record that is whole, of a log that somebody else signs.
    let stranger = ledger::SignerKey::new(keys[0].name(), &[9; 32]).unwrap().verifier();
    let text = serde_json::to_string(&proof).unwrap();
    assert!(matches!(verify_record(&text, &[stranger]), Err(Refused::Checkpoint(_))));
    assert!(matches!(verify_record("{}", &keys), Err(Refused::Unreadable(_))));
}

#[tokio::test]
async fn tiles_and_bundles_give_the_signed_root() {
    let world = World::new().await;
    let client = world.client(&CLIENT).await;
    let organization = world.organization();
    world.log(&client, 700).await;
    // Nothing is handed out that is not signed.
    assert_eq!(world.app.tile_file(organization, "0/000").await.unwrap(), None);
    let checkpoint = world.newest().await;
    let mut frontier = Frontier::EMPTY;
    let mut roots = Vec::new();
    for index in 0.. {
        let Some(tile) = Tile::of_tree(0, index, checkpoint.size) else { break };
        let (path, entries) = (tile.path(), tile.bundle_path());
        let hashes = world.app.tile_file(organization, &path[5..]).await.unwrap().unwrap();
        let bundle = world.app.entry_bundle(organization, Some(&client), &entries[5..]).await;
        let bundle = bundle.unwrap().unwrap();
        let leaves: Vec<_> = unbundle(&bundle).unwrap().into_iter().map(leaf_hash).collect();
        assert_eq!(ledger::hashes_of(&hashes).unwrap(), leaves);
        roots.extend(tile.is_complete().then(|| ledger::complete_root(&leaves).unwrap()));
        frontier.extend(leaves);
    }
    assert_eq!(frontier.root(), checkpoint.root);
    let level_1 = world.app.tile_file(organization, "1/000.p/2").await.unwrap().unwrap();
    assert_eq!(ledger::hashes_of(&level_1).unwrap(), roots);
    for path in ["0/002", "0/002.p/189", "1/000", "1/000.p/3", "2/000.p/1", "0/003.p/1", "x"] {
        assert_eq!(world.app.tile_file(organization, path).await.unwrap(), None, "{path}");
    }
    // A narrower tile is one of an earlier size.
    assert!(world.app.tile_file(organization, "0/001.p/7").await.unwrap().is_some());
    // Entries are for auditors of this organization.
    let reader = world.client(&[Scope::StatementsRead]).await;
    let refused = world.app.entry_bundle(organization, Some(&reader), "entries/000").await;
    assert!(matches!(refused, Err(LedgerError::App(AppError::ScopeMissing(_)))), "{refused:?}");
    let other = world.app.create_organization("other", "https://other.example").await.unwrap();
    let refused = world.app.entry_bundle(other.id, Some(&client), "entries/000").await;
    assert!(matches!(refused, Err(LedgerError::App(AppError::NotFound("organization")))));
}

#[tokio::test]
async fn one_size_of_the_log_is_proved_to_begin_another() {
    let world = World::new().await;
    let client = world.client(&CLIENT).await;
    world.log(&client, 300).await;
    let old = world.newest().await;
    world.log(&client, 500).await;
    world.wait(2);
    let keys = world.keys().await;
    let proof = world.app.consistency_proof(&client, old.size, None).await.unwrap();
    assert_eq!((proof.from.size, proof.to.size), (300, 800));
    let text = serde_json::to_string(&proof).unwrap();
    verify_consistency(&text, &keys, None).unwrap();
    let kept = TreeHead::verify(&old.note, &keys).unwrap();
    verify_consistency(&text, &keys, Some(&kept)).unwrap();
    // A fork: what was kept is not what the log says now that it was.
    let forked = TreeHead { root: Sha256Digest::of(b"fork"), ..kept.clone() };
    assert!(verify_consistency(&text, &keys, Some(&forked)).is_err());
    let mut changed = proof.clone();
    changed.hashes.swap(0, 1);
    let changed = serde_json::to_string(&changed).unwrap();
    let wrong = verify_consistency(&changed, &keys, None).unwrap_err().to_string();
    assert!(wrong.contains("not the beginning"), "{wrong}");
    // A size that nobody signed is proved against a checkpoint that was kept.
    let proof = world.app.consistency_proof(&client, 299, Some(300)).await.unwrap();
    assert_eq!((&proof.from.checkpoint, proof.to.checkpoint), (&None, Some(old.note)));
    for (from, to) in [(801, None), (301, Some(300)), (1, Some(801))] {
        let refused = world.app.consistency_proof(&client, from, to).await;
        assert!(matches!(refused, Err(LedgerError::Beyond { .. })), "{from} {to:?}");
    }
}

#[tokio::test]
async fn a_new_key_is_vouched_for_by_the_old_one() {
    let world = World::new().await;
    let client = world.client(&CLIENT).await;
    world.log(&client, 3).await;
    let old = world.keys().await.remove(0);
    let refused = world.app.rotate_ledger_key(&client, "test").await;
    assert!(matches!(refused, Err(LedgerError::App(AppError::ScopeMissing(Scope::All)))));
    let refused = world.app.rotate_ledger_key(&world.operator, " ").await;
    assert!(matches!(refused, Err(LedgerError::App(AppError::Invalid { .. }))));
    let (new, both) = world.app.rotate_ledger_key(&world.operator, "yearly").await.unwrap();
    assert_eq!((new.number, new.origin()), (2, old.name()));
    for key in [&old, &new.verifier] {
        assert_eq!(TreeHead::verify(&both.note, std::slice::from_ref(key)).unwrap().size, 4);
    }
    world.log(&client, 1).await;
    let later = world.newest().await;
    TreeHead::verify(&later.note, &[new.verifier]).unwrap();
    TreeHead::verify(&later.note, &[old]).unwrap_err();
    let keys = world.app.ledger_keys(&world.operator).await.unwrap();
    assert!(keys[0].retired_at.is_some() && keys[1].retired_at.is_none());
    assert_eq!(world.faults(false).await, []);
}

#[tokio::test]
async fn what_was_changed_is_found_and_nothing_is_signed_over_it() {
    let world = World::new().await;
    let client = world.client(&CLIENT).await;
    let organization = world.organization();
    world.log(&client, 600).await;
    world.newest().await;
    assert_eq!(world.faults(false).await, []);

    // A tile: found, nothing is signed, and computed anew.
    let tile = world.store.tile(organization, 0, 1).await.unwrap().unwrap();
    let mut false_tile = tile.clone();
    false_tile.hashes[0] ^= 1;
    false_tile.root = Sha256Digest::of(b"false");
    world.store.correct_tiles(organization, &[false_tile]).await.unwrap();
    world.log(&client, 1).await;
    world.wait(2);
    let refused = world.app.newest_checkpoint(organization).await;
    assert!(matches!(refused, Err(LedgerError::Broken { .. })), "{refused:?}");
    let fault = LedgerFault::Tile { level: 0, index: 1 };
    assert_eq!(world.faults(true).await, [fault]);
    assert_eq!(world.faults(false).await, []);
    assert_eq!(world.newest().await.size, 601);

    // The right edge: what is appended to it makes another tree.
    let right = world.store.ledger_head(organization).await.unwrap().frontier;
    let wrong: Frontier = (0..right.size()).map(|n| leaf_hash(&n.to_be_bytes())).collect();
    world.store.correct_frontier(organization, &wrong).await.unwrap();
    world.log(&client, 1).await;
    world.wait(2);
    let refused = world.app.newest_checkpoint(organization).await;
    assert!(matches!(refused, Err(LedgerError::Broken { size: 602 })), "{refused:?}");
    assert_eq!(world.faults(true).await, [LedgerFault::Frontier(602)]);
    assert_eq!(world.faults(false).await, []);

    // A checkpoint over another tree: everything after it is refused, and stays found.
    let key = world.store.signing_keys(organization).await.unwrap().remove(0);
    let (root, note) = (Sha256Digest::of(b"fork"), "no note".to_owned());
    let forked = Checkpoint { size: 602, root, note, signed_at: key.created_at };
    world.store.keep_checkpoint(organization, &forked, 1).await.unwrap();
    world.log(&client, 1).await;
    world.wait(2);
    let refused = world.app.newest_checkpoint(organization).await;
    assert!(matches!(refused, Err(LedgerError::Broken { size: 602 })), "{refused:?}");
    assert_eq!(world.faults(true).await, [LedgerFault::Checkpoint(602)]);
}

#[tokio::test]
async fn only_who_may_read_a_statement_gets_its_proof() {
    let world = World::new().await;
    let client = world.client(&CLIENT).await;
    let id = world.log(&client, 1).await[0];
    let own = world.client(&[Scope::StatementsReadMine]).await;
    let refused = world.app.record_proof(&own, id).await;
    assert!(matches!(refused, Err(LedgerError::App(AppError::NotFound("statement")))));
    let auditor = world.client(&[Scope::LedgerRead]).await;
    let refused = world.app.record_proof(&auditor, id).await;
    assert!(matches!(refused, Err(LedgerError::App(AppError::ScopeMissing(_)))));
    let other = world.app.create_organization("other", "https://other.example").await.unwrap();
    let refused = world.app.record_proof(&Caller::operator(other.id), id).await;
    assert!(matches!(refused, Err(LedgerError::App(AppError::NotFound("statement")))));
}
