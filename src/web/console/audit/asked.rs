//! The frame of an audit page: period, as-of, time zone and filters, kept in its address.

use crate::{
    api::audit::question,
    parameters::{Parameters, push_parameter},
    problem::Problem,
};
use app::{App, AuditAnswer, AuditQuestion, Caller};
use audit::{Day, Filter, NO_ROLE, Status, explanation::status_words};
use domain::Timestamp;

/// What says which answer it is; it goes from page to page.
const FRAME: [&str; 13] = [
    "from",
    "to",
    "as_of",
    "tz",
    "person",
    "email",
    "role",
    "type",
    "course",
    "requirement",
    "control",
    "status",
    "anonymous",
];
/// What says how one page shows it.
const VIEW: [&str; 7] = ["sort", "page", "show", "uncovered", "gap", "reason", "format"];

/// What a page was asked for.
pub(super) struct Asked {
    pairs: Vec<(String, String)>,
    question: AuditQuestion,
    /// Which page of rows; the first is 1.
    pub(super) page: usize,
    /// Whether ids stand in place of names.
    pub(super) is_anonymous: bool,
}

impl Asked {
    /// Reads the parameters of a page; an unknown one is refused, since a misspelt filter must not
    /// show everything.
    pub(super) fn of(parameters: &Parameters) -> Result<Self, Problem> {
        let is_known = |name: &str| FRAME.contains(&name) || VIEW.contains(&name);
        if let Some((name, _)) = parameters.pairs().find(|(name, _)| !is_known(name)) {
            return Err(Problem::invalid_at(name, "the audit pages have no such parameter"));
        }
        let given = parameters.pairs().filter(|(_, value)| !value.trim().is_empty());
        Ok(Self {
            pairs: given.map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
            question: question(parameters)?,
            page: parameters.parsed("page")?.unwrap_or(1),
            is_anonymous: parameters.get("anonymous").is_some(),
        })
    }

    /// The value of a parameter of the page.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.pairs.iter().find(|(given, _)| given == name).map(|(_, value)| value.as_str())
    }

    /// All values of one.
    pub(super) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let of_name = self.pairs.iter().filter(move |(given, _)| given == name);
        of_name.map(|(_, value)| value.as_str())
    }

    /// An address of this page with some parameters changed; an empty one is left out. Another
    /// order or filter begins at the first page again.
    pub(super) fn link(&self, path: &str, changes: &[(&str, &str)]) -> String {
        self.address(path, changes, |_| true)
    }

    /// An address of another page in the same frame.
    pub(super) fn to(&self, path: &str, changes: &[(&str, &str)]) -> String {
        self.address(path, changes, |name| FRAME.contains(&name))
    }

    fn address(
        &self,
        path: &str,
        changes: &[(&str, &str)],
        keeps: impl Fn(&str) -> bool,
    ) -> String {
        let mut address = path.to_owned();
        let is_changed = |name: &str| changes.iter().any(|(changed, _)| *changed == name);
        for (name, value) in &self.pairs {
            if keeps(name) && name != "page" && !is_changed(name) {
                push_parameter(&mut address, name, value);
            }
        }
        for (name, value) in changes.iter().filter(|(_, value)| !value.is_empty()) {
            push_parameter(&mut address, name, value);
        }
        address
    }

    /// The answer with the filters applied, and what the filters can be chosen from.
    pub(super) async fn answer(
        &self,
        app: &App,
        caller: &Caller,
    ) -> Result<(AuditAnswer, Choices), Problem> {
        self.answer_of(app, caller, self.question.clone()).await
    }

    /// The answer to the same question about other days, or as of another instant.
    pub(super) async fn answer_of(
        &self,
        app: &App,
        caller: &Caller,
        mut question: AuditQuestion,
    ) -> Result<(AuditAnswer, Choices), Problem> {
        let filter = std::mem::take(&mut question.filter);
        let mut answer = app.audit(caller, &question).await?;
        let choices = Choices::of(&answer, &filter);
        answer.report = answer.report.filtered(&filter);
        answer.filter = filter;
        if self.is_anonymous {
            answer = answer.anonymised();
        }
        Ok((answer, choices))
    }

    /// What a form of a page's columns keeps of its address.
    pub(super) fn hidden(&self) -> Vec<(String, String)> {
        let kept = self.pairs.iter().filter(|(name, _)| name != "show" && name != "page");
        kept.cloned().collect()
    }

    /// The question as it was asked.
    pub(super) fn question(&self) -> AuditQuestion {
        self.question.clone()
    }
}

