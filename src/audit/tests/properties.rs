//! What holds of every report, tried on random worlds. `ATTESTRY_AUDIT_CASES` is how many worlds,
//! `ATTESTRY_AUDIT_SEED` which; both have fixed defaults and are printed.

mod worlds;

use audit::world::{Access, PersonId, RoleSpan, Row, Visibility};
use audit::{
    About, ActorName, Fact, Facts, Filter, Flag, FlagKind, Gap, GapKind, GapReason, Kind,
    RegisterRow, Report, Status, Verb, Window, World, canonical, evaluate, merged,
};
use domain::{StatementId, Timestamp};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet, HashSet};
use uuid::Uuid;
use worlds::{Plan, any_plan, config};

/// So many that even an excused exit is among them.
const WORLDS_FOR_EVERYTHING: usize = 1_500;

/// A value as it is written, which is what two reports are compared by.
fn text(value: &impl serde::Serialize) -> String {
    canonical::text(value).expect("a report is JSON")
}

fn facts(world: &World) -> Vec<Fact> {
    world.statements.iter().cloned().collect()
}

fn kept(world: &World, keep: impl Fn(&Fact) -> bool) -> Facts {
    world.statements.iter().filter(|fact| keep(fact)).cloned().collect()
}

/// Every list of a world the other way round, where the order says nothing.
fn reversed(mut world: World) -> World {
    for person in &mut world.people {
        person.identities.reverse();
        person.access.reverse();
        person.employment.reverse();
        person.roles.reverse();
    }
    world.people.reverse();
    world.courses.reverse();
    world.requirements.reverse();
    world.exceptions.reverse();
    world.attestations.reverse();
    world.statements = world.statements.iter().rev().cloned().collect();
    world
}

/// The rows that were known at `as_of`, as if none had been taken back since.
fn known_rows<T: Row>(rows: &mut Vec<T>, as_of: Timestamp) {
    rows.retain(|row| row.visibility().at(as_of));
    for row in rows {
        let visibility = row.visibility();
        row.set_visibility(Visibility { retracted_at: None, ..visibility });
    }
}

/// The world without anything that was recorded after `as_of`.
fn known(mut world: World, as_of: Timestamp) -> World {
    for person in &mut world.people {
        known_rows(&mut person.identities, as_of);
        known_rows(&mut person.access, as_of);
        known_rows(&mut person.employment, as_of);
        known_rows(&mut person.roles, as_of);
    }
    for course in &mut world.courses {
        known_rows(&mut course.versions, as_of);
    }
    known_rows(&mut world.people, as_of);
    known_rows(&mut world.courses, as_of);
    known_rows(&mut world.requirements, as_of);
    known_rows(&mut world.exceptions, as_of);
    known_rows(&mut world.attestations, as_of);
    world.attestations.retain(|row| row.recorded_at.is_some() || row.signed_at.at() <= as_of);
    world.statements = kept(&world, |fact| fact.recorded_at <= as_of);
    world
}

/// The world with one person alone: of the others only what makes an address theirs, too.
fn alone(world: &World, person: &PersonId) -> World {
    let mut world = world.clone();
    let own: HashSet<String> = world
        .people
        .iter()
        .filter(|one| one.id == *person)
        .flat_map(|one| &one.identities)
        .map(|identity| identity.value.to_lowercase())
        .collect();
    for other in world.people.iter_mut().filter(|other| other.id != *person) {
        other.access.clear();
        other.employment.clear();
        other.roles.clear();
    }
    let others_claim = |world: &World| {
        let others = world.people.iter().filter(|other| other.id != *person);
        others
            .flat_map(|other| &other.identities)
            .any(|one| own.contains(&one.value.to_lowercase()))
    };
    if !others_claim(&world) {
        world.people.retain(|one| one.id == *person);
    }
    world.exceptions.retain(|exception| exception.person == *person);
    world.attestations.retain(|attestation| attestation.person == *person);
    world.statements = kept(&world, |fact| match &fact.actor {
        ActorName::Mbox(address) => own.contains(&format!("mailto:{}", address.to_lowercase())),
        _ => false,
    });
    world
}

