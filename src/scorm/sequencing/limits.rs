//! Limits of attempts and time (SN 3.5), and what keeps an activity from being taken (UP.1, UP.5).
//!
//! The specification leaves the limits of time to the LMS (SN 3.5); this one checks them all.
//! Without an instant to compare with they are not reached.

use super::trace::name_of;
use super::{Cause, LessonStatus, Limit, Rule, RuleAction, RuleKind};
use crate::runtime::Timespan;
use crate::tree::{ActivityIndex, ActivityTree, TreeState};
use chrono::NaiveDateTime;
use domain::{ItemId, Timestamp};
use std::time::Duration;

impl ActivityTree {
    /// Limit Conditions Check Process (UP.1): the limit that forbids a new attempt. An attempt that
    /// goes on is not checked, and the time of the last attempt does not count against a new one.
    pub(super) fn limit_check(&self, state: &TreeState, at: ActivityIndex) -> Option<Limit> {
        let activity = &self[at];
        let limits = &activity.sequencing.limits;
        let known = state.of(activity.id());
        if !activity.sequencing.delivery.tracked || known.is_active || known.is_suspended {
            return None;
        }
        if let Some(limit) = limits.attempt_limit.filter(|&limit| known.attempts >= limit) {
            return Some(Limit::Attempts(limit));
        }
        self.activity_time_limit(state, at).or_else(|| self.outside_time_range(state, at))
    }

    /// Check Activity Process (UP.5): what forbids that an activity is taken.
    pub(crate) fn check_activity(&self, state: &TreeState, at: ActivityIndex) -> Option<Cause> {
        self.pre_check(state, at, RuleAction::Disabled)
            .or_else(|| self.limit_check(state, at).map(Cause::Limit))
            .or_else(|| self.unmet_prerequisites(state, at))
    }

    /// What a SCORM 1.2 item waits for. An attempt that goes on is not checked.
    fn unmet_prerequisites(&self, state: &TreeState, at: ActivityIndex) -> Option<Cause> {
        let script = self[at].prerequisites.as_ref()?;
        let known = state.of(self[at].id());
        let status = |item: &str| {
            let found = self.find(&ItemId::new(item));
            found.map_or(LessonStatus::NotAttempted, |at| self.lesson_status(state, at))
        };
        if known.is_active || known.is_suspended || script.hold(&status) {
            return None;
        }
        let mut waits_for = script.items();
        waits_for.dedup();
        let open = waits_for.iter().filter(|item| !status(item).is_done()).count();
        // A script may also ask that something is not done; then all that it names is told.
        waits_for.retain(|item| open == 0 || !status(item).is_done());
        let named = waits_for.into_iter().map(|item| name_of(self, &ItemId::new(item)));
        Some(Cause::Prerequisites(named.collect()))
    }

    /// `cmi.core.lesson_status` of a leaf, as far as the tracking model holds it; a cluster is
    /// completed when all in it is done.
    fn lesson_status(&self, state: &TreeState, at: ActivityIndex) -> LessonStatus {
        if !self[at].is_leaf() {
            let children = self[at].children.iter().map(|&child| self.lesson_status(state, child));
            let mut children = children.collect::<Vec<_>>();
            children.sort_unstable();
            children.dedup();
            return match children.as_slice() {
                [LessonStatus::NotAttempted] => LessonStatus::NotAttempted,
                all if all.iter().all(|one| one.is_done()) => LessonStatus::Completed,
                _ => LessonStatus::Incomplete,
            };
        }
        let seen = self.observe(state, at, None);
        match (seen.satisfied, seen.completion) {
            (Some(true), _) => LessonStatus::Passed,
            (Some(false), _) => LessonStatus::Failed,
            (None, Some(true)) => LessonStatus::Completed,
            (None, _) if state.of(self[at].id()).attempts == 0 => LessonStatus::NotAttempted,
            (None, _) => LessonStatus::Incomplete,
        }
    }

