//! The trail as people read it: who said what, when and why.

use super::READERS;
use crate::{App, AppError, Caller};
use domain::{Scope, Timestamp};
use std::collections::VecDeque;
use store::{Event, EventFilter, Position};

/// The most events on a page.
const PAGE_EVENTS_MAX: usize = 500;
/// Events read at a time.
const CHUNK_EVENTS: usize = 1_000;
/// Events that one page looks through for those that are meant.
const LOOKED_THROUGH_MAX: usize = 20_000;

/// Which events.
#[derive(Debug, Clone, Default)]
pub struct HistoryFilter {
    /// About things of this kind.
    pub entity: Option<String>,
    /// About this one.
    pub entity_id: Option<String>,
    /// Recorded at this instant or later.
    pub from: Option<Timestamp>,
    /// Recorded before this instant.
    pub to: Option<Timestamp>,
    /// With this text in the id, the actor, the reason, the value or the source, in any case.
    pub search: String,
}

impl HistoryFilter {
    fn means(&self, event: &Event) -> bool {
        let Event { recorded_at, event, .. } = event;
        let search = self.search.trim().to_lowercase();
        let texts = [&event.entity_id, &event.actor, &event.reason, &event.value, &event.source];
        self.entity.as_ref().is_none_or(|entity| *entity == event.entity)
            && self.entity_id.as_ref().is_none_or(|id| *id == event.entity_id)
            && self.from.is_none_or(|from| from <= *recorded_at)
            && self.to.is_none_or(|to| *recorded_at < to)
            && (search.is_empty() || texts.iter().any(|text| text.to_lowercase().contains(&search)))
    }
}

/// A page of events, newest first.
#[derive(Debug, Clone, Default)]
pub struct HistoryPage {
    /// The events.
    pub events: Vec<Event>,
    /// Go on before this position; `None` on the last page. A page that has looked through many
    /// events may hold few.
    pub next: Option<Position>,
}

impl App {
    /// Events before a position, newest first.
    pub async fn history(
        &self,
        caller: &Caller,
        filter: &HistoryFilter,
        before: Option<Position>,
        limit: usize,
    ) -> Result<HistoryPage, AppError> {
        caller.require(Scope::ReferenceRead, &READERS)?;
        let trail = self.trail(caller.organization).await?;
        let limit = limit.clamp(1, PAGE_EVENTS_MAX);
        let all = trail.positions();
        let mut end =
            before.map_or(all.len(), |before| all.partition_point(|at| *at < before.index()));
        let mut page = HistoryPage::default();
        let mut looked_through = 0;
        while end > 0 && looked_through < LOOKED_THROUGH_MAX {
            let start = end.saturating_sub(CHUNK_EVENTS);
            let after = start.checked_sub(1).and_then(|at| all.get(at)).copied();
            let chunk = EventFilter { after: after.map(Position::new), ..EventFilter::default() };
            let events = self.store.events(caller.organization, &chunk, end - start).await?.items;
            for event in events.into_iter().rev() {
                if filter.means(&event) {
                    if page.events.len() == limit {
                        page.next = page.events.last().map(|last| last.position);
                        return Ok(page);
                    }
                    page.events.push(event);
                }
            }
            looked_through += end - start;
            end = start;
        }
        page.next = all.get(end).filter(|_| end > 0).copied().map(Position::new);
        Ok(page)
    }

    /// The events behind a position that are meant, oldest first, and how far was read: for exports,
    /// a piece at a time. `None` at the end.
    pub async fn next_history(
        &self,
        caller: &Caller,
        filter: &HistoryFilter,
        after: Option<Position>,
    ) -> Result<Option<(VecDeque<Event>, Position)>, AppError> {
        caller.require(Scope::ReferenceRead, &READERS)?;
        let chunk = EventFilter {
            entity: filter.entity.clone(),
            entity_id: filter.entity_id.clone(),
            after,
        };
        let page = self.store.events(caller.organization, &chunk, CHUNK_EVENTS).await?;
        let Some(last) = page.items.last().map(|event| event.position) else { return Ok(None) };
        Ok(Some((page.items.into_iter().filter(|event| filter.means(event)).collect(), last)))
    }
}
