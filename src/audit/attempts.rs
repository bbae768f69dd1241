//! Every attempt, and finding statements by who, what and when.

use crate::view::{CourseFact, View};
use crate::world::PersonId;
use crate::{Day, Verb, Window};
use domain::{StatementId, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::HashSet;

/// A test passed or failed.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Attempt {
    /// Who.
    pub person: PersonId,
    /// In which course.
    pub course: String,
    /// In which version.
    pub version: String,
    /// On which day.
    pub date: Day,
    /// When.
    pub at: Timestamp,
    /// `passed` or `failed`.
    pub result: Verb,
    /// The score, if the statement has one.
    pub score: Option<f64>,
    /// The statement.
    pub statement: StatementId,
}

/// The attempts of the period by time, without repetitions of the same completion.
pub(crate) fn attempt_log(
    view: &View<'_>,
    period: Window,
    duplicates: &HashSet<StatementId>,
) -> Vec<Attempt> {
    let attempts = view.facts.iter().filter(|fact| {
        fact.is_attempt() && period.holds(fact.day) && !duplicates.contains(&fact.fact.id)
    });
    attempts.filter_map(|fact| attempt(view, fact)).collect()
}

fn attempt(view: &View<'_>, fact: &CourseFact<'_>) -> Option<Attempt> {
    Some(Attempt {
        person: view.people[fact.person?].id.clone(),
        course: view.courses[fact.course].course.id.clone(),
        version: view.version_of(fact).version.clone(),
        date: fact.day,
        at: fact.instant,
        result: fact.verb,
        score: fact.fact.scaled,
        statement: fact.fact.id,
    })
}

/// Which statements are looked for; what is absent is any.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default)]
pub struct Search {
    /// Of the person with this mail address.
    pub email: Option<String>,
    /// Of this person.
    pub person: Option<PersonId>,
    /// About this course.
    pub course: Option<String>,
    /// From this day on.
    pub from: Option<Day>,
    /// Up to this day.
    pub to: Option<Day>,
}

/// The statements found, by time.
pub(crate) fn search(view: &View<'_>, search: &Search) -> Vec<StatementId> {
    let days = Window::new(search.from, search.to);
    let with_mail: Option<HashSet<usize>> =
        search.email.as_ref().map(|mail| view.identities.ever_with_mail(mail).collect());
    let found = view.facts.iter().filter(|fact| {
        let Some(person) = fact.person else { return false };
        let is_course = |id: &String| view.courses[fact.course].course.id == *id;
        days.holds(fact.day)
            && search.course.as_ref().is_none_or(is_course)
            && search.person.as_ref().is_none_or(|id| view.people[person].id == *id)
            && with_mail.as_ref().is_none_or(|people| people.contains(&person))
    });
    found.map(|fact| fact.fact.id).collect()
}
