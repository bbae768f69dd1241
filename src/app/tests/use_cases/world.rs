//! A server without a network: the use cases on a store of their own, and those who use them.

use app::{
    App, Caller, Courier, CourierError, CreatedLaunch, Freshness, ImportError, ImportOptions,
    Imported, LaunchError, LaunchRequest, Letter, Parts, PlayError, ResultHosts, Settings,
    StatementPage, StatementsFound,
    play::wire::{
        BrowserCall, CallsAnswer, CallsRequest, Delivered, LaunchMode, NavigateAnswer,
        NavigateRequest, PlayerWish, ReplayAnswer, ReplayRequest, Wish,
    },
    secret::MasterKey,
};
use blob::MemoryBlobs;
use domain::{
    CourseId, CourseVersion, FixedClock, ItemId, OrganizationId, RegistrationId, SeededEntropy,
    SessionId, Timestamp,
};
use scorm::sequencing::Request;
use serde_json::{Map, Value, json, value::to_raw_value};
use std::{path::PathBuf, sync::Arc, time::Duration};
use store::{LoggedCall, Registration, RegistrationRecord, Store};
use store_sqlite::{SqliteOptions, SqliteStore};
use xapi::Version;

/// The activity base of the first organization.
pub(crate) const BASE: &str = "https://learn.example/xapi";

/// Removed with what is in it.
struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn settings(folder: &Folder) -> Settings {
    Settings {
        master_key: MasterKey::new([7; 32]),
        package_limits: package::Limits::default(),
        media_cache: folder.0.join("media"),
        media_cache_bytes_max: 1 << 20,
        ledger_entries_public: false,
        token_seconds_max: 3_600,
        result_hosts: ResultHosts::parse("lms.example"),
    }
}

/// A receiver of results that answers as it is told to, and keeps what it took.
#[derive(Default)]
pub(crate) struct Post {
    pub(crate) is_away: std::sync::atomic::AtomicBool,
    pub(crate) taken: std::sync::Mutex<Vec<Letter>>,
}

#[async_trait::async_trait]
impl Courier for Post {
    async fn deliver(&self, letter: &Letter) -> Result<u16, CourierError> {
        if self.is_away.load(std::sync::atomic::Ordering::SeqCst) {
            return Err(CourierError("connection refused".to_owned()));
        }
        self.taken.lock().unwrap().push(letter.clone());
        Ok(204)
    }
}

/// The use cases, and the operator of one organization.
pub(crate) struct World {
    pub(crate) app: Arc<App>,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) clock: Arc<FixedClock>,
    pub(crate) blobs: MemoryBlobs,
    pub(crate) post: Arc<Post>,
    pub(crate) operator: Caller,
    folder: Folder,
}

impl World {
    /// An empty world.
    pub(crate) async fn new() -> Self {
        let folder = Folder(std::env::temp_dir().join(unique()));
        let clock = Arc::new(FixedClock::new(Timestamp::from_micros(1_760_000_000_000_000)));
        let entropy = Arc::new(SeededEntropy::new(1));
        let options = SqliteOptions::new(folder.0.join("store.db"));
        let store = SqliteStore::open(options, clock.clone(), entropy.clone()).await.unwrap();
        let store: Arc<dyn Store> = Arc::new(store);
        let blobs = MemoryBlobs::default();
        let post = Arc::new(Post::default());
        let app = App::new(Parts {
            store: store.clone(),
            blobs: Arc::new(blobs.clone()),
            clock: clock.clone(),
            entropy,
            courier: Some(post.clone()),
            settings: settings(&folder),
        });
        let organization = app.create_organization("default", BASE).await.unwrap();
        let operator = Caller::operator(organization.id);
        Self { app: Arc::new(app), store, clock, blobs, post, operator, folder }
    }

    /// Another node on the same store.
    pub(crate) fn another_node(&self) -> App {
        App::new(Parts {
            store: self.store.clone(),
            blobs: Arc::new(self.blobs.clone()),
            clock: self.clock.clone(),
            entropy: Arc::new(SeededEntropy::new(2)),
            courier: Some(self.post.clone()),
            settings: settings(&self.folder),
        })
    }

    pub(crate) const fn organization(&self) -> OrganizationId {
        self.operator.organization
    }

    pub(crate) fn wait(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }

    /// Uploads a package as the operator.
    pub(crate) async fn upload(
        &self,
        package: &[u8],
        options: ImportOptions,
    ) -> Result<Imported, ImportError> {
        let mut spool = self.app.spool(&self.operator).await?;
        spool.write(package).await.unwrap();
        let spooled = spool.finish().await.unwrap();
        self.app.import(&self.operator, spooled, options).await
    }

    /// A new course from a package.
    pub(crate) async fn course(&self, package: &[u8]) -> CourseId {
        self.upload(package, ImportOptions::default()).await.unwrap().version.course
    }

