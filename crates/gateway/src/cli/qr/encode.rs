//! `thungan qr encode`.

use crate::cli::pipe::{self, Item, Output};
use anyhow::Context;
use clap::ArgAction;
use money::Vnd;
use serde::{Deserialize, Serialize};
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use vietqr::banks::{self, Lookup};
use vietqr::render::{
    self, MODULE_PIXELS_MAX, PngOptions, SvgOptions, TerminalColours, TerminalOptions,
};
use vietqr::{AcquirerBin, ConsumerAccount, EncodeError, Language, Payload, Transfer};

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Arguments {
    #[command(flatten)]
    order: Order,
    /// For many payments, such as a code on a counter. This is the default.
    #[arg(long, conflicts_with = "one_time")]
    reusable: bool,
    #[command(flatten)]
    picture: Picture,
    /// Refusals in English.
    #[arg(long)]
    english: bool,
    /// Print JSON, one object per line.
    #[arg(long, conflicts_with = "terminal")]
    json: bool,
    /// Read one JSON object per line.
    #[arg(value_name = "-", value_parser = ["-"], conflicts_with = "Picture")]
    input: Option<String>,
}

/// What to write, as options and as the members of a line. A line overrides the options.
#[derive(Debug, Clone, Default, clap::Args, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Order {
    /// The bank that holds the account: BIN, code, name or former name.
    #[arg(long, required_unless_present = "input")]
    bank: Option<String>,
    /// The account number, alias or virtual account.
    #[arg(long, required_unless_present_any = ["card", "input"], conflicts_with = "card")]
    account: Option<String>,
    /// A card number instead of an account.
    #[arg(long)]
    card: Option<String>,
    /// The amount in đồng; without it the payer types one.
    #[arg(long, value_name = "DONG", value_parser = amount, allow_negative_numbers = true)]
    amount: Option<Vnd>,
    /// The memo that banking apps fill in, at most 25 characters.
    #[arg(long)]
    memo: Option<String>,
    /// Allow the memo up to 95 characters; not every app shows them.
    #[arg(long, action = ArgAction::SetTrue)]
    long_memo: Option<bool>,
    /// For one payment of one request.
    #[arg(long, action = ArgAction::SetTrue)]
    one_time: Option<bool>,
    /// The payee's name, at most 25 characters.
    #[arg(long)]
    name: Option<String>,
    /// The payee's city, at most 15 characters.
    #[arg(long)]
    city: Option<String>,
    /// The payee's postal code.
    #[arg(long)]
    postal_code: Option<String>,
    /// The merchant category of four digits, such as 9399 for government services.
    #[arg(long)]
    category: Option<String>,
    /// The bill number.
    #[arg(long)]
    bill: Option<String>,
    /// The mobile number; *** asks the payer, here and in the labels.
    #[arg(long)]
    mobile: Option<String>,
    /// The store label.
    #[arg(long)]
    store: Option<String>,
    /// The loyalty number.
    #[arg(long)]
    loyalty: Option<String>,
    /// The reference label.
    #[arg(long)]
    reference: Option<String>,
    /// The customer label.
    #[arg(long)]
    customer: Option<String>,
    /// The terminal label.
    #[arg(long)]
    terminal_label: Option<String>,
    /// Accept a BIN that the directory does not know: a bank that joined later.
    #[arg(long, action = ArgAction::SetTrue)]
    allow_unknown_bin: Option<bool>,
    /// Accept 500,000,000 đồng and more, which one instant transfer cannot carry.
    #[arg(long, action = ArgAction::SetTrue)]
    allow_beyond_instant_limit: Option<bool>,
}

/// Pictures instead of the text; `-` as FILE is standard output.
#[derive(Debug, clap::Args)]
#[group(multiple = true)]
struct Picture {
    /// Write a PNG.
    #[arg(long, value_name = "FILE")]
    png: Option<PathBuf>,
    /// Write an SVG.
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,
    /// Draw on the terminal.
    #[arg(long)]
    terminal: bool,
    /// The width of a module in pixels, in PNG and SVG.
    #[arg(long, value_name = "N", default_value_t = 8, value_parser = clap::value_parser!(u32).range(1..=i64::from(MODULE_PIXELS_MAX)))]
    pixels: u32,
}

/// Why a code is not written: the object, and a sentence.
#[derive(Debug, Serialize)]
pub(super) struct Refusal {
    at: String,
    detail: String,
}

/// One line of JSON: the payload, or why there is none.
#[derive(Debug, Serialize)]
#[serde(rename_all = "snake_case")]
enum Answer<'a> {
    Payload(&'a str),
    Error(Refusal),
}

