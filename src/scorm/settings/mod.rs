//! What an organization may decide about how its courses play. Decisions are inherited from the
//! organization to a course, to a version of it and to a launch; whatever no level decides is built
//! in, and each value in force knows which level it comes from.

mod about;
mod value;

pub use about::{ABOUT, About, Kind};
pub use value::{Bounded, NoneOr, TEMPLATE_CHARACTERS_MAX, Template};

use crate::runtime::Strictness;
use crate::tree::{Adjustments, Scorm12Rollup};
use domain::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// Where a value comes from, the most general level first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// Nobody decided: what Attestry does by itself.
    BuiltIn,
    /// The organization, for all its courses.
    Organization,
    /// The course, for all its versions.
    Course,
    /// The version of the course.
    Version,
    /// The launch, for one session.
    Launch,
}

impl Level {
    /// As people read it.
    pub const fn title(self) -> &'static str {
        match self {
            Self::BuiltIn => "built in",
            Self::Organization => "organization",
            Self::Course => "course",
            Self::Version => "version",
            Self::Launch => "launch",
        }
    }
}

/// What follows when content has ended its session and asked for nothing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Onward {
    /// Its last page stays, and the learner decides.
    #[default]
    Wait,
    /// The next part follows, where the course allows it.
    Continue,
    /// The course is left.
    Leave,
}

/// What follows when there is nothing to go on to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AtEnd {
    /// The last page stays, and the learner decides.
    #[default]
    Wait,
    /// The course is left.
    Leave,
}

/// What becomes of content that is gone without having ended its session.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CutOff {
    /// It goes on from there next time.
    #[default]
    Suspend,
    /// It counts as ended, with what it said so far.
    End,
}

/// Whether the learner sees the contents of the course.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Contents {
    /// As the course has them.
    #[default]
    Shown,
    /// Never.
    Hidden,
}

/// Where content plays.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Window {
    /// In a frame of the player's page.
    #[default]
    Frame,
    /// In a window of its own beside the player's page.
    New,
}

/// Who has the last word on success in SCORM 1.2, when there are a mastery score and a score.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The mastery score, as SCORM 1.2 RTE 3.4.4 has it.
    #[default]
    MasteryScore,
    /// The content, which still learns the mastery score.
    Content,
}

/// Whether learners are asked to sign that they have completed the course.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Attestation {
    /// They are not, unless something else requires it.
    #[default]
    Off,
    /// Once they have passed it, or completed it where nothing is passed.
    AfterPass,
}

