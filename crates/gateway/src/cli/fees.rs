//! `thungan fees`.

use crate::app;
use crate::routes::rows_of;
use anyhow::Context;
use ledger::fee::import::{Change, changes};
use payment::{BusinessDate, FeeImportId};
use sha2::{Digest, Sha256};
use std::io::Read;
use std::path::PathBuf;
use std::process::ExitCode;
use store::administration::OPERATOR;
use store::fee::ImportFees;
use store::{Store, Writer};
use uuid::Uuid;

#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// Bring a fee schedule (CSV or XLSX) into a tenant. The same file twice changes nothing.
    #[command(
        after_help = "Example: thungan fees import --config /etc/thungan/config.toml --tenant mot-cua-mau --effective-from 2027-01-01 --dry-run bieu-phi.xlsx"
    )]
    Import {
        #[command(flatten)]
        place: super::Place,
        /// The tenant's slug.
        #[arg(long)]
        tenant: String,
        /// From when on changed rows hold, YYYY-MM-DD; today when it is not given.
        #[arg(long, value_name = "DAY")]
        effective_from: Option<String>,
        /// Say what would change and write nothing.
        #[arg(long)]
        dry_run: bool,
        /// Print JSON.
        #[arg(long)]
        json: bool,
        /// The file, or - for standard input.
        file: PathBuf,
    },
}

pub(super) async fn run(command: Command) -> anyhow::Result<ExitCode> {
    let Command::Import {
        place,
        tenant,
        effective_from,
        dry_run,
        json,
        file,
    } = command;
    let now = app::now();
    let today = now.business_date();
    let effective_from = match effective_from.as_deref().map(BusinessDate::parse) {
        None => today,
        Some(Ok(day)) if day >= today => day,
        Some(Ok(_)) => return refuse("--effective-from must not lie in the past"),
        Some(Err(error)) => return refuse(&format!("--effective-from: {error}")),
    };
    let bytes = read(&file)?;
    let rows = match rows_of(&bytes) {
        Ok(rows) => rows,
        Err(wrong) => {
            eprintln!("{wrong}");
            return Ok(ExitCode::from(super::NO));
        }
    };
    let settings = place.settings()?;
    let store = Store::connect(&settings.store_options()?).await?;
    store.migrate().await?;
    let scope = store
        .scope_by_slug(&tenant)
        .await?
        .with_context(|| format!("no tenant has the slug {tenant}"))?;
    let count = rows.len();
    let found = if dry_run {
        changes(&store.fee_schedule(&scope).await?, &rows, effective_from)
    } else {
        let (writer, task) = Writer::start(
            store.clone(),
            app::environment(settings.reconciliation.patience()?),
        );
        let imported = writer
            .import_fees(ImportFees {
                scope,
                id: FeeImportId::from_uuid(Uuid::now_v7()),
                rows,
                effective_from,
                file_digest: Sha256::digest(&bytes).into(),
                actor: OPERATOR.to_owned(),
                at: now,
            })
            .await;
        writer.stop();
        task.await?;
        imported?
    };
    store.close().await;
    report(&found, count, json);
    Ok(ExitCode::SUCCESS)
}

fn refuse(what: &str) -> anyhow::Result<ExitCode> {
    eprintln!("thungan: {what}");
    Ok(ExitCode::from(2))
}

fn read(file: &PathBuf) -> anyhow::Result<Vec<u8>> {
    let most = u64::try_from(crate::table::FILE_BYTES_MAX)? + 1;
    let mut bytes = Vec::new();
    if file.as_os_str() == "-" {
        std::io::stdin().take(most).read_to_end(&mut bytes)?;
    } else {
        std::fs::File::open(file)
            .with_context(|| file.display().to_string())?
            .take(most)
            .read_to_end(&mut bytes)?;
    }
    Ok(bytes)
}

fn report(found: &[Change], rows: usize, json: bool) {
    let mut counts = [0usize; 3];
    for change in found {
        let (place, version) = match change {
            Change::Added(version) => (0, Some(("added", version))),
            Change::Changed(version) => (1, Some(("changed", version))),
            Change::Unchanged => (2, None),
        };
        counts[place] += 1;
        if let (Some((what, version)), false) = (version, json) {
            println!(
                "{what} {} version {} from {}",
                version.item.as_str(),
                version.version,
                version.starts_on
            );
        }
    }
    let [added, changed, unchanged] = counts;
    if json {
        println!(
            "{}",
            serde_json::json!({"rows": rows, "added": added, "changed": changed, "unchanged": unchanged})
        );
    } else {
        println!("{rows} rows: {added} added, {changed} changed, {unchanged} unchanged");
    }
}
