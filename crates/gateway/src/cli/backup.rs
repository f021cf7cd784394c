//! `thungan backup`.

use super::pipe::Output;
use crate::copying::{self, Done};
use std::path::PathBuf;
use std::process::ExitCode;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    place: super::Place,
    /// The file to write; it must not exist.
    #[arg(value_name = "FILE")]
    to: PathBuf,
    /// Do not seal it under the master key: anybody who gets the file can read it.
    #[arg(long)]
    plain: bool,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let settings = arguments.place.settings()?;
    let key = if arguments.plain {
        None
    } else {
        Some(settings.master_key()?)
    };
    let options = settings.store_options()?;
    let done = copying::backup(&options, &arguments.to, key.as_ref(), arguments.json).await?;
    report(&done, arguments.json, "written")
}

/// What was copied: every table for machines, the sum for people.
pub(super) fn report(done: &Done, json: bool, what: &str) -> anyhow::Result<ExitCode> {
    let mut out = Output::new();
    if json {
        out.pretty_json(done)?;
    } else {
        for head in &done.manifest.heads {
            out.line(format_args!(
                "{}: {} entries, {} events, {} audit records, chain {}",
                head.slug,
                head.journal_sequence,
                head.event_sequence,
                head.audit_sequence,
                head.audit_hash
            ))?;
        }
        let bytes = done
            .bytes
            .map_or_else(String::new, |bytes| format!(", {bytes} bytes"));
        let sealed = match done.sealed {
            Some(true) => ", sealed under the master key",
            Some(false) => ", NOT sealed",
            None => "",
        };
        out.line(format_args!(
            "{what}: {} tables, {} rows{bytes}{sealed}",
            done.manifest.tables.len(),
            done.rows
        ))?;
    }
    out.flush()?;
    Ok(ExitCode::SUCCESS)
}
