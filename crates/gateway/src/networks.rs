//! Networks from outside, in CIDR form.

use ipnet::IpNet;
use std::net::IpAddr;

/// Reads networks: `203.0.113.0/24`, `2001:db8::/32`, or one address. The first entry that is none of
/// these is the error.
///
/// # Errors
/// The index of that entry.
pub fn parse_networks<T: AsRef<str>>(entries: &[T]) -> Result<Vec<IpNet>, usize> {
    let read = |entry: &str| {
        let network = entry.parse::<IpNet>().ok();
        network
            .or_else(|| entry.parse::<IpAddr>().ok().map(IpNet::from))
            // Bits behind the prefix would make one network look like another.
            .filter(|network| network.trunc() == *network)
    };
    let mut networks = Vec::with_capacity(entries.len());
    for (index, entry) in entries.iter().enumerate() {
        networks.push(read(entry.as_ref()).ok_or(index)?);
    }
    Ok(networks)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_has_no_bits_behind_its_prefix() {
        assert_eq!(
            parse_networks(&["203.0.113.4", "2001:db8::/32"]).map(|n| n.len()),
            Ok(2)
        );
        for (wrong, at) in [
            (["10.0.0.0/8", "x"], 1),
            (["10.0.0.1/8", "::"], 0),
            (["::", "10.0.0.0/33"], 1),
        ] {
            assert_eq!(parse_networks(&wrong), Err(at), "{wrong:?}");
        }
    }
}
