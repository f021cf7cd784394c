//! `thungan demo`.

use crate::demo::{ACCOUNT_NUMBER, BANK_BIN, Credentials, SOURCE, Shop};
use crate::startup::{self, Ready};
use anyhow::Context;
use serde_json::json;
use std::path::PathBuf;
use std::process::ExitCode;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Where the data and the keys are kept.
    #[arg(long, value_name = "DIR", default_value = "demo-data")]
    data: PathBuf,
    /// The port on this machine; 0 takes a free one.
    #[arg(long, value_name = "N", default_value_t = 8080)]
    port: u16,
    /// Written when it serves: JSON with the address and the keys.
    #[arg(long, value_name = "FILE")]
    ready_file: Option<PathBuf>,
    /// Log every request.
    #[arg(long)]
    verbose: bool,
}

pub(super) async fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    std::fs::create_dir_all(&arguments.data)
        .with_context(|| format!("{} cannot be made", arguments.data.display()))?;
    let credentials = Credentials::load_or_make(&arguments.data)?;
    let mut settings = credentials.settings(&arguments.data, arguments.port)?;
    settings.log.format = "text".to_owned();
    settings.log.filter = if arguments.verbose { "info" } else { "warn" }.to_owned();
    super::start_log(&settings.log)?;
    let keys = json!({
        "api_key": credentials.api_key,
        "callback_source": SOURCE,
        "callback_secret": credentials.callback_secret,
        "webhook_secret": credentials.webhook_secret,
        "account_number": ACCOUNT_NUMBER,
        "bank_bin": BANK_BIN,
    });
    let members = keys.as_object().cloned().unwrap_or_default();
    let ready = Ready {
        file: arguments
            .ready_file
            .unwrap_or_else(|| arguments.data.join("ready.json")),
        members,
        greeting: Some(greeting),
    };
    let shop = Shop::new(credentials)?;
    eprintln!("ThuNgân demo\n  Khóa thử / keys   {}", ready.file.display());
    startup::run(settings, Some(shop), Some(ready)).await?;
    Ok(ExitCode::SUCCESS)
}

fn greeting(address: &str) -> String {
    format!("  Mở trang / open   {address}/shop\n  Dừng / stop       Ctrl+C")
}