    /// The precondition rule of this action that holds.
    pub(super) fn pre_check(
        &self,
        state: &TreeState,
        at: ActivityIndex,
        action: RuleAction,
    ) -> Option<Cause> {
        let rules = &self[at].sequencing.pre_conditions;
        self.rules_check(state, at, rules, &[action])
            .map(|(place, rule)| cause(RuleKind::Pre, place, rule))
    }

    /// The limit of time that an activity or its attempt has reached (`timeLimitExceeded`).
    pub(crate) fn time_limit(&self, state: &TreeState, at: ActivityIndex) -> Option<Limit> {
        let limits = &self[at].sequencing.limits;
        let known = state.of(self[at].id());
        let now = state.now();
        let absolute = &limits.attempt_absolute_duration;
        let until = known.ended.or(now);
        if is_over(absolute.as_deref(), elapsed(known.began, until)) {
            return absolute.clone().map(Limit::AttemptAbsoluteDuration);
        }
        let experienced = &limits.attempt_experienced_duration;
        if now.is_some() && is_over(experienced.as_deref(), time(known.attempt_time)) {
            return experienced.clone().map(Limit::AttemptExperiencedDuration);
        }
        self.activity_time_limit(state, at)
    }

    fn activity_time_limit(&self, state: &TreeState, at: ActivityIndex) -> Option<Limit> {
        let limits = &self[at].sequencing.limits;
        let now = state.now()?;
        let absolute = &limits.activity_absolute_duration;
        if is_over(absolute.as_deref(), elapsed(state.of(self[at].id()).first_began, Some(now))) {
            return absolute.clone().map(Limit::ActivityAbsoluteDuration);
        }
        let experienced = limits.activity_experienced_duration.as_ref()?;
        let total = self.activity_status(state, at).total_time;
        is_over(Some(experienced), time(total))
            .then(|| Limit::ActivityExperiencedDuration(experienced.clone()))
    }

    /// The limit of the calendar that is not met (`outsideAvailableTimeRange`).
    pub(crate) fn outside_time_range(&self, state: &TreeState, at: ActivityIndex) -> Option<Limit> {
        let limits = &self[at].sequencing.limits;
        let now = state.now()?;
        let is = |text: &String, before: bool| {
            instant(text).is_some_and(|limit| if before { now < limit } else { now > limit })
        };
        let early = limits.begin_time.as_ref().filter(|text| is(text, true));
        let late = || limits.end_time.as_ref().filter(|text| is(text, false));
        early
            .map(|text| Limit::Before(text.clone()))
            .or_else(|| late().map(|text| Limit::After(text.clone())))
    }
}

/// What a rule at this place decided.
pub(super) const fn cause(kind: RuleKind, place: usize, rule: &Rule) -> Cause {
    Cause::Rule { kind, number: place + 1, action: rule.action }
}

/// Time from one instant to another.
fn elapsed(from: Option<Timestamp>, to: Option<Timestamp>) -> Option<Duration> {
    Some(to?.since(from?))
}

fn time(span: Timespan) -> Option<Duration> {
    Some(duration(span)).filter(|time| !time.is_zero())
}

const fn duration(span: Timespan) -> Duration {
    Duration::from_millis(span.centiseconds().saturating_mul(10))
}

/// Whether time used has reached a limit as the manifest writes it (`xs:duration`).
fn is_over(limit: Option<&str>, used: Option<Duration>) -> bool {
    let limit = limit.and_then(Timespan::parse_scorm2004).map(duration);
    limit.zip(used).is_some_and(|(limit, used)| used >= limit)
}

/// Reads an `xs:dateTime`; without a zone it is taken as UTC.
fn instant(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    text.parse().ok().or_else(|| {
        let local: NaiveDateTime = text.parse().ok()?;
        Some(Timestamp::from_micros(local.and_utc().timestamp_micros()))
    })
}
