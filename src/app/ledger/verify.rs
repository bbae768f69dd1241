//! Verification without a server: nothing here reads a store, a clock or a network.

use super::attested::check_attested;
use super::record::{
    CONSISTENCY_FORMAT, ClaimProof, ConsistencyEnd, ConsistencyProof, RECORD_FORMAT, RecordProof,
    hash_of,
};
use crate::statements::facts_of;
use ::ledger::{
    ClaimText, EntryError, EntryObject, Frontier, NoteError, ProofText, Salt, StatementEntry,
    TreeHead, VerifierKey, leaf_hash, proves_consistency, proves_inclusion, unbundle,
};
use base64::{Engine, prelude::BASE64_STANDARD};
use domain::{CredentialId, Sha256Digest};
use serde::de::DeserializeOwned;
use store::ObjectFact;
use xapi::{Statement, Version};

/// Why something is not verified: which thing is wrong.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// It cannot be read, so that nothing can be said.
    #[error("{0}")]
    Unreadable(String),
    /// The checkpoint is not vouched for.
    #[error("the checkpoint is not verified: {0}")]
    Checkpoint(#[from] NoteError),
    /// The entry is not that of the statement.
    #[error("the statement is not the one that was logged: {0}")]
    Entry(#[from] EntryError),
    /// Something does not hang together.
    #[error("{0}")]
    Wrong(String),
}

fn unreadable(what: &str) -> Refused {
    Refused::Unreadable(format!("{what} cannot be read"))
}

/// What has been verified, in sentences, and of which tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// The tree that a signature vouches for.
    pub head: TreeHead,
    /// What has been shown, one sentence each.
    pub lines: Vec<String>,
}

/// The keys to be trusted: those given, else those that the proof itself names, which shows only
/// that it hangs together.
fn keys_for(given: &[VerifierKey], named: &[String]) -> Result<Vec<VerifierKey>, Refused> {
    if !given.is_empty() {
        return Ok(given.to_vec());
    }
    Ok(named.iter().map(|key| key.parse()).collect::<Result<_, NoteError>>()?)
}

fn json<T: DeserializeOwned>(text: &str) -> Result<T, Refused> {
    serde_json::from_str(text)
        .map_err(|error| Refused::Unreadable(format!("the proof cannot be read: {error}")))
}

fn hashes_of(texts: &[String]) -> Result<Vec<Sha256Digest>, Refused> {
    texts
        .iter()
        .map(|text| hash_of(text).ok_or_else(|| unreadable("a hash of the proof")))
        .collect()
}

pub(crate) fn salt_of(text: &str) -> Result<Salt, Refused> {
    let bytes = BASE64_STANDARD.decode(text).ok();
    bytes.and_then(|bytes| Salt::from_bytes(&bytes)).ok_or_else(|| unreadable("a salt"))
}

/// A statement as it is stored, by the rules of whichever version it came under.
pub(crate) fn parse_stored(text: &str) -> Option<Statement> {
    let read = |version| Statement::parse(text.as_bytes(), version).ok();
    read(Version::V2_0).or_else(|| read(Version::V1_0))
}

/// Verifies the proof of a record: the statement is the one that the entry tells of, the entry is
/// in the tree, and the tree is the one that the checkpoint vouches for.
pub fn verify_record(text: &str, keys: &[VerifierKey]) -> Result<Verified, Refused> {
    let proof: RecordProof = json(text)?;
    if proof.format != RECORD_FORMAT {
        return Err(Refused::Unreadable(format!("the proof is not of the form {RECORD_FORMAT}")));
    }
    let keys = keys_for(keys, &proof.keys)?;
    let signed = check_statement(&proof, &keys)?;
    let head = TreeHead::verify(&proof.checkpoint, &keys)?;
    let leaf = leaf_hash(proof.entry.as_bytes());
    check_inclusion(&hashes_of(&proof.hashes)?, leaf, proof.index, &head)?;
    let mut lines = vec![
        "the statement is, byte for byte, the one that its entry in the log commits to".to_owned(),
        "the entry says what the statement says".to_owned(),
    ];
    if proof.claim_erased {
        lines.push(
            "what the store that it was replayed from said of it has been erased: the entry's hash \
             of that is compared with nothing"
                .to_owned(),
        );
    }
    lines.extend(signed);
    lines.push(is_in(proof.index, &head));
    Ok(Verified { head, lines })
}

fn is_in(index: u64, head: &TreeHead) -> String {
    format!("entry {index} is in the log {} of {} entries", head.origin, head.size)
}

fn check_inclusion(
    hashes: &[Sha256Digest],
    leaf: Sha256Digest,
    index: u64,
    head: &TreeHead,
) -> Result<(), Refused> {
    if proves_inclusion(hashes, leaf, index, head.size, head.root) {
        return Ok(());
    }
    let problem = format!(
        "the inclusion proof does not lead from entry {index} to the root of the checkpoint of \
         {} entries",
        head.size
    );
    Err(Refused::Wrong(problem))
}

