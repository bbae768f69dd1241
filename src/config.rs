//! Settings: `attestry.toml`, then the environment, then flags; the last one wins.
//!
//! [`SETTINGS`] is the one list of them. A name means the same everywhere: `public_url` in the
//! file, `ATTESTRY_PUBLIC_URL` in the environment, `--public-url` as a flag.

mod packages;

pub use packages::Packages;

use domain::CredentialId;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};

/// The file that is read when none is named.
pub const DEFAULT_FILE: &str = "attestry.toml";
const ENVIRONMENT_PREFIX: &str = "ATTESTRY_";
/// Variables that Amazon's tools read; they may say how to reach an S3-compatible store.
const AWS_PREFIX: &str = "AWS_";

/// One setting.
#[derive(Debug, Clone, Copy)]
pub struct Setting {
    /// Its name in the file; in capitals with `ATTESTRY_` before it, in the environment.
    pub name: &'static str,
    /// What it is without being set, for people; empty when it is simply absent.
    pub default: &'static str,
    /// Whether `check-config` hides it.
    pub secret: bool,
}

const fn setting(name: &'static str, default: &'static str) -> Setting {
    Setting { name, default, secret: false }
}

const fn secret(name: &'static str) -> Setting {
    Setting { name, default: "", secret: true }
}

/// All settings there are.
pub const SETTINGS: &[Setting] = &[
    setting("data", "./data"),
    setting("database_url", "sqlite:// in the data folder"),
    setting("database_read_url", "none"),
    setting("database_read_lag_seconds_max", "60"),
    setting("blob_url", "file:// in the data folder"),
    setting("s3_endpoint", "Amazon's, of the region"),
    setting("s3_region", "us-east-1"),
    setting("s3_access_key_id", ""),
    secret("s3_secret_access_key"),
    setting("s3_cache_bytes_max", "67108864"),
    setting("listen", "127.0.0.1:8080"),
    setting("content_listen", "127.0.0.1:8081"),
    setting("public_url", "from listen"),
    setting("content_url", "from content_listen"),
    setting("api_key", ""),
    secret("api_secret"),
    secret("admin_password"),
    secret("master_key"),
    setting("activity_base", "the public URL at the first start"),
    setting("frame_ancestors", "*"),
    setting("xapi_default_version", "1.0.3"),
    setting("xapi_cors_origins", "*"),
    setting("xapi_queries_may_lag", "false"),
    setting("package_bytes_max", "4294967296"),
    setting("unpacked_bytes_max", "8589934592"),
    setting("request_bytes_max", "16777216"),
    setting("media_cache_bytes_max", "4294967296"),
    setting("queue_requests_max", "4096"),
    setting("queue_bytes_max", "134217728"),
    setting("workers", "one a core"),
    setting("ledger_entries_public", "false"),
    setting("token_seconds_max", "3600"),
    setting("result_hosts", "none"),
    setting("failed_sign_ins_per_minute", "30"),
    setting("requests_per_minute", "0: no limit"),
    setting("trusted_proxies", "none"),
    secret("metrics_token"),
    setting("drain_seconds", "0"),
    setting("stop_seconds", "10"),
    setting("log_format", "text"),
    setting("log", "info,actix_server=warn"),
];

/// Where a value came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// The settings file.
    File(PathBuf),
    /// An environment variable.
    Environment,
    /// A flag of the command.
    Flag,
}

/// A setting cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file that was named cannot be read.
    #[error("read {}", path.display())]
    File {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file is not TOML.
    #[error("read {}", path.display())]
    Toml {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: Box<toml::de::Error>,
    },
    /// The file holds a setting that there is not.
    #[error("unknown setting {name:?} in {}", path.display())]
    Unknown {
        /// What it is called there.
        name: String,
        /// Which file.
        path: PathBuf,
    },
    /// A value is not what it must be.
    #[error("setting {name} ({origin}): {problem}")]
    Value {
        /// Which setting.
        name: &'static str,
        /// Where its value came from.
        origin: Origin,
        /// What is wrong with it.
        problem: String,
    },
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "in {}", path.display()),
            Self::Environment => f.write_str("in the environment"),
            Self::Flag => f.write_str("given as a flag"),
        }
    }
}

