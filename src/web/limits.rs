//! How often: requests of one API key, and failed sign-ins of one address or for one account.
//!
//! Each node counts for itself, in memory, in a bounded number of buckets.

use crate::{WebSettings, network::client_address, problem::Problem};
use actix_web::{
    HttpRequest,
    http::{StatusCode, header},
    web::Data,
};
use domain::{CredentialId, Sha256Digest, Timestamp};
use std::{
    collections::HashMap,
    hash::Hash,
    net::IpAddr,
    sync::{Mutex, PoisonError},
};

/// Addresses, accounts or keys that are counted at once, each.
const BUCKETS_MAX: usize = 8_192;
const MINUTE_MICROS: i64 = 60_000_000;

/// Buckets that fill evenly, `per_minute` and as many at once; told by one instant each, the one at
/// which the bucket is full again (the generic cell rate algorithm).
struct Buckets<K> {
    per_minute: u32,
    full_at: Mutex<HashMap<K, Timestamp>>,
}

impl<K: Clone + Eq + Hash> Buckets<K> {
    fn new(per_minute: u32) -> Self {
        Self { per_minute, full_at: Mutex::default() }
    }

    /// Microseconds in which one drop comes in; `None` without a limit.
    fn drop_micros(&self) -> Option<i64> {
        (self.per_minute > 0).then(|| MINUTE_MICROS / i64::from(self.per_minute))
    }

    /// How many seconds it takes until there is a drop again; `None` when there is one.
    fn empty_for(&self, key: &K, now: Timestamp) -> Option<u32> {
        let each = self.drop_micros()?;
        let full_at = *self.full_at.lock().unwrap_or_else(PoisonError::into_inner).get(key)?;
        wait(full_at.micros() - now.micros(), each, self.per_minute)
    }

    /// Takes a drop; how many seconds it takes until there is one again when there is none.
    fn take(&self, key: &K, now: Timestamp) -> Result<(), u32> {
        let Some(each) = self.drop_micros() else { return Ok(()) };
        let mut all = self.full_at.lock().unwrap_or_else(PoisonError::into_inner);
        let missing = all.get(key).map_or(0, |full_at| (full_at.micros() - now.micros()).max(0));
        if let Some(seconds) = wait(missing, each, self.per_minute) {
            return Err(seconds);
        }
        if all.len() >= BUCKETS_MAX && !all.contains_key(key) {
            make_room(&mut all, now);
        }
        all.insert(key.clone(), Timestamp::from_micros(now.micros() + missing + each));
        Ok(())
    }

    /// Whether nothing was taken lately.
    fn is_full(&self, key: &K, now: Timestamp) -> bool {
        let all = self.full_at.lock().unwrap_or_else(PoisonError::into_inner);
        all.get(key).is_none_or(|full_at| *full_at <= now)
    }
}

/// Whole seconds until a bucket that lacks `missing` microseconds of water has a drop again.
fn wait(missing: i64, each: i64, per_minute: u32) -> Option<u32> {
    let over = missing.saturating_add(each).saturating_sub(each.saturating_mul(per_minute.into()));
    (over > 0).then(|| u32::try_from(over.div_euclid(1_000_000) + 1).unwrap_or(u32::MAX))
}

/// Forgets the buckets that are full, or else the fullest ones: an eighth at once, so that who comes
/// from ever new addresses does not make each request look at all of them.
fn make_room<K: Eq + Hash>(all: &mut HashMap<K, Timestamp>, now: Timestamp) {
    all.retain(|_, full_at| *full_at > now);
    if all.len() < BUCKETS_MAX {
        return;
    }
    let mut fill: Vec<Timestamp> = all.values().copied().collect();
    let (_, &mut last, _) = fill.select_nth_unstable(BUCKETS_MAX / 8);
    let mut leaving = BUCKETS_MAX / 8;
    all.retain(|_, full_at| {
        let leaves = leaving > 0 && *full_at <= last;
        leaving -= usize::from(leaves);
        !leaves
    });
}

/// What is counted.
pub(crate) struct Limits {
    addresses: Buckets<IpAddr>,
    accounts: Buckets<Sha256Digest>,
    keys: Buckets<CredentialId>,
    /// Who has been let in from an address that others fail from: these go on.
    proven: Buckets<Sha256Digest>,
}

impl Limits {
    /// Nothing is counted yet.
    pub(crate) fn new(failed_sign_ins_per_minute: u32, requests_per_minute: u32) -> Self {
        Self {
            addresses: Buckets::new(failed_sign_ins_per_minute),
            accounts: Buckets::new(failed_sign_ins_per_minute),
            keys: Buckets::new(requests_per_minute),
            proven: Buckets::new(1),
        }
    }

    /// Refuses a request of a key that sends too many.
    pub(crate) fn count_request(&self, key: &CredentialId, now: Timestamp) -> Result<(), Problem> {
        self.keys.take(key, now).map_err(|seconds| {
            let what = "this API key has sent too many requests";
            too_many(what, "requests_per_minute", self.keys.per_minute, seconds)
        })
    }
}

/// One attempt to sign in.
pub(crate) struct Attempt<'a> {
    limits: &'a Limits,
    now: Timestamp,
    /// Addresses of one IPv6 network count as one: whoever has one has all of them.
    address: Option<IpAddr>,
    account: Option<Sha256Digest>,
    proof: Sha256Digest,
}

impl<'a> Attempt<'a> {
    /// An attempt with what was shown: a header, or the name of an account.
    fn new(request: &HttpRequest, limits: &'a Limits, shown: &str) -> Self {
        let settings = request.app_data::<Data<WebSettings>>();
        let settings = settings.expect("every origin is built with its settings");
        let address = client_address(request, &settings.trusted_proxies).map(network_of);
        let proof = Sha256Digest::of(format!("{address:?} {shown}").as_bytes());
        Self { limits, now: settings.clock.now(), address, account: None, proof }
    }

