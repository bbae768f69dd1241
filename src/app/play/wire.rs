//! What player and server say to each other; docs/runtime-protocol.md describes it.

use domain::{ItemId, RegistrationId, SessionId, Sha256Digest, StatementId, Timestamp};
use scorm::{
    manifest::Edition,
    sequencing::{Control, Request},
    settings::{Bounded, Settings, Window},
};
use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{self, SeqAccess, Visitor},
};
use serde_json::Value;
use std::{collections::BTreeMap, fmt};

/// Calls that one request may carry.
pub const CALLS_MAX: usize = 1_000;

/// What the player page starts from.
#[derive(Debug, Serialize)]
pub struct LaunchPage {
    /// This session.
    pub session: SessionId,
    /// The registration it plays.
    pub registration: RegistrationId,
    /// `normal`, `browse` or `review`.
    pub mode: LaunchMode,
    /// The course.
    pub course: CourseHead,
    /// Who learns.
    pub learner: LearnerHead,
    /// The activity tree in document order.
    pub activities: Vec<ActivityView>,
    /// Activities by the page that they open with, a path in the package. A page that several open
    /// with is left out.
    pub pages: BTreeMap<String, ItemId>,
    /// Number of the last navigation request that was carried out in this session.
    pub navigations: u32,
    /// What the player offers.
    pub navigation: NavigationView,
    /// How the browser keeps what could not be sent.
    pub journal: JournalKey,
    /// How often the player shows that it is alive.
    pub heartbeat_seconds: u64,
    /// How long changed values may wait before they are sent.
    pub flush_milliseconds: u64,
    /// The window in which content plays; null for the frame of the page.
    pub window: Option<WindowView>,
    /// Whether the course is tried out: then the live API log and the inspector are beside it.
    pub test: bool,
    /// Where the learner goes afterwards.
    pub return_url: Option<String>,
    /// What the learner has still to sign of an earlier visit.
    pub attestation: Option<AttestationView>,
}

/// The window of its own in which content plays.
#[derive(Debug, Serialize)]
pub struct WindowView {
    /// CSS pixels; null leaves it to the browser.
    pub width: Option<u32>,
    /// CSS pixels; null leaves it to the browser.
    pub height: Option<u32>,
}

impl WindowView {
    /// The window that the settings want, if they want one.
    pub(crate) fn of(settings: &Settings) -> Option<Self> {
        (settings.window == Window::New).then(|| Self {
            width: settings.window_width.value().map(Bounded::number),
            height: settings.window_height.value().map(Bounded::number),
        })
    }
}

/// The course as the player's bar shows it.
#[derive(Debug, Serialize)]
pub struct CourseHead {
    /// Its title.
    pub title: String,
    /// Which version.
    pub version: u32,
    /// Which data model.
    pub edition: Edition,
    /// The language of the player's texts.
    pub language: String,
}

/// The learner as the player's bar shows them.
#[derive(Debug, Serialize)]
pub struct LearnerHead {
    /// Their name; empty when the launch gave none.
    pub name: String,
}

/// One activity in the contents.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ActivityView {
    /// Its identifier.
    pub id: ItemId,
    /// Its title.
    pub title: String,
    /// How deep below the organization, from 0; 0 for itself.
    pub level: usize,
    /// What it is.
    pub kind: ActivityKind,
    /// How far the learner is.
    pub status: StatusView,
}

/// What an activity is to the player.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ActivityKind {
    /// Groups others and cannot be opened.
    Cluster,
    /// Opens and talks to the API.
    Sco,
    /// Opens and does not.
    Asset,
}

/// Completion, success and scaled score of the course or an activity.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StatusView {
    /// `completed`, `incomplete` or `unknown`.
    pub completion: &'static str,
    /// `passed`, `failed` or `unknown`.
    pub success: &'static str,
    /// −1 to 1, when known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub score: Option<f64>,
}

/// The key of the browser's journal.
#[derive(Debug, Serialize)]
pub struct JournalKey {
    /// 32 bytes in base64; the same for all sessions of a registration.
    pub key: String,
}

/// Why a course is launched (SCORM `cmi.mode`).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LaunchMode {
    /// To learn; results are kept.
    #[default]
    Normal,
    /// To look at it; no results.
    Browse,
    /// To look back at it; no results.
    Review,
}