/// Values as they were given, by setting.
#[derive(Debug, Clone, Default)]
pub struct Given {
    values: BTreeMap<&'static str, (String, Origin)>,
    unknown_variables: Vec<String>,
    /// Variables of Amazon's tools.
    aws: Vec<(String, String)>,
}

impl Given {
    /// The values of a settings file; none when it is the default one and not there.
    pub fn read_file(&mut self, named: Option<&Path>) -> Result<(), ConfigError> {
        let path = named.unwrap_or(Path::new(DEFAULT_FILE));
        let text = match std::fs::read_to_string(path) {
            Err(error) if named.is_none() && error.kind() == std::io::ErrorKind::NotFound => {
                return Ok(());
            }
            text => text.map_err(|source| ConfigError::File { path: path.to_owned(), source })?,
        };
        let table: toml::Table = text.parse().map_err(|source| ConfigError::Toml {
            path: path.to_owned(),
            source: Box::new(source),
        })?;
        for (name, value) in table {
            let origin = Origin::File(path.to_owned());
            let Some(name) = known(&name) else {
                return Err(ConfigError::Unknown { name, path: path.to_owned() });
            };
            let value = match value {
                toml::Value::String(text) => text,
                toml::Value::Integer(number) => number.to_string(),
                toml::Value::Boolean(flag) if is_flag(name) => flag.to_string(),
                _ => {
                    let problem = "must be a text or a whole number".to_owned();
                    return Err(ConfigError::Value { name, origin, problem });
                }
            };
            self.values.insert(name, (value, origin));
        }
        Ok(())
    }

    /// The values among `variables`. Other variables of our prefix are remembered for a warning:
    /// somebody may have misspelt one, but tests and scripts have their own too.
    pub fn read_environment(&mut self, variables: impl IntoIterator<Item = (OsString, OsString)>) {
        for (name, value) in variables {
            let (Some(name), Some(value)) = (name.to_str(), value.to_str()) else { continue };
            if name.starts_with(AWS_PREFIX) && !value.is_empty() {
                self.aws.push((name.to_owned(), value.to_owned()));
            }
            let Some(rest) = name.strip_prefix(ENVIRONMENT_PREFIX) else { continue };
            match known(&rest.to_lowercase()) {
                Some(known) if !value.is_empty() => {
                    self.values.insert(known, (value.to_owned(), Origin::Environment));
                }
                Some(_) => {}
                None => self.unknown_variables.push(name.to_owned()),
            }
        }
    }

    /// The value of a flag.
    pub fn set_flag(&mut self, name: &'static str, value: Option<String>) {
        if let Some(value) = value {
            self.values.insert(name, (value, Origin::Flag));
        }
    }

    fn text(&self, name: &'static str) -> Option<&str> {
        self.values.get(name).map(|(value, _)| value.as_str())
    }

    fn read<T>(
        &self,
        name: &'static str,
        read: impl FnOnce(&str) -> Result<T, String>,
    ) -> Result<Option<T>, ConfigError> {
        let Some((value, origin)) = self.values.get(name) else { return Ok(None) };
        let refuse = |problem| ConfigError::Value { name, origin: origin.clone(), problem };
        read(value).map(Some).map_err(refuse)
    }
}

fn known(name: &str) -> Option<&'static str> {
    SETTINGS.iter().map(|setting| setting.name).find(|known| *known == name)
}

/// Where everything but package bytes is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Database {
    /// The embedded one, in this file.
    Sqlite(PathBuf),
    /// A server, by its URL.
    Postgres(String),
}

/// A standby of the database that serves what may lag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replica {
    /// Its URL.
    pub url: String,
    /// How far it may be behind, in seconds, and still be read from.
    pub lag_seconds_max: u32,
}

/// Characters of a metrics token at least.
const METRICS_TOKEN_BYTES_MIN: usize = 16;
/// An API secret shorter than this can be guessed.
const SECRET_BYTES_SAFE: usize = 24;

