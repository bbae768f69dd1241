//! What a person owes for one requirement while in its audience (audit rules, 1.3 and 1.5).

use crate::completion::{Completion, Event, Retraining, Training};
use crate::view::View;
use crate::world::{
    Access, Anchor, Basis, Credit, Employment, Exception, ExceptionKind, ExitRule, Filter, Person,
    Requirement, RoleSpan, visible,
};
use crate::{Day, Window, intersection, merged};
use serde::Serialize;

/// Why an obligation exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Nothing fell due: an earlier completion covers the person.
    Covered,
    /// Access began.
    Initial,
    /// An exemption ended.
    Reinstated,
    /// The last completion runs out.
    Renewal,
    /// A new version has to be taken.
    Retrain,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::Covered, Self::Initial, Self::Reinstated, Self::Renewal, Self::Retrain];
}

/// How an obligation was met.
#[derive(Debug, Clone)]
pub(crate) struct Satisfaction<'w> {
    pub(crate) day: Day,
    pub(crate) evidence: Vec<Completion<'w>>,
    /// By training from before the window.
    pub(crate) credited: bool,
}

impl Satisfaction<'_> {
    pub(crate) fn is_waived(&self) -> bool {
        self.evidence.iter().any(Completion::is_waiver)
    }
}

/// Something owed.
#[derive(Debug, Clone)]
pub(crate) struct Obligation<'w> {
    pub(crate) kind: Kind,
    pub(crate) window: Window,
    pub(crate) assigned: Day,
    pub(crate) due: Day,
    /// The deadline before an exception moved it.
    pub(crate) original_due: Option<Day>,
    /// Whether the deadline is the last day of access because it would have been behind it.
    pub(crate) capped: bool,
    pub(crate) satisfied: Option<Satisfaction<'w>>,
    /// The exception that changed the outcome.
    pub(crate) exception: Option<&'w Exception>,
    pub(crate) exempt: bool,
    /// Exceptions that bore on it and were recorded behind its original deadline.
    pub(crate) late_exceptions: Vec<&'w Exception>,
    /// The first day whose attempts belong to it (1.10.12).
    pub(crate) cycle_start: Day,
    /// What the deadline is counted from: the last completion, the last deadline, or the start.
    pub(crate) counted_from: Day,
    /// The completion that a renewal follows.
    pub(crate) follows: Vec<Completion<'w>>,
    pub(crate) retraining: Option<Retraining<'w>>,
}

impl Obligation<'_> {
    /// Whether it was met by `day`.
    pub(crate) fn is_met_by(&self, day: Day) -> bool {
        self.satisfied.as_ref().is_some_and(|met| met.credited || met.day <= day)
    }
}

/// The windows in which `person` is in the audience of `requirement` (1.3).
pub(crate) fn audience_windows(
    view: &View<'_>,
    person: &Person,
    requirement: &Requirement,
) -> Vec<Window> {
    let as_of = view.as_of;
    let audience = &requirement.audience;
    let mut windows = match requirement.basis {
        Basis::Access => merged(
            visible(&person.access, as_of)
                .filter(|access| audience.scopes.holds(&access.scope))
                .map(Access::days),
        ),
        Basis::Employment => merged(visible(&person.employment, as_of).map(Employment::days)),
    };
    if audience.types != Filter::Any {
        let of_type = visible(&person.employment, as_of)
            .filter(|employment| audience.types.holds(&employment.kind))
            .map(Employment::days);
        windows = intersection(&windows, &merged(of_type));
    }
    if audience.roles != Filter::Any {
        let of_role = visible(&person.roles, as_of)
            .filter(|span| audience.roles.holds(&span.role))
            .map(RoleSpan::days);
        windows = intersection(&windows, &merged(of_role));
    }
    let in_force = requirement.in_force();
    let in_audience = windows.into_iter().filter_map(|window| {
        let start = window.start.max(in_force.start);
        (start <= window.end.min(in_force.end)).then_some(Window { start, end: window.end })
    });
    // A window that starts after today does not exist yet (1.10.14).
    in_audience.filter(|window| window.start <= view.today).collect()
}

