//! What recipients did with test mails: a line for each campaign and recipient.

use super::Work;
use super::idp::yes_or_no;
use super::table::Line;
use crate::reference::{Entity, Part};
use serde_json::{Value, json};
use std::collections::{HashMap, HashSet};

pub(super) const COLUMNS: &[(&str, bool)] = &[
    ("campaign", true),
    ("sent_on", true),
    ("recipient", true),
    ("delivered", true),
    ("clicked", true),
    ("reported", true),
    ("automated", false),
];

/// What makes two lines the same result.
fn key(campaign: &str, recipient: &str) -> (String, String) {
    let address = recipient.strip_prefix("mailto:").unwrap_or(recipient);
    (campaign.to_owned(), address.to_lowercase())
}

pub(super) fn read(work: &mut Work<'_>, lines: &[Line]) {
    let known = work.trail.all_at(Entity::PhishingResult, None).filter_map(|stated| {
        let part = Part::of(Entity::PhishingResult, &stated)?;
        let text = |name: &str| part.value[name].as_str().unwrap_or_default();
        Some((key(text("campaign"), text("recipient")), stated.id.to_owned()))
    });
    let known: HashMap<_, _> = known.collect();
    let mut seen = HashSet::new();
    for line in lines {
        let key = key(line.cell("campaign"), line.cell("recipient"));
        if !seen.insert(key.clone()) {
            work.fault(line.number, "recipient", "is in the file twice for this campaign");
            continue;
        }
        let Some(value) = value(work, line) else { continue };
        let part = Part { entity: Entity::PhishingResult, value, from: None, to: None };
        if work.sound(line, "new", &part, &|_, _| false) {
            let id = known.get(&key).cloned().unwrap_or_else(|| (work.fresh)());
            let changes = work.trail.set(&id, &part);
            work.changes.extend(changes.into_iter().map(|change| (Some(line.number), change)));
        }
    }
}

fn value(work: &mut Work<'_>, line: &Line) -> Option<Value> {
    let mut answers = Vec::new();
    for column in ["delivered", "clicked", "reported", "automated"] {
        match yes_or_no(line.cell(column), false) {
            Some(answer) => answers.push(answer),
            None => work.fault(line.number, column, "must be yes or no"),
        }
    }
    let [delivered, clicked, reported, automated] = answers[..] else { return None };
    Some(json!({
        "campaign": line.cell("campaign"),
        "sent_on": line.cell("sent_on"),
        "recipient": line.cell("recipient"),
        "delivered": delivered,
        "clicked": clicked,
        "reported": reported,
        "automated": automated,
    }))
}
