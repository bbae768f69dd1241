//! Where a request came from, through proxies that are known.

use actix_web::{
    HttpRequest,
    http::header::{self, HeaderName},
};
use std::{net::IpAddr, str::FromStr};

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// An address, or all addresses that begin alike (CIDR notation, RFC 4632).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    /// Bits that are the same for all.
    prefix: u32,
}

/// A text is no address and no network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be an IP address, or a network as in 10.0.0.0/8")]
pub struct ParseNetworkError;

impl FromStr for Network {
    type Err = ParseNetworkError;

    fn from_str(text: &str) -> Result<Self, ParseNetworkError> {
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().map_err(|_| ParseNetworkError)?;
        let longest = if address.is_ipv4() { 32 } else { 128 };
        let prefix = match prefix {
            Some(prefix) => prefix.parse().map_err(|_| ParseNetworkError)?,
            None => longest,
        };
        if prefix <= longest { Ok(Self { address, prefix }) } else { Err(ParseNetworkError) }
    }
}

impl Network {
    /// Whether `address` is one of these.
    pub fn holds(&self, address: IpAddr) -> bool {
        let (ours, theirs) = match (self.address, address.to_canonical()) {
            (IpAddr::V4(ours), IpAddr::V4(theirs)) => {
                (u128::from(ours.to_bits()) << 96, u128::from(theirs.to_bits()) << 96)
            }
            (IpAddr::V6(ours), IpAddr::V6(theirs)) => (ours.to_bits(), theirs.to_bits()),
            _ => return false,
        };
        // Shifting out all 128 bits leaves nothing that could differ.
        (ours ^ theirs).checked_shr(128 - self.prefix).unwrap_or(0) == 0
    }
}

/// Whose request it is: the peer, or what a trusted proxy says of whom it forwards for: the last
/// address in `X-Forwarded-For` that is no trusted proxy itself.
pub(crate) fn client_address(request: &HttpRequest, trusted: &[Network]) -> Option<IpAddr> {
    let peer = request.peer_addr()?.ip().to_canonical();
    let is_trusted = |address: IpAddr| trusted.iter().any(|network| network.holds(address));
    if !is_trusted(peer) {
        return Some(peer);
    }
    let lines = request.headers().get_all(FORWARDED_FOR).filter_map(|line| line.to_str().ok());
    let hops: Vec<&str> = lines.flat_map(|line| line.split(',')).map(str::trim).collect();
    let mut client = peer;
    for hop in hops.iter().rev() {
        // What is no address was not written by a proxy of ours: what lies before it is a claim.
        let Ok(address) = hop.parse::<IpAddr>() else { break };
        client = address.to_canonical();
        if !is_trusted(client) {
            break;
        }
    }
    Some(client)
}

/// Whether a request was sent on this machine, to this program directly.
pub(crate) fn is_from_here(request: &HttpRequest) -> bool {
    let headers = request.headers();
    let forwarded = headers.contains_key(FORWARDED_FOR) || headers.contains_key(header::FORWARDED);
    let peer = request.peer_addr();
    !forwarded && peer.is_some_and(|peer| peer.ip().to_canonical().is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    #[test]
    fn a_network_holds_the_addresses_that_begin_like_it() {
        for (network, address, holds) in [
            ("10.0.0.0/8", "10.255.1.2", true),
            ("10.0.0.0/8", "11.0.0.0", false),
            ("192.0.2.7", "192.0.2.7", true),
            ("192.0.2.7", "192.0.2.8", false),
            ("0.0.0.0/0", "203.0.113.9", true),
            ("0.0.0.0/0", "2001:db8::1", false),
            ("10.0.0.0/8", "::ffff:10.1.1.1", true),
            ("2001:db8::/32", "2001:db8:ffff::1", true),
            ("2001:db8::/32", "2001:db9::1", false),
            ("::/0", "2001:db8::1", true),
        ] {
            let network: Network = network.parse().unwrap();
            assert_eq!(network.holds(address.parse().unwrap()), holds, "{network:?} {address}");
        }
        for text in ["", "10.0.0.0/33", "::/129", "10.0.0/8", "example.com", "10.0.0.0/-1"] {
            assert!(text.parse::<Network>().is_err(), "{text}");
        }
    }

    #[test]
    fn only_a_trusted_proxy_says_who_the_client_is() {
        let trusted: [Network; 2] = ["10.0.0.0/8".parse().unwrap(), "192.0.2.1".parse().unwrap()];
        for (peer, forwarded, client) in [
            ("203.0.113.5:1", None, "203.0.113.5"),
            ("203.0.113.5:1", Some("198.51.100.1"), "203.0.113.5"),
            ("10.1.1.1:1", Some("198.51.100.1"), "198.51.100.1"),
            ("10.1.1.1:1", Some("6.6.6.6, 198.51.100.1"), "198.51.100.1"),
            ("10.1.1.1:1", Some("6.6.6.6, 198.51.100.1, 192.0.2.1"), "198.51.100.1"),
            ("10.1.1.1:1", Some("nonsense"), "10.1.1.1"),
            ("10.1.1.1:1", Some("6.6.6.6, nonsense"), "10.1.1.1"),
            ("10.1.1.1:1", None, "10.1.1.1"),
        ] {
            let mut request = TestRequest::default().peer_addr(peer.parse().unwrap());
            if let Some(forwarded) = forwarded {
                request = request.insert_header((FORWARDED_FOR, forwarded));
            }
            let found = client_address(&request.to_http_request(), &trusted);
            assert_eq!(found, Some(client.parse().unwrap()), "{peer} {forwarded:?}");
        }
    }

    #[test]
    fn what_a_proxy_sends_on_did_not_come_from_here() {
        let local = || TestRequest::default().peer_addr("127.0.0.1:1".parse().unwrap());
        assert!(is_from_here(&local().to_http_request()));
        let sent_on = local().insert_header((FORWARDED_FOR, "127.0.0.1"));
        assert!(!is_from_here(&sent_on.to_http_request()));
        let other = TestRequest::default().peer_addr("192.0.2.1:1".parse().unwrap());
        assert!(!is_from_here(&other.to_http_request()));
    }
}
