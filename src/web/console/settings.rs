//! How courses play: what the organization, a course or a version decides, and what is inherited.

use super::{
    Frame, render_with, see_other,
    session::{Form, Visitor},
    view::Time,
};
use crate::{api::Whose, parameters::Parameters, problem::Problem};
use actix_web::{
    HttpResponse,
    http::StatusCode,
    web::{self, Data, ServiceConfig},
};
use app::{App, AppError, SettingsOf, SettingsView};
use askama::Template;
use domain::Role;
use scorm::settings::{About, Kind, Level};
use serde_json::{Map, Value, json};

/// What a choice is called that inherits, that decides for nothing, and that has a value of its own.
const INHERIT: &str = "";
const NONE: &str = "none";
const OWN: &str = "own";

/// The routes of settings.
pub(super) fn routes(config: &mut ServiceConfig) {
    for path in
        ["/settings", "/courses/{course}/settings", "/courses/{course}/versions/{version}/settings"]
    {
        let resource = web::resource(path);
        config.service(resource.route(web::get().to(show)).route(web::post().to(decide)));
    }
}

#[derive(Template)]
#[template(path = "settings.html")]
struct SettingsPage {
    frame: Frame,
    heading: String,
    /// Pages above this one, with their names.
    above: Vec<(String, String)>,
    address: String,
    saved: bool,
    faults: Vec<String>,
    may_decide: bool,
    decided: Option<DecidedView>,
    rows: Vec<Row>,
    reason: String,
}

struct DecidedView {
    at: Time,
    by: String,
    reason: String,
}

/// One setting.
struct Row {
    name: &'static str,
    title: &'static str,
    help: &'static str,
    /// What holds, in words, and where it comes from.
    value: String,
    from: &'static str,
    /// Whether it is decided here.
    is_own: bool,
    choices: Vec<Choice>,
    /// A field for a value of its own.
    field: Option<Field>,
}

struct Choice {
    value: &'static str,
    text: String,
    selected: bool,
}

struct Field {
    kind: &'static str,
    value: String,
    hint: String,
}

async fn show(
    visitor: Visitor,
    whose: Whose,
    parameters: Parameters,
    app: Data<App>,
) -> Result<HttpResponse, Problem> {
    let shown = Shown { saved: parameters.get("saved").is_some(), ..Shown::default() };
    page(&app, &visitor, whose.0, StatusCode::OK, shown).await
}

async fn decide(form: Form, whose: Whose, app: Data<App>) -> Result<HttpResponse, Problem> {
    let Form { visitor, fields } = form;
    let chosen = chosen(&fields);
    let reason = fields.raw("reason");
    match app.decide_course_settings(&visitor.caller, whose.0, &chosen, reason).await {
        Ok(()) => Ok(see_other(&format!("{}?saved=yes", address(whose.0)))),
        Err(error @ (AppError::Choices(_) | AppError::Invalid { .. })) => {
            let shown = Shown { faults: faults(&error), typed: Some(fields), saved: false };
            page(&app, &visitor, whose.0, StatusCode::BAD_REQUEST, shown).await
        }
        Err(other) => Err(other.into()),
    }
}

/// What the page shows besides the settings.
#[derive(Default)]
struct Shown {
    saved: bool,
    faults: Vec<String>,
    typed: Option<Parameters>,
}

fn faults(error: &AppError) -> Vec<String> {
    let title = |name: &str| {
        let about = scorm::settings::ABOUT.iter().find(|about| about.name == name);
        about.map_or_else(|| name.to_owned(), |about| about.title.to_owned())
    };
    match error {
        AppError::Choices(errors) => {
            errors.iter().map(|one| format!("{}: {}.", title(&one.name), one.fault)).collect()
        }
        _ => vec!["Say why: the reason is kept with the decision.".to_owned()],
    }
}

/// What a form decides, as the API takes it.
fn chosen(fields: &Parameters) -> Map<String, Value> {
    let mut chosen = Map::new();
    for about in &scorm::settings::ABOUT {
        let how = fields.raw(about.name);
        let typed = fields.raw(&field_name(about)).trim().to_owned();
        let value = match (how, about.kind) {
            (INHERIT, _) => continue,
            (OWN, Kind::Number { .. }) => {
                typed.parse::<u64>().map_or_else(|_| json!(typed), |number| json!(number))
            }
            (OWN, Kind::Instant { .. }) => json!(instant(&typed)),
            (OWN, Kind::Text { .. }) => json!(typed),
            (word, _) => json!(word),
        };
        chosen.insert(about.name.to_owned(), value);
    }
    chosen
}

fn field_name(about: &About) -> String {
    format!("{}.own", about.name)
}

/// Browsers leave out the seconds and the zone, which the page says is UTC.
fn instant(typed: &str) -> String {
    match typed.len() {
        16 => format!("{typed}:00Z"),
        19 => format!("{typed}Z"),
        _ => typed.to_owned(),
    }
}

async fn page(
    app: &App,
    visitor: &Visitor,
    of: SettingsOf,
    status: StatusCode,
    shown: Shown,
) -> Result<HttpResponse, Problem> {
    let view = app.course_settings(&visitor.caller, of).await?;
    let (heading, above) = place(app, visitor, of).await?;
    let typed = shown.typed.as_ref();
    let page = SettingsPage {
        frame: Frame::of(visitor, if above.is_empty() { "/settings" } else { "/courses" }),
        heading,
        above,
        address: address(of),
        saved: shown.saved,
        faults: shown.faults,
        may_decide: may_decide(visitor.user.role, of),
        rows: rows(&view, typed),
        decided: view.decided.map(|decided| DecidedView {
            at: Time::of(decided.at),
            by: decided.by,
            reason: decided.reason,
        }),
        reason: typed.map_or("", |typed| typed.raw("reason")).to_owned(),
    };
    Ok(render_with(status, &page))
}