impl LaunchMode {
    /// The word of the wire and the store.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Normal => "normal",
            Self::Browse => "browse",
            Self::Review => "review",
        }
    }

    /// As the store keeps it.
    pub(crate) const fn to_store(self) -> store::LaunchMode {
        match self {
            Self::Normal => store::LaunchMode::Normal,
            Self::Browse => store::LaunchMode::Browse,
            Self::Review => store::LaunchMode::Review,
        }
    }

    /// From what the store keeps.
    pub(crate) const fn from_store(mode: store::LaunchMode) -> Self {
        match mode {
            store::LaunchMode::Normal => Self::Normal,
            store::LaunchMode::Browse => Self::Browse,
            store::LaunchMode::Review => Self::Review,
        }
    }
}

/// What the player offers now.
#[derive(Debug, Clone, Serialize)]
pub struct NavigationView {
    /// Its controls.
    pub controls: ControlsView,
    /// The contents in the learner's order; the organization comes first, and is visible where the
    /// course can be chosen as a whole.
    pub contents: Vec<ContentsView>,
}

/// The player's controls, named by the navigation requests that they make.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ControlsView {
    /// To what comes next.
    #[serde(rename = "continue")]
    pub forward: Control,
    /// To what came before.
    pub previous: Control,
    /// Ends the attempt on the activity.
    pub exit: Control,
    /// Ends the attempt on the course.
    pub exit_all: Control,
    /// Leaves the activity without its results.
    pub abandon: Control,
    /// Leaves the course without the results of the activity.
    pub abandon_all: Control,
    /// Leaves the course to go on with it later.
    pub suspend_all: Control,
}

/// One line of the contents.
#[derive(Debug, Clone, Serialize)]
pub struct ContentsView {
    /// The activity.
    pub id: ItemId,
    /// Whether the learner sees it.
    pub visible: bool,
    /// Whether it is what the learner is in, or holds that.
    pub current: bool,
    /// Why it cannot be chosen; absent when it can.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refused: Option<String>,
}

/// `navigate`: the learner, or the content, wants to go somewhere.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NavigateRequest {
    /// One more than that of the last navigation request that the page knows of.
    pub number: u32,
    /// Where to.
    pub request: Wish,
}

/// What a page asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wish {
    /// One of the player's own words.
    Player(PlayerWish),
    /// A navigation request of the learner.
    Request(Request),
    /// To an activity past all rules; in tests alone.
    Force(ItemId),
}

/// What no learner asks for by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlayerWish {
    /// Goes on where the learner left off, else starts.
    Open,
    /// What the content asked for when it terminated.
    Content,
}

/// The word of a wish that only who tries a course out has.
const FORCE: &str = "force";

impl Serialize for Wish {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Player(PlayerWish::Open) => serializer.serialize_str("open"),
            Self::Player(PlayerWish::Content) => serializer.serialize_str("content"),
            Self::Request(request) => request.serialize(serializer),
            Self::Force(item) => serializer.collect_map([(FORCE, item)]),
        }
    }
}

impl<'de> Deserialize<'de> for Wish {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        const EXPECTED: &str = "request is \"open\", \"content\", \"continue\", \"previous\", \
             {\"choice\": item}, {\"jump\": item}, \"exit\", \"exitAll\", \"abandon\", \
             \"abandonAll\" or \"suspendAll\"";
        let value = Value::deserialize(deserializer)?;
        if let Some(item) = value.get(FORCE).and_then(Value::as_str) {
            return Ok(Self::Force(ItemId::new(item)));
        }
        Ok(match value.as_str() {
            Some("open") => Self::Player(PlayerWish::Open),
            Some("content") => Self::Player(PlayerWish::Content),
            _ => {
                Self::Request(Request::deserialize(value).map_err(|_| de::Error::custom(EXPECTED))?)
            }
        })
    }
}

/// Answer to `navigate`.
#[derive(Debug, Serialize)]
pub struct NavigateAnswer {
    /// Number of the last navigation request that was carried out.
    pub number: u32,
    /// What happened, as a sentence for authors.
    pub sentence: String,
    /// Why the request was not carried out, or not to its end.
    pub refused: Option<RefusedView>,
    /// Whether the learner has left the course.
    pub ended: bool,
    /// What the frame shall show.
    pub delivered: Option<Delivered>,
    /// What the player offers now.
    pub navigation: NavigationView,
    /// The course now.
    pub course: StatusView,
    /// Every activity now.
    pub activities: serde_json::Map<String, Value>,
    /// Which rule of which activity decided what, in order.
    pub trace: Vec<String>,
}

/// Why a request was refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefusedView {
    /// The exception of the specification, such as `SB.2.9-4`.
    pub code: String,
    /// As a clause.
    pub text: String,
}

