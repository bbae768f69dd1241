//! What one statement costs before it reaches the store, and when it is shown.

use criterion::{BatchSize, Criterion, Throughput};
use domain::{SeededEntropy, Sha256Digest, StatementId, Timestamp};
use std::{hint::black_box, time::Duration};
use xapi::{
    AgentId, Authority, BatchLimits, Format, Languages, Statement, Version, format_statement,
    multipart::{self, Multipart},
    parse_batch,
};

/// About 1 kB, as courses send them: a score, an instructor, context activities, an extension.
const STATEMENT: &str = r#"{"id":"fd41c918-b88b-4b20-a0a5-a4c32391aaa0","actor":{"objectType":"Agent","name":"Ada Åkesson","account":{"homePage":"https://hr.example.com","name":"u-4711"}},"verb":{"id":"http://adlnet.gov/expapi/verbs/answered","display":{"en":"answered","de":"beantwortete"}},"object":{"objectType":"Activity","id":"https://learn.example.com/courses/17/lessons/3","definition":{"type":"http://adlnet.gov/expapi/activities/lesson","name":{"en":"Lesson 3 of course 17"},"description":{"en":"What everybody has to know about topic 3"}}},"result":{"score":{"scaled":0.85,"raw":85,"min":0,"max":100},"success":true,"completion":true,"duration":"PT12M30S"},"context":{"registration":"0f8d4b0a-1111-4222-8333-444455556666","instructor":{"account":{"homePage":"https://hr.example.com","name":"staff-7"}},"platform":"Example LMS","language":"en","contextActivities":{"parent":[{"id":"https://learn.example.com/courses/17"}],"grouping":[{"id":"https://learn.example.com/programmes/5"}]},"extensions":{"https://learn.example.com/extensions/session":"a41f"}},"timestamp":"2026-03-10T08:22:45.123Z"}"#;

/// The bytes of an attachment beside the statement.
const ATTACHMENT_BYTES: usize = 10_000;

fn parsed() -> Statement {
    Statement::parse(STATEMENT.as_bytes(), Version::V1_0).expect("it is a statement")
}

fn authority() -> Authority {
    let home_page = "https://learn.example.com/".into();
    Authority::new(AgentId::Account { home_page, name: "key".into() })
}

fn new_id() -> StatementId {
    StatementId::generate(Timestamp::UNIX_EPOCH, &SeededEntropy::new(1))
}

fn stored() -> String {
    let bytes = parsed().stamp(new_id(), &authority()).finish(Timestamp::UNIX_EPOCH);
    String::from_utf8(bytes).expect("a statement is UTF-8")
}

fn reading(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("xapi");
    group.throughput(Throughput::Bytes(STATEMENT.len() as u64));
    group.bench_function("parse and check 1 kB", |bencher| {
        bencher.iter(|| Statement::parse(black_box(STATEMENT.as_bytes()), Version::V1_0));
    });
    group.finish();
}

fn stamping(criterion: &mut Criterion) {
    let (statement, authority, id) = (parsed(), authority(), new_id());
    criterion.bench_function("xapi/stamp with id, authority and times", |bencher| {
        let stamp =
            |sent: Statement| sent.stamp(id, &authority).finish(black_box(Timestamp::UNIX_EPOCH));
        bencher.iter_batched(|| statement.clone(), stamp, BatchSize::SmallInput);
    });
    let stored = Statement::parse(stored().as_bytes(), Version::V1_0).expect("it is a statement");
    assert!(statement.same_as(&stored), "what is compared is the same, to its end");
    criterion.bench_function("xapi/same as the stored one", |bencher| {
        bencher.iter(|| black_box(&statement).same_as(black_box(&stored)));
    });
}

fn showing(criterion: &mut Criterion) {
    let (stored, languages) = (stored(), Languages::parse("de, en;q=0.5"));
    for format in [Format::Ids, Format::Canonical] {
        criterion.bench_function(&format!("xapi/format {}", format.as_str()), |bencher| {
            bencher.iter(|| format_statement(black_box(&stored), format, &languages, &|_| None));
        });
    }
}

fn parts(criterion: &mut Criterion) {
    let data = [b'a'; ATTACHMENT_BYTES];
    let sha2 = Sha256Digest::of(&data).to_string();
    let attachment = format!(
        r#","attachments":[{{"usageType":"https://learn.example.com/usage","display":{{"en":"d"}},"contentType":"text/plain","length":{ATTACHMENT_BYTES},"sha2":"{sha2}"}}]}}"#
    );
    let statement = STATEMENT.strip_suffix('}').expect("it is an object").to_owned() + &attachment;
    let boundary = multipart::new_boundary(&SeededEntropy::new(1));
    let mut body = multipart::first_head(&boundary).into_bytes();
    body.extend(statement.as_bytes());
    body.extend(multipart::part_head(&boundary, &sha2, "text/plain").as_bytes());
    body.extend(data);
    body.extend(multipart::end(&boundary).as_bytes());
    let header = multipart::content_type(&boundary);
    let mut group = criterion.benchmark_group("xapi");
    group.throughput(Throughput::Bytes(body.len() as u64));
    group.bench_function("multipart of a statement and 10 kB", |bencher| {
        bencher.iter(|| Multipart::parse(black_box(&header), black_box(&body)).map(drop));
    });
    let parts = Multipart::parse(&header, &body).expect("it is multipart");
    let statements = parse_batch(parts.statements, Version::V1_0, BatchLimits::default());
    let statements = statements.expect("they are statements");
    group.bench_function("multipart, parts and attachments matched", |bencher| {
        bencher.iter(|| black_box(&parts).check(&statements).expect("they belong together"));
    });
    group.finish();
}

fn main() {
    let criterion = Criterion::default()
        .warm_up_time(Duration::from_secs(1))
        .measurement_time(Duration::from_secs(3));
    let mut criterion = criterion.configure_from_args();
    reading(&mut criterion);
    stamping(&mut criterion);
    showing(&mut criterion);
    parts(&mut criterion);
    criterion.final_summary();
}
