//! What was measured, as a table or as JSON.

use crate::drive::Latency;
use crate::machine::Machine;
use serde::Serialize;
use std::fmt;

/// One run.
#[derive(Debug, Serialize)]
pub struct Report {
    /// Of this program, and of the gateway built with it.
    pub version: &'static str,
    /// Which database.
    pub engine: &'static str,
    /// Where.
    pub machine: Machine,
    /// How busy it was before.
    pub load_average_before: String,
    /// And after.
    pub load_average_after: String,
    /// Senders of the closed loop.
    pub connections: u64,
    /// Requests made, per second.
    pub requests_per_second: u64,
    /// Payments of the closed loop.
    pub settled: u64,
    /// Settled per second, measured until the last one is in the ledger.
    pub settled_per_second: u64,
    /// How long the closed loop took.
    pub settled_in_ms: u64,
    /// Acknowledgements of the closed loop.
    pub closed_latency_us: Latency,
    /// Processor time of the gateway.
    pub cpu_us_per_payment: u64,
    /// Processor time of this program, on the same cores.
    pub load_cpu_us_per_payment: u64,
    /// What the disk does, one after the other.
    pub fdatasync_per_second: u64,
    /// The open loop's rate.
    pub paced_per_second: u64,
    /// The open loop's payments.
    pub paced: u64,
    /// Acknowledgements of the open loop, from the moment each was due.
    pub paced_latency_us: Latency,
    /// Messages that had to be sent more than once.
    pub sent_again: u64,
    /// Memory of the gateway at the end.
    pub resident_mib: u64,
    /// And at most.
    pub resident_peak_mib: u64,
    /// The gateway's binary.
    pub binary_bytes: u64,
    /// From the start of the process until it serves, on existing data.
    pub start_to_ready_ms: u64,
    /// Why the figures do not count; empty when they do.
    pub void: Vec<String>,
    /// Several rounds, and the peer's beside them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comparison: Option<Comparison>,
}

/// Rates of several rounds, per second.
#[derive(Debug, Serialize)]
pub struct Comparison {
    /// The gateway's, in the order of the rounds.
    pub gateway: Vec<u64>,
    /// The peer's, measured in turns with them.
    pub peer: Vec<u64>,
    /// The middle one of the gateway's.
    pub gateway_median: u64,
    /// The middle one of the peer's.
    pub peer_median: Option<u64>,
    /// The gateway's median in hundredths of the peer's: 1234 means 12.34 times as many.
    pub ratio_hundredths: Option<u64>,
}

impl Comparison {
    /// Nothing to compare after a single round without a peer.
    pub fn new(gateway: Vec<u64>, peer: Vec<u64>) -> Option<Self> {
        if gateway.len() < 2 && peer.is_empty() {
            return None;
        }
        let gateway_median = median(&gateway)?;
        let peer_median = median(&peer);
        Some(Self {
            ratio_hundredths: peer_median
                .filter(|&rate| rate > 0)
                .map(|rate| gateway_median * 100 / rate),
            gateway,
            peer,
            gateway_median,
            peer_median,
        })
    }
}

fn median(rates: &[u64]) -> Option<u64> {
    let mut sorted = rates.to_vec();
    sorted.sort_unstable();
    sorted.get(sorted.len() / 2).copied()
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut line = |name: &str, value: String| writeln!(f, "{name:<34}{value}");
        let latency = |latency: &Latency| {
            let ms = |micros: u64| format!("{}.{:02} ms", micros / 1_000, micros % 1_000 / 10);
            format!(
                "p50 {}, p99 {}, max {}",
                ms(latency.p50),
                ms(latency.p99),
                ms(latency.max)
            )
        };
        line("database", self.engine.to_owned())?;
        line("machine", self.machine.to_string())?;
        line(
            "load average before, after",
            format!("{}, {}", self.load_average_before, self.load_average_after),
        )?;
        line(
            "raw fdatasync",
            format!("{}/s (4 KiB overwritten)", self.fdatasync_per_second),
        )?;
        line(
            "settled, closed loop",
            format!(
                "{}/s ({} payments in {} ms, {} connections)",
                self.settled_per_second, self.settled, self.settled_in_ms, self.connections
            ),
        )?;
        line("  acknowledged in", latency(&self.closed_latency_us))?;
        line(
            "  CPU per payment",
            format!(
                "gateway {} us, this program {} us",
                self.cpu_us_per_payment, self.load_cpu_us_per_payment
            ),
        )?;
        line(
            "open loop",
            format!("{}/s ({} payments)", self.paced_per_second, self.paced),
        )?;
        line(
            "  acknowledged, from when due, in",
            latency(&self.paced_latency_us),
        )?;
        line("requests made", format!("{}/s", self.requests_per_second))?;
        line("sent more than once", self.sent_again.to_string())?;
        line(
            "gateway's memory",
            format!(
                "{} MiB, at most {} MiB",
                self.resident_mib, self.resident_peak_mib
            ),
        )?;
        line(
            "gateway's binary",
            format!("{} KiB", self.binary_bytes / 1024),
        )?;
        line("start to ready", format!("{} ms", self.start_to_ready_ms))?;
        if let Some(rounds) = &self.comparison {
            line(
                "rounds, settled per second",
                format!("{:?}, median {}", rounds.gateway, rounds.gateway_median),
            )?;
            if let (Some(median), Some(ratio)) = (rounds.peer_median, rounds.ratio_hundredths) {
                line(
                    "  the peer's, in turns",
                    format!("{:?}, median {median}", rounds.peer),
                )?;
                line("  ratio", format!("{}.{:02}", ratio / 100, ratio % 100))?;
            }
        }
        if self.void.is_empty() {
            return line(
                "books",
                "acknowledged = recorded, settled + suspense = received, trial balance zero, audit holds"
                    .to_owned(),
            );
        }
        line("VOID", "the books do not hold".to_owned())?;
        for why in &self.void {
            line("", why.clone())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ratio_is_of_the_medians_and_a_single_round_compares_nothing() {
        assert!(Comparison::new(vec![5], vec![]).is_none());
        let both = Comparison::new(vec![900, 1_200, 1_000], vec![90, 110, 100]).unwrap();
        assert_eq!((both.gateway_median, both.peer_median), (1_000, Some(100)));
        assert_eq!(both.ratio_hundredths, Some(1_000));
    }
}
