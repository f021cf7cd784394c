//! `thungan import`.

use super::pipe::Output;
use crate::app;
use crate::copying::progress::Progress;
use crate::statements::{ImportView, PreviewView, is_clean};
use anyhow::Context;
use payment::StatementImportId;
use reconciler::statement::{Encoding, FILE_BYTES_MAX};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use store::administration::OPERATOR;
use store::statement::{Import, ImportStatus, Preview, TakeStatement, Told};
use store::{Store, TenantScope, Writer};
use uuid::Uuid;

/// Rows with an error that a person is shown.
const ERRORS_SHOWN: usize = 20;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    place: super::Place,
    /// The tenant's slug.
    #[arg(long)]
    tenant: String,
    /// The account, when the file does not name it.
    #[arg(long, value_name = "NUMBER")]
    account: Option<String>,
    /// The encoding, when it is guessed wrong: utf-8, utf-16le, utf-16be, windows-1258 or tcvn3.
    #[arg(long, value_name = "NAME", value_parser = encoding)]
    encoding: Option<Encoding>,
    /// Say what is in the file and write nothing.
    #[arg(long)]
    dry_run: bool,
    /// Print JSON.
    #[arg(long)]
    json: bool,
    /// The file, or - for standard input.
    file: PathBuf,
}

fn encoding(name: &str) -> Result<Encoding, String> {
    Encoding::parse(name)
        .ok_or_else(|| "is none of utf-8, utf-16le, utf-16be, windows-1258, tcvn3".to_owned())
}

pub(super) async fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let file = Arc::new(read(&arguments.file)?);
    let told = Told {
        account: arguments.account.clone(),
        encoding: arguments.encoding,
    };
    let preview = match Preview::read(&file, &told) {
        Ok(preview) => Arc::new(preview),
        Err(refusal) => {
            super::pipe::complain(format_args!("{} ({})", refusal.vietnamese(), refusal));
            return Ok(ExitCode::from(super::NO));
        }
    };
    let settings = arguments.place.settings()?;
    let store = Store::connect(&settings.store_options()?).await?;
    store.migrate().await?;
    let scope = store
        .scope_by_slug(&arguments.tenant)
        .await?
        .with_context(|| format!("no tenant has the slug {}", arguments.tenant))?;
    let foreign = store.foreign_accounts(&scope, &preview).await?;
    if !foreign.is_empty() {
        super::pipe::complain(format_args!(
            "{}: not an account of {}",
            foreign.join(", "),
            arguments.tenant
        ));
        store.close().await;
        return Ok(ExitCode::from(super::NO));
    }
    let known = store.known_lines(&scope, &preview).await?;
    let mut out = Output::new();
    if !arguments.json {
        describe(&mut out, &preview, known)?;
        out.flush()?;
    }
    let clean = if arguments.dry_run {
        if arguments.json {
            out.pretty_json(&PreviewView::new(&preview, known))?;
        }
        preview.summary.errors == 0
    } else {
        let name = arguments.file.file_name().unwrap_or_default();
        let file = TakeStatement {
            scope: scope.clone(),
            id: StatementImportId::from_uuid(Uuid::now_v7()),
            file,
            told,
            preview,
            file_name: payment::text::for_display(&name.to_string_lossy()),
            actor: OPERATOR.to_owned(),
            at: app::now(),
        };
        let patience = settings.reconciliation.patience()?;
        let import = import(&store, &scope, file, patience, arguments.json).await?;
        report(&mut out, &import, arguments.json)?;
        is_clean(&import)
    };
    store.close().await;
    out.flush()?;
    Ok(super::verdict(clean))
}

async fn import(
    store: &Store,
    scope: &TenantScope,
    file: TakeStatement,
    patience: i64,
    quiet: bool,
) -> anyhow::Result<Import> {
    let credits = file.preview.credits;
    let lines = file.preview.summary.lines;
    let environment = app::environment(patience);
    let (writer, task) = Writer::start(store.clone(), environment.clone());
    let bar = Progress::new(lines, quiet);
    bar.phase("đọc");
    let observe = |at: store::statement::Progress| {
        let done = match at.status {
            ImportStatus::Reading => at.read,
            ImportStatus::Posting => {
                // The bar counts movements; of the day's credits as many as have their place.
                let share = u128::from(lines) * u128::from(at.decided.unsigned_abs());
                i64::try_from(share / u128::from(credits.max(1))).unwrap_or(i64::MAX)
            }
            ImportStatus::Done => at.lines,
        };
        bar.at(u64::try_from(done).unwrap_or_default());
    };
    let taken = writer.take_statement(file).await;
    let done = match taken {
        Ok(taken) => {
            store::statement::run(store, &writer, &environment, scope, taken.id(), &observe)
                .await
                .map(|()| taken.id())
        }
        Err(error) => Err(error),
    };
    writer.stop();
    task.await?;
    let id = done?;
    drop(bar);
    let import = store.statement_import(scope, id).await?;
    import.context("the import is gone")
}

fn read(file: &Path) -> anyhow::Result<Vec<u8>> {
    let most = u64::try_from(FILE_BYTES_MAX)? + 1;
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

fn describe(out: &mut Output, preview: &Preview, known: u64) -> anyhow::Result<()> {
    let summary = &preview.summary;
    out.line(format_args!(
        "{} ({}, {}): {} movements, {} of them in, {} known already, {} rows that cannot be read",
        summary.format.as_str(),
        summary.layout,
        summary.encoding.as_str(),
        summary.lines,
        preview.credits,
        known,
        summary.errors
    ))?;
    for statement in &preview.statements {
        let days = statement
            .days()
            .map_or_else(String::new, |(first, last)| format!(" {first} to {last}"));
        let sum = |sum: Option<money::Vnd>| sum.map_or_else(|| "?".to_owned(), |it| it.to_string());
        out.line(format_args!(
            "  account {}{days}: {} + {} - {} = {}{}",
            statement.account_number,
            sum(statement.opening),
            sum(statement.credits.sum),
            sum(statement.debits.sum),
            sum(statement.closing),
            if statement.is_complete() {
                ", complete"
            } else {
                ", not proven complete"
            }
        ))?;
    }
    for error in preview.errors.iter().take(ERRORS_SHOWN) {
        out.line(format_args!(
            "  row {}: {}: {} ({})",
            error.number, error.field, error.rule, error.found
        ))?;
    }
    Ok(())
}

fn report(out: &mut Output, import: &Import, json: bool) -> anyhow::Result<()> {
    if json {
        out.pretty_json(&ImportView::from(import))?;
        return Ok(());
    }
    out.line(format_args!(
        "{}: {} new lines, {} duplicates; {} credits in the books already, {} booked, {} of them held for a person, {} in quarantine",
        import.id,
        import.stored,
        import.duplicates,
        import.reported,
        import.posted,
        import.held,
        import.failed
    ))?;
    Ok(())
}
