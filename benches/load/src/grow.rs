//! What a payment costs as the database grows, and how long a start takes on what has grown.

use crate::drive::Bank;
use crate::gateway::Gateway;
use crate::machine;
use serde::Serialize;
use std::fmt;

/// The database is measured at so many sizes, evenly apart.
const STEPS: u64 = 10;

/// One step of the growth.
#[derive(Debug, Serialize)]
pub struct Step {
    /// Payments in the books after it.
    pub payments: u64,
    /// Settled per second in it.
    pub settled_per_second: u64,
    /// The gateway's processor time for each.
    pub cpu_us_per_payment: u64,
    /// The gateway's memory after it.
    pub resident_mib: u64,
}

/// What was measured.
#[derive(Debug, Serialize)]
pub struct Growth {
    /// The steps, in order.
    pub steps: Vec<Step>,
    /// Processor time of the last step's payments in hundredths of the first's: 115 means 1.15 times.
    pub cpu_ratio_hundredths: u64,
    /// The gateway's memory at most.
    pub resident_peak_mib: u64,
    /// From the start of a process until it serves, after the one before got SIGKILL.
    pub start_after_kill_ms: u64,
    /// Why the figures do not count; empty when they do.
    pub void: Vec<String>,
}

impl fmt::Display for Growth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for step in &self.steps {
            writeln!(
                f,
                "{:>10} payments: {}/s, CPU per payment {} us, memory {} MiB",
                step.payments, step.settled_per_second, step.cpu_us_per_payment, step.resident_mib
            )?;
        }
        let (whole, part) = (
            self.cpu_ratio_hundredths / 100,
            self.cpu_ratio_hundredths % 100,
        );
        writeln!(
            f,
            "CPU per payment, last to first: {whole}.{part:02}; memory at most {} MiB; start to ready after SIGKILL: {} ms",
            self.resident_peak_mib, self.start_after_kill_ms
        )?;
        for why in &self.void {
            writeln!(f, "VOID: {why}")?;
        }
        Ok(())
    }
}

/// Settles `payments` in steps, kills the gateway, starts it again, and audits.
pub async fn measure(
    gateway: &mut Gateway,
    bank: &mut Bank,
    payments: u64,
) -> anyhow::Result<Growth> {
    let mut steps = Vec::new();
    for _ in 0..STEPS {
        bank.ask(payments / STEPS).await?;
        let before = gateway.cpu()?;
        let done = bank.closed_loop().await?;
        let cpu = gateway.cpu()?.saturating_sub(before);
        steps.push(Step {
            payments: bank.acknowledged(),
            settled_per_second: done.rate(),
            cpu_us_per_payment: machine::per(cpu, done.count),
            resident_mib: gateway.memory()?.now_mib,
        });
    }
    let peak = gateway.memory()?.peak_mib;
    let mut void = bank.compare(&bank.trial_balance().await?);
    gateway.kill_and_start().await?;
    let start = machine::millis(gateway.start_to_ready);
    void.extend(gateway.stop_and_audit(bank)?);
    let cpu_of = |step: Option<&Step>| step.map_or(0, |step| step.cpu_us_per_payment);
    Ok(Growth {
        cpu_ratio_hundredths: cpu_of(steps.last()) * 100 / cpu_of(steps.first()).max(1),
        steps,
        resident_peak_mib: peak,
        start_after_kill_ms: start,
        void,
    })
}