pub(super) fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let language = super::language(arguments.english);
    let mut out = Output::new();
    if arguments.input.is_none() {
        return one(&arguments, language, &mut out);
    }
    let mut good = true;
    pipe::each(&["-".to_owned()], &mut out, |item, out| {
        let written = read(item, &arguments.order)
            .map_err(Refusal::malformed)
            .and_then(|order| order.encode(language));
        match written {
            Ok(payload) if arguments.json => out.json(&Answer::Payload(payload.as_str()))?,
            Ok(payload) => out.line(payload)?,
            Err(refusal) => {
                good = false;
                out.complain(&item, &refusal.detail)?;
                // Each line in has its line out, so that the two can be put side by side.
                if arguments.json {
                    out.json(&Answer::Error(refusal))?;
                } else {
                    out.line("")?;
                }
            }
        }
        Ok(())
    })?;
    Ok(crate::cli::verdict(good))
}

/// The code that the options describe.
fn one(arguments: &Arguments, language: Language, out: &mut Output) -> anyhow::Result<ExitCode> {
    let good = match arguments.order.encode(language) {
        Ok(payload) => {
            let drawn = arguments.picture.draw(&payload, out)?;
            if arguments.json {
                out.json(&Answer::Payload(payload.as_str()))?;
            } else if !drawn {
                out.line(payload)?;
            }
            true
        }
        Err(refusal) => {
            pipe::complain(&refusal.detail);
            if arguments.json {
                out.json(&Answer::Error(refusal))?;
            }
            false
        }
    };
    out.flush()?;
    Ok(crate::cli::verdict(good))
}

/// Puts a text of the order into the transfer.
type SetText = fn(Transfer, &str) -> Transfer;
/// Turns something on in the transfer.
type Switch = fn(Transfer) -> Transfer;

fn read(item: Item<'_>, options: &Order) -> serde_json::Result<Order> {
    let line: Order = serde_json::from_str(item.text)?;
    Ok(line.or(options))
}

impl Order {
    /// The members of the line, and the options where it says nothing.
    pub(super) fn or(self, options: &Self) -> Self {
        // Two ways to name the payee, of which a line may choose the other.
        let named = self.account.is_some() || self.card.is_some();
        let payee = if named {
            (self.account, self.card)
        } else {
            (options.account.clone(), options.card.clone())
        };
        Self {
            bank: self.bank.or_else(|| options.bank.clone()),
            account: payee.0,
            card: payee.1,
            amount: self.amount.or(options.amount),
            memo: self.memo.or_else(|| options.memo.clone()),
            long_memo: self.long_memo.or(options.long_memo),
            one_time: self.one_time.or(options.one_time),
            name: self.name.or_else(|| options.name.clone()),
            city: self.city.or_else(|| options.city.clone()),
            postal_code: self.postal_code.or_else(|| options.postal_code.clone()),
            category: self.category.or_else(|| options.category.clone()),
            bill: self.bill.or_else(|| options.bill.clone()),
            mobile: self.mobile.or_else(|| options.mobile.clone()),
            store: self.store.or_else(|| options.store.clone()),
            loyalty: self.loyalty.or_else(|| options.loyalty.clone()),
            reference: self.reference.or_else(|| options.reference.clone()),
            customer: self.customer.or_else(|| options.customer.clone()),
            terminal_label: self
                .terminal_label
                .or_else(|| options.terminal_label.clone()),
            allow_unknown_bin: self.allow_unknown_bin.or(options.allow_unknown_bin),
            allow_beyond_instant_limit: self
                .allow_beyond_instant_limit
                .or(options.allow_beyond_instant_limit),
        }
    }

    pub(super) fn encode(&self, language: Language) -> Result<Payload, Refusal> {
        let transfer = self.payee(language)?;
        let encoded = self.texts(transfer).encode();
        encoded.map_err(|error| Refusal::of(&error, language))
    }

    fn payee(&self, language: Language) -> Result<Transfer, Refusal> {
        let refuse = |error: EncodeError| Refusal::of(&error, language);
        let bank = self.bank.as_deref().unwrap_or_default();
        let bin = find_bank(bank, language)?;
        let bin = AcquirerBin::parse(&bin).map_err(refuse)?;
        let number = |text: &str| ConsumerAccount::parse(text).map_err(refuse);
        match (&self.account, &self.card) {
            (Some(_), Some(_)) => Err(Refusal::new(
                "38.01.01",
                language,
                "Chỉ đưa vào một trong hai: số tài khoản hoặc số thẻ.",
                "Give an account or a card, not both.",
            )),
            (None, Some(card)) => Ok(Transfer::to_card(bin, number(card)?)),
            (account, None) => {
                let account = number(account.as_deref().unwrap_or_default())?;
                Ok(Transfer::to_account(bin, account))
            }
        }
    }

