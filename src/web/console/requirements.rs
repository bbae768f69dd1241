//! Requirements: who owes what, in sentences, and the form that says it.

use super::{
    Frame,
    reference::{ChangeRow, faults, list as parted, may_write, time, typed},
    render_with, see_other,
    session::{Form, Visitor},
    view::{Time, count},
};
use crate::{api, parameters::Parameters, problem::Problem};
use actix_web::{
    HttpResponse,
    http::StatusCode,
    web::{self, Data, Path, ServiceConfig},
};
use app::reference::{Made, Version};
use app::{App, Caller};
use askama::Template;
use audit::Span;
use audit::reference::{Entity, RequirementValue};
use audit::world::{Basis, Filter, Requirement, Rule};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The routes of requirements.
pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .route("/requirements", web::get().to(list))
        .service(
            web::resource("/requirements/{id}")
                .route(web::get().to(one))
                .route(web::post().to(set)),
        )
        .route("/requirements/{id}/retract", web::post().to(take_back));
}

/// What a requirement says, as people say it.
pub(super) fn sentence(rules: &Requirement, titles: &BTreeMap<String, String>) -> String {
    let of = |filter: &Filter| match filter {
        Filter::Any => None,
        Filter::Of(values) => Some(values.join(" or ")),
    };
    let who = of(&rules.audience.types)
        .map_or_else(|| "Everyone".to_owned(), |types| format!("Everyone employed as {types}"));
    let role = of(&rules.audience.roles).map(|roles| format!(" in the role {roles}"));
    let basis = match (rules.basis, of(&rules.audience.scopes)) {
        (_, Some(scopes)) => format!(" with access to {scopes}"),
        (Basis::Access, None) => " with access".to_owned(),
        (Basis::Employment, None) => String::new(),
    };
    let does = match rules.rule {
        Rule::Passed => "passes",
        Rule::Completed => "completes",
    };
    let title = |id: &String| titles.get(id).unwrap_or(id).clone();
    let courses: Vec<String> = rules.courses.iter().map(title).collect();
    let within = match rules.due_within {
        span if span == Span::default() => "on the first day".to_owned(),
        span => format!("within {}", span_words(span)),
    };
    let again = rules.recurrence.map(|span| format!(", and every {}", span_words(span)));
    let courses = courses.join(" and ");
    let (role, again) = (role.unwrap_or_default(), again.unwrap_or_default());
    format!("{who}{role}{basis} {does} {courses} {within}{again}.")
}

/// What the last event of a trial says.
fn would_say(made: &Made, titles: &BTreeMap<String, String>) -> String {
    let said = made.changes.last().map(|change| change.value.clone()).unwrap_or_default();
    let said = serde_json::from_value::<RequirementValue>(said);
    said.map(|said| sentence(&said.rules, titles)).unwrap_or_default()
}

/// `30 days`, `year`, `6 months and 10 days`.
fn span_words(span: Span) -> String {
    let part = |number: u32, word: &str| match number {
        0 => None,
        1 => Some(word.to_owned()),
        _ => Some(format!("{number} {word}s")),
    };
    let parts = [
        part(span.months() / 12, "year"),
        part(span.months() % 12, "month"),
        part(span.days(), "day"),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" and ")
}

#[derive(Template)]
#[template(path = "requirements.html")]
struct RequirementsPage {
    frame: Frame,
    heading: String,
    may_write: bool,
    as_of: String,
    rows: Vec<Row>,
}

struct Row {
    id: String,
    title: String,
    sentence: String,
    from: String,
    to: String,
    controls: String,
    recorded_at: Time,
}

/// The titles of all courses that a requirement may name.
async fn titles(app: &App, caller: &Caller) -> Result<BTreeMap<String, String>, Problem> {
    let mut titles = BTreeMap::new();
    for entity in [Entity::Course, Entity::ForeignCourse] {
        for thing in app.things(caller, entity, None, "").await? {
            let title = thing.version.value["title"].as_str().unwrap_or_default().to_owned();
            titles.insert(thing.id, title);
        }
    }
    Ok(titles)
}

