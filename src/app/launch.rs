//! Launches: a learner gets a link that works once.

use crate::{
    App, AppError, Caller, Origin,
    course_settings::{parse_choices, read_in_force},
    courses::PlayableCourse,
    learner::learner_name,
    play::{state::RegistrationState, wire::LaunchMode},
    secret::{Token, hash_of},
};
use domain::{
    CourseId, CourseVersion, OrganizationId, RegistrationId, Role, Scope, SessionId, Timestamp,
};
use scorm::{settings::Closed, tree::Adjustments};
use serde::Deserialize;
use serde_json::{Map, Value, value::RawValue};
use std::time::Duration;
use store::{
    Append, AppendError, NewLaunch, NewRegistration, NewSession, NewestRegistration, Registration,
    Write,
};
use xapi::{Actor, ActorKind, AgentId, ValidationError};

/// How long a link waits for its learner.
pub(crate) const LAUNCH_LASTS: Duration = Duration::from_mins(15);

/// Tries before a registration that others keep making is given up.
const TRIES_MAX: usize = 8;

/// What an LMS asks for (`POST /api/v1/launches`).
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LaunchRequest {
    /// The learner: an identified xAPI agent.
    pub actor: Box<RawValue>,
    /// The course.
    pub course: String,
    /// Its version. When absent: that of the registration, of the open one that goes on, or the newest.
    pub version: Option<u32>,
    /// The registration to go on with; made when there is none with this id.
    pub registration: Option<String>,
    /// Begin a new registration even if the learner has one that goes on.
    #[serde(default)]
    pub new_registration: bool,
    /// Try the course out: a registration that leaves no statement and counts nowhere.
    #[serde(default)]
    pub test: bool,
    /// What for.
    #[serde(default)]
    pub mode: LaunchMode,
    /// Where the learner goes afterwards.
    pub return_url: Option<String>,
    /// Where the registration's status is sent to whenever it changes, from now on.
    pub result_url: Option<String>,
    /// Language of the player's texts, BCP 47.
    pub language: Option<String>,
    /// What this launch decides itself of how the course plays.
    #[serde(default)]
    pub settings: Map<String, Value>,
}

/// A link for a learner.
#[derive(Debug)]
pub struct CreatedLaunch {
    /// The secret in the link.
    pub token: Token,
    /// What it will play.
    pub registration: RegistrationId,
    /// The course.
    pub course: CourseId,
    /// Its version.
    pub version: CourseVersion,
    /// Whether it tries the course out.
    pub test: bool,
    /// Until when the link works.
    pub expires_at: Timestamp,
}

/// A launch is refused.
#[derive(Debug, thiserror::Error)]
pub enum LaunchError {
    /// The actor is no xAPI agent.
    #[error("actor: {0}")]
    Actor(ValidationError),
    /// The link was used, has expired or never was.
    #[error("launch link cannot be used any more")]
    Used,
    /// The course is not open now.
    #[error("course is not open now")]
    Closed(Closed),
    /// It could not be done.
    #[error(transparent)]
    App(#[from] AppError),
}

/// What a launch will play.
struct Chosen {
    registration: RegistrationId,
    version: CourseVersion,
    test: bool,
}

/// The learner of a launch, checked.
struct Learner {
    json: String,
    agent: AgentId,
    name: String,
}

impl App {
    /// Makes a launch link.
    pub async fn create_launch(
        &self,
        caller: &Caller,
        request: &LaunchRequest,
    ) -> Result<CreatedLaunch, LaunchError> {
        caller.require(Scope::Launches, &[Role::Author, Role::ComplianceLead])?;
        let learner = parse_learner(request.actor.get())?;
        check_links(request)?;
        let course = parse_id(&request.course, "/course")?;
        let chosen = parse_choices(&request.settings)?;
        if let Some(url) = &request.result_url {
            self.settings.result_hosts.check(url)?;
        }
        for _ in 0..TRIES_MAX {
            let mut append = Append::new(caller.organization);
            let registration =
                self.registration_for(caller.organization, request, course, &learner, &mut append);
            let Chosen { registration, version, test } = registration.await?;
            let settings =
                self.settings_in_force(caller.organization, course, version, &chosen).await?;
            // A test has no results to tell.
            if let Some(url) = request.result_url.clone().filter(|_| !test) {
                append.writes.push(Write::SendResults { registration, url });
            }
            let token = Token::generate(&*self.entropy);
            let expires_at = self.clock.now().plus(LAUNCH_LASTS);
            append.writes.push(Write::CreateLaunch(NewLaunch {
                hash: token.hash(),
                registration,
                mode: request.mode.to_store(),
                return_url: request.return_url.clone(),
                language: request.language.clone(),
                settings: serde_json::to_string(&settings).expect("settings are plain data"),
                expires_at,
            }));
            match self.store.append(append).await {
                Ok(_) => {
                    let created =
                        CreatedLaunch { token, registration, course, version, test, expires_at };
                    return Ok(created);
                }
                // Another launch has just made the registration that this one names.
                Err(AppendError::Stale) => {}
                Err(other) => return Err(AppError::from(other).into()),
            }
        }
        Err(AppError::Contended.into())
    }

