//! Many learners in a SCORM course at once, through the player's own requests.

use crate::{
    http::{Answer, Connection, Endpoint, EndpointError, HttpError},
    measure::Tally,
    report::{Report, Row},
    run::BenchError,
    watch::Watch,
};
use bytes::Bytes;
use hyper::{StatusCode, Uri};
use serde_json::{Value, json};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::task::JoinSet;

/// What a commit changes: 20 elements of SCORM 1.2.
const ELEMENTS: usize = 20;
/// Learners who begin at once: a course is not opened by all in the same instant.
const BEGINNING_MAX: usize = 16;

/// Where the course is, and how to get in.
#[derive(Debug, Clone)]
pub struct Site {
    /// The server's main origin, `http://127.0.0.1:8080`.
    pub origin: String,
    /// A key that may launch.
    pub key: String,
    /// Its secret.
    pub secret: String,
}

/// What is to be done.
#[derive(Debug, Clone)]
pub struct Learners {
    /// Where.
    pub site: Site,
    /// How many are in the course at once.
    pub count: u32,
    /// For how long they learn.
    pub each: Duration,
    /// What each waits from one commit to the next.
    pub pause: Duration,
    /// Makes this run's learners others than those of earlier runs.
    pub nonce: u32,
}

/// A learner with an open course.
struct Learner {
    content: Connection,
    /// The path of the session's requests, `/play/TOKEN/rte`.
    rte: String,
    delivery: u64,
    /// Number of the last call.
    calls: u64,
}

/// A request was not answered as it must be.
type Fault = String;

/// Lets learners launch a course, commit in it for a while, and finish it: a SCORM 1.2 course of the
/// server, the first one that it has.
pub async fn teach(plan: &Learners, say: &mut dyn FnMut(&str)) -> Result<Report, BenchError> {
    let main = endpoint(&plan.site, &plan.site.origin)?;
    let watch = Watch::new("attestry".to_owned(), main.loopback_port().await?);
    let refused =
        |why| BenchError::Refused { doing: "find a course", target: plan.site.origin.clone(), why };
    let course = first_course(&main).await.map_err(refused)?;
    let mut report = Report { stored: None, rows: Vec::new() };
    say(&format!("{} learners open the course", plan.count));
    let (learners, row) = open(plan, &watch, &main, &course).await;
    report.rows.push(row);
    say(&format!("each commits {ELEMENTS} elements every {:?}", plan.pause));
    let (learners, row) = learn(plan, &watch, learners).await;
    report.rows.push(row);
    say("all finish");
    report.rows.push(finish(&watch, learners).await);
    Ok(report)
}

fn endpoint(site: &Site, origin: &str) -> Result<Arc<Endpoint>, EndpointError> {
    Endpoint::parse(origin, &site.key, &site.secret, "1.0.3").map(Arc::new)
}

async fn first_course(main: &Arc<Endpoint>) -> Result<String, Fault> {
    let mut connection = Connection::new(Arc::clone(main));
    let courses = json_of(connection.get("/api/v1/courses").await)?;
    let course = courses["items"][0]["id"].as_str();
    course.map(str::to_owned).ok_or_else(|| format!("there is none: {courses}"))
}

async fn open(
    plan: &Learners,
    watch: &Watch,
    main: &Arc<Endpoint>,
    course: &str,
) -> (Vec<Learner>, Row) {
    let begin = watch.begin();
    let (mut learners, mut tally) = (Vec::new(), Tally::default());
    let mut waiting = (0..plan.count).map(|number| (number, plan.clone()));
    let mut opening = JoinSet::new();
    loop {
        while opening.len() < BEGINNING_MAX
            && let Some((number, plan)) = waiting.next()
        {
            let (main, course) = (Arc::clone(main), course.to_owned());
            opening.spawn(async move {
                let sent = Instant::now();
                (Learner::open(&plan, main, &course, number).await, sent.elapsed())
            });
        }
        let Some(opened) = opening.join_next().await else { break };
        match opened.expect("no task is cancelled or panics") {
            (Ok(learner), took) => {
                tally.done(took, 0);
                learners.push(learner);
            }
            (Err(why), _) => tally.failed(why),
        }
    }
    let connections = u32::try_from(BEGINNING_MAX).unwrap_or(u32::MAX);
    (learners, begin.row("launch and open", connections, tally))
}

async fn learn(plan: &Learners, watch: &Watch, learners: Vec<Learner>) -> (Vec<Learner>, Row) {
    let begin = watch.begin();
    let (from, until) = (Instant::now(), Instant::now() + plan.each);
    let count = u32::try_from(learners.len()).unwrap_or(u32::MAX);
    let mut learning = JoinSet::new();
    for (number, learner) in (0..).zip(learners) {
        // Evenly over the pause: people do not commit in step.
        let first = from + plan.pause * number / count.max(1);
        learning.spawn(learner.learn(first, until, plan.pause));
    }
    let (mut learners, mut all) = (Vec::new(), Tally::default());
    while let Some(done) = learning.join_next().await {
        let (learner, tally) = done.expect("no task is cancelled or panics");
        learners.push(learner);
        all.add(tally);
    }
    (learners, begin.row(&format!("commit {ELEMENTS} elements"), count, all))
}

async fn finish(watch: &Watch, learners: Vec<Learner>) -> Row {
    let begin = watch.begin();
    let mut tally = Tally::default();
    for mut learner in learners {
        let sent = Instant::now();
        match learner.finish().await {
            Ok(()) => tally.done(sent.elapsed(), 0),
            Err(why) => tally.failed(why),
        }
    }
    begin.row("finish and leave", 1, tally)
}