/// A filter with what it can be.
pub(super) struct Choice {
    pub(super) name: &'static str,
    pub(super) title: &'static str,
    /// Value, words, whether it is chosen.
    pub(super) options: Vec<(String, String, bool)>,
}

/// The filters that are chosen from a list.
pub(super) struct Choices(Vec<Choice>);

impl Choices {
    fn of(answer: &AuditAnswer, filter: &Filter) -> Self {
        let report = &answer.report;
        let plain = |text: &str| (text.to_owned(), text.to_owned());
        let roles = report.by_role.keys().filter(|role| *role != NO_ROLE).map(|role| plain(role));
        let mut types: Vec<_> = report.people.values().flat_map(|card| &card.types).collect();
        types.sort();
        types.dedup();
        let controls: std::collections::BTreeSet<_> =
            report.requirements.values().flat_map(|card| &card.controls).collect();
        let requirement = filter.requirement.as_ref().map(ToString::to_string);
        let titled = |id: String, title: &String| {
            let words = if title.is_empty() { id.clone() } else { title.clone() };
            (id, words)
        };
        let of = |name, title, chosen: Option<&str>, all: Vec<(String, String)>| {
            let is_chosen = |value: &str| chosen == Some(value);
            let options = all.into_iter().map(|(value, words)| (is_chosen(&value), value, words));
            let options = options.map(|(is, value, words)| (value, words, is)).collect();
            Choice { name, title, options }
        };
        let requirements = report.requirements.iter();
        Self(vec![
            of(
                "requirement",
                "Requirement",
                requirement.as_deref(),
                requirements.map(|(id, card)| titled(id.to_string(), &card.title)).collect(),
            ),
            of(
                "course",
                "Course",
                filter.course.as_deref(),
                report.courses.iter().map(|(id, title)| titled(id.clone(), title)).collect(),
            ),
            of("role", "Role", filter.role.as_deref(), roles.collect()),
            of(
                "type",
                "Employment",
                filter.employment.as_deref(),
                types.into_iter().map(|kind| plain(kind)).collect(),
            ),
            of(
                "control",
                "Control",
                filter.control.as_deref(),
                controls.into_iter().map(|control| plain(control)).collect(),
            ),
            of(
                "status",
                "Status",
                filter.status.map(Status::as_str),
                Status::ALL
                    .map(|one| (one.as_str().to_owned(), status_words(one).to_owned()))
                    .to_vec(),
            ),
        ])
    }
}

/// A link with whether it is to what is shown.
pub(super) struct Way {
    pub(super) name: &'static str,
    pub(super) address: String,
    pub(super) is_here: bool,
}

/// The head of a page, as it is shown.
pub(super) struct Head {
    pub(super) path: &'static str,
    pub(super) pages: Vec<Way>,
    pub(super) presets: Vec<Way>,
    pub(super) from: String,
    pub(super) to: String,
    /// As it was given; empty is now.
    pub(super) as_of: String,
    /// The instant, in the audit time zone.
    pub(super) clock: String,
    pub(super) zone: String,
    pub(super) tz: String,
    pub(super) person: String,
    pub(super) email: String,
    pub(super) choices: Vec<Choice>,
    /// How many filters narrow the answer.
    pub(super) narrowed: usize,
    pub(super) anonymous: bool,
    /// The same without filters.
    pub(super) all: String,
    /// The same for ever: with the as-of fixed.
    pub(super) fixed: String,
    /// Parameters of the page's own that its form keeps.
    pub(super) kept: Vec<(String, String)>,
}