    /// The registration that the launch plays; a new one is added to `append`.
    async fn registration_for(
        &self,
        organization: OrganizationId,
        request: &LaunchRequest,
        course: CourseId,
        learner: &Learner,
        append: &mut Append,
    ) -> Result<Chosen, AppError> {
        let named = request.registration.as_deref();
        let named: Option<RegistrationId> =
            named.map(|text| parse_id(text, "/registration")).transpose()?;
        let known = match named {
            Some(id) => self.store.registration(organization, id).await?,
            None => None,
        };
        if let Some(known) = known {
            return matching(&known, request, course, learner);
        }
        let wanted = request.version.map(|number| {
            CourseVersion::new(number)
                .ok_or_else(|| AppError::invalid("/version", "versions count from 1"))
        });
        let wanted = wanted.transpose()?;
        let (key, test) = (learner.agent.to_string(), request.test);
        if named.is_none() && !request.new_registration {
            // Whichever version it is on, if none is named: a new one throws nobody back.
            let newest = self.store.registration_of(organization, &key, course, wanted, test);
            let newest = newest.await?;
            let seen = newest.as_ref().map(|newest| newest.fixed.id);
            if let Some(newest) = newest {
                let version = newest.fixed.version;
                let playable =
                    self.playable(organization, (course, version), Adjustments::default()).await?;
                if request.mode != LaunchMode::Normal || is_open(&newest, &playable)? {
                    return Ok(Chosen { registration: newest.fixed.id, version, test });
                }
            }
            append.newest = Some(NewestRegistration {
                actor_key: key.clone(),
                course,
                version: wanted,
                test,
                registration: seen,
            });
        }
        let version = match wanted {
            Some(version) => version,
            None => self.latest_version(organization, course).await?,
        };
        let playable =
            self.playable(organization, (course, version), Adjustments::default()).await?;
        let now = self.clock.now();
        let id = named.unwrap_or_else(|| RegistrationId::new(self.entropy.uuid_v4()));
        append.writes.push(Write::CreateRegistration(NewRegistration {
            id,
            course,
            version: playable.version.version,
            learner_id: self.learner_id(organization, &learner.agent),
            learner_name: learner.name.clone(),
            actor: learner.json.clone(),
            actor_key: key,
            created_at: now,
            state: "{}".to_owned(),
            test,
        }));
        Ok(Chosen { registration: id, version, test })
    }

    /// A launch link for the console's own user, to try the course out: the API log and the
    /// inspector are beside it, and no statement is made.
    pub async fn create_test_launch(
        &self,
        caller: &Caller,
        course: CourseId,
        version: CourseVersion,
        mode: LaunchMode,
        new_registration: bool,
    ) -> Result<CreatedLaunch, LaunchError> {
        let Origin::User { email, .. } = &caller.origin else {
            return Err(AppError::invalid("caller", "only console users test courses").into());
        };
        let organization = self.organization(caller.organization).await?;
        let actor = serde_json::json!({
            "objectType": "Agent",
            "name": email,
            "account": { "homePage": test_home_page(&organization), "name": email },
        });
        let request = LaunchRequest {
            actor: serde_json::value::to_raw_value(&actor).expect("an agent is plain data"),
            course: course.to_string(),
            version: Some(version.number()),
            registration: None,
            new_registration,
            test: true,
            mode,
            return_url: None,
            result_url: None,
            language: None,
            settings: Map::new(),
        };
        self.create_launch(caller, &request).await
    }

