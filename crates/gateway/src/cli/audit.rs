//! `thungan audit`.

use super::pipe::Output;
use std::process::ExitCode;
use store::Store;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    place: super::Place,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let options = arguments.place.settings()?.store_options()?;
    if let store::Options::Sqlite(path) = &options {
        anyhow::ensure!(path.exists(), "{} does not exist", path.display());
    }
    let store = Store::connect(&options).await?;
    let findings = store.audit().await?;
    store.close().await;
    let good = findings.violations.is_empty();
    let mut out = Output::new();
    if arguments.json {
        out.pretty_json(&findings)?;
    } else {
        for violation in &findings.violations {
            out.line(violation)?;
        }
        let counted = findings.counted;
        out.line(format_args!(
            "{}: {} tenants, {} requests, {} callbacks ({} waiting), {} payments, {} entries, {} postings, {} events, {} audit records",
            if good { "all invariants hold" } else { "BROKEN" },
            counted.tenants,
            counted.payment_requests,
            counted.callbacks,
            counted.pending,
            counted.bank_credits,
            counted.journal_entries,
            counted.postings,
            counted.events,
            counted.audit_records,
        ))?;
    }
    out.flush()?;
    Ok(super::verdict(good))
}
