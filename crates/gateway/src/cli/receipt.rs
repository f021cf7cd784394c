//! `thungan receipt`: checking receipts without a server.

use super::pipe::{self, Output};
use crate::receipt::{proof, xml};
use anyhow::Context;
use std::path::PathBuf;
use std::process::ExitCode;

/// No receipt is larger.
const XML_BYTES_MAX: u64 = 4 * 1024 * 1024;

#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// Check the code on receipts under the issuer's public key; exit 1 when one does not hold.
    #[command(
        after_help = "Example: thungan receipt verify --key 11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo 'TNBL1.eyJ…'"
    )]
    Verify(Arguments),
}

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The public key in base64url, from GET /v1/receipts/verification-key.
    #[arg(long, value_name = "KEY")]
    key: String,
    /// The XML of the receipt, to be held against the code as well.
    #[arg(long, value_name = "FILE")]
    xml: Option<PathBuf>,
    /// What the codes say; `-` reads one per line.
    #[arg(required = true)]
    codes: Vec<String>,
    /// Print JSON, one object per line.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(command: &Command) -> anyhow::Result<ExitCode> {
    let Command::Verify(arguments) = command;
    let document = arguments.xml.as_ref().map(read).transpose()?;
    let data = document.as_deref().map(|document| {
        // A file without a data part is no receipt, and agrees with none.
        xml::data_of(document).unwrap_or_default()
    });
    let mut good = true;
    pipe::each(&arguments.codes, &mut Output::new(), |item, out| {
        match proof::verify(&arguments.key, item.text.trim(), data) {
            Ok(proved) if arguments.json => {
                out.json(&serde_json::json!({
                    "authentic": true,
                    "tax_code": proved.tax_code,
                    "form_code": proved.form_code,
                    "series": proved.series,
                    "number": proved.number,
                    "issued_on": proved.issued_on,
                    "amount": proved.amount,
                    "xml_agrees": data.map(|_| true),
                }))?;
            }
            Ok(proved) => out.line(format_args!(
                "Thật: ký hiệu mẫu {}, ký hiệu {}, số {}, ngày {}, {} đ, mã số thuế {}",
                proved.form_code,
                proved.series,
                ledger::receipt::number_text(proved.number),
                proved.issued_on.vietnam_display(),
                proved.amount,
                proved.tax_code.as_deref().unwrap_or("–"),
            ))?,
            Err(error) => {
                good = false;
                if arguments.json {
                    let reason = error.to_string();
                    out.json(&serde_json::json!({"authentic": false, "reason": reason}))?;
                } else {
                    out.complain(&item, format_args!("{item}: {error}"))?;
                }
            }
        }
        Ok(())
    })?;
    Ok(super::verdict(good))
}

fn read(file: &PathBuf) -> anyhow::Result<Vec<u8>> {
    let about = || format!("{} cannot be read", file.display());
    let length = std::fs::metadata(file).with_context(about)?.len();
    anyhow::ensure!(
        length <= XML_BYTES_MAX,
        "{} is larger than any receipt",
        file.display()
    );
    std::fs::read(file).with_context(about)
}
