//! Who is at the other end of a connection, and how often strangers may leave something with us.

use actix_web::HttpRequest;
use ipnet::IpNet;
use payment::Timestamp;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

/// Reads the address of a caller, behind the proxies that the operator named.
///
/// A header is a claim: it counts only as far as a proxy of ours has written it. Read from the right,
/// the first address that is not one of our proxies is the caller's.
#[derive(Debug, Clone, Default)]
pub struct Callers {
    trusted: Arc<[IpNet]>,
}

impl Callers {
    /// Behind these proxies.
    #[must_use]
    pub fn behind(trusted: Vec<IpNet>) -> Self {
        Self {
            trusted: trusted.into(),
        }
    }

    fn trusts(&self, address: &IpAddr) -> bool {
        self.trusted.iter().any(|network| network.contains(address))
    }

    /// The caller's address; none when the connection has none or a trusted proxy wrote what is no
    /// address.
    #[must_use]
    pub fn address(&self, request: &HttpRequest) -> Option<IpAddr> {
        let peer = request.peer_addr()?.ip().to_canonical();
        let forwarded: Vec<&str> = request
            .headers()
            .get_all("x-forwarded-for")
            .map(|value| value.to_str().unwrap_or("?"))
            .flat_map(|value| value.split(','))
            .map(str::trim)
            .collect();
        self.behind_proxies(peer, &forwarded)
    }

    fn behind_proxies(&self, peer: IpAddr, forwarded: &[&str]) -> Option<IpAddr> {
        let mut address = peer;
        for hop in forwarded.iter().rev() {
            if !self.trusts(&address) {
                break;
            }
            address = hop.parse::<IpAddr>().ok()?.to_canonical();
        }
        Some(address)
    }
}

/// How many refused callbacks of one source are kept in a minute.
const PER_MINUTE: u32 = 30;
const MINUTE_SECONDS: i64 = 60;

/// Bounds what strangers can leave with us, by source. There are as many entries as sources.
#[derive(Debug, Clone, Default)]
pub struct Refusals(Arc<Mutex<HashMap<String, (i64, u32)>>>);

impl Refusals {
    /// Whether one more may be kept now.
    #[must_use]
    pub fn take(&self, source: &str, now: Timestamp) -> bool {
        let minute = now.seconds().div_euclid(MINUTE_SECONDS);
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (last, count) = kept.entry(source.to_owned()).or_insert((minute, 0));
        if *last != minute {
            (*last, *count) = (minute, 0);
        }
        *count = count.saturating_add(1);
        *count <= PER_MINUTE
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn a_header_counts_only_as_far_as_our_own_proxies_wrote_it() {
        let callers = Callers::behind(vec![
            "127.0.0.0/8".parse().unwrap(),
            "10.1.0.0/16".parse().unwrap(),
        ]);
        let sees = |peer: &str, forwarded: &[&str]| callers.behind_proxies(ip(peer), forwarded);
        // A stranger who connects directly may write what he wants.
        assert_eq!(
            sees("203.0.113.9", &["198.51.100.1"]),
            Some(ip("203.0.113.9"))
        );
        assert_eq!(
            sees("127.0.0.1", &["198.51.100.1"]),
            Some(ip("198.51.100.1"))
        );
        // What stands further left was written before our proxies saw it.
        assert_eq!(
            sees("127.0.0.1", &["192.0.2.7", "198.51.100.1", "10.1.2.3"]),
            Some(ip("198.51.100.1"))
        );
        assert_eq!(sees("127.0.0.1", &["unknown"]), None);
        assert_eq!(sees("127.0.0.1", &[]), Some(ip("127.0.0.1")));
        let alone = Callers::default();
        assert_eq!(
            alone.behind_proxies(ip("127.0.0.1"), &["198.51.100.1"]),
            Some(ip("127.0.0.1"))
        );
    }

    #[test]
    fn a_stranger_leaves_at_most_so_many_in_a_minute() {
        let refusals = Refusals::default();
        let at = Timestamp::from_seconds(120);
        let kept = (0..100).filter(|_| refusals.take("a", at)).count();
        assert_eq!(kept, 30);
        assert!(refusals.take("b", at) && refusals.take("a", at.plus_seconds(60)));
    }
}
