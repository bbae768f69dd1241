//! Acknowledgements: a person signs that they have read a version of a policy. They reach it by a link
//! that is made for them, as a course by a launch; the link itself carries what it is for, sealed.

use crate::{
    App, AppError, Caller, LedgerError,
    attestations::{AttestationQuery, AttestationRow, SignedFrom, own_statements},
    launch::LAUNCH_LASTS,
    play::{AttestError, checked_name},
    statements::{account_authority, new_statement},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::{CredentialId, OrganizationId, Role, Scope, Sha256Digest, StatementId, Timestamp};
use ledger::Attested;
use scorm::profile::{ACKNOWLEDGED, PolicyIri, SignableText, Signed};
use serde::{Deserialize, Serialize};
use serde_json::{Value, value::RawValue};
use std::time::Duration;
use store::{Append, AppendError, EventOp, Page, Position};
use xapi::{Actor, ActorKind, Statement, Version};

/// For so long after its link has expired a page that was opened by it can be signed.
const SIGNED_WITHIN: Duration = Duration::from_hours(1);
/// What links are sealed for.
const PURPOSE: &str = "policy link";
/// The kind of event that tells of a version of a policy.
const ENTITY: &str = "policy";
/// What is signed.
const TEXT: &str =
    "I have read {policy}, version {version}. I understand it, and I will keep to it.";

/// Why a policy cannot be shown or signed.
#[derive(Debug, thiserror::Error)]
pub enum AcknowledgeError {
    /// The link is not one of ours, or too old.
    #[error("the link is unknown or too old")]
    Link,
    /// The form is not filled in, or shows something else.
    #[error(transparent)]
    Form(#[from] AttestError),
    /// The server cannot sign.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// It could not be done.
    #[error(transparent)]
    App(#[from] AppError),
}

/// A link for one person to one version of a policy.
#[derive(Debug)]
pub struct AcknowledgementLink {
    /// What stands in the link. Whoever has it can sign.
    pub token: String,
    /// Until when the link opens.
    pub expires_at: Timestamp,
}

/// The version of a policy that a link shows, and what is to be signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PolicyPage {
    /// What it is called.
    pub title: String,
    /// Its version.
    pub version: String,
    /// Its whole text.
    pub body: String,
    /// What follows when it is not kept.
    pub consequence: Option<String>,
    /// The text to be signed, in pieces between which the name goes.
    pub text: Vec<String>,
    /// SHA-256 of what is shown, by which the request says so.
    pub text_sha256: Sha256Digest,
    /// When and as whom it was signed already.
    pub signed: Option<AcknowledgeAnswer>,
}

/// The person signs.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AcknowledgeRequest {
    /// The name as it was typed.
    pub name: String,
    /// Whether the box was ticked.
    pub consent: bool,
    /// As the page had it.
    pub version: String,
    /// As the page had it.
    pub text_sha256: Sha256Digest,
}

/// What is signed now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AcknowledgeAnswer {
    /// The statement that says so.
    pub statement: StatementId,
    /// When it was signed.
    pub signed_at: Timestamp,
    /// By whom, as typed.
    pub name: String,
    /// Whether it was signed before, which stays as it was.
    pub already: bool,
}

/// What a link carries.
#[derive(Serialize, Deserialize)]
struct Link {
    organization: OrganizationId,
    policy: String,
    actor: Box<RawValue>,
    statement: StatementId,
    expires_at: Timestamp,
}

/// A version of a policy, as its event tells it (`audit::reference`), with its text.
#[derive(Deserialize)]
struct Policy {
    title: String,
    version: String,
    #[serde(default)]
    text: String,
    consequence: Option<String>,
}

impl Policy {
    fn to_sign(&self) -> SignableText {
        SignableText::fill(TEXT, &[("{policy}", &self.title), ("{version}", &self.version)])
    }

    /// Of the text to be signed and of the policy's own: neither may be another than was shown.
    fn shown(&self) -> Sha256Digest {
        Sha256Digest::of(format!("{}\n{}", self.to_sign().digest(), self.text).as_bytes())
    }
}

