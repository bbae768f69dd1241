//! People: the list, and one person's reference data with the form that links a name.

use super::{
    Frame,
    reference::{ChangeRow, days, faults, may_write, time},
    render_with, see_other,
    session::{Form, Visitor},
    view::{Time, count},
};
use crate::{
    api,
    parameters::{Parameters, push_parameter},
    problem::Problem,
};
use actix_web::{
    HttpResponse,
    http::StatusCode,
    web::{self, Data, Path, ServiceConfig},
};
use app::App;
use app::reference::{PersonQuery, PersonRow};
use askama::Template;
use audit::reference::{IdentityLink, PersonRecord};
use audit::world::IdentityKind;
use serde_json::Value;

/// People on a page.
const PAGE_PEOPLE: usize = 100;

/// The routes of people.
pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .service(web::resource("/people").route(web::get().to(list)).route(web::post().to(add)))
        .service(
            web::resource("/people/{id}").route(web::get().to(one)).route(web::post().to(correct)),
        )
        .route("/people/{id}/identities", web::post().to(link));
}

#[derive(Template)]
#[template(path = "people.html")]
struct PeoplePage {
    frame: Frame,
    heading: String,
    faults: Vec<String>,
    may_write: bool,
    search: String,
    as_of: String,
    rows: Vec<Row>,
    next: Option<String>,
    /// What was typed for a new person.
    id: String,
    name: String,
    reason: String,
}

struct Row {
    id: String,
    address: String,
    name: String,
    department: String,
    manager: String,
    employment: String,
    access: String,
}

/// An address of a person's page.
fn address_of(id: &str, as_of: &str) -> String {
    let mut address = format!("/people/{id}");
    if !as_of.is_empty() {
        push_parameter(&mut address, "as_of", as_of);
    }
    address
}

/// The name to show.
fn shown_name(person: &PersonRow) -> String {
    if person.is_erased {
        format!("erased person {}", person.id)
    } else {
        person.record.name.clone()
    }
}

impl Row {
    fn of(person: PersonRow, as_of: &str) -> Self {
        let last = |what: Option<(&str, String)>| {
            what.map(|(what, days)| format!("{what} {days}")).unwrap_or_default()
        };
        let employment = person.record.employment.last();
        let employment = employment.map(|one| (one.kind.as_str(), days(Some(one.start), one.end)));
        let access = person.record.access.last();
        let access = access.map(|one| (one.scope.as_str(), days(Some(one.start), one.end)));
        Self {
            address: address_of(&person.id, as_of),
            name: shown_name(&person),
            department: person.record.department.clone().unwrap_or_default(),
            manager: person.record.manager.as_ref().map(ToString::to_string).unwrap_or_default(),
            employment: last(employment),
            access: last(access),
            id: person.id,
        }
    }
}

async fn list(
    parameters: Parameters,
    visitor: Visitor,
    app: Data<App>,
) -> Result<HttpResponse, Problem> {
    list_page(&parameters, &visitor, &app, Vec::new(), &Parameters::default()).await
}

async fn list_page(
    parameters: &Parameters,
    visitor: &Visitor,
    app: &App,
    faults: Vec<String>,
    typed: &Parameters,
) -> Result<HttpResponse, Problem> {
    let as_of = parameters.get("as_of").unwrap_or_default().to_owned();
    let search = parameters.get("search").unwrap_or_default().to_owned();
    let query = PersonQuery {
        as_of: api::as_of(parameters)?,
        search: search.clone(),
        after: parameters.get("cursor").map(ToOwned::to_owned),
    };
    let page = app.people(&visitor.caller, &query, PAGE_PEOPLE).await?;
    let next = page.next.map(|next| {
        let mut address = "/people".to_owned();
        for (name, value) in [("search", &search), ("as_of", &as_of), ("cursor", &next)] {
            if !value.is_empty() {
                push_parameter(&mut address, name, value);
            }
        }
        address
    });
    let rows: Vec<Row> = page.items.into_iter().map(|person| Row::of(person, &as_of)).collect();
    let number = count(rows.len(), "person", "people");
    let heading = match (&next, as_of.as_str()) {
        (Some(_), _) => format!("The first {number}"),
        (None, "") => number,
        (None, as_of) => format!("{number} as known on {as_of}"),
    };
    let status = if faults.is_empty() { StatusCode::OK } else { StatusCode::BAD_REQUEST };
    let text = |name: &str| typed.raw(name).to_owned();
    let page = PeoplePage {
        frame: Frame::of(visitor, "/people"),
        heading,
        faults,
        may_write: may_write(visitor.user.role),
        search,
        as_of,
        rows,
        next,
        id: text("id"),
        name: text("name"),
        reason: text("reason"),
    };
    Ok(render_with(status, &page))
}

