//! `thungan words`.

use money::Vnd;
use money::words::{WordOptions, words_en, words_with};
use std::io::BufRead;
use std::process::ExitCode;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Amounts in đồng, plain digits; `-` reads one per line.
    #[arg(required = true, allow_hyphen_values = true)]
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
    for amount in &arguments.amounts {
        if amount == "-" {
            for line in std::io::stdin().lock().lines() {
                good &= say(arguments, line?.trim());
            }
        } else {
            good &= say(arguments, amount);
        }
    }
    Ok(if good {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(super::NO)
    })
}

fn say(arguments: &Arguments, text: &str) -> bool {
    let Some(amount) = text.parse().ok().and_then(|dong| Vnd::new(dong).ok()) else {
        eprintln!(
            "thungan: {text:?} is not a whole number of đồng within ±{}",
            Vnd::MAX
        );
        return false;
    };
    let words = if arguments.english {
        words_en(amount)
    } else {
        words_with(
            amount,
            WordOptions {
                chan: arguments.chan,
                southern: arguments.southern,
            },
        )
    };
    if arguments.json {
        println!("{}", serde_json::json!({"amount": amount, "words": words}));
    } else {
        println!("{words}");
    }
    true
}
