//! Navigation requests: the server's engine decides what a learner sees next.

use crate::{
    packages::{sco, scorm2004},
    world::{Player, World, asked},
};
use app::{
    DocumentChange, LaunchRequest,
    play::wire::{CallsRequest, NavigateAnswer, NavigateRequest, PlayerWish, Wish},
};
use domain::ItemId;
use scorm::sequencing::Request;
use xapi::{Content, DocumentMethod, DocumentQuery, DocumentResource, Preconditions, Version};

const FLOW: &str = "<imsss:sequencing><imsss:controlMode flow=\"true\"/></imsss:sequencing>";
const FLOW_ALONE: &str =
    "<imsss:sequencing><imsss:controlMode choice=\"false\" flow=\"true\"/></imsss:sequencing>";
const ONCE: &str =
    "<imsss:sequencing><imsss:limitConditions attemptLimit=\"1\"/></imsss:sequencing>";
/// Opens when the global objective `basics` is known to be satisfied.
const AFTER_BASICS: &str = r#"<imsss:sequencing>
    <imsss:sequencingRules><imsss:preConditionRule>
      <imsss:ruleConditions conditionCombination="any">
        <imsss:ruleCondition referencedObjective="seen" operator="not" condition="satisfied"/>
        <imsss:ruleCondition referencedObjective="seen" operator="not"
          condition="objectiveStatusKnown"/>
      </imsss:ruleConditions>
      <imsss:ruleAction action="disabled"/>
    </imsss:preConditionRule></imsss:sequencingRules>
    <imsss:objectives><imsss:primaryObjective/>
      <imsss:objective objectiveID="seen">
        <imsss:mapInfo targetObjectiveID="basics" readSatisfiedStatus="true"/>
      </imsss:objective>
    </imsss:objectives>
  </imsss:sequencing>"#;
/// Tells the global objective `basics` what its content achieved.
const BASICS: &str = r#"<imsss:sequencing>
    <imsss:objectives><imsss:primaryObjective objectiveID="own">
      <imsss:mapInfo targetObjectiveID="basics" writeSatisfiedStatus="true"/>
    </imsss:primaryObjective></imsss:objectives>
    <imsss:deliveryControls objectiveSetByContent="true"/>
  </imsss:sequencing>"#;

const OPEN: Wish = Wish::Player(PlayerWish::Open);
const CONTENT: Wish = Wish::Player(PlayerWish::Content);

fn shown(answer: &NavigateAnswer) -> Option<&str> {
    answer.delivered.as_ref().map(|delivered| delivered.activity.as_str())
}

fn choice(item: &str) -> Wish {
    Wish::Request(Request::Choice(ItemId::new(item)))
}

async fn learner<'w>(world: &'w World, package: &[u8]) -> Player<'w> {
    world.play(world.course(package).await).await
}

#[tokio::test]
async fn continue_and_previous_follow_the_flow_and_the_end_of_the_tree_ends_the_session() {
    let world = World::new().await;
    let mut player = learner(&world, &scorm2004(&[sco("one"), sco("two")], FLOW)).await;
    let answer = player.navigate(OPEN).await;
    assert_eq!(shown(&answer), Some("one"));
    assert!(answer.navigation.controls.forward.can_use());
    assert!(!answer.navigation.controls.previous.enabled);
    let answer = player.navigate(Wish::Request(Request::Continue)).await;
    assert_eq!(shown(&answer), Some("two"));
    assert_eq!(answer.sentence, "Continue led to 'Title of two'.");
    let answer = player.navigate(Wish::Request(Request::Previous)).await;
    assert_eq!(shown(&answer), Some("one"));
    player.navigate(Wish::Request(Request::Continue)).await;
    let answer = player.navigate(Wish::Request(Request::Continue)).await;
    assert!(answer.ended, "{}", answer.sentence);
    assert_eq!(shown(&answer), None);
}

#[tokio::test]
async fn a_refused_request_says_which_rule_of_which_activity_and_is_in_the_api_log() {
    let world = World::new().await;
    let package = scorm2004(&[sco("one").with(ONCE), sco("two")], FLOW);
    let mut player = learner(&world, &package).await;
    player.navigate(OPEN).await;
    player.does(&["init", "set cmi.exit normal", "end"]).await;
    let answer = player.navigate(choice("two")).await;
    let line = &answer.navigation.contents[1];
    let why = "'Title of one' is limited to 1 attempt";
    assert_eq!((line.id.as_str(), line.refused.as_deref()), ("one", Some(why)));
    let answer = player.navigate(choice("one")).await;
    let refused = answer.refused.unwrap();
    assert_eq!((refused.code.as_str(), refused.text.as_str()), ("DB.1.1-3", why));
    let log = world.api_log(player.registration).await;
    let last = log.last().unwrap();
    assert_eq!(
        (last.call.function.as_str(), last.call.delivery, last.call.number),
        ("navigate", 0, 3)
    );
    assert_eq!(
        last.call.result,
        format!("Choice of 'Title of one' was refused: {why} [DB.1.1-3].")
    );
}

