//! Attempts, samples, the population's check, and how training works over time.

use super::{Table, text};
use crate::{Report, Verb};

pub(super) fn attempts(report: &Report) -> Table {
    let mut table = Table::new(&[
        "person",
        "name",
        "course",
        "version",
        "date",
        "at",
        "result",
        "score",
        "statement",
    ]);
    for attempt in &report.attempt_log {
        table.push([
            attempt.person.to_string(),
            report.name(&attempt.person),
            attempt.course.clone(),
            attempt.version.clone(),
            attempt.date.to_string(),
            attempt.at.millis(),
            if attempt.result == Verb::Passed { "passed" } else { "failed" }.to_owned(),
            text(attempt.score),
            attempt.statement.to_string(),
        ]);
    }
    table
}

pub(super) fn sample(report: &Report) -> Table {
    let mut table = Table::new(&["place", "person", "name", "strata"]);
    for (place, person) in report.sample.iter().flat_map(|sample| sample.people.iter().enumerate())
    {
        let strata = report.sample.iter().flat_map(|sample| &sample.strata);
        let within = strata.filter(|(_, people)| people.contains(person)).map(|(name, _)| name);
        table.push([
            (place + 1).to_string(),
            person.to_string(),
            report.name(person),
            within.cloned().collect::<Vec<_>>().join("; "),
        ]);
    }
    table
}

pub(super) fn reconciliation(report: &Report) -> Table {
    let mut table = Table::new(&["difference", "user_or_person"]);
    if let Some(found) = &report.reconciliation {
        let people =
            |people: &[crate::world::PersonId]| people.iter().map(ToString::to_string).collect();
        let parts: [(&str, Vec<String>); 4] = [
            ("not_on_roster", found.not_on_roster.clone()),
            ("without_access", found.without_access.clone()),
            ("not_in_idp", people(&found.not_in_idp)),
            ("disabled_in_idp", people(&found.disabled_in_idp)),
        ];
        for (difference, those) in parts {
            for one in those {
                table.push([difference.to_owned(), one]);
            }
        }
    }
    table
}

pub(super) fn reviews(report: &Report) -> Table {
    let mut table = Table::new(&["quarter", "due_on", "reviewed_on", "by", "status"]);
    for review in &report.reviews {
        table.push([
            review.quarter.to_string(),
            review.due_on.to_string(),
            text(review.reviewed_on),
            text(review.by.as_ref()),
            review.status.as_str().to_owned(),
        ]);
    }
    table
}

pub(super) fn effectiveness(report: &Report) -> Table {
    let mut table =
        Table::new(&["campaign", "sent_on", "delivered", "clicked", "reported", "no_action"]);
    for campaign in &report.effectiveness {
        table.push([
            campaign.campaign.clone(),
            campaign.sent_on.to_string(),
            campaign.delivered.to_string(),
            campaign.clicked.to_string(),
            campaign.reported.to_string(),
            campaign.no_action.to_string(),
        ]);
    }
    table
}

pub(super) fn quiz_trend(report: &Report) -> Table {
    let mut table =
        Table::new(&["quarter", "attempts", "passed", "first_attempts", "first_passed"]);
    for quarter in &report.quiz_trend {
        table.push([
            quarter.quarter.to_string(),
            quarter.attempts.to_string(),
            quarter.passed.to_string(),
            quarter.first_attempts.to_string(),
            quarter.first_passed.to_string(),
        ]);
    }
    table
}
