//! One question, answered as JSON, CSV or PDF, with what it takes to answer it again.

use super::paper;
use crate::{App, AppError, Caller};
use audit::world::WrittenInstant;
use audit::{
    Day, ENGINE_VERSION, Filter, Period, Question, Report, SampleRequest, Search, Span,
    TIME_ZONE_DATA_VERSION, TableName, Zone, canonical,
};
use domain::{Role, Scope, Sha256Digest, Timestamp};
use serde::Serialize;
use serde_json::{Map, Value, json};
use store::{Append, EventOp, NewEvent, Organization};

/// Who may ask: and administrators.
const READERS: [Role; 2] = [Role::ComplianceLead, Role::Auditor];
/// The kind of event that says who saw what.
const READ: &str = "evidence_read";

/// A question as it is asked; what is absent has a default.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuditQuestion {
    /// The first day; a year up to `to`.
    pub from: Option<Day>,
    /// The last day; that of the as-of.
    pub to: Option<Day>,
    /// What was recorded by then; by now.
    pub as_of: Option<WrittenInstant>,
    /// The audit time zone; the organization's.
    pub timezone: Option<Zone>,
    /// Which part of the answer.
    pub filter: Filter,
    /// A sample to draw.
    pub sample: Option<SampleRequest>,
    /// Statements to look for.
    pub search: Vec<Search>,
    /// Whether names and texts of signatures are wanted, which are read from their statements.
    pub signed_texts: bool,
}

/// How an answer is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuditFormat {
    /// Canonical JSON (RFC 8785).
    Json,
    /// CSV (RFC 4180).
    Csv,
    /// For people: PDF with the hash of the CSV in it.
    Pdf,
}

impl AuditFormat {
    /// The name used in addresses.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Csv => "csv",
            Self::Pdf => "pdf",
        }
    }
}

/// An answer, with the question as it was understood.
#[derive(Debug, Clone, PartialEq)]
pub struct AuditAnswer {
    /// Whose.
    pub organization: Organization,
    /// With every default filled in, so that it can be asked again.
    pub question: Question,
    /// Which part.
    pub filter: Filter,
    /// Whether ids stand in place of names.
    pub is_anonymous: bool,
    /// The answer.
    pub report: Report,
}

/// An answer as bytes. The same question gives the same ones.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Printed {
    /// The bytes.
    pub body: Vec<u8>,
    /// SHA-256 of them.
    pub sha256: Sha256Digest,
    /// What the answer is made from (see [`Provenance`]).
    pub provenance: Provenance,
}

/// What an auditor needs to know of a report: from what, by what and of how much it was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Provenance {
    /// Which report.
    pub report: String,
    /// Whose, by id and name.
    pub organization: String,
    /// From what.
    pub source: &'static str,
    /// The question: with these parameters it can be asked again.
    pub parameters: Value,
    /// The version of the rules.
    pub engine: &'static str,
    /// The version of the IANA time zone data.
    pub time_zone_data: &'static str,
    /// People with a row.
    pub population: usize,
    /// Rows of the answer.
    pub rows: usize,
    /// Statements about known course versions that were looked at.
    pub statements: usize,
    /// Rows that rest on an exception recorded after its original deadline.
    pub late_exceptions: usize,
}

/// From what every report is made.
const SOURCE: &str =
    "the organization's statements and reference events, as recorded up to the as-of";