/// What a report says of one person.
fn of_person(report: &Report, person: &PersonId) -> Vec<String> {
    let register = report.register.iter().filter(|row| row.person == *person).map(text);
    let gaps = report.gaps.iter().filter(|gap| gap.person == *person).map(text);
    let coverage = report.coverage.iter().filter(|row| row.person == *person).map(text);
    let escalations = report.escalations.iter().filter(|one| one.person == *person).map(text);
    let attempts = report.attempt_log.iter().filter(|one| one.person == *person).map(text);
    let signed = report.attestation_register.iter().filter(|one| one.person == *person).map(text);
    let flags = report.flags.iter().filter(|flag| flag.person.as_ref() == Some(person)).map(text);
    register
        .chain(gaps)
        .chain(coverage)
        .chain(escalations)
        .chain(attempts)
        .chain(signed)
        .chain(flags)
        .collect()
}

/// Two parts of a range that touch, where it is long enough.
macro_rules! halves {
    ($row:expr) => {{
        let (row, at) = ($row, $row.start.map(|start| start.plus_days(2)));
        match at {
            Some(at) if row.end.is_none_or(|end| at < end) => {
                let mut parts = vec![row.clone(), row.clone()];
                parts[0].end = Some(at);
                parts[1].start = Some(at.next());
                parts
            }
            _ => vec![row.clone()],
        }
    }};
}

fn is_bulk(flag: &Flag) -> bool {
    matches!(flag.kind, FlagKind::BulkSameTimestamp | FlagKind::BulkWeekdayBand)
}

/// What became of each obligation, without how it is told.
fn outcomes(report: &Report) -> Vec<String> {
    let of = |row: &RegisterRow| {
        format!(
            "{} {} {:?} {:?} {:?} {:?} {:?} {:?}",
            row.person,
            row.requirement,
            row.kind,
            row.assigned_on,
            row.due_on,
            row.status,
            row.satisfied_on,
            row.evidence,
        )
    };
    report.register.iter().map(of).collect()
}

/// The statements that an auditor would find for a person by hand: visible, not voided, sent with
/// an address of theirs.
fn visible_statements(world: &World, as_of: Timestamp) -> BTreeMap<StatementId, &Fact> {
    let known = || world.statements.iter().filter(|fact| fact.recorded_at <= as_of);
    let voided: HashSet<StatementId> = known()
        .filter(|fact| fact.verb == Some(Verb::Voided))
        .filter_map(|fact| match fact.about {
            About::Statement(id) => Some(id),
            _ => None,
        })
        .collect();
    known().filter(|fact| !voided.contains(&fact.id)).map(|fact| (fact.id, fact)).collect()
}

fn check_row(row: &RegisterRow, world: &World, report: &Report) -> Result<(), TestCaseError> {
    let statements = visible_statements(world, report.head.as_of);
    let person = world.people.iter().find(|one| one.id == row.person).expect("a person");
    for id in &row.evidence {
        let fact = statements.get(id);
        prop_assert!(fact.is_some(), "{id} is not visible or is voided");
        let ActorName::Mbox(address) = &fact.expect("asserted").actor else { unreachable!() };
        let has = |value: &str| value.eq_ignore_ascii_case(&format!("mailto:{address}"));
        prop_assert!(person.identities.iter().any(|one| has(&one.value)), "{id} is not theirs");
    }
    prop_assert_eq!(row.evidence.len(), row.versions.len());
    prop_assert_eq!(row.evidence.is_empty(), row.satisfied_on.is_none());
    prop_assert!(row.failed_attempts <= row.attempts);
    prop_assert!(row.modules_passed.0 <= row.modules_passed.1);
    let today = report.head.timezone.day(report.head.as_of);
    if let Some(met) = row.satisfied_on {
        prop_assert!(met <= today, "met in the future");
        prop_assert!(row.window_end.is_none_or(|end| met <= end), "met after the window");
        match (row.kind, row.credited) {
            (Kind::Covered, _) => prop_assert!(row.assigned_on.is_none()),
            (_, true) => prop_assert!(Some(met) < row.window_start, "credit is from before"),
            (_, false) => prop_assert!(Some(met) >= row.assigned_on, "met before it was owed"),
        }
    }
    // Credit is on time, whatever the deadline.
    let is_late = !row.credited && row.satisfied_on.is_some() && row.satisfied_on > row.due_on;
    match row.status {
        Status::CompletedOnTime => prop_assert!(!is_late && row.satisfied_on.is_some()),
        Status::CompletedLate => prop_assert!(is_late),
        Status::Pending => prop_assert!(row.satisfied_on.is_none() && row.due_on >= Some(today)),
        Status::Overdue => {
            prop_assert!(row.satisfied_on.is_none() && row.kind != Kind::Renewal);
            prop_assert!(row.due_on < Some(today));
        }
        Status::Expired => prop_assert!(row.kind == Kind::Renewal && row.due_on < Some(today)),
        Status::Exempt => prop_assert!(row.exception.is_some()),
        Status::Waived | Status::Covered => prop_assert!(row.satisfied_on.is_some()),
        Status::ExcusedExit => prop_assert!(row.window_end < row.due_on),
    }
    prop_assert!(row.original_due_on.is_none() || row.exception.is_some());
    Ok(())
}

