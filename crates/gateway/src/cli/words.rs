//! `thungan words`.

use super::pipe::{self, Output};
use money::words::{WordOptions, words_en_of, words_of};
use std::process::ExitCode;

/// Sixteen digits: what papers carry, and more than the books take.
const MAX: i64 = 9_999_999_999_999_999;

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
        let amount: Option<i64> = item.text.trim().parse().ok();
        let Some(amount) = amount.filter(|amount| (-MAX..=MAX).contains(amount)) else {
            good = false;
            let complaint = format_args!("{item} is not a whole number of đồng within ±{MAX}");
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
    fn words(&self, amount: i64) -> String {
        if self.english {
            return words_en_of(amount);
        }
        words_of(
            amount,
            WordOptions {
                chan: self.chan,
                southern: self.southern,
            },
        )
    }
}
