//! `thungan audit`.

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
    if arguments.json {
        println!("{}", serde_json::to_string_pretty(&findings)?);
    } else {
        for violation in &findings.violations {
            println!("{violation}");
        }
        let counted = findings.counted;
        println!(
            "{}: {} tenants, {} requests, {} callbacks ({} waiting), {} payments, {} entries, {} postings, {} events, {} audit records",
            if findings.violations.is_empty() {
                "all invariants hold"
            } else {
                "BROKEN"
            },
            counted.tenants,
            counted.payment_requests,
            counted.callbacks,
            counted.pending,
            counted.bank_credits,
            counted.journal_entries,
            counted.postings,
            counted.events,
            counted.audit_records,
        );
    }
    Ok(if findings.violations.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(super::NO)
    })
}
