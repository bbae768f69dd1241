//! The guide's page on the rules lists what there is.

use audit::world::{World, WrittenInstant};
use audit::{FlagKind, Gap, GapReason, Kind, Period, Question, Status, TableName, evaluate};

const GUIDE: &str = include_str!("../../../docs/guide/audit.md");

/// The lines below a table's head, to the first line that is none of it, in cells.
fn rows(head: &str) -> Vec<Vec<&'static str>> {
    let mut lines = GUIDE.lines().skip_while(|line| !line.starts_with(head));
    assert!(lines.next().is_some(), "docs/guide/audit.md has no table {head:?}");
    let rows = lines.skip(1).take_while(|line| line.starts_with('|'));
    rows.map(|row| row.trim_matches('|').split(" | ").map(str::trim).collect()).collect()
}

/// The texts between backticks.
fn quoted(cell: &str) -> Vec<&str> {
    cell.split('`').skip(1).step_by(2).collect()
}

fn first(head: &str) -> Vec<&'static str> {
    rows(head).into_iter().map(|row| row[0].trim_matches('`')).collect()
}

fn name(value: impl serde::Serialize) -> String {
    let value = serde_json::to_value(value).expect("JSON");
    value.as_str().expect("a name").to_owned()
}

#[test]
fn the_guide_lists_every_status_with_the_gap_that_it_is() {
    assert_eq!(first("| status |"), Status::ALL.map(Status::as_str));
    for (row, status) in rows("| status |").into_iter().zip(Status::ALL) {
        let gap = Gap::of(status).map_or_else(|| "none".to_owned(), name);
        assert_eq!(row[2], gap, "{}", row[0]);
    }
}

#[test]
fn the_guide_lists_every_kind_reason_and_flag() {
    assert_eq!(first("| kind |"), Kind::ALL.map(name));
    assert_eq!(first("| reason |"), GapReason::ALL.map(GapReason::as_str));
    assert_eq!(first("| flag |"), FlagKind::ALL.map(name));
}

#[test]
fn the_guide_lists_every_table_with_its_columns() {
    let day = "2025-01-01".parse().expect("a day");
    let question = Question {
        period: Period { start: day, end: day },
        as_of: WrittenInstant::new(domain::Timestamp::UNIX_EPOCH),
        timezone: None,
        sample: None,
        search: Vec::new(),
    };
    let report = evaluate(&World::default(), &question);
    assert_eq!(first("| table |"), TableName::ALL.map(TableName::as_str));
    for (row, table) in rows("| table |").into_iter().zip(TableName::ALL) {
        assert_eq!(quoted(row[2]), report.table(table).columns, "{}", row[0]);
    }
}
