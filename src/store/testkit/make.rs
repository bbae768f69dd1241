//! Makes things to store.

use crate::{
    Append, Call, Course, Defined, EventOp, FactAbout, Facts, LaunchMode, LookupKey, NewEvent,
    NewFact, NewLaunch, NewRegistration, NewStatement, ObjectFact, Organization, PublishedVersion,
    RUNTIME_AUTHORITY, Store, Write,
};
use domain::{
    CourseId, CourseVersion, CredentialId, Entropy, EvidenceVerb, OrganizationId, RegistrationId,
    SeededEntropy, SessionId, Sha256Digest, StatementId, Timestamp,
};
use std::time::Duration;
use xapi::{Statement, Version};

/// The statement with the fact that goes with what else it says.
pub(super) fn with_fact(mut new: NewStatement) -> NewStatement {
    let about = match (&new.facts.object, new.facts.voids) {
        (_, Some(target)) => Some(FactAbout::Statement(target)),
        (ObjectFact::Activity(iri), None) => Some(FactAbout::Activity(iri.clone())),
        _ => None,
    };
    new.fact = EvidenceVerb::of(&new.facts.verb).zip(about).map(|(verb, about)| NewFact {
        verb,
        about,
        is_group: false,
        registration: new.facts.registration,
        scaled: new.facts.score.and_then(|score| score.scaled),
        duration: new.facts.duration.map(|length| format!("PT{}S", length.as_secs())),
        waiver_reason: None,
        timestamp: new.facts.timestamp.as_ref().and_then(|time| time.parse().ok()),
    });
    new
}

/// Makes ids and values from a seed.
#[derive(Debug)]
pub struct Maker {
    entropy: SeededEntropy,
    /// The instant of what is made.
    pub now: Timestamp,
}

/// A course with its first version and a registration.
#[derive(Debug, Clone)]
pub struct Enrolment {
    /// The course.
    pub course: CourseId,
    /// The registration.
    pub registration: RegistrationId,
    /// The version's activity id.
    pub activity: String,
}

impl Maker {
    /// A maker for `seed`.
    pub const fn new(seed: u64, now: Timestamp) -> Self {
        Self { entropy: SeededEntropy::new(seed), now }
    }

    /// A number below `end`.
    pub fn below(&self, end: usize) -> usize {
        let mut bytes = [0; 4];
        self.entropy.fill(&mut bytes);
        u32::from_le_bytes(bytes) as usize % end
    }

    /// True once in `times`.
    pub fn once_in(&self, times: usize) -> bool {
        self.below(times) == 0
    }

    /// A statement id.
    pub fn statement_id(&self) -> StatementId {
        StatementId::generate(self.now, &self.entropy)
    }

    /// A session id.
    pub fn session_id(&self) -> SessionId {
        SessionId::generate(self.now, &self.entropy)
    }

    /// A digest of nothing in particular.
    pub fn digest(&self) -> Sha256Digest {
        let mut bytes = [0; 32];
        self.entropy.fill(&mut bytes);
        Sha256Digest::new(bytes)
    }

    /// A new organization, stored.
    pub async fn organization(&self, store: &dyn Store) -> OrganizationId {
        let id = OrganizationId::generate(self.now, &self.entropy);
        let organization = Organization {
            id,
            name: format!("organization {id}"),
            activity_base: "https://own.example/x/".to_owned(),
            created_at: self.now,
        };
        store.create_organization(&organization).await.unwrap();
        id
    }

