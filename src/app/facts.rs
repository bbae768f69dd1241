//! Completion facts of an organization as an audit reads them: in memory, and up to date with the
//! log.
//!
//! The log only grows, so that following it costs what was added. What was voided or is trusted
//! since is for the audit to say; an erasure alone changes facts that were read, and then all are read
//! again.

mod kept;
mod made;
mod reading;

pub(crate) use kept::FactCache;
pub(crate) use made::{Made, MadeActor, MadeFacts};

use crate::{App, AppError};
use audit::Facts;
use domain::OrganizationId;
use kept::Follower;
use reading::NotRead;
use std::{collections::BTreeSet, sync::Arc};
use store::{EventFilter, FACTS_PAGE_MAX, FactPage, Position, StoreError};

/// Events of erasures read at a time.
const PAGE_EVENTS: usize = 500;
/// How often all is read again because somebody was erased meanwhile.
const TRIES: usize = 5;

impl App {
    /// All completion facts of an organization, in the order of its log, as far as it has been
    /// written now. They are shared: a copy costs nothing, and what is written later is not in it.
    pub async fn facts(&self, organization: OrganizationId) -> Result<Facts, AppError> {
        let now = self.clock.now();
        let kept = self.facts.of(organization, now);
        let mut follower = kept.lock().await;
        if follower.next == Position::FIRST {
            *follower = Follower::new(self.last_erasure(organization, None).await?);
        }
        for _ in 0..TRIES {
            let read = self.follow(organization, &mut follower).await;
            // After the reading: an erasure that comes later is not in what was asked for.
            let erased = self.last_erasure(organization, follower.erasure).await?;
            match (read, erased) {
                (Ok(()), None) => {
                    let facts = follower.facts();
                    self.facts.weigh(organization, follower.bytes());
                    return Ok(facts);
                }
                (Err(NotRead::Failed(error)), _) => return Err(error),
                (Err(NotRead::NoText(number)), None) => {
                    return Err(StoreError::wrong("completion_fact", "fact", number).into());
                }
                (_, Some(erasure)) => *follower = Follower::new(Some(erasure)),
            }
        }
        Err(AppError::Contended)
    }

    /// The facts of these actors, given by their canonical identifiers, and those that void them,
    /// in the order of the log. Of actors with very many statements, the facts of others as well.
    pub async fn facts_of(
        &self,
        organization: OrganizationId,
        actors: &BTreeSet<String>,
    ) -> Result<Facts, AppError> {
        for _ in 0..TRIES {
            let page = self.store.facts_of(organization, actors, FACTS_PAGE_MAX).await?;
            if page.facts.len() >= FACTS_PAGE_MAX {
                break;
            }
            let mut follower = Follower::default();
            match self.add(organization, &mut follower, page).await {
                Ok(()) => return Ok(follower.facts()),
                Err(NotRead::Failed(error)) => return Err(error),
                // Erased since the page was read.
                Err(NotRead::NoText(_)) => {}
            }
        }
        self.facts(organization).await
    }

    /// Reads what the log has gained.
    async fn follow(
        &self,
        organization: OrganizationId,
        follower: &mut Follower,
    ) -> Result<(), NotRead> {
        loop {
            let page = self.store.facts(organization, follower.next, FACTS_PAGE_MAX).await;
            let page = page.map_err(AppError::from)?;
            let Some(last) = page.facts.last() else { return Ok(()) };
            let next = last.position.next();
            self.add(organization, follower, page).await?;
            follower.next = next;
        }
    }

    async fn add(
        &self,
        organization: OrganizationId,
        follower: &mut Follower,
        page: FactPage,
    ) -> Result<(), NotRead> {
        let unknown = follower.words.unknown(&page.facts);
        if !unknown.is_empty() {
            let texts = self.store.fact_terms(organization, &unknown).await;
            let home = self.organization(organization).await?.activity_base.clone();
            follower.words.learn(&page.facts, &texts.map_err(AppError::from)?, &home);
        }
        follower.add(&page)
    }

    /// The last erasure behind `after`, if there is one.
    async fn last_erasure(
        &self,
        organization: OrganizationId,
        after: Option<Position>,
    ) -> Result<Option<Position>, AppError> {
        let entity = Some("erasure".to_owned());
        let mut filter = EventFilter { entity, after, ..EventFilter::default() };
        let mut last = None;
        loop {
            let page = self.store.events(organization, &filter, PAGE_EVENTS).await?;
            last = page.items.last().map(|event| event.position).or(last);
            match page.next {
                Some(next) => filter.after = Some(next),
                None => return Ok(last),
            }
        }
    }
}

/// A cache that is shared by all who read facts of one organization.
type Kept = Arc<tokio::sync::Mutex<Follower>>;
