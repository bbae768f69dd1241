//! A course as its author sees it: every activity in document order, what it launches, and in
//! plain words what its manifest asks of sequencing. Only what departs from the defaults of the
//! specification is told.

mod course;
mod limit;
mod objective;
mod rollup;
mod rule;
#[cfg(test)]
mod tests;

use crate::manifest::{Launch, ResourceKind};
use crate::tree::{ActivityIndex, ActivityTree};
use course::Course;
pub(crate) use course::quoted;
use domain::ItemId;
use serde::{Deserialize, Serialize};

/// One activity of a course.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutlineEntry {
    /// Its identifier.
    pub id: ItemId,
    /// Its title.
    pub title: String,
    /// How many activities it is in; the course itself is in none.
    pub level: usize,
    /// What it is.
    pub kind: ActivityKind,
    /// The file or the address that it launches, with query and parameters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub launches: Option<String>,
    /// Whether it is shown in the contents (`isvisible`).
    pub visible: bool,
    /// What sequencing does with it, a sentence each.
    pub rules: Vec<String>,
}

/// What an activity is to a learner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ActivityKind {
    /// It holds other activities.
    Group,
    /// It launches a SCO.
    Sco,
    /// It launches an asset.
    Asset,
    /// It launches nothing.
    Empty,
}

impl ActivityTree {
    /// The course as its author sees it, the course itself first.
    pub fn outline(&self) -> Vec<OutlineEntry> {
        let course = Course::of(self);
        self.indices().map(|at| entry(&course, at)).collect()
    }
}

fn entry(course: &Course<'_>, at: ActivityIndex) -> OutlineEntry {
    let activity = &course.tree[at];
    let kind = match &activity.resource {
        Some(resource) if resource.kind == ResourceKind::Sco => ActivityKind::Sco,
        Some(_) => ActivityKind::Asset,
        None if activity.is_leaf() => ActivityKind::Empty,
        None => ActivityKind::Group,
    };
    let launches = activity.resource.as_ref().map(|resource| {
        let href = match &resource.launch {
            Launch::File { path, suffix } => format!("{path}{suffix}"),
            Launch::External(url) => url.clone(),
        };
        crate::manifest::launch_path(&href, activity.item.parameters.as_deref())
    });
    OutlineEntry {
        id: activity.id().clone(),
        title: activity.item.title.clone(),
        level: course.tree.depth(at),
        kind,
        launches,
        visible: activity.item.visible,
        rules: rules(course, at),
    }
}

/// What is told of an activity, in the order in which it matters to a learner.
fn rules(course: &Course<'_>, at: ActivityIndex) -> Vec<String> {
    let mut told = Vec::new();
    if course.tree.edition().is_2004() {
        limit::control(course, at, &mut told);
        rule::rules(course, at, &mut told);
        limit::limits(course, at, &mut told);
        limit::selection(course, at, &mut told);
        objective::objectives(course, at, &mut told);
        rollup::rollup(course, at, &mut told);
        limit::delivery(course, at, &mut told);
    } else {
        limit::scorm12(course, at, &mut told);
    }
    limit::presentation(course, at, &mut told);
    told
}
