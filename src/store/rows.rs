//! Rows as both databases give them, and what they become. A row that cannot be is
//! [`StoreError::Inconsistent`].

#![expect(missing_docs, reason = "the fields are the columns; migrations/ say what they hold")]

use crate::{
    AttachmentLink, Attempt, Call, Claim, ConsoleSession, Course, Credential, Document, Event,
    EventOp, Launch, LaunchMode, LogEntry, LoggedCall, NewEvent, NewLaunch, NewRegistration,
    Notice, OneTimeToken, Organization, Position, PublishedVersion, RegistrationRecord, Session,
    SessionEnd, StoreError, StoredStatement, TokenPurpose, User, VersionSummary,
};
use domain::{
    CourseId, CourseVersion, CredentialId, ItemId, OrganizationId, RegistrationId, SessionId,
    Sha256Digest, StatementId, Timestamp, UserId,
};
use ledger::Salt;
use std::{error::Error, fmt, str::FromStr};
use uuid::Uuid;

mod facts;
mod known;
mod log;

pub use facts::{FactClaimRow, FactRow};
pub use known::{CountedRow, KnownRegistrationRow, KnownRow, KnownVersionRow, TermRow};
pub use log::*;

type Read<T> = Result<T, StoreError>;

/// A place to blame.
struct Cell<'a, R: fmt::Display>(&'static str, &'static str, &'a R);

impl<R: fmt::Display> Cell<'_, R> {
    fn wrong(&self) -> StoreError {
        StoreError::wrong(self.0, self.1, self.2)
    }

    fn parse<T: FromStr<Err: Error + Send + Sync + 'static>>(&self, text: &str) -> Read<T> {
        text.parse().map_err(|error| StoreError::inconsistent(self.0, self.1, self.2, error))
    }

    fn named<T: Copy>(&self, all: &[T], name: impl Fn(T) -> &'static str, text: &str) -> Read<T> {
        all.iter().copied().find(|one| name(*one) == text).ok_or_else(|| self.wrong())
    }

    fn digest(&self, bytes: &[u8]) -> Read<Sha256Digest> {
        bytes.try_into().map(Sha256Digest::new).map_err(|_| self.wrong())
    }

    fn number<T: TryFrom<i64>>(&self, number: i64) -> Read<T> {
        T::try_from(number).map_err(|_| self.wrong())
    }

    fn version(&self, number: i64) -> Read<CourseVersion> {
        self.number(number).ok().and_then(CourseVersion::new).ok_or_else(|| self.wrong())
    }

    fn salt(&self, bytes: &[u8]) -> Read<Salt> {
        Salt::from_bytes(bytes).ok_or_else(|| self.wrong())
    }
}

const fn instant(micros: i64) -> Timestamp {
    Timestamp::from_micros(micros)
}

/// A position read from a column.
pub fn position(table: &'static str, column: &'static str, value: i64) -> Read<Position> {
    Cell(table, column, &value).number(value).map(Position::new)
}

/// A number for a column; none that is counted here comes near the limit.
pub fn column(number: impl TryInto<i64>) -> i64 {
    number.try_into().unwrap_or(i64::MAX)
}

#[derive(Debug)]
pub struct OrganizationRow {
    pub id: Uuid,
    pub name: String,
    pub activity_base: String,
    pub created_at: i64,
}

impl From<OrganizationRow> for Organization {
    fn from(row: OrganizationRow) -> Self {
        Self {
            id: OrganizationId::new(row.id),
            name: row.name,
            activity_base: row.activity_base,
            created_at: instant(row.created_at),
        }
    }
}

#[derive(Debug)]
pub struct CredentialRow {
    pub id: String,
    pub organization: Uuid,
    pub label: String,
    pub secret_hash: Vec<u8>,
    pub scopes: String,
    pub created_at: i64,
    pub revoked_at: Option<i64>,
}

impl TryFrom<CredentialRow> for Credential {
    type Error = StoreError;

    fn try_from(row: CredentialRow) -> Read<Self> {
        let id = CredentialId::parse(&row.id)
            .map_err(|error| StoreError::inconsistent("credential", "id", &row.id, error))?;
        Ok(Self {
            id,
            organization: OrganizationId::new(row.organization),
            label: row.label,
            secret_hash: Cell("credential", "secret_hash", &row.id).digest(&row.secret_hash)?,
            scopes: Cell("credential", "scopes", &row.id).parse(&row.scopes)?,
            created_at: instant(row.created_at),
            revoked_at: row.revoked_at.map(instant),
        })
    }
}

