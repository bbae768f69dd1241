//! A sample that anyone can draw again (audit rules, 1.8).

use crate::register::roles_on;
use crate::view::View;
use crate::world::PersonId;
use crate::{Day, figures::NO_ROLE};
use domain::Sha256Digest;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How a sample is drawn.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
pub struct SampleRequest {
    /// The text that decides the order.
    pub seed: Seed,
    /// How many people; in each stratum, when there are strata.
    #[serde(alias = "n", alias = "count")]
    pub size: usize,
    /// By what the population is divided first.
    #[serde(default, alias = "stratum", alias = "stratify_by")]
    pub strata: Option<Strata>,
}

/// A seed: a text, or a number taken as its digits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Seed(String);

impl Seed {
    /// The seed that is this text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }
}

impl<'de> Deserialize<'de> for Seed {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match serde_json::Value::deserialize(deserializer)? {
            serde_json::Value::String(text) => Ok(Self(text)),
            serde_json::Value::Number(number) => Ok(Self(number.to_string())),
            _ => Err(serde::de::Error::custom("a seed is a text or a number")),
        }
    }
}

/// By what a population is divided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Strata {
    /// The role on the last day in scope.
    #[serde(alias = "roles")]
    Role,
}

/// A sample.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Sample {
    /// The seed.
    pub seed: Seed,
    /// How many were asked for.
    pub size: usize,
    /// How it is drawn, in words.
    pub method: &'static str,
    /// How many people there are to draw from.
    pub population: usize,
    /// SHA-256 of their ids, in order, each with a line feed behind it.
    pub population_hash: Sha256Digest,
    /// Who was drawn, in the order of the drawing; stratum by stratum, each person once.
    pub people: Vec<PersonId>,
    /// Who was drawn in each stratum.
    pub strata: BTreeMap<String, Vec<PersonId>>,
}

const METHOD: &str =
    "people in the order of SHA-256(seed \":\" person id) in hexadecimal, the first n";

/// Draws from `population`: people with their last day in scope, by id.
pub(crate) fn draw(
    view: &View<'_>,
    request: &SampleRequest,
    population: &BTreeMap<usize, Day>,
) -> Sample {
    let mut order: Vec<(Sha256Digest, usize)> = population
        .keys()
        .map(|person| (key(&request.seed, view.people[*person].id.as_str()), *person))
        .collect();
    order.sort_unstable();
    let mut strata: BTreeMap<String, Vec<PersonId>> = BTreeMap::new();
    let mut people: Vec<PersonId> = Vec::new();
    match request.strata {
        None => {
            let first = order.iter().take(request.size);
            people.extend(first.map(|(_, person)| view.people[*person].id.clone()));
        }
        Some(Strata::Role) => {
            for (_, person) in &order {
                let row = view.people[*person];
                let mut roles = roles_on(view, row, population[person]);
                if roles.is_empty() {
                    roles.push(NO_ROLE.to_owned());
                }
                for role in roles {
                    let stratum = strata.entry(role).or_default();
                    if stratum.len() < request.size {
                        stratum.push(row.id.clone());
                    }
                }
            }
            for person in strata.values().flatten() {
                if !people.contains(person) {
                    people.push(person.clone());
                }
            }
        }
    }
    Sample {
        seed: request.seed.clone(),
        size: request.size,
        method: METHOD,
        population: population.len(),
        population_hash: population_hash(view, population),
        people,
        strata,
    }
}

fn key(seed: &Seed, person: &str) -> Sha256Digest {
    Sha256Digest::of(format!("{}:{person}", seed.0).as_bytes())
}

fn population_hash(view: &View<'_>, population: &BTreeMap<usize, Day>) -> Sha256Digest {
    let mut lines = String::new();
    for person in population.keys() {
        lines.push_str(view.people[*person].id.as_str());
        lines.push('\n');
    }
    Sha256Digest::of(lines.as_bytes())
}
