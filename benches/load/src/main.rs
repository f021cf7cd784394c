//! `thungan-load`: how many payments per second a gateway settles on this machine, and how long a bank
//! waits for its acknowledgement.
//!
//! It drives the real release binary over real HTTP with signed callbacks, and checks the books at the
//! end: a figure from books that do not hold is no figure, so it prints VOID and exits 1.

mod create;
mod disk;
mod drive;
mod gateway;
mod grow;
mod machine;
mod peer;
mod report;
mod scratch;
mod webhooks;

use anyhow::{Context, ensure};
use clap::Parser;
use drive::{Bank, Limits};
use gateway::{Gateway, Kind};
use peer::{Peer, Place};
use report::{Comparison, Report};
use scratch::Scratch;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

/// The open loop runs at this share of what the closed loop reached: 1 in 2.
const PACED_SHARE: u64 = 2;
/// How long the disk is measured.
const DISK_TIME: Duration = Duration::from_secs(3);
/// Payments in the open loop at most.
const PACED_MAX: u64 = 100_000;

/// Measure settled payments per second and acknowledgement latency of the gateway on this machine.
///
/// Makes requests, then sends signed SePay callbacks over loopback HTTP: first in a closed loop, timed
/// until the last payment is in the ledger; then in an open loop at half of that rate, each
/// acknowledgement timed from the moment it was due. Ends only the gateway that it started.
#[derive(Debug, Parser)]
#[command(
    name = "thungan-load",
    version,
    after_help = "Examples:
  cargo build --release -p gateway -p load
  cargo run --release -p load -- --payments 20000
  cargo run --release -p load -- --postgres postgres://postgres@127.0.0.1:5432/postgres --json
  cargo run --release -p load -- --peer naive --rounds 5
  cargo run --release -p load -- --postgres URL --peer pgledger --peer-sql pgledger.sql --rounds 5

On PostgreSQL each run makes a database of its own and drops it at the end.
Exit codes: 0 measured, 1 VOID: the books do not hold, 2 usage, 3 something around us is missing."
)]
struct Arguments {
    /// The gateway's binary; without it the `thungan` beside this program.
    #[arg(long, value_name = "FILE")]
    gateway: Option<PathBuf>,
    /// A folder on the disk to be measured; a new folder in it holds the data and is removed at the end.
    #[arg(long, value_name = "DIR", default_value = ".")]
    data: PathBuf,
    /// Measure on this PostgreSQL server instead of SQLite; the user may create databases.
    #[arg(long, value_name = "URL", conflicts_with = "demo")]
    postgres: Option<String>,
    /// Run `thungan demo` instead of `thungan serve`: each event is then delivered to the demo's shop too.
    #[arg(long)]
    demo: bool,
    /// Payments in the closed loop.
    #[arg(long, value_name = "N", default_value_t = 20_000, value_parser = clap::value_parser!(u64).range(100..=1_000_000))]
    payments: u64,
    /// Connections of the closed loop.
    #[arg(long, value_name = "C", default_value_t = 64, value_parser = clap::value_parser!(u64).range(1..=1024))]
    connections: u64,
    /// How long the open loop lasts.
    #[arg(long, value_name = "SECONDS", default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=120))]
    paced_seconds: u64,
    /// No loop sends longer than this.
    #[arg(long, value_name = "SECONDS", default_value_t = 120, value_parser = clap::value_parser!(u64).range(1..=600))]
    seconds_max: u64,
    /// The gateway's log filter; "info", its default, logs every request.
    #[arg(long, value_name = "FILTER", default_value = "info")]
    log: String,
    /// Measure this peer too, in turns with the gateway, and print the ratio.
    #[arg(long, value_name = "PEER")]
    peer: Option<Peer>,
    /// The peer's SQL, from its authors.
    #[arg(long, value_name = "FILE", requires = "peer")]
    peer_sql: Option<PathBuf>,
    /// Payments of the peer in each round.
    #[arg(long, value_name = "N", default_value_t = 3_000, value_parser = clap::value_parser!(u64).range(100..=1_000_000))]
    peer_payments: u64,
    /// Connections of the peer; more make it slower.
    #[arg(long, value_name = "C", default_value_t = 8, value_parser = clap::value_parser!(u64).range(1..=256))]
    peer_connections: u64,
    /// Rounds; the last one's figures are printed, with the median rate of all.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..=25))]
    rounds: u64,
    /// Measure webhook deliveries instead: so many events to one receiver.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(100..=100_000), conflicts_with_all = ["demo", "peer"])]
    webhooks: Option<u64>,
    /// Measure the making of requests instead: so many, each with its payload.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(100..=1_000_000), conflicts_with_all = ["demo", "peer", "webhooks"])]
    create: Option<u64>,
    /// Measure a growing database instead: so many payments in ten steps, then SIGKILL and a new start.
    /// Each step must end within --seconds-max.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1_000..=10_000_000), conflicts_with_all = ["demo", "peer", "webhooks", "create"])]
    grow: Option<u64>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    // A second provider could only be another call of ours; there is none.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build();
    let measured = runtime
        .context("no runtime")
        .and_then(|runtime| runtime.block_on(measure_what_is_asked(&arguments)));
    match measured {
        Ok((text, good)) => {
            print!("{text}");
            ExitCode::from(u8::from(!good))
        }
        Err(error) => {
            eprintln!("thungan-load: {error:#}");
            ExitCode::from(3)
        }
    }
}

