//! Statements as a reader wants them: whole, by their identifiers, or with what the LRS knows.

use super::Client;
use crate::problem::Problem;
use app::App;
use std::{
    borrow::Cow,
    collections::{BTreeSet, HashMap},
};
use store::StoredStatement;
use xapi::{Format, Languages, activities_shown, format_statement};

/// How statements are shown (Communication 2.1.3, `format`).
pub(super) struct View {
    format: Format,
    languages: Languages,
    /// Of the activities in them, by IRI; empty but for the canonical format.
    definitions: HashMap<String, String>,
}

impl View {
    /// A view of these statements, with the definitions that it needs of their activities.
    pub(super) async fn of(
        statements: &[StoredStatement],
        format: Format,
        languages: Languages,
        client: &Client,
        app: &App,
    ) -> Result<Self, Problem> {
        let mut activities = BTreeSet::new();
        if format == Format::Canonical {
            for statement in statements {
                let shown = activities_shown(text(statement)?).map_err(Problem::internal)?;
                activities.extend(shown);
            }
        }
        let definitions = app.activity_definitions(&client.caller, &activities).await?;
        Ok(Self { format, languages, definitions })
    }

    /// One of the statements.
    pub(super) fn show<'a>(&self, statement: &'a StoredStatement) -> Result<Cow<'a, str>, Problem> {
        let known = |activity: &str| self.definitions.get(activity).cloned();
        format_statement(text(statement)?, self.format, &self.languages, &known)
            .map_err(Problem::internal)
    }
}

fn text(statement: &StoredStatement) -> Result<&str, Problem> {
    str::from_utf8(&statement.body).map_err(Problem::internal)
}
