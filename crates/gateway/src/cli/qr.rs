//! `thungan qr`.

mod decode;
mod encode;

use std::process::ExitCode;
use vietqr::Language;

#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// Write a transfer code: its text, or a picture of it; exit 1 when a value is refused.
    ///
    /// With `-` each line of standard input is one JSON object with the long names of the options, such
    /// as {"amount":79000,"memo":"QH234567895V"}; the options given beside it hold for every line.
    #[command(
        after_help = "Example: thungan qr encode --bank VietinBank --account 113366668888 --amount 79000 --memo 'QH234567895V nop phi' --one-time --png code.png"
    )]
    Encode(Box<encode::Arguments>),
    /// Read a code and say everything that is wrong with it; exit 1 when one is not valid.
    #[command(
        after_help = "Example: thungan qr decode --json 00020101021138530010A0000007270123000697041601092576788590208QRIBFTTA53037045802VN6304AE9F"
    )]
    Decode(decode::Arguments),
}

pub(super) fn run(command: Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::Encode(arguments) => encode::run(*arguments),
        Command::Decode(arguments) => decode::run(&arguments),
    }
}

const fn language(english: bool) -> Language {
    if english {
        Language::English
    } else {
        Language::Vietnamese
    }
}
