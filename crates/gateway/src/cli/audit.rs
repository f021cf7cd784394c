//! `thungan audit`.

use super::pipe::Output;
use std::process::ExitCode;
use store::Store;
use store::period::Seal;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    place: super::Place,
    /// A seal of a closed period as it was printed or sent out; it must still be that of the books.
    #[arg(long, value_name = "TEXT")]
    seal: Vec<String>,
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
    let mut broken_seals = Vec::new();
    for text in &arguments.seal {
        let holds = match Seal::parse(text) {
            Some(seal) => store.seal_holds(&seal).await?,
            None => false,
        };
        if !holds {
            broken_seals.push(text);
        }
    }
    store.close().await;
    let good = findings.violations.is_empty() && broken_seals.is_empty();
    for seal in broken_seals {
        super::pipe::complain(format_args!("the books do not bear this seal: {seal}"));
    }
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