/// Whether the entry is the statement's, and what a signature of the server's in it shows.
fn check_statement(proof: &RecordProof, keys: &[VerifierKey]) -> Result<Option<String>, Refused> {
    let statement = parse_stored(&proof.statement);
    let statement = statement.ok_or_else(|| unreadable("the statement"))?;
    LoggedStatement {
        statement: &statement,
        text: &proof.statement,
        salt: salt_of(&proof.statement_salt)?,
        actor_salt: salt_of(&proof.actor_salt)?,
        claim: proof.claim.as_ref(),
        claim_erased: proof.claim_erased,
        entry: proof.entry.as_bytes(),
    }
    .check(keys)
}

/// A statement with all that its entry in the log commits to.
pub(crate) struct LoggedStatement<'a> {
    pub(crate) statement: &'a Statement,
    /// Its exact bytes.
    pub(crate) text: &'a str,
    pub(crate) salt: Salt,
    pub(crate) actor_salt: Salt,
    pub(crate) claim: Option<&'a ClaimProof>,
    /// Whether the claim has been erased since.
    pub(crate) claim_erased: bool,
    pub(crate) entry: &'a [u8],
}

/// The credential that vouches for a stored statement.
pub(crate) fn credential_of(statement: &Statement) -> Option<CredentialId> {
    let account = statement.root().get("authority")?.get("account")?;
    CredentialId::parse(&account.get("name")?.as_str()?).ok()
}

impl LoggedStatement<'_> {
    /// Whether the entry is the statement's, and what a signature of the server's in it shows.
    pub(crate) fn check(&self, keys: &[VerifierKey]) -> Result<Option<String>, Refused> {
        let statement = self.statement;
        let missing = |what: &str| Refused::Wrong(format!("the statement has no {what}"));
        let text = |name: &str| statement.root().get(name).and_then(xapi::json::Value::as_str);
        let authority = credential_of(statement).ok_or_else(|| missing("authority of ours"))?;
        let id = statement.id().ok_or_else(|| missing("id"))?;
        let stored = text("stored").and_then(|stored| stored.parse().ok());
        let facts = facts_of(statement, authority);
        let entry = StatementEntry {
            id,
            stored: stored.ok_or_else(|| missing("time of storing"))?,
            timestamp: facts.timestamp.as_deref().ok_or_else(|| missing("timestamp"))?,
            verb: &facts.verb,
            object: match &facts.object {
                ObjectFact::Activity(iri) => EntryObject::Activity(iri),
                ObjectFact::Statement(id) => EntryObject::Statement(*id),
                ObjectFact::Agent | ObjectFact::SubStatement => EntryObject::Unsaid,
            },
            registration: facts.registration,
            success: facts.success,
            completion: facts.completion,
            scaled: facts.score.and_then(|score| score.scaled),
            voids: facts.voids,
            authority: &facts.authority,
            actor: &store::actor_key(statement),
            attachments: &facts.attachments,
            body: self.text.as_bytes(),
            claim: self.claim.map(|claim| ClaimText {
                authority: claim.authority.as_deref(),
                line: claim.line,
                source: &claim.source,
                stored: claim.stored.as_deref(),
            }),
        };
        match (self.claim_erased, self.claim) {
            (false, _) => entry.check(self.entry, &self.salt, &self.actor_salt)?,
            (true, None) => entry.check_without_claim(self.entry, &self.salt, &self.actor_salt)?,
            (true, Some(_)) => {
                let problem = "the proof holds a claim that it says is erased";
                return Err(Refused::Wrong(problem.to_owned()));
            }
        }
        check_attested(statement, self.text, &facts.authority, keys)
    }
}

/// Verifies C2SP tlog-proof text whose `extra` is the entry.
pub fn verify_text(text: &str, keys: &[VerifierKey]) -> Result<Verified, Refused> {
    let proof = ProofText::parse(text).ok_or_else(|| unreadable("the proof"))?;
    let head = TreeHead::verify(&proof.checkpoint, keys)?;
    let entry = proof.extra.ok_or_else(|| {
        Refused::Unreadable("the proof does not carry its entry (no line `extra`)".to_owned())
    })?;
    check_inclusion(&proof.proof.hashes, leaf_hash(&entry), proof.proof.index, &head)?;
    let said = format!("the entry is {}", String::from_utf8_lossy(&entry));
    Ok(Verified { lines: vec![said, is_in(proof.proof.index, &head)], head })
}