    /// The next version of a course from a package; its number.
    pub(crate) async fn next_version(&self, course: CourseId, package: &[u8]) -> CourseVersion {
        let options = ImportOptions {
            course: Some(course),
            change_note: "clearer questions".to_owned(),
            ..ImportOptions::default()
        };
        self.upload(package, options).await.unwrap().version.version
    }

    pub(crate) async fn try_launch(
        &self,
        request: &LaunchRequest,
    ) -> Result<CreatedLaunch, LaunchError> {
        self.app.create_launch(&self.operator, request).await
    }

    /// A learner in front of the player, by a launch of Ada's without more.
    pub(crate) async fn play(&self, course: CourseId) -> Player<'_> {
        self.play_as(&asked(course)).await
    }

    pub(crate) async fn play_as(&self, request: &LaunchRequest) -> Player<'_> {
        let launch = self.try_launch(request).await.unwrap();
        let token = self.app.exchange_launch(launch.token.expose()).await.unwrap();
        let page = self.app.play_page(token.expose()).await.unwrap();
        Player {
            world: self,
            token: token.expose().to_owned(),
            registration: launch.registration,
            session: page.session,
            is_2004: page.course.edition.is_2004(),
            delivery: 0,
            sent: 0,
        }
    }

    /// The registration as it is kept.
    pub(crate) async fn kept(&self, id: RegistrationId) -> Registration {
        self.store.registration(self.organization(), id).await.unwrap().unwrap()
    }

    /// What the statements of a registration say. Proves on the way that it is their fold.
    pub(crate) async fn record(&self, id: RegistrationId) -> RegistrationRecord {
        let differing = self.app.rebuild_records(self.organization(), false).await.unwrap();
        assert_eq!(differing, [], "a record is not the fold of its statements");
        self.kept(id).await.record
    }

    pub(crate) async fn find(&self, parameters: &[(&str, String)]) -> StatementPage {
        let parameters: Vec<(String, String)> =
            parameters.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        let found = self
            .app
            .find_statements(&self.operator, &parameters, Version::V1_0, Freshness::Fresh)
            .await;
        match found.unwrap() {
            StatementsFound::Page(page) => page,
            StatementsFound::One(_) => panic!("no id was asked for"),
        }
    }

    /// The statements of a registration in the order of the log.
    pub(crate) async fn statements(&self, id: RegistrationId) -> Vec<Value> {
        let parameters = [
            ("registration", id.to_string()),
            ("ascending", "true".to_owned()),
            ("limit", "500".to_owned()),
        ];
        let page = self.find(&parameters).await;
        assert_eq!(page.more, None, "a test has few statements");
        page.statements.iter().map(|one| serde_json::from_slice(&one.body).unwrap()).collect()
    }

    /// The statements of a registration, each as its verb and the last part of its object's id.
    pub(crate) async fn story(&self, id: RegistrationId) -> Vec<String> {
        self.statements(id).await.iter().map(line).collect()
    }

    /// The API log of a registration.
    pub(crate) async fn api_log(&self, id: RegistrationId) -> Vec<LoggedCall> {
        let page = self.app.api_log(&self.operator, id, None, None, 1_000).await.unwrap();
        assert_eq!(page.next, None);
        page.items
    }

    /// What content called, without the navigation requests, which are of delivery 0.
    pub(crate) async fn calls(&self, id: RegistrationId) -> Vec<LoggedCall> {
        let mut log = self.api_log(id).await;
        log.retain(|logged| logged.call.delivery > 0);
        log
    }
}

/// A folder's name that no other test has.
fn unique() -> String {
    use std::sync::atomic::{AtomicU32, Ordering};
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    format!("attestry-app-{}-{count}", std::process::id())
}

/// A statement as its verb and what it is about: `passed course`, `scored one`.
pub(crate) fn line(statement: &Value) -> String {
    let last = |iri: &Value| iri.as_str().unwrap().rsplit('/').next().unwrap().to_owned();
    let object = last(&statement["object"]["id"]);
    let is_course = statement["object"]["definition"]["type"]
        .as_str()
        .is_some_and(|kind| kind.ends_with("/course"));
    let object = if is_course { "course".to_owned() } else { object };
    format!("{} {object}", last(&statement["verb"]["id"]))
}

/// An xAPI agent with an account.
pub(crate) fn agent(name: &str) -> Value {
    json!({
        "objectType": "Agent",
        "name": format!("Name of {name}"),
        "account": { "homePage": "https://people.example", "name": name },
    })
}

/// A launch of Ada's without more.
pub(crate) fn asked(course: CourseId) -> LaunchRequest {
    LaunchRequest {
        actor: to_raw_value(&agent("ada")).unwrap(),
        course: course.to_string(),
        version: None,
        registration: None,
        new_registration: false,
        test: false,
        mode: LaunchMode::Normal,
        return_url: None,
        result_url: None,
        language: None,
        settings: Map::new(),
    }
}