impl Learner {
    async fn open(
        plan: &Learners,
        main: Arc<Endpoint>,
        course: &str,
        number: u32,
    ) -> Result<Self, Fault> {
        let name = format!("learner-{:08x}-{number}", plan.nonce);
        let wanted = json!({
            "actor": {"account": {"homePage": "https://people.example", "name": name}},
            "course": course,
        });
        let mut main = Connection::new(main);
        let launch = json_of(main.post_to("/api/v1/launches", bytes(&wanted)).await)?;
        let url: Uri = text(&launch["url"])?.parse().map_err(|error| format!("{error}"))?;
        let origin = format!("http://{}", url.authority().map_or("", |host| host.as_str()));
        let content = endpoint(&plan.site, &origin).map_err(|error| error.to_string())?;
        let mut content = Connection::new(content);
        let entered = content.get(url.path()).await.map_err(|error| error.to_string())?;
        let page = entered.location.ok_or_else(|| format!("status {}", entered.status))?;
        content.get(&page).await.map_err(|error| error.to_string())?;
        let rte = format!("{page}rte");
        let opens = json!({"number": 1, "request": "open"});
        let opened = json_of(content.post_to(&format!("{rte}/navigate"), bytes(&opens)).await)?;
        let delivery = opened["delivered"]["delivery"].as_u64();
        let delivery = delivery.ok_or_else(|| format!("nothing is delivered: {opened}"))?;
        let mut learner = Self { content, rte, delivery, calls: 0 };
        learner.call(&[("LMSInitialize", vec![String::new()])]).await?;
        Ok(learner)
    }

    /// Sends calls of the content as the player does.
    async fn call(&mut self, calls: &[(&str, Vec<String>)]) -> Result<(), Fault> {
        let rows = calls.iter().zip(self.calls + 1..).map(|((function, arguments), number)| {
            json!([number, function, arguments, "true", "0", 1_760_000_000_000_i64])
        });
        let request = json!({"delivery": self.delivery, "calls": rows.collect::<Vec<_>>()});
        let sent = self.calls + calls.len() as u64;
        let answer = self.content.post_to(&format!("{}/calls", self.rte), bytes(&request)).await;
        let applied = json_of(answer)?["applied"].as_u64();
        if applied != Some(sent) {
            return Err(format!("applied {applied:?}, not {sent}"));
        }
        self.calls = sent;
        Ok(())
    }

    async fn learn(mut self, first: Instant, until: Instant, pause: Duration) -> (Self, Tally) {
        let (mut tally, mut next, mut round) = (Tally::default(), first, 0);
        while next < until {
            tokio::time::sleep_until(next.into()).await;
            let commit = commit(round);
            let sent = Instant::now();
            match self.call(&commit).await {
                Ok(()) => tally.done(sent.elapsed(), 0),
                Err(why) => tally.failed(why),
            }
            // Whoever was answered late commits late.
            next = (next + pause).max(Instant::now());
            round += 1;
        }
        (self, tally)
    }

    async fn finish(&mut self) -> Result<(), Fault> {
        let status = vec!["cmi.core.lesson_status".to_owned(), "passed".to_owned()];
        self.call(&[("LMSSetValue", status), ("LMSFinish", vec![String::new()])]).await?;
        let path = format!("{}/exit", self.rte);
        json_of(self.content.post_to(&path, Bytes::from_static(b"{}")).await).map(|_| ())
    }
}

/// The calls of one commit, others in each round.
fn commit(round: u32) -> Vec<(&'static str, Vec<String>)> {
    let mut sets = vec![
        ("cmi.core.lesson_location".to_owned(), format!("page-{round}")),
        ("cmi.suspend_data".to_owned(), format!("{round:08}").repeat(128)),
        ("cmi.core.score.raw".to_owned(), (round % 101).to_string()),
        ("cmi.core.session_time".to_owned(), format!("{:04}:00:00.00", round % 10_000)),
    ];
    for number in 0..2 {
        let seconds = round % 60;
        let entry = |name: &str| format!("cmi.interactions.{number}.{name}");
        sets.extend([
            (entry("id"), format!("question-{number}")),
            (entry("type"), "choice".to_owned()),
            (entry("student_response"), if round.is_multiple_of(2) { "a" } else { "b" }.to_owned()),
            (entry("correct_responses.0.pattern"), "a".to_owned()),
            (entry("result"), if round.is_multiple_of(2) { "correct" } else { "wrong" }.to_owned()),
            (entry("weighting"), (round % 10).to_string()),
            (entry("latency"), format!("00:00:{seconds:02}")),
            (entry("time"), format!("12:00:{seconds:02}")),
        ]);
    }
    debug_assert_eq!(sets.len(), ELEMENTS);
    let sets = sets.into_iter().map(|(element, value)| ("LMSSetValue", vec![element, value]));
    sets.chain([("LMSCommit", vec![String::new()])]).collect()
}

fn bytes(value: &Value) -> Bytes {
    Bytes::from(value.to_string())
}

fn text(value: &Value) -> Result<&str, Fault> {
    value.as_str().ok_or_else(|| format!("{value} is no text"))
}

fn json_of(answer: Result<Answer, HttpError>) -> Result<Value, Fault> {
    let answer = answer.map_err(|error| error.to_string())?;
    let body = serde_json::from_slice(&answer.body).unwrap_or_default();
    match answer.status {
        StatusCode::OK | StatusCode::CREATED => Ok(body),
        status => Err(format!("status {status}: {body}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_commit_changes_so_many_elements_and_then_commits() {
        for round in [0, 1, 61, 10_001] {
            let calls = commit(round);
            assert_eq!(calls.len(), ELEMENTS + 1);
            assert_eq!(calls.last().unwrap().0, "LMSCommit");
        }
    }
}
