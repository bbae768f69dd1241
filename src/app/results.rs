//! Results for the LMS that launched a course: whenever the status of a registration changes, it is
//! sent to the address that the launch named, signed, until it is taken.
//!
//! What is sent is the newest status, not each change: a receiver that was away for a day hears where
//! things stand. Headers and signature are those of Standard Webhooks 1.0.

use crate::{App, AppError, Caller, secret::hmac};
use async_trait::async_trait;
use base64::{Engine, engine::general_purpose::STANDARD};
use domain::{Causes, OrganizationId, Scope, Sha256Digest, Timestamp};
use futures_util::future::join_all;
use serde_json::json;
use std::time::Duration;
use store::{Notice, Registration, Sent};

/// Notices sent in one round, at the same time.
const ROUND_MAX: usize = 50;
/// How long one who sends a notice has for it.
const SENT_WITHIN: Duration = Duration::from_mins(1);
/// The pause after the first failure; it doubles with each further one.
const FIRST_PAUSE: Duration = Duration::from_secs(10);
/// Longest pause between two tries.
const PAUSE_MAX: Duration = Duration::from_hours(1);
/// After so long a notice is given up until its registration moves on.
const TRIED_FOR: Duration = Duration::from_hours(72);

/// What is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    /// Where to.
    pub url: String,
    /// Headers besides those of the medium.
    pub headers: Vec<(&'static str, String)>,
    /// JSON text.
    pub body: String,
}

/// A letter could not be delivered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct CourierError(pub String);

/// Carries letters to other systems.
#[async_trait]
pub trait Courier: Send + Sync {
    /// Delivers a letter; the HTTP status of the answer.
    async fn deliver(&self, letter: &Letter) -> Result<u16, CourierError>;
}

/// Hosts that results may be sent to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ResultHosts(Vec<String>);

impl ResultHosts {
    /// Hosts parted by commas or spaces: `lms.example.com`, `*.example.com` for all below one,
    /// with a port where it is not the scheme's own.
    pub fn parse(text: &str) -> Self {
        let words = text.split([',', ' ']).filter(|word| !word.is_empty());
        Self(words.map(str::to_lowercase).collect())
    }

    /// Whether no host may have any.
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn allow(&self, host: &str) -> bool {
        self.0.iter().any(|known| match known.strip_prefix("*.") {
            Some(domain) => host.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.')),
            None => host == known,
        })
    }

    /// Checks an address of a launch.
    pub(crate) fn check(&self, url: &str) -> Result<(), AppError> {
        let wrong = |problem: String| AppError::invalid("/result_url", problem);
        let rest = ["https://", "http://"].iter().find_map(|scheme| url.strip_prefix(scheme));
        let rest = rest.filter(|_| xapi::text::is_iri(url));
        let rest = rest.ok_or_else(|| wrong("must be an absolute http or https URL".to_owned()))?;
        let host = rest.split(['/', '?', '#']).next().unwrap_or_default().to_lowercase();
        if host.contains('@') {
            return Err(wrong("must not hold a name or password".to_owned()));
        }
        if self.allow(&host) {
            return Ok(());
        }
        Err(wrong(format!("is of the host {host:?}, which the setting result_hosts does not name")))
    }
}

impl App {
    /// The secret that proves to receivers that results come from this organization, as Standard
    /// Webhooks writes it.
    pub fn result_secret(&self, caller: &Caller) -> Result<String, AppError> {
        caller.require(Scope::All, &[])?;
        Ok(format!("whsec_{}", STANDARD.encode(self.result_key(caller.organization))))
    }

    fn result_key(&self, organization: OrganizationId) -> [u8; 32] {
        self.settings.master_key.derive("results", organization.uuid().as_bytes())
    }

    /// Sends the notices that are due; how many were taken. Called by a timer. They go at the same
    /// time, so that a receiver that hangs holds up no other.
    pub async fn send_results(&self) -> Result<usize, AppError> {
        let due = self.store.due_notices(self.clock.now(), ROUND_MAX).await?;
        let sent = join_all(due.iter().map(|notice| self.send_notice(notice))).await;
        let mut taken = 0;
        for was_taken in sent {
            taken += usize::from(was_taken?);
        }
        Ok(taken)
    }

    /// Whether the notice was taken.
    async fn send_notice(&self, notice: &Notice) -> Result<bool, AppError> {
        let until = self.clock.now().plus(SENT_WITHIN);
        // Of several nodes one sends it.
        if !self.store.take_notice(notice, until).await? {
            return Ok(false);
        }
        let sent = self.send_result(notice).await?;
        if let Sent::Failed { error, .. } = &sent {
            tracing::warn!(registration = %notice.registration, error, "a result was not taken");
        }
        self.store.settle_notice(notice, until, &sent, self.clock.now()).await?;
        Ok(matches!(sent, Sent::Taken { .. }))
    }

