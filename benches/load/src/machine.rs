//! What the kernel knows about processes and this machine. Whole numbers throughout.

use anyhow::Context;
use serde::Serialize;
use std::process::Command;
use std::time::Duration;

/// Memory of a process that is in RAM.
#[derive(Clone, Copy, Debug)]
pub struct Memory {
    /// Now.
    pub now_mib: u64,
    /// At most, so far.
    pub peak_mib: u64,
}

/// The machine, without names.
#[derive(Debug, Serialize)]
pub struct Machine {
    cores: usize,
    cpu: String,
    memory_mib: u64,
    kernel: String,
}

/// `count` per second over `time`.
pub fn rate(count: u64, time: Duration) -> u64 {
    let micros = time.as_micros().max(1);
    u64::try_from(u128::from(count) * 1_000_000 / micros).unwrap_or(u64::MAX)
}

/// Microseconds of `time` for each of `count`.
pub fn per(time: Duration, count: u64) -> u64 {
    u64::try_from(time.as_micros() / u128::from(count.max(1))).unwrap_or(u64::MAX)
}

/// Whole milliseconds.
pub fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

/// The processor time that a process has used, all its threads together; `process` is an id or `self`.
pub fn cpu_of(process: &str) -> anyhow::Result<Duration> {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat"))
        .context("no /proc: this program measures on Linux")?;
    // The second field is a name in parentheses that may hold anything; utime and stime are the
    // fourteenth and fifteenth.
    let after_name = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
    let ticks: u64 = after_name
        .split_whitespace()
        .skip(11)
        .take(2)
        .map(|field| field.parse::<u64>().unwrap_or_default())
        .sum();
    Ok(Duration::from_micros(
        ticks * 1_000_000 / ticks_per_second(),
    ))
}

fn ticks_per_second() -> u64 {
    let told = Command::new("getconf").arg("CLK_TCK").output().ok();
    told.and_then(|output| String::from_utf8(output.stdout).ok())
        .and_then(|text| text.trim().parse().ok())
        .filter(|ticks| *ticks > 0)
        // What Linux has used for decades.
        .unwrap_or(100)
}

/// The resident memory of a process.
pub fn memory_of(process: u32) -> anyhow::Result<Memory> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status"))?;
    Ok(Memory {
        now_mib: kib_after(&status, "VmRSS:") / 1024,
        peak_mib: kib_after(&status, "VmHWM:") / 1024,
    })
}

fn kib_after(text: &str, name: &str) -> u64 {
    let line = text.lines().find_map(|line| line.strip_prefix(name));
    line.and_then(|rest| rest.split_whitespace().next())
        .and_then(|number| number.parse().ok())
        .unwrap_or_default()
}

/// The load average over the last minute, as the kernel writes it.
pub fn load_average() -> String {
    let text = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split_whitespace().next().unwrap_or("?").to_owned()
}

/// What the figures were measured on.
pub fn describe() -> Machine {
    let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
    let cpuinfo = read("/proc/cpuinfo");
    let model = cpuinfo
        .lines()
        .find_map(|line| line.strip_prefix("model name"))
        .map(|rest| rest.trim_start_matches([' ', '\t', ':']));
    Machine {
        cores: std::thread::available_parallelism().map_or(1, usize::from),
        cpu: model.unwrap_or("unknown").to_owned(),
        memory_mib: kib_after(&read("/proc/meminfo"), "MemTotal:") / 1024,
        kernel: read("/proc/sys/kernel/osrelease").trim().to_owned(),
    }
}

impl std::fmt::Display for Machine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{} cores ({}), {} MiB, Linux {}",
            self.cores, self.cpu, self.memory_mib, self.kernel
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_whole_and_never_divide_by_zero() {
        assert_eq!(rate(500, Duration::from_millis(250)), 2_000);
        assert_eq!(rate(1, Duration::ZERO), 1_000_000);
        assert_eq!(per(Duration::from_secs(1), 4), 250_000);
        assert_eq!(per(Duration::from_secs(1), 0), 1_000_000);
    }

    #[test]
    fn a_process_uses_processor_time_and_memory() {
        let began = std::time::Instant::now();
        let mut number = 1u64;
        while began.elapsed() < Duration::from_millis(60) {
            number = std::hint::black_box(number.wrapping_mul(3));
        }
        assert!(cpu_of("self").unwrap() >= Duration::from_millis(20));
        assert!(memory_of(std::process::id()).unwrap().peak_mib > 0);
    }
}
