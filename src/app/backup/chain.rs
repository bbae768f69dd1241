//! Watches rows pass and recomputes each organization's ledger from its entries.

use super::{BackedUpOrganization, BackupError};
use domain::{OrganizationId, Sha256Digest};
use ledger::{Frontier, TreeHead, VerifierKey, leaf_hash};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use store::archive::{ArchiveRow, ArchiveTable, ArchiveValue};
use uuid::Uuid;

/// The tables that are watched.
const CHECKPOINT: &str = "checkpoint";
const KEY: &str = "signing_key";
const ENTRY: &str = "log_entry";
const HEAD: &str = "log_head";
const ORGANIZATION: &str = "organization";
const VERSION: &str = "course_version";

/// The tables that are read before all others, in this order: what is signed, and by whom, is known
/// before the first entry passes.
pub(super) const FIRST: [&str; 2] = [KEY, CHECKPOINT];

/// What was seen so far, by the number that stands for an organization in every row.
#[derive(Default)]
pub(super) struct Chain {
    organizations: BTreeMap<i64, (OrganizationId, String)>,
    edges: HashMap<i64, Edge>,
    heads: HashMap<i64, (u64, Vec<u8>)>,
    /// Roots that were signed, by size; each is taken out when the tree has that size.
    signed: HashMap<i64, BTreeMap<u64, Sha256Digest>>,
    notes: HashMap<i64, (u64, String)>,
    keys: HashMap<i64, Vec<VerifierKey>>,
    packages: BTreeSet<(i64, Sha256Digest)>,
}

/// The tree as far as its entries have passed.
struct Edge {
    size: u64,
    frontier: Frontier,
}

impl Edge {
    const EMPTY: Self = Self { size: 0, frontier: Frontier::EMPTY };
}

/// A row whose columns are asked for by name.
struct Named<'a>(&'a ArchiveTable, &'a ArchiveRow);

impl Named<'_> {
    fn value(&self, column: &str) -> Result<&ArchiveValue, BackupError> {
        let at = self.0.column(column);
        at.and_then(|at| self.1.get(at)).ok_or_else(|| self.wrong(column))
    }

    fn wrong(&self, column: &str) -> BackupError {
        BackupError::damaged(format!("{}.{column} is not what it should be", self.0.name))
    }

    fn int(&self, column: &str) -> Result<i64, BackupError> {
        match self.value(column)? {
            ArchiveValue::Int(number) => Ok(*number),
            _ => Err(self.wrong(column)),
        }
    }

    fn count(&self, column: &str) -> Result<u64, BackupError> {
        u64::try_from(self.int(column)?).map_err(|_| self.wrong(column))
    }

    fn bytes(&self, column: &str) -> Result<&[u8], BackupError> {
        match self.value(column)? {
            ArchiveValue::Bytes(bytes) => Ok(bytes),
            _ => Err(self.wrong(column)),
        }
    }

    fn text(&self, column: &str) -> Result<&str, BackupError> {
        match self.value(column)? {
            ArchiveValue::Text(text) => Ok(text),
            _ => Err(self.wrong(column)),
        }
    }

    fn digest(&self, column: &str) -> Result<Sha256Digest, BackupError> {
        let bytes = self.bytes(column)?.try_into();
        bytes.map(Sha256Digest::new).map_err(|_| self.wrong(column))
    }
}

impl Chain {
    /// Learns of a key or of a signed checkpoint, from the tables of [`FIRST`].
    pub(super) fn expect(
        &mut self,
        table: &ArchiveTable,
        row: &ArchiveRow,
    ) -> Result<(), BackupError> {
        let row = Named(table, row);
        match &*table.name {
            KEY => self.key(&row),
            CHECKPOINT => self.checkpoint(&row),
            _ => Ok(()),
        }
    }

    fn key(&mut self, row: &Named<'_>) -> Result<(), BackupError> {
        let public = row.digest("public_key")?;
        let key = VerifierKey::new(row.text("origin")?, public.as_bytes());
        let key = key.ok_or_else(|| row.wrong("origin"))?;
        self.keys.entry(row.int("organization")?).or_default().push(key);
        Ok(())
    }