/// The settings in force, checked.
#[derive(Debug, Clone)]
pub struct Config {
    /// Folder of everything that is kept locally.
    pub data: PathBuf,
    /// The database.
    pub database: Database,
    /// A standby of it that serves what may lag.
    pub replica: Option<Replica>,
    /// Where packages are kept.
    pub packages: Packages,
    /// Address of the main origin.
    pub listen: String,
    /// Address of the content origin.
    pub content_listen: String,
    /// What browsers see of the main origin, when that is not the address.
    pub public_url: Option<String>,
    /// What browsers see of the content origin, when that is not the address.
    pub content_url: Option<String>,
    /// A key pair with all scopes that the operator has chosen.
    pub credential: Option<(CredentialId, String)>,
    /// Password of the first administrator.
    pub admin_password: Option<String>,
    /// The root of derived keys, when not in the data folder.
    pub master_key: Option<[u8; 32]>,
    /// How activity ids begin.
    pub activity_base: Option<String>,
    /// Who may show the player in a frame.
    pub frame_ancestors: String,
    /// Assumed for xAPI requests without a version.
    pub xapi_default_version: xapi::Version,
    /// Whose scripts may use the LRS from other origins.
    pub xapi_cors_origins: web::CorsOrigins,
    /// Whether the replica may serve queries for statements of the LRS.
    pub xapi_queries_may_lag: bool,
    /// Most bytes of a package.
    pub package_bytes_max: u64,
    /// Most bytes of a package's files together.
    pub unpacked_bytes_max: u64,
    /// Most bytes of any other request.
    pub request_bytes_max: usize,
    /// Most bytes of inflated media that are kept.
    pub media_cache_bytes_max: u64,
    /// Writes that may wait for their commit.
    pub queue_requests_max: usize,
    /// Bytes of the writes that may wait for their commit.
    pub queue_bytes_max: usize,
    /// Threads that serve requests, of each origin.
    pub workers: Option<usize>,
    /// Whether everybody may read the ledger's entries.
    pub ledger_entries_public: bool,
    /// Longest life of a bearer token, in seconds.
    pub token_seconds_max: u32,
    /// Hosts that results may be sent to.
    pub result_hosts: app::ResultHosts,
    /// Failed sign-ins that one address may have in a minute; 0 for no limit.
    pub failed_sign_ins_per_minute: u32,
    /// Requests that one API key may send in a minute; 0 for no limit.
    pub requests_per_minute: u32,
    /// Proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<web::Network>,
    /// What a reader of `/metrics` must show.
    pub metrics_token: Option<String>,
    /// How long `/readyz` says that the service is about to stop before it does.
    pub drain_seconds: u32,
    /// How long requests under way may take once the service is to stop.
    pub stop_seconds: u32,
    /// How log lines are written.
    pub log_format: LogFormat,
    /// Log filter.
    pub log: String,
}

/// How log lines are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line, for programs.
    Json,
}

/// Longest that a bearer token may ever hold, in seconds: a day.
const TOKEN_SECONDS_LIMIT: u32 = 24 * 60 * 60;

