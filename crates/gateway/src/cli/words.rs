//! `thungan words`.

use super::pipe::{self, Output};
use money::Vnd;
use money::words::{WordOptions, words_en, words_with};
use std::process::ExitCode;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Amounts in đồng, plain digits; `-` reads one per line.
    #[arg(required = true, allow_negative_numbers = true)]
    amounts: Vec<String>,
    /// In English.
    #[arg(long)]
    english: bool,
    /// "ngàn" and "lẻ" as in the south.
    #[arg(long)]
    southern: bool,
    /// "chẵn" after whole thousands.
    #[arg(long)]
    chan: bool,
    /// Print JSON, one object per line.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let mut good = true;
    pipe::each(&arguments.amounts, &mut Output::new(), |item, out| {
        let amount = item
            .text
            .trim()
            .parse()
            .ok()
            .and_then(|dong| Vnd::new(dong).ok());
        let Some(amount) = amount else {
            good = false;
            let max = Vnd::MAX;
            let complaint = format_args!("{item} is not a whole number of đồng within ±{max}");
            return Ok(out.complain(&item, complaint)?);
        };
        let words = arguments.words(amount);
        if arguments.json {
            out.json(&serde_json::json!({"amount": amount, "words": words}))?;
        } else {
            out.line(words)?;
        }
        Ok(())
    })?;
    Ok(super::verdict(good))
}

impl Arguments {
    fn words(&self, amount: Vnd) -> String {
        if self.english {
            return words_en(amount);
        }
        words_with(
            amount,
            WordOptions {
                chan: self.chan,
                southern: self.southern,
            },
        )
    }
}