/// The text to print, and whether the figures count.
async fn measure_what_is_asked(arguments: &Arguments) -> anyhow::Result<(String, bool)> {
    if let Some(count) = arguments.webhooks {
        let measured = measure_webhooks(arguments, count).await?;
        return Ok((show(arguments, &measured), measured.whole));
    }
    if arguments.create.is_none() && arguments.grow.is_none() {
        let report = rounds(arguments).await?;
        return Ok((show(arguments, &report), report.void.is_empty()));
    }
    let scratch = Scratch::make(&arguments.data, arguments.postgres.as_deref()).await?;
    let measured = measure_part(arguments, &scratch).await;
    scratch.remove().await?;
    measured
}

/// The making of requests, or the growth.
async fn measure_part(arguments: &Arguments, scratch: &Scratch) -> anyhow::Result<(String, bool)> {
    let (program, kind) = program_and_kind(arguments, scratch)?;
    let mut gateway = Gateway::start(&program, &scratch.folder, &kind, &arguments.log).await?;
    let mut bank = Bank::new(&gateway, limits(arguments))?;
    if let Some(count) = arguments.create {
        let created = create::measure(&mut gateway, &mut bank, count).await?;
        return Ok((show(arguments, &created), created.void.is_empty()));
    }
    let payments = arguments.grow.unwrap_or_default();
    let growth = grow::measure(&mut gateway, &mut bank, payments).await?;
    Ok((show(arguments, &growth), growth.void.is_empty()))
}

const fn limits(arguments: &Arguments) -> Limits {
    Limits {
        connections: arguments.connections,
        time: Duration::from_secs(arguments.seconds_max),
    }
}

fn show(arguments: &Arguments, measured: &(impl serde::Serialize + std::fmt::Display)) -> String {
    if arguments.json {
        format!("{}\n", serde_json::json!(measured))
    } else {
        measured.to_string()
    }
}

/// The gateway's binary, and what it runs on.
fn program_and_kind(arguments: &Arguments, scratch: &Scratch) -> anyhow::Result<(PathBuf, Kind)> {
    let program = match &arguments.gateway {
        Some(program) => program.clone(),
        None => std::env::current_exe()?.with_file_name("thungan"),
    };
    ensure!(
        program.exists(),
        "{} does not exist: cargo build --release -p gateway",
        program.display()
    );
    if cfg!(debug_assertions) {
        eprintln!("thungan-load: a debug build; its figures say nothing");
    }
    let kind = match (&scratch.database, arguments.demo) {
        (Some(url), _) => Kind::Postgres(url.clone()),
        (None, true) => Kind::Demo,
        (None, false) => Kind::Sqlite,
    };
    Ok((program, kind))
}

async fn measure_webhooks(
    arguments: &Arguments,
    count: u64,
) -> anyhow::Result<webhooks::Deliveries> {
    let scratch = Scratch::make(&arguments.data, arguments.postgres.as_deref()).await?;
    let (program, kind) = program_and_kind(arguments, &scratch)?;
    let gateway = Gateway::start(&program, &scratch.folder, &kind, &arguments.log).await?;
    let measured = webhooks::measure(&gateway, count).await;
    drop(gateway);
    scratch.remove().await?;
    measured
}

