//! `thungan restore`.

use super::backup::report;
use crate::copying;
use std::path::PathBuf;
use std::process::ExitCode;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    place: super::Place,
    /// The backup.
    #[arg(value_name = "FILE")]
    from: PathBuf,
    /// Only read it whole and check every digest; touch no database.
    #[arg(long)]
    verify_only: bool,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let settings = arguments.place.settings_of_new()?;
    let key = || Ok(settings.master_key()?);
    if arguments.verify_only {
        let done = copying::verify(&arguments.from, key, arguments.json).await?;
        return report(&done, arguments.json, "whole");
    }
    let options = settings.store_options()?;
    let done = copying::restore(&arguments.from, &options, key, arguments.json).await?;
    report(
        &done,
        arguments.json,
        "restored, equal to the backup, all invariants hold",
    )
}