impl App {
    /// Answers a question. Fails with [`AppError::Invalid`] when its days are the wrong way round,
    /// or when its as-of is not over: what can still be recorded would change the answer.
    pub async fn audit(
        &self,
        caller: &Caller,
        question: &AuditQuestion,
    ) -> Result<AuditAnswer, AppError> {
        caller.require_read(Scope::AuditRead, &READERS)?;
        let organization = self.organization(caller.organization).await?;
        let known = self.store.consistent_through(caller.organization).await?;
        let as_of = question.as_of.clone().unwrap_or_else(|| WrittenInstant::new(known));
        if as_of.at() > known {
            let problem = "is not over: what is recorded until then would change the answer";
            return Err(AppError::invalid("as_of", problem));
        }
        let mut world = self.world(caller.organization, as_of.at()).await?;
        if question.signed_texts {
            world.signed_texts = self.signed_texts(caller).await?;
        }
        let timezone = question.timezone.unwrap_or(world.organization.timezone);
        let period = period(question, timezone.day(as_of.at()))?;
        let filter = question.filter.clone();
        let question = Question {
            period,
            as_of,
            timezone: Some(timezone),
            sample: question.sample.clone(),
            search: question.search.clone(),
        };
        let evaluation = tokio::task::spawn_blocking(move || {
            let report = audit::evaluate(&world, &question).filtered(&filter);
            (question, filter, report)
        });
        let (question, filter, report) = evaluation.await?;
        Ok(AuditAnswer { organization, question, filter, is_anonymous: false, report })
    }

    /// Keeps in the trail that somebody has seen an answer, when that is an auditor, or a copy of
    /// it left the service.
    pub async fn note_reading(
        &self,
        caller: &Caller,
        format: AuditFormat,
        printed: &Printed,
    ) -> Result<(), AppError> {
        if format == AuditFormat::Json && caller.role() != Some(Role::Auditor) {
            return Ok(());
        }
        self.note(caller, format.as_str(), printed).await
    }

    /// Keeps in the trail that an auditor has seen an answer as a page; `printed` is its table as
    /// CSV.
    pub async fn note_page(&self, caller: &Caller, printed: &Printed) -> Result<(), AppError> {
        if caller.role() != Some(Role::Auditor) {
            return Ok(());
        }
        self.note(caller, "page", printed).await
    }

    async fn note(&self, caller: &Caller, format: &str, printed: &Printed) -> Result<(), AppError> {
        let value = json!({
            "report": printed.provenance.report,
            "format": format,
            "parameters": printed.provenance.parameters,
            "rows": printed.provenance.rows,
            "sha256": printed.sha256,
        });
        let event = NewEvent {
            actor: caller.name(),
            reason: "a report was read".to_owned(),
            entity: READ.to_owned(),
            entity_id: printed.provenance.report.clone(),
            op: EventOp::Assert,
            valid_from: None,
            valid_to: None,
            value: value.to_string(),
            source: "null".to_owned(),
            about: None,
        };
        let mut append = Append::new(caller.organization);
        append.events.push(event);
        self.store.append(append).await?;
        Ok(())
    }
}

/// The days that a question is about.
pub(crate) fn period(question: &AuditQuestion, today: Day) -> Result<Period, AppError> {
    let end = question.to.unwrap_or(today);
    let year: Span = "P1Y".parse().expect("a year is a span");
    let start = question.from.unwrap_or_else(|| end.minus(year).next());
    if start > end {
        return Err(AppError::invalid("from", format!("{start} is behind the last day, {end}")));
    }
    Ok(Period { start, end })
}

impl AuditAnswer {
    /// The same answer with ids in place of names and addresses.
    #[must_use]
    pub fn anonymised(mut self) -> Self {
        self.report = self.report.anonymised();
        self.is_anonymous = true;
        self
    }

    /// The answer in a sentence: how many people had access without valid training.
    pub fn sentence(&self) -> String {
        paper::sentence(&self.report)
    }

    /// The answer as one table, or the whole report (`None`, JSON alone).
    pub fn printed(
        &self,
        table: Option<TableName>,
        format: AuditFormat,
    ) -> Result<Printed, AppError> {
        let name = table.map_or("report", TableName::as_str);
        let rows = table.map(|table| self.report.table(table));
        let count = rows.as_ref().map_or(self.report.register.len(), |rows| rows.rows.len());
        let provenance = self.provenance(name, count);
        let body = match (format, table.zip(rows)) {
            (AuditFormat::Json, _) => {
                let data = self.data(table).map_err(AppError::unreadable("report"))?;
                let whole = json!({ "ipe": provenance, "data": data });
                canonical::text(&whole).map_err(AppError::unreadable("report"))?.into_bytes()
            }
            (AuditFormat::Csv, Some((_, rows))) => rows.to_csv().into_bytes(),
            (AuditFormat::Pdf, Some((name, rows))) => {
                paper::document(self, name, &rows, &provenance)?
            }
            (AuditFormat::Csv | AuditFormat::Pdf, None) => {
                return Err(AppError::invalid("format", "the whole report is JSON alone"));
            }
        };
        Ok(Printed { sha256: Sha256Digest::of(&body), body, provenance })
    }

