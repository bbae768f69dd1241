//! Whether the quarterly management reviews happened (audit rules, 1.10.20).

use crate::view::View;
use crate::world::visible;
use crate::{Day, Quarter, Window};
use serde::Serialize;

/// Whether a review happened in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ReviewStatus {
    /// By its deadline.
    OnTime,
    /// Behind it.
    Late,
    /// Not yet, and the deadline is over.
    Overdue,
    /// Not yet, and there is time.
    Pending,
}

impl ReviewStatus {
    /// The name used in JSON and CSV.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OnTime => "on_time",
            Self::Late => "late",
            Self::Overdue => "overdue",
            Self::Pending => "pending",
        }
    }
}

/// The review of a quarter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Review {
    /// Which quarter.
    pub quarter: Quarter,
    /// The deadline.
    pub due_on: Day,
    /// When it was reviewed first.
    pub reviewed_on: Option<Day>,
    /// By whom.
    pub by: Option<String>,
    /// Whether that was in time.
    pub status: ReviewStatus,
}

/// The reviews of the quarters that ended in the period, up to today.
pub(crate) fn reviews(view: &View<'_>, period: Window) -> Vec<Review> {
    let Some(policy) = view.policy().management_review else { return Vec::new() };
    let last = period.end.min(view.today);
    let mut quarter = period.start.quarter();
    let mut found = Vec::new();
    while quarter.last_day() <= last {
        let due_on = quarter.last_day().plus(policy.due_within);
        let name = quarter.to_string();
        let first = visible(&view.world.management_reviews, view.as_of)
            .filter(|review| review.quarter == name && review.reviewed_on <= view.today)
            .min_by_key(|review| review.reviewed_on);
        let status = match first {
            Some(review) if review.reviewed_on <= due_on => ReviewStatus::OnTime,
            Some(_) => ReviewStatus::Late,
            None if view.today > due_on => ReviewStatus::Overdue,
            None => ReviewStatus::Pending,
        };
        found.push(Review {
            quarter,
            due_on,
            reviewed_on: first.map(|review| review.reviewed_on),
            by: first.and_then(|review| review.by.clone()),
            status,
        });
        quarter = quarter.next();
    }
    found
}
