//! `thungan qr`.

mod decode;
mod encode;
mod poster;

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
    /// Print a code for a wall or a table, or a whole list of them as one PDF; exit 1 when one is refused.
    ///
    /// A list is CSV with a header row, or one JSON object per line. Its members are the long names of the
    /// options with _ for -, or `payload` for a code that exists; the options given beside it hold for every
    /// row. When a row is refused nothing is written.
    #[command(
        after_help = "Example: thungan qr poster --bank VietinBank --account 113366668888 --payee 'Chợ Ví Dụ' --place 'Sạp B-07' --paper a5 --pdf poster.pdf"
    )]
    Poster(Box<poster::Arguments>),
}

pub(super) fn run(command: Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::Encode(arguments) => encode::run(*arguments),
        Command::Decode(arguments) => decode::run(&arguments),
        Command::Poster(arguments) => poster::run(&arguments),
    }
}

const fn language(english: bool) -> Language {
    if english {
        Language::English
    } else {
        Language::Vietnamese
    }
}
