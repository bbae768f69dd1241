//! The one way in for statements, and the way they are found.

mod receive;

pub use receive::SentStatements;

use crate::{App, AppError, Caller, Origin};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::{CredentialId, RegistrationId, Role, Scope, Sha256Digest, StatementId, Timestamp};
use receive::{AttachmentData, Received};
use scorm::runtime::Timespan;
use serde::{Deserialize, Serialize};
use std::{borrow::Cow, collections::BTreeSet, time::Duration};
use store::{
    Append, AppendError, AttachmentLink, Defined, Facts, LookupKey, NewFact, NewStatement,
    ObjectFact, Organization, Position, Score, StatementFilter, StoredStatement, actor_key,
};
use xapi::{
    AgentId, Authority, BatchLimits, Object, ParameterError, Selection, Stamped, Statement,
    StatementQuery, ValidationError, Version, json::Value, multipart::MultipartError, parse_batch,
    signature::SignatureError,
};

/// Most statements in one page, and as many as come when the query names no limit or 0 (xAPI 1.0.3
/// Communication 2.1.3: the maximum that the server allows).
const PAGE_STATEMENTS_MAX: usize = 500;

/// Statements cannot be stored or found as asked.
#[derive(Debug, thiserror::Error)]
pub enum StatementError {
    /// What was sent breaks a rule.
    #[error(transparent)]
    Invalid(#[from] ValidationError),
    /// What was sent is of another media type (XAPI-00127).
    #[error("statements are sent as application/json or multipart/mixed, not {0:?} (XAPI-00127)")]
    ContentType(String),
    /// Statements and attachments do not go together, or are not sent as they must be.
    #[error(transparent)]
    Attachment(#[from] MultipartError),
    /// A signature is none, or not one of its statement (Data 2.6).
    #[error("statement {place} of the request: {error}")]
    Signature {
        /// The statement's place in the request, from 0.
        place: usize,
        /// What is wrong with it.
        error: SignatureError,
    },
    /// A query parameter breaks a rule.
    #[error(transparent)]
    Parameter(#[from] ParameterError),
    /// The id in the URL and the one in the statement differ (XAPI-00149).
    #[error("statementId is {parameter}, but the statement's id is {sent}")]
    IdsDiffer {
        /// Of the URL.
        parameter: StatementId,
        /// Of the statement.
        sent: StatementId,
    },
    /// A different statement with this id is stored.
    #[error("a different statement with id {0} is stored already")]
    Conflict(StatementId),
    /// The statement with this id was erased; it does not come back.
    #[error("statement {0} was erased")]
    Erased(StatementId),
    /// A voiding statement cannot be voided (XAPI-00022).
    #[error("statement {target} is a voiding statement, which cannot be voided")]
    VoidsVoiding {
        /// What was to be voided.
        target: StatementId,
    },
    /// A continuation that this server did not give, or gave to somebody else.
    #[error("this more link is not one of this server's")]
    BadMore,
    /// It could not be done.
    #[error(transparent)]
    App(#[from] AppError),
}

/// Whether a reader has to see what was written a moment ago.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Freshness {
    /// It does.
    Fresh,
    /// It does not: a replica may serve it ([`store::Replicated`]).
    MayLag,
}

/// A page of statements.
#[derive(Debug)]
pub struct StatementPage {
    /// The statements with their exact bytes.
    pub statements: Vec<StoredStatement>,
    /// Continuation, to be given back to [`App::more_statements`]; absent on the last page.
    pub more: Option<String>,
    /// The query, for the form in which the statements are to be shown.
    pub query: StatementQuery,
    /// The attachments whose data goes with them, each hash once; `None` if not asked for.
    pub attachments: Option<Vec<AttachmentLink>>,
    /// Until when everything stored was looked through, if the page may lag.
    pub through: Option<Timestamp>,
}

/// A statement that was asked for by its id.
#[derive(Debug)]
pub struct FoundStatement {
    /// The statement with its exact bytes.
    pub statement: StoredStatement,
    /// The query, for the form in which the statement is to be shown.
    pub query: StatementQuery,
    /// The attachments whose data goes with it, each hash once; `None` if not asked for.
    pub attachments: Option<Vec<AttachmentLink>>,
}

/// What a query found.
#[derive(Debug)]
pub enum StatementsFound {
    /// One statement by its id, or none.
    One(Option<FoundStatement>),
    /// A page of those that match.
    Page(StatementPage),
}

/// What a continuation remembers.
#[derive(Serialize, Deserialize)]
struct More {
    version: String,
    parameters: Vec<(String, String)>,
    after: Position,
}

impl App {
    /// Stores a posted statement or array of statements, all or none; their ids in order.
    pub async fn post_statements(
        &self,
        caller: &Caller,
        sent: &SentStatements,
        version: Version,
    ) -> Result<Vec<StatementId>, StatementError> {
        caller.require(Scope::StatementsWrite, &[])?;
        let received = sent.receive(|body| parse_batch(body, version, BatchLimits::default()))?;
        self.store_statements(caller, received).await
    }

    /// Stores one statement under the id of the URL.
    pub async fn put_statement(
        &self,
        caller: &Caller,
        id: StatementId,
        sent: &SentStatements,
        version: Version,
    ) -> Result<(), StatementError> {
        caller.require(Scope::StatementsWrite, &[])?;
        let Received { statements, data } =
            sent.receive(|body| Ok(vec![Statement::parse(body, version)?]))?;
        let organization = self.organization(caller.organization).await?;
        let authority = authority_of(caller, &organization)?;
        let mut stamped = Vec::with_capacity(1);
        for statement in statements {
            if let Some(sent) = statement.id().filter(|sent| *sent != id) {
                return Err(StatementError::IdsDiffer { parameter: id, sent });
            }
            stamped.push(statement.stamp(id, &authority.xapi));
        }
        self.append_statements(caller, stamped, &data, &authority).await?;
        Ok(())
    }

    async fn store_statements(
        &self,
        caller: &Caller,
        Received { statements, data }: Received,
    ) -> Result<Vec<StatementId>, StatementError> {
        let organization = self.organization(caller.organization).await?;
        let authority = authority_of(caller, &organization)?;
        let stamped: Vec<Stamped> = statements
            .into_iter()
            .map(|statement| statement.stamp(self.new_statement_id(), &authority.xapi))
            .collect();
        let ids = stamped.iter().map(Stamped::id).collect();
        self.append_statements(caller, stamped, &data, &authority).await?;
        Ok(ids)
    }

    /// Appends statements of a client. The log refuses an id that it has with other bytes; when
    /// the statements are the same all the same (XAPI-00020), that one is left out.
    async fn append_statements(
        &self,
        caller: &Caller,
        mut stamped: Vec<Stamped>,
        data: &AttachmentData,
        authority: &ClientAuthority,
    ) -> Result<(), StatementError> {
        loop {
            let mut append = Append::new(caller.organization);
            append.statements = stamped
                .iter()
                .map(|one| NewStatement {
                    attachments: data.of(one.statement()),
                    ..new_statement(one, &authority.id)
                })
                .collect();
            if !authority.may_define {
                append.statements.iter_mut().for_each(|new| new.defined = None);
            }
            match self.store.append(append).await {
                Ok(_) => return Ok(()),
                Err(AppendError::Conflict { id }) => {
                    if !self.is_stored_already(caller, id, &stamped).await? {
                        let erased = self.store.erased_statement(caller.organization, id).await;
                        if erased.map_err(AppError::from)?.is_some() {
                            return Err(StatementError::Erased(id));
                        }
                        return Err(StatementError::Conflict(id));
                    }
                    stamped.retain(|one| one.id() != id);
                    if stamped.is_empty() {
                        return Ok(());
                    }
                }
                Err(AppendError::VoidsVoiding { target, .. }) => {
                    return Err(StatementError::VoidsVoiding { target });
                }
                Err(other) => return Err(AppError::from(other).into()),
            }
        }
    }

    async fn is_stored_already(
        &self,
        caller: &Caller,
        id: StatementId,
        stamped: &[Stamped],
    ) -> Result<bool, AppError> {
        let Some(stored) = self.store.statement(caller.organization, id).await? else {
            return Ok(false);
        };
        let Some(sent) = stamped.iter().find(|one| one.id() == id) else { return Ok(false) };
        let version = sent.statement().read_as();
        Ok(Statement::parse(&stored.body, version)
            .is_ok_and(|stored| sent.statement().same_as(&stored)))
    }

    pub(crate) fn new_statement_id(&self) -> StatementId {
        StatementId::generate(self.clock.now(), &*self.entropy)
    }

    /// Answers a GET of the statements resource. What is asked for by its id is always fresh.
    pub async fn find_statements(
        &self,
        caller: &Caller,
        parameters: &[(String, String)],
        version: Version,
        freshness: Freshness,
    ) -> Result<StatementsFound, StatementError> {
        let pairs = parameters.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let query = StatementQuery::parse(pairs, version)?;
        match query.selection {
            Selection::One(id) => {
                let found = self.statement(caller, id).await?;
                self.found_one(caller, found.filter(|statement| !statement.voided), query).await
            }
            Selection::Voided(id) => {
                let found = self.statement(caller, id).await?;
                self.found_one(caller, found.filter(|statement| statement.voided), query).await
            }
            Selection::Matching(_) => {
                let parameters = parameters.to_vec();
                let wanted = Wanted { query, parameters, version, after: None, freshness };
                let page = self.page(caller, wanted).await?;
                Ok(StatementsFound::Page(page))
            }
        }
    }

    /// Goes on with a query where its last page ended.
    pub async fn more_statements(
        &self,
        caller: &Caller,
        more: &str,
        freshness: Freshness,
    ) -> Result<StatementPage, StatementError> {
        let More { version, parameters, after } =
            self.open_more(caller, more).ok_or(StatementError::BadMore)?;
        let version = Version::negotiate(&version).map_err(|_| StatementError::BadMore)?;
        let pairs = parameters.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let query = StatementQuery::parse(pairs, version)?;
        let wanted = Wanted { query, parameters, version, after: Some(after), freshness };
        self.page(caller, wanted).await
    }

    async fn page(&self, caller: &Caller, wanted: Wanted) -> Result<StatementPage, StatementError> {
        let Wanted { query, parameters, version, after, freshness } = wanted;
        let Selection::Matching(wanted) = &query.selection else {
            return Err(StatementError::BadMore);
        };
        let mut filter = store_filter(wanted);
        filter.after = after;
        filter.authority = readable_authority(caller)?;
        let organization = caller.organization;
        let (found, through) = match freshness {
            Freshness::Fresh => (self.store.statements(organization, &filter).await, None),
            Freshness::MayLag => {
                let lagging = self.store.lagging();
                // First, since what comes later may not be there yet.
                let through = lagging.consistent_through(organization).await;
                let through = through.map_err(AppError::from)?;
                (lagging.statements(organization, &filter).await, Some(through))
            }
        };
        let found = found.map_err(AppError::from)?;
        let version = version.header().to_owned();
        let more =
            found.next.map(|after| self.seal_more(caller, &More { version, parameters, after }));
        let attachments = self.attachments_of(caller, &found.items, &query).await?;
        Ok(StatementPage { statements: found.items, more, query, attachments, through })
    }

    async fn found_one(
        &self,
        caller: &Caller,
        found: Option<StoredStatement>,
        query: StatementQuery,
    ) -> Result<StatementsFound, StatementError> {
        let Some(statement) = found else { return Ok(StatementsFound::One(None)) };
        let attachments =
            self.attachments_of(caller, std::slice::from_ref(&statement), &query).await?;
        let found = FoundStatement { statement, query, attachments };
        Ok(StatementsFound::One(Some(found)))
    }

    /// The attachments that statements came with, if the query asks for them: one copy of what
    /// several statements share (Communication 1.5.2).
    async fn attachments_of(
        &self,
        caller: &Caller,
        statements: &[StoredStatement],
        query: &StatementQuery,
    ) -> Result<Option<Vec<AttachmentLink>>, AppError> {
        if !query.attachments {
            return Ok(None);
        }
        let positions: Vec<Position> = statements.iter().map(|one| one.position).collect();
        let mut links = self.store.attachment_links(caller.organization, &positions).await?;
        let mut seen = BTreeSet::new();
        links.retain(|link| seen.insert(link.sha2.clone()));
        Ok(Some(links))
    }

    /// The data of an attachment of a statement that was found; `None` when it is gone since.
    pub async fn attachment(
        &self,
        caller: &Caller,
        link: &AttachmentLink,
    ) -> Result<Option<Vec<u8>>, AppError> {
        readable_authority(caller)?;
        Ok(self.store.attachment(caller.organization, &link.sha2).await?)
    }

    /// One statement by its id, voided or not, if the caller may read it.
    pub async fn statement(
        &self,
        caller: &Caller,
        id: StatementId,
    ) -> Result<Option<StoredStatement>, AppError> {
        let authority = readable_authority(caller)?;
        let found = self.store.statement(caller.organization, id).await?;
        Ok(found.filter(|one| authority.is_none_or(|authority| one.authority == authority)))
    }

    /// Until when everything stored can be found.
    pub async fn consistent_through(&self, caller: &Caller) -> Result<Timestamp, AppError> {
        Ok(self.store.consistent_through(caller.organization).await?)
    }

    /// A continuation carries its query, bound to the organization by a MAC, so that no node has
    /// to remember it.
    fn seal_more(&self, caller: &Caller, more: &More) -> String {
        let body = serde_json::to_vec(more).expect("a continuation is plain data");
        let mac = self.more_mac(caller, &body);
        format!("{}.{}", URL_SAFE_NO_PAD.encode(&body), URL_SAFE_NO_PAD.encode(mac.as_bytes()))
    }

    fn open_more(&self, caller: &Caller, more: &str) -> Option<More> {
        let (body, mac) = more.split_once('.')?;
        let body = URL_SAFE_NO_PAD.decode(body).ok()?;
        let mac: [u8; 32] = URL_SAFE_NO_PAD.decode(mac).ok()?.try_into().ok()?;
        let expected = self.more_mac(caller, &body);
        crate::secret::digests_match(&Sha256Digest::new(mac), &expected)
            .then(|| serde_json::from_slice(&body).ok())
            .flatten()
    }

    fn more_mac(&self, caller: &Caller, body: &[u8]) -> Sha256Digest {
        let purpose = format!("more {}", caller.organization);
        Sha256Digest::new(self.settings.master_key.derive(&purpose, body))
    }
}

/// A page that is asked for.
struct Wanted {
    query: StatementQuery,
    parameters: Vec<(String, String)>,
    version: Version,
    after: Option<Position>,
    freshness: Freshness,
}

/// A statement ready for the log.
pub(crate) fn new_statement(stamped: &Stamped, authority: &CredentialId) -> NewStatement {
    let statement = stamped.statement();
    NewStatement {
        id: stamped.id(),
        pieces: stamped.pieces(),
        digest: Sha256Digest::of(statement.text().as_bytes()),
        actor: actor_key(statement),
        facts: facts_of(statement, authority.clone()),
        agents: agent_keys(statement),
        activities: activity_keys(statement),
        defined: Some(Defined::of(statement)),
        fact: NewFact::of(statement),
        claim: None,
        attachments: Vec::new(),
    }
}

/// Who vouches for what a client stores.
struct ClientAuthority {
    id: CredentialId,
    /// Whether its statements define activities and agents (Communication 4.2, `define`).
    may_define: bool,
    xapi: Authority,
}

fn authority_of(caller: &Caller, organization: &Organization) -> Result<ClientAuthority, AppError> {
    match &caller.origin {
        Origin::Credential { id, scopes, .. } => Ok(ClientAuthority {
            id: id.clone(),
            may_define: scopes.allow(Scope::Define),
            xapi: account_authority(organization, id),
        }),
        Origin::User { role, .. } => Err(AppError::RoleForbids(*role)),
        Origin::Operator => Err(AppError::ScopeMissing(Scope::StatementsWrite)),
    }
}

/// The authority of a credential, or of the run time: an account of the organization.
pub(crate) fn account_authority(organization: &Organization, id: &CredentialId) -> Authority {
    Authority::new(AgentId::Account {
        home_page: organization.activity_base.clone(),
        name: id.to_string(),
    })
}

/// The canonical identifier of an account of the organization whose home page this is.
pub(crate) fn account_key(home_page: &str, name: &str) -> String {
    AgentId::Account { home_page: home_page.to_owned(), name: name.to_owned() }.to_string()
}

/// Whose statements the caller may read: all (`None`), or those of one authority.
fn readable_authority(caller: &Caller) -> Result<Option<CredentialId>, AppError> {
    if let Origin::Credential { id, scopes, .. } = &caller.origin
        && !scopes.allow(Scope::StatementsRead)
        && scopes.allow(Scope::StatementsReadMine)
    {
        return Ok(Some(id.clone()));
    }
    let roles = [Role::ComplianceLead, Role::Auditor, Role::Author];
    caller.require(Scope::StatementsRead, &roles)?;
    Ok(None)
}

fn store_filter(wanted: &xapi::StatementFilter) -> StatementFilter {
    let limit = match usize::try_from(wanted.limit).unwrap_or(usize::MAX) {
        0 => PAGE_STATEMENTS_MAX,
        limit => limit.min(PAGE_STATEMENTS_MAX),
    };
    StatementFilter {
        agent: wanted.agent.as_ref().map(ToString::to_string),
        related_agents: wanted.related_agents,
        verb: wanted.verb.clone(),
        activity: wanted.activity.clone(),
        related_activities: wanted.related_activities,
        registration: wanted.registration.map(RegistrationId::new),
        since: wanted.since,
        until: wanted.until,
        ascending: wanted.ascending,
        ..StatementFilter::newest(limit)
    }
}

pub(crate) fn facts_of(statement: &Statement, authority: CredentialId) -> Facts {
    let outcome = statement.outcome();
    let timestamp = statement.root().get("timestamp").and_then(Value::as_str);
    Facts {
        verb: statement.verb().to_owned(),
        object: match statement.object() {
            Object::Activity(iri) => ObjectFact::Activity(iri.clone()),
            Object::Actor(_) => ObjectFact::Agent,
            Object::StatementRef(id) => ObjectFact::Statement(*id),
            Object::SubStatement(_) => ObjectFact::SubStatement,
        },
        registration: statement.registration().map(RegistrationId::new),
        timestamp: timestamp.map(Cow::into_owned),
        success: outcome.success,
        completion: outcome.completion,
        score: score_of(statement),
        duration: outcome
            .duration
            .as_deref()
            .and_then(Timespan::parse_scorm2004)
            .map(|span| Duration::from_millis(span.centiseconds().saturating_mul(10))),
        voids: statement.voids(),
        target: statement.target(),
        authority,
        attempt: attempt_of(statement),
        attachments: statement.attachments().iter().map(|one| one.sha2.clone()).collect(),
    }
}

fn score_of(statement: &Statement) -> Option<Score> {
    let score = statement.root().get("result")?.get("score")?;
    let number = |name| score.get(name).and_then(|value| value.text().parse::<f64>().ok());
    Some(Score {
        scaled: number("scaled"),
        raw: number("raw"),
        min: number("min"),
        max: number("max"),
    })
}

/// The attempt that a statement of the run time belongs to: the grouping activity of that type
/// (xAPI SCORM Profile 3.2).
fn attempt_of(statement: &Statement) -> Option<String> {
    let grouping = statement.root().get("context")?.get("contextActivities")?.get("grouping")?;
    let is_attempt = |activity: &Value<'_>| {
        let kind = activity.get("definition").and_then(|definition| definition.get("type"));
        kind.and_then(Value::as_str).as_deref() == Some(ATTEMPT_TYPE)
    };
    grouping.elements().find(is_attempt)?.get("id")?.as_str().map(Cow::into_owned)
}

/// Activity type of an attempt (xAPI SCORM Profile 3.1).
const ATTEMPT_TYPE: &str = "http://adlnet.gov/expapi/activities/attempt";

fn agent_keys(statement: &Statement) -> Vec<LookupKey> {
    let keys = statement.agents().iter();
    distinct(keys.map(|mention| (mention.id.to_string(), mention.is_direct())))
}

fn activity_keys(statement: &Statement) -> Vec<LookupKey> {
    let keys = statement.activities().iter();
    distinct(keys.map(|mention| (mention.id.clone(), mention.is_direct())))
}

/// Each text once, direct if any mention of it is.
fn distinct(mentions: impl Iterator<Item = (String, bool)>) -> Vec<LookupKey> {
    let mut texts = std::collections::BTreeMap::new();
    for (text, direct) in mentions {
        *texts.entry(text).or_insert(false) |= direct;
    }
    texts.into_iter().map(|(text, direct)| LookupKey { text, direct }).collect()
}
