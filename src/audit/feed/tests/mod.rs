use super::*;
use crate::reference::ReferenceEvent;
use domain::Timestamp;
use proptest::prelude::*;
use std::time::Duration;

/// A trail that can be spoken to again.
#[derive(Debug, Clone, Default)]
struct Told {
    trail: Trail,
    next: u64,
    names: u64,
}

impl Told {
    fn read(&mut self, kind: Kind, mode: Mode, day: &str, file: &str) -> Outcome {
        self.try_read(kind, mode, day, file.as_bytes()).expect("it can be read")
    }

    fn try_read(
        &mut self,
        kind: Kind,
        mode: Mode,
        day: &str,
        file: &[u8],
    ) -> Result<Outcome, FileFault> {
        let taken_on = day.parse().expect("a day");
        let reading = Reading { kind, source: "hr", mode, taken_on };
        let names = &mut self.names;
        let mut fresh = || {
            *names += 1;
            format!("n{names}")
        };
        let outcome = read(file, &self.trail, &reading, &mut fresh)?;
        for (_, change) in &outcome.changes {
            self.say(change);
        }
        Ok(outcome)
    }

    fn say(&mut self, change: &Change) {
        let (from, to) =
            (change.from.map(|day| day.to_string()), change.to.map(|day| day.to_string()));
        self.trail.apply(&ReferenceEvent {
            position: self.next,
            recorded_at: self.now(),
            entity: change.entity.as_str(),
            entity_id: &change.id,
            op: change.op,
            valid_from: from.as_deref(),
            valid_to: to.as_deref(),
            value: &change.value.to_string(),
            source: r#"{"feed":"roster","source":"hr"}"#,
        });
        self.next += 1;
    }

    fn now(&self) -> Timestamp {
        Timestamp::UNIX_EPOCH.plus(Duration::from_secs(self.next))
    }

    fn roster(&mut self, mode: Mode, day: &str, file: &str) -> Outcome {
        self.read(Kind::Roster, mode, day, file)
    }

    /// Access as `scope start..end`.
    fn access(&self, person: &str) -> Vec<String> {
        let record = self.trail.person_at(person, None).expect("the person is known");
        let end = |day: Option<Day>| day.map(|day| day.to_string()).unwrap_or_default();
        record
            .access
            .iter()
            .map(|one| format!("{} {}..{}", one.scope, one.start, end(one.end)))
            .collect()
    }

    fn addresses(&self, person: &str) -> Vec<String> {
        let record = self.trail.person_at(person, None).expect("the person is known");
        let day = |day: Option<Day>| day.map(|day| day.to_string()).unwrap_or_default();
        let told = record
            .identities
            .iter()
            .map(|one| format!("{} {}..{}", one.value, day(one.from), day(one.to)));
        told.collect()
    }
}

const HEADER: &str = "person_id,name,email,manager,employment_type,employment_start,employment_end,access_scope,access_start,access_end\n";

fn file(lines: &[&str]) -> String {
    format!("{HEADER}{}\n", lines.join("\n"))
}

const ADA: &str = "ada,Ada,ada@a.test,bob,employee,2025-01-06,,prod,2025-01-06,";
const BOB: &str = "bob,Bob,bob@a.test,,employee,2024-01-08,,prod,2024-01-08,";

#[test]
fn a_roster_makes_people_and_the_same_file_again_changes_nothing() {
    let mut told = Told::default();
    let file = file(&[ADA, BOB]);
    let first = told.roster(Mode::Full, "2025-02-01", &file);
    assert!(first.faults.is_empty(), "{:?}", first.faults);
    let counts = Counts { read: 2, changed: 2, asserted: 8, ..Counts::default() };
    assert_eq!(first.counts, counts);
    let ada = told.trail.person_at("ada", None).expect("she is known");
    assert_eq!(ada.manager.map(|id| id.to_string()).as_deref(), Some("bob"));
    assert_eq!(told.addresses("ada"), ["mailto:ada@a.test .."]);
    for (mode, day) in [(Mode::Full, "2025-02-02"), (Mode::Partial, "2025-03-01")] {
        let again = told.roster(mode, day, &file);
        assert_eq!(again.counts, Counts { read: 2, unchanged: 2, ..Counts::default() });
    }
}

