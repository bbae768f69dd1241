//! Whether something may be asserted: its form, its sense, and whether what it names is known.

use super::{
    AUDIT_POLICY_ID, AcceptedVersion, AccessValue, AuditPolicy, AwarenessActivity,
    EffectivenessCount, EmploymentValue, Entity, ExceptionValue, ForeignCourse, IdentityValue,
    PersonValue, Policy, RequirementValue, ReviewValue, RoleValue, Trail,
};
use crate::catalogue::{Edit, EditError};
use crate::world::{Anchor, ExceptionKind, Filter, IdentityKind, IdpUser, PhishingResult};
use crate::{Day, Span};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::collections::BTreeSet;
use std::fmt;

/// The most characters of an id.
pub const ID_CHARS_MAX: usize = 200;
/// The most characters of one text of a value.
pub const TEXT_CHARS_MAX: usize = 4_000;
/// The most items of one list of a value.
pub const LIST_ITEMS_MAX: usize = 500;

/// What is wrong with a value, and where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// A JSON pointer into the value; empty is the whole.
    pub pointer: String,
    /// What is wrong.
    #[serde(rename = "detail")]
    pub problem: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.pointer {
            "" => f.write_str(&self.problem),
            pointer => write!(f, "{pointer}: {}", self.problem),
        }
    }
}

/// Something that is to be asserted.
#[derive(Debug, Clone, Copy)]
pub struct Claim<'a> {
    /// What kind of thing it is about.
    pub entity: Entity,
    /// Which one.
    pub id: &'a str,
    /// The first day of which it is true, of a part of a person.
    pub from: Option<Day>,
    /// The last day.
    pub to: Option<Day>,
    /// What is so.
    pub value: &'a Value,
}

/// What a claim may name besides what the trail knows: the people of the same request, say.
pub type AlsoKnown<'a> = &'a dyn Fn(Entity, &str) -> bool;

/// The value of a claim as it is stored: every member there, in one order, so that what means the
/// same has the same bytes. Or all that is wrong with it.
pub fn checked(claim: Claim<'_>, trail: &Trail, also: AlsoKnown<'_>) -> Result<Value, Vec<Fault>> {
    let mut check = Check { claim, trail, also, faults: Vec::new() };
    let value = check.all();
    if check.faults.is_empty() { Ok(value) } else { Err(check.faults) }
}

/// The days of a row, given as texts; what is wrong when they are none or in the wrong order.
pub(super) fn parse_days(
    from: Option<&str>,
    to: Option<&str>,
) -> Result<(Option<Day>, Option<Day>), String> {
    let day = |text: Option<&str>| text.map(str::parse::<Day>).transpose();
    let from = day(from).map_err(|error| error.to_string())?;
    let to = day(to).map_err(|error| error.to_string())?;
    match (from, to) {
        (Some(from), Some(to)) if to < from => {
            Err(format!("ends on {to}, before it starts on {from}"))
        }
        days => Ok(days),
    }
}

struct Check<'a> {
    claim: Claim<'a>,
    trail: &'a Trail,
    also: AlsoKnown<'a>,
    faults: Vec<Fault>,
}

