//! Rows that a commit reads before it decides.

use super::{Cell, Read, activities, instant, position, record};
use crate::{
    Counted, Known, KnownRegistration, KnownTerm, KnownVersion, StoreError, Term, TermKind,
    unpack_keys,
};
use domain::{CourseId, RegistrationId, StatementId};
use uuid::Uuid;

#[derive(Debug)]
pub struct KnownRow {
    pub id: Uuid,
    pub position: i64,
    pub stored: i64,
    pub digest: Vec<u8>,
    pub target: Option<Uuid>,
    pub voiding: bool,
    pub voided: bool,
    pub keys: Vec<u8>,
    pub counted: Option<Uuid>,
}

impl KnownRow {
    /// The statement and its id.
    pub fn known(self) -> Read<(StatementId, Known)> {
        let known = Known {
            position: position("statement", "position", self.position)?,
            stored: instant(self.stored),
            digest: Cell("statement", "digest", &self.id).digest(&self.digest)?,
            target: self.target.map(StatementId::new),
            voiding: self.voiding,
            voided: self.voided,
            keys: unpack_keys(&self.keys)
                .ok_or_else(|| StoreError::wrong("statement", "keys", self.id))?,
            counted: self.counted.map(RegistrationId::new),
        };
        Ok((StatementId::new(self.id), known))
    }
}

#[derive(Debug)]
pub struct CountedRow {
    pub id: Uuid,
    pub stored: i64,
    pub facts: Option<String>,
    pub voided: bool,
}

impl TryFrom<CountedRow> for Counted {
    type Error = StoreError;

    fn try_from(row: CountedRow) -> Read<Self> {
        let text = row.facts.unwrap_or_default();
        Ok(Self {
            id: StatementId::new(row.id),
            stored: instant(row.stored),
            facts: serde_json::from_str(&text)
                .map_err(|error| StoreError::inconsistent("statement", "facts", row.id, error))?,
            voided: row.voided,
        })
    }
}

#[derive(Debug)]
pub struct TermRow {
    pub number: i64,
    pub kind: i64,
    pub text: String,
    pub salt: Option<Vec<u8>>,
}

impl TermRow {
    /// The number and the term.
    pub fn term(self) -> Read<(i64, Term)> {
        let kind = TermKind::from_number(self.kind)
            .ok_or_else(|| StoreError::wrong("term", "kind", self.number))?;
        Ok((self.number, Term::new(kind, self.text)))
    }

    /// The number and salt.
    pub fn known(&self) -> Read<KnownTerm> {
        let salt = self.salt.as_deref();
        Ok(KnownTerm {
            number: self.number,
            salt: salt.map(|salt| Cell("term", "salt", &self.number).salt(salt)).transpose()?,
        })
    }
}

#[derive(Debug)]
pub struct KnownRegistrationRow {
    pub id: Uuid,
    pub revision: i64,
    pub activities: String,
    pub created_at: i64,
    pub record: String,
}

impl KnownRegistrationRow {
    /// The registration and its id.
    pub fn known(self) -> Read<(RegistrationId, KnownRegistration)> {
        let known = KnownRegistration {
            revision: Cell("registration", "revision", &self.id).number(self.revision)?,
            activities: activities(&self.id, &self.activities)?,
            created_at: instant(self.created_at),
            record: record(&self.id, &self.record)?,
            history: None,
        };
        Ok((RegistrationId::new(self.id), known))
    }
}

#[derive(Debug)]
pub struct KnownVersionRow {
    pub course: Uuid,
    pub version: Option<i64>,
    pub package: Option<Vec<u8>>,
    pub activity: Option<String>,
}

impl KnownVersionRow {
    /// The course, and a version of it if it has one.
    pub fn known(self) -> Read<(CourseId, Option<KnownVersion>)> {
        let known = match (self.version, self.package, self.activity) {
            (Some(version), Some(package), Some(activity)) => Some(KnownVersion {
                version: Cell("course_version", "version", &self.course).version(version)?,
                package: Cell("course_version", "package", &self.course).digest(&package)?,
                activity,
            }),
            _ => None,
        };
        Ok((CourseId::new(self.course), known))
    }
}