fn check_figures(report: &Report) -> Result<(), TestCaseError> {
    let summary = &report.summary;
    let count = |status| report.register.iter().filter(|row| row.status == status).count();
    let by_status = [
        (Status::CompletedOnTime, summary.completed_on_time),
        (Status::CompletedLate, summary.completed_late),
        (Status::Overdue, summary.overdue),
        (Status::Expired, summary.expired),
        (Status::Pending, summary.pending),
        (Status::Exempt, summary.exempt),
        (Status::Waived, summary.waived),
        (Status::ExcusedExit, summary.excused_exit),
        (Status::Covered, summary.covered),
    ];
    for (status, counted) in by_status {
        prop_assert_eq!(counted, count(status), "{:?}", status);
    }
    prop_assert_eq!(by_status.iter().map(|(_, counted)| counted).sum::<usize>(), summary.rows);
    let people: BTreeSet<&PersonId> = report.register.iter().map(|row| &row.person).collect();
    prop_assert_eq!(summary.population, people.len());
    let done = summary.completed_on_time + summary.completed_late;
    let owed = done + summary.overdue + summary.expired;
    prop_assert_eq!(summary.completion_rate, (done, owed));
    prop_assert_eq!(summary.on_time_rate, (summary.completed_on_time, owed));
    prop_assert!(report.nothing_assigned.iter().all(|person| !people.contains(person)));
    let late = report.register.iter().filter(|row| row.exception_recorded_late).count();
    prop_assert_eq!(report.head.late_exceptions, late);
    for (control, part) in &report.by_control {
        let of = |row: &&RegisterRow| part.requirements.contains(&row.requirement);
        prop_assert_eq!(
            part.summary.rows,
            report.register.iter().filter(of).count(),
            "{}",
            control
        );
    }
    let roles = |row: &RegisterRow| row.roles.len().max(1);
    let with_roles: usize = report.register.iter().map(roles).sum();
    prop_assert_eq!(report.by_role.values().map(|part| part.rows).sum::<usize>(), with_roles);
    Ok(())
}

/// Gaps are the rows that are one, in the same order.
fn check_gaps(report: &Report) -> Result<(), TestCaseError> {
    let rows: Vec<&RegisterRow> =
        report.register.iter().filter(|row| Gap::of(row.status).is_some()).collect();
    prop_assert_eq!(rows.len(), report.gaps.len());
    for (row, gap) in rows.into_iter().zip(&report.gaps) {
        prop_assert_eq!((&row.person, &row.requirement), (&gap.person, &gap.requirement));
        prop_assert_eq!((row.kind, row.due_on), (gap.kind, gap.due_on));
        prop_assert_eq!((Gap::of(row.status), row.satisfied_on), (Some(gap.gap), gap.satisfied_on));
        match gap.gap {
            GapKind::Explained => prop_assert_eq!(gap.days_late, None),
            GapKind::Remediated => prop_assert!(gap.days_late > Some(0)),
            GapKind::Open => prop_assert!(gap.days_late >= Some(0)),
        }
        prop_assert!(!gap.reason.is_empty());
    }
    Ok(())
}

