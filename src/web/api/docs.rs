//! The description of the API, for programs and for people.

use actix_web::{HttpResponse, http::header};
use askama::Template;
use serde_json::Value;
use std::sync::LazyLock;

const OPENAPI: &str = include_str!("../../../content/api/openapi.json");

static DESCRIPTION: LazyLock<Value> = LazyLock::new(|| {
    serde_json::from_str(OPENAPI).expect("a test reads the description that is built in")
});

pub(super) async fn openapi() -> HttpResponse {
    HttpResponse::Ok().insert_header((header::CONTENT_TYPE, "application/json")).body(OPENAPI)
}

#[derive(Template)]
#[template(path = "docs.html")]
struct Page {
    assets: String,
    introduction: String,
    operations: Vec<Operation>,
    problems: Vec<(String, String)>,
}

struct Operation {
    method: String,
    path: String,
    summary: String,
    description: String,
    parameters: Vec<Parameter>,
    example: String,
    answers: Vec<(String, String)>,
}

struct Parameter {
    name: String,
    place: String,
    description: String,
}

pub(super) async fn page() -> HttpResponse {
    let description = &*DESCRIPTION;
    let members = |value: &Value| value.as_object().cloned().unwrap_or_default();
    let mut operations = Vec::new();
    for (path, methods) in members(&description["paths"]) {
        for (method, about) in members(&methods) {
            operations.push(operation(&path, &method, &about));
        }
    }
    let problems = members(&description["x-problems"]).into_iter();
    let page = Page {
        assets: crate::console::assets_address(),
        introduction: text(&description["info"]["description"]),
        operations,
        problems: problems.map(|(kind, about)| (kind, text(&about))).collect(),
    };
    crate::console::render(&page)
}

fn operation(path: &str, method: &str, about: &Value) -> Operation {
    let parameters = about["parameters"].as_array().into_iter().flatten();
    let answers = about["responses"].as_object().into_iter().flatten();
    let example = &about["requestBody"]["content"]["application/json"]["example"];
    Operation {
        method: method.to_uppercase(),
        path: path.to_owned(),
        summary: text(&about["summary"]),
        description: text(&about["description"]),
        parameters: parameters
            .map(|one| Parameter {
                name: text(&one["name"]),
                place: text(&one["in"]),
                description: text(&one["description"]),
            })
            .collect(),
        example: match example {
            Value::Null => String::new(),
            example => format!("{example:#}"),
        },
        answers: answers.map(|(code, one)| (code.clone(), text(&one["description"]))).collect(),
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_route_is_described_and_every_description_is_a_route() {
        let routes: BTreeSet<String> = super::super::addresses()
            .iter()
            .flat_map(|one| one.routes.iter().map(|(method, _)| format!("{method} {}", one.path)))
            .collect();
        let paths = DESCRIPTION["paths"].as_object().unwrap().iter();
        let described: BTreeSet<String> = paths
            .flat_map(|(path, methods)| {
                let methods = methods.as_object().unwrap().keys();
                methods.map(|method| format!("{method} {path}")).collect::<Vec<_>>()
            })
            .filter(|one| one.contains(" /api/"))
            .collect();
        assert_eq!(routes, described);
    }

    #[test]
    fn every_reference_in_the_description_leads_somewhere() {
        for part in OPENAPI.split("\"$ref\": \"#").skip(1) {
            let pointer = part.split('"').next().unwrap();
            assert!(DESCRIPTION.pointer(pointer).is_some(), "{pointer}");
        }
    }
}
