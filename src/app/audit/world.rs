//! The world of an organization: its statements' facts and its reference trail.

use crate::{App, AppError, AttestationQuery, Caller};
use audit::World;
use audit::reference::{Op, ReferenceEvent, Trail};
use audit::world::SignedText;
use domain::{OrganizationId, StatementId, Timestamp};
use std::collections::HashMap;
use store::{Event, EventFilter, EventOp};

/// Attestations read at a time.
const PAGE_ATTESTATIONS: usize = 500;
/// Events read at a time.
const PAGE_EVENTS: usize = 2_000;

impl App {
    /// The world of an organization, as good for any instant up to now; its settings are those in
    /// force at `as_of`.
    pub(crate) async fn world(
        &self,
        organization: OrganizationId,
        as_of: Timestamp,
    ) -> Result<World, AppError> {
        let facts = self.facts(organization).await?;
        let trail = self.reference_trail(organization).await?;
        let built = tokio::task::spawn_blocking(move || trail.world(as_of));
        let (mut world, _) = built.await?;
        world.statements = facts;
        Ok(world)
    }

    /// What was signed, in words, of every attestation.
    pub(crate) async fn signed_texts(
        &self,
        caller: &Caller,
    ) -> Result<HashMap<StatementId, SignedText>, AppError> {
        let reader = Caller::operator(caller.organization);
        let mut query = AttestationQuery::default();
        let mut found = HashMap::new();
        loop {
            let page = self.attestations(&reader, &query, PAGE_ATTESTATIONS).await?;
            found.extend(page.items.into_iter().map(|row| {
                let from = row.signed_from.unwrap_or_default();
                let signed = SignedText {
                    signer_name: row.name,
                    statement_text: row.text,
                    ip: from.ip,
                    user_agent: from.user_agent,
                };
                (row.statement, signed)
            }));
            match page.next {
                Some(next) => query.after = Some(next),
                None => return Ok(found),
            }
        }
    }

    async fn reference_trail(&self, organization: OrganizationId) -> Result<Trail, AppError> {
        let mut trail = Trail::default();
        let mut filter = EventFilter::default();
        loop {
            let page = self.store.events(organization, &filter, PAGE_EVENTS).await?;
            page.items.iter().for_each(|event| trail.apply(&reference_event(event)));
            match page.next {
                Some(next) => filter.after = Some(next),
                None => return Ok(trail),
            }
        }
    }
}

/// An event of the store as the fold takes it.
fn reference_event(event: &Event) -> ReferenceEvent<'_> {
    let Event { position, recorded_at, event } = event;
    ReferenceEvent {
        position: position.index(),
        recorded_at: *recorded_at,
        entity: &event.entity,
        entity_id: &event.entity_id,
        op: match event.op {
            EventOp::Assert => Op::Assert,
            EventOp::Retract => Op::Retract,
        },
        valid_from: event.valid_from.as_deref(),
        valid_to: event.valid_to.as_deref(),
        value: &event.value,
        source: &event.source,
    }
}