async fn add(form: Form, app: Data<App>) -> Result<HttpResponse, Problem> {
    let Form { visitor, fields } = form;
    let id = fields.raw("id").trim();
    let wanted =
        PersonRecord { name: fields.raw("name").trim().to_owned(), ..PersonRecord::default() };
    if app.person(&visitor.caller, id, None).await?.is_some() {
        let known =
            vec!["A person with this id is known: open their page to correct it".to_owned()];
        return list_page(&Parameters::default(), &visitor, &app, known, &fields).await;
    }
    let made = app.set_person(&visitor.caller, id, &wanted, fields.raw("reason"), false).await;
    match made {
        Ok(_) => Ok(see_other(&address_of(id, ""))),
        Err(error) => {
            list_page(&Parameters::default(), &visitor, &app, faults(error)?, &fields).await
        }
    }
}

#[derive(Template)]
#[template(path = "person.html")]
struct PersonPage {
    frame: Frame,
    id: String,
    name: String,
    as_of: String,
    may_write: bool,
    faults: Vec<String>,
    /// What a correction would say.
    tried: Option<Vec<ChangeRow>>,
    is_saved: bool,
    department: String,
    manager: String,
    recorded_at: Time,
    identities: Vec<[String; 3]>,
    periods: Vec<Periods>,
    /// The whole record as JSON, to be corrected.
    record: String,
    reason: String,
    link: LinkFields,
}

/// The periods of one kind.
struct Periods {
    name: &'static str,
    /// What the first column is.
    what: &'static str,
    rows: Vec<(String, String)>,
}

fn periods(record: &PersonRecord) -> Vec<Periods> {
    let employment = record.employment.iter();
    let employment = employment.map(|one| (one.kind.clone(), days(Some(one.start), one.end)));
    let access = record.access.iter();
    let access = access.map(|one| (one.scope.clone(), days(Some(one.start), one.end)));
    let roles = record.roles.iter();
    let roles = roles.map(|one| (one.role.clone(), days(Some(one.start), one.end)));
    vec![
        Periods { name: "Employment", what: "Type", rows: employment.collect() },
        Periods { name: "Access", what: "System", rows: access.collect() },
        Periods { name: "Roles", what: "Role", rows: roles.collect() },
    ]
}

/// What was typed for a link.
#[derive(Default)]
struct LinkFields {
    kind: String,
    value: String,
    from: String,
    to: String,
    reason: String,
}

/// What the page of a person shows besides the person.
#[derive(Default)]
struct Shown {
    faults: Vec<String>,
    tried: Option<Vec<ChangeRow>>,
    record: Option<String>,
    reason: String,
    link: LinkFields,
    is_saved: bool,
}

const fn kind_name(kind: IdentityKind) -> &'static str {
    match kind {
        IdentityKind::Mbox => "mail address",
        IdentityKind::Account => "account",
        IdentityKind::IdpSubject => "identity provider",
        IdentityKind::EmployeeNo => "employee number",
        IdentityKind::Pseudonym => "pseudonym",
    }
}

async fn one(
    id: Path<String>,
    parameters: Parameters,
    visitor: Visitor,
    app: Data<App>,
) -> Result<HttpResponse, Problem> {
    let is_saved = parameters.get("news").is_some();
    person_page(&id, &parameters, &visitor, &app, Shown { is_saved, ..Shown::default() }).await
}

