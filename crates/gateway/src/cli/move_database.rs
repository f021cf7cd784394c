//! `thungan move-database`.

use super::backup::report;
use super::pipe;
use crate::copying;
use crate::settings::{Settings, read_secret_file};
use secrecy::{ExposeSecret, SecretString};
use std::path::PathBuf;
use std::process::ExitCode;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    place: super::Place,
    #[command(flatten)]
    to: To,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// Where to.
#[derive(Debug, clap::Args)]
#[group(required = true, multiple = false)]
struct To {
    /// The new address: `postgres://user@host/database` or `sqlite:PATH`. It stands in the list of
    /// processes for everybody: give an address with a password in a file.
    #[arg(long, value_name = "ADDRESS")]
    to: Option<SecretString>,
    /// The file that holds the new address.
    #[arg(long, value_name = "FILE")]
    to_file: Option<PathBuf>,
}

pub(super) async fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let from = arguments.place.settings()?.store_options()?;
    let address = match (&arguments.to.to, &arguments.to.to_file) {
        (Some(address), _) => address.clone(),
        (None, Some(file)) => read_secret_file("--to-file", file)?,
        (None, None) => SecretString::from(String::new()),
    };
    let to = Settings::read_address("--to", address.expose_secret())?;
    let done = copying::move_database(&from, &to, arguments.json).await?;
    if !arguments.json {
        pipe::complain(
            "the old database is closed for good; set database.url to the new one and start the gateway",
        );
    }
    report(
        &done,
        arguments.json,
        "moved, equal to the source, all invariants hold",
    )
}