#[tokio::test]
async fn a_course_without_any_sequencing_begins_with_its_first_part_and_its_contents_lead_on() {
    let world = World::new().await;
    let mut player = learner(&world, &scorm2004(&[sco("one"), sco("two")], "")).await;
    let answer = player.navigate(OPEN).await;
    assert_eq!(shown(&answer), Some("one"), "{}", answer.sentence);
    assert!(answer.refused.is_none());
    assert!(!answer.navigation.controls.forward.enabled);
    assert_eq!(shown(&player.navigate(choice("two")).await), Some("two"));
    let sequenced = "<imsss:sequencing><imsss:controlMode choice=\"true\"/></imsss:sequencing>";
    let mut player = learner(&world, &scorm2004(&[sco("one"), sco("two")], sequenced)).await;
    let answer = player.navigate(OPEN).await;
    assert_eq!(shown(&answer), None, "{}", answer.sentence);
}

#[tokio::test]
async fn a_request_that_is_sent_again_is_not_carried_out_again() {
    let world = World::new().await;
    let package = scorm2004(&[sco("one"), sco("two"), sco("three")], FLOW);
    let mut player = learner(&world, &package).await;
    player.navigate(OPEN).await;
    let request = NavigateRequest { number: 2, request: Wish::Request(Request::Continue) };
    for _ in 0..3 {
        let answer = world.app.navigate(&player.token, &request).await.unwrap();
        assert_eq!((shown(&answer), answer.number), (Some("two"), 2));
        player.delivery = answer.delivered.unwrap().delivery;
        assert_eq!(player.delivery, 2);
    }
    // Another tab has begun the content: this one takes it over and goes on from there.
    player.sent = 0;
    player.does(&["init", "set cmi.location 7", "set cmi.exit suspend", "commit"]).await;
    let answer = world.app.navigate(&player.token, &request).await.unwrap();
    assert_eq!((shown(&answer), answer.number), (Some("two"), 3));
    let delivered = answer.delivered.unwrap();
    assert_eq!(delivered.data["values"]["cmi.location"], "7");
}

#[tokio::test]
async fn what_content_asked_for_when_it_terminated_is_carried_out() {
    let world = World::new().await;
    let mut player = learner(&world, &scorm2004(&[sco("one"), sco("two")], FLOW)).await;
    player.navigate(OPEN).await;
    let answer = player.does(&["init", "set adl.nav.request continue", "end"]).await;
    assert_eq!(answer.asked, Some(Request::Continue));
    assert_eq!(shown(&player.navigate(CONTENT).await), Some("two"));
    player.does(&["init", "set adl.nav.request suspendAll", "end"]).await;
    let answer = player.navigate(CONTENT).await;
    assert!(answer.ended);
    assert_eq!(shown(&player.navigate(OPEN).await), Some("two"), "goes on where it was left");
}

#[tokio::test]
async fn a_window_that_closes_before_content_is_led_out_of_the_course_leads_it_out_later() {
    let world = World::new().await;
    let course = world.course(&scorm2004(&[sco("one"), sco("two")], FLOW)).await;
    let mut player = world.play(course).await;
    player.navigate(OPEN).await;
    player.does(&["init", "set adl.nav.request exitAll", "end"]).await;
    player.exit().await;
    let log = world.api_log(player.registration).await;
    assert_eq!(log.last().unwrap().call.result, "Exit all ended the session.");
}

#[tokio::test]
async fn request_valid_is_right_at_once_with_values_that_are_not_committed() {
    let world = World::new().await;
    let package = scorm2004(&[sco("one").with(BASICS), sco("two").with(AFTER_BASICS)], FLOW);
    let mut player = learner(&world, &package).await;
    let answer = player.navigate(OPEN).await;
    let element = "adl.nav.request_valid.continue";
    let delivered = answer.delivered.unwrap();
    assert_eq!(delivered.data["values"][element], "false", "two is closed until one is passed");
    player.does(&["init"]).await;
    let calls = player.made(&["set cmi.success_status passed"]);
    let request = CallsRequest { delivery: player.delivery, calls, closing: false, validity: true };
    let answer = world.app.calls(&player.token, &request).await.unwrap();
    let valid = answer.validity.unwrap();
    assert_eq!((valid.forward, valid.choice["two"]), (Some(true), true));
    player.does(&["get adl.nav.request_valid.continue"]).await;
    let log = world.calls(player.registration).await;
    assert_eq!(log.last().unwrap().call.result, "true", "both sides answer alike");
    let page = world.app.play_page(&player.token).await.unwrap();
    assert!(!page.navigation.controls.forward.enabled, "what is not committed opens nothing");
    let answer = player.does(&["commit"]).await;
    assert!(answer.navigation.unwrap().controls.forward.enabled);
}

