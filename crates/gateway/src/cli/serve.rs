//! `thungan serve`.

use crate::settings::Settings;
use crate::startup::{self, Ready};
use std::path::PathBuf;
use std::process::ExitCode;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The settings file.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Written when it serves: JSON with `base_url`.
    #[arg(long, value_name = "FILE")]
    ready_file: Option<PathBuf>,
}

pub(super) async fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let settings = Settings::load(arguments.config.as_deref())?;
    super::start_log(&settings.log)?;
    let ready = arguments.ready_file.map(|file| Ready {
        file,
        members: serde_json::Map::new(),
        greeting: None,
    });
    startup::run(settings, None, ready).await?;
    Ok(ExitCode::SUCCESS)
}
