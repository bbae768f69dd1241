//! The console: pages rendered on the server for people who sign in.

mod attestations;
mod audit;
mod courses;
mod data;
mod erasures;
mod exceptions;
mod keys;
mod ledger;
mod people;
mod reference;
mod registrations;
mod report;
mod requirements;
mod session;
mod settings;
mod sign_in;
mod statements;
mod users;
mod versions;
mod view;

use crate::{assets::CONSOLE, problem::Problem};
use actix_web::{
    HttpRequest, HttpResponse,
    http::{StatusCode, header},
    web::{self, Path, ServiceConfig},
};
use askama::Template;
use domain::Role;
use session::Visitor;

/// The routes of the console.
pub(crate) fn routes(config: &mut ServiceConfig) {
    config
        .route("/", web::get().to(home))
        .route("/assets/{version}/{path:.*}", web::get().to(asset))
        .configure(sign_in::routes)
        .configure(courses::routes)
        .configure(versions::routes)
        .configure(settings::routes)
        .configure(registrations::routes)
        .configure(attestations::routes)
        .configure(audit::routes)
        .configure(statements::routes)
        .configure(users::routes)
        .configure(keys::routes)
        .configure(erasures::routes)
        .configure(ledger::routes)
        .configure(people::routes)
        .configure(requirements::routes)
        .configure(exceptions::routes)
        .configure(data::routes);
}

/// Where the console's files are.
pub(crate) fn assets_address() -> String {
    format!("/assets/{}", CONSOLE.version)
}

async fn asset(path: Path<(String, String)>) -> Result<HttpResponse, Problem> {
    CONSOLE.respond(&path.0, &path.1)
}

/// What every page shows around its content.
pub(super) struct Frame {
    assets: String,
    who: Option<Who>,
    current: &'static str,
    csrf: String,
}

/// Who is signed in.
struct Who {
    name: String,
    email: String,
    role: Role,
}

/// A part of the console.
struct Section {
    address: &'static str,
    name: &'static str,
}

const AUDIT: Section = Section { address: "/audit", name: "Audit" };
const COURSES: Section = Section { address: "/courses", name: "Courses" };
const REGISTRATIONS: Section = Section { address: "/registrations", name: "Registrations" };
const ATTESTATIONS: Section = Section { address: "/attestations", name: "Attestations" };
const STATEMENTS: Section = Section { address: "/statements", name: "Statements" };
const SETTINGS: Section = Section { address: "/settings", name: "Settings" };
const USERS: Section = Section { address: "/users", name: "Users" };
const KEYS: Section = Section { address: "/keys", name: "API keys" };
const ERASURES: Section = Section { address: "/erasures", name: "Erasures" };
const LEDGER: Section = Section { address: "/ledger", name: "Ledger" };

const PEOPLE: Section = Section { address: "/people", name: "People" };
const REQUIREMENTS: Section = Section { address: "/requirements", name: "Requirements" };
const EXCEPTIONS: Section = Section { address: "/exceptions", name: "Exceptions" };
const DATA: Section = Section { address: "/data", name: "Data and trail" };

/// The parts that a role works with, the first one first.
fn sections(role: Role) -> Vec<Section> {
    match role {
        Role::Admin => {
            vec![
                COURSES,
                AUDIT,
                REGISTRATIONS,
                ATTESTATIONS,
                STATEMENTS,
                PEOPLE,
                REQUIREMENTS,
                EXCEPTIONS,
                DATA,
                LEDGER,
                SETTINGS,
                USERS,
                KEYS,
                ERASURES,
            ]
        }
        Role::Author => vec![COURSES, REGISTRATIONS, STATEMENTS],
        Role::ComplianceLead | Role::Auditor => {
            vec![
                AUDIT,
                REGISTRATIONS,
                ATTESTATIONS,
                STATEMENTS,
                PEOPLE,
                REQUIREMENTS,
                EXCEPTIONS,
                DATA,
                COURSES,
                LEDGER,
                ERASURES,
            ]
        }
        Role::Manager | Role::Learner => Vec::new(),
    }
}

impl Frame {
    /// The frame of a page for nobody in particular.
    fn bare() -> Self {
        Self { assets: assets_address(), who: None, current: "", csrf: String::new() }
    }

    /// The frame of a page in the section at `current`.
    fn of(visitor: &Visitor, current: &'static str) -> Self {
        let user = &visitor.user;
        let who =
            Who { name: user.display_name.clone(), email: user.email.clone(), role: user.role };
        let csrf = visitor.csrf.clone();
        Self { assets: assets_address(), who: Some(who), current, csrf }
    }

    fn sections(&self) -> Vec<Section> {
        self.who.as_ref().map(|who| sections(who.role)).unwrap_or_default()
    }

    /// The field that proves that a form is one of ours; plain hexadecimal.
    fn csrf(&self) -> String {
        format!("<input type=\"hidden\" name=\"csrf\" value=\"{}\">", self.csrf)
    }
}

/// A page.
pub(crate) fn render(page: &impl Template) -> HttpResponse {
    render_with(StatusCode::OK, page)
}

fn render_with(status: StatusCode, page: &impl Template) -> HttpResponse {
    match page.render() {
        Ok(body) => HttpResponse::build(status)
            .insert_header((header::CONTENT_TYPE, "text/html; charset=utf-8"))
            .body(body),
        Err(error) => HttpResponse::from_error(Problem::internal(error)),
    }
}

fn see_other(address: &str) -> HttpResponse {
    HttpResponse::SeeOther().insert_header((header::LOCATION, address)).finish()
}

#[derive(Template)]
#[template(path = "soon.html")]
struct Soon {
    frame: Frame,
    heading: &'static str,
    text: &'static str,
}

async fn home(visitor: Visitor) -> HttpResponse {
    if let Some(first) = sections(visitor.user.role).first() {
        return see_other(first.address);
    }
    let (heading, text) = match visitor.user.role {
        Role::Manager => (
            "Your team's training will be here",
            "You will see who reports to you, what each of them has to learn, by when, and what \
             is open. Until then nothing is asked of you here.",
        ),
        _ => (
            "Your courses will be here",
            "You will find what you have to learn, how far you are, and what you have completed. \
             Until then, open courses by the links that you are sent.",
        ),
    };
    render(&Soon { frame: Frame::of(&visitor, "/"), heading, text })
}

/// Whether a request is for a page rather than for data.
pub(crate) fn is_page(request: &HttpRequest) -> bool {
    let path = request.path();
    let data = ["/api/", "/xapi/", "/healthz", "/readyz", "/metrics"];
    !data.iter().any(|prefix| path.starts_with(prefix))
}

#[derive(Template)]
#[template(path = "problem.html")]
struct ProblemPage<'a> {
    frame: Frame,
    title: &'a str,
    detail: String,
    request: &'a str,
}

/// A detail is a fragment for programs and logs; on a page it begins with a capital and ends with a
/// full stop.
fn as_a_sentence(detail: &str) -> String {
    let mut rest = detail.chars();
    let first = rest.next().map(char::to_uppercase).into_iter().flatten();
    let stop = if detail.ends_with(['.', '?', '!']) { "" } else { "." };
    first.chain(rest).chain(stop.chars()).collect()
}

/// A refusal as a page.
pub(crate) fn problem_page(problem: &Problem, id: &str) -> HttpResponse {
    let frame = Frame::bare();
    let (title, detail) = (problem.title(), as_a_sentence(problem.detail()));
    let page = ProblemPage { frame, title, detail, request: id };
    match page.render() {
        Ok(body) => problem.respond("text/html; charset=utf-8", body),
        Err(_) => problem.document(id),
    }
}