/// Works out what is owed in one window after another.
pub(crate) struct Obliger<'a, 'w> {
    view: &'w View<'w>,
    training: &'a Training<'w>,
    exceptions: Vec<&'w Exception>,
    /// Events of which the validity reaches to the next deadline (1.10.15): their day, and until
    /// when they are valid.
    prolonged: Vec<(Day, Day)>,
    /// Of the window looked at last: each day on which something was met that a renewal follows,
    /// and when that is due.
    renewals: Vec<(Day, Day)>,
}

impl<'a, 'w> Obliger<'a, 'w> {
    pub(crate) fn new(view: &'w View<'w>, person: &Person, training: &'a Training<'w>) -> Self {
        let exceptions = view.exceptions_of(person, training.requirement).collect();
        Self { view, training, exceptions, prolonged: Vec::new(), renewals: Vec::new() }
    }

    fn requirement(&self) -> &'w Requirement {
        self.training.requirement
    }

    /// Until when what happened on `day` covers the person.
    pub(crate) fn covers_until(&self, day: Day) -> Day {
        let prolonged = self.prolonged.iter().filter(|(event, _)| *event == day).map(|(_, to)| *to);
        prolonged.max().unwrap_or(day).max(self.training.valid_until(day))
    }

    /// When the renewal is due that follows what was met last up to `day`, in the window looked at
    /// last.
    pub(crate) fn renewal_after(&self, day: Day) -> Option<Day> {
        self.renewals.iter().rev().find(|(met, _)| *met <= day).map(|(_, due)| *due)
    }

    /// The deadline of the renewal that follows `met`, if there is recurrence (1.5.2).
    fn next_due(&self, met: &Obligation<'_>) -> Option<Day> {
        let recurrence = self.requirement().recurrence?;
        let satisfied = met.satisfied.as_ref()?;
        let from = match self.requirement().anchor {
            Anchor::Due if !satisfied.credited && satisfied.day <= met.due => {
                met.original_due.unwrap_or(met.due)
            }
            Anchor::Due | Anchor::Completion => satisfied.day,
        };
        Some(from.plus(recurrence))
    }

    /// Everything owed in a window, in the order in which it arises; retrainings last.
    pub(crate) fn in_window(&mut self, window: Window) -> Vec<Obligation<'w>> {
        self.renewals.clear();
        let mut retrainings: Vec<Obligation<'w>> = Vec::new();
        for retraining in &self.training.retrainings {
            if let Some(first) = self.retrain(window, *retraining) {
                self.settle(first, &mut retrainings);
            }
        }
        let mut rows = Vec::new();
        self.settle(self.initial(window), &mut rows);
        let mut last = rows.last().cloned();
        while let Some(met) = last.take().filter(|last| last.satisfied.is_some()) {
            self.prolong(&met);
            let Some(due) = self.next_due(&met) else { break };
            let day = met.satisfied.as_ref().map_or(Day::NEVER, |met| met.day);
            self.renewals.push((day, due));
            if let Some(instead) = self.replaced_by(day, due, &retrainings) {
                last = Some(instead);
                continue;
            }
            let Some(renewal) = self.renewal(&met, due) else { break };
            self.settle(renewal, &mut rows);
            last = rows.last().cloned();
        }
        rows.append(&mut retrainings);
        rows
    }

    /// With anchor `due`, what met an obligation is valid through the next deadline (1.10.15).
    fn prolong(&mut self, met: &Obligation<'_>) {
        if let (Anchor::Due, Some(satisfied), Some(next)) =
            (self.requirement().anchor, &met.satisfied, self.next_due(met))
        {
            self.prolonged.push((satisfied.day, next));
        }
    }

    fn initial(&self, window: Window) -> Obligation<'w> {
        let (requirement, start) = (self.requirement(), window.start);
        let within = start.plus(requirement.due_within);
        let full = match requirement.due_date {
            Some(date) if requirement.effective_from.is_some_and(|from| start <= from) => date,
            Some(date) => date.max(within),
            None => within,
        };
        let credit = match requirement.credit {
            Credit::Valid => self.credit(start),
            Credit::None => None,
        };
        let satisfied = credit.or_else(|| self.first_in(start, window.end));
        let obligation = self.obligation(Kind::Initial, window, start, start, full);
        Obligation { satisfied, ..obligation }
    }

    /// The last event before `start` that is valid on it and new enough.
    fn credit(&self, start: Day) -> Option<Satisfaction<'w>> {
        let is_good = |event: &&Event<'w>| {
            let new_enough = |(place, one): (usize, &Completion<'_>)| {
                self.training.is_new_enough(place, one, start)
            };
            event.day < start
                && start <= self.training.valid_until(event.day)
                && event.evidence.iter().enumerate().all(new_enough)
        };
        let event = self.training.events.iter().rev().find(is_good)?;
        Some(Satisfaction { day: event.day, evidence: event.evidence.clone(), credited: true })
    }

    fn first_in(&self, from: Day, to: Day) -> Option<Satisfaction<'w>> {
        let event = self.training.first_in(from, to)?;
        Some(Satisfaction { day: event.day, evidence: event.evidence.clone(), credited: false })
    }

    /// Something owed from `assigned` on; `full` is the deadline, were there no last day of access
    /// (1.10.9).
    fn obligation(
        &self,
        kind: Kind,
        window: Window,
        assigned: Day,
        counted_from: Day,
        full: Day,
    ) -> Obligation<'w> {
        let (due, capped) =
            if kind == Kind::Renewal { (full, false) } else { self.cap(full, window) };
        Obligation {
            kind,
            window,
            assigned,
            due,
            original_due: None,
            capped,
            satisfied: None,
            exception: None,
            exempt: false,
            late_exceptions: Vec::new(),
            cycle_start: assigned,
            counted_from,
            follows: Vec::new(),
            retraining: None,
        }
    }

    fn cap(&self, due: Day, window: Window) -> (Day, bool) {
        match self.requirement().exit_rule {
            ExitRule::DueByExit if window.end < due => (window.end, true),
            ExitRule::DueByExit | ExitRule::Excuse => (due, false),
        }
    }

    /// The renewal that follows `met`; `None` when it is neither met nor due while the person has
    /// access and the requirement is in force.
    fn renewal(&self, met: &Obligation<'w>, due: Day) -> Option<Obligation<'w>> {
        let requirement = self.requirement();
        let (window, previous) = (met.window, met.satisfied.as_ref()?);
        let opens = match (requirement.anchor, requirement.renewal_opens) {
            (Anchor::Due, Some(opens)) => due.minus(opens),
            _ => Day::EVER,
        };
        let from = previous.day.next().max(opens).max(window.start);
        let satisfied = self.first_in(from, window.end);
        if satisfied.is_none() && due > window.end.min(requirement.in_force().end) {
            return None;
        }
        let assigned = previous.day.max(window.start);
        let counted_from = match requirement.anchor {
            Anchor::Due if !previous.credited && previous.day <= met.due => {
                met.original_due.unwrap_or(met.due)
            }
            Anchor::Due | Anchor::Completion => previous.day,
        };
        Some(Obligation {
            satisfied,
            cycle_start: previous.day.next(),
            follows: previous.evidence.clone(),
            ..self.obligation(Kind::Renewal, window, assigned, counted_from, due)
        })
    }

    /// The retraining (or what followed it) that stands in place of the renewal due on `due`: the
    /// one that an event on or before that day met (1.10.11). Only where one course is required.
    fn replaced_by(
        &self,
        previous: Day,
        due: Day,
        retrainings: &[Obligation<'w>],
    ) -> Option<Obligation<'w>> {
        if self.requirement().courses.len() != 1 {
            return None;
        }
        let met = |row: &&Obligation<'w>| {
            row.assigned > previous
                && row.satisfied.as_ref().is_some_and(|met| met.day > previous && met.day <= due)
        };
        let row = retrainings.iter().filter(met).min_by_key(|row| row.assigned)?;
        let day = row.satisfied.as_ref().map(|met| met.day)?;
        // A renewal before the retraining began is a renewal.
        let earlier = self.training.first_in(previous.next(), row.assigned.previous());
        let renewed = earlier.is_some_and(|event| self.counts_as_renewal(event.day, due));
        (!renewed && day > previous).then(|| row.clone())
    }

    fn counts_as_renewal(&self, day: Day, due: Day) -> bool {
        match (self.requirement().anchor, self.requirement().renewal_opens) {
            (Anchor::Due, Some(opens)) => day >= due.minus(opens),
            _ => true,
        }
    }

    /// The retraining of a window that it falls in: when what the person had on that day was valid
    /// and of an older version (1.5.3).
    fn retrain(&self, window: Window, retraining: Retraining<'w>) -> Option<Obligation<'w>> {
        let Retraining { retrain, course, version } = retraining;
        let start = retrain.effective_on;
        let last = self.training.last_before(start)?;
        let is_old = last.evidence[course].fact.version < version;
        if !window.holds(start) || !is_old || start > self.training.valid_until(last.day) {
            return None;
        }
        let full = start.plus(retrain.due_within);
        let satisfied = self.retrained_in(retraining, start, window.end);
        let row = self.obligation(Kind::Retrain, window, start, start, full);
        Some(Obligation { satisfied, retraining: Some(retraining), ..row })
    }

    /// The first completion of a retraining's own course that is new enough (1.10.10).
    fn retrained_in(
        &self,
        retraining: Retraining<'_>,
        from: Day,
        to: Day,
    ) -> Option<Satisfaction<'w>> {
        let completions = &self.training.courses[retraining.course].completions;
        let own = completions.iter().find(|completion| {
            let is_new = completion.fact.version >= retraining.version;
            is_new && completion.day >= from && completion.day <= to
        })?;
        Some(Satisfaction { day: own.day, evidence: vec![*own], credited: false })
    }

    /// Applies the exceptions to something owed (1.5.4, 1.10.13) and adds it to the rows, with the
    /// obligation that begins when an exemption ends.
    fn settle(&self, mut row: Obligation<'w>, rows: &mut Vec<Obligation<'w>>) {
        let mut reinstated = None;
        let mut unused = self.exceptions.clone();
        // Each once, and always the first of those that bear on the deadline as it is by then.
        while !row.is_met_by(row.due) {
            let bears = |one: &&Exception| {
                let moves = one.kind == ExceptionKind::Exempt || one.extended_due.is_some();
                moves && one.days().holds(row.due)
            };
            let Some(place) = unused.iter().position(bears) else { break };
            let exception = unused.remove(place);
            if let (ExceptionKind::Leave, Some(extended)) = (exception.kind, exception.extended_due)
            {
                self.extend(&mut row, exception, extended);
                continue;
            }
            self.note(&mut row, exception);
            row.exempt = true;
            let end = exception.days().end.min(row.window.end);
            row.satisfied = row.satisfied.filter(|met| met.day <= end);
            if row.satisfied.is_none() {
                reinstated = self.reinstated(&row, exception);
            }
            break;
        }
        rows.push(row);
        if let Some(next) = reinstated {
            self.settle(next, rows);
        }
    }

    fn note(&self, row: &mut Obligation<'w>, exception: &'w Exception) {
        let original = row.original_due.unwrap_or(row.due);
        if exception.recorded_at.is_some_and(|recorded| self.view.zone.day(recorded) > original) {
            row.late_exceptions.push(exception);
        }
        row.exception = Some(exception);
    }

    fn extend(&self, row: &mut Obligation<'w>, exception: &'w Exception, extended: Day) {
        self.note(row, exception);
        row.original_due.get_or_insert(row.due);
        (row.due, row.capped) = self.cap(extended, row.window);
    }

    /// What is owed when an exemption ends while access goes on.
    fn reinstated(&self, exempt: &Obligation<'w>, exception: &Exception) -> Option<Obligation<'w>> {
        let start = exception.to?.next();
        let (window, requirement) = (exempt.window, self.requirement());
        let last = window.end.min(requirement.in_force().end).min(self.view.today);
        // An exemption that was over when the obligation arose (a deadline can be moved back) ends
        // nothing; without this, two exceptions could reinstate each other for ever.
        if start > last || start <= exempt.assigned {
            return None;
        }
        let full = start.plus(requirement.due_within);
        let satisfied = match exempt.retraining {
            Some(retraining) => self.retrained_in(retraining, start, window.end),
            None => self.first_in(start, window.end),
        };
        let row = self.obligation(Kind::Reinstated, window, start, start, full);
        Some(Obligation {
            satisfied,
            exception: None,
            follows: exempt.follows.clone(),
            retraining: exempt.retraining,
            ..row
        })
    }
}
