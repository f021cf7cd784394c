//! The command line. Exit codes: 0 good, 1 the answer is no, 2 usage, 3 environment.

mod audit;
mod backup;
mod callback;
mod completions;
mod demo;
mod fees;
mod import;
mod keys;
mod memo;
mod move_database;
mod pipe;
mod qr;
mod receipt;
mod restore;
mod serve;
mod words;

use clap::{Parser, Subcommand};
use std::path::PathBuf;
use std::process::ExitCode;

/// The answer is no.
const NO: u8 = 1;
/// Something around us is not as it must be: the database, a file, a port.
const ENVIRONMENT: u8 = 3;

/// ThuNgân: yêu cầu thanh toán và đối soát. Payment requests and reconciliation for Vietnam.
#[derive(Debug, Parser)]
#[command(name = "thungan", version, about, propagate_version = true)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run a demonstration: SQLite, one test tenant, a simulated bank and a small shop.
    #[command(after_help = "Example: thungan demo --port 8080 --data ./demo-data")]
    Demo(demo::Arguments),
    /// Run the gateway with the operator's settings.
    #[command(after_help = "Example: thungan serve --config /etc/thungan/config.toml")]
    Serve(serve::Arguments),
    /// Check the stored data against every invariant; exit 1 naming each row that fails.
    #[command(after_help = "Example: thungan audit --data ./demo-data --json")]
    Audit(audit::Arguments),
    /// Import fee schedules.
    #[command(
        subcommand,
        after_help = "Example: thungan fees import --data ./demo-data --tenant demo bieu-phi.csv"
    )]
    Fees(fees::Command),
    /// Import a bank statement; the same file twice changes nothing.
    #[command(
        after_help = "Example: thungan import --config /etc/thungan/config.toml --tenant mot-cua-mau --dry-run sao-ke-2026-11-22.xlsx"
    )]
    Import(import::Arguments),
    /// Make, list and revoke API keys.
    #[command(
        subcommand,
        after_help = "Example: thungan keys create --config /etc/thungan/config.toml --tenant mot-cua-mau"
    )]
    Keys(keys::Command),
    /// Bring the database's schema up to date.
    #[command(after_help = "Example: thungan migrate --config /etc/thungan/config.toml")]
    Migrate(Place),
    /// Write everything that is stored into one file, also while the gateway runs.
    #[command(
        after_help = "Example: thungan backup --config /etc/thungan/config.toml /backup/thungan-2026-11-22.backup"
    )]
    Backup(backup::Arguments),
    /// Fill an empty database from a backup, and check that every promise holds there.
    #[command(
        after_help = "Example: thungan restore --config /etc/thungan/config.toml /backup/thungan-2026-11-22.backup"
    )]
    Restore(restore::Arguments),
    /// Move everything to another, empty database; the gateway must be stopped.
    #[command(
        after_help = "Example: thungan move-database --config /etc/thungan/config.toml --to-file /etc/thungan/postgres-address"
    )]
    MoveDatabase(move_database::Arguments),
    /// Write amounts of đồng in words.
    #[command(after_help = "Example: echo 79000 | thungan words -")]
    Words(words::Arguments),
    /// Write and read VietQR payloads, without a server.
    #[command(
        subcommand,
        after_help = "Example: thungan qr encode --bank VCB --account 0011001234567 --amount 79000 | thungan qr decode -"
    )]
    Qr(qr::Command),
    /// Look for payment references in transfer memos, without a server.
    #[command(
        subcommand,
        after_help = "Example: thungan memo find 'MBVCB.3278907687.qh2345 67895v nop phi'"
    )]
    Memo(memo::Command),
    /// Check receipts, without a server.
    #[command(
        subcommand,
        after_help = "Example: thungan receipt verify --key 11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo 'TNBL1.eyJ…'"
    )]
    Receipt(receipt::Command),
    /// Check a bank's callback as the gateway would, without a server.
    #[command(
        subcommand,
        after_help = "Example: thungan callback verify --source sepay_hmac --secret-env SEPAY_SECRET --header 'X-SePay-Timestamp: 1762153357' --header 'X-SePay-Signature: sha256=…' @body.json"
    )]
    Callback(callback::Command),
    /// Print the contract of the API.
    #[command(after_help = "Example: thungan openapi > openapi.yaml")]
    Openapi,
    /// Print the completions of a shell.
    #[command(
        after_help = "Example: thungan completions bash > ~/.local/share/bash-completion/completions/thungan"
    )]
    Completions(completions::Arguments),
}

