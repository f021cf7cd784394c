//! `thungan-statements`: how fast a bank statement is read and posted, and in how much memory.
//!
//! One account, one file of many days; a fee of a few equal amounts, as at a counter. Four passes over
//! the same movements:
//!
//! 1. read: the reader alone, one core;
//! 2. new: nobody has reported them, each is booked (in suspense: there are no requests);
//! 3. reported: the same movements in another kind of file, so that each is found in the books;
//! 4. known: the same lines in other bytes, so that each is a duplicate.

use anyhow::Context;
use clap::Parser;
use payment::{PayeeAccountId, StatementImportId, TenantId, Timestamp};
use reconciler::statement::{Hints, Item, read};
use std::fmt::Write as _;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Instant;
use store::statement::{Import, Preview, Progress, TakeStatement, Told, run};
use store::tenant::{Mode, Profile, Provision, ProvisionAccount};
use store::{Environment, Options, Store, TenantScope, Writer};
use uuid::Uuid;

const ACCOUNT: &str = "0011001234567";
/// Movements of one day.
const PER_DAY: u64 = 5_000;

/// Measures the import of a bank statement.
#[derive(Debug, Parser)]
#[command(after_help = "Example: thungan-statements --rows 200000")]
struct Arguments {
    /// Movements in the file.
    #[arg(long, default_value_t = 200_000)]
    rows: u64,
    /// An empty PostgreSQL database; without it a SQLite file in a temporary folder.
    #[arg(long, value_name = "ADDRESS")]
    postgres: Option<String>,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let file = internet_bank(arguments.rows);
    println!(
        "{} movements, {:.1} MB of CSV; {} of memory before anything is read",
        arguments.rows,
        megabytes(file.len()),
        memory()
    );
    read_alone(&file)?;

    let folder = tempfile::tempdir()?;
    let options = match &arguments.postgres {
        Some(address) => Options::Postgres(address.clone()),
        None => Options::Sqlite(folder.path().join("thungan.sqlite")),
    };
    let store = Store::connect(&options).await?;
    store.migrate().await?;
    let scope = store.provision(&office(), now()).await?;
    let (writer, task) = Writer::start(store.clone(), environment());
    println!("on {}", store.engine_name());
    let bench = Bench {
        store: &store,
        writer: &writer,
        scope: &scope,
    };
    let posted = bench.import("new", file.clone()).await?;
    anyhow::ensure!(posted.posted == count(arguments.rows), "{posted:?}");
    let other = bench.import("reported", aggregator(arguments.rows)).await?;
    anyhow::ensure!(other.reported == count(arguments.rows), "{other:?}");
    let mut again = file;
    again.extend_from_slice(b";;;;;\n");
    let again = bench.import("known", again).await?;
    anyhow::ensure!(again.duplicates == count(arguments.rows), "{again:?}");
    writer.stop();
    task.await?;
    store.close().await;
    Ok(())
}

fn read_alone(file: &[u8]) -> anyhow::Result<()> {
    let began = Instant::now();
    let mut lines = 0u64;
    read(file, &Hints::default(), &mut |item| {
        lines += u64::from(matches!(item, Item::Line(_)));
        ControlFlow::Continue(())
    })?;
    report("read", lines, began);
    Ok(())
}

struct Bench<'a> {
    store: &'a Store,
    writer: &'a Writer,
    scope: &'a TenantScope,
}

impl Bench<'_> {
    async fn import(&self, what: &str, file: Vec<u8>) -> anyhow::Result<Import> {
        let began = Instant::now();
        let told = Told::default();
        let preview = Preview::read(&file, &told)?;
        let lines = preview.summary.lines;
        let taken = self
            .writer
            .take_statement(TakeStatement {
                scope: self.scope.clone(),
                id: StatementImportId::from_uuid(Uuid::now_v7()),
                file: Arc::new(file),
                told,
                preview: Arc::new(preview),
                file_name: what.to_owned(),
                actor: "bench".to_owned(),
                at: now(),
            })
            .await?;
        let silent = |_: Progress| {};
        run(
            self.store,
            self.writer,
            &environment(),
            self.scope,
            taken.id(),
            &silent,
        )
        .await?;
        report(what, lines, began);
        let import = self.store.statement_import(self.scope, taken.id()).await?;
        import.context("the import is gone")
    }
}