impl App {
    /// A link by which a person reads a version of a policy, `ID@VERSION`, and signs that they have.
    pub async fn create_acknowledgement_link(
        &self,
        caller: &Caller,
        policy: &str,
        actor: &RawValue,
    ) -> Result<AcknowledgementLink, AppError> {
        caller.require(Scope::Launches, &[Role::ComplianceLead])?;
        let parsed = Actor::parse(actor.get().as_bytes());
        let parsed = parsed.map_err(|error| {
            AppError::invalid(format!("/actor{}", error.pointer), error.message)
        })?;
        if parsed.kind != ActorKind::Agent || parsed.id.is_none() {
            return Err(AppError::invalid("/actor", "must be an agent, not a group"));
        }
        let known = self.policy(caller.organization, policy).await?;
        if known.text.is_empty() {
            return Err(AppError::invalid("/policy", "has no text here that could be shown"));
        }
        let now = self.clock.now();
        let link = Link {
            organization: caller.organization,
            policy: policy.to_owned(),
            actor: actor.to_owned(),
            statement: self.new_statement_id(),
            expires_at: now.plus(LAUNCH_LASTS),
        };
        let plain = serde_json::to_vec(&link).expect("a link is plain data");
        let subject = link.statement.to_string();
        let key = &self.settings.master_key;
        let sealed = key.seal(PURPOSE, subject.as_bytes(), &plain, &*self.entropy);
        let token = format!("{subject}.{}", URL_SAFE_NO_PAD.encode(sealed));
        Ok(AcknowledgementLink { token, expires_at: link.expires_at })
    }

    fn open_link(&self, token: &str, still: Duration) -> Result<Link, AcknowledgeError> {
        let open = || {
            let (subject, sealed) = token.split_once('.')?;
            let sealed = URL_SAFE_NO_PAD.decode(sealed).ok()?;
            let plain = self.settings.master_key.open(PURPOSE, subject.as_bytes(), &sealed)?;
            let link: Link = serde_json::from_slice(&plain).ok()?;
            (self.clock.now() < link.expires_at.plus(still)).then_some(link)
        };
        open().ok_or(AcknowledgeError::Link)
    }

    async fn policy(&self, organization: OrganizationId, id: &str) -> Result<Policy, AppError> {
        let found = self.store.latest_event(organization, ENTITY, id).await?;
        let found = found.filter(|event| event.event.op == EventOp::Assert);
        let found = found.ok_or(AppError::NotFound("policy"))?;
        serde_json::from_str(&found.event.value).map_err(AppError::unreadable("policy"))
    }

    /// What a link shows.
    pub async fn policy_page(&self, token: &str) -> Result<PolicyPage, AcknowledgeError> {
        let link = self.open_link(token, Duration::ZERO)?;
        let policy = self.policy(link.organization, &link.policy).await?;
        let signed = self.acknowledged(&link).await?;
        Ok(PolicyPage {
            text: policy.to_sign().pieces().to_vec(),
            text_sha256: policy.shown(),
            title: policy.title,
            version: policy.version,
            body: policy.text,
            consequence: policy.consequence,
            signed,
        })
    }

    /// What the person has signed of this version already, by whichever link.
    async fn acknowledged(&self, link: &Link) -> Result<Option<AcknowledgeAnswer>, AppError> {
        let organization = self.organization(link.organization).await?;
        let filter = store::StatementFilter {
            agent: Some(agent_of(link)?),
            activity: Some(PolicyIri::new(&organization.activity_base, &link.policy).to_string()),
            ..own_statements(ACKNOWLEDGED, 1)
        };
        let page = self.store.statements(organization.id, &filter).await?;
        let Some(statement) = page.items.first() else { return Ok(None) };
        let AttestationRow { statement, signed_at, name, .. } = AttestationRow::read(statement)?;
        Ok(Some(AcknowledgeAnswer { statement, signed_at, name, already: true }))
    }