#[derive(Debug)]
pub struct UserRow {
    pub id: Uuid,
    pub organization: Uuid,
    pub email: String,
    pub display_name: String,
    pub role: String,
    pub password: Option<String>,
    pub created_at: i64,
    pub disabled_at: Option<i64>,
}

impl TryFrom<UserRow> for User {
    type Error = StoreError;

    fn try_from(row: UserRow) -> Read<Self> {
        Ok(Self {
            id: UserId::new(row.id),
            organization: OrganizationId::new(row.organization),
            email: row.email,
            display_name: row.display_name,
            role: Cell("console_user", "role", &row.id).parse(&row.role)?,
            password: row.password,
            created_at: instant(row.created_at),
            disabled_at: row.disabled_at.map(instant),
        })
    }
}

#[derive(Debug)]
pub struct TokenRow {
    pub hash: Vec<u8>,
    pub organization: Uuid,
    pub console_user: Uuid,
    pub purpose: String,
    pub expires_at: i64,
}

impl TryFrom<TokenRow> for OneTimeToken {
    type Error = StoreError;

    fn try_from(row: TokenRow) -> Read<Self> {
        let user = row.console_user;
        Ok(Self {
            hash: Cell("one_time_token", "hash", &user).digest(&row.hash)?,
            organization: OrganizationId::new(row.organization),
            user: UserId::new(user),
            purpose: Cell("one_time_token", "purpose", &user).named(
                &TokenPurpose::ALL,
                TokenPurpose::as_str,
                &row.purpose,
            )?,
            expires_at: instant(row.expires_at),
        })
    }
}

#[derive(Debug)]
pub struct ConsoleSessionRow {
    pub hash: Vec<u8>,
    pub organization: Uuid,
    pub console_user: Uuid,
    pub created_at: i64,
    pub seen_at: i64,
    pub expires_at: i64,
}

impl TryFrom<ConsoleSessionRow> for ConsoleSession {
    type Error = StoreError;

    fn try_from(row: ConsoleSessionRow) -> Read<Self> {
        Ok(Self {
            hash: Cell("console_session", "hash", &row.console_user).digest(&row.hash)?,
            organization: OrganizationId::new(row.organization),
            user: UserId::new(row.console_user),
            created_at: instant(row.created_at),
            seen_at: instant(row.seen_at),
            expires_at: instant(row.expires_at),
        })
    }
}

#[derive(Debug)]
pub struct CourseRow {
    pub id: Uuid,
    pub title: String,
    pub created_at: i64,
}

impl From<CourseRow> for Course {
    fn from(row: CourseRow) -> Self {
        Self { id: CourseId::new(row.id), title: row.title, created_at: instant(row.created_at) }
    }
}

#[derive(Debug)]
pub struct SummaryRow {
    pub course: Uuid,
    pub version: i64,
    pub title: String,
    pub package: Vec<u8>,
    pub package_bytes: i64,
    pub file_name: String,
    pub edition: String,
    pub activity: String,
    pub published_at: i64,
    pub published_by: String,
    pub change_note: String,
}

impl TryFrom<SummaryRow> for VersionSummary {
    type Error = StoreError;

    fn try_from(row: SummaryRow) -> Read<Self> {
        let key = format!("{} {}", row.course, row.version);
        Ok(Self {
            course: CourseId::new(row.course),
            version: Cell("course_version", "version", &key).version(row.version)?,
            title: row.title,
            package: Cell("course_version", "package", &key).digest(&row.package)?,
            package_bytes: Cell("course_version", "package_bytes", &key)
                .number(row.package_bytes)?,
            file_name: row.file_name,
            edition: row.edition,
            activity: row.activity,
            published_at: instant(row.published_at),
            published_by: row.published_by,
            change_note: row.change_note,
        })
    }
}

#[derive(Debug)]
pub struct VersionRow {
    pub course: Uuid,
    pub version: i64,
    pub title: String,
    pub package: Vec<u8>,
    pub package_bytes: i64,
    pub file_name: String,
    pub edition: String,
    pub manifest: String,
    pub report: String,
    pub activity: String,
    pub published_at: i64,
    pub published_by: String,
    pub change_note: String,
}

impl TryFrom<VersionRow> for PublishedVersion {
    type Error = StoreError;

