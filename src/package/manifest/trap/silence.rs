//! What no page and no script of the package speaks of, though something waits for it.

use crate::{
    codes,
    manifest::context::Context,
    mentions::Topic,
    playable::{Playable, playable},
};
use scorm::{
    manifest::Launch,
    tree::{Activity, ActivityTree},
};

pub(super) fn tell(context: &mut Context<'_, '_>, tree: &ActivityTree) {
    let scos: Vec<&Activity> = tree.activities().filter(|one| is_page(one)).collect();
    let Some(first) = scos.first() else { return };
    let is_2004 = tree.edition().is_2004();
    let (begin, end) =
        if is_2004 { ("Initialize", "Terminate") } else { ("LMSInitialize", "LMSFinish") };
    let around = context.around;
    let mentions = around.mentions;
    if mentions.is_silent_on(Topic::Begin) {
        let which = match scos.len() {
            1 => "the SCO".to_owned(),
            many => format!("{many} SCOs"),
        };
        let message = format!("{which} should call {begin}, and no page or script names it");
        context.tell_about(first.id(), &[], &codes::API_NEVER_CALLED, message);
        return;
    }
    if mentions.is_silent_on(Topic::End) {
        let message = format!("no page or script names {end}");
        context.tell_about(first.id(), &[], &codes::API_NEVER_FINISHED, message);
    }
    if mentions.names(Topic::Bookmark) && mentions.is_silent_on(Topic::Exit) {
        let element = if is_2004 { "cmi.exit" } else { "cmi.core.exit" };
        let message = format!("content keeps a bookmark, and no page or script names {element}");
        context.tell_about(first.id(), &[], &codes::EXIT_NEVER_SET, message);
    }
    if mentions.is_silent_on(Topic::Score) {
        let waiting = scos.iter().filter_map(|sco| Some((*sco, waits_for_score(sco)?)));
        for (sco, (step, inner)) in waiting {
            let title = &sco.item.title;
            let message =
                format!("{title:?} waits for a score, and no page or script speaks of one");
            let steps = [(step, 0), (inner, 0)];
            context.tell_about(sco.id(), &steps, &codes::SCORE_NEVER_REPORTED, message);
        }
    }
    if mentions.is_silent_on(Topic::Completion) && is_2004 {
        for sco in scos.iter().filter(|one| waits_for_completion(one)) {
            let title = &sco.item.title;
            let message = format!(
                "{title:?} is completed only if its content says so, and no page or script names \
                 cmi.completion_status"
            );
            let steps = [("sequencing", 0), ("deliveryControls", 0)];
            context.tell_about(sco.id(), &steps, &codes::COMPLETION_NEVER_REPORTED, message);
        }
    }
}

/// Whether it launches a SCO that is a page of the package.
fn is_page(activity: &Activity) -> bool {
    let launch = activity.resource.as_ref().map(|resource| &resource.launch);
    let is_page = |path: &str| playable(path) == Playable::Page;
    activity.is_sco() && matches!(launch, Some(Launch::File { path, .. }) if is_page(path))
}

/// Where the manifest asks for a score.
fn waits_for_score(sco: &Activity) -> Option<(&'static str, &'static str)> {
    let maps = &sco.primary.maps;
    let reads = maps.iter().any(|map| map.read_normalized_measure && !map.writes());
    if sco.item.scorm12.mastery_score.is_some() {
        Some(("masteryscore", ""))
    } else if sco.primary.satisfied_by_measure && !reads {
        Some(("sequencing", "objectives"))
    } else {
        None
    }
}

fn waits_for_completion(sco: &Activity) -> bool {
    let threshold = sco.item.completion_threshold;
    let delivery = sco.sequencing.delivery;
    delivery.completion_set_by_content
        && delivery.tracked
        && !threshold.is_some_and(|threshold| threshold.completed_by_measure)
}