    /// An attempt with the `Authorization` header `shown`; refused when the address has failed too
    /// often, unless the same header was let in from it a moment ago.
    pub(crate) fn by_header(
        request: &HttpRequest,
        limits: &'a Limits,
        shown: &str,
    ) -> Result<Self, Problem> {
        let attempt = Self::new(request, limits, shown);
        match attempt.seconds_left() {
            Some(_) if !limits.proven.is_full(&attempt.proof, attempt.now) => Ok(attempt),
            Some(seconds) => Err(attempt.refusal(seconds)),
            None => Ok(attempt),
        }
    }

    /// An attempt with a password for `account`; refused when the address or the account has
    /// failed too often, before any hash is computed.
    pub(crate) fn by_password(
        request: &HttpRequest,
        limits: &'a Limits,
        account: &str,
    ) -> Result<Self, Problem> {
        let mut attempt = Self::new(request, limits, "");
        attempt.account = Some(Sha256Digest::of(account.trim().to_lowercase().as_bytes()));
        match attempt.seconds_left() {
            Some(seconds) => Err(attempt.refusal(seconds)),
            None => Ok(attempt),
        }
    }

    fn seconds_left(&self) -> Option<u32> {
        let address = self.address.and_then(|one| self.limits.addresses.empty_for(&one, self.now));
        let account = self.account.as_ref();
        let account = account.and_then(|one| self.limits.accounts.empty_for(one, self.now));
        address.max(account)
    }

    fn refusal(&self, seconds: u32) -> Problem {
        let what = "too many attempts to sign in have failed";
        let limit = self.limits.addresses.per_minute;
        too_many(what, "failed_sign_ins_per_minute", limit, seconds)
    }

    /// It failed.
    pub(crate) fn failed(&self) {
        if let Some(address) = &self.address {
            let _ = self.limits.addresses.take(address, self.now);
        }
        if let Some(account) = &self.account {
            let _ = self.limits.accounts.take(account, self.now);
        }
    }

    /// It succeeded: what was shown is remembered for a minute while others fail.
    pub(crate) fn succeeded(&self) {
        let others_fail =
            self.address.is_some_and(|one| !self.limits.addresses.is_full(&one, self.now));
        if others_fail {
            let _ = self.limits.proven.take(&self.proof, self.now);
        }
    }
}

/// The address itself, or the /64 that an IPv6 address is in.
fn network_of(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(six) => {
            let [a, b, c, d, ..] = six.segments();
            IpAddr::from([a, b, c, d, 0, 0, 0, 0])
        }
    }
}

fn too_many(what: &str, setting: &str, per_minute: u32, seconds: u32) -> Problem {
    let detail = format!("{what}; the limit is {per_minute} a minute (setting {setting})");
    Problem::new(StatusCode::TOO_MANY_REQUESTS, "too-many", detail)
        .member("limit", per_minute.into())
        .member("setting", setting.into())
        .header(header::RETRY_AFTER, seconds.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_micros(1_000_000_000 + seconds * 1_000_000)
    }

    #[test]
    fn a_bucket_empties_and_fills_evenly() {
        let buckets = Buckets::new(6);
        for _ in 0..6 {
            assert_eq!(buckets.empty_for(&'a', at(0)), None);
            assert_eq!(buckets.take(&'a', at(0)), Ok(()));
        }
        let left = buckets.take(&'a', at(0)).unwrap_err();
        assert!((10..=11).contains(&left), "{left}");
        assert_eq!(buckets.empty_for(&'a', at(0)), Some(left));
        assert_eq!(buckets.take(&'b', at(0)), Ok(()), "each key has its own");
        assert_eq!(buckets.take(&'a', at(11)), Ok(()));
        assert!(buckets.take(&'a', at(11)).is_err());
        assert!(!buckets.is_full(&'a', at(60)) && buckets.is_full(&'a', at(80)));
    }

    #[test]
    fn no_limit_counts_nothing() {
        let buckets = Buckets::new(0);
        assert!((0..10_000).all(|_| buckets.take(&1, at(0)).is_ok()));
        assert!(buckets.full_at.lock().unwrap().is_empty());
    }

    #[test]
    fn memory_is_bounded_and_the_emptiest_buckets_are_kept() {
        let buckets = Buckets::new(2);
        for _ in 0..2 {
            buckets.take(&usize::MAX, at(0)).unwrap();
        }
        for key in 0..BUCKETS_MAX * 2 {
            buckets.take(&key, at(0)).unwrap();
        }
        let kept = buckets.full_at.lock().unwrap().len();
        assert!((BUCKETS_MAX * 7 / 8..=BUCKETS_MAX).contains(&kept), "{kept}");
        assert!(buckets.take(&usize::MAX, at(0)).is_err());
        for key in BUCKETS_MAX * 2..BUCKETS_MAX * 3 {
            buckets.take(&key, at(1_000)).unwrap();
        }
        let all = buckets.full_at.lock().unwrap();
        assert_eq!(all.len(), BUCKETS_MAX, "none of these is full");
        assert!(all.values().all(|full_at| *full_at > at(1_000)), "what is full is forgotten");
    }

    #[test]
    fn an_ipv6_network_counts_as_one_address() {
        let network = |text: &str| network_of(text.parse().unwrap());
        assert_eq!(network("2001:db8:1:2:3::4"), network("2001:db8:1:2::9"));
        assert_ne!(network("2001:db8:1:2::1"), network("2001:db8:1:3::1"));
        assert_ne!(network("192.0.2.1"), network("192.0.2.2"));
    }
}
