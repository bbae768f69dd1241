//! What a navigation request and the answers to `request_valid` cost in a course of a thousand
//! activities, with rules, rollup and global objectives in each module.

use criterion::{BatchSize, Criterion};
use domain::{ItemId, Timestamp};
use scorm::{
    manifest::{
        Edition, Item, Launch, Metadata, Organization, Resource, ResourceKind, Scorm12Item,
    },
    runtime::{ApiSession, RunTimeData, Strictness},
    sequencing::{
        Combination, Condition, Objective, ObjectiveMap, Request, Rule, RuleAction, RuleCondition,
        Sequencing,
    },
    tree::{ActivityTree, Moment, TreeState},
};
use std::hint::black_box;

const MODULES: usize = 100;
/// With the module itself ten activities; one thousand and one with the course.
const PARTS: usize = 9;

const MOMENT: Moment = Moment { now: Timestamp::from_micros(0), random: 7 };

fn item(identifier: String, children: Vec<Item>, sequencing: Sequencing) -> Item {
    Item {
        title: identifier.clone(),
        identifier: ItemId::new(identifier),
        visible: true,
        resource: children.is_empty().then(|| "sco".to_owned()),
        parameters: None,
        children,
        scorm12: Scorm12Item::default(),
        time_limit_action: None,
        data_from_lms: None,
        completion_threshold: None,
        hide_lms_ui: Vec::new(),
        shared_data: Vec::new(),
        sequencing: Some(sequencing),
        metadata: Metadata::default(),
    }
}

fn flowing() -> Sequencing {
    let mut sequencing = Sequencing::default();
    sequencing.control.flow = true;
    sequencing
}

/// Skipped once it is satisfied, and known to the whole course by a global objective.
fn part(module: usize, part: usize) -> Item {
    let mut sequencing = Sequencing::default();
    sequencing.pre_conditions.push(Rule {
        combination: Combination::All,
        conditions: vec![RuleCondition {
            condition: Condition::Satisfied,
            objective: None,
            measure_threshold: None,
            negated: false,
        }],
        action: RuleAction::Skip,
    });
    sequencing.objectives.push(Objective {
        identifier: Some("own".to_owned()),
        primary: true,
        satisfied_by_measure: false,
        min_normalized_measure: 1.0,
        maps: vec![ObjectiveMap {
            target: format!("global-{module}-{part}"),
            read_satisfied_status: true,
            write_satisfied_status: true,
            read_normalized_measure: false,
            write_normalized_measure: false,
            read_raw_score: false,
            read_min_score: false,
            read_max_score: false,
            read_completion_status: false,
            read_progress_measure: false,
            write_raw_score: false,
            write_min_score: false,
            write_max_score: false,
            write_completion_status: false,
            write_progress_measure: false,
        }],
    });
    item(format!("s{module}-{part}"), Vec::new(), sequencing)
}

fn course() -> ActivityTree {
    let modules = (0..MODULES).map(|module| {
        let parts = (0..PARTS).map(|number| part(module, number)).collect();
        item(format!("m{module}"), parts, flowing())
    });
    let organization = Organization {
        root: item("course".to_owned(), modules.collect(), flowing()),
        objectives_global_to_system: false,
        shared_data_global_to_system: false,
    };
    let resource = Resource {
        identifier: "sco".to_owned(),
        kind: ResourceKind::Sco,
        launch: Some(Launch::File { path: "index.html".to_owned(), suffix: String::new() }),
        files: Vec::new(),
        dependencies: Vec::new(),
        metadata: Metadata::default(),
    };
    ActivityTree::new(Edition::Scorm2004Fourth, &organization, &[resource])
}

/// The data of a SCO that has passed.
fn passed(tree: &ActivityTree, state: &TreeState) -> RunTimeData {
    let current = state.current().expect("an activity is current");
    let at = tree.find(current).expect("it is in the tree");
    let start = RunTimeData::start(tree.edition(), &tree.delivery(state, at));
    let mut api = ApiSession::new(start, Strictness::Strict);
    api.call("Initialize", &[""]);
    api.call("SetValue", &["cmi.success_status", "passed"]);
    api.data().clone()
}

/// A learner in the middle of the course.
fn middle(tree: &ActivityTree) -> TreeState {
    let mut state = TreeState::default();
    tree.open(&mut state, MOMENT);
    for _ in 0..MODULES * PARTS / 2 {
        let data = passed(tree, &state);
        let at = tree.find(state.current().expect("one is current")).expect("in the tree");
        tree.finish(&mut state, at, &data);
        tree.request(&mut state, Request::Continue, MOMENT);
    }
    state
}

fn sequencing(criterion: &mut Criterion) {
    let tree = course();
    let state = middle(&tree);
    let data = passed(&tree, &state);
    let at = tree.find(state.current().expect("one is current")).expect("in the tree");
    let mut group = criterion.benchmark_group(format!("{} activities", tree.len()));
    group.bench_function("track a commit", |bencher| {
        bencher.iter_batched_ref(
            || state.clone(),
            |state| tree.track(state, at, black_box(&data)),
            BatchSize::LargeInput,
        );
    });
    group.bench_function("continue", |bencher| {
        bencher.iter_batched_ref(
            || state.clone(),
            |state| tree.request(state, Request::Continue, MOMENT),
            BatchSize::LargeInput,
        );
    });
    group.bench_function("all request_valid", |bencher| {
        bencher.iter(|| tree.validity(black_box(&state), Some(&data), MOMENT));
    });
    group.bench_function("controls and contents", |bencher| {
        bencher.iter(|| tree.controls(black_box(&state), None, MOMENT));
    });
    group.bench_function("continue and all request_valid", |bencher| {
        bencher.iter_batched_ref(
            || state.clone(),
            |state| {
                tree.request(state, Request::Continue, MOMENT);
                tree.validity(state, None, MOMENT)
            },
            BatchSize::LargeInput,
        );
    });
    group.bench_function("state to JSON and back", |bencher| {
        bencher.iter(|| {
            let text = serde_json::to_string(black_box(&state)).expect("plain data");
            serde_json::from_str::<TreeState>(&text).expect("it reads back")
        });
    });
    group.finish();
}

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    sequencing(&mut criterion);
    criterion.final_summary();
}