async fn list(
    parameters: Parameters,
    visitor: Visitor,
    app: Data<App>,
) -> Result<HttpResponse, Problem> {
    let as_of = api::as_of(&parameters)?;
    let titles = titles(&app, &visitor.caller).await?;
    let found = app.things(&visitor.caller, Entity::Requirement, as_of, "").await?;
    let rows: Vec<Row> = found
        .into_iter()
        .filter_map(|thing| {
            let recorded_at = time(thing.version.recorded_at);
            let said: RequirementValue = serde_json::from_value(thing.version.value).ok()?;
            let day = |day: Option<audit::Day>| day.map(|day| day.to_string()).unwrap_or_default();
            Some(Row {
                sentence: sentence(&said.rules, &titles),
                from: day(said.rules.effective_from),
                to: day(said.rules.effective_to),
                controls: said.rules.controls.join(", "),
                title: said.rules.title,
                id: thing.id,
                recorded_at,
            })
        })
        .collect();
    let page = RequirementsPage {
        frame: Frame::of(&visitor, "/requirements"),
        heading: count(rows.len(), "requirement", "requirements"),
        may_write: may_write(visitor.user.role),
        as_of: parameters.get("as_of").unwrap_or_default().to_owned(),
        rows,
    };
    Ok(render_with(StatusCode::OK, &page))
}

#[derive(Template)]
#[template(path = "requirement.html")]
struct RequirementPage {
    frame: Frame,
    is_new: bool,
    is_known: bool,
    news: &'static str,
    may_write: bool,
    heading: String,
    /// The address of the form.
    address: String,
    faults: Vec<String>,
    tried: Option<Vec<ChangeRow>>,
    /// What is tried, as a sentence.
    would_say: String,
    fields: Fields,
    courses: Vec<(String, String, bool)>,
    history: Vec<Past>,
}

struct Past {
    recorded_at: Time,
    retracted_at: Time,
    is_now: bool,
    sentence: String,
}

/// What is typed in the form.
#[derive(Default)]
struct Fields(BTreeMap<String, String>);

impl Fields {
    fn get(&self, name: &str) -> &str {
        self.0.get(name).map(String::as_str).unwrap_or_default()
    }

    fn is(&self, name: &str, value: &str) -> bool {
        self.get(name) == value
    }

    /// The fields of what is known.
    fn of(id: &str, said: &RequirementValue) -> Self {
        let rules = &said.rules;
        let value = json!(said);
        let text = |name: &str| value[name].as_str().unwrap_or_default().to_owned();
        let plain = [
            "title",
            "rule",
            "basis",
            "effective_from",
            "effective_to",
            "due_within",
            "due_date",
            "recurrence",
            "anchor",
            "renewal_opens",
            "credit",
            "exit_rule",
            "attestation",
            "policy_version",
            "rationale",
        ];
        let mut fields: BTreeMap<_, _> =
            plain.into_iter().map(|name| (name.to_owned(), text(name))).collect();
        let retrain = rules.retrain.iter().map(|one| {
            format!("{} {} {} {}", one.course, one.min_version, one.effective_on, one.due_within)
        });
        let grades: Vec<String> = rules.grades.iter().map(ToString::to_string).collect();
        let percent = rules.min_score.map(|score| (score * 100.0).to_string());
        for (name, value) in [
            ("id", id.to_owned()),
            ("min_score", percent.unwrap_or_default()),
            ("types", typed(&rules.audience.types)),
            ("roles", typed(&rules.audience.roles)),
            ("scopes", typed(&rules.audience.scopes)),
            ("controls", rules.controls.join("\n")),
            ("retrain", retrain.collect::<Vec<_>>().join("\n")),
            ("grades", grades.join("")),
            ("courses", rules.courses.join("\n")),
        ] {
            fields.insert(name.to_owned(), value);
        }
        Self(fields)
    }