impl Config {
    /// Checks what was given.
    pub fn new(given: &Given) -> Result<Self, ConfigError> {
        let data = PathBuf::from(given.text("data").unwrap_or("./data"));
        let database = given.read("database_url", read_database)?;
        let database = database.unwrap_or_else(|| Database::Sqlite(data.join("attestry.db")));
        let text = |name, default: &str| given.text(name).unwrap_or(default).to_owned();
        let bytes = |name, default: u64| Ok(given.read(name, read_number)?.unwrap_or(default));
        let number = |name, default: u32| Ok(given.read(name, read_number)?.unwrap_or(default));
        Ok(Self {
            replica: read_replica(given, &database)?,
            database,
            packages: Packages::read(given, &data)?,
            data,
            listen: text("listen", "127.0.0.1:8080"),
            content_listen: text("content_listen", "127.0.0.1:8081"),
            public_url: given.read("public_url", |url| read_origin(url, false))?,
            content_url: given.read("content_url", |url| read_origin(url, true))?,
            credential: read_credential(given)?,
            admin_password: given.text("admin_password").map(ToOwned::to_owned),
            master_key: given.read("master_key", read_master_key)?,
            activity_base: given.text("activity_base").map(ToOwned::to_owned),
            frame_ancestors: text("frame_ancestors", "*"),
            xapi_default_version: given
                .read("xapi_default_version", |text| {
                    xapi::Version::negotiate(text).map_err(|error| error.to_string())
                })?
                .unwrap_or(xapi::Version::V1_0),
            xapi_cors_origins: given
                .read("xapi_cors_origins", |text| {
                    text.parse().map_err(|error: web::ParseCorsOriginsError| error.to_string())
                })?
                .unwrap_or(web::CorsOrigins::Any),
            xapi_queries_may_lag: given.read("xapi_queries_may_lag", read_flag)?.unwrap_or(false),
            package_bytes_max: bytes("package_bytes_max", 4 << 30)?,
            unpacked_bytes_max: bytes("unpacked_bytes_max", 8 << 30)?,
            request_bytes_max: given.read("request_bytes_max", read_number)?.unwrap_or(16 << 20),
            media_cache_bytes_max: bytes("media_cache_bytes_max", 4 << 30)?,
            queue_requests_max: given.read("queue_requests_max", read_number)?.unwrap_or(4_096),
            queue_bytes_max: given.read("queue_bytes_max", read_number)?.unwrap_or(128 << 20),
            workers: given.read("workers", read_number)?,
            ledger_entries_public: given.read("ledger_entries_public", read_flag)?.unwrap_or(false),
            token_seconds_max: given.read("token_seconds_max", read_token_life)?.unwrap_or(3_600),
            result_hosts: given
                .text("result_hosts")
                .map(app::ResultHosts::parse)
                .unwrap_or_default(),
            failed_sign_ins_per_minute: number("failed_sign_ins_per_minute", 30)?,
            requests_per_minute: number("requests_per_minute", 0)?,
            trusted_proxies: given.read("trusted_proxies", read_networks)?.unwrap_or_default(),
            metrics_token: given.read("metrics_token", read_metrics_token)?,
            drain_seconds: number("drain_seconds", 0)?,
            stop_seconds: number("stop_seconds", 10)?,
            log_format: given.read("log_format", read_log_format)?.unwrap_or_default(),
            log: text("log", "info,actix_server=warn"),
        })
    }

    /// What is unsafe or surprising about these settings, for people.
    pub fn warnings(&self, given: &Given) -> Vec<String> {
        let mut warnings: Vec<String> = given
            .unknown_variables
            .iter()
            .map(|name| format!("{name} is no setting and has no effect"))
            .collect();
        if self.credential.as_ref().is_some_and(|(_, secret)| secret.len() < SECRET_BYTES_SAFE) {
            warnings.push(format!(
                "api_secret has fewer than {SECRET_BYTES_SAFE} characters: it can be guessed"
            ));
        }
        warnings.extend(self.packages.warning());
        match (&self.public_url, &self.content_url) {
            (Some(main), Some(content)) => {
                if site(main) == site(content) {
                    warnings.push(format!(
                        "content_url ({content}) is on the same site as public_url ({main}): \
                         course content is other people's code and needs another domain"
                    ));
                }
                for url in [main, content] {
                    if url.starts_with("http://") && !is_local(host(url)) {
                        warnings.push(format!("{url} is not https: sign-in can be overheard"));
                    }
                }
            }
            (Some(_), None) | (None, Some(_)) => warnings.push(
                "only one of public_url and content_url is set: browsers need both".to_owned(),
            ),
            (None, None) => {
                for listen in [&self.listen, &self.content_listen] {
                    if !is_local(listen.rsplit_once(':').map_or("", |(host, _)| host)) {
                        warnings.push(format!(
                            "{listen} can be reached from other machines, but public_url and \
                             content_url are not set"
                        ));
                    }
                }
            }
        }
        warnings
    }

    /// The settings in force as a settings file, secrets hidden, each with its origin.
    pub fn print(given: &Given) -> String {
        let mut text = String::new();
        for &Setting { name, default, secret } in SETTINGS {
            let line = match given.values.get(name) {
                Some((_, origin)) if secret => format!("{name} = \"…\"  # hidden; {origin}\n"),
                Some((value, origin)) => {
                    // Credentials in a URL are as secret as a password.
                    let value = without_password(value);
                    format!("{name} = {value:?}  # {origin}\n")
                }
                None if default.is_empty() => format!("# {name} is not set\n"),
                None => format!("# {name}: {default}\n"),
            };
            text.push_str(&line);
        }
        text
    }
}

