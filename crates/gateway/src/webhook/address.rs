//! Which addresses may be called.
//!
//! Checked twice: the form of the address when it is registered, and the resolved IP address at every
//! connection, because a name can point elsewhere a second later.

use crate::problem::Bilingual;
use ipnet::IpNet;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::future::Future;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::{Arc, LazyLock};
use url::{Host, Url};

/// Networks that are not the public internet: this machine, private and link-local networks, shared
/// and reserved ranges, and the IPv6 ranges that carry IPv4 addresses inside.
static BLOCKED: LazyLock<Vec<IpNet>> = LazyLock::new(|| {
    [
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
        "::/96",
        "::ffff:0:0/96",
        "64:ff9b::/96",
        "64:ff9b:1::/48",
        "100::/64",
        "2001::/23",
        "2001:db8::/32",
        "2002::/16",
        "3fff::/20",
        "5f00::/16",
        "fc00::/7",
        "fe80::/10",
        "fec0::/10",
        "ff00::/8",
    ]
    .iter()
    .filter_map(|network| network.parse().ok())
    .collect()
});

/// Whether an address is outside the public internet.
#[must_use]
pub fn is_blocked(address: IpAddr) -> bool {
    BLOCKED.iter().any(|network| network.contains(&address))
}

/// Checks the form of an address that events are to be sent to.
///
/// # Errors
/// The sentence that says what is wrong.
pub fn check_url(text: &str, allow_private: bool) -> Result<Url, Bilingual> {
    let wrong = |vi: &str, en: &str| Bilingual::new(vi, en);
    if text.len() > 2_000 {
        return Err(wrong(
            "dài quá 2.000 ký tự",
            "is longer than 2,000 characters",
        ));
    }
    let url =
        Url::parse(text).map_err(|_| wrong("không phải địa chỉ web", "is not a web address"))?;
    let secure = url.scheme() == "https";
    if !(secure || allow_private && url.scheme() == "http") {
        return Err(wrong(
            "phải bắt đầu bằng https://",
            "must begin with https://",
        ));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(wrong(
            "không được chứa tên và mật khẩu",
            "must not hold a user name or password",
        ));
    }
    let port = url.port_or_known_default().unwrap_or(0);
    if !allow_private && ![443, 8443].contains(&port) {
        return Err(wrong(
            "chỉ dùng cổng 443 hoặc 8443",
            "may only use port 443 or 8443",
        ));
    }
    let literal = match url.host() {
        Some(Host::Ipv4(address)) => Some(IpAddr::V4(address)),
        Some(Host::Ipv6(address)) => Some(IpAddr::V6(address)),
        Some(Host::Domain(_)) => None,
        None => return Err(wrong("thiếu tên máy", "has no host")),
    };
    if !allow_private && literal.is_some_and(is_blocked) {
        return Err(wrong(
            "không được trỏ vào mạng nội bộ",
            "must not point into a private network",
        ));
    }
    Ok(url)
}

/// How a name becomes addresses.
pub(super) type Lookup = Arc<
    dyn Fn(String) -> Pin<Box<dyn Future<Output = std::io::Result<Vec<SocketAddr>>> + Send>>
        + Send
        + Sync,
>;

/// Resolves names and drops every blocked address, so that a connection to one is impossible.
#[derive(Clone)]
pub struct PublicResolver(Lookup);

impl Default for PublicResolver {
    fn default() -> Self {
        Self(Arc::new(|name| {
            Box::pin(async move { Ok(tokio::net::lookup_host((name, 0)).await?.collect()) })
        }))
    }
}

impl std::fmt::Debug for PublicResolver {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PublicResolver")
    }
}

impl PublicResolver {
    /// The same guard over another way to look names up.
    #[cfg(test)]
    pub(super) const fn with(lookup: Lookup) -> Self {
        Self(lookup)
    }
}

impl Resolve for PublicResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let found = (self.0)(name.as_str().to_owned());
        Box::pin(async move {
            let public: Vec<SocketAddr> = found
                .await?
                .into_iter()
                .filter(|address| !is_blocked(address.ip()))
                .collect();
            if public.is_empty() {
                return Err("the name points only into private networks".into());
            }
            Ok(Box::new(public.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_network_of_the_list_reads() {
        assert_eq!(BLOCKED.len(), 29);
    }

    #[test]
    fn no_spelling_of_a_private_address_is_accepted() {
        for bad in [
            "https://127.0.0.1/",
            "https://127.1/",
            "https://2130706433/",
            "https://0x7f000001/",
            "https://0177.0.0.1/",
            "https://0/",
            "https://0x7f.1/",
            "https://0x7f.0x0.0x0.0x1/",
            "https://0177.1/",
            "https://017700000001/",
            "https://127.0.1/",
            "https://127.0.0.1./",
            "https://127.255.255.254/",
            "https://0.0.0.0/",
            "https://0.0.0.0:8443/",
            "https://10.0.0.0/",
            "https://10.255.255.255/",
            "https://012.0.0.1/",
            "https://0xa.0.0.1/",
            "https://167772161/",
            "https://172.16.0.1/",
            "https://192.168.0.1:8443/",
            "https://3232235521/",
            "https://0xc0a80001/",
            "https://2852039166/",
            "https://0xa9fea9fe/",
            "https://169.254.43518/",
            "https://100.127.255.254/",
            "https://198.18.0.1/",
            "https://192.0.0.1/",
            "https://192.0.2.1/",
            "https://203.0.113.1/",
            "https://240.0.0.1/",
            "https://[::127.0.0.1]/",
            "https://[0:0:0:0:0:ffff:127.0.0.1]/",
            "https://[::ffff:a9fe:a9fe]/",
            "https://[::ffff:10.0.0.1]/",
            "https://[64:ff9b::a9fe:a9fe]/",
            "https://[64:ff9b:1::a00:1]/",
            "https://[2002:a9fe:a9fe::]/",
            "https://[2001:0:7f00:1::]/",
            "https://[2001:db8::1]/",
            "https://[fc00::1]/",
            "https://[fec0::1]/",
            "https://[ff02::1]/",
            "https://[0:0:0:0:0:0:0:1]/",
            "https://①②⑦.⓪.⓪.①/",
            "https://127。0。0。1/",
            "https://10.1.2.3/",
            "https://169.254.169.254/latest",
            "https://192.168.1.1/",
            "https://172.31.255.255/",
            "https://100.64.0.1/",
            "https://[::1]/",
            "https://[::ffff:127.0.0.1]/",
            "https://[::ffff:7f00:1]/",
            "https://[64:ff9b::7f00:1]/",
            "https://[2002:7f00:1::]/",
            "https://[fe80::1]/",
            "https://[fd00::1]/",
            "https://[::]/",
            "https://224.0.0.1/",
            "https://255.255.255.255/",
            "https://１２７.0.0.1/",
            "http://example.vn/",
            "ftp://example.vn/",
            "https://u:p@example.vn/",
            "https://u@example.vn/",
            "https://example.vn:22/",
            "javascript:alert(1)",
            "//example.vn",
            "example.vn",
            "",
        ] {
            assert!(check_url(bad, false).is_err(), "{bad}");
        }
        assert!(check_url("https://portal.example.vn/hooks", false).is_ok());
        assert!(check_url("https://portal.example.vn:8443/hooks", false).is_ok());
        assert!(check_url("http://127.0.0.1:9000/hooks", true).is_ok());
    }

    #[tokio::test]
    async fn a_name_that_points_to_this_machine_resolves_to_nothing() {
        let name = "localhost".parse().unwrap();
        assert!(PublicResolver::default().resolve(name).await.is_err());
    }
}