fn check_coverage(report: &Report) -> Result<(), TestCaseError> {
    let period = report.head.period;
    let today = report.head.timezone.day(report.head.as_of);
    for row in &report.coverage {
        prop_assert_eq!(row.access_days, row.covered_days + row.uncovered_days);
        let windows: Vec<Window> =
            row.uncovered.iter().map(|(start, end)| Window { start: *start, end: *end }).collect();
        prop_assert_eq!(windows.iter().map(|one| one.days()).sum::<i64>(), row.uncovered_days);
        prop_assert!(windows.iter().all(|one| one.start <= one.end));
        prop_assert!(windows.windows(2).all(|two| two[0].end < two[1].start));
        let last = period.end.min(today);
        prop_assert!(windows.iter().all(|one| period.start <= one.start && one.end <= last));
        prop_assert!(merged(windows.iter().copied()).len() <= windows.len());
    }
    Ok(())
}

fn check_order(report: &Report) -> Result<(), TestCaseError> {
    let key = |row: &RegisterRow| {
        (row.person.clone(), row.requirement.clone(), row.assigned_on, row.due_on, row.kind)
    };
    prop_assert!(report.register.is_sorted_by_key(key));
    prop_assert!(
        report.coverage.is_sorted_by_key(|row| (row.person.clone(), row.requirement.clone()))
    );
    prop_assert!(report.flags.iter().map(text).is_sorted());
    let on = |one: &audit::Escalation| (one.on, one.person.clone(), one.requirement.clone());
    prop_assert!(report.escalations.is_sorted_by_key(on));
    let (period, as_of) = (report.head.period, report.head.timezone.day(report.head.as_of));
    let last = period.end.min(as_of);
    prop_assert!(report.escalations.iter().all(|one| period.start <= one.on && one.on <= last));
    Ok(())
}