async fn person_page(
    id: &str,
    parameters: &Parameters,
    visitor: &Visitor,
    app: &App,
    shown: Shown,
) -> Result<HttpResponse, Problem> {
    let found = app.person(&visitor.caller, id, api::as_of(parameters)?).await?;
    let person = found.ok_or_else(Problem::not_found)?;
    let status = if shown.faults.is_empty() { StatusCode::OK } else { StatusCode::BAD_REQUEST };
    let name = shown_name(&person);
    let record = &person.record;
    let said = serde_json::to_string_pretty(record).unwrap_or_default();
    let page = PersonPage {
        frame: Frame::of(visitor, "/people"),
        name,
        as_of: parameters.get("as_of").unwrap_or_default().to_owned(),
        may_write: may_write(visitor.user.role) && !person.is_erased,
        faults: shown.faults,
        tried: shown.tried,
        is_saved: shown.is_saved,
        department: record.department.clone().unwrap_or_default(),
        manager: record.manager.as_ref().map(ToString::to_string).unwrap_or_default(),
        recorded_at: time(person.version.recorded_at),
        identities: record
            .identities
            .iter()
            .map(|one| {
                [kind_name(one.kind).to_owned(), one.value.clone(), days_or(one.from, one.to)]
            })
            .collect(),
        periods: periods(record),
        record: shown.record.unwrap_or(said),
        reason: shown.reason,
        link: shown.link,
        id: person.id,
    };
    Ok(render_with(status, &page))
}

fn days_or(from: Option<audit::Day>, to: Option<audit::Day>) -> String {
    let days = days(from, to);
    if days.is_empty() { "always".to_owned() } else { days }
}

async fn correct(id: Path<String>, form: Form, app: Data<App>) -> Result<HttpResponse, Problem> {
    let Form { visitor, fields } = form;
    let (text, reason) = (fields.raw("record").to_owned(), fields.raw("reason").to_owned());
    let is_trial = fields.raw("action") != "make";
    let mut shown =
        Shown { record: Some(text.clone()), reason: reason.clone(), ..Shown::default() };
    let record: PersonRecord = match serde_json::from_str(&text) {
        Ok(record) => record,
        Err(error) => {
            shown.faults = vec![format!("The record cannot be read: {error}")];
            return person_page(&id, &Parameters::default(), &visitor, &app, shown).await;
        }
    };
    match app.set_person(&visitor.caller, &id, &record, &reason, is_trial).await {
        Ok(made) if is_trial => shown.tried = Some(ChangeRow::all(&made)),
        Ok(_) => return Ok(see_other(&format!("/people/{id}?news=saved"))),
        Err(error) => shown.faults = faults(error)?,
    }
    person_page(&id, &Parameters::default(), &visitor, &app, shown).await
}

async fn link(id: Path<String>, form: Form, app: Data<App>) -> Result<HttpResponse, Problem> {
    let Form { visitor, fields } = form;
    let typed = |name: &str| fields.raw(name).trim().to_owned();
    let link = LinkFields {
        kind: typed("kind"),
        value: typed("value"),
        from: typed("from"),
        to: typed("to"),
        reason: typed("reason"),
    };
    let day = |text: &str| (!text.is_empty()).then(|| text.parse()).transpose();
    let kind = serde_json::from_value::<IdentityKind>(Value::from(link.kind.clone()));
    let wanted = match (kind, day(&link.from), day(&link.to)) {
        (Ok(kind), Ok(from), Ok(to)) => {
            Ok(IdentityLink { kind, value: link.value.clone(), from, to })
        }
        (Err(_), ..) => Err("Choose what kind of name it is".to_owned()),
        (_, Err(error), _) | (_, _, Err(error)) => Err(error.to_string()),
    };
    let told = match wanted {
        Err(fault) => vec![fault],
        Ok(wanted) => {
            let made = app.link_identity(&visitor.caller, &id, wanted, &link.reason, false).await;
            match made {
                Ok(_) => return Ok(see_other(&format!("/people/{id}?news=saved"))),
                Err(error) => faults(error)?,
            }
        }
    };
    let shown = Shown { faults: told, link, ..Shown::default() };
    person_page(&id, &Parameters::default(), &visitor, &app, shown).await
}