impl Head {
    pub(super) fn of(
        asked: &Asked,
        path: &'static str,
        answer: &AuditAnswer,
        choices: Choices,
    ) -> Self {
        let head = &answer.report.head;
        let (from, to) = (head.period.start.to_string(), head.period.end.to_string());
        let today = head.timezone.day(head.as_of);
        let text = |name: &str| asked.get(name).unwrap_or_default().to_owned();
        let pages =
            [("Answer", "/audit"), ("Register", "/audit/register"), ("Gaps", "/audit/gaps")];
        let pages = pages.map(|(name, page)| Way {
            name,
            address: asked.to(page, &[]),
            is_here: page == path,
        });
        let presets = presets(today).into_iter().map(|(name, first, last)| {
            let (first, last) = (first.to_string(), last.to_string());
            let is_here = first == from && last == to;
            Way { name, address: asked.link(path, &[("from", &first), ("to", &last)]), is_here }
        });
        let filters = &FRAME[4..12];
        let cleared: Vec<(&str, &str)> = filters.iter().map(|name| (*name, "")).collect();
        let as_of = Timestamp::to_string(&head.as_of);
        let zone = head.timezone.to_string();
        let fixed = [("from", from.as_str()), ("to", &to), ("as_of", &as_of), ("tz", &zone)];
        let is_kept = |name: &str| ["sort", "show", "uncovered", "gap", "reason"].contains(&name);
        Self {
            path,
            pages: pages.into(),
            presets: presets.collect(),
            clock: head.timezone.wall_clock(head.as_of),
            as_of: text("as_of"),
            tz: text("tz"),
            person: text("person"),
            email: text("email"),
            narrowed: filters.iter().filter(|name| asked.get(name).is_some()).count(),
            choices: choices.0,
            anonymous: asked.is_anonymous,
            all: asked.link(path, &cleared),
            fixed: asked.link(path, &fixed),
            kept: asked.pairs.iter().filter(|(name, _)| is_kept(name)).cloned().collect(),
            from,
            to,
            zone,
        }
    }
}

/// The periods that are asked for most.
fn presets(today: Day) -> [(&'static str, Day, Day); 4] {
    let span = |text: &str| text.parse().expect("a span");
    let this_year = today.to_string();
    let year = this_year.get(..4).unwrap_or_default();
    let new_year: Day = format!("{year}-01-01").parse().expect("each year has a first day");
    let quarter = today.quarter();
    [
        ("This quarter", quarter.first_day(), quarter.last_day()),
        ("Last 12 months", today.minus(span("P1Y")).next(), today),
        ("Last year", new_year.minus(span("P1Y")), new_year.previous()),
        ("Today alone (Type I)", today, today),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(query: &str) -> Asked {
        let parameters = Parameters::parse(query).expect("well encoded");
        Asked::of(&parameters).unwrap_or_else(|_| panic!("{query} is refused"))
    }

    #[test]
    fn the_frame_goes_from_page_to_page_and_how_one_page_shows_it_does_not() {
        let asked = asked("from=2025-01-01&to=2025-12-31&role=ops&sort=due&page=3");
        let same = "from=2025%2D01%2D01&to=2025%2D12%2D31&role=ops";
        assert_eq!(asked.to("/audit/gaps", &[]), format!("/audit/gaps?{same}"));
        assert_eq!(asked.link("/audit", &[]), format!("/audit?{same}&sort=due"));
        let late = asked.to("/audit", &[("role", ""), ("status", "overdue")]);
        assert!(late.ends_with("12%2D31&status=overdue"), "{late}");
    }

    #[test]
    fn a_misspelt_parameter_is_refused() {
        let parameters = Parameters::parse("rolle=ops").expect("well encoded");
        assert!(Asked::of(&parameters).is_err());
    }

    #[test]
    fn presets_are_whole_quarters_and_years() {
        let today: Day = "2025-02-10".parse().expect("a day");
        let days = presets(today).map(|(_, first, last)| format!("{first}/{last}"));
        assert_eq!(
            days,
            [
                "2025-01-01/2025-03-31",
                "2024-02-11/2025-02-10",
                "2024-01-01/2024-12-31",
                "2025-02-10/2025-02-10"
            ]
        );
    }
}