/// The statements that are flagged as of no effect.
fn flagged(report: &Report) -> HashSet<StatementId> {
    let none = |flag: &&Flag| {
        matches!(
            flag.kind,
            FlagKind::OrphanStatement
                | FlagKind::DuplicateCompletion
                | FlagKind::ScoreBelowMinimum
                | FlagKind::GradeNotAccepted
                | FlagKind::VoidedEvidence
        )
    };
    report.flags.iter().filter(none).filter_map(|flag| flag.statement).collect()
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn the_same_world_gives_the_same_bytes_in_whatever_order_it_is_told(plan in any_plan()) {
        let (world, question) = (plan.world(), plan.question());
        let report = text(&evaluate(&world, &question));
        prop_assert_eq!(&text(&evaluate(&world, &question)), &report);
        prop_assert_eq!(&text(&evaluate(&reversed(world), &question)), &report);
    }

    #[test]
    fn an_earlier_as_of_never_changes_when_later_facts_arrive(plan in any_plan()) {
        let (world, question) = (plan.world(), plan.question());
        let report = text(&evaluate(&world, &question));
        let then = known(world, question.as_of.at());
        prop_assert_eq!(text(&evaluate(&then, &question)), report);
    }

    #[test]
    fn somebody_else_changes_nothing_for_the_others(plan in any_plan()) {
        // Whoever claims somebody's address is no stranger.
        let plan = Plan { shared: false, ..plan };
        let (world, question) = (plan.world(), plan.question());
        let more = evaluate(&world, &question);
        let added = world.people.last().expect("somebody").clone();
        let mut fewer = world.clone();
        fewer.people.pop();
        let address = added.identities[0].value["mailto:".len()..].to_lowercase();
        let is_theirs = |fact: &Fact| fact.actor == ActorName::Mbox(address.as_str().into());
        fewer.statements = kept(&world, |fact| !is_theirs(fact));
        fewer.exceptions.retain(|exception| exception.person != added.id);
        fewer.attestations.retain(|attestation| attestation.person != added.id);
        let before = evaluate(&fewer, &question);
        for person in &fewer.people {
            prop_assert_eq!(of_person(&more, &person.id), of_person(&before, &person.id));
        }
        let theirs: HashSet<StatementId> =
            world.statements.iter().filter(|fact| is_theirs(fact)).map(|fact| fact.id).collect();
        let others = |flag: &&Flag| {
            let statement = flag.statement.is_some_and(|id| theirs.contains(&id));
            !is_bulk(flag) && !statement && flag.person.as_ref() != Some(&added.id)
        };
        let of_others: Vec<&Flag> = more.flags.iter().filter(others).collect();
        let all: Vec<&Flag> = before.flags.iter().filter(|flag| !is_bulk(flag)).collect();
        prop_assert_eq!(of_others, all);
    }

    #[test]
    fn a_window_in_two_parts_that_touch_is_one_window_1_3(plan in any_plan()) {
        let (world, question) = (plan.world(), plan.question());
        let report = text(&evaluate(&world, &question));
        let mut split = world;
        for person in &mut split.people {
            person.access =
                person.access.iter().flat_map(|row: &Access| halves!(row)).collect();
            person.roles =
                person.roles.iter().flat_map(|row: &RoleSpan| halves!(row)).collect();
        }
        prop_assert_eq!(text(&evaluate(&split, &question)), report);
    }

    #[test]
    fn voiding_and_issuing_anew_gives_the_same_but_for_ids_and_flags(
        plan in any_plan(),
        pick in any::<prop::sample::Index>(),
    ) {
        let (world, question) = (plan.world(), plan.question());
        let statements = visible_statements(&world, question.as_of.at());
        let good: Vec<&&Fact> =
            statements.values().filter(|fact| fact.verb != Some(Verb::Voided)).collect();
        prop_assume!(!good.is_empty());
        let old: Fact = (**good[pick.index(good.len())]).clone();
        // The next number: it stands where the old one stood among those of the same instant.
        let new = StatementId::new(Uuid::from_u128(old.id.uuid().as_u128() + 1));
        let void_id = StatementId::new(Uuid::from_u128(old.id.uuid().as_u128() + 2));
        let void = Fact {
            id: void_id,
            verb: Some(Verb::Voided),
            about: About::Statement(old.id),
            recorded_at: question.as_of.at(),
            ..old.clone()
        };
        let mut again = world.clone();
        let more = [Fact { id: new, ..old.clone() }, void];
        again.statements = facts(&world).into_iter().chain(more).collect();
        let (before, after) = (evaluate(&world, &question), evaluate(&again, &question));
        let renamed = |value: &dyn Fn(&Report) -> String, report: &Report| {
            value(report).replace(&new.to_string(), &old.id.to_string())
        };
        let parts: [&dyn Fn(&Report) -> String; 6] = [
            &|report| text(&report.register),
            &|report| text(&report.gaps),
            &|report| text(&report.coverage),
            &|report| text(&report.escalations),
            &|report| text(&report.attempt_log),
            &|report| text(&report.attestation_register),
        ];
        for part in parts {
            prop_assert_eq!(renamed(part, &after), part(&before));
        }
    }

    #[test]
    fn every_row_is_reproduced_by_evaluating_that_person_alone(plan in any_plan()) {
        let (world, question) = (plan.world(), plan.question());
        let report = evaluate(&world, &question);
        for person in &world.people {
            let one = evaluate(&alone(&world, &person.id), &question);
            prop_assert_eq!(of_person(&one, &person.id), of_person(&report, &person.id));
            let others = one.register.iter().filter(|row| row.person != person.id).count();
            prop_assert_eq!(others, 0);
        }
    }

    #[test]
    fn rows_figures_gaps_and_coverage_agree(plan in any_plan()) {
        let (world, question) = (plan.world(), plan.question());
        let report = evaluate(&world, &question);
        for row in &report.register {
            check_row(row, &world, &report)?;
        }
        check_figures(&report)?;
        check_gaps(&report)?;
        check_coverage(&report)?;
        check_order(&report)?;
    }

    #[test]
    fn what_is_flagged_as_of_no_effect_has_none(mut plan in any_plan()) {
        // With one requirement: what is of no effect for one may have some for another.
        plan.rules.truncate(1);
        let (world, question) = (plan.world(), plan.question());
        let report = evaluate(&world, &question);
        let flagged = flagged(&report);
        let mut without = world.clone();
        without.statements = kept(&world, |fact| !flagged.contains(&fact.id));
        prop_assert_eq!(outcomes(&evaluate(&without, &question)), outcomes(&report));
    }

    #[test]
    fn settings_that_only_flag_change_no_row(plan in any_plan()) {
        let (world, question) = (plan.world(), plan.question());
        let report = evaluate(&world, &question);
        let mut calm = world;
        for version in calm.courses.iter_mut().flat_map(|course| &mut course.versions) {
            version.min_plausible_seconds = None;
        }
        let policy = &mut calm.organization.policy;
        policy.bulk_logging.people = usize::MAX;
        policy.bulk_logging.completions = usize::MAX;
        policy.future_tolerance = audit::Elapsed::seconds(365 * 86_400);
        let fewer = evaluate(&calm, &question);
        prop_assert_eq!(text(&fewer.register), text(&report.register));
        prop_assert_eq!(text(&fewer.gaps), text(&report.gaps));
        prop_assert_eq!(text(&fewer.coverage), text(&report.coverage));
        let gone = [FlagKind::ImplausibleDuration, FlagKind::FutureTimestamp];
        prop_assert!(fewer.flags.iter().all(|flag| !is_bulk(flag) && !gone.contains(&flag.kind)));
    }

    #[test]
    fn when_an_exception_was_recorded_is_a_flag_and_no_status(plan in any_plan()) {
        let (world, question) = (plan.world(), plan.question());
        let report = evaluate(&world, &question);
        let mut timely = world;
        for exception in &mut timely.exceptions {
            if exception.recorded_at.is_some_and(|at| at <= question.as_of.at()) {
                exception.recorded_at = None;
            }
        }
        let fewer = evaluate(&timely, &question);
        prop_assert_eq!(outcomes(&fewer), outcomes(&report));
        prop_assert_eq!(fewer.head.late_exceptions, 0);
    }

    #[test]
    fn a_filter_keeps_what_it_says_and_people_partition_a_report(plan in any_plan()) {
        let (world, question) = (plan.world(), plan.question());
        let report = evaluate(&world, &question);
        prop_assert_eq!(&report.clone().filtered(&Filter::default()), &report);
        let (mut register, mut gaps, mut coverage) = (0, 0, 0);
        let mut people: Vec<&PersonId> = world.people.iter().map(|person| &person.id).collect();
        people.sort();
        for person in people {
            let filter = Filter { person: Some(person.clone()), ..Filter::default() };
            let part = report.clone().filtered(&filter);
            let rows = &report.register[register..register + part.register.len()];
            prop_assert_eq!(&part.register[..], rows);
            let those = &report.gaps[gaps..gaps + part.gaps.len()];
            prop_assert_eq!(&part.gaps[..], those);
            prop_assert!(part.coverage.iter().all(|row| row.person == *person));
            prop_assert_eq!(part.summary.rows, part.register.len());
            register += part.register.len();
            gaps += part.gaps.len();
            coverage += part.coverage.len();
        }
        prop_assert_eq!((register, gaps), (report.register.len(), report.gaps.len()));
        let in_scope: HashSet<_> =
            report.register.iter().map(|row| (&row.person, &row.requirement)).collect();
        let of_rows = |row: &&audit::Coverage| in_scope.contains(&(&row.person, &row.requirement));
        prop_assert_eq!(coverage, report.coverage.iter().filter(of_rows).count());
    }
}

