use super::*;
use crate::Day;
use crate::reference::{Claim, Entity, Fault, checked};
use serde_json::{Value, json};

/// A trail with a person, a course of ours, one of others, a requirement and a policy.
fn known() -> Trail {
    let foreign = json!({
        "title": "Owasp",
        "versions": [{"version": "2021", "activity": "https://lms.test/owasp"}],
    });
    fold(&[
        assert("person", "ada", r#"{"name":"Ada"}"#),
        assert("person", "bob", r#"{"name":"Bob"}"#),
        assert("course", "sat", r#"{"title":"Security"}"#),
        assert("course_version", "sat/1", r#"{"version":1,"activity":"https://a.test/1"}"#),
        assert("foreign_course", "owasp", &foreign.to_string()),
        assert("requirement", "R-1", r#"{"id":"R-1","courses":["sat"]}"#),
        assert("policy", "training@1", "{}"),
    ])
}

fn day(text: &str) -> Option<Day> {
    (!text.is_empty()).then(|| text.parse().expect("a day"))
}

fn check(entity: Entity, id: &str, days: (&str, &str), value: &Value) -> Result<Value, Vec<Fault>> {
    let claim = Claim { entity, id, from: day(days.0), to: day(days.1), value };
    checked(claim, &known(), &|_, _| false)
}

fn places(entity: Entity, id: &str, value: &Value) -> Vec<String> {
    let faults = check(entity, id, ("", ""), value).err().unwrap_or_default();
    let mut places: Vec<_> = faults.into_iter().map(|fault| fault.pointer).collect();
    places.sort();
    places
}

fn requirement() -> Value {
    json!({
        "id": "R-2",
        "title": "Everyone, every year",
        "courses": ["sat", "owasp"],
        "effective_from": "2025-01-01",
        "due_within": "P30D",
        "recurrence": "P1Y",
    })
}

/// The requirement with one member otherwise.
fn with(member: &str, value: Value) -> Value {
    let mut requirement = requirement();
    requirement[member] = value;
    requirement
}

#[test]
fn a_requirement_is_stored_whole_however_little_was_said() {
    let stored = check(Entity::Requirement, "R-2", ("", ""), &requirement()).expect("it is sound");
    assert_eq!(stored["rule"], "passed");
    assert_eq!(stored["audience"], json!({"types": "any", "roles": "any", "scopes": "any"}));
    assert_eq!(stored["grades"], json!(["A", "B"]));
    assert_eq!(stored["rationale"], Value::Null);
    assert!(stored.get("recorded_at").is_none());
    let again = check(Entity::Requirement, "R-2", ("", ""), &stored).expect("it is sound");
    assert_eq!(stored.to_string(), again.to_string());
}

#[test]
fn what_is_wrong_with_a_requirement_has_its_place() {
    for (member, value, place) in [
        ("recurence", json!("P1Y"), "/recurence"),
        ("recurrence", json!("yearly"), "/recurrence"),
        ("recurrence", json!("P0D"), "/recurrence"),
        ("courses", json!([]), "/courses"),
        ("courses", json!(["sat", "nothing"]), "/courses/1"),
        ("courses", json!(["sat", "sat"]), "/courses/1"),
        ("courses", json!(["sat", 7]), "/courses/1"),
        ("min_score", json!(80), "/min_score"),
        ("effective_from", Value::Null, "/effective_from"),
        ("effective_to", json!("2024-12-31"), "/effective_to"),
        ("due_date", json!("2024-12-31"), "/due_date"),
        ("due_date", json!("2025-02-30"), "/due_date"),
        ("renewal_opens", json!("P30D"), "/renewal_opens"),
        ("audience", json!({"roles": []}), "/audience/roles"),
        ("audience", json!({"rolls": "any"}), "/audience/rolls"),
        ("controls", json!(["CC1.4"]), "/controls/0"),
        ("grades", json!([]), "/grades"),
        ("policy_version", json!("training@2"), "/policy_version"),
        ("title", json!(" "), "/title"),
        ("id", json!("R-3"), "/id"),
        (
            "retrain",
            json!([{"course": "owasp", "min_version": "2025", "effective_on": "2025-06-01", "due_within": "P30D"}]),
            "/retrain/0/min_version",
        ),
        (
            "retrain",
            json!([{"course": "other", "min_version": "1", "effective_on": "2025-06-01", "due_within": "P30D"}]),
            "/retrain/0/course",
        ),
    ] {
        let found = places(Entity::Requirement, "R-2", &with(member, value.clone()));
        assert_eq!(found, [place], "{member}: {value}");
    }
    let sound = json!([{"course": "owasp", "min_version": "2021", "effective_on": "2025-06-01", "due_within": "P30D"}]);
    assert!(places(Entity::Requirement, "R-2", &with("retrain", sound)).is_empty());
    assert!(
        places(Entity::Requirement, "R-2", &with("policy_version", json!("training@1"))).is_empty()
    );
}

#[test]
fn an_exception_names_whom_and_what_it_is_for_and_who_approved_it() {
    let leave = json!({
        "person": "ada", "requirement": "R-1", "kind": "leave", "from": "2025-03-01",
        "to": "2025-05-01", "extended_due": "2025-05-31", "reason": "parental leave",
        "approved_by": "bob",
    });
    assert!(places(Entity::Exception, "EX-1", &leave).is_empty());
    for (member, value, place) in [
        ("person", json!("eve"), "/person"),
        ("requirement", json!("R-9"), "/requirement"),
        ("kind", json!("holiday"), "/kind"),
        ("to", json!("2025-02-01"), "/to"),
        ("extended_due", Value::Null, "/extended_due"),
        ("extended_due", json!("2025-02-01"), "/extended_due"),
        ("reason", json!(""), "/reason"),
        ("approved_by", json!("ada"), "/approved_by"),
    ] {
        let mut changed = leave.clone();
        changed[member] = value;
        assert_eq!(places(Entity::Exception, "EX-1", &changed), [place], "{member}");
    }
    let mut exempt = leave;
    exempt["kind"] = json!("exempt");
    assert_eq!(places(Entity::Exception, "EX-1", &exempt), ["/extended_due"]);
}

#[test]
fn people_and_their_parts_are_checked_by_what_they_are() {
    use Entity::{Access, Employment, Identity, Person};
    let none = ("", "");
    let since = ("2025-01-01", "");
    let sound = |entity, id: &str, days, value: Value| {
        let faults = check(entity, id, days, &value).err().unwrap_or_default();
        faults.into_iter().map(|fault| fault.pointer).collect::<Vec<_>>()
    };
    let mbox = |value: &str| json!({"person": "ada", "kind": "mbox", "value": value});
    let nothing: [&str; 0] = [];
    assert_eq!(sound(Person, "eve", none, json!({"name": "Eve", "manager": "ada"})), nothing);
    assert_eq!(
        sound(Person, "eve", none, json!({"name": "", "manager": "eve"})),
        ["/name", "/manager"]
    );
    assert_eq!(sound(Person, "eve@a.test", none, json!({"name": "Eve"})), ["/id"]);
    assert_eq!(sound(Person, "", none, json!({"name": "Eve", "email": "e"})), ["/id", "/email"]);
    assert_eq!(sound(Identity, "ada/1", none, mbox("ada@a.test")), nothing);
    assert_eq!(sound(Identity, "ada/1", none, mbox("ada")), ["/value"]);
    assert_eq!(sound(Identity, "bob/1", none, mbox("ada@a.test")), ["/id"]);
    let access = json!({"person": "ada", "scope": "prod"});
    assert_eq!(sound(Access, "ada/1", since, access.clone()), nothing);
    assert_eq!(sound(Access, "ada/1", none, access.clone()), ["/start"]);
    assert_eq!(sound(Access, "ada/1", ("2025-01-01", "2024-12-31"), access), ["/end"]);
    let employment = json!({"person": "eve", "type": "employee"});
    assert_eq!(sound(Employment, "eve/1", since, employment), ["/person"]);
}

#[test]
fn the_other_kinds_are_checked_by_what_they_are() {
    use Entity::{
        AcceptedVersion, AuditPolicy, EffectivenessCount, ForeignCourse, ManagementReview, Policy,
    };
    let nothing: [&str; 0] = [];
    let until = json!({"accepted_until": "2025-01-01"});
    assert_eq!(places(AcceptedVersion, "sat/1", &until), nothing);
    assert_eq!(places(AcceptedVersion, "sat/2", &until), ["/id"]);
    let counts = json!({
        "series": "phish", "date": "2025-01-01", "source": "x", "counts": {"delivered": 3, "clicked": 4},
    });
    assert_eq!(places(EffectivenessCount, "phish@2025-01-01", &counts), ["/counts/clicked"]);
    assert_eq!(places(EffectivenessCount, "phish", &counts), ["/counts/clicked", "/id"]);
    let review = json!({"quarter": "2025-Q1", "reviewed_on": "2025-04-11", "by": "ada"});
    assert_eq!(places(ManagementReview, "2025-Q1", &review), nothing);
    assert_eq!(places(ManagementReview, "2025-Q2", &review), ["/id"]);
    let odd = json!({"quarter": "2025-Q5", "reviewed_on": "2025-04-11", "by": ""});
    assert_eq!(places(ManagementReview, "2025-Q5", &odd), ["/by", "/quarter"]);
    let policy = json!({
        "title": "Training", "version": "2", "effective_on": "2025-01-01", "owner": "CISO",
        "text_sha256": "abc",
    });
    assert_eq!(places(Policy, "training@2", &policy), ["/text_sha256"]);
    let course = json!({"title": "X", "versions": [{"version": "1", "activity": "x"}]});
    assert_eq!(places(ForeignCourse, "sat", &course), ["/id", "/versions/0/activity"]);
    let defaults = json!({"timezone": "Europe/Berlin", "policy": {"max_backdate": "P3D"}});
    assert_eq!(places(AuditPolicy, "organization", &defaults), nothing);
    assert_eq!(
        places(AuditPolicy, "x", &json!({"policy": {"max_backdat": "P3D"}})),
        ["/id", "/policy/max_backdat"]
    );
    assert_eq!(
        places(AuditPolicy, "organization", &json!({"timezone": "Mars/Base"})),
        ["/timezone"]
    );
}

#[test]
fn texts_and_lists_are_bounded() {
    let long = "x".repeat(5_000);
    assert_eq!(places(Entity::Person, "eve", &json!({"name": long})), ["/name"]);
    let many = vec!["SOC2:CC1.4"; 501];
    assert_eq!(places(Entity::Requirement, "R-2", &with("controls", json!(many))), ["/controls"]);
}

#[test]
fn a_change_to_the_catalogue_is_checked_by_the_catalogue() {
    let ours = json!({"title": "Ours"});
    let nothing: [&str; 0] = [];
    assert_eq!(places(Entity::Control, "SOC2:CC9.9", &ours), nothing);
    assert_eq!(places(Entity::Control, "CC9.9", &ours), ["/id"]);
    assert_eq!(places(Entity::Control, "SOC2:CC9.9", &json!({"title": " "})), ["/title"]);
    assert_eq!(places(Entity::Framework, "OURS", &json!({"titel": "Ours"})), [""]);
    let relation = json!({"relation": "same"});
    assert_eq!(places(Entity::ControlRelation, "SOC2:CC1.4 SOC2:CC1.4", &relation), ["/id"]);
}