/// What the frame shall show.
#[derive(Debug, Serialize)]
pub struct Delivered {
    /// Number of this delivery in its session, from 1.
    pub delivery: u32,
    /// The activity delivered.
    pub activity: ItemId,
    /// SCO or asset.
    pub kind: ActivityKind,
    /// Address of the frame, relative to the content origin or absolute.
    pub launch: String,
    /// The run-time data that the API answers from; null for an asset.
    pub data: Value,
    /// Settings of the API: strictness and limits.
    pub settings: Value,
}

/// One call of the API as the browser saw it: `[n, function, arguments, result, error, millis]`,
/// and `"inspector"` behind that when an author made it there.
#[derive(Debug, Clone, PartialEq)]
pub struct BrowserCall {
    /// From 1 in each delivery, without gaps.
    pub number: u64,
    /// The function as content called it, `LMSSetValue` or `SetValue`.
    pub function: String,
    /// Its arguments.
    pub arguments: Vec<String>,
    /// What the browser's API returned.
    pub result: String,
    /// The error code that stood afterwards.
    pub error: String,
    /// The browser's clock, milliseconds since 1970.
    pub claimed_millis: i64,
    /// The author made it in the inspector, and not the content.
    pub by_inspector: bool,
}

impl<'de> Deserialize<'de> for BrowserCall {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let CallRow { call: (number, function, arguments, result, error, millis), by_inspector } =
            deserializer.deserialize_seq(RowVisitor)?;
        if number == 0 {
            return Err(de::Error::custom("calls are numbered from 1"));
        }
        if !millis.is_finite() || millis.abs() > 9e15 {
            return Err(de::Error::custom("the time of a call is milliseconds since 1970"));
        }
        #[expect(clippy::cast_possible_truncation, reason = "within ±9e15, checked above")]
        let claimed_millis = millis as i64;
        Ok(Self { number, function, arguments, result, error, claimed_millis, by_inspector })
    }
}

/// A call as its row is read.
struct CallRow {
    call: (u64, String, Vec<String>, String, String, f64),
    by_inspector: bool,
}

struct RowVisitor;

impl<'de> Visitor<'de> for RowVisitor {
    type Value = CallRow;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[number, function, arguments, result, error, milliseconds]")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut row: A) -> Result<CallRow, A::Error> {
        const BY: &str = "inspector";
        let call = (
            cell(&mut row, 0)?,
            cell(&mut row, 1)?,
            cell(&mut row, 2)?,
            cell(&mut row, 3)?,
            cell(&mut row, 4)?,
            cell(&mut row, 5)?,
        );
        match row.next_element::<String>()? {
            Some(by) if by != BY => Err(de::Error::custom(format!("calls are made by {BY:?}"))),
            by => Ok(CallRow { call, by_inspector: by.is_some() }),
        }
    }
}

fn cell<'de, T: Deserialize<'de>, A: SeqAccess<'de>>(
    row: &mut A,
    at: usize,
) -> Result<T, A::Error> {
    row.next_element()?.ok_or_else(|| de::Error::invalid_length(at, &RowVisitor))
}

/// `calls`: what the content did since the last request.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CallsRequest {
    /// The delivery they belong to.
    pub delivery: u32,
    /// In order.
    pub calls: Vec<BrowserCall>,
    /// The content is gone from the frame.
    #[serde(default)]
    pub closing: bool,
    /// Whether the content waits for `adl.nav.request_valid`.
    #[serde(default)]
    pub validity: bool,
}

/// Answer to `calls`, after the commit.
#[derive(Debug, Serialize)]
pub struct CallsAnswer {
    /// Number of the last call that the server has.
    pub applied: u64,
    /// Whether the calls count; else they came after newer work, and are in the API log alone.
    pub counted: bool,
    /// The course now.
    pub course: StatusView,
    /// The activity that is shown now, and every other when one has changed.
    pub activities: serde_json::Map<String, Value>,
    /// What the player offers now, when that or a status has changed.
    pub navigation: Option<NavigationView>,
    /// What the content asked for when it terminated.
    pub asked: Option<Request>,
    /// Which requests would be carried out, when the content waits to know.
    pub validity: Option<ValidityView>,
}

/// `adl.nav.request_valid`.
#[derive(Debug, Serialize)]
pub struct ValidityView {
    /// `continue`.
    #[serde(rename = "continue")]
    pub forward: Option<bool>,
    /// `previous`.
    pub previous: Option<bool>,
    /// `choice` by item.
    pub choice: BTreeMap<String, bool>,
    /// `jump` by item.
    pub jump: BTreeMap<String, bool>,
}

/// `replay`: calls of an earlier session that never arrived.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReplayRequest {
    /// The session they were made in.
    pub session: SessionId,
    /// Its delivery.
    pub delivery: u32,
    /// In order.
    pub calls: Vec<BrowserCall>,
}

