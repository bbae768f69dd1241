//! A server with courses on it, and the record that learners leave there.

use crate::csv;
use harness::reqwest::StatusCode;
use harness::serde_json::{Value, json};
use harness::{Backend, Server};
use std::ops::{Deref, DerefMut};

/// A running server.
#[derive(Debug)]
pub struct Service {
    server: Server,
}

/// A course version that was imported.
#[derive(Debug, Clone)]
pub struct Course {
    /// Its id.
    pub id: String,
    /// Which version.
    pub version: u64,
    /// The xAPI activity id of the version.
    pub activity: String,
    /// SHA-256 of the package.
    pub sha256: String,
}

/// A link for a learner.
#[derive(Debug, Clone)]
pub struct Launch {
    /// The link, good for once.
    pub url: String,
    /// What it plays.
    pub registration: String,
}

/// The learner of most tests, as an xAPI agent.
pub fn learner() -> Value {
    let account = json!({"homePage": "https://people.example", "name": "ada"});
    json!({"objectType": "Agent", "name": "Ada Lovelace", "account": account})
}

impl Deref for Service {
    type Target = Server;

    fn deref(&self) -> &Server {
        &self.server
    }
}

impl DerefMut for Service {
    fn deref_mut(&mut self) -> &mut Server {
        &mut self.server
    }
}

impl Service {
    /// Starts `program` (`env!("CARGO_BIN_EXE_attestry")`) on an empty store.
    pub async fn start(program: &str, backend: Backend) -> Self {
        Self::start_with(program, backend, &[]).await
    }

    /// The same with settings of the program, as environment variables.
    pub async fn start_with(program: &str, backend: Backend, settings: &[(&str, &str)]) -> Self {
        Self { server: Server::start(program, backend, settings).await }
    }

    /// Imports a package over HTTP.
    pub async fn import(&self, zip: Vec<u8>) -> Course {
        let answer = self.post("/api/v1/packages").body(zip).send().await.expect("it answers");
        let status = answer.status();
        let text = answer.text().await.expect("the answer is a text");
        assert!(status.is_success(), "import: {status} {text}");
        let body: Value = harness::serde_json::from_str(&text).expect("the answer is JSON");
        Course {
            id: word(&body["course"]),
            version: body["version"].as_u64().expect("versions are numbers"),
            activity: word(&body["activity"]),
            sha256: word(&body["package_sha256"]),
        }
    }

    /// Imports a sample course.
    pub async fn sample(&self, name: &str) -> Course {
        let sample = samples::named(name).expect("there is a sample of this name");
        self.import(sample.zip()).await
    }

    /// Asks for a link; `more` goes into the request.
    pub async fn launch_with(&self, course: &Course, more: Value) -> Launch {
        let mut request = json!({"actor": learner(), "course": course.id});
        let (Value::Object(all), Value::Object(more)) = (&mut request, more) else {
            panic!("a launch is asked for with an object");
        };
        all.extend(more);
        let answer = self.post("/api/v1/launches").json(&request).send().await;
        let answer = answer.expect("it answers");
        let status = answer.status();
        let body: Value = answer.json().await.expect("the answer is JSON");
        assert_eq!(status, StatusCode::CREATED, "{body}");
        Launch { url: word(&body["url"]), registration: word(&body["registration"]) }
    }

    /// A link for the usual learner, with everything as usual.
    pub async fn launch(&self, course: &Course) -> Launch {
        self.launch_with(course, json!({})).await
    }

    /// A GET of the JSON API.
    pub async fn json(&self, path: &str) -> Value {
        let answer = self.get(path).send().await.expect("it answers");
        let status = answer.status();
        let body = answer.text().await.expect("the answer is a text");
        assert_eq!(status, StatusCode::OK, "{path}: {body}");
        harness::serde_json::from_str(&body).unwrap_or_else(|error| panic!("{body}: {error}"))
    }

    /// A list of the JSON API as CSV: its records, each with its cells by column name.
    pub async fn csv(&self, path: &str) -> Vec<Value> {
        let answer = self.get(path).header("Accept", "text/csv").send().await;
        let answer = answer.expect("it answers");
        assert_eq!(answer.status(), StatusCode::OK, "{path}");
        csv::records(&answer.text().await.expect("the answer is a text"))
    }

    /// A registration with its activities and attempts.
    pub async fn registration(&self, id: &str) -> Value {
        self.json(&format!("/api/v1/registrations/{id}")).await
    }

    /// The only registration of a course, as the list tells it in JSON and in CSV.
    pub async fn row(&self, course: &Course) -> (Value, Value) {
        let path = format!("/api/v1/registrations?course={}", course.id);
        let mut list = self.json(&path).await;
        let mut records = self.csv(&path).await;
        assert_eq!((list["items"].as_array().map(Vec::len), records.len()), (Some(1), 1), "{list}");
        (list["items"][0].take(), records.remove(0))
    }

    /// The statements of a registration, oldest first.
    pub async fn statements(&self, registration: &str) -> Vec<Value> {
        let path = format!("statements?registration={registration}&ascending=true&limit=500");
        let answer = self.xapi(&path).send().await.expect("it answers");
        assert_eq!(answer.status(), StatusCode::OK);
        let mut body: Value = answer.json().await.expect("the answer is JSON");
        match body["statements"].take() {
            Value::Array(statements) => statements,
            other => panic!("no list of statements: {other}"),
        }
    }

    /// The statements of a registration in short, oldest first: the verb, and what it is about,
    /// with `course` for the course version and `intro` for the SCO of this name.
    /// Reports of progress on the way are left out: how many there are depends on how calls met.
    pub async fn story(&self, course: &Course, registration: &str) -> Vec<String> {
        let about = |id: &str| match id.strip_prefix(&course.activity) {
            Some("") => "course".to_owned(),
            Some(rest) => rest.trim_start_matches("/sco/").to_owned(),
            None => panic!("{id} is not about {}", course.activity),
        };
        let line = |statement: &Value| {
            let verb = word(&statement["verb"]["id"]);
            let verb = verb.rsplit('/').next().unwrap_or_default();
            format!("{verb} {}", about(&word(&statement["object"]["id"])))
        };
        let lines = self.statements(registration).await;
        lines.iter().map(line).filter(|line| !line.starts_with("progressed ")).collect()
    }

    /// The API log of a registration, in order.
    pub async fn calls(&self, registration: &str) -> Vec<Value> {
        let path = format!("/api/v1/registrations/{registration}/calls?limit=1000");
        match self.json(&path).await["items"].take() {
            Value::Array(calls) => calls,
            other => panic!("no list of calls: {other}"),
        }
    }
}

fn word(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text")).to_owned()
}
