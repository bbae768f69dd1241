//! What keeps every rule of the standard and still surprises authors: activities that nothing leads
//! to, rules that cannot hold, results that nobody can report, files that browsers refuse.

mod launch;
mod outcome;
mod prerequisites;
mod reach;
mod rule;
mod silence;

use super::context::Context;
use scorm::{manifest::Manifest, tree::ActivityTree};

/// Tells the traps of the organization that is played.
pub(super) fn tell(context: &mut Context<'_, '_>, manifest: &Manifest) {
    let tree = ActivityTree::of(manifest);
    reach::tell(context, &tree);
    if tree.edition().is_2004() {
        rule::tell(context, &tree);
        outcome::tell_2004(context, &tree);
    } else {
        outcome::tell_12(context, &tree);
        prerequisites::tell(context, &tree);
    }
    launch::tell(context, &tree);
    silence::tell(context, &tree);
}
