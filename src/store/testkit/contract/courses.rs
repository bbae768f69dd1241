//! Courses, registrations, launches.

use crate::{
    Append, AppendError, Call, LaunchMode, NewRegistration, NewSession, NewestRegistration,
    RegistrationFilter, RegistrationRevision, Score, SessionEnd, Store, Tests, Write,
    testkit::{Maker, make::Enrolment},
};
use domain::{CourseVersion, OrganizationId, RegistrationId};
use std::{sync::Arc, time::Duration};

async fn enrol(store: &dyn Store, make: &Maker) -> (OrganizationId, Enrolment) {
    let organization = make.organization(store).await;
    let (enrolment, unit) = make.enrolment(organization);
    store.append(unit).await.unwrap();
    (organization, enrolment)
}

pub(super) async fn the_same_package_is_the_same_version(store: &dyn Store, make: &Maker) {
    let (organization, enrolment) = enrol(store, make).await;
    let course = enrolment.course;
    let first = store.version(organization, course, CourseVersion::FIRST).await.unwrap().unwrap();
    let publish = |version| {
        let mut unit = Append::new(organization);
        unit.writes = vec![Write::PublishVersion(version)];
        unit.events = vec![make.event(&course.to_string())];
        store.append(unit)
    };
    let mut same = make.version(course, CourseVersion::FIRST.next());
    same.package = first.package;
    assert!(matches!(publish(same).await, Err(AppendError::Stale)));
    let taken = make.version(course, CourseVersion::FIRST);
    assert!(matches!(publish(taken).await, Err(AppendError::Stale)));
    let second = make.version(course, CourseVersion::FIRST.next());
    publish(second.clone()).await.unwrap();
    let versions = store.versions(organization, course).await.unwrap();
    assert_eq!(versions.iter().map(|v| v.version.number()).collect::<Vec<_>>(), [2, 1]);
    let found = store.versions_of_package(organization, &second.package).await.unwrap();
    assert_eq!(found, versions[..1]);
    assert_eq!(
        store.version(organization, course, second.version).await.unwrap(),
        Some(second.clone())
    );
    let page = store.courses(organization, None, 10).await.unwrap();
    assert_eq!(page.items[0].latest.as_ref(), versions.first());
    assert_eq!(page.next, None);
}

pub(super) async fn a_registration_moves_on_from_what_was_read(store: &dyn Store, make: &Maker) {
    let (organization, enrolment) = enrol(store, make).await;
    let registration = enrolment.registration;
    let unit = |revision, state: &str| {
        let mut unit = Append::new(organization);
        unit.expect = Some(RegistrationRevision { registration, revision });
        unit.writes = vec![Write::UpdateRegistration { registration, state: state.to_owned() }];
        unit.statements = vec![make.runtime(registration, "initialized", &enrolment.activity)];
        unit
    };
    let (one, two) = tokio::join!(store.append(unit(0, "one")), store.append(unit(0, "two")));
    assert!(one.is_ok() != two.is_ok(), "two moved on from the same revision");
    let stored = store.registration(organization, registration).await.unwrap().unwrap();
    assert_eq!(stored.revision, 1);
    assert_eq!(stored.fixed.state, if one.is_ok() { "one" } else { "two" });
    assert!(matches!(store.append(unit(0, "late")).await, Err(AppendError::Stale)));
    assert_eq!(store.append(unit(1, "next")).await.unwrap().revision, Some(2));
}

pub(super) async fn a_record_follows_its_statements(store: &dyn Store, make: &Maker) {
    let (organization, enrolment) = enrol(store, make).await;
    let (registration, activity) = (enrolment.registration, &*enrolment.activity);
    let mut passed = make.runtime(registration, "passed", activity);
    passed.facts.score = Some(Score { scaled: Some(0.85), raw: Some(85.0), ..Score::default() });
    let mut foreign = make.runtime(registration, "failed", activity);
    foreign.facts.authority = domain::CredentialId::parse("ak_forger").unwrap();
    let sco = format!("{activity}/sco/1");
    let mut unit = Append::new(organization);
    unit.statements = vec![
        make.runtime(registration, "initialized", &sco),
        make.runtime(registration, "terminated", &sco),
        make.runtime(registration, "completed", activity),
        passed.clone(),
        foreign,
    ];
    store.append(unit).await.unwrap();
    let read = || async {
        let stored = store.registration(organization, registration).await.unwrap().unwrap();
        assert_eq!(store.rebuild_records(organization, false).await.unwrap(), []);
        stored.record
    };
    let record = read().await;
    assert_eq!((record.completion, record.success), (Some(true), Some(true)));
    assert_eq!(record.score, passed.facts.score);
    assert_eq!(record.total_time, Duration::from_mins(1));
    assert_eq!((record.attempts.len(), record.statements.len()), (1, 2));

    let mut unit = Append::new(organization);
    unit.statements = vec![make.reference("mbox:boss@example.com", passed.id, true)];
    store.append(unit).await.unwrap();
    let record = read().await;
    assert_eq!((record.completion, record.success), (Some(true), None));
    assert_eq!((record.score, record.statements.len()), (None, 1));
}