fn read_database(url: &str) -> Result<Database, String> {
    match url.split_once("://") {
        Some(("sqlite", path)) if !path.is_empty() => Ok(Database::Sqlite(PathBuf::from(path))),
        Some(("postgres" | "postgresql", _)) => Ok(Database::Postgres(url.to_owned())),
        _ => Err("must begin with sqlite:// or postgres://".to_owned()),
    }
}

fn read_replica(given: &Given, database: &Database) -> Result<Option<Replica>, ConfigError> {
    let url = given.read("database_read_url", |url| match (database, url.split_once("://")) {
        (Database::Sqlite(_), _) => Err("a replica needs PostgreSQL: set database_url to \
                                         postgres://…, or leave this out"
            .to_owned()),
        (_, Some(("postgres" | "postgresql", _))) => Ok(url.to_owned()),
        _ => Err("must begin with postgres://".to_owned()),
    })?;
    let lag_seconds_max = given.read("database_read_lag_seconds_max", read_number)?.unwrap_or(60);
    Ok(url.map(|url| Replica { url, lag_seconds_max }))
}

fn read_number<T: std::str::FromStr>(text: &str) -> Result<T, String> {
    text.parse().map_err(|_| format!("must be a whole number, not {text:?}"))
}

fn read_token_life(text: &str) -> Result<u32, String> {
    let seconds = read_number(text)?;
    if (1..=TOKEN_SECONDS_LIMIT).contains(&seconds) {
        Ok(seconds)
    } else {
        Err(format!("must be 1 to {TOKEN_SECONDS_LIMIT} seconds"))
    }
}

fn read_networks(text: &str) -> Result<Vec<web::Network>, String> {
    let parts = text.split([',', ' ']).filter(|part| !part.is_empty());
    parts.map(|part| part.parse().map_err(|error| format!("{part}: {error}"))).collect()
}

/// Shorter ones could be guessed.
fn read_metrics_token(text: &str) -> Result<String, String> {
    if text.len() >= METRICS_TOKEN_BYTES_MIN && text.bytes().all(|b| b.is_ascii_graphic()) {
        Ok(text.to_owned())
    } else {
        Err(format!("must have at least {METRICS_TOKEN_BYTES_MIN} printable ASCII characters"))
    }
}

fn read_log_format(text: &str) -> Result<LogFormat, String> {
    match text {
        "text" => Ok(LogFormat::Text),
        "json" => Ok(LogFormat::Json),
        other => Err(format!("must be text or json, not {other:?}")),
    }
}

/// Whether a setting is true or false.
fn is_flag(name: &str) -> bool {
    SETTINGS.iter().any(|one| one.name == name && ["true", "false"].contains(&one.default))
}

fn read_flag(text: &str) -> Result<bool, String> {
    text.parse().map_err(|_| format!("must be true or false, not {text:?}"))
}

/// An origin, without a slash at the end; with a wildcard as its first label, if that may be.
fn read_origin(url: &str, wildcard: bool) -> Result<String, String> {
    let url = url.trim_end_matches('/');
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
    let rest = rest.ok_or("must begin with http:// or https://")?;
    if rest.is_empty() || rest.contains(['/', '?', '#', '@', ' ', '"', ';', ',']) {
        return Err("must be a scheme, a host and perhaps a port, and nothing else".to_owned());
    }
    let stars = rest.matches('*').count();
    if stars > 0 && !(wildcard && stars == 1 && rest.starts_with("*.")) {
        return Err("may hold a wildcard only as the first label of the content URL".to_owned());
    }
    Ok(url.to_owned())
}

fn read_credential(given: &Given) -> Result<Option<(CredentialId, String)>, ConfigError> {
    let id = given
        .read("api_key", |text| CredentialId::parse(text).map_err(|error| error.to_string()))?;
    let secret = given.read("api_secret", |text| match text {
        "" => Err("must not be empty".to_owned()),
        text => Ok(text.to_owned()),
    })?;
    match (id, secret) {
        (Some(id), Some(secret)) => Ok(Some((id, secret))),
        (None, None) => Ok(None),
        (id, _) => {
            let name = if id.is_some() { "api_key" } else { "api_secret" };
            let origin = given.values.get(name).map(|(_, origin)| origin.clone());
            let origin = origin.unwrap_or(Origin::Environment);
            let problem = "api_key and api_secret belong together".to_owned();
            Err(ConfigError::Value { name, origin, problem })
        }
    }
}