/// The gateway and the peer in turns, so that both meet the same machine.
async fn rounds(arguments: &Arguments) -> anyhow::Result<Report> {
    let (mut own, mut others, mut void) = (Vec::new(), Vec::new(), Vec::new());
    let mut last = None;
    for _ in 0..arguments.rounds {
        let report = measure(arguments).await?;
        own.push(report.settled_per_second);
        void.extend(report.void.iter().cloned());
        last = Some(report);
        if let Some(peer) = arguments.peer {
            others.push(measure_peer(arguments, peer).await?);
        }
    }
    let mut report = last.context("no round")?;
    report.void = void;
    report.comparison = Comparison::new(own, others);
    Ok(report)
}

async fn measure_peer(arguments: &Arguments, peer: Peer) -> anyhow::Result<u64> {
    let scratch = Scratch::make(&arguments.data, arguments.postgres.as_deref()).await?;
    let place = match &scratch.database {
        Some(url) => Place::Postgres(url.clone()),
        None => Place::Folder(scratch.folder.clone()),
    };
    let rate = peer::measure(
        peer,
        &place,
        arguments.peer_sql.as_deref(),
        arguments.peer_payments,
        arguments.peer_connections,
    )
    .await;
    scratch.remove().await?;
    rate
}

async fn measure(arguments: &Arguments) -> anyhow::Result<Report> {
    let scratch = Scratch::make(&arguments.data, arguments.postgres.as_deref()).await?;
    let report = measure_in(arguments, &scratch).await;
    scratch.remove().await?;
    report
}

async fn measure_in(arguments: &Arguments, scratch: &Scratch) -> anyhow::Result<Report> {
    let (program, kind) = program_and_kind(arguments, scratch)?;
    let load_before = machine::load_average();
    let mut gateway = Gateway::start(&program, &scratch.folder, &kind, &arguments.log).await?;
    let mut void = Vec::new();
    let mut bank = Bank::new(&gateway, limits(arguments))?;
    ensure!(
        bank.journal_sequence().await? == 0,
        "the database is not empty"
    );

    let asked = bank.ask(arguments.payments).await?;
    let cpu_before = gateway.cpu()?;
    let own_cpu_before = machine::cpu_of("self")?;
    let closed = bank.closed_loop().await?;
    let cpu = gateway.cpu()?.saturating_sub(cpu_before);
    let own_cpu = machine::cpu_of("self")?.saturating_sub(own_cpu_before);
    let fdatasync = disk::fdatasync_rate(gateway.folder(), DISK_TIME)?;

    let rate = (closed.rate() / PACED_SHARE).max(1);
    let paced_count = (rate * arguments.paced_seconds).min(PACED_MAX);
    bank.ask(paced_count).await?;
    let paced = bank.open_loop(rate).await?;
    let memory = gateway.memory()?;

    let trial = bank.trial_balance().await?;
    let start_to_ready = gateway.start_to_ready;
    void.extend(bank.compare(&trial));
    void.extend(gateway.stop_and_audit(&bank)?);
    let load_after = machine::load_average();
    Ok(Report {
        version: env!("CARGO_PKG_VERSION"),
        engine: kind.name(),
        machine: machine::describe(),
        load_average_before: load_before,
        load_average_after: load_after,
        connections: arguments.connections,
        requests_per_second: asked.rate(),
        settled: closed.count,
        settled_per_second: closed.rate(),
        settled_in_ms: machine::millis(closed.took),
        closed_latency_us: closed.latency,
        cpu_us_per_payment: machine::per(cpu, closed.count),
        load_cpu_us_per_payment: machine::per(own_cpu, closed.count),
        fdatasync_per_second: fdatasync,
        paced_per_second: rate,
        paced: paced.count,
        paced_latency_us: paced.latency,
        sent_again: bank.sent_again(),
        resident_mib: memory.now_mib,
        resident_peak_mib: memory.peak_mib,
        binary_bytes: std::fs::metadata(&program)?.len(),
        start_to_ready_ms: machine::millis(start_to_ready),
        void,
        comparison: None,
    })
}