pub(super) async fn registrations_are_listed_by_activity(store: &dyn Store, make: &Maker) {
    let (organization, first) = enrol(store, make).await;
    let mut all = vec![first.registration];
    for _ in 0..4 {
        let (enrolment, unit) = make.enrolment(organization);
        store.append(unit).await.unwrap();
        all.push(enrolment.registration);
    }
    let mut filter = RegistrationFilter::default();
    let mut listed = Vec::new();
    loop {
        let page = store.registrations(organization, &filter, 2).await.unwrap();
        listed.extend(page.items.iter().map(|registration| registration.fixed.id));
        filter.after = page.next;
        if filter.after.is_none() {
            break;
        }
    }
    all.sort_unstable();
    listed.reverse();
    assert_eq!(listed, all);
    for (person, count) in [("ZOË", 5), ("learner@EXAMPLE", 5), ("nobody", 0), ("%", 0)] {
        let filter =
            RegistrationFilter { person: Some(person.to_owned()), ..RegistrationFilter::default() };
        let page = store.registrations(organization, &filter, 10).await.unwrap();
        assert_eq!(page.items.len(), count, "{person}");
    }
    let filter = RegistrationFilter { course: Some(first.course), ..RegistrationFilter::default() };
    assert_eq!(store.registrations(organization, &filter, 10).await.unwrap().items.len(), 1);
    let filter = RegistrationFilter { to: Some(make.now), ..RegistrationFilter::default() };
    assert_eq!(store.registrations(organization, &filter, 10).await.unwrap().items.len(), 0);
    let found = store.registration_of(
        organization,
        "mbox:learner@example.com",
        first.course,
        Some(CourseVersion::FIRST),
        false,
    );
    assert_eq!(found.await.unwrap().unwrap().fixed.id, first.registration);
    // An identifier may be longer than an index takes.
    let (long, mut unit) = make.enrolment(organization);
    let key: String = (0..200).map(|_| make.digest().to_string()).collect();
    for write in &mut unit.writes {
        if let Write::CreateRegistration(new) = write {
            new.actor_key.clone_from(&key);
        }
    }
    store.append(unit).await.unwrap();
    let version = Some(CourseVersion::FIRST);
    let found = store.registration_of(organization, &key, long.course, version, false);
    assert_eq!(found.await.unwrap().unwrap().fixed.id, long.registration);
}

pub(super) async fn a_launch_is_exchanged_once(stores: &[Arc<dyn Store>; 2], make: &Maker) {
    let store = &*stores[0];
    let (organization, enrolment) = enrol(store, make).await;
    let mut sessions = Vec::new();
    for _ in 0..2 {
        let launch = make.launch(enrolment.registration, LaunchMode::Normal);
        let mut unit = Append::new(organization);
        unit.writes = vec![Write::CreateLaunch(launch.clone())];
        store.append(unit).await.unwrap();
        let session =
            || NewSession { id: make.session_id(), hash: make.digest(), state: "{}".to_owned() };
        let (one, two) = (session(), session());
        let over = launch.expires_at;
        assert!(store.exchange_launch(&launch.hash, &one, over).await.unwrap().is_none());
        let (one, two) = tokio::join!(
            stores[0].exchange_launch(&launch.hash, &one, make.now),
            stores[1].exchange_launch(&launch.hash, &two, make.now),
        );
        let (one, two) = (one.unwrap(), two.unwrap());
        assert!(one.is_some() != two.is_some(), "a launch was exchanged twice or never");
        sessions.extend(one.or(two));
    }
    let read = |id| store.session(organization, id);
    let old = read(sessions[0].id).await.unwrap().unwrap();
    assert_eq!(old.ended, Some((make.now, SessionEnd::Superseded)));
    let new = read(sessions[1].id).await.unwrap().unwrap();
    assert_eq!(Some(&new), sessions.last());
    assert_eq!(store.session_by_token(&new.hash).await.unwrap(), Some(new.clone()));
    assert_eq!(store.sessions(organization, enrolment.registration).await.unwrap().len(), 2);
    let later = make.now.plus(Duration::from_secs(1));
    let idle = store.idle_sessions(later, 1_000).await.unwrap();
    assert!(idle.contains(&new) && !idle.contains(&old));
    assert!(store.touch_session(organization, new.id, later).await.unwrap());
    let write = async |write| {
        let mut unit = Append::new(organization);
        unit.writes = vec![write];
        store.append(unit).await.unwrap();
        read(new.id).await.unwrap().unwrap().ended
    };
    let end = |end| Write::EndSession { session: new.id, end, at: later };
    let update =
        || Write::UpdateSession { session: new.id, state: "{}".to_owned(), seen_at: later };
    let timed_out = write(end(SessionEnd::TimedOut)).await;
    assert_eq!(timed_out, Some((later, SessionEnd::TimedOut)));
    assert_eq!(write(update()).await, None, "what timed out does not go on");
    let exited = Some((later, SessionEnd::Exited));
    assert_eq!(write(end(SessionEnd::Exited)).await, exited);
    assert_eq!(write(update()).await, exited, "what was left goes on");
    assert!(!store.touch_session(organization, new.id, later).await.unwrap());
}