impl Check<'_> {
    fn fault(&mut self, pointer: impl Into<String>, problem: impl Into<String>) {
        self.faults.push(Fault { pointer: pointer.into(), problem: problem.into() });
    }

    fn knows(&self, entity: Entity, id: &str) -> bool {
        self.trail.knows(entity, id) || (self.also)(entity, id)
    }

    fn all(&mut self) -> Value {
        self.texts();
        self.id();
        let value = match self.claim.entity {
            Entity::Person => self.typed(Self::person),
            Entity::Identity => self.typed(Self::identity),
            Entity::Employment => self.typed(Self::employment),
            Entity::Access => self.typed(Self::access),
            Entity::Role => self.typed(Self::role),
            Entity::AcceptedVersion => self.typed(Self::accepted_version),
            Entity::ForeignCourse => self.typed(Self::foreign_course),
            Entity::Requirement => self.requirement(),
            Entity::Policy => self.typed(Self::policy),
            Entity::Exception => self.typed(Self::exception),
            Entity::AwarenessActivity => self.typed(Self::awareness),
            Entity::EffectivenessCount => self.typed(Self::effectiveness),
            Entity::PhishingResult => self.typed(Self::phishing),
            Entity::ManagementReview => self.typed(Self::review),
            Entity::IdpUser => self.typed(Self::idp_user),
            Entity::AuditPolicy => self.typed(Self::audit_policy),
            Entity::Framework | Entity::Control | Entity::ControlRelation => self.edit(),
            Entity::Course | Entity::CourseVersion | Entity::TrustedAuthority | Entity::FeedRun => {
                return self.claim.value.clone();
            }
        };
        if self.claim.entity.is_of_person() {
            self.days();
        }
        value
    }

    /// Bounds on every text and list, so that no value is larger than people write.
    fn texts(&mut self) {
        let mut waiting = vec![(String::new(), self.claim.value)];
        while let Some((pointer, value)) = waiting.pop() {
            match value {
                Value::String(text) if text.chars().count() > TEXT_CHARS_MAX => {
                    self.fault(pointer, format!("has more than {TEXT_CHARS_MAX} characters"));
                }
                Value::Array(items) if items.len() > LIST_ITEMS_MAX => {
                    self.fault(pointer, format!("has more than {LIST_ITEMS_MAX} items"));
                }
                Value::Array(items) => {
                    let places = items.iter().enumerate();
                    waiting.extend(places.map(|(at, item)| (format!("{pointer}/{at}"), item)));
                }
                Value::Object(members) => waiting.extend(
                    members.iter().map(|(name, item)| (format!("{pointer}/{}", token(name)), item)),
                ),
                _ => {}
            }
        }
    }

    fn id(&mut self) {
        let (entity, id) = (self.claim.entity, self.claim.id);
        if entity.is_of_catalogue() {
            return;
        }
        let is_plain = |text: &str| {
            text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~:@/".contains(&byte))
        };
        if id.is_empty() || id.len() > ID_CHARS_MAX || !is_plain(id) {
            let allowed = "letters, digits and - . _ ~ : @";
            self.fault("/id", format!("must be 1 to {ID_CHARS_MAX} characters of {allowed}"));
        } else if entity == Entity::Person && id.contains(['@', '/']) {
            self.fault(
                "/id",
                "must be opaque: a person's id is never an address, and has no / or @",
            );
        } else if matches!(entity, Entity::Requirement | Entity::Exception | Entity::ForeignCourse)
            && id.contains('/')
        {
            self.fault("/id", "must not have a /");
        }
    }

    fn days(&mut self) {
        let Claim { entity, from, to, .. } = self.claim;
        let (first, last) =
            if entity == Entity::Identity { ("/from", "/to") } else { ("/start", "/end") };
        if entity != Entity::Identity && from.is_none() {
            self.fault(first, "is missing: the first day");
        }
        self.ordered(last, from, to);
    }

    fn ordered(&mut self, pointer: &str, from: Option<Day>, to: Option<Day>) {
        if let (Some(from), Some(to)) = (from, to)
            && to < from
        {
            self.fault(pointer, format!("is {to}, before the first day, {from}"));
        }
    }

    fn present(&mut self, pointer: &str, text: &str) {
        if text.trim().is_empty() {
            self.fault(pointer, "must not be empty");
        }
    }

    /// Reads the value as what it should be, and gives it back whole.
    fn typed<T: DeserializeOwned + Serialize>(&mut self, sense: impl Fn(&mut Self, &T)) -> Value {
        let given = self.claim.value;
        let said: T = match serde_path_to_error::deserialize(given) {
            Ok(said) => said,
            Err(error) => {
                let pointer = pointer_of(error.path());
                self.fault(pointer, error.into_inner().to_string());
                return Value::Null;
            }
        };
        let whole = serde_json::to_value(&said).unwrap_or_default();
        self.unknown("", given, &whole);
        sense(self, &said);
        whole
    }

    /// Members that mean nothing: mostly misspelt ones.
    fn unknown(&mut self, pointer: &str, given: &Value, whole: &Value) {
        match (given, whole) {
            (Value::Object(given), Value::Object(whole)) => {
                for (name, value) in given {
                    let place = format!("{pointer}/{}", token(name));
                    match whole.get(name) {
                        Some(known) => self.unknown(&place, value, known),
                        None => self.fault(place, "is not a member that is known here"),
                    }
                }
            }
            (Value::Array(given), Value::Array(whole)) => {
                for (at, (given, whole)) in given.iter().zip(whole).enumerate() {
                    self.unknown(&format!("{pointer}/{at}"), given, whole);
                }
            }
            _ => {}
        }
    }

    fn person(&mut self, said: &PersonValue) {
        self.present("/name", &said.name);
        let Some(manager) = &said.manager else { return };
        if manager.as_str() == self.claim.id {
            self.fault("/manager", "is the person");
        } else if !self.knows(Entity::Person, manager.as_str()) {
            self.fault("/manager", format!("no person {manager} is known"));
        }
    }

    /// A part belongs to a person who is known, and is named below that person.
    fn part_of(&mut self, person: &str) {
        if !self.knows(Entity::Person, person) {
            self.fault("/person", format!("no person {person} is known"));
        }
        let below = self.claim.id.strip_prefix(person).is_some_and(|rest| rest.starts_with('/'));
        if !below {
            self.fault("/id", format!("must begin with {person}/"));
        }
    }

    fn identity(&mut self, said: &IdentityValue) {
        self.part_of(said.person.as_str());
        self.present("/value", &said.value);
        if let Some(problem) = identity_fault(said.kind, &said.value) {
            self.fault("/value", problem);
        }
    }

    fn employment(&mut self, said: &EmploymentValue) {
        self.part_of(said.person.as_str());
        self.present("/type", &said.kind);
    }

    fn access(&mut self, said: &AccessValue) {
        self.part_of(said.person.as_str());
        self.present("/scope", &said.scope);
    }

    fn role(&mut self, said: &RoleValue) {
        self.part_of(said.person.as_str());
        self.present("/role", &said.role);
    }

    fn plausible(&mut self, pointer: &str, seconds: Option<f64>) {
        if seconds.is_some_and(|seconds| !seconds.is_finite() || seconds < 0.0) {
            self.fault(pointer, "must be a number of seconds that is not negative");
        }
    }

    fn accepted_version(&mut self, said: &AcceptedVersion) {
        if !self.knows(Entity::CourseVersion, self.claim.id) {
            let problem = format!("no version {} of a course is known", self.claim.id);
            self.fault("/id", problem);
        }
        self.ordered("/accepted_until", said.accepted_from, said.accepted_until);
        self.plausible("/min_plausible_seconds", said.min_plausible_seconds);
    }

    fn foreign_course(&mut self, said: &ForeignCourse) {
        self.present("/title", &said.title);
        if self.trail.has_known(Entity::Course, self.claim.id) {
            self.fault("/id", "is the id of a course of ours");
        }
        if said.versions.is_empty() {
            self.fault("/versions", "must have one version at least");
        }
        let mut names = BTreeSet::new();
        let mut activities = BTreeSet::new();
        for (at, version) in said.versions.iter().enumerate() {
            let place = |member: &str| format!("/versions/{at}/{member}");
            self.present(&place("version"), &version.version);
            if !names.insert(&version.version) {
                self.fault(place("version"), "is there twice");
            }
            if !version.activity.contains(':') {
                self.fault(place("activity"), "must be the IRI of an xAPI activity");
            } else if !activities.insert(&version.activity) {
                self.fault(place("activity"), "is there twice");
            }
            self.ordered(&place("accepted_until"), version.accepted_from, version.accepted_until);
            self.plausible(&place("min_plausible_seconds"), version.min_plausible_seconds);
        }
    }

    /// The rules are read by themselves, so that an error has its place.
    fn requirement(&mut self) -> Value {
        const ABOUT: [&str; 2] = ["policy_version", "rationale"];
        let given = self.claim.value;
        let Value::Object(members) = given else {
            self.fault("", "must be an object");
            return Value::Null;
        };
        let mut rules = members.clone();
        rules.retain(|name, _| !ABOUT.contains(&name.as_str()));
        let rules = Value::Object(rules);
        if let Err(error) = serde_path_to_error::deserialize::<_, crate::world::Requirement>(&rules)
        {
            self.fault(pointer_of(error.path()), error.into_inner().to_string());
            return Value::Null;
        }
        self.typed(Self::requirement_sense)
    }

    fn requirement_sense(&mut self, said: &RequirementValue) {
        let rules = &said.rules;
        if rules.id.as_str() != self.claim.id {
            self.fault("/id", format!("must be {}", self.claim.id));
        }
        self.present("/title", &rules.title);
        self.requirement_courses(said);
        if rules.min_score.is_some_and(|score| !(-1.0..=1.0).contains(&score)) {
            self.fault("/min_score", "must be a scaled score, from -1 to 1");
        }
        if rules.effective_from.is_none() {
            self.fault(
                "/effective_from",
                "is missing: the first day on which it makes anybody owe",
            );
        }
        self.ordered("/effective_to", rules.effective_from, rules.effective_to);
        self.ordered("/due_date", rules.effective_from, rules.due_date);
        if rules.recurrence == Some(Span::default()) {
            self.fault("/recurrence", "must be longer than nothing; null is once");
        }
        if rules.renewal_opens.is_some() && rules.anchor != Anchor::Due {
            self.fault(
                "/renewal_opens",
                "is for renewals that are counted from the deadline: anchor due",
            );
        }
        if rules.grades.is_empty() {
            self.fault("/grades", "must name one grade at least, else nothing meets it");
        }
        let filters = [
            ("types", &rules.audience.types),
            ("roles", &rules.audience.roles),
            ("scopes", &rules.audience.scopes),
        ];
        for (name, filter) in filters {
            if matches!(filter, Filter::Of(values) if values.is_empty()) {
                self.fault(
                    format!("/audience/{name}"),
                    "is empty: nobody is meant; \"any\" is everyone",
                );
            }
        }
        self.controls(&rules.controls);
        if let Some(policy) = &said.policy_version
            && !self.knows(Entity::Policy, policy)
        {
            self.fault("/policy_version", format!("no policy {policy} is known (as ID@VERSION)"));
        }
    }

    fn requirement_courses(&mut self, said: &RequirementValue) {
        let rules = &said.rules;
        if rules.courses.is_empty() {
            self.fault("/courses", "must name one course at least");
        }
        let mut seen = BTreeSet::new();
        for (at, course) in rules.courses.iter().enumerate() {
            if !seen.insert(course) {
                self.fault(format!("/courses/{at}"), "is there twice");
            } else if !self.knows_course(course) {
                self.fault(format!("/courses/{at}"), format!("no course {course} is known"));
            }
        }
        for (at, retrain) in rules.retrain.iter().enumerate() {
            let place = |member: &str| format!("/retrain/{at}/{member}");
            if !rules.courses.contains(&retrain.course) {
                self.fault(place("course"), "is no course of this requirement");
            } else if !self.knows_version(&retrain.course, &retrain.min_version) {
                let problem =
                    format!("no version {} of {} is known", retrain.min_version, retrain.course);
                self.fault(place("min_version"), problem);
            }
        }
    }

    fn knows_course(&self, course: &str) -> bool {
        self.knows(Entity::Course, course) || self.knows(Entity::ForeignCourse, course)
    }

    fn knows_version(&self, course: &str, version: &str) -> bool {
        if self.knows(Entity::CourseVersion, &format!("{course}/{version}")) {
            return true;
        }
        let foreign = self.trail.now(Entity::ForeignCourse, course);
        let foreign = foreign.and_then(|asserted| asserted.read::<ForeignCourse>().ok());
        foreign.is_some_and(|course| course.versions.iter().any(|one| one.version == version))
    }

    fn controls(&mut self, controls: &[String]) {
        for (at, control) in controls.iter().enumerate() {
            let has_form =
                control.split_once(':').is_some_and(|(key, id)| !key.is_empty() && !id.is_empty());
            if !has_form {
                self.fault(
                    format!("/controls/{at}"),
                    "must be FRAMEWORK:CONTROL, such as SOC2:CC1.4",
                );
            }
        }
    }

    fn digest(&mut self, pointer: &str, digest: Option<&String>) {
        let is_digest =
            |text: &str| text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        if digest.is_some_and(|digest| !is_digest(digest)) {
            self.fault(pointer, "must be a SHA-256 in 64 hexadecimal digits");
        }
    }

    fn policy(&mut self, said: &Policy) {
        for (pointer, text) in
            [("/title", &said.title), ("/version", &said.version), ("/owner", &said.owner)]
        {
            self.present(pointer, text);
        }
        if self.claim.id.rsplit_once('@').map(|(_, version)| version) != Some(&*said.version) {
            self.fault("/id", format!("must be ID@{}: it ends with the version", said.version));
        }
        self.ordered("/review_due", Some(said.effective_on), said.review_due);
        self.digest("/text_sha256", said.text_sha256.as_ref());
        self.controls(&said.controls);
        for (at, sign_off) in said.sign_offs.iter().enumerate() {
            self.present(&format!("/sign_offs/{at}/by"), &sign_off.by);
        }
    }

    fn exception(&mut self, said: &ExceptionValue) {
        if !self.knows(Entity::Person, said.person.as_str()) {
            self.fault("/person", format!("no person {} is known", said.person));
        }
        if !self.knows(Entity::Requirement, said.requirement.as_str()) {
            self.fault("/requirement", format!("no requirement {} is known", said.requirement));
        }
        self.ordered("/to", Some(said.from), said.to);
        match (said.kind, said.extended_due) {
            (ExceptionKind::Leave, None) => {
                self.fault("/extended_due", "is missing: the new deadline of a leave");
            }
            (ExceptionKind::Leave, Some(due)) => {
                self.ordered("/extended_due", Some(said.from), Some(due));
            }
            (ExceptionKind::Exempt, Some(_)) => {
                self.fault("/extended_due", "is for a leave; an exemption has no deadline");
            }
            (ExceptionKind::Exempt, None) => {}
        }
        self.present("/reason", &said.reason);
        self.present("/approved_by", &said.approved_by);
        if said.approved_by == said.person.as_str() {
            self.fault("/approved_by", "is the person whom it is for");
        }
    }

    fn awareness(&mut self, said: &AwarenessActivity) {
        self.present("/title", &said.title);
        self.present("/kind", &said.kind);
        self.digest("/content_sha256", said.content_sha256.as_ref());
        self.controls(&said.controls);
    }

    fn effectiveness(&mut self, said: &EffectivenessCount) {
        self.present("/series", &said.series);
        self.present("/source", &said.source);
        let id = format!("{}@{}", said.series, said.date);
        if self.claim.id != id {
            self.fault("/id", format!("must be {id}: the series and the day"));
        }
        if said.counts.is_empty() {
            self.fault("/counts", "must have one count at least");
        }
        let Some(&delivered) = said.counts.get("delivered") else { return };
        for (name, &count) in &said.counts {
            if count > delivered && ["clicked", "reported", "opened"].contains(&name.as_str()) {
                let place = format!("/counts/{name}");
                self.fault(place, format!("is {count}, more than the {delivered} delivered"));
            }
        }
    }

    fn phishing(&mut self, said: &PhishingResult) {
        self.present("/campaign", &said.campaign);
        if let Some(problem) = identity_fault(IdentityKind::Mbox, &said.recipient) {
            self.fault("/recipient", problem);
        }
    }

    fn review(&mut self, said: &ReviewValue) {
        let quarter = said.quarter.split_once("-Q");
        let first_day = quarter.and_then(|(year, number)| {
            let month = match number {
                "1" => "01",
                "2" => "04",
                "3" => "07",
                "4" => "10",
                _ => return None,
            };
            format!("{year}-{month}-01").parse::<Day>().ok()
        });
        match first_day {
            None => self.fault("/quarter", "must be a quarter such as 2025-Q1"),
            Some(first) if said.reviewed_on < first => {
                self.fault("/reviewed_on", "is before the quarter begins");
            }
            Some(_) => {}
        }
        if said.quarter != self.claim.id {
            self.fault("/id", format!("must be {}: the quarter", said.quarter));
        }
        self.present("/by", &said.by);
        self.digest("/report_sha256", said.report_sha256.as_ref());
    }

    fn idp_user(&mut self, said: &IdpUser) {
        self.present("/id", &said.id);
    }

    /// A change to the shipped catalogue is checked by the catalogue.
    fn edit(&mut self) -> Value {
        let Claim { entity, id, value, .. } = self.claim;
        if let Err(error) = Edit::parse(entity.as_str(), id, Some(value)) {
            let pointer = match error {
                EditError::Key(_)
                | EditError::Framework(_)
                | EditError::Pair(_)
                | EditError::Itself(_) => "/id",
                EditError::NoTitle => "/title",
                EditError::Entity(_) | EditError::Value(_) => "",
            };
            self.fault(pointer, error.to_string());
        }
        value.clone()
    }

    fn audit_policy(&mut self, _: &AuditPolicy) {
        if self.claim.id != AUDIT_POLICY_ID {
            self.fault("/id", format!("must be {AUDIT_POLICY_ID}"));
        }
    }
}