fn may_decide(role: Role, of: SettingsOf) -> bool {
    role == Role::Admin || (role == Role::Author && of != SettingsOf::Organization)
}

fn address(of: SettingsOf) -> String {
    match of {
        SettingsOf::Organization => "/settings".to_owned(),
        SettingsOf::Course(course) => format!("/courses/{course}/settings"),
        SettingsOf::Version(course, version) => {
            format!("/courses/{course}/versions/{version}/settings")
        }
    }
}

/// The heading of a page, and the pages above it.
async fn place(
    app: &App,
    visitor: &Visitor,
    of: SettingsOf,
) -> Result<(String, Vec<(String, String)>), Problem> {
    let (course, version) = match of {
        SettingsOf::Organization => return Ok(("How all courses play".to_owned(), Vec::new())),
        SettingsOf::Course(course) => (course, None),
        SettingsOf::Version(course, version) => (course, Some(version)),
    };
    let title = app.course(&visitor.caller, course).await?.course.title;
    let courses = ("/courses".to_owned(), "Courses".to_owned());
    Ok(match version {
        None => {
            let above = vec![courses, (format!("/courses/{course}"), title.clone())];
            (format!("How “{title}” plays"), above)
        }
        Some(version) => {
            let page = format!("/courses/{course}/versions/{version}");
            let of_course =
                (format!("/courses/{course}/settings"), "How all versions play".to_owned());
            let above = vec![courses, (page, format!("{title}, version {version}")), of_course];
            (format!("How version {version} of “{title}” plays"), above)
        }
    })
}

fn rows(view: &SettingsView, typed: Option<&Parameters>) -> Vec<Row> {
    let own = json!(view.chosen);
    let inherited = view.inherited.each();
    let pairs = view.in_force.each().zip(inherited);
    pairs
        .map(|((about, value, from), (_, above, above_from))| {
            let own = own.get(about.name).cloned();
            let inherits = format!("As {}: {}", source(above_from), meaning(about, &above));
            Row {
                name: about.name,
                title: about.title,
                help: about.help,
                value: meaning(about, &value),
                from: from.title(),
                is_own: own.is_some(),
                choices: choices(about, inherits, &picked(about, own.as_ref(), typed)),
                field: field(about, own.as_ref(), typed),
            }
        })
        .collect()
}

const fn source(level: Level) -> &'static str {
    match level {
        Level::BuiltIn => "built in",
        Level::Organization => "the organization has it",
        Level::Course => "the course has it",
        Level::Version => "the version has it",
        Level::Launch => "the launch has it",
    }
}

fn meaning(about: &About, value: &Value) -> String {
    let meaning = about.kind.meaning(value);
    match (about.kind, value.as_str()) {
        (Kind::Instant { .. }, Some(instant)) if instant != NONE => {
            format!("{} UTC", instant.get(..16).unwrap_or(instant).replace('T', " "))
        }
        _ => meaning,
    }
}

/// Which choice is selected: as it was typed, else as it was decided.
fn picked(about: &About, own: Option<&Value>, typed: Option<&Parameters>) -> String {
    if let Some(typed) = typed {
        return typed.raw(about.name).to_owned();
    }
    match (own, about.kind) {
        (None, _) => INHERIT.to_owned(),
        (Some(value), Kind::Words(_)) => value.as_str().unwrap_or_default().to_owned(),
        (Some(value), _) if value == NONE => NONE.to_owned(),
        (Some(_), _) => OWN.to_owned(),
    }
}

fn choices(about: &About, inherits: String, picked: &str) -> Vec<Choice> {
    let mut offered = vec![(INHERIT, inherits)];
    match about.kind {
        Kind::Words(words) => {
            offered.extend(words.iter().map(|(word, text)| (*word, capital(text))));
        }
        Kind::Number { none, .. } => {
            offered.extend([(NONE, capital(none)), (OWN, "This number:".to_owned())]);
        }
        Kind::Instant { none } => {
            offered.extend([(NONE, capital(none)), (OWN, "This time (UTC):".to_owned())]);
        }
        Kind::Text { none, .. } => {
            offered.extend([(NONE, capital(none)), (OWN, "This text:".to_owned())]);
        }
    }
    let choice = |(value, text)| Choice { value, text, selected: value == picked };
    offered.into_iter().map(choice).collect()
}

fn capital(text: &str) -> String {
    let mut rest = text.chars();
    rest.next().map(char::to_uppercase).into_iter().flatten().chain(rest).collect()
}

fn field(about: &About, own: Option<&Value>, typed: Option<&Parameters>) -> Option<Field> {
    let kept = match own {
        Some(Value::Number(number)) => number.to_string(),
        Some(Value::String(text)) if text == NONE => String::new(),
        Some(Value::String(text)) => match about.kind {
            Kind::Instant { .. } => text.get(..16).unwrap_or(text).to_owned(),
            _ => text.clone(),
        },
        _ => String::new(),
    };
    let value = typed.map_or(kept, |typed| typed.raw(&field_name(about)).to_owned());
    match about.kind {
        Kind::Words(_) => None,
        Kind::Number { min, max, unit, .. } => {
            Some(Field { kind: "number", value, hint: format!("{min} to {max}, {unit}") })
        }
        Kind::Instant { .. } => {
            Some(Field { kind: "datetime-local", value, hint: "day and time in UTC".to_owned() })
        }
        Kind::Text { max, .. } => {
            Some(Field { kind: "text", value, hint: format!("at most {max} characters") })
        }
    }
}
