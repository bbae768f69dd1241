//! Moving the registrations of a course that go on, a bounded number a request.

use crate::{
    App, AppError, Caller,
    play::relocate::{MoveError, MoveTerms, Moved, Unmoved, check_reason, is_done, may_move},
};
use domain::{CourseId, CourseVersion, ItemId, OrganizationId};
use futures_util::future::join_all;
use serde::Deserialize;
use std::{collections::BTreeMap, fmt, str::FromStr};
use store::{RegistrationCursor, RegistrationFilter};

/// Registrations looked at in one request.
const EXAMINED_MAX: usize = 500;
/// Registrations read at once.
const PAGE_REGISTRATIONS: usize = 100;
/// Moves under way at once: they share commits.
const AT_ONCE: usize = 16;

/// Which registrations of a course are moved, and how.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MoveMany {
    /// Of which versions; of all older ones when absent.
    pub from: Option<Vec<u32>>,
    /// Why: it is evidence.
    #[serde(default)]
    pub reason: String,
    /// As in [`MoveTerms`].
    #[serde(default)]
    pub restart: bool,
    /// As in [`MoveTerms`].
    #[serde(default)]
    pub dry_run: bool,
    /// Where an earlier request has stopped.
    pub cursor: Option<String>,
    /// Registrations looked at, at most 500.
    pub limit: Option<usize>,
}

/// What became of the registrations that were looked at.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MovedMany {
    /// So many were moved, or would be.
    pub moved: usize,
    /// So many of them had begun a part that is gone.
    pub with_dropped: usize,
    /// The parts that are gone, with how many learners had begun each.
    pub dropped: BTreeMap<ItemId, usize>,
    /// So many are over and stay.
    pub over: usize,
    /// So many stay because their learner is in the course.
    pub in_use: usize,
    /// So many stay because only a restart could move them to the other standard.
    pub other_standard: usize,
    /// Where to go on; `None` when all were looked at.
    pub next: Option<String>,
}

impl MovedMany {
    fn count(&mut self, moved: Result<Moved, MoveError>) -> Result<(), AppError> {
        match moved {
            Ok(moved) => {
                self.moved += 1;
                self.with_dropped += usize::from(!moved.dropped.is_empty());
                for item in moved.dropped {
                    *self.dropped.entry(item).or_default() += 1;
                }
            }
            Err(MoveError::Unmoved(Unmoved::Over)) => self.over += 1,
            Err(MoveError::Unmoved(Unmoved::OtherStandard)) => self.other_standard += 1,
            // Somebody else has just moved it.
            Err(MoveError::Unmoved(Unmoved::Same)) => {}
            Err(
                MoveError::Unmoved(Unmoved::InUse { .. }) | MoveError::App(AppError::Contended),
            ) => {
                self.in_use += 1;
            }
            Err(MoveError::App(error)) => return Err(error),
        }
        Ok(())
    }
}

/// A place among the registrations of a course: version by version, newest activity first.
struct Place {
    version: CourseVersion,
    after: Option<RegistrationCursor>,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.after {
            Some(after) => write!(f, "{}_{after}", self.version),
            None => write!(f, "{}", self.version),
        }
    }
}

impl FromStr for Place {
    type Err = AppError;

    fn from_str(text: &str) -> Result<Self, AppError> {
        let wrong = || AppError::invalid("/cursor", "is none that was given out");
        let (version, after) = match text.split_once('_') {
            Some((version, after)) => (version, Some(after.parse().map_err(|_| wrong())?)),
            None => (text, None),
        };
        let number = version.parse().map_err(|_| wrong())?;
        Ok(Self { version: CourseVersion::new(number).ok_or_else(wrong)?, after })
    }
}

impl App {
    /// Moves registrations that go on to another version of their course, each in a commit of its
    /// own. What was done stays done when a later one fails: the same request goes on.
    pub async fn move_registrations(
        &self,
        caller: &Caller,
        course: CourseId,
        to: CourseVersion,
        request: &MoveMany,
    ) -> Result<MovedMany, AppError> {
        may_move(caller)?;
        let MoveMany { reason, restart, dry_run, .. } = request.clone();
        let terms = MoveTerms { reason, restart, dry_run };
        check_reason(&terms)?;
        let from = self.versions_to_leave(caller.organization, course, to, request).await?;
        let begin = request.cursor.as_deref().map(Place::from_str).transpose()?;
        let mut left = request.limit.unwrap_or(EXAMINED_MAX).clamp(1, EXAMINED_MAX);
        let mut done = MovedMany::default();
        for version in from {
            if begin.as_ref().is_some_and(|begin| version < begin.version) {
                continue;
            }
            let begins_here = begin.as_ref().filter(|begin| begin.version == version);
            let mut after = begins_here.and_then(|begin| begin.after);
            loop {
                if left == 0 {
                    done.next = Some(Place { version, after }.to_string());
                    return Ok(done);
                }
                let filter = RegistrationFilter {
                    course: Some(course),
                    version: Some(version),
                    after,
                    ..RegistrationFilter::default()
                };
                let limit = left.min(PAGE_REGISTRATIONS);
                let page = self.store.registrations(caller.organization, &filter, limit).await?;
                left = left.saturating_sub(page.items.len());
                let (through, open): (Vec<_>, Vec<_>) =
                    page.items.iter().partition(|registration| is_done(&registration.record));
                done.over += through.len();
                for some in open.chunks(AT_ONCE) {
                    let moves = some.iter().map(|registration| {
                        self.relocate(caller, registration.fixed.id, to, &terms)
                    });
                    for moved in join_all(moves).await {
                        done.count(moved)?;
                    }
                }
                after = page.next;
                if after.is_none() {
                    break;
                }
            }
        }
        Ok(done)
    }

    /// The versions whose registrations are moved, the oldest first.
    async fn versions_to_leave(
        &self,
        organization: OrganizationId,
        course: CourseId,
        to: CourseVersion,
        request: &MoveMany,
    ) -> Result<Vec<CourseVersion>, AppError> {
        let known = self.store.versions(organization, course).await?;
        let known: Vec<CourseVersion> = known.iter().map(|one| one.version).collect();
        if !known.contains(&to) {
            return Err(AppError::NotFound("course version"));
        }
        let mut from = match &request.from {
            None => known.into_iter().filter(|version| *version < to).collect(),
            Some(numbers) => {
                let wrong = || AppError::invalid("/from", "must name other versions of the course");
                let versions = numbers.iter().map(|number| {
                    let version = CourseVersion::new(*number);
                    version.filter(|one| known.contains(one) && *one != to).ok_or_else(wrong)
                });
                versions.collect::<Result<Vec<_>, _>>()?
            }
        };
        from.sort_unstable();
        from.dedup();
        Ok(from)
    }
}