#[tokio::test]
async fn leaving_suspends_a_course_that_is_not_completed_and_ends_one_that_is() {
    let world = World::new().await;
    let course = world.course(&scorm2004(&[sco("one"), sco("two")], FLOW_ALONE)).await;
    let mut player = world.play(course).await;
    player.navigate(OPEN).await;
    player.navigate(Wish::Request(Request::Continue)).await;
    player.does(&["init", "set cmi.location 3", "commit"]).await;
    player.exit().await;
    let mut again = world.play(course).await;
    assert_eq!(again.registration, player.registration);
    let answer = again.navigate(OPEN).await;
    assert_eq!(shown(&answer), Some("two"));
    assert_eq!(answer.delivered.unwrap().data["values"]["cmi.location"], "3");
    again.does(&["init", "end"]).await;
    assert_eq!(shown(&again.navigate(Wish::Request(Request::Previous)).await), Some("one"));
    again.does(&["init", "end"]).await;
    assert!(again.story().await.contains(&"completed course".to_owned()), "before it is left");
    again.exit().await;
    assert_ne!(world.play(course).await.registration, player.registration, "that one is over");
}

#[tokio::test]
async fn a_learner_who_finishes_a_part_expressly_ends_its_attempt_and_going_on_suspends_it() {
    for (request, told) in [(Request::Exit, "completed one"), (Request::Continue, "suspended one")]
    {
        let world = World::new().await;
        let mut player = learner(&world, &scorm2004(&[sco("one"), sco("two")], FLOW)).await;
        player.navigate(OPEN).await;
        player.does(&["init", "set cmi.location 3", "commit"]).await;
        player.navigate(Wish::Request(request)).await;
        let story = player.story().await;
        assert!(story.contains(&told.to_owned()), "{story:?}");
    }
}

#[tokio::test]
async fn global_objectives_reach_the_learners_other_courses_unless_the_manifest_forbids_it() {
    let world = World::new().await;
    let first = scorm2004(&[sco("one").with(BASICS)], FLOW);
    let second = scorm2004(&[sco("one"), sco("two").with(AFTER_BASICS)], FLOW);
    let second = world.course(&second).await;
    let mut early = world.play(second).await;
    assert!(!early.navigate(OPEN).await.navigation.controls.forward.enabled);
    let mut player = learner(&world, &first).await;
    player.navigate(OPEN).await;
    player.does(&["init", "set cmi.success_status passed", "end"]).await;
    player.exit().await;
    let answer = early.navigate(Wish::Request(Request::Continue)).await;
    assert_eq!(shown(&answer), Some("two"), "{}", answer.sentence);
    let other = LaunchRequest {
        actor: serde_json::value::to_raw_value(&crate::world::agent("bob")).unwrap(),
        ..asked(second)
    };
    let mut other = world.play_as(&other).await;
    let answer = other.navigate(OPEN).await;
    assert!(!answer.navigation.controls.forward.enabled, "they are the learner's own");
}

#[tokio::test]
async fn what_others_wrote_in_the_place_of_global_objectives_keeps_nobody_out_and_counts_for_nothing()
 {
    let world = World::new().await;
    let course = world.course(&scorm2004(&[sco("one"), sco("two").with(AFTER_BASICS)], FLOW)).await;
    let agent = crate::world::agent("ada").to_string();
    let parameters = vec![
        ("agent", agent.as_str()),
        ("profileId", "https://w3id.org/attestry/xapi/global-to-system"),
    ];
    let (resource, version) = (DocumentResource::AgentProfile, Version::V1_0);
    let query = DocumentQuery::parse(resource, DocumentMethod::Put, parameters, version).unwrap();
    let texts = ["no JSON", "[1]", r#"{"objectives":{"basics":{"satisfied":true,"measure":7}}}"#];
    let expected = [(None, Some("*")), (Some("*"), None), (Some("*"), None)];
    for (text, (replaces, creates)) in texts.into_iter().zip(expected) {
        let change = DocumentChange {
            resource,
            method: DocumentMethod::Put,
            query: &query,
            preconditions: &Preconditions::parse(replaces, creates),
            content: Content { media_type: "text/plain", bytes: text.as_bytes() },
            version,
        };
        world.app.change_document(&world.operator, &change).await.unwrap();
        let mut player = world.play(course).await;
        let answer = player.navigate(OPEN).await;
        assert_eq!(shown(&answer), Some("one"), "{text}");
        assert!(!answer.navigation.controls.forward.enabled, "{text}");
    }
}

#[tokio::test]
async fn the_same_content_in_browse_mode_is_roamed_freely_and_leaves_nothing() {
    let world = World::new().await;
    let package = scorm2004(&[sco("one").with(BASICS), sco("two").with(AFTER_BASICS)], FLOW_ALONE);
    let course = world.course(&package).await;
    let browse = LaunchRequest { mode: app::play::wire::LaunchMode::Browse, ..asked(course) };
    let mut player = world.play_as(&browse).await;
    assert_eq!(shown(&player.navigate(OPEN).await), Some("one"));
    assert_eq!(shown(&player.navigate(Wish::Request(Request::Continue)).await), Some("two"));
    assert_eq!(shown(&player.navigate(choice("one")).await), Some("one"));
    let answer = player.does(&["init", "set adl.nav.request {target=two}choice", "end"]).await;
    assert!(answer.asked.is_some());
    assert_eq!(shown(&player.navigate(CONTENT).await), Some("two"));
    assert_eq!(player.story().await, [""; 0]);
}
