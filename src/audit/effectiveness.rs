//! Whether training works: counts beside completion, never counted as completion.

use crate::figures::Rate;
use crate::view::View;
use crate::world::visible;
use crate::{Day, Quarter, Verb, Window};
use domain::StatementId;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet, HashSet};

/// What the recipients of a campaign of test mails did. Recipients are people on the roster to whom
/// a mail was delivered, each once; what a program opened is no click.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Campaign {
    /// Which campaign.
    pub campaign: String,
    /// When its first mail was sent.
    pub sent_on: Day,
    /// Recipients.
    pub delivered: usize,
    /// Those who opened the link.
    pub clicked: usize,
    /// Those who reported the mail.
    pub reported: usize,
    /// Those who did neither.
    pub no_action: usize,
    /// Who clicked, of the recipients.
    pub click_rate: Rate,
    /// Who reported, of the recipients.
    pub report_rate: Rate,
}

/// The campaigns of the period, in the order in which they were sent.
pub(crate) fn campaigns(view: &View<'_>, period: Window) -> Vec<Campaign> {
    #[derive(Default)]
    struct People {
        sent_on: Option<Day>,
        delivered: BTreeSet<usize>,
        clicked: BTreeSet<usize>,
        reported: BTreeSet<usize>,
    }
    let mut campaigns: BTreeMap<&str, People> = BTreeMap::new();
    for result in visible(&view.world.phishing, view.as_of) {
        let campaign = campaigns.entry(&result.campaign).or_default();
        campaign.sent_on =
            Some(campaign.sent_on.map_or(result.sent_on, |day| day.min(result.sent_on)));
        let person = view.identities.by_mail(&result.recipient, result.sent_on);
        let Some(person) = person.filter(|_| result.delivered) else { continue };
        campaign.delivered.insert(person);
        if result.clicked && !result.automated {
            campaign.clicked.insert(person);
        }
        if result.reported {
            campaign.reported.insert(person);
        }
    }
    let mut found: Vec<Campaign> = campaigns
        .into_iter()
        .filter_map(|(name, people)| {
            let sent_on = people.sent_on.filter(|day| period.holds(*day))?;
            let delivered = people.delivered.len();
            let (clicked, reported) = (people.clicked.len(), people.reported.len());
            Some(Campaign {
                campaign: name.to_owned(),
                sent_on,
                delivered,
                clicked,
                reported,
                no_action: delivered - people.clicked.union(&people.reported).count(),
                click_rate: (clicked, delivered),
                report_rate: (reported, delivered),
            })
        })
        .collect();
    found.sort_by(|a, b| (a.sent_on, &a.campaign).cmp(&(b.sent_on, &b.campaign)));
    found
}

/// How often tests were passed in a quarter, and how often at the first try.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct QuizQuarter {
    /// Which quarter.
    pub quarter: Quarter,
    /// Tests passed or failed.
    pub attempts: usize,
    /// Passed.
    pub passed: usize,
    /// Those that were somebody's first of a course.
    pub first_attempts: usize,
    /// Of these, passed.
    pub first_passed: usize,
}

/// The trend of tests over the quarters of the period that have any.
pub(crate) fn quiz_trend(
    view: &View<'_>,
    period: Window,
    duplicates: &HashSet<StatementId>,
) -> Vec<QuizQuarter> {
    let mut quarters: BTreeMap<Quarter, QuizQuarter> = BTreeMap::new();
    let mut begun = HashSet::new();
    for fact in view.facts.iter().filter(|fact| fact.is_attempt()) {
        let Some(person) = fact.person else { continue };
        if duplicates.contains(&fact.fact.id) {
            continue;
        }
        let is_first = begun.insert((person, fact.course));
        if !period.holds(fact.day) {
            continue;
        }
        let quarter = fact.day.quarter();
        let empty =
            QuizQuarter { quarter, attempts: 0, passed: 0, first_attempts: 0, first_passed: 0 };
        let counts = quarters.entry(quarter).or_insert(empty);
        let passed = usize::from(fact.verb == Verb::Passed);
        counts.attempts += 1;
        counts.passed += passed;
        if is_first {
            counts.first_attempts += 1;
            counts.first_passed += passed;
        }
    }
    quarters.into_values().collect()
}