fn report(what: &str, lines: u64, began: Instant) {
    let micros = began.elapsed().as_micros().max(1);
    let rate = u128::from(lines) * 1_000_000 / micros;
    println!(
        "{what:>9}: {rate:>9} rows/s ({lines} in {:.2} s), {}",
        began.elapsed().as_secs_f64(),
        memory()
    );
}

/// What this process has in memory, and the most that it ever had.
fn memory() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let of = |name: &str| {
        let line = status.lines().find(|line| line.starts_with(name));
        let kib = line.and_then(|line| line.split_whitespace().nth(1)?.parse::<usize>().ok());
        kib.map_or_else(|| "?".to_owned(), |kib| format!("{} MiB", kib / 1024))
    };
    format!("RSS {}, at most {}", of("VmRSS"), of("VmHWM"))
}

#[allow(clippy::float_arithmetic, reason = "a size for people")]
fn megabytes(bytes: usize) -> f64 {
    f64::from(u32::try_from(bytes).unwrap_or(u32::MAX)) / 1e6
}

/// Movement number `n`: when, how much, its reference and memo.
fn movement(n: u64) -> (Timestamp, i64, String, String) {
    let first = Timestamp::from_seconds(1_761_958_800);
    let day = count(n / PER_DAY);
    let second = count(n % PER_DAY) * 17 % 86_000;
    let amount = [50_000, 20_000, 79_000, 150_000][usize::try_from(n % 4).unwrap_or_default()];
    (
        first.plus_seconds(day * 86_400 + second),
        amount,
        format!("FT{:012}", n * 7_919),
        format!("NGUYEN VAN {n} chuyen tien le phi ho so {}", n * 31),
    )
}

fn local(at: Timestamp) -> (String, String) {
    let text = at.vietnam_local();
    let (day, time) = text.split_once(' ').unwrap_or_default();
    let mut parts: Vec<&str> = day.split('-').collect();
    parts.reverse();
    (parts.join("/"), time.to_owned())
}

/// The file of an internet bank, with times, references and a running balance.
fn internet_bank(rows: u64) -> Vec<u8> {
    let mut text = format!(
        "Số tài khoản: {ACCOUNT}\nNgày giao dịch;Số tham chiếu;Ghi nợ;Ghi có;Số dư;Diễn giải\n"
    );
    let mut balance = 0;
    for n in 0..rows {
        let (at, amount, reference, memo) = movement(n);
        balance += amount;
        let (day, time) = local(at);
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{day} {time};{reference};;{amount};{balance};{memo}");
    }
    text.into_bytes()
}

/// The same movements in another kind of file: no balances, the memo in a frame.
fn aggregator(rows: u64) -> Vec<u8> {
    let mut text =
        format!("Số tài khoản: {ACCOUNT}\nNgày giao dịch;Số tham chiếu;Ghi nợ;Ghi có;Diễn giải\n");
    for n in 0..rows {
        let (at, amount, reference, memo) = movement(n);
        let (day, time) = local(at);
        let _ = writeln!(text, "{day} {time};{reference};;{amount};MBVCB.{n}.{memo}");
    }
    text.into_bytes()
}

fn count(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn now() -> Timestamp {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let micros = since.map_or(0, |since| since.as_micros());
    Timestamp::from_micros(i64::try_from(micros).unwrap_or(i64::MAX))
}

fn environment() -> Environment {
    Environment {
        now: Arc::new(now),
        new_id: Arc::new(Uuid::now_v7),
        gap_patience_seconds: 30,
    }
}

fn office() -> Provision {
    Provision {
        new_tenant_id: TenantId::from_uuid(Uuid::now_v7()),
        slug: "bench".to_owned(),
        mode: Mode::Test,
        name: "Trung tâm hành chính công mẫu".to_owned(),
        name_en: None,
        default_flow: payment::Flow::ONE_STOP,
        matching: reconciler::matching::Precedence::default(),
        accounts: vec![ProvisionAccount {
            new_id: PayeeAccountId::from_uuid(Uuid::now_v7()),
            bank_bin: "970436".to_owned(),
            account_number: ACCOUNT.to_owned(),
            account_name: "TRUNG TAM HANH CHINH CONG MAU".to_owned(),
        }],
        items: vec![],
        profile: Profile::default(),
        receipts: Vec::new(),
        sources: vec![],
    }
}