    /// The fields as they were sent.
    fn sent(form: &Parameters) -> Self {
        let mut fields: BTreeMap<String, String> =
            form.pairs().map(|(name, value)| (name.to_owned(), value.trim().to_owned())).collect();
        let courses: Vec<&str> = form.all("course").collect();
        let grades: Vec<&str> = form.all("grade").collect();
        fields.insert("courses".to_owned(), courses.join("\n"));
        fields.insert("grades".to_owned(), grades.join(""));
        Self(fields)
    }

    /// What the fields say, as it is asserted.
    fn value(&self) -> Value {
        let given = |name: &str| Some(self.get(name)).filter(|text| !text.is_empty());
        let any = |name: &str| match parted(self.get(name)) {
            values if values.is_empty() => json!("any"),
            values => json!(values),
        };
        let score = match (given("min_score"), self.get("min_score").parse::<f64>()) {
            (None, _) => Value::Null,
            (Some(_), Ok(percent)) => json!(percent / 100.0),
            (Some(text), Err(_)) => json!(text),
        };
        let retrain = self.get("retrain").lines().map(str::trim).filter(|line| !line.is_empty());
        let retrain = retrain.map(|line| {
            let mut words = line.split_whitespace();
            let mut word = || words.next().unwrap_or_default();
            json!({
                "course": word(), "min_version": word(), "effective_on": word(),
                "due_within": word(),
            })
        });
        let grades: Vec<String> = self.get("grades").chars().map(String::from).collect();
        json!({
            "title": self.get("title"),
            "courses": parted(self.get("courses")),
            "rule": self.get("rule"),
            "min_score": score,
            "basis": self.get("basis"),
            "audience": { "types": any("types"), "roles": any("roles"), "scopes": any("scopes") },
            "effective_from": given("effective_from"),
            "effective_to": given("effective_to"),
            "due_within": self.get("due_within"),
            "due_date": given("due_date"),
            "recurrence": given("recurrence"),
            "anchor": self.get("anchor"),
            "renewal_opens": given("renewal_opens"),
            "credit": self.get("credit"),
            "exit_rule": self.get("exit_rule"),
            "attestation": self.get("attestation"),
            "retrain": retrain.collect::<Vec<_>>(),
            "controls": parted(self.get("controls")),
            "grades": grades,
            "policy_version": given("policy_version"),
            "rationale": given("rationale"),
        })
    }
}

/// What the page shows besides what is known.
#[derive(Default)]
struct Shown {
    fields: Option<Fields>,
    faults: Vec<String>,
    tried: Option<Made>,
    is_saved: bool,
}

async fn one(
    id: Path<String>,
    parameters: Parameters,
    visitor: Visitor,
    app: Data<App>,
) -> Result<HttpResponse, Problem> {
    let is_saved = parameters.get("news").is_some();
    page(&id, &visitor, &app, Shown { is_saved, ..Shown::default() }).await
}

async fn page(
    id: &str,
    visitor: &Visitor,
    app: &App,
    shown: Shown,
) -> Result<HttpResponse, Problem> {
    let titles = titles(app, &visitor.caller).await?;
    let is_new = id == "new";
    let found = app.thing(&visitor.caller, Entity::Requirement, id, None).await?;
    if found.is_none() && !is_new {
        return Err(Problem::not_found());
    }
    let (now, history) = found.unwrap_or_default();
    let read =
        |version: &Version| serde_json::from_value::<RequirementValue>(version.value.clone()).ok();
    let said = now.as_ref().or(history.last()).and_then(read);
    let known = said.as_ref().map(|said| Fields::of(id, said));
    let fields = shown.fields.or(known).unwrap_or_else(|| {
        let fresh = [("due_within", "P30D"), ("recurrence", "P1Y"), ("grades", "AB")];
        Fields(fresh.map(|(name, value)| (name.to_owned(), value.to_owned())).into())
    });
    let chosen = parted(fields.get("courses"));
    let all = titles.iter().map(|(id, title)| (id.clone(), title.clone(), chosen.contains(id)));
    let status = if shown.faults.is_empty() { StatusCode::OK } else { StatusCode::BAD_REQUEST };
    let heading = match &said {
        Some(said) => sentence(&said.rules, &titles),
        None => "A new requirement".to_owned(),
    };
    let past = history.iter().rev().filter_map(|version| {
        Some(Past {
            recorded_at: time(version.recorded_at),
            retracted_at: time(version.retracted_at),
            is_now: version.retracted_at.is_none(),
            sentence: sentence(&read(version)?.rules, &titles),
        })
    });
    let page = RequirementPage {
        frame: Frame::of(visitor, "/requirements"),
        is_new,
        is_known: now.is_some(),
        news: if shown.is_saved { "It is on the trail." } else { "" },
        may_write: may_write(visitor.user.role),
        heading,
        address: format!("/requirements/{id}"),
        faults: shown.faults,
        would_say: shown.tried.as_ref().map(|made| would_say(made, &titles)).unwrap_or_default(),
        tried: shown.tried.as_ref().map(ChangeRow::all),
        courses: all.collect(),
        history: past.collect(),
        fields,
    };
    Ok(render_with(status, &page))
}

