//! Prerequisites of SCORM 1.2 that go in a circle.

use crate::{codes, manifest::context::Context};
use domain::ItemId;
use scorm::{
    sequencing::LessonStatus,
    tree::{ActivityIndex, ActivityTree},
};
use std::collections::HashSet;

/// Bytes of all scripts together up to which circles are looked for.
const SCRIPTS_BYTES_MAX: usize = 200_000;
/// Times that the scripts are tried; each one in document order, so that few are needed.
const ROUNDS_MAX: usize = 20;

/// Tells items that nobody can open: with all done that can be done before them, their script still
/// does not hold, nor does it with nothing done.
pub(super) fn tell(context: &mut Context<'_, '_>, tree: &ActivityTree) {
    let scripts = tree.activities().filter_map(|one| one.item.scorm12.prerequisites.as_ref());
    if scripts.map(String::len).sum::<usize>() > SCRIPTS_BYTES_MAX {
        return;
    }
    let mut done: HashSet<ActivityIndex> = HashSet::new();
    let grows = |done: &mut HashSet<ActivityIndex>| {
        let before = done.len();
        for at in tree.launchable() {
            if !done.contains(&at) && can_open(tree, at, done) {
                done.insert(at);
            }
        }
        done.len() > before
    };
    if (0..ROUNDS_MAX).all(|_| grows(&mut done)) {
        return;
    }
    for at in tree.indices() {
        // What is shut because its group is shut is told of the group.
        if !meets_own(tree, at, &done) {
            let activity = &tree[at];
            let script = activity.item.scorm12.prerequisites.as_deref().unwrap_or_default();
            let message = format!(
                "{:?} waits for what can only be done after it: prerequisites is {script:?}",
                activity.item.title
            );
            let code = &codes::PREREQUISITES_NEVER_MET;
            context.tell_about(activity.id(), &[("prerequisites", 0)], code, message);
        }
    }
}

fn can_open(tree: &ActivityTree, at: ActivityIndex, done: &HashSet<ActivityIndex>) -> bool {
    tree.path(at).all(|one| meets_own(tree, one, done))
}

fn meets_own(tree: &ActivityTree, at: ActivityIndex, done: &HashSet<ActivityIndex>) -> bool {
    let Some(script) = &tree[at].prerequisites else { return true };
    let untouched = |_: &str| LessonStatus::NotAttempted;
    let finished = |status| {
        move |item: &str| {
            let is_done = tree.find(&ItemId::new(item)).is_some_and(|at| is_done(tree, at, done));
            if is_done { status } else { LessonStatus::NotAttempted }
        }
    };
    // A script may ask for any of the statuses that a learner can bring an item to.
    let reachable = [
        LessonStatus::Passed,
        LessonStatus::Completed,
        LessonStatus::Failed,
        LessonStatus::Incomplete,
        LessonStatus::Browsed,
    ];
    script.hold(&untouched) || reachable.into_iter().any(|status| script.hold(&finished(status)))
}

/// A group is done when all in it is that can be launched.
fn is_done(tree: &ActivityTree, at: ActivityIndex, done: &HashSet<ActivityIndex>) -> bool {
    let activity = &tree[at];
    if activity.is_leaf() {
        // A leaf that launches nothing has nothing to be done.
        return done.contains(&at);
    }
    let mut children = activity
        .children
        .iter()
        .filter(|child| !tree[**child].is_leaf() || tree[**child].can_launch());
    children.clone().next().is_some() && children.all(|child| is_done(tree, *child, done))
}