/// Where the data is: settings, or the folder of a demonstration.
#[derive(Debug, clap::Args)]
#[group(multiple = false)]
struct Place {
    /// The settings file; without it the defaults and the environment.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The folder of `thungan demo`.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
}

impl Place {
    fn settings(&self) -> anyhow::Result<crate::settings::Settings> {
        if let Some(folder) = &self.data {
            anyhow::ensure!(
                folder.join("thungan.sqlite").exists(),
                "{} holds no data of `thungan demo`",
                folder.display()
            );
        }
        self.settings_of_new()
    }

    /// Also where there is no data yet.
    fn settings_of_new(&self) -> anyhow::Result<crate::settings::Settings> {
        match &self.data {
            Some(folder) => crate::demo::Credentials::load_or_make(folder)?.settings(folder, 0),
            None => Ok(crate::settings::Settings::load(self.config.as_deref())?),
        }
    }
}

/// Runs the command line.
#[must_use]
pub fn main() -> ExitCode {
    // clap exits with 2 on wrong usage by itself.
    let cli = Cli::parse();
    let done = match cli.command {
        Command::Demo(arguments) => block_on(demo::run(arguments)),
        Command::Serve(arguments) => block_on(serve::run(arguments)),
        Command::Audit(arguments) => block_on(audit::run(arguments)),
        Command::Fees(command) => block_on(fees::run(command)),
        Command::Import(arguments) => block_on(import::run(arguments)),
        Command::Keys(command) => block_on(keys::run(command)),
        Command::Migrate(place) => block_on(migrate(place)),
        Command::Backup(arguments) => block_on(backup::run(arguments)),
        Command::Restore(arguments) => block_on(restore::run(arguments)),
        Command::MoveDatabase(arguments) => block_on(move_database::run(arguments)),
        Command::Words(arguments) => words::run(&arguments),
        Command::Qr(command) => qr::run(command),
        Command::Memo(command) => memo::run(&command),
        Command::Receipt(command) => receipt::run(&command),
        Command::Callback(command) => callback::run(command),
        Command::Openapi => print(crate::routes::OPENAPI.as_bytes()),
        Command::Completions(arguments) => completions::run(&arguments),
    };
    done.unwrap_or_else(|error| {
        if let Some(error) = error.downcast_ref::<pipe::OutputError>()
            && error.is_closed_pipe()
        {
            return ExitCode::SUCCESS;
        }
        pipe::complain(format_args!("{error:#}"));
        ExitCode::from(if crate::copying::is_refusal(&error) {
            NO
        } else {
            ENVIRONMENT
        })
    })
}

fn print(bytes: &[u8]) -> anyhow::Result<ExitCode> {
    let mut out = pipe::Output::new();
    out.bytes(bytes)?;
    out.flush()?;
    Ok(ExitCode::SUCCESS)
}

fn verdict(yes: bool) -> ExitCode {
    if yes {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(NO)
    }
}

fn block_on(work: impl Future<Output = anyhow::Result<ExitCode>>) -> anyhow::Result<ExitCode> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?
        .block_on(work)
}

async fn migrate(place: Place) -> anyhow::Result<ExitCode> {
    let store = store::Store::connect(&place.settings()?.store_options()?).await?;
    store.migrate().await?;
    store.close().await;
    Ok(ExitCode::SUCCESS)
}

/// Starts the log: JSON for machines or text for people, on standard error.
fn start_log(log: &crate::settings::Log) -> anyhow::Result<()> {
    use tracing_subscriber::EnvFilter;
    let filter = EnvFilter::try_new(&log.filter)
        .map_err(|error| crate::settings::SettingsError::wrong("log.filter", error.to_string()))?;
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    if log.format == "json" {
        builder.json().init();
    } else {
        builder.init();
    }
    Ok(())
}
