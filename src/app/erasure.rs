//! Erasure of a person, with a reason: every copy of what names them goes, the log stays.

use crate::{App, AppError, Caller, reference};
use domain::{Role, Scope, StatementId};
use std::collections::VecDeque;
use store::{
    Append, Erased, ErasedStatement, Erasure, ErasureCounts, Event, EventFilter, Mentions, Page,
    Position,
};
use xapi::{Actor, AgentId};

/// Events in one page of erasures.
const PAGE_ERASURES_MAX: usize = 500;

/// Whom to erase, and how.
#[derive(Debug, Clone, Default)]
pub struct ErasureRequest {
    /// The person's identities, each an xAPI agent in JSON. A mail address stands for its hash, too.
    pub actors: Vec<String>,
    /// What becomes of statements that only mention the person.
    pub mentions: Mentions,
    /// Why.
    pub reason: String,
}

impl App {
    /// How much there is of a person; changes nothing. Administrators only.
    pub async fn erasure_counts(
        &self,
        caller: &Caller,
        request: &ErasureRequest,
    ) -> Result<ErasureCounts, AppError> {
        caller.require(Scope::All, &[])?;
        let erasure = self.erasure(caller, request).await?;
        Ok(self.store.erasure_counts(caller.organization, &erasure).await?)
    }

    /// Erases a person. Positions, entries, proofs, counts and records stay. Administrators only.
    pub async fn erase(
        &self,
        caller: &Caller,
        request: &ErasureRequest,
    ) -> Result<Erased, AppError> {
        caller.require(Scope::All, &[])?;
        let erasure = self.erasure(caller, request).await?;
        if erasure.reason.trim().is_empty() {
            return Err(AppError::invalid("/reason", "must say why"));
        }
        let mut append = Append::new(caller.organization);
        append.erase = Some(erasure);
        let appended = self.store.append(append).await?;
        appended.erased.ok_or(AppError::Contended)
    }

    /// The order with everything that reference data calls the person.
    async fn erasure(
        &self,
        caller: &Caller,
        request: &ErasureRequest,
    ) -> Result<Erasure, AppError> {
        let mut erasure = order(caller, request)?;
        let trail = self.trail(caller.organization).await?;
        let names = reference::names_of(&trail, &erasure.identities);
        erasure.identities.extend(names);
        Ok(erasure)
    }

    /// Writes the database anew, so that no page of it holds what was erased.
    pub async fn compact(&self, caller: &Caller) -> Result<(), AppError> {
        caller.require(Scope::All, &[])?;
        Ok(self.store.compact().await?)
    }

    /// The statement with this id, if it was erased and the caller may read all statements.
    pub async fn erased_statement(
        &self,
        caller: &Caller,
        id: StatementId,
    ) -> Result<Option<ErasedStatement>, AppError> {
        let readers = [Role::ComplianceLead, Role::Auditor, Role::Author];
        if caller.require_read(Scope::StatementsRead, &readers).is_err() {
            return Ok(None);
        }
        Ok(self.store.erased_statement(caller.organization, id).await?)
    }

    /// The last `most` erasures, oldest first, and how many there were before them.
    pub async fn last_erasures(
        &self,
        caller: &Caller,
        most: usize,
    ) -> Result<(VecDeque<Event>, usize), AppError> {
        let (mut last, mut earlier, mut after) = (VecDeque::new(), 0, None);
        loop {
            let page = self.erasures(caller, after, PAGE_ERASURES_MAX).await?;
            last.extend(page.items);
            let over = last.len().saturating_sub(most);
            last.drain(..over);
            earlier += over;
            after = page.next;
            if after.is_none() {
                return Ok((last, earlier));
            }
        }
    }

    /// The erasures so far, oldest first, as events of the trail.
    pub async fn erasures(
        &self,
        caller: &Caller,
        after: Option<Position>,
        limit: usize,
    ) -> Result<Page<Event, Position>, AppError> {
        caller.require_read(Scope::All, &[Role::ComplianceLead, Role::Auditor])?;
        let filter =
            EventFilter { entity: Some("erasure".to_owned()), after, ..EventFilter::default() };
        let limit = limit.clamp(1, PAGE_ERASURES_MAX);
        Ok(self.store.events(caller.organization, &filter, limit).await?)
    }
}

fn order(caller: &Caller, request: &ErasureRequest) -> Result<Erasure, AppError> {
    if request.actors.is_empty() {
        return Err(AppError::invalid("/actors", "must name a person"));
    }
    let (mut identities, mut emails) = (Vec::new(), Vec::new());
    for (index, actor) in request.actors.iter().enumerate() {
        let place = |pointer: &str| format!("/actors/{index}{pointer}");
        let actor = Actor::parse(actor.as_bytes())
            .map_err(|error| AppError::invalid(place(&error.pointer), error.message))?;
        let Some(id) = actor.id else {
            return Err(AppError::invalid(place(""), "an anonymous group is no person"));
        };
        if let AgentId::Mbox(address) = &id {
            emails.push(address.to_lowercase());
        }
        identities.extend(id.hashed().iter().chain([&id]).map(ToString::to_string));
    }
    for list in [&mut identities, &mut emails] {
        list.sort();
        list.dedup();
    }
    Ok(Erasure {
        identities,
        emails,
        mentions: request.mentions,
        ordered_by: caller.name(),
        reason: request.reason.clone(),
    })
}