macro_rules! settings {
    ($($(#[$doc:meta])* $name:ident: $kind:ty = $built_in:expr;)+) => {
        /// The values in force.
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
        #[serde(default)]
        pub struct Settings {
            $($(#[$doc])* pub $name: $kind,)+
        }

        impl Default for Settings {
            fn default() -> Self {
                Self { $($name: $built_in,)+ }
            }
        }

        /// What one level decides; the rest it inherits.
        #[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
        #[serde(default)]
        pub struct Choices {
            $($(#[$doc])*
            #[serde(skip_serializing_if = "Option::is_none")]
            pub $name: Option<$kind>,)+
        }

        impl Choices {
            fn choose(&mut self, name: &str, value: &Value) -> Chosen {
                match name {
                    $(stringify!($name) => match <$kind>::deserialize(value) {
                        Ok(value) => { self.$name = Some(value); Chosen::Fits }
                        Err(_) => Chosen::Misfits,
                    },)+
                    _ => Chosen::Unknown,
                }
            }
        }

        impl InForce {
            /// What a level has decided stands above what the levels before it had.
            fn decide(&mut self, level: Level, choices: &Choices) {
                $(if let Some(value) = &choices.$name {
                    self.settings.$name = value.clone();
                    self.from.insert(stringify!($name).to_owned(), level);
                })+
            }
        }

        #[cfg(test)]
        const NAMES: &[&str] = &[$(stringify!($name)),+];
    };
}

settings! {
    /// How strictly the run time judges values.
    strictness: Strictness = Strictness::Lenient;
    /// Score from 0 to 100 that passes, instead of the package's own.
    mastery_score: NoneOr<Bounded<0, 100>> = NoneOr::None;
    /// Who decides on success in SCORM 1.2.
    verdict: Verdict = Verdict::MasteryScore;
    /// How the status of a SCORM 1.2 course follows from its parts.
    rollup: Scorm12Rollup = Scorm12Rollup::EveryScoDone;
    /// How often each part may be begun anew in one registration.
    attempts_max: NoneOr<Bounded<1, 1_000>> = NoneOr::None;
    /// What follows a part that has ended, when another one comes next.
    after_part: Onward = Onward::Wait;
    /// What follows the last part.
    after_last: AtEnd = AtEnd::Wait;
    /// What follows a part that has suspended itself.
    after_suspend: AtEnd = AtEnd::Wait;
    /// What becomes of content that is gone without a word.
    cut_off: CutOff = CutOff::Suspend;
    /// Whether the learner sees the contents.
    contents: Contents = Contents::Shown;
    /// Where content plays.
    window: Window = Window::Frame;
    /// Width of that window in CSS pixels.
    window_width: NoneOr<Bounded<200, 10_000>> = NoneOr::None;
    /// Height of that window in CSS pixels.
    window_height: NoneOr<Bounded<200, 10_000>> = NoneOr::None;
    /// From when the course can be opened.
    opens_at: NoneOr<Timestamp> = NoneOr::None;
    /// Until when the course can be opened, this instant excluded.
    closes_at: NoneOr<Timestamp> = NoneOr::None;
    /// Whether learners sign that they have completed the course.
    attestation: Attestation = Attestation::Off;
    /// The text that they sign.
    attestation_text: NoneOr<Template> = NoneOr::None;
}

enum Chosen {
    Fits,
    Misfits,
    Unknown,
}

/// A choice that cannot be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{name} {fault}")]
pub struct ChoiceError {
    /// The setting.
    pub name: String,
    /// What is wrong with it, as what follows its name.
    pub fault: String,
}

impl Choices {
    /// Reads what a level decides: `null` inherits.
    ///
    /// # Errors
    /// All choices that cannot be made: unknown settings, and values that a setting does not take.
    pub fn parse(said: &Map<String, Value>) -> Result<Self, Vec<ChoiceError>> {
        let mut choices = Self::default();
        let mut errors = Vec::new();
        for (name, value) in said {
            let about = ABOUT.iter().find(|about| about.name == name);
            let fault = match (about, value) {
                (Some(_), Value::Null) => continue,
                (about, value) => match (choices.choose(name, value), about) {
                    (Chosen::Fits, _) => continue,
                    (Chosen::Misfits, Some(about)) => format!("must be {}", about.kind.expected()),
                    (Chosen::Misfits | Chosen::Unknown, _) => "is no setting".to_owned(),
                },
            };
            errors.push(ChoiceError { name: name.clone(), fault });
        }
        if errors.is_empty() { Ok(choices) } else { Err(errors) }
    }
}

/// The values in force, and which levels decided them.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct InForce {
    /// The values.
    pub settings: Settings,
    /// Who decided, by setting; what is absent is built in.
    pub from: BTreeMap<String, Level>,
}

impl InForce {
    /// What holds when each level, the most general first, has decided.
    pub fn inherit<'a>(levels: impl IntoIterator<Item = (Level, &'a Choices)>) -> Self {
        let mut inherited = Self::default();
        for (level, choices) in levels {
            inherited.decide(level, choices);
        }
        inherited
    }

    /// Every setting with its value and the level that it comes from, in the order of [`ABOUT`].
    pub fn each(&self) -> impl Iterator<Item = (&'static About, Value, Level)> {
        let values = serde_json::to_value(&self.settings).expect("settings are plain data");
        ABOUT.iter().map(move |about| {
            let level = self.from.get(about.name).copied().unwrap_or(Level::BuiltIn);
            (about, values[about.name].clone(), level)
        })
    }
}

impl Settings {
    /// What the settings change in the activity tree.
    pub fn adjustments(&self) -> Adjustments {
        Adjustments {
            mastery_score: self.mastery_score.value().map(Bounded::number),
            attempts_max: self.attempts_max.value().map(Bounded::number),
        }
    }

    /// Why the course cannot be opened at `now`.
    pub fn closed(&self, now: Timestamp) -> Option<Closed> {
        let until = self.opens_at.value().filter(|&opens| now < opens).map(Closed::Until);
        let since = self.closes_at.value().filter(|&closes| now >= closes).map(Closed::Since);
        until.or(since)
    }
}

/// Why a course cannot be opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Closed {
    /// It opens then.
    Until(Timestamp),
    /// It was closed then.
    Since(Timestamp),
}

#[cfg(test)]
mod tests;
