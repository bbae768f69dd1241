//! The fold of an organization's trail, kept up to date: each question reads the events that came
//! since the last one.

use super::event_of;
use crate::{App, AppError, Caller};
use audit::reference::{Change, Op, ReferenceEvent, Trail};
use domain::OrganizationId;
use std::collections::VecDeque;
use std::sync::Arc;
use store::{Append, Event, EventFilter, EventOp, Position};
use tokio::sync::Mutex;

/// Events read at a time.
const PAGE_EVENTS: usize = 2_000;
/// Organizations whose trails are kept in memory.
const TRAILS_KEPT_MAX: usize = 8;

type Slot = Arc<Mutex<Arc<Trail>>>;

/// The trails of the organizations that were asked about last.
#[derive(Default)]
pub(crate) struct Trails {
    slots: Mutex<VecDeque<(OrganizationId, Slot)>>,
    /// Held while something is decided and written, so that of two requests one sees the other's.
    /// Of several nodes each has its own; there, the later of two wins, and the trail has both.
    pub(super) writing: Mutex<()>,
}

impl Trails {
    async fn slot(&self, organization: OrganizationId) -> Slot {
        let mut slots = self.slots.lock().await;
        let at = slots.iter().position(|(of, _)| *of == organization);
        let found = at.and_then(|at| slots.remove(at));
        let found = found.unwrap_or_else(|| (organization, Slot::default()));
        let slot = Arc::clone(&found.1);
        slots.push_front(found);
        slots.truncate(TRAILS_KEPT_MAX);
        slot
    }
}

/// An event of the store as the fold takes it.
pub(crate) fn reference_event(event: &Event) -> ReferenceEvent<'_> {
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

impl App {
    /// What the events so far say, for use cases that have asked whether the caller may know.
    pub(crate) async fn trail(&self, organization: OrganizationId) -> Result<Arc<Trail>, AppError> {
        let slot = self.trails.slot(organization).await;
        let mut held = slot.lock().await;
        // Erasures up to here have emptied what is read again.
        let mut erased_before = None;
        loop {
            let after = held.last().map(Position::new);
            let filter = EventFilter { after, ..EventFilter::default() };
            let page = self.store.events(organization, &filter, PAGE_EVENTS).await?;
            let is_erasure = |event: &&Event| event.event.entity == "erasure";
            let erasure = page.items.iter().filter(is_erasure).map(|event| event.position).max();
            if after.is_some() && erasure.is_some() && erasure > erased_before {
                // It has emptied events that were read before it.
                erased_before = erasure;
                *held = Arc::default();
                continue;
            }
            let trail = Arc::make_mut(&mut *held);
            page.items.iter().for_each(|event| trail.apply(&reference_event(event)));
            if page.next.is_none() {
                return Ok(Arc::clone(&*held));
            }
        }
    }

    /// Records changes in one commit; the positions of their events.
    pub(super) async fn record(
        &self,
        caller: &Caller,
        changes: &[Change],
        reason: &str,
    ) -> Result<Vec<Position>, AppError> {
        if changes.is_empty() {
            return Ok(Vec::new());
        }
        let mut append = Append::new(caller.organization);
        let actor = caller.name();
        append.events =
            changes.iter().map(|change| event_of(change, &actor, reason, "null")).collect();
        Ok(self.store.append(append).await?.events)
    }
}
