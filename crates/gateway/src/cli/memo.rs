//! `thungan memo`.

use super::pipe::{self, Output};
use anyhow::Context;
use payment::{Flow, Reference};
use reconciler::memo::{self, Reason, Suggestion};
use serde::Serialize;
use std::fmt;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// Find payment references in memos; exit 1 when no memo holds one.
    ///
    /// A memo with one exact reference is that reference; another is `-`, or `?` with what a person may
    /// choose and why. Only an exact and unique reference ever settles by itself.
    #[command(
        after_help = "Example: printf '%s\\n' 'MBVCB.3278907687.qh2345 67895v nop phi' | thungan memo find --json -"
    )]
    Find(Arguments),
}

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Memos as the bank hands them on; `-` reads one per line.
    #[arg(required = true, value_name = "MEMO")]
    memos: Vec<String>,
    /// The open references, one per line: suggestions are made only towards these.
    #[arg(long, value_name = "FILE")]
    references: Option<PathBuf>,
    /// Print JSON, one object per line.
    #[arg(long)]
    json: bool,
    /// With `--json`: say for each suggestion what stands in the memo, what was undone, how well it fits
    /// (1 to 100) and the best alternative.
    #[arg(long, requires = "json")]
    explain: bool,
}

/// The answer for one memo.
#[derive(Debug, Serialize)]
struct Answer<'a> {
    memo: &'a str,
    exact: Vec<Reference>,
    suggestions: Vec<Shown<'a>>,
}

/// A suggestion in few words, or with everything that speaks for it.
#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Shown<'a> {
    Brief {
        reference: Reference,
        reason: Reason,
    },
    Explained(&'a Suggestion),
}

impl Shown<'_> {
    fn parts(&self) -> (Reference, Reason) {
        match self {
            Self::Brief { reference, reason } => (*reference, *reason),
            Self::Explained(suggestion) => (suggestion.reference, suggestion.reason),
        }
    }
}

/// The one exact reference; or `?` and what a person may choose from, with reasons; or `-`.
impl fmt::Display for Answer<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let choices: Vec<String> = if self.suggestions.is_empty() {
            self.exact.iter().map(Reference::to_string).collect()
        } else {
            let choice = |shown: &Shown<'_>| {
                let (reference, reason) = shown.parts();
                format!("{reference} {}", reason.as_str())
            };
            self.suggestions.iter().map(choice).collect()
        };
        match (self.exact.as_slice(), choices.as_slice()) {
            ([only], _) => write!(f, "{only}"),
            (_, []) => f.write_str("-"),
            (_, choices) => write!(f, "? {}", choices.join(", ")),
        }
    }
}

pub(super) fn run(command: &Command) -> anyhow::Result<ExitCode> {
    let Command::Find(arguments) = command;
    let open = match &arguments.references {
        Some(file) => OpenReferences::read(file)?,
        None => OpenReferences::default(),
    };
    let flows = open.flows();
    let mut any = false;
    pipe::each(&arguments.memos, &mut Output::new(), |item, out| {
        let suggestions = open.suggestions(item.text, &flows);
        let shown = suggestions.iter().map(|suggestion| {
            if arguments.explain {
                Shown::Explained(suggestion)
            } else {
                Shown::Brief {
                    reference: suggestion.reference,
                    reason: suggestion.reason,
                }
            }
        });
        let answer = Answer {
            memo: item.text,
            exact: memo::find(item.text, &flows).exact,
            suggestions: shown.collect(),
        };
        any |= !answer.exact.is_empty() || !answer.suggestions.is_empty();
        if arguments.json {
            out.json(&answer)?;
        } else {
            out.line(answer)?;
        }
        Ok(())
    })?;
    Ok(super::verdict(any))
}

/// The references of the file, sorted: a prefix is a range then.
#[derive(Debug, Default)]
struct OpenReferences(Vec<Reference>);

impl OpenReferences {
    /// Reads one reference per line, written however people write it. Empty lines are passed over; any
    /// other line that is no reference is an error, because a reference lost here is money unclaimed.
    fn read(file: &Path) -> anyhow::Result<Self> {
        let opened =
            File::open(file).with_context(|| format!("{} cannot be read", file.display()))?;
        let mut references = Vec::new();
        for (line, number) in BufReader::new(opened).lines().zip(1..) {
            let place = || format!("{}, line {number}", file.display());
            let folded = memo::fold(&line.with_context(place)?);
            if !folded.is_empty() {
                references.push(Reference::parse(&folded).with_context(place)?);
            }
        }
        references.sort_unstable();
        references.dedup();
        Ok(Self(references))
    }

    /// The flows of the references, and those that every installation knows.
    fn flows(&self) -> Vec<Flow> {
        let mut flows = Flow::DEFAULTS.to_vec();
        flows.extend(self.0.iter().map(Reference::flow));
        flows.sort_unstable();
        flows.dedup();
        flows
    }

    fn suggestions(&self, memo: &str, flows: &[Flow]) -> Vec<Suggestion> {
        if self.0.is_empty() {
            return Vec::new();
        }
        memo::suggestions(
            memo,
            flows,
            |reference| self.0.binary_search(reference).is_ok(),
            |prefix| self.beginning_with(prefix).to_vec(),
        )
    }

    fn beginning_with(&self, prefix: &str) -> &[Reference] {
        let from = self.0.partition_point(|known| known.as_str() < prefix);
        let rest = self.0.get(from..).unwrap_or_default();
        let count = rest.partition_point(|known| known.as_str().starts_with(prefix));
        rest.get(..count).unwrap_or_default()
    }
}
