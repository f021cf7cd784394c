//! Payment requests per second: a portal makes them over HTTP, each with its payload.

use crate::drive::{Bank, Latency};
use crate::gateway::Gateway;
use crate::machine;
use serde::Serialize;
use std::fmt;

/// What was measured.
#[derive(Debug, Serialize)]
pub struct Created {
    /// Requests that were made.
    pub count: u64,
    /// The figure.
    pub per_second: u64,
    /// Of the answers.
    pub latency_us: Latency,
    /// The gateway's processor time for each.
    pub cpu_us_each: u64,
    /// This program's, on the same cores.
    pub load_cpu_us_each: u64,
    /// Why the figures do not count; empty when they do.
    pub void: Vec<String>,
}

impl fmt::Display for Created {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{} requests made: {} per second, p50 {} us, p99 {} us, CPU for each: gateway {} us, this program {} us",
            self.count,
            self.per_second,
            self.latency_us.p50,
            self.latency_us.p99,
            self.cpu_us_each,
            self.load_cpu_us_each
        )?;
        for why in &self.void {
            writeln!(f, "VOID: {why}")?;
        }
        Ok(())
    }
}

/// Makes `count` requests, and audits what is stored.
pub async fn measure(
    gateway: &mut Gateway,
    bank: &mut Bank,
    count: u64,
) -> anyhow::Result<Created> {
    let cpu_before = gateway.cpu()?;
    let own_before = machine::cpu_of("self")?;
    let made = bank.ask(count).await?;
    let cpu = gateway.cpu()?.saturating_sub(cpu_before);
    let own = machine::cpu_of("self")?.saturating_sub(own_before);
    Ok(Created {
        count,
        per_second: made.rate(),
        latency_us: made.latency,
        cpu_us_each: machine::per(cpu, count),
        load_cpu_us_each: machine::per(own, count),
        void: gateway.stop_and_audit(bank)?,
    })
}