/// What is wrong with a name of this kind.
fn identity_fault(kind: IdentityKind, value: &str) -> Option<&'static str> {
    match kind {
        IdentityKind::Mbox => {
            let address = value.strip_prefix("mailto:").unwrap_or(value);
            let is_address = address.split_once('@').is_some_and(|(user, host)| {
                !user.is_empty() && !host.is_empty() && !host.contains('@')
            });
            let is_one = is_address && !address.contains(|c: char| c.is_whitespace() || c == ',');
            (!is_one).then_some("must be a mail address")
        }
        IdentityKind::Account => {
            let is_account = value
                .split_once('|')
                .is_some_and(|(page, name)| page.contains(':') && !name.is_empty());
            (!is_account).then_some("must be an account as HOMEPAGE|NAME")
        }
        IdentityKind::IdpSubject | IdentityKind::EmployeeNo | IdentityKind::Pseudonym => None,
    }
}

/// A member's name in a JSON pointer (RFC 6901).
fn token(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

fn pointer_of(path: &serde_path_to_error::Path) -> String {
    use serde_path_to_error::Segment;
    let segments = path.iter().map(|segment| match segment {
        Segment::Seq { index } => format!("/{index}"),
        Segment::Map { key } => format!("/{}", token(key)),
        Segment::Enum { variant } => format!("/{variant}"),
        Segment::Unknown => String::new(),
    });
    segments.collect()
}