/// Verifies that one checkpoint's log begins with another's. `kept` is an older checkpoint from
/// somewhere else, which must be the smaller of the two.
pub fn verify_consistency(
    text: &str,
    keys: &[VerifierKey],
    kept: Option<&TreeHead>,
) -> Result<Verified, Refused> {
    let proof: ConsistencyProof = json(text)?;
    if proof.format != CONSISTENCY_FORMAT {
        let problem = format!("the proof is not of the form {CONSISTENCY_FORMAT}");
        return Err(Refused::Unreadable(problem));
    }
    let keys = keys_for(keys, &proof.keys)?;
    let to = signed_end(&proof.to, &keys)?.ok_or_else(|| {
        let size = proof.to.size;
        Refused::Wrong(format!("nobody signed the log of {size} entries: there is no checkpoint"))
    })?;
    let mut from = signed_end(&proof.from, &keys)?;
    if let Some(kept) = kept {
        let named = hash_of(&proof.from.root).ok_or_else(|| unreadable("a root"))?;
        if (kept.size, kept.root, &kept.origin) != (proof.from.size, named, &to.origin) {
            let problem = "the checkpoint that was kept is not the smaller one of the proof";
            return Err(Refused::Wrong(problem.to_owned()));
        }
        from = Some(kept.clone());
    }
    let from = from.ok_or_else(|| {
        let size = proof.from.size;
        let problem = "is not signed, and no checkpoint that was kept is given";
        Refused::Wrong(format!("the log of {size} entries {problem}"))
    })?;
    let ends = ((from.size, from.root), (to.size, to.root));
    if !proves_consistency(&hashes_of(&proof.hashes)?, ends.0, ends.1) {
        let problem = format!(
            "the log of {} entries is not the beginning of the log of {} entries",
            from.size, to.size
        );
        return Err(Refused::Wrong(problem));
    }
    let line = format!(
        "the log {} of {} entries is the beginning of its log of {} entries",
        to.origin, from.size, to.size
    );
    Ok(Verified { head: to, lines: vec![line] })
}

fn signed_end(end: &ConsistencyEnd, keys: &[VerifierKey]) -> Result<Option<TreeHead>, Refused> {
    let Some(note) = &end.checkpoint else { return Ok(None) };
    let head = TreeHead::verify(note, keys)?;
    if head.size != end.size || Some(head.root) != hash_of(&end.root) {
        let problem = format!("the checkpoint of {} entries is not the one named", end.size);
        return Err(Refused::Wrong(problem));
    }
    Ok(Some(head))
}

/// A mirrored log that is read from its beginning: the tree is computed anew from its entries.
#[derive(Debug)]
pub struct Mirror {
    wanted: Vec<TreeHead>,
    frontier: Frontier,
}

impl Mirror {
    /// A mirror that must give these trees, whose signatures are verified.
    pub fn new(mut wanted: Vec<TreeHead>) -> Self {
        wanted.sort_by_key(|head| head.size);
        Self { wanted, frontier: Frontier::EMPTY }
    }

    /// How many entries have been read.
    pub const fn size(&self) -> u64 {
        self.frontier.size()
    }

    /// Reads the next bundle and, when the mirror has it, the tile of its leaves' hashes.
    pub fn push(&mut self, bundle: &[u8], tile: Option<&[u8]>) -> Result<(), Refused> {
        let begin = self.frontier.size();
        let wrong = |what: &str| Refused::Wrong(format!("the entries from {begin} on {what}"));
        let entries = unbundle(bundle).ok_or_else(|| wrong("are cut off"))?;
        let leaves: Vec<_> = entries.into_iter().map(leaf_hash).collect();
        let same = tile.is_none_or(|tile| {
            let hashes = ::ledger::hashes_of(tile);
            hashes.is_some_and(|hashes| hashes.starts_with(&leaves))
        });
        if !same {
            return Err(wrong("are not those of their hash tile"));
        }
        for leaf in leaves {
            self.compare()?;
            self.frontier.push(leaf);
        }
        Ok(())
    }

    fn compare(&self) -> Result<(), Refused> {
        for head in self.wanted.iter().filter(|head| head.size == self.frontier.size()) {
            if head.root != self.frontier.root() {
                let problem = format!(
                    "the first {} entries are not those that the checkpoint of {} vouches for",
                    head.size, head.origin
                );
                return Err(Refused::Wrong(problem));
            }
        }
        Ok(())
    }

    /// Says whether every tree that was wanted has come out.
    pub fn finish(self) -> Result<Vec<String>, Refused> {
        self.compare()?;
        let read = self.frontier.size();
        if let Some(head) = self.wanted.iter().find(|head| head.size > read) {
            let problem =
                format!("the mirror has {read} entries, its checkpoint vouches for {}", head.size);
            return Err(Refused::Wrong(problem));
        }
        let line = |head: &TreeHead| {
            format!("the first {} entries give the root that {} signed", head.size, head.origin)
        };
        Ok(self.wanted.iter().map(line).collect())
    }
}