/// The player in a learner's browser, with one session.
pub(crate) struct Player<'w> {
    world: &'w World,
    pub(crate) token: String,
    pub(crate) registration: RegistrationId,
    pub(crate) session: SessionId,
    is_2004: bool,
    /// The last delivery.
    pub(crate) delivery: u32,
    /// Number of the last call made in it.
    pub(crate) sent: u64,
}

impl Player<'_> {
    /// Opens an activity: picked from the contents, or begun by the course where it cannot be.
    pub(crate) async fn open(&mut self, item: &str) -> Delivered {
        let page = self.world.app.play_page(&self.token).await.unwrap();
        let entry = page.navigation.contents.iter().find(|entry| entry.id.as_str() == item);
        let wish = match entry {
            Some(entry) if entry.refused.is_none() => {
                Wish::Request(Request::Choice(ItemId::new(item)))
            }
            _ => Wish::Player(PlayerWish::Open),
        };
        let answer = self.navigate(wish).await;
        let delivered = answer.delivered.unwrap_or_else(|| panic!("{}", answer.sentence));
        assert_eq!(delivered.activity.as_str(), item);
        delivered
    }

    /// Asks to go somewhere.
    pub(crate) async fn navigate(&mut self, request: Wish) -> NavigateAnswer {
        let number = self.world.app.play_page(&self.token).await.unwrap().navigations + 1;
        let request = NavigateRequest { number, request };
        let answer = self.world.app.navigate(&self.token, &request).await.unwrap();
        if let Some(delivered) = &answer.delivered {
            (self.delivery, self.sent) = (delivered.delivery, 0);
        }
        answer
    }

    /// Calls that the content makes next, in short: `init`, `commit`, `end`, `get <element>`,
    /// `set <element> <value>`.
    pub(crate) fn made(&mut self, calls: &[&str]) -> Vec<BrowserCall> {
        let now = domain::Clock::now(&*self.world.clock).micros() / 1_000;
        let calls = calls.iter().map(|text| {
            self.sent += 1;
            let mut words = text.splitn(3, ' ');
            let (name, arguments): (&str, Vec<&str>) = match words.next().unwrap() {
                "init" => ("Initialize", vec![""]),
                "commit" => ("Commit", vec![""]),
                "end" => (if self.is_2004 { "Terminate" } else { "Finish" }, vec![""]),
                "get" => ("GetValue", words.collect()),
                "set" => ("SetValue", words.collect()),
                other => (other, vec![""]),
            };
            let prefix = if self.is_2004 { "" } else { "LMS" };
            BrowserCall {
                number: self.sent,
                function: format!("{prefix}{name}"),
                arguments: arguments.into_iter().map(str::to_owned).collect(),
                result: "true".to_owned(),
                error: "0".to_owned(),
                claimed_millis: now,
                by_inspector: false,
            }
        });
        calls.collect()
    }

    pub(crate) async fn send(&self, calls: Vec<BrowserCall>) -> Result<CallsAnswer, PlayError> {
        self.send_to(self.delivery, calls, false).await
    }

    pub(crate) async fn send_to(
        &self,
        delivery: u32,
        calls: Vec<BrowserCall>,
        closing: bool,
    ) -> Result<CallsAnswer, PlayError> {
        let request = CallsRequest { delivery, calls, closing, validity: false };
        self.world.app.calls(&self.token, &request).await
    }

    /// The content makes these calls, and the player sends them at once.
    pub(crate) async fn does(&mut self, calls: &[&str]) -> CallsAnswer {
        let calls = self.made(calls);
        self.send(calls).await.unwrap()
    }

    /// The content is gone from the frame.
    pub(crate) async fn close(&self) -> CallsAnswer {
        self.send_to(self.delivery, Vec::new(), true).await.unwrap()
    }

    /// Calls of an earlier session that come only now.
    pub(crate) async fn replay(
        &self,
        session: SessionId,
        delivery: u32,
        calls: Vec<BrowserCall>,
    ) -> ReplayAnswer {
        let request = ReplayRequest { session, delivery, calls };
        self.world.app.replay(&self.token, &request).await.unwrap()
    }

    pub(crate) async fn exit(&self) -> Option<String> {
        self.world.app.exit(&self.token).await.unwrap().redirect
    }

    pub(crate) async fn story(&self) -> Vec<String> {
        self.world.story(self.registration).await
    }

    pub(crate) async fn record(&self) -> RegistrationRecord {
        self.world.record(self.registration).await
    }
}

/// The value that the run-time data hold for an element.
pub(crate) fn given<'a>(delivered: &'a Delivered, element: &str) -> Option<&'a str> {
    delivered.data["values"][element].as_str()
}