    fn provenance(&self, report: &str, rows: usize) -> Provenance {
        let head = &self.report.head;
        Provenance {
            report: report.to_owned(),
            organization: format!("{} ({})", self.organization.name, self.organization.id),
            source: SOURCE,
            parameters: self.parameters(),
            engine: ENGINE_VERSION,
            time_zone_data: TIME_ZONE_DATA_VERSION,
            population: self.report.summary.population,
            rows,
            statements: head.statements,
            late_exceptions: head.late_exceptions,
        }
    }

    /// The question as parameters of the API.
    pub fn parameters(&self) -> Value {
        let head = &self.report.head;
        let mut parameters = Map::new();
        parameters.insert("from".to_owned(), json!(head.period.start));
        parameters.insert("to".to_owned(), json!(head.period.end));
        parameters.insert("as_of".to_owned(), json!(Timestamp::to_string(&head.as_of)));
        parameters.insert("tz".to_owned(), json!(head.timezone));
        let filter = serde_json::to_value(&self.filter).unwrap_or_default();
        for (name, value) in filter.as_object().into_iter().flatten() {
            if !value.is_null() {
                parameters.insert(name.clone(), value.clone());
            }
        }
        if self.is_anonymous {
            parameters.insert("anonymous".to_owned(), json!("yes"));
        }
        if let Some(sample) = &self.question.sample {
            parameters.insert("seed".to_owned(), json!(sample.seed));
            parameters.insert("size".to_owned(), json!(sample.size));
            if let Some(strata) = sample.strata {
                parameters.insert("strata".to_owned(), json!(strata));
            }
        }
        Value::Object(parameters)
    }

    /// What an answer holds, as JSON: objects with types where the report has them, and the rows of
    /// the tables that are made for spreadsheets.
    fn data(&self, table: Option<TableName>) -> Result<Value, serde_json::Error> {
        let report = &self.report;
        let Some(table) = table else { return serde_json::to_value(report) };
        match table {
            TableName::Register => serde_json::to_value(&report.register),
            TableName::Gaps => serde_json::to_value(&report.gaps),
            TableName::Coverage => serde_json::to_value(&report.coverage),
            TableName::Summary => serde_json::to_value(&report.summary),
            TableName::ByRole => serde_json::to_value(&report.by_role),
            TableName::ByControl => serde_json::to_value(&report.by_control),
            TableName::Attempts => serde_json::to_value(&report.attempt_log),
            TableName::Sample => serde_json::to_value(&report.sample),
            TableName::Reconciliation => serde_json::to_value(&report.reconciliation),
            TableName::Escalations => serde_json::to_value(&report.escalations),
            TableName::Flags => serde_json::to_value(&report.flags),
            TableName::Attestations => serde_json::to_value(&report.attestation_register),
            TableName::Reviews => serde_json::to_value(&report.reviews),
            TableName::Effectiveness => serde_json::to_value(&report.effectiveness),
            TableName::QuizTrend => serde_json::to_value(&report.quiz_trend),
            TableName::Completion
            | TableName::Compliance
            | TableName::Events
            | TableName::Short
            | TableName::Minimum
            | TableName::NothingAssigned
            | TableName::Onboarding
            | TableName::Schedule => Ok(objects(&report.table(table))),
        }
    }
}

/// A table's rows as objects.
fn objects(table: &audit::Table) -> Value {
    let of = |row: &Vec<String>| -> Value {
        let pairs = table.columns.iter().zip(row);
        pairs.map(|(name, cell)| ((*name).to_owned(), json!(cell))).collect::<Map<_, _>>().into()
    };
    table.rows.iter().map(of).collect()
}