/// Random worlds are worth something only when everything occurs in them.
#[test]
fn random_worlds_have_every_status_kind_reason_and_most_flags() {
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;
    let mut runner = TestRunner::new(config());
    let (mut statuses, mut kinds, mut flags) = (HashSet::new(), BTreeSet::new(), BTreeSet::new());
    let mut reasons = BTreeSet::new();
    for _ in 0..WORLDS_FOR_EVERYTHING {
        let plan = any_plan().new_tree(&mut runner).expect("a plan").current();
        let report = evaluate(&plan.world(), &plan.question());
        statuses.extend(report.register.iter().map(|row| row.status));
        kinds.extend(report.register.iter().map(|row| row.kind));
        flags.extend(report.flags.iter().map(|flag| flag.kind));
        reasons.extend(report.gaps.into_iter().map(|gap| gap.reason));
    }
    assert_eq!(statuses.len(), Status::ALL.len(), "{statuses:?}");
    assert_eq!(kinds.len(), Kind::ALL.len(), "{kinds:?}");
    let few = FlagKind::ALL.into_iter().filter(|kind| !flags.contains(kind));
    let rare = [FlagKind::BulkSameTimestamp, FlagKind::BulkWeekdayBand];
    assert_eq!(few.filter(|kind| !rare.contains(kind)).collect::<Vec<_>>(), []);
    let lacks = GapReason::ALL.into_iter().filter(|reason| !reasons.contains(reason.as_str()));
    assert_eq!(lacks.collect::<Vec<_>>(), []);
}