    /// The rest of the transfer.
    fn texts(&self, mut transfer: Transfer) -> Transfer {
        let texts: [(&Option<String>, SetText); 12] = [
            (&self.memo, |transfer, text| transfer.purpose(text)),
            (&self.name, |transfer, text| transfer.merchant_name(text)),
            (&self.city, |transfer, text| transfer.merchant_city(text)),
            (&self.postal_code, |transfer, text| {
                transfer.postal_code(text)
            }),
            (&self.category, |transfer, text| {
                transfer.merchant_category(text)
            }),
            (&self.bill, |transfer, text| transfer.bill_number(text)),
            (&self.mobile, |transfer, text| transfer.mobile_number(text)),
            (&self.store, |transfer, text| transfer.store_label(text)),
            (&self.loyalty, |transfer, text| {
                transfer.loyalty_number(text)
            }),
            (&self.reference, |transfer, text| {
                transfer.reference_label(text)
            }),
            (&self.customer, |transfer, text| {
                transfer.customer_label(text)
            }),
            (&self.terminal_label, |transfer, text| {
                transfer.terminal_label(text)
            }),
        ];
        for (text, set) in texts {
            if let Some(text) = text {
                transfer = set(transfer, text);
            }
        }
        if let Some(amount) = self.amount {
            transfer = transfer.amount(amount);
        }
        let switches: [(Option<bool>, Switch); 4] = [
            (self.one_time, Transfer::one_time),
            (self.long_memo, Transfer::extended_purpose),
            (self.allow_unknown_bin, Transfer::allow_unknown_bin),
            (
                self.allow_beyond_instant_limit,
                Transfer::allow_beyond_instant_limit,
            ),
        ];
        for (on, set) in switches {
            if on == Some(true) {
                transfer = set(transfer);
            }
        }
        transfer
    }
}

/// The BIN of a bank; a name that nobody or more than one goes by is refused, and never guessed.
fn find_bank(name: &str, language: Language) -> Result<String, Refusal> {
    match banks::find(name) {
        Lookup::Found(bank) => Ok(bank.bin.clone()),
        // Six digits may be a bank that the directory does not know yet; the writer decides.
        Lookup::NotFound if name.len() == 6 && name.bytes().all(|byte| byte.is_ascii_digit()) => {
            Ok(name.to_owned())
        }
        Lookup::NotFound => Err(Refusal::new(
            "38.01.00",
            language,
            &format!("Không tìm thấy ngân hàng {name:?}."),
            &format!("No bank is called {name:?}."),
        )),
        Lookup::Ambiguous(banks) => {
            let named = |bank: &&banks::Bank| format!("{} ({})", bank.short_name, bank.bin);
            let choices: Vec<String> = banks.iter().map(named).collect();
            let choices = choices.join(", ");
            Err(Refusal::new(
                "38.01.00",
                language,
                &format!("Nhiều ngân hàng cùng tên {name:?}: {choices}."),
                &format!("Several banks are called {name:?}: {choices}."),
            ))
        }
    }
}

impl Refusal {
    fn of(error: &EncodeError, language: Language) -> Self {
        Self {
            at: error.path().to_string(),
            detail: error.sentence(language),
        }
    }

    fn new(at: &str, language: Language, vietnamese: &str, english: &str) -> Self {
        let detail = match language {
            Language::Vietnamese => vietnamese,
            Language::English => english,
        };
        Self {
            at: at.to_owned(),
            detail: detail.to_owned(),
        }
    }

    /// The sentence.
    pub(super) fn into_detail(self) -> String {
        self.detail
    }

    /// A line that is no order: the sentence names the member, in the words of the JSON reader.
    #[allow(clippy::needless_pass_by_value, reason = "for map_err")]
    fn malformed(error: serde_json::Error) -> Self {
        Self {
            at: String::new(),
            detail: error.to_string(),
        }
    }
}

impl Picture {
    /// Draws what is asked for; whether anything was.
    fn draw(&self, payload: &Payload, out: &mut Output) -> anyhow::Result<bool> {
        if let Some(file) = &self.png {
            let options = PngOptions {
                module_pixels: self.pixels,
                ..PngOptions::default()
            };
            write(file, &render::png(payload, &options)?, out)?;
        }
        if let Some(file) = &self.svg {
            let options = SvgOptions {
                module_pixels: self.pixels,
                ..SvgOptions::default()
            };
            write(file, render::svg(payload, &options)?.as_bytes(), out)?;
        }
        if self.terminal {
            // Escape sequences are for a terminal; a file or a printer gets dark letters on light.
            let colours = if std::io::stdout().is_terminal() {
                TerminalColours::Ansi
            } else {
                TerminalColours::DarkOnLight
            };
            let options = TerminalOptions {
                colours,
                ..TerminalOptions::default()
            };
            out.bytes(render::terminal(payload, &options)?.as_bytes())?;
        }
        Ok(self.png.is_some() || self.svg.is_some() || self.terminal)
    }
}

/// Writes a file, or to standard output for `-`.
pub(super) fn write(file: &Path, picture: &[u8], out: &mut Output) -> anyhow::Result<()> {
    if file == Path::new("-") {
        return Ok(out.bytes(picture)?);
    }
    std::fs::write(file, picture).with_context(|| format!("{} cannot be written", file.display()))
}

fn amount(text: &str) -> Result<Vnd, String> {
    let dong = text
        .parse()
        .map_err(|_| "must be a whole number of đồng".to_owned())?;
    Vnd::new(dong).map_err(|error| error.to_string())
}