#[test]
fn what_a_full_roster_leaves_out_has_ended_and_nothing_is_forgotten() {
    let mut told = Told::default();
    told.roster(Mode::Full, "2025-02-01", &file(&[ADA, BOB]));
    let before = told.now();
    let outcome = told.roster(Mode::Full, "2025-03-10", &file(&[BOB]));
    assert_eq!(
        outcome.counts,
        Counts { read: 1, unchanged: 1, asserted: 3, retracted: 3, ..Counts::default() }
    );
    assert_eq!(told.access("ada"), ["prod 2025-01-06..2025-03-09"]);
    assert_eq!(told.addresses("ada"), ["mailto:ada@a.test ..2025-03-09"]);
    let then = told.trail.person_at("ada", Some(before)).expect("she is known");
    assert_eq!(then.access[0].end, None, "as of before, nothing had ended");
    let again = told.roster(Mode::Full, "2025-03-11", &file(&[BOB]));
    assert_eq!(again.counts.asserted + again.counts.retracted, 0);
    assert_eq!(told.access("ada"), ["prod 2025-01-06..2025-03-09"]);
}

#[test]
fn a_partial_roster_ends_nothing() {
    let mut told = Told::default();
    told.roster(Mode::Full, "2025-02-01", &file(&[ADA, BOB]));
    let outcome = told.roster(Mode::Partial, "2025-03-10", &file(&[BOB]));
    assert_eq!(outcome.counts.asserted + outcome.counts.retracted, 0);
}

#[test]
fn what_others_said_is_not_ended_by_a_roster() {
    let mut told = Told::default();
    told.roster(Mode::Full, "2025-02-01", &file(&[ADA, BOB]));
    let reading = Reading {
        kind: Kind::Roster,
        source: "other system",
        mode: Mode::Full,
        taken_on: "2025-03-10".parse().expect("a day"),
    };
    let outcome = read(file(&[BOB]).as_bytes(), &told.trail, &reading, &mut || "x".to_owned());
    assert_eq!(outcome.map(|outcome| outcome.changes), Ok(Vec::new()));
}

#[test]
fn other_days_of_the_same_period_are_a_correction_under_its_id() {
    let mut told = Told::default();
    told.roster(Mode::Full, "2025-02-01", &file(&[ADA, BOB]));
    let later = ADA.replace("prod,2025-01-06,", "prod,2025-01-13,2025-06-30");
    let outcome = told.roster(Mode::Full, "2025-03-10", &file(&[&later, BOB]));
    assert_eq!(
        outcome.counts,
        Counts {
            read: 2,
            changed: 1,
            unchanged: 1,
            asserted: 1,
            retracted: 1,
            ..Counts::default()
        }
    );
    assert_eq!(told.access("ada"), ["prod 2025-01-13..2025-06-30"]);
    let ids: BTreeSet<_> = outcome.changes.iter().map(|(_, change)| &change.id).collect();
    assert_eq!(ids.len(), 1);
}

#[test]
fn a_new_address_is_good_from_the_day_of_the_file_and_so_is_one_that_was_another_persons() {
    let mut told = Told::default();
    told.roster(Mode::Full, "2025-02-01", &file(&[ADA, BOB]));
    let married = ADA.replace("ada@a.test", "Ada.L@a.test");
    told.roster(Mode::Full, "2025-03-10", &file(&[&married, BOB]));
    assert_eq!(
        told.addresses("ada"),
        ["mailto:ada@a.test ..2025-03-09", "mailto:ada.l@a.test 2025-03-10.."]
    );
    let other = "adam,Adam,ada@a.test,bob,employee,2025-04-01,,prod,2025-04-01,";
    told.roster(Mode::Full, "2025-04-01", &file(&[&married, BOB, other]));
    assert_eq!(told.addresses("adam"), ["mailto:ada@a.test 2025-04-01.."]);
}

#[test]
fn periods_of_one_person_may_stand_on_many_lines() {
    let mut told = Told::default();
    let second = ADA.replace("prod,2025-01-06,", "billing,2025-02-01,");
    let outcome = told.roster(Mode::Full, "2025-03-01", &file(&[ADA, &second, BOB]));
    assert!(outcome.faults.is_empty(), "{:?}", outcome.faults);
    assert_eq!(told.access("ada"), ["prod 2025-01-06..", "billing 2025-02-01.."]);
    assert_eq!(outcome.counts.asserted, 9);
}

