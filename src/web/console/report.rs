//! What a registration's page says of questions, objectives and launches.

use super::{
    session::Visitor,
    view::{percent, second},
};
use crate::{api, problem::Problem, when};
use actix_web::{
    HttpResponse,
    http::StatusCode,
    web::{Data, Path},
};
use app::{App, AttemptReport, SessionReport, play::wire::LaunchMode};
use domain::{RegistrationId, SessionId};
use scorm::settings::{About, Level};
use serde_json::Value;
use store::{Score, SessionEnd};

/// Parts named in a line.
const PARTS_NAMED: usize = 6;

/// A line of the questions.
pub(super) struct Question {
    pub(super) id: String,
    /// What was asked, or its name where the course does not say.
    pub(super) asked: String,
    pub(super) kind: String,
    pub(super) activity: String,
    pub(super) answer: String,
    pub(super) right: String,
    pub(super) mark: &'static str,
    pub(super) result: String,
    pub(super) took: String,
    pub(super) asked_at: String,
}

/// A line of the objectives.
pub(super) struct Objective {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) activity: String,
    pub(super) completion: &'static str,
    pub(super) success: &'static str,
    pub(super) score: String,
}

/// A line of the launches.
pub(super) struct Launch {
    pub(super) session: SessionId,
    pub(super) began_at: String,
    pub(super) lasted: String,
    pub(super) mode: &'static str,
    pub(super) ended: String,
    pub(super) parts: String,
    /// What was decided of how it plays.
    pub(super) settings: Vec<String>,
}

/// The lists of a registration as CSV.
pub(super) async fn csv(
    visitor: Visitor,
    address: Path<(RegistrationId, String)>,
    app: Data<App>,
) -> Result<HttpResponse, Problem> {
    let (id, list) = address.into_inner();
    let detail = app.registration(&visitor.caller, id).await?;
    match list.as_str() {
        "interactions" => Ok(api::interactions_csv(id, &detail.reports)),
        "objectives" => Ok(api::objectives_csv(id, &detail.reports)),
        "sessions" => Ok(api::sessions_csv(id, &detail.sessions)),
        _ => Err(Problem::new(StatusCode::NOT_FOUND, "not-found", "there is no such list")),
    }
}

/// The questions of all attempts.
pub(super) fn questions(reports: &[AttemptReport]) -> Vec<Question> {
    let all = reports.iter().flat_map(|of| of.interactions.iter().map(move |one| (of, one)));
    all.map(|(of, one)| {
        let kind = one.kind.as_deref().unwrap_or_default();
        let right: Vec<String> = one.correct_responses.iter().map(|one| answer(one)).collect();
        let (mark, result) = result(one.result.as_deref().unwrap_or_default());
        Question {
            id: one.id.clone(),
            asked: one.description.clone().unwrap_or_else(|| one.id.clone()),
            kind: kind.to_owned(),
            activity: place(reports, of),
            answer: one.learner_response.as_deref().map(answer).unwrap_or_default(),
            right: right.join(" or "),
            mark,
            result,
            took: one.latency.map(when::clock_duration).unwrap_or_default(),
            asked_at: one.timestamp.clone().unwrap_or_default(),
        }
    })
    .collect()
}

/// The objectives of all attempts.
pub(super) fn objectives(reports: &[AttemptReport]) -> Vec<Objective> {
    let all = reports.iter().flat_map(|of| of.objectives.iter().map(move |one| (of, one)));
    all.map(|(of, one)| Objective {
        id: one.id.clone(),
        name: one.description.clone().unwrap_or_else(|| one.id.clone()),
        activity: place(reports, of),
        completion: one.completion,
        success: one.success,
        score: one.score.map(score).unwrap_or_default(),
    })
    .collect()
}

