//! How courses play: what the levels decide, kept as reference events, and what is in force.

use crate::{App, AppError, Caller};
use domain::{CourseId, CourseVersion, OrganizationId, Role, Scope, Timestamp};
use scorm::settings::{ChoiceError, Choices, InForce, Level};
use serde_json::{Map, Value, json};
use store::{Append, EventOp, NewEvent};

/// What settings are called in the reference trail.
const ENTITY: &str = "course_settings";
/// Who may look at them.
const READERS: [Role; 3] = [Role::Author, Role::ComplianceLead, Role::Auditor];

/// What a decision is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SettingsOf {
    /// All courses of the organization.
    Organization,
    /// All versions of a course.
    Course(CourseId),
    /// One version of a course.
    Version(CourseId, CourseVersion),
}

impl SettingsOf {
    /// Which level decides it.
    pub const fn level(self) -> Level {
        match self {
            Self::Organization => Level::Organization,
            Self::Course(_) => Level::Course,
            Self::Version(..) => Level::Version,
        }
    }

    fn entity_id(self) -> String {
        match self {
            Self::Organization => "organization".to_owned(),
            Self::Course(course) => course.to_string(),
            Self::Version(course, version) => format!("{course}/{version}"),
        }
    }

    /// This and what it inherits from, the most general first.
    fn line(self) -> Vec<Self> {
        let mut line = vec![Self::Organization];
        match self {
            Self::Organization => {}
            Self::Course(course) => line.push(Self::Course(course)),
            Self::Version(course, version) => {
                line.extend([Self::Course(course), Self::Version(course, version)]);
            }
        }
        line
    }
}

/// What one level decides, and when it was decided last.
#[derive(Debug, Clone)]
struct Decision {
    level: Level,
    choices: Choices,
    made: Option<DecisionMade>,
}

/// When and why a level decided last.
#[derive(Debug, Clone)]
pub struct DecisionMade {
    /// When.
    pub at: Timestamp,
    /// Who.
    pub by: String,
    /// Why, in their words.
    pub reason: String,
}

/// The settings of a level with all that they come from.
#[derive(Debug)]
pub struct SettingsView {
    /// What they are about.
    pub of: SettingsOf,
    /// What holds there.
    pub in_force: InForce,
    /// What would hold if the level decided nothing.
    pub inherited: InForce,
    /// What the level decides itself.
    pub chosen: Choices,
    /// When that was decided; `None` when it never was.
    pub decided: Option<DecisionMade>,
}

impl App {
    /// The settings of a level.
    pub async fn course_settings(
        &self,
        caller: &Caller,
        of: SettingsOf,
    ) -> Result<SettingsView, AppError> {
        caller.require_read(Scope::Packages, &READERS)?;
        self.require_known(caller.organization, of).await?;
        let mut decisions = self.decisions(caller.organization, of).await?;
        let in_force = inherit(&decisions);
        let own = decisions.pop().ok_or(AppError::NotFound("level of settings"))?;
        Ok(SettingsView {
            of,
            in_force,
            inherited: inherit(&decisions),
            chosen: own.choices,
            decided: own.made,
        })
    }

    /// Decides what `chosen` names on a level, and nothing else there: what it leaves out or names
    /// with `null` is inherited from now on. Launches from now on play by it.
    pub async fn decide_course_settings(
        &self,
        caller: &Caller,
        of: SettingsOf,
        chosen: &Map<String, Value>,
        reason: &str,
    ) -> Result<(), AppError> {
        match of {
            SettingsOf::Organization => caller.require(Scope::All, &[])?,
            SettingsOf::Course(_) | SettingsOf::Version(..) => {
                caller.require(Scope::Packages, &[Role::Author])?;
            }
        }
        self.require_known(caller.organization, of).await?;
        let choices = parse_choices(chosen)?;
        let reason = reason.trim();
        if reason.is_empty() {
            return Err(AppError::invalid("/reason", "says why, and must not be empty"));
        }
        let mut append = Append::new(caller.organization);
        append.events.push(NewEvent {
            actor: caller.name(),
            reason: reason.to_owned(),
            entity: ENTITY.to_owned(),
            entity_id: of.entity_id(),
            op: EventOp::Assert,
            valid_from: None,
            valid_to: None,
            value: json!({ "level": of.level(), "settings": choices }).to_string(),
            source: "null".to_owned(),
            about: None,
        });
        self.store.append(append).await?;
        Ok(())
    }

    /// What holds for a version, and for a launch of it that decides something itself.
    pub(crate) async fn settings_in_force(
        &self,
        organization: OrganizationId,
        course: CourseId,
        version: CourseVersion,
        launch: &Choices,
    ) -> Result<InForce, AppError> {
        let of = SettingsOf::Version(course, version);
        let mut decisions = self.decisions(organization, of).await?;
        decisions.push(Decision { level: Level::Launch, choices: launch.clone(), made: None });
        Ok(inherit(&decisions))
    }

    /// What the levels down to one decide, the most general first.
    async fn decisions(
        &self,
        organization: OrganizationId,
        of: SettingsOf,
    ) -> Result<Vec<Decision>, AppError> {
        let mut decisions = Vec::new();
        for of in of.line() {
            let last = self.store.latest_event(organization, ENTITY, &of.entity_id()).await?;
            let mut decision =
                Decision { level: of.level(), choices: Choices::default(), made: None };
            if let Some(last) = last {
                decision.choices = read_choices(&last.event.value)?;
                decision.made = Some(DecisionMade {
                    at: last.recorded_at,
                    by: last.event.actor,
                    reason: last.event.reason,
                });
            }
            decisions.push(decision);
        }
        Ok(decisions)
    }

    async fn require_known(
        &self,
        organization: OrganizationId,
        of: SettingsOf,
    ) -> Result<(), AppError> {
        match of {
            SettingsOf::Organization => {}
            SettingsOf::Course(course) => {
                let known = self.store.course(organization, course).await?;
                known.ok_or(AppError::NotFound("course"))?;
            }
            SettingsOf::Version(course, version) => {
                let known = self.store.version(organization, course, version).await?;
                known.ok_or(AppError::NotFound("course version"))?;
            }
        }
        Ok(())
    }
}

fn inherit(decisions: &[Decision]) -> InForce {
    InForce::inherit(decisions.iter().map(|one| (one.level, &one.choices)))
}

/// What a request decides.
pub(crate) fn parse_choices(said: &Map<String, Value>) -> Result<Choices, AppError> {
    Choices::parse(said).map_err(AppError::Choices)
}

/// What an event says that was decided.
fn read_choices(value: &str) -> Result<Choices, AppError> {
    #[derive(serde::Deserialize)]
    struct Said {
        settings: Choices,
    }
    let said: Said = serde_json::from_str(value).map_err(AppError::unreadable("settings"))?;
    Ok(said.settings)
}

/// What a launch or session keeps of the settings in force.
pub(crate) fn read_in_force(json: &str) -> Result<InForce, AppError> {
    serde_json::from_str(json).map_err(AppError::unreadable("settings"))
}

/// Choices that cannot be made, each with what is wrong, in a line.
pub(crate) fn told(errors: &[ChoiceError]) -> String {
    let each: Vec<String> = errors.iter().map(ToString::to_string).collect();
    each.join("; ")
}