/// Answer to `replay`.
#[derive(Debug, Serialize)]
pub struct ReplayAnswer {
    /// What became of them.
    pub outcome: ReplayOutcome,
    /// Number of the last call that the server has of that delivery.
    pub applied: u64,
}

/// What became of replayed calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ReplayOutcome {
    /// They are in the attempt.
    Applied,
    /// Something newer had written to the attempt: they are in the API log alone.
    Logged,
    /// No such session of this registration.
    Unknown,
}

/// `relaunch`: whoever tries a course out begins another session.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RelaunchRequest {
    /// What becomes of this one, and how the next one begins.
    pub how: Relaunch,
}

/// How whoever tries a course out begins another session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Relaunch {
    /// The window was closed; the learner comes back.
    Resume,
    /// The window was lost with what it had not sent yet; the learner comes back.
    Lost,
    /// A new registration of the same version, as if the course had never been opened.
    Restart,
}

/// Answer to `relaunch`.
#[derive(Debug, Serialize)]
pub struct RelaunchAnswer {
    /// Path of the launch link.
    pub launch: String,
}

/// Answer to `exit`.
#[derive(Debug, Serialize)]
pub struct ExitAnswer {
    /// Where the learner goes now.
    pub redirect: Option<String>,
    /// What the learner is to sign before that.
    pub attestation: Option<AttestationView>,
}

/// What a learner is asked to sign.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AttestationView {
    /// Which version of the course.
    pub version: u32,
    /// The text in pieces between which the learner's name goes as they type it.
    pub text: Vec<String>,
    /// SHA-256 by which the request says what was shown.
    pub text_sha256: Sha256Digest,
}

/// The learner signs.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AttestRequest {
    /// The name as it was typed.
    pub name: String,
    /// Whether the box was ticked.
    pub consent: bool,
    /// As [`AttestationView`] had it.
    pub version: u32,
    /// As [`AttestationView`] had it.
    pub text_sha256: Sha256Digest,
}

/// What is signed now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AttestAnswer {
    /// The statement that says so.
    pub statement: StatementId,
    /// When it was signed.
    pub signed_at: Timestamp,
    /// By whom, as typed.
    pub name: String,
    /// The exact text.
    pub text: String,
    /// Whether it was signed before, which stays as it was.
    pub already: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_is_read_from_its_row() {
        let row = r#"[1,"SetValue",["cmi.exit","suspend"],"true","0",1763710000000]"#;
        let call: BrowserCall = serde_json::from_str(row).unwrap();
        assert_eq!((call.number, call.arguments.len()), (1, 2));
        assert_eq!(call.claimed_millis, 1_763_710_000_000);
    }

    #[test]
    fn a_wish_is_a_word_of_the_player_or_a_navigation_request() {
        let read = |text: &str| serde_json::from_str::<Wish>(text);
        assert_eq!(read(r#""open""#).unwrap(), Wish::Player(PlayerWish::Open));
        assert_eq!(read(r#""exitAll""#).unwrap(), Wish::Request(Request::ExitAll));
        let choice = Wish::Request(Request::Choice(ItemId::new("one")));
        assert_eq!(read(r#"{"choice": "one"}"#).unwrap(), choice);
        let forced = Wish::Force(ItemId::new("one"));
        assert_eq!(read(r#"{"force": "one"}"#).unwrap(), forced);
        assert_eq!(serde_json::to_string(&forced).unwrap(), r#"{"force":"one"}"#);
        for wrong in [r#""forward""#, "null", r#"{"choice": 1}"#, r#"{"open": true}"#] {
            let error = read(wrong).unwrap_err().to_string();
            assert!(error.contains("\"suspendAll\""), "{wrong}: {error}");
        }
    }

    #[test]
    fn a_call_of_the_inspector_says_so() {
        let row = r#"[2,"SetValue",["cmi.exit","suspend"],"true","0",1,"inspector"]"#;
        assert!(serde_json::from_str::<BrowserCall>(row).unwrap().by_inspector);
    }

    #[test]
    fn rows_that_are_no_calls_are_refused() {
        for row in [
            r#"[1,"Commit",[""],"true","0",1,"somebody"]"#,
            r#"[1,"Commit",[""],"true","0",1,"inspector",2]"#,
            r#"[0,"Commit",[""],"true","0",1]"#,
            r#"[1,"Commit","","true","0",1]"#,
            r#"[1,"Commit",[""],"true","0",1e300]"#,
            r#"[1,"Commit",[""],"true","0"]"#,
        ] {
            assert!(serde_json::from_str::<BrowserCall>(row).is_err(), "{row}");
        }
    }
}