    /// The person signs; who has signed this version is told of the first time.
    pub async fn acknowledge(
        &self,
        token: &str,
        request: &AcknowledgeRequest,
        from: &SignedFrom,
    ) -> Result<AcknowledgeAnswer, AcknowledgeError> {
        let link = self.open_link(token, SIGNED_WITHIN)?;
        let policy = self.policy(link.organization, &link.policy).await?;
        let name = checked_name(&request.name, request.consent)?;
        if request.version != policy.version || request.text_sha256 != policy.shown() {
            return Err(AttestError::Changed.into());
        }
        if let Some(signed) = self.acknowledged(&link).await? {
            return Ok(signed);
        }
        let (append, answer) = self.acknowledgement(&link, &policy, &name, from).await?;
        match self.store.append(append).await {
            Ok(_) => Ok(answer),
            // The same link in another tab.
            Err(AppendError::Conflict { .. }) => {
                Ok(self.acknowledged(&link).await?.ok_or(AppError::Contended)?)
            }
            Err(error) => Err(AppError::from(error).into()),
        }
    }

    async fn acknowledgement(
        &self,
        link: &Link,
        policy: &Policy,
        name: &str,
        from: &SignedFrom,
    ) -> Result<(Append, AcknowledgeAnswer), AcknowledgeError> {
        let organization = self.organization(link.organization).await?;
        let (id, signed_at) = (link.statement, self.clock.now());
        let activity = PolicyIri::new(&organization.activity_base, &link.policy).to_string();
        let (text, agent) = (policy.to_sign().signed_by(name), agent_of(link)?);
        let attested = Attested {
            activity: &activity,
            actor: &agent,
            name,
            registration: None,
            signed_at: &signed_at.to_string(),
            statement: id,
            text: Sha256Digest::of(text.as_bytes()),
            verb: ACKNOWLEDGED,
        };
        let signature = self.sign_attested(organization.id, &attested).await?;
        let actor: Value =
            serde_json::from_str(link.actor.get()).map_err(AppError::unreadable("actor"))?;
        let title = format!("{}, version {}", policy.title, policy.version);
        let signed = Signed {
            verb: ACKNOWLEDGED,
            actor: &actor,
            activity: &activity,
            kind: PolicyIri::KIND,
            title: &title,
            language: "und",
            registration: None,
            session: None,
            basis: None,
            document: Some(Sha256Digest::of(policy.text.as_bytes())),
            name,
            text: &text,
            signature: &signature,
            timestamp: signed_at,
        };
        let authority = CredentialId::parse(store::RUNTIME_AUTHORITY).expect("our own id is one");
        let stated = Statement::parse(signed.statement().to_string().as_bytes(), Version::V1_0)
            .map_err(|error| AppError::invalid("/actor", error.to_string()))?;
        let stamped = stated.stamp(id, &account_authority(&organization, &authority));
        let mut append = Append::new(organization.id);
        append.statements.push(new_statement(&stamped, &authority));
        append.events.push(from.event(id, &agent, format!("policy link {id}")));
        let name = name.to_owned();
        Ok((append, AcknowledgeAnswer { statement: id, signed_at, name, already: false }))
    }

    /// A page of acknowledgements, newest first; of the query, person and times count.
    pub async fn acknowledgements(
        &self,
        caller: &Caller,
        query: &AttestationQuery,
        limit: usize,
    ) -> Result<Page<AttestationRow, Position>, AppError> {
        self.signed_rows(caller, ACKNOWLEDGED, query, limit).await
    }
}

/// The canonical identifier of a link's person.
fn agent_of(link: &Link) -> Result<String, AppError> {
    let actor = Actor::parse(link.actor.get().as_bytes());
    let id = actor.ok().and_then(|actor| actor.id).map(|id| id.to_string());
    id.ok_or_else(|| AppError::invalid("/actor", "must be an agent, not a group"))
}