pub(super) async fn calls_are_logged_once_in_order(store: &dyn Store, make: &Maker) {
    let (organization, enrolment) = enrol(store, make).await;
    let session = make.session_id();
    for numbers in [1..=3, 2..=5] {
        let calls = numbers.map(|number| make.call(enrolment.registration, session, number));
        let mut unit = Append::new(organization);
        unit.writes = vec![Write::LogCalls(calls.collect())];
        store.append(unit).await.unwrap();
    }
    let page = store.calls(organization, enrolment.registration, Some(session), None, 3);
    let page = page.await.unwrap();
    let rest = store.calls(organization, enrolment.registration, None, page.next, 3).await.unwrap();
    let numbers: Vec<_> =
        page.items.iter().chain(&rest.items).map(|logged| logged.call.number).collect();
    assert_eq!(numbers, [1, 2, 3, 4, 5]);
    assert_eq!(rest.next, None);
    let outcome = Some(r#"{"request":"continue"}"#.to_owned());
    let call = make.call(enrolment.registration, session, 6);
    let mut unit = Append::new(organization);
    unit.writes = vec![Write::LogCalls(vec![Call { outcome: outcome.clone(), ..call }])];
    store.append(unit).await.unwrap();
    let last = store.calls(organization, enrolment.registration, None, Some(5), 3).await.unwrap();
    assert_eq!(last.items.first().map(|logged| logged.call.outcome.clone()), Some(outcome));
}

/// A registration that tries a course out is listed where tests are asked for, and is never taken
/// for the learner's newest; nor does it keep the learner from one.
pub(super) async fn tests_stay_apart(store: &dyn Store, make: &Maker) {
    let organization = make.organization(store).await;
    let (enrolment, unit) = make.enrolment(organization);
    let Some(Write::CreateRegistration(real)) = unit.writes.last().cloned() else {
        panic!("an enrolment ends with its registration");
    };
    store.append(unit).await.unwrap();
    let id = RegistrationId::new(make.statement_id().uuid());
    let trial = NewRegistration {
        id,
        test: true,
        created_at: make.now.plus(Duration::from_secs(1)),
        ..real.clone()
    };
    let mut unit = Append::new(organization);
    unit.newest = Some(NewestRegistration {
        actor_key: real.actor_key.clone(),
        course: real.course,
        version: Some(real.version),
        test: true,
        registration: None,
    });
    unit.writes = vec![Write::CreateRegistration(trial)];
    store.append(unit.clone()).await.unwrap();
    assert!(matches!(store.append(unit).await, Err(AppendError::Stale)));
    for (tests, expected) in [
        (Tests::Without, vec![enrolment.registration]),
        (Tests::Only, vec![id]),
        (Tests::With, vec![id, enrolment.registration]),
    ] {
        let filter = RegistrationFilter { tests, ..RegistrationFilter::default() };
        let page = store.registrations(organization, &filter, 10).await.unwrap();
        let listed: Vec<_> = page.items.iter().map(|one| one.fixed.id).collect();
        assert_eq!(listed, expected, "{tests:?}");
    }
    for (test, expected) in [(false, enrolment.registration), (true, id)] {
        let (course, version) = (real.course, real.version);
        let found =
            store.registration_of(organization, &real.actor_key, course, Some(version), test);
        let found = found.await.unwrap().unwrap().fixed;
        assert_eq!((found.id, found.test), (expected, test));
    }
}

/// Who makes a registration because there is none, or none newer than one it has seen, makes none
/// when another has been made meanwhile.
pub(super) async fn of_two_first_registrations_one_is_made(
    stores: &[Arc<dyn Store>; 2],
    make: &Maker,
) {
    let organization = make.organization(&*stores[0]).await;
    let (_, unit) = make.enrolment(organization);
    let Some(Write::CreateRegistration(first)) = unit.writes.last().cloned() else {
        panic!("an enrolment ends with its registration");
    };
    stores[0].append(unit).await.unwrap();
    // Of the version, and of whichever version there is.
    for version in [Some(first.version), None] {
        let launch = |seen| {
            let id = RegistrationId::new(make.statement_id().uuid());
            let actor_key = format!("mbox:another-{version:?}@example.com");
            let new = NewRegistration { id, actor_key: actor_key.clone(), ..first.clone() };
            let course = new.course;
            let mut unit = Append::new(organization);
            unit.newest = Some(NewestRegistration {
                actor_key,
                course,
                version,
                test: false,
                registration: seen,
            });
            unit.writes = vec![Write::CreateRegistration(new)];
            (id, unit)
        };
        let [(one, first_unit), (two, second_unit)] = [launch(None), launch(None)];
        let (here, there) =
            tokio::join!(stores[0].append(first_unit), stores[1].append(second_unit));
        assert_ne!(here.is_ok(), there.is_ok(), "{here:?} {there:?}");
        let winner = if here.is_ok() { one } else { two };
        let lost = here.and(there).unwrap_err();
        assert!(matches!(lost, AppendError::Stale), "{lost}");
        assert!(matches!(stores[1].append(launch(None).1).await, Err(AppendError::Stale)));
        stores[0].append(launch(Some(winner)).1).await.unwrap();
    }
}

/// A move to another version is one commit: state, sessions, event. What was said of the version
/// before still counts.
pub(super) async fn a_registration_moves_to_another_version(store: &dyn Store, make: &Maker) {
    let (organization, enrolment) = enrol(store, make).await;
    let (registration, course) = (enrolment.registration, enrolment.course);
    let second = make.version(course, CourseVersion::FIRST.next());
    let launch = make.launch(registration, LaunchMode::Normal);
    let failed = make.runtime(registration, "failed", &enrolment.activity);
    let mut unit = Append::new(organization);
    unit.writes = vec![Write::PublishVersion(second.clone()), Write::CreateLaunch(launch.clone())];
    unit.statements = vec![failed.clone()];
    store.append(unit).await.unwrap();
    let session = NewSession { id: make.session_id(), hash: make.digest(), state: "{}".to_owned() };
    store.exchange_launch(&launch.hash, &session, make.now).await.unwrap().unwrap();
    let shift = |revision, version| {
        let mut unit = Append::new(organization);
        unit.expect = Some(RegistrationRevision { registration, revision });
        let state = "moved".to_owned();
        let at = make.now;
        unit.writes = vec![Write::MoveRegistration { registration, course, version, state, at }];
        unit.events = vec![make.event(&registration.to_string())];
        store.append(unit)
    };
    let lost = shift(7, second.version).await;
    assert!(matches!(lost, Err(AppendError::Stale)), "{lost:?}");
    let lost = shift(0, second.version.next()).await;
    assert!(matches!(lost, Err(AppendError::Missing { what: "course version" })), "{lost:?}");
    let read = || async { store.registration(organization, registration).await.unwrap().unwrap() };
    assert_eq!(read().await.fixed.version, CourseVersion::FIRST);
    assert_eq!(shift(0, second.version).await.unwrap().revision, Some(1));
    let moved = read().await;
    assert_eq!((moved.fixed.version, &*moved.fixed.state), (second.version, "moved"));
    let ended = store.session(organization, session.id).await.unwrap().unwrap().ended;
    assert_eq!(ended, Some((make.now, SessionEnd::Superseded)));

    let mut unit = Append::new(organization);
    unit.statements = vec![make.runtime(registration, "passed", &second.activity)];
    store.append(unit).await.unwrap();
    let record = read().await.record;
    assert_eq!((record.success, record.statements.len()), (Some(true), 2));
    assert_eq!(record.failed_at, record.passed_at, "the record forgets the version before");
    assert_eq!(store.rebuild_records(organization, false).await.unwrap(), []);
    let mut unit = Append::new(organization);
    unit.statements = vec![make.reference("mbox:boss@example.com", failed.id, true)];
    store.append(unit).await.unwrap();
    assert_eq!(read().await.record.failed_at, None);
    assert_eq!(store.rebuild_records(organization, false).await.unwrap(), []);
    for (version, is_found) in
        [(None, true), (Some(CourseVersion::FIRST), false), (Some(second.version), true)]
    {
        let key = "mbox:learner@example.com";
        let found = store.registration_of(organization, key, course, version, false).await.unwrap();
        assert_eq!(found.map(|one| one.fixed.id), is_found.then_some(registration), "{version:?}");
    }
}