#[test]
fn a_line_that_is_wrong_says_where_and_spares_its_person() {
    let mut told = Told::default();
    told.roster(Mode::Full, "2025-02-01", &file(&[ADA, BOB]));
    for (line, column) in [
        (ADA.replace("2025-01-06,,prod", "6.1.2025,,prod"), "employment_start"),
        (ADA.replace("prod,2025-01-06,", "prod,2025-01-06,2024-01-01"), "access_end"),
        (ADA.replace("prod,2025-01-06,", "prod,,"), "access_start"),
        (ADA.replace("prod,2025-01-06,", ",2025-01-06,"), "access_scope"),
        (ADA.replace("ada@a.test", "ada"), "email"),
        (ADA.replace(",bob,", ",eve,"), "manager"),
        (ADA.replace(",bob,", ",eve@a.test,"), "manager"),
        (ADA.replace("ada,Ada", "ada,"), "name"),
        (format!("{ADA},"), ""),
    ] {
        let mut told = told.clone();
        let outcome = told.roster(Mode::Full, "2025-03-10", &file(&[&line, BOB]));
        let places: Vec<_> =
            outcome.faults.iter().map(|fault| (fault.line, fault.column.as_str())).collect();
        assert_eq!(places, [(2, column)], "{line}: {:?}", outcome.faults);
        assert_eq!(outcome.counts.rejected, 1);
        assert!(outcome.changes.is_empty(), "{line}: {:?}", outcome.changes);
    }
    let twice = ADA.replace("ada,Ada", "ada,Eda");
    let outcome = told.roster(Mode::Full, "2025-03-10", &file(&[ADA, BOB, &twice]));
    assert_eq!((outcome.faults.len(), outcome.faults[0].line), (1, 4));
}

#[test]
fn nobody_is_absent_when_a_line_does_not_say_whom_it_is_about() {
    let mut told = Told::default();
    told.roster(Mode::Full, "2025-02-01", &file(&[ADA, BOB]));
    let outcome = told.roster(Mode::Full, "2025-03-10", &file(&[BOB, ",Nobody,,,,,,,,"]));
    assert!(outcome.changes.is_empty() && outcome.remarks.len() == 1, "{outcome:?}");
}

#[test]
fn a_manager_may_be_named_by_address() {
    let mut told = Told::default();
    let outcome =
        told.roster(Mode::Full, "2025-02-01", &file(&[&ADA.replace(",bob,", ",Bob@A.test,"), BOB]));
    assert!(outcome.faults.is_empty(), "{:?}", outcome.faults);
    let ada = told.trail.person_at("ada", None).expect("she is known");
    assert_eq!(ada.manager.map(|id| id.to_string()).as_deref(), Some("bob"));
}

#[test]
fn lines_are_counted_as_an_editor_counts_them() {
    let mut told = Told::default();
    let text = "\u{feff}person_id,name\r\n\r\nada,\"Ada\r\nLovelace\"\r\n,Eve\r\nbob,Bob,x\r\n\nbob,\"B\n\no\"\n,Bo\n";
    let outcome = told.roster(Mode::Partial, "2025-02-01", text);
    let lines: Vec<_> = outcome.faults.iter().map(|fault| fault.line).collect();
    assert_eq!(lines, [5, 6, 11]);
    assert_eq!(outcome.counts.read, 5);
}

#[test]
fn a_file_that_is_none_is_refused_whole() {
    let mut told = Told::default();
    let mut refused = |file: &[u8]| {
        told.try_read(Kind::Roster, Mode::Full, "2025-02-01", file)
            .expect_err("it is refused")
            .to_string()
    };
    assert!(refused(b"").contains("empty"));
    assert!(refused(b"person_id;name\na;b\n").contains("semicolons"));
    assert!(refused(b"person_id\tname\n").contains("tabs"));
    assert!(refused(b"person_id,nom\n").contains("\"nom\""));
    assert!(refused(b"person_id\n").contains("name is missing"));
    assert!(refused(b"person_id,name,Name\n").contains("twice"));
    assert!(refused(b"person_id,name\na,b\nc,\xe4\n").contains("line 3"));
    let long = format!("person_id,name\n{}", "a,b\n".repeat(100_001));
    assert!(refused(long.as_bytes()).contains("100000"));
}

#[test]
fn one_list_of_users_replaces_the_one_before() {
    let mut told = Told::default();
    let idp = |told: &mut Told, file: &str| {
        told.read(Kind::Idp, Mode::Partial, "2025-02-01", file).counts
    };
    let list = "user,name,active\nada@a.test,Ada,yes\nbob@a.test,Bob,no\n";
    assert_eq!(idp(&mut told, list).asserted, 2);
    assert_eq!(idp(&mut told, list), Counts { read: 2, unchanged: 2, ..Counts::default() });
    let counts = idp(&mut told, "user,active\nada@a.test,maybe\nbob@a.test,no\nBOB@a.test,\n");
    assert_eq!((counts.rejected, counts.retracted, counts.asserted), (2, 2, 1), "{counts:?}");
    let users = told.trail.all_at(Entity::IdpUser, None).count();
    assert_eq!(users, 1);
}