    /// A checkpoint counts only with a signature by a key of its own organization, and says what
    /// its row does.
    fn checkpoint(&mut self, row: &Named<'_>) -> Result<(), BackupError> {
        let (number, size) = (row.int("organization")?, row.count("size")?);
        let (root, note) = (row.digest("root")?, row.text("note")?);
        let keys = self.keys.get(&number).map(Vec::as_slice).unwrap_or_default();
        let about = |problem: &str| {
            let which = format!("the checkpoint of organization {number} of size {size}");
            BackupError::damaged(format!("{which} {problem}"))
        };
        let head = TreeHead::verify(note, keys)
            .map_err(|error| about(&format!("is not verified: {error}")))?;
        if (head.size, head.root) != (size, root) {
            return Err(about("says another size or root"));
        }
        self.signed.entry(number).or_default().insert(size, root);
        let last = self.notes.entry(number).or_default();
        if size >= last.0 {
            *last = (size, note.to_owned());
        }
        Ok(())
    }

    /// Watches a row pass; those of a table come in the order of its primary key.
    pub(super) fn watch(
        &mut self,
        table: &ArchiveTable,
        row: &ArchiveRow,
    ) -> Result<(), BackupError> {
        let named = Named(table, row);
        match &*table.name {
            ENTRY => self.entry(&named),
            ORGANIZATION => {
                let id = Uuid::from_slice(named.bytes("id")?).map_err(|_| named.wrong("id"))?;
                let about = (OrganizationId::new(id), named.text("name")?.to_owned());
                self.organizations.insert(named.int("number")?, about);
                Ok(())
            }
            HEAD => {
                let head = (named.count("next_position")?, named.bytes("frontier")?.to_vec());
                self.heads.insert(named.int("organization")?, head);
                Ok(())
            }
            VERSION => {
                self.packages.insert((named.int("organization")?, named.digest("package")?));
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn entry(&mut self, row: &Named<'_>) -> Result<(), BackupError> {
        let (number, position) = (row.int("organization")?, row.count("position")?);
        let edge = self.edges.entry(number).or_insert(Edge::EMPTY);
        if edge.size != position {
            let problem = format!("the log of organization {number} has a gap at {}", edge.size);
            return Err(BackupError::damaged(problem));
        }
        edge.frontier.push(leaf_hash(row.bytes("entry")?));
        edge.size += 1;
        let signed = self.signed.get_mut(&number).and_then(|all| all.remove(&edge.size));
        if signed.is_some_and(|signed| signed != edge.frontier.root()) {
            let problem = format!(
                "the entries of organization {number} are not those of its checkpoint of size {}",
                edge.size
            );
            return Err(BackupError::damaged(problem));
        }
        Ok(())
    }

    /// The packages that the rows name.
    pub(super) fn packages(&self) -> Vec<(OrganizationId, Sha256Digest)> {
        let found = self.packages.iter().filter_map(|(number, digest)| {
            self.organizations.get(number).map(|(id, _)| (*id, *digest))
        });
        found.collect()
    }

    /// The organizations and their ledgers, once every row has passed: each log's head and every
    /// checkpoint agree with the entries.
    pub(super) fn finish(mut self) -> Result<Vec<BackedUpOrganization>, BackupError> {
        let mut all = Vec::new();
        for (number, (id, name)) in self.organizations {
            let Edge { size, frontier } = self.edges.remove(&number).unwrap_or(Edge::EMPTY);
            let head = self.heads.remove(&number);
            if head.is_none_or(|(next, edge)| next != size || edge != frontier.to_bytes()) {
                let problem = format!("the head of {name}'s log does not agree with its entries");
                return Err(BackupError::damaged(problem));
            }
            let mut left = self.signed.remove(&number).unwrap_or_default();
            let of_nothing = left.remove(&0).is_none_or(|root| root == Frontier::EMPTY.root());
            if !of_nothing || !left.is_empty() {
                let problem = format!("a checkpoint of {name} says more than its log holds");
                return Err(BackupError::damaged(problem));
            }
            let checkpoint = self.notes.remove(&number).map(|(_, note)| note);
            all.push(BackedUpOrganization { id, name, size, root: frontier.root(), checkpoint });
        }
        all.sort_by_key(|one| one.id);
        Ok(all)
    }
}
