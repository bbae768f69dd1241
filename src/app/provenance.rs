//! Where a statement comes from, and how strong it is as evidence.

use crate::{App, AppError, Caller, replay::authority_key, statements::account_authority};
use domain::{Grade, OrganizationId, Role, Scope, StatementId, Timestamp, Vouching};
use serde_json::json;
use std::collections::BTreeMap;
use store::{
    Append, Claim, Event, EventFilter, EventOp, NewEvent, Position, RUNTIME_AUTHORITY,
    StoredStatement,
};
use xapi::Actor;

/// The kind of thing that the trail's events about trusted authorities are about.
const ENTITY: &str = "trusted_authority";
/// Events read at a time.
const PAGE_EVENTS: usize = 500;

/// A statement with what is known of where it comes from.
#[derive(Debug, Clone)]
pub struct StatementDetail {
    /// The statement.
    pub statement: StoredStatement,
    /// What another store said of it, if it was replayed.
    pub claim: Option<Claim>,
    /// How strong it is, by the authorities that are trusted now.
    pub grade: Grade,
}

/// An authority whose statements count as grade B.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrustedAuthority {
    /// Its canonical identifier: `account:https://lms.example|lrs`, `mbox:…`.
    pub authority: String,
    /// Since when it is listed.
    pub since: Timestamp,
    /// Who listed it.
    pub by: String,
    /// Why.
    pub reason: String,
    /// The event that says so.
    pub position: Position,
}

impl App {
    /// One statement, voided or not, with its provenance.
    pub async fn statement_detail(
        &self,
        caller: &Caller,
        id: StatementId,
    ) -> Result<Option<StatementDetail>, AppError> {
        let Some(statement) = self.statement(caller, id).await? else { return Ok(None) };
        let claim = self.store.claim(caller.organization, statement.position).await?;
        let grade = self.grade(caller.organization, &statement, claim.as_ref()).await?;
        Ok(Some(StatementDetail { statement, claim, grade }))
    }

    async fn grade(
        &self,
        organization: OrganizationId,
        statement: &StoredStatement,
        claim: Option<&Claim>,
    ) -> Result<Grade, AppError> {
        if statement.authority.as_str() == RUNTIME_AUTHORITY {
            return Ok(Grade::of(Vouching::Runtime, |_| false));
        }
        let ours;
        let authority = if let Some(claim) = claim {
            claim.authority_key.as_deref()
        } else {
            let organization = self.organization(organization).await?;
            ours = account_authority(&organization, &statement.authority).id().to_string();
            Some(&*ours)
        };
        let trusted = self.trusted(organization).await?;
        Ok(Grade::of(Vouching::Authority(authority), |key| trusted.contains_key(key)))
    }

    /// The authorities that are trusted now, by identifier.
    pub async fn trusted_authorities(
        &self,
        caller: &Caller,
    ) -> Result<Vec<TrustedAuthority>, AppError> {
        caller.require_read(Scope::StatementsRead, &[Role::ComplianceLead, Role::Auditor])?;
        Ok(self.trusted(caller.organization).await?.into_values().collect())
    }

    async fn trusted(
        &self,
        organization: OrganizationId,
    ) -> Result<BTreeMap<String, TrustedAuthority>, AppError> {
        let mut filter = EventFilter { entity: Some(ENTITY.to_owned()), ..EventFilter::default() };
        let mut trusted = BTreeMap::new();
        loop {
            let page = self.store.events(organization, &filter, PAGE_EVENTS).await?;
            for Event { position, recorded_at: since, event } in page.items {
                let authority = event.entity_id;
                if event.op == EventOp::Retract {
                    trusted.remove(&authority);
                    continue;
                }
                let (by, reason) = (event.actor, event.reason);
                trusted.insert(
                    authority.clone(),
                    TrustedAuthority { authority, since, by, reason, position },
                );
            }
            match page.next {
                Some(next) => filter.after = Some(next),
                None => return Ok(trusted),
            }
        }
    }

    /// Lists an authority, given as an xAPI agent or group in JSON, as trusted, or takes it off the
    /// list; its canonical identifier. Administrators only; the trail keeps who, when and why.
    pub async fn set_trust(
        &self,
        caller: &Caller,
        authority: &str,
        is_trusted: bool,
        reason: &str,
    ) -> Result<String, AppError> {
        caller.require(Scope::All, &[])?;
        if reason.trim().is_empty() {
            return Err(AppError::invalid("/reason", "must say why"));
        }
        let actor = Actor::parse(authority.as_bytes()).map_err(|error| {
            AppError::invalid(format!("/authority{}", error.pointer), error.message)
        })?;
        let key = authority_key(&actor);
        let is_listed = self.trusted(caller.organization).await?.contains_key(&key);
        if is_listed == is_trusted {
            return Ok(key);
        }
        let mut append = Append::new(caller.organization);
        append.events = vec![NewEvent {
            actor: caller.name(),
            reason: reason.to_owned(),
            entity: ENTITY.to_owned(),
            entity_id: key.clone(),
            op: if is_trusted { EventOp::Assert } else { EventOp::Retract },
            valid_from: None,
            valid_to: None,
            value: json!({ "authority": key }).to_string(),
            source: "null".to_owned(),
            about: None,
        }];
        self.store.append(append).await?;
        Ok(key)
    }
}