/// The launches, newest first.
pub(super) fn launches(sessions: &[SessionReport]) -> Vec<Launch> {
    let launch = |one: &SessionReport| Launch {
        session: one.id,
        began_at: second(one.began_at),
        lasted: when::clock_duration(one.lasted()),
        mode: match one.mode {
            LaunchMode::Normal => "learn",
            LaunchMode::Browse => "browse, nothing recorded",
            LaunchMode::Review => "review, nothing recorded",
        },
        ended: ended(one),
        parts: parts(one),
        settings: settings(one),
    };
    sessions.iter().rev().map(launch).collect()
}

fn ended(one: &SessionReport) -> String {
    let Some((at, how)) = one.ended else { return "still open".to_owned() };
    let how = match how {
        SessionEnd::Exited => "left by the learner",
        SessionEnd::TimedOut => "fell silent, suspended",
        SessionEnd::Superseded => "opened again elsewhere",
    };
    format!("{how}, {}", second(at))
}

fn settings(one: &SessionReport) -> Vec<String> {
    let decided = one.settings.each().filter(|(.., from)| *from != Level::BuiltIn);
    let line = |(about, value, from): (&About, Value, Level)| {
        format!("{}: {} ({})", about.title, about.kind.meaning(&value), from.title())
    };
    decided.map(line).collect()
}

fn parts(one: &SessionReport) -> String {
    let shown = one.parts.iter().take(PARTS_NAMED);
    let names = shown.map(|(part, title)| if title.is_empty() { part.as_str() } else { title });
    let names = names.collect::<Vec<_>>().join(", ");
    match one.parts.len().saturating_sub(PARTS_NAMED) {
        0 => names,
        more => format!("{names} and {more} more"),
    }
}

/// Activity and, where there are several, attempt.
fn place(reports: &[AttemptReport], of: &AttemptReport) -> String {
    let is_one = reports.iter().filter(|other| other.activity == of.activity).count() == 1;
    let title = if of.title.is_empty() { of.activity.as_str() } else { &of.title };
    if is_one { title.to_owned() } else { format!("{title}, attempt {}", of.attempt) }
}

/// An answer as people read it, without the delimiters of SCORM 2004 (RTE 4.2.9.1).
fn answer(text: &str) -> String {
    let mut rest = text;
    // `{case_matters=true}`, `{lang=de}`: how it is compared, and in which language it is.
    while let Some((_, after)) = rest.strip_prefix('{').and_then(|inner| inner.split_once('}')) {
        rest = after;
    }
    rest.replace("[,]", ", ").replace("[.]", ": ").replace("[:]", " to ")
}

/// How a result is marked and said; both data models have words of their own.
fn result(result: &str) -> (&'static str, String) {
    match result {
        "correct" => ("good", "right".to_owned()),
        "incorrect" | "wrong" => ("bad", "wrong".to_owned()),
        other => ("", other.to_owned()),
    }
}

/// In percent, or as the course counts.
fn score(score: Score) -> String {
    match (score.scaled, score.raw, score.max) {
        (Some(scaled), ..) => percent(Some(scaled)),
        (None, Some(raw), Some(max)) => format!("{raw} of {max}"),
        (None, Some(raw), None) => raw.to_string(),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_read_without_the_delimiters_of_scorm() {
        for (said, read) in [
            ("a[,]b", "a, b"),
            ("1[.]x[,]2[.]y", "1: x, 2: y"),
            ("10[:]12", "10 to 12"),
            ("{case_matters=true}{lang=en}Ada", "Ada"),
            ("{", "{"),
        ] {
            assert_eq!(answer(said), read);
        }
    }

    #[test]
    fn a_score_is_told_in_percent_or_as_the_course_counts() {
        let all = Score { scaled: Some(0.5), raw: Some(5.0), max: Some(10.0), min: None };
        assert_eq!(score(all), "50 %");
        assert_eq!(score(Score { scaled: None, ..all }), "5 of 10");
        assert_eq!(score(Score { scaled: None, max: None, ..all }), "5");
    }
}