    async fn send_result(&self, notice: &Notice) -> Result<Sent, AppError> {
        let found = self.store.registration(notice.organization, notice.registration).await?;
        let Some(registration) = found else {
            let error = "the registration is gone".to_owned();
            return Ok(Sent::Failed { error, again_at: None });
        };
        let told = status_of(&registration)?;
        if notice.told.as_ref() == Some(&told) {
            return Ok(Sent::Taken { told });
        }
        let now = self.clock.now();
        let error = match self.deliver_letter(&self.letter(notice, &told, now)).await {
            Ok(200..=299) => return Ok(Sent::Taken { told }),
            Ok(status) => format!("answered with {status}"),
            Err(error) => error,
        };
        Ok(Sent::Failed { error, again_at: again_at(notice, now) })
    }

    /// Delivers a letter, if its host may still have it: settings change.
    async fn deliver_letter(&self, letter: &Letter) -> Result<u16, String> {
        self.settings.result_hosts.check(&letter.url).map_err(|error| error.to_string())?;
        let courier = self.courier.as_ref().ok_or("nothing carries results")?;
        courier.deliver(letter).await.map_err(|error| Causes(&error).to_string())
    }

    /// The letter with its signature: HMAC-SHA-256 over id, time and body.
    fn letter(&self, notice: &Notice, told: &str, now: Timestamp) -> Letter {
        // The same status has the same id however often it is sent.
        let id = Sha256Digest::of(format!("{} {told}", notice.registration).as_bytes());
        let id = format!("msg_{}", &id.to_string()[..32]);
        let seconds = (now.micros() / 1_000_000).to_string();
        let signed = [id.as_bytes(), b".", seconds.as_bytes(), b".", told.as_bytes()];
        let signature = hmac(&self.result_key(notice.organization), &signed);
        Letter {
            url: notice.url.clone(),
            headers: vec![
                ("webhook-id", id),
                ("webhook-timestamp", seconds),
                ("webhook-signature", format!("v1,{}", STANDARD.encode(signature))),
            ],
            body: told.to_owned(),
        }
    }
}

/// When to try again what failed for the `tries`-th time in a row.
fn again_at(notice: &Notice, now: Timestamp) -> Option<Timestamp> {
    let failing = notice.failing_since.map_or(Duration::ZERO, |since| now.since(since));
    let pause = FIRST_PAUSE.saturating_mul(1 << notice.tries.min(12)).min(PAUSE_MAX);
    (failing < TRIED_FOR).then(|| now.plus(pause))
}

/// What a receiver is told: the record, as the statements have it.
fn status_of(registration: &Registration) -> Result<String, AppError> {
    let (fixed, record) = (&registration.fixed, &registration.record);
    let actor: serde_json::Value =
        serde_json::from_str(&fixed.actor).map_err(AppError::unreadable("actor"))?;
    let status = json!({
        "type": "registration.status",
        "registration": fixed.id,
        "course": fixed.course,
        "version": fixed.version,
        "actor": actor,
        "status": crate::registrations::status_word(record),
        "completion": record.completion,
        "success": record.success,
        "score": record.score.as_ref().map(|score| json!({
            "scaled": score.scaled, "raw": score.raw, "min": score.min, "max": score.max,
        })),
        "completed_at": record.completed_at,
        "passed_at": record.passed_at,
        "failed_at": record.failed_at,
        "statements": record.statements,
    });
    Ok(status.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::RegistrationId;

    #[test]
    fn results_go_to_named_hosts_alone() {
        let hosts = ResultHosts::parse("lms.example.com, *.corp.example 127.0.0.1:9000");
        for (url, allowed) in [
            ("https://lms.example.com/x?y=1", true),
            ("https://LMS.example.com", true),
            ("https://lms.example.com:8443/x", false),
            ("https://a.b.corp.example/", true),
            ("https://corp.example/", false),
            ("https://evilcorp.example/", false),
            ("http://127.0.0.1:9000/hook", true),
            ("http://127.0.0.1/hook", false),
            ("https://lms.example.com@evil.example/", false),
            ("https://evil.example#lms.example.com", false),
            ("ftp://lms.example.com/", false),
            ("lms.example.com", false),
        ] {
            assert_eq!(hosts.check(url).is_ok(), allowed, "{url}");
        }
        assert!(ResultHosts::default().check("https://lms.example.com/").is_err());
    }

    #[test]
    fn pauses_grow_and_end() {
        let now = Timestamp::from_micros(1_000_000_000_000_000);
        let notice = |tries, failing: Option<Duration>| Notice {
            organization: OrganizationId::new(uuid::Uuid::nil()),
            registration: RegistrationId::new(uuid::Uuid::nil()),
            url: String::new(),
            due_at: Some(now),
            tries,
            failing_since: failing.map(|failing| now.minus(failing)),
            error: None,
            told: None,
            told_at: None,
        };
        let pause = |tries, failing| again_at(&notice(tries, failing), now).map(|at| at.since(now));
        assert_eq!(pause(0, None), Some(Duration::from_secs(10)));
        assert_eq!(pause(3, Some(Duration::from_mins(1))), Some(Duration::from_secs(80)));
        assert_eq!(pause(40, Some(Duration::from_hours(71))), Some(PAUSE_MAX));
        assert_eq!(pause(90, Some(Duration::from_hours(72))), None);
    }
}