    fn try_from(row: VersionRow) -> Read<Self> {
        let summary = VersionSummary::try_from(SummaryRow {
            course: row.course,
            version: row.version,
            title: row.title,
            package: row.package,
            package_bytes: row.package_bytes,
            file_name: row.file_name,
            edition: row.edition,
            activity: row.activity,
            published_at: row.published_at,
            published_by: row.published_by,
            change_note: row.change_note,
        })?;
        Ok(Self {
            course: summary.course,
            version: summary.version,
            title: summary.title,
            package: summary.package,
            package_bytes: summary.package_bytes,
            file_name: summary.file_name,
            edition: summary.edition,
            manifest: row.manifest,
            report: row.report,
            activity: summary.activity,
            published_at: summary.published_at,
            published_by: summary.published_by,
            change_note: summary.change_note,
        })
    }
}

#[derive(Debug)]
pub struct RegistrationRow {
    pub id: Uuid,
    pub course: Uuid,
    pub version: i64,
    pub actor: String,
    pub actor_key: String,
    pub learner_id: String,
    pub learner_name: String,
    pub created_at: i64,
    pub state: String,
    pub revision: i64,
    pub record: String,
    pub active_at: i64,
    pub test: bool,
}

impl TryFrom<RegistrationRow> for crate::Registration {
    type Error = StoreError;

    fn try_from(row: RegistrationRow) -> Read<Self> {
        Ok(Self {
            fixed: NewRegistration {
                id: RegistrationId::new(row.id),
                course: CourseId::new(row.course),
                version: Cell("registration", "version", &row.id).version(row.version)?,
                actor: row.actor,
                actor_key: row.actor_key,
                learner_id: row.learner_id,
                learner_name: row.learner_name,
                created_at: instant(row.created_at),
                state: row.state,
                test: row.test,
            },
            revision: Cell("registration", "revision", &row.id).number(row.revision)?,
            record: record(&row.id, &row.record)?,
            active_at: instant(row.active_at),
        })
    }
}

/// The text under which a registration is searched for.
pub fn search_text(new: &NewRegistration) -> String {
    [&*new.actor_key, &new.learner_id, &new.learner_name].join("\n").to_lowercase()
}

/// A record as its column holds it.
pub fn record_text(record: &RegistrationRecord) -> Read<String> {
    serde_json::to_string(record).map_err(StoreError::refused)
}

/// The activity ids of the versions that a registration has been on.
pub fn activities(row: &Uuid, text: &str) -> Read<Vec<String>> {
    serde_json::from_str(text)
        .map_err(|error| StoreError::inconsistent("registration", "activities", row, error))
}

fn record(row: &Uuid, text: &str) -> Read<RegistrationRecord> {
    serde_json::from_str(text)
        .map_err(|error| StoreError::inconsistent("registration", "record", row, error))
}

#[derive(Debug)]
pub struct AttemptRow {
    pub registration: Uuid,
    pub item: String,
    pub number: i64,
    pub data: String,
    pub session: Uuid,
    pub delivery: i64,
    pub calls_applied: i64,
    pub open: bool,
    pub updated_at: i64,
}

impl TryFrom<AttemptRow> for Attempt {
    type Error = StoreError;

    fn try_from(row: AttemptRow) -> Read<Self> {
        let key = row.registration;
        Ok(Self {
            registration: RegistrationId::new(key),
            item: ItemId::new(row.item),
            number: Cell("attempt", "number", &key).number(row.number)?,
            data: row.data,
            session: SessionId::new(row.session),
            delivery: Cell("attempt", "delivery", &key).number(row.delivery)?,
            calls_applied: Cell("attempt", "calls_applied", &key).number(row.calls_applied)?,
            open: row.open,
            updated_at: instant(row.updated_at),
        })
    }
}

#[derive(Debug)]
pub struct CallRow {
    pub registration: Uuid,
    pub sequence: i64,
    pub session: Uuid,
    pub delivery: i64,
    pub number: i64,
    pub received_at: i64,
    pub claimed_at: Option<i64>,
    pub function: String,
    pub arguments: String,
    pub result: String,
    pub error: i64,
    pub note: Option<String>,
    pub applied: bool,
    pub outcome: Option<String>,
}

impl TryFrom<CallRow> for LoggedCall {
    type Error = StoreError;