    /// A statement by `who` about `what`, which has a fact when an audit knows the verb.
    pub fn statement(&self, who: &str, verb: &str, what: &str) -> NewStatement {
        let id = self.statement_id();
        let new = NewStatement {
            id,
            pieces: vec![format!(r#"{{"id":"{id}","stored":""#).into_bytes(), br#""}"#.to_vec()],
            digest: Sha256Digest::of(id.to_string().as_bytes()),
            actor: who.to_owned(),
            facts: Facts {
                verb: verb.to_owned(),
                object: ObjectFact::Activity(what.to_owned()),
                registration: None,
                timestamp: Some(self.now.to_string()),
                success: None,
                completion: None,
                score: None,
                duration: None,
                voids: None,
                target: None,
                authority: CredentialId::parse("ak_test").unwrap(),
                attempt: None,
                attachments: Vec::new(),
            },
            agents: vec![
                LookupKey { text: who.to_owned(), direct: true },
                LookupKey { text: "account:https://own.example|ak_test".to_owned(), direct: false },
            ],
            activities: vec![LookupKey { text: what.to_owned(), direct: true }],
            defined: None,
            fact: None,
            claim: None,
            attachments: Vec::new(),
        };
        with_fact(new)
    }

    /// A whole statement by the agent with the mail address `who` about `what`, with what an audit
    /// asks of it; `rest` stands behind the object and begins with a comma. Its `timestamp` is the
    /// time of storing.
    pub fn outcome(&self, who: &str, verb: EvidenceVerb, what: &str, rest: &str) -> NewStatement {
        let mut new = self.statement(&format!("mbox:{who}"), verb.iri(), what);
        let head = format!(
            r#"{{"id":"{}","actor":{{"mbox":"mailto:{who}"}},"verb":{{"id":"{}"}},"object":{{"id":"{what}"}}{rest},"timestamp":""#,
            new.id,
            verb.iri(),
        );
        new.pieces = vec![head.into_bytes(), br#"","stored":""#.to_vec(), br#""}"#.to_vec()];
        let statement = Statement::parse(&new.body(self.now), Version::V1_0).unwrap();
        new.facts.timestamp = None;
        new.facts.registration = statement.registration().map(RegistrationId::new);
        new.fact = NewFact::of(&statement).map(|said| NewFact { timestamp: None, ..said });
        new
    }

    /// A whole statement by the agent with the mail address `who`, called `name`, about `what`,
    /// which it defines as the JSON text `definition`.
    pub fn defining(&self, who: &str, name: &str, what: &str, definition: &str) -> NewStatement {
        let mut new = self.statement(&format!("mbox:{who}"), "https://v.example/did", what);
        let head = format!(
            r#"{{"id":"{}","actor":{{"mbox":"mailto:{who}","name":"{name}"}},"verb":{{"id":"https://v.example/did"}},"object":{{"id":"{what}","definition":{definition}}},"stored":""#,
            new.id,
        );
        new.pieces = vec![head.into_bytes(), br#""}"#.to_vec()];
        new.defined = Defined::read(&new.body(self.now));
        new
    }

    /// A statement about the statement `target`; one that voids it, if `voids`.
    pub fn reference(&self, who: &str, target: StatementId, voids: bool) -> NewStatement {
        let verb = if voids { "voided" } else { "commented" };
        let mut new = self.statement(who, &format!("http://adlnet.gov/expapi/verbs/{verb}"), "");
        new.activities.clear();
        new.facts.object = ObjectFact::Statement(target);
        new.facts.target = Some(target);
        new.facts.voids = voids.then_some(target);
        with_fact(new)
    }

    /// A statement of the run-time in a registration, a minute of work long.
    pub fn runtime(&self, registration: RegistrationId, verb: &str, what: &str) -> NewStatement {
        let verb = format!("http://adlnet.gov/expapi/verbs/{verb}");
        let mut new = self.statement("mbox:learner@example.com", &verb, what);
        new.facts.registration = Some(registration);
        new.facts.authority = CredentialId::parse(RUNTIME_AUTHORITY).unwrap();
        new.facts.duration = Some(Duration::from_mins(1));
        new.facts.attempt = Some(format!("{what}/attempts/1"));
        with_fact(new)
    }

    /// A reference event.
    pub fn event(&self, entity_id: &str) -> NewEvent {
        NewEvent {
            actor: "ann".to_owned(),
            reason: "a test".to_owned(),
            entity: "course".to_owned(),
            entity_id: entity_id.to_owned(),
            op: EventOp::Assert,
            valid_from: None,
            valid_to: Some("2030-12-31".to_owned()),
            value: r#"{"title":"T"}"#.to_owned(),
            source: "null".to_owned(),
            about: None,
        }
    }

    /// A version of a course.
    pub fn version(&self, course: CourseId, version: CourseVersion) -> PublishedVersion {
        PublishedVersion {
            course,
            version,
            title: "A course".to_owned(),
            package: self.digest(),
            package_bytes: 1_234,
            file_name: "course.zip".to_owned(),
            edition: "1.2".to_owned(),
            manifest: "{}".to_owned(),
            report: "[]".to_owned(),
            activity: format!("https://own.example/x/courses/{course}/{version}"),
            published_at: self.now,
            published_by: "ann".to_owned(),
            change_note: String::new(),
        }
    }

    /// A course with a version and a registration, in one unit.
    pub fn enrolment(&self, organization: OrganizationId) -> (Enrolment, Append) {
        let course = CourseId::generate(self.now, &self.entropy);
        let version = self.version(course, CourseVersion::FIRST);
        let activity = version.activity.clone();
        let registration = RegistrationId::generate(self.now, &self.entropy);
        let mut unit = Append::new(organization);
        unit.writes = vec![
            Write::CreateCourse(Course {
                id: course,
                title: "A course".to_owned(),
                created_at: self.now,
            }),
            Write::PublishVersion(version),
            Write::CreateRegistration(NewRegistration {
                id: registration,
                course,
                version: CourseVersion::FIRST,
                actor: "{}".to_owned(),
                actor_key: "mbox:learner@example.com".to_owned(),
                learner_id: "learner-1".to_owned(),
                learner_name: "Zoë Learner".to_owned(),
                created_at: self.now,
                state: "{}".to_owned(),
                test: false,
            }),
        ];
        (Enrolment { course, registration, activity }, unit)
    }

    /// A launch that is in force for an hour.
    pub fn launch(&self, registration: RegistrationId, mode: LaunchMode) -> NewLaunch {
        NewLaunch {
            hash: self.digest(),
            registration,
            mode,
            return_url: Some("https://lms.example/".to_owned()),
            language: None,
            settings: r#"{"from":{}}"#.to_owned(),
            expires_at: self.now.plus(Duration::from_hours(1)),
        }
    }

    /// An API call.
    pub fn call(&self, registration: RegistrationId, session: SessionId, number: u64) -> Call {
        Call {
            registration,
            session,
            delivery: 1,
            number,
            received_at: self.now,
            claimed_at: None,
            function: "LMSSetValue".to_owned(),
            arguments: r#"["cmi.core.lesson_status","passed"]"#.to_owned(),
            result: "true".to_owned(),
            error: 0,
            note: None,
            applied: true,
            outcome: None,
        }
    }
}
