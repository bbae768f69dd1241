//! Files that browsers refuse: those that items launch, and those that lie in the package.

use crate::{
    codes::{self, Code},
    finding::Finding,
    manifest::{context::Context, resource::some},
    playable::{Playable, playable},
};
use scorm::{manifest::Launch, tree::ActivityTree};
use std::collections::BTreeMap;

pub(super) fn tell(context: &mut Context<'_, '_>, tree: &ActivityTree) {
    for activity in tree.activities() {
        let Some(resource) = &activity.resource else { continue };
        let Launch::File { path, .. } = &resource.launch else { continue };
        let title = &activity.item.title;
        let (code, message): (&'static Code, String) = match playable(path) {
            Playable::Refused(what) | Playable::Download(what) => {
                (&codes::LAUNCH_NOT_SHOWN, format!("{title:?} launches {path:?}: {what}"))
            }
            Playable::Shown | Playable::Doubtful(_) if activity.is_sco() => (
                &codes::SCO_CANNOT_REPORT,
                format!("{title:?} launches {path:?}, which is no page and cannot talk to the LMS"),
            ),
            _ => continue,
        };
        context.tell_about(activity.id(), &[], code, message);
    }
    tell_files(context);
}

/// One finding for each kind of file, since there can be thousands.
fn tell_files(context: &mut Context<'_, '_>) {
    let mut kinds: BTreeMap<(bool, &'static str), Vec<String>> = BTreeMap::new();
    for entry in context.around.index.entries() {
        let kind = match playable(&entry.path) {
            Playable::Refused(what) => (false, what),
            Playable::Doubtful(what) => (true, what),
            _ => continue,
        };
        kinds.entry(kind).or_default().push(entry.path.clone());
    }
    for ((is_doubtful, what), paths) in kinds {
        let code = if is_doubtful { &codes::MEDIA_DOUBTFUL } else { &codes::MEDIA_REFUSED };
        context.tell_of_package(Finding::new(code, format!("{what}: {}", some(&paths))));
    }
}