async fn set(path: Path<String>, form: Form, app: Data<App>) -> Result<HttpResponse, Problem> {
    let Form { visitor, fields: form } = form;
    let fields = Fields::sent(&form);
    let id = if *path == "new" { fields.get("id").to_owned() } else { path.to_string() };
    let is_trial = form.raw("action") != "make";
    let mut shown = Shown::default();
    if *path == "new" && app.thing(&visitor.caller, Entity::Requirement, &id, None).await?.is_some()
    {
        shown.faults =
            vec!["There is a requirement with this id: open it, or choose another".to_owned()];
    } else {
        let thing = (Entity::Requirement, id.as_str());
        let made = app
            .set_thing(&visitor.caller, thing, &fields.value(), form.raw("reason"), is_trial)
            .await;
        match made {
            Ok(made) if is_trial => shown.tried = Some(made),
            Ok(_) => return Ok(see_other(&format!("/requirements/{id}?news=saved"))),
            Err(error) => shown.faults = faults(error)?,
        }
    }
    shown.fields = Some(fields);
    page(&path, &visitor, &app, shown).await
}

async fn take_back(id: Path<String>, form: Form, app: Data<App>) -> Result<HttpResponse, Problem> {
    let Form { visitor, fields } = form;
    let thing = (Entity::Requirement, id.as_str());
    match app.take_back_thing(&visitor.caller, thing, fields.raw("reason"), false).await {
        Ok(_) => Ok(see_other("/requirements")),
        Err(error) => {
            let shown = Shown { faults: faults(error)?, ..Shown::default() };
            page(&id, &visitor, &app, shown).await
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_requirement_reads_as_a_sentence() {
        let rules: Requirement = serde_json::from_value(json!({
            "courses": ["sat", "x"], "audience": {"scopes": ["prod", "billing"]},
            "due_within": "P30D", "recurrence": "P1Y",
        }))
        .expect("it is sound");
        let titles = BTreeMap::from([("sat".to_owned(), "Security Awareness".to_owned())]);
        assert_eq!(
            sentence(&rules, &titles),
            "Everyone with access to prod or billing passes Security Awareness and x within 30 days, \
             and every year."
        );
    }

    #[test]
    fn what_the_form_shows_says_the_same_when_it_is_sent() {
        let value = json!({
            "id": "R-1", "title": "All", "courses": ["sat"], "min_score": 0.8,
            "audience": {"roles": ["engineering", "support"]}, "effective_from": "2025-01-01",
            "due_within": "P14D", "anchor": "due", "renewal_opens": "P30D", "grades": ["A"],
            "retrain": [{"course": "sat", "min_version": "2", "effective_on": "2025-06-01", "due_within": "P30D"}],
            "controls": ["SOC2:CC1.4"], "rationale": "Because",
        });
        let said: RequirementValue = serde_json::from_value(value).expect("it is sound");
        let mut again = Fields::of("R-1", &said).value();
        again["id"] = json!("R-1");
        let again: RequirementValue = serde_json::from_value(again).expect("it is sound");
        assert_eq!(said, again);
    }
}