/// 64 hexadecimal digits.
pub(crate) fn read_master_key(text: &str) -> Result<[u8; 32], String> {
    // A digest is written the same way.
    let bytes: Result<domain::Sha256Digest, _> = text.trim().parse();
    bytes.map(|bytes| *bytes.as_bytes()).map_err(|_| "must be 64 hexadecimal digits".to_owned())
}

fn host(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.rsplit_once(':').map_or(rest, |(host, _)| host)
}

fn is_local(host: &str) -> bool {
    host == "localhost" || host == "[::1]" || host.starts_with("127.")
}

/// The registrable domain as far as it can be told without the public suffix list: the last two
/// labels of a name, all of an address.
fn site(url: &str) -> &str {
    let host = host(url);
    let is_address = host.starts_with('[') || host.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    let dots: Vec<usize> = host.match_indices('.').map(|(at, _)| at).collect();
    match dots.len() {
        2.. if !is_address => {
            dots.get(dots.len() - 2).and_then(|at| host.get(at + 1..)).unwrap_or(host)
        }
        _ => host,
    }
}

fn without_password(value: &str) -> String {
    let parts = value.split_once("://").and_then(|(scheme, rest)| {
        let (user, host) = rest.split_once('@')?;
        let (user, _) = user.split_once(':')?;
        Some(format!("{scheme}://{user}:…@{host}"))
    });
    parts.unwrap_or_else(|| value.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from_environment(variables: &[(&str, &str)]) -> Given {
        let mut given = Given::default();
        given.read_environment(
            variables.iter().map(|(name, value)| ((*name).into(), (*value).into())),
        );
        given
    }

    fn from_file(text: &str) -> Result<Given, ConfigError> {
        let folder = tempfile::TempDir::new().unwrap();
        let path = folder.path().join("attestry.toml");
        std::fs::write(&path, text).unwrap();
        let mut given = Given::default();
        given.read_file(Some(&path)).map(|()| given)
    }

    #[test]
    fn nothing_configured_is_a_configuration() {
        let config = Config::new(&Given::default()).unwrap();
        assert_eq!(config.database, Database::Sqlite("./data/attestry.db".into()));
        assert_eq!(config.listen, "127.0.0.1:8080");
        assert!(config.warnings(&Given::default()).is_empty());
    }

    #[test]
    fn the_environment_beats_the_file_and_a_flag_beats_both() {
        let mut given = from_file("listen = \"a:1\"\nlog = \"debug\"\nworkers = 3").unwrap();
        given.read_environment([("ATTESTRY_LISTEN".into(), "b:2".into())]);
        assert_eq!(Config::new(&given).unwrap().listen, "b:2");
        given.set_flag("listen", Some("c:3".to_owned()));
        let config = Config::new(&given).unwrap();
        assert_eq!((config.listen.as_str(), config.log.as_str()), ("c:3", "debug"));
        assert_eq!(config.workers, Some(3));
    }

    #[test]
    fn an_unknown_key_stops_the_start_and_an_unknown_variable_is_warned_of() {
        assert!(from_file("listne = \"a:1\"").is_err());
        assert!(from_file("listen = true").is_err());
        let given = from_file("ledger_entries_public = true").unwrap();
        assert!(Config::new(&given).unwrap().ledger_entries_public);
        let given = from_environment(&[("ATTESTRY_LISTNE", "a:1"), ("OTHER", "x")]);
        let warnings = Config::new(&given).unwrap().warnings(&given);
        assert_eq!(warnings.len(), 1);
        assert!(warnings[0].contains("ATTESTRY_LISTNE"));
    }

    #[test]
    fn values_that_cannot_be_are_refused_with_their_name() {
        for (name, value) in [
            ("ATTESTRY_DATABASE_URL", "mysql://x"),
            ("ATTESTRY_DATABASE_READ_URL", "postgres://db/attestry"),
            ("ATTESTRY_DATABASE_READ_LAG_SECONDS_MAX", "-1"),
            ("ATTESTRY_XAPI_QUERIES_MAY_LAG", "perhaps"),
            ("ATTESTRY_PUBLIC_URL", "training.example.com"),
            ("ATTESTRY_PUBLIC_URL", "https://*.example.com"),
            ("ATTESTRY_CONTENT_URL", "https://a.*.example.com"),
            ("ATTESTRY_CONTENT_URL", "https://a.example.com/path"),
            ("ATTESTRY_MASTER_KEY", "abc"),
            ("ATTESTRY_API_KEY", "a:b"),
            ("ATTESTRY_API_SECRET", "0123456789abcdef"),
            ("ATTESTRY_API_SECRET", "short"),
            ("ATTESTRY_XAPI_DEFAULT_VERSION", "0.9"),
            ("ATTESTRY_PACKAGE_BYTES_MAX", "many"),
            ("ATTESTRY_TOKEN_SECONDS_MAX", "0"),
            ("ATTESTRY_TOKEN_SECONDS_MAX", "86401"),
            ("ATTESTRY_FAILED_SIGN_INS_PER_MINUTE", "-1"),
            ("ATTESTRY_REQUESTS_PER_MINUTE", "many"),
            ("ATTESTRY_TRUSTED_PROXIES", "10.0.0.0/33"),
            ("ATTESTRY_TRUSTED_PROXIES", "proxy.example.com"),
            ("ATTESTRY_METRICS_TOKEN", "short"),
            ("ATTESTRY_STOP_SECONDS", "soon"),
            ("ATTESTRY_LOG_FORMAT", "xml"),
        ] {
            let error = Config::new(&from_environment(&[(name, value)])).unwrap_err().to_string();
            let known = name.trim_start_matches("ATTESTRY_").to_lowercase();
            assert!(error.contains(&known), "{name}={value}: {error}");
        }
    }

    #[test]
    fn a_replica_needs_a_database_that_has_replicas() {
        let read = |url: &str, more: &[(&str, &str)]| {
            let given = [&[("ATTESTRY_DATABASE_READ_URL", url)], more].concat();
            Config::new(&from_environment(&given)).map(|config| config.replica)
        };
        let main = ("ATTESTRY_DATABASE_URL", "postgres://me@db/attestry");
        let replica = |lag_seconds_max| {
            Some(Replica { url: "postgres://me@standby/attestry".to_owned(), lag_seconds_max })
        };
        assert_eq!(read("postgres://me@standby/attestry", &[main]).unwrap(), replica(60));
        let lag = ("ATTESTRY_DATABASE_READ_LAG_SECONDS_MAX", "5");
        assert_eq!(read("postgres://me@standby/attestry", &[main, lag]).unwrap(), replica(5));
        assert!(read("sqlite://other.db", &[main]).is_err());
        let refused = read("postgres://me@standby/attestry", &[]).unwrap_err().to_string();
        assert_eq!(
            refused,
            "setting database_read_url (in the environment): a replica needs PostgreSQL: set \
             database_url to postgres://…, or leave this out"
        );
    }

    #[test]
    fn content_on_the_consoles_site_is_warned_of() {
        for (main, content, warned) in [
            ("https://training.example.com", "https://content.example.com", true),
            ("https://training.example.com", "https://*.content.example.com", true),
            ("https://training.example.com", "https://training-content.example.net", false),
            ("http://localhost:8080", "http://localhost:8081", true),
            ("http://localhost:8080", "http://127.0.0.1:8081", false),
            ("http://training.example.com", "https://content.example.net", true),
        ] {
            let given = from_environment(&[
                ("ATTESTRY_PUBLIC_URL", main),
                ("ATTESTRY_CONTENT_URL", content),
            ]);
            let warnings = Config::new(&given).unwrap().warnings(&given);
            assert_eq!(!warnings.is_empty(), warned, "{main} {content}: {warnings:?}");
        }
    }

    #[test]
    fn secrets_are_never_printed() {
        let given = from_environment(&[
            ("ATTESTRY_API_KEY", "key-1"),
            ("ATTESTRY_API_SECRET", "0123456789abcdef"),
            ("ATTESTRY_ADMIN_PASSWORD", "correct horse"),
            ("ATTESTRY_DATABASE_URL", "postgres://me:hunter2@db/attestry"),
        ]);
        let printed = Config::print(&given);
        for hidden in ["0123456789abcdef", "correct horse", "hunter2"] {
            assert!(!printed.contains(hidden), "{printed}");
        }
        assert!(printed.contains("key-1") && printed.contains("postgres://me:…@db/attestry"));
    }
}