#[test]
fn results_of_test_mails_are_kept_by_campaign_and_recipient() {
    let mut told = Told::default();
    let read =
        |told: &mut Told, file: &str| told.read(Kind::Phishing, Mode::Partial, "2025-02-01", file);
    let header = "campaign,sent_on,recipient,delivered,clicked,reported\n";
    let one =
        format!("{header}spring,2025-03-01,ada@a.test,yes,no,no\nspring,2025-03-01,x,yes,no,no\n");
    let outcome = read(&mut told, &one);
    assert_eq!((outcome.counts.asserted, outcome.faults[0].line), (1, 3));
    let (_, change) = &outcome.changes[0];
    assert_eq!(change.named, Some(crate::reference::Named::Mail("ada@a.test".to_owned())));
    let two = format!("{header}spring,2025-03-01,ADA@a.test,yes,yes,no\n");
    let counts = read(&mut told, &two).counts;
    assert_eq!((counts.retracted, counts.asserted, counts.changed), (1, 1, 1));
    assert_eq!(read(&mut told, &two).counts.unchanged, 1);
    let (world, _) = told.trail.world(told.now());
    let last = world.phishing.last().expect("there is one");
    assert!(last.clicked && world.phishing.len() == 2);
}

#[test]
fn counts_of_a_day_are_joined_and_checked() {
    let mut told = Told::default();
    let read = |told: &mut Told, file: &str| {
        told.read(Kind::Effectiveness, Mode::Partial, "2025-02-01", file)
    };
    let header = "series,date,metric,count\n";
    let file = format!("{header}phish,2025-03-01,delivered,100\nphish,2025-03-01,clicked,7\n");
    let counts = read(&mut told, &file).counts;
    assert_eq!((counts.changed, counts.asserted), (2, 1));
    assert_eq!(
        read(&mut told, &file).counts,
        Counts { read: 2, unchanged: 2, ..Counts::default() }
    );
    let counts = read(&mut told, &format!("{header}phish,2025-03-01,reported,9\n")).counts;
    assert_eq!((counts.changed, counts.asserted, counts.retracted), (1, 1, 1));
    let said: crate::reference::EffectivenessCount = told
        .trail
        .now(Entity::EffectivenessCount, "phish@2025-03-01")
        .expect("it is known")
        .read()
        .expect("it is whole");
    assert_eq!(said.counts.len(), 3);
    let counts = read(
        &mut told,
        &format!("{header}phish,2025-03-01,clicked,101\nphish,2025-03-01,reported,-1\n"),
    )
    .counts;
    assert_eq!((counts.rejected, counts.asserted), (2, 0));
}

fn line() -> impl Strategy<Value = String> {
    let person = prop::sample::select(vec!["ada", "bob", "cyd"]);
    let scope = prop::sample::select(vec!["prod", "billing", ""]);
    let start = prop::sample::select(vec!["2025-01-06", "2025-02-03"]);
    let end = prop::sample::select(vec!["", "2025-06-30"]);
    let mail = prop::sample::select(vec!["1", "2", "3"]);
    (person, scope, start, end, mail).prop_map(|(person, scope, start, end, mail)| {
        let period =
            if scope.is_empty() { ",,".to_owned() } else { format!("{scope},{start},{end}") };
        format!("{person},Name,{person}{mail}@a.test,,employee,2024-01-01,,{period}")
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn the_same_file_twice_is_a_no_op_and_the_state_before_stays_to_be_asked_for(
        files in prop::collection::vec((prop::collection::vec(line(), 0..6), any::<bool>()), 1..4),
    ) {
        let mut told = Told::default();
        for (day, (lines, is_full)) in files.iter().enumerate() {
            let mode = if *is_full { Mode::Full } else { Mode::Partial };
            let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
            let text = file(&lines);
            let date = format!("2025-03-{:02}", day + 1);
            let people = |told: &Told, as_of: Option<Timestamp>| {
                ["ada", "bob", "cyd"].map(|person| told.trail.person_at(person, as_of))
            };
            let (before, then) = (people(&told, None), told.now());
            let last = then.minus(Duration::from_micros(1));
            told.roster(mode, &date, &text);
            prop_assert_eq!(before, people(&told, Some(last)));
            let again = told.roster(mode, &date, &text);
            prop_assert!(again.changes.is_empty(), "{:?}", again.changes);
        }
    }
}