    /// A launch link to look back at what a learner did, as they would see it; nothing of it is
    /// recorded but the API log.
    pub async fn create_review_launch(
        &self,
        caller: &Caller,
        registration: RegistrationId,
    ) -> Result<CreatedLaunch, LaunchError> {
        caller.require(Scope::Launches, &[Role::Author, Role::ComplianceLead])?;
        let found = self.store.registration(caller.organization, registration).await;
        let fixed = found.map_err(AppError::from)?.ok_or(AppError::NotFound("registration"))?.fixed;
        let actor = serde_json::from_str(&fixed.actor).map_err(AppError::unreadable("actor"))?;
        let request = LaunchRequest {
            actor,
            course: fixed.course.to_string(),
            version: None,
            registration: Some(registration.to_string()),
            new_registration: false,
            test: fixed.test,
            mode: LaunchMode::Review,
            return_url: None,
            result_url: None,
            language: None,
            settings: Map::new(),
        };
        self.create_launch(caller, &request).await
    }

    /// Exchanges a link for a session, once; the session's token.
    pub async fn exchange_launch(&self, token: &str) -> Result<Token, LaunchError> {
        let session = Token::generate(&*self.entropy);
        let now = self.clock.now();
        let launch = self.store.launch(&hash_of(token), now).await.map_err(AppError::from)?;
        let launch = launch.ok_or(LaunchError::Used)?;
        let is_learners = launch.launch.mode == store::LaunchMode::Normal;
        let closed = read_in_force(&launch.launch.settings)?.settings.closed(now);
        if let Some(closed) = closed.filter(|_| is_learners)
            && !self.is_test(&launch).await?
        {
            return Err(LaunchError::Closed(closed));
        }
        let new = NewSession {
            id: SessionId::generate(now, &*self.entropy),
            hash: session.hash(),
            state: "{}".to_owned(),
        };
        let begun = self.store.exchange_launch(&hash_of(token), &new, now).await;
        begun.map_err(AppError::from)?.ok_or(LaunchError::Used)?;
        Ok(session)
    }

    /// Whether a launch tries the course out, which its opening times do not bind.
    async fn is_test(&self, launch: &store::Launch) -> Result<bool, AppError> {
        let id = launch.launch.registration;
        let registration = self.store.registration(launch.organization, id).await?;
        Ok(registration.is_some_and(|registration| registration.fixed.test))
    }
}

/// Accounts of this home page are console users who test courses.
fn test_home_page(organization: &store::Organization) -> String {
    format!("{}/console", organization.activity_base)
}

/// Whether a registration goes on: one whose course was completed and left is over, and a renewal
/// is a registration of its own. Looking back at it is something else.
fn is_open(known: &Registration, course: &PlayableCourse) -> Result<bool, AppError> {
    let state = RegistrationState::parse(&known.fixed.state)?;
    Ok(!course.tree.is_over(&state.tree))
}

fn matching(
    known: &Registration,
    request: &LaunchRequest,
    course: CourseId,
    learner: &Learner,
) -> Result<Chosen, AppError> {
    let fixed = &known.fixed;
    let differs = |what: &str| AppError::invalid("/registration", format!("is of another {what}"));
    if fixed.actor_key != learner.agent.to_string() {
        return Err(differs("learner"));
    }
    if fixed.course != course {
        return Err(differs("course"));
    }
    if request.version.is_some_and(|version| version != fixed.version.number()) {
        return Err(differs("version of the course"));
    }
    if request.test && !fixed.test {
        return Err(AppError::invalid("/registration", "is a learner's own, and no test"));
    }
    Ok(Chosen { registration: fixed.id, version: fixed.version, test: fixed.test })
}

fn parse_learner(json: &str) -> Result<Learner, LaunchError> {
    let actor = Actor::parse(json.as_bytes()).map_err(LaunchError::Actor)?;
    let name = learner_name(&actor);
    match (actor.kind, actor.id) {
        (ActorKind::Agent, Some(agent)) => Ok(Learner { json: json.to_owned(), agent, name }),
        _ => Err(AppError::invalid("/actor", "must be an agent, not a group").into()),
    }
}

fn check_links(request: &LaunchRequest) -> Result<(), AppError> {
    let is_web = |url: &str| url.starts_with("https://") || url.starts_with("http://");
    if let Some(url) = &request.return_url
        && !(is_web(url) && xapi::text::is_iri(url))
    {
        return Err(AppError::invalid("/return_url", "must be an absolute http or https URL"));
    }
    if let Some(language) = &request.language
        && !xapi::text::is_language_tag(language)
    {
        return Err(AppError::invalid("/language", "must be a BCP 47 language tag"));
    }
    Ok(())
}

fn parse_id<T: std::str::FromStr>(text: &str, field: &str) -> Result<T, AppError>
where
    T::Err: std::fmt::Display,
{
    text.parse().map_err(|error: T::Err| AppError::invalid(field, error.to_string()))
}