    fn try_from(row: CallRow) -> Read<Self> {
        let key = format!("{} {}", row.registration, row.sequence);
        Ok(Self {
            sequence: Cell("api_call", "sequence", &key).number(row.sequence)?,
            call: Call {
                registration: RegistrationId::new(row.registration),
                session: SessionId::new(row.session),
                delivery: Cell("api_call", "delivery", &key).number(row.delivery)?,
                number: Cell("api_call", "number", &key).number(row.number)?,
                received_at: instant(row.received_at),
                claimed_at: row.claimed_at.map(instant),
                function: row.function,
                arguments: row.arguments,
                result: row.result,
                error: Cell("api_call", "error", &key).number(row.error)?,
                note: row.note,
                applied: row.applied,
                outcome: row.outcome,
            },
        })
    }
}

#[derive(Debug)]
pub struct LaunchRow {
    pub organization: Uuid,
    pub hash: Vec<u8>,
    pub registration: Uuid,
    pub mode: String,
    pub return_url: Option<String>,
    pub language: Option<String>,
    pub settings: String,
    pub expires_at: i64,
}

impl TryFrom<LaunchRow> for Launch {
    type Error = StoreError;

    fn try_from(row: LaunchRow) -> Read<Self> {
        let key = row.registration;
        Ok(Self {
            organization: OrganizationId::new(row.organization),
            launch: NewLaunch {
                hash: Cell("launch", "hash", &key).digest(&row.hash)?,
                registration: RegistrationId::new(key),
                mode: mode("launch", key, &row.mode)?,
                return_url: row.return_url,
                language: row.language,
                settings: row.settings,
                expires_at: instant(row.expires_at),
            },
        })
    }
}

fn mode(table: &'static str, row: Uuid, text: &str) -> Read<LaunchMode> {
    Cell(table, "mode", &row).named(&LaunchMode::ALL, LaunchMode::as_str, text)
}

#[derive(Debug)]
pub struct NoticeRow {
    pub organization: Uuid,
    pub registration: Uuid,
    pub url: String,
    pub due_at: Option<i64>,
    pub tries: i64,
    pub failing_since: Option<i64>,
    pub error: Option<String>,
    pub told: Option<String>,
    pub told_at: Option<i64>,
}

impl TryFrom<NoticeRow> for Notice {
    type Error = StoreError;

    fn try_from(row: NoticeRow) -> Read<Self> {
        Ok(Self {
            organization: OrganizationId::new(row.organization),
            registration: RegistrationId::new(row.registration),
            url: row.url,
            due_at: row.due_at.map(instant),
            tries: Cell("result_notice", "tries", &row.registration).number(row.tries)?,
            failing_since: row.failing_since.map(instant),
            error: row.error,
            told: row.told,
            told_at: row.told_at.map(instant),
        })
    }
}

#[derive(Debug)]
pub struct SessionRow {
    pub organization: Uuid,
    pub id: Uuid,
    pub hash: Vec<u8>,
    pub registration: Uuid,
    pub mode: String,
    pub return_url: Option<String>,
    pub language: Option<String>,
    pub settings: String,
    pub created_at: i64,
    pub seen_at: i64,
    pub ended_at: Option<i64>,
    pub ended_how: Option<String>,
    pub state: String,
}

impl TryFrom<SessionRow> for Session {
    type Error = StoreError;

    fn try_from(row: SessionRow) -> Read<Self> {
        let how = Cell("session", "ended_how", &row.id);
        let ended = match (row.ended_at, &row.ended_how) {
            (Some(at), Some(text)) => {
                Some((instant(at), how.named(&SessionEnd::ALL, SessionEnd::as_str, text)?))
            }
            (None, None) => None,
            _ => return Err(how.wrong()),
        };
        Ok(Self {
            id: SessionId::new(row.id),
            organization: OrganizationId::new(row.organization),
            hash: Cell("session", "hash", &row.id).digest(&row.hash)?,
            registration: RegistrationId::new(row.registration),
            mode: mode("session", row.id, &row.mode)?,
            return_url: row.return_url,
            language: row.language,
            settings: row.settings,
            created_at: instant(row.created_at),
            seen_at: instant(row.seen_at),
            ended,
            state: row.state,
        })
    }
}

#[derive(Debug)]
pub struct EventRow {
    pub position: i64,
    pub recorded_at: i64,
    pub actor: String,
    pub reason: String,
    pub entity: String,
    pub entity_id: String,
    pub op: String,
    pub valid_from: Option<String>,
    pub valid_to: Option<String>,
    pub value: String,
    pub source: String,
    pub about: Option<Vec<u8>>,
}

impl TryFrom<EventRow> for Event {
    type Error = StoreError;

    fn try_from(row: EventRow) -> Read<Self> {
        Ok(Self {
            position: position("event", "position", row.position)?,
            recorded_at: instant(row.recorded_at),
            event: NewEvent {
                actor: row.actor,
                reason: row.reason,
                entity: row.entity,
                entity_id: row.entity_id,
                op: Cell("event", "op", &row.position).named(
                    &EventOp::ALL,
                    EventOp::as_str,
                    &row.op,
                )?,
                valid_from: row.valid_from,
                valid_to: row.valid_to,
                value: row.value,
                source: row.source,
                about: row
                    .about
                    .map(|about| Cell("event", "about", &row.position).digest(&about))
                    .transpose()?,
            },
        })
    }
}

#[derive(Debug)]
pub struct LogRow {
    pub position: i64,
    pub stored: i64,
    pub entry: Vec<u8>,
    pub salt: Option<Vec<u8>>,
}

impl TryFrom<LogRow> for LogEntry {
    type Error = StoreError;

    fn try_from(row: LogRow) -> Read<Self> {
        Ok(Self {
            position: position("log_entry", "position", row.position)?,
            stored: instant(row.stored),
            entry: row.entry,
            salt: row.salt,
        })
    }
}

#[derive(Debug)]
pub struct DocumentRow {
    pub content_type: String,
    pub content: Vec<u8>,
    pub etag: String,
    pub updated_at: i64,
}

impl From<DocumentRow> for Document {
    fn from(row: DocumentRow) -> Self {
        Self {
            content_type: row.content_type,
            content: row.content,
            etag: row.etag,
            updated_at: instant(row.updated_at),
        }
    }
}

#[derive(Debug)]
pub struct AttachmentLinkRow {
    pub position: i64,
    pub sha2: String,
    pub media_type: String,
}

impl TryFrom<AttachmentLinkRow> for AttachmentLink {
    type Error = StoreError;

    fn try_from(row: AttachmentLinkRow) -> Read<Self> {
        Ok(Self {
            position: position("statement_attachment", "position", row.position)?,
            sha2: row.sha2,
            media_type: row.media_type,
        })
    }
}

#[derive(Debug)]
pub struct StatementRow {
    pub position: i64,
    pub id: Uuid,
    pub stored: i64,
    pub voided: bool,
    pub authority: String,
    pub body: Vec<u8>,
}

impl TryFrom<StatementRow> for StoredStatement {
    type Error = StoreError;

    fn try_from(row: StatementRow) -> Read<Self> {
        let authority = CredentialId::parse(&row.authority)
            .map_err(|error| StoreError::inconsistent("statement", "authority", row.id, error))?;
        Ok(Self {
            position: position("statement", "position", row.position)?,
            id: StatementId::new(row.id),
            stored: instant(row.stored),
            voided: row.voided,
            authority,
            body: row.body,
        })
    }
}

#[derive(Debug)]
pub struct ClaimRow {
    pub stored: Option<String>,
    pub authority: Option<String>,
    pub authority_key: Option<String>,
    pub source: Vec<u8>,
    pub line: i64,
}

impl TryFrom<ClaimRow> for Claim {
    type Error = StoreError;

    fn try_from(row: ClaimRow) -> Read<Self> {
        Ok(Self {
            stored: row.stored,
            authority: row.authority,
            authority_key: row.authority_key,
            source: Cell("claim", "source", &row.line).digest(&row.source)?,
            line: Cell("claim", "line", &row.line).number(row.line)?,
        })
    }
}

/// Turns rows into what they stand for.
pub fn all<Row, T>(rows: Vec<Row>) -> Read<Vec<T>>
where
    T: TryFrom<Row>,
    StoreError: From<T::Error>,
{
    rows.into_iter().map(|row| T::try_from(row).map_err(StoreError::from)).collect()
}

/// Turns a row into what it stands for, if there is one.
pub fn one<Row, T>(row: Option<Row>) -> Read<Option<T>>
where
    T: TryFrom<Row>,
    StoreError: From<T::Error>,
{
    row.map(|row| T::try_from(row).map_err(StoreError::from)).transpose()
}
