//! `thungan qr poster`.

use super::encode::{Order, Refusal, write};
use crate::cli::pipe::{self, Output};
use anyhow::Context;
use print::pdf::Document;
use print::poster::{Form, LogoPlace, Poster};
use print::svg::{NaturalSize, svg};
use print::{Drawing, Logo, Paper};
use reconciler::strict_json::{Limits, check_strict};
use serde::Deserialize;
use serde_json::{Map, Value};
use std::collections::BTreeSet;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use vietqr::{Language, Payload};

/// The largest list, in bytes.
///
/// ### Rationale
/// The largest number of posters with some 1,600 bytes for each.
const LIST_BYTES_MAX: u64 = 16 * 1024 * 1024;

/// The most posters of one document, which is made in memory.
const POSTERS_MAX: usize = 10_000;

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Arguments {
    #[command(flatten)]
    order: Order,
    #[command(flatten)]
    words: Words,
    /// The sheet: a4, a5 or a6.
    #[arg(long, default_value_t = Paper::A5)]
    paper: Paper,
    /// poster, for a wall, or card, to fold and set up on a table.
    #[arg(long, default_value_t = Form::Poster)]
    form: Form,
    /// Your own logo, a PNG of at most 1 MiB and 1000 x 1000 pixels.
    #[arg(long, value_name = "FILE")]
    logo: Option<PathBuf>,
    /// header, or centre: in the middle of the code, which is then read back before it is given out.
    #[arg(long, default_value_t = LogoPlace::Header, requires = "logo")]
    logo_place: LogoPlace,
    /// Write one PDF, with a page for each poster; `-` is standard output.
    #[arg(long, value_name = "FILE", required_unless_present = "svg")]
    pdf: Option<PathBuf>,
    /// Write the poster as SVG; `-` is standard output.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["pdf", "input"])]
    svg: Option<PathBuf>,
    /// Refusals in English.
    #[arg(long)]
    english: bool,
    /// A list of posters, `-` for standard input: CSV with a header, or one JSON object per line.
    #[arg(value_name = "LIST")]
    input: Option<PathBuf>,
}

/// What no code holds, as options and as the members of a line. A line overrides the options.
#[derive(Debug, Clone, Default, clap::Args, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Words {
    /// The payee's name as it is printed, with its marks.
    #[arg(long, value_name = "NAME")]
    payee: Option<String>,
    /// The stall or counter, such as 'Sạp B-07'.
    #[arg(long)]
    place: Option<String>,
    /// The serial number of this print.
    #[arg(long)]
    serial: Option<String>,
}

/// One poster that is asked for.
#[derive(Debug)]
struct Asked {
    code: Code,
    words: Words,
}

#[derive(Debug)]
enum Code {
    /// A payload that exists already, such as what `thungan qr encode --json` prints.
    Written(String),
    Order(Box<Order>),
}

/// What all posters of a run have in common.
struct Printer<'a> {
    arguments: &'a Arguments,
    logo: Option<Logo>,
    language: Language,
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let language = super::language(arguments.english);
    let logo = match &arguments.logo {
        Some(file) => match read_logo(file, language)? {
            Ok(logo) => Some(logo),
            Err(refusal) => {
                pipe::complain(refusal);
                return Ok(crate::cli::verdict(false));
            }
        },
        None => None,
    };
    let printer = Printer {
        arguments,
        logo,
        language,
    };
    let mut out = Output::new();
    let good = match &arguments.input {
        Some(list) => printer.print_list(&read_list(list)?, &mut out)?,
        None => printer.print_one(&mut out)?,
    };
    out.flush()?;
    Ok(crate::cli::verdict(good))
}

impl Printer<'_> {
    /// The poster that the options describe; whether there is one.
    fn print_one(&self, out: &mut Output) -> anyhow::Result<bool> {
        let asked = Asked {
            code: Code::Order(Box::new(self.arguments.order.clone())),
            words: self.arguments.words.clone(),
        };
        let drawing = match self.draw(&asked) {
            Ok(drawing) => drawing,
            Err(refusal) => {
                pipe::complain(refusal);
                return Ok(false);
            }
        };
        if let Some(file) = &self.arguments.svg {
            write(
                file,
                svg(&drawing, NaturalSize::Millimetres)?.as_bytes(),
                out,
            )?;
        }
        if let Some(file) = &self.arguments.pdf {
            let mut document = Document::new("VietQR");
            document.add(&drawing)?;
            write(file, &document.finish()?, out)?;
        }
        Ok(true)
    }

    /// A page for each row; every refused row is named, and then nothing is written: a stall without its
    /// sheet would be noticed only after the printing.
    fn print_list(&self, list: &str, out: &mut Output) -> anyhow::Result<bool> {
        let rows = match rows(list) {
            Ok(rows) => rows,
            Err(refusal) => {
                pipe::complain(refusal);
                return Ok(false);
            }
        };
        if rows.is_empty() || rows.len() > POSTERS_MAX {
            pipe::complain(self.say(
                &format!(
                    "Danh sách có {} dòng; cần từ 1 đến {POSTERS_MAX}.",
                    rows.len()
                ),
                &format!(
                    "The list has {} rows; between 1 and {POSTERS_MAX} are printed.",
                    rows.len()
                ),
            ));
            return Ok(false);
        }
        let mut document = Document::new("VietQR");
        let mut good = true;
        for (line, row) in rows {
            let drawn = row
                .map_err(|error| error.to_string())
                .and_then(|row| self.asked(row))
                .and_then(|asked| self.draw(&asked));
            match drawn {
                Ok(drawing) if good => document.add(&drawing)?,
                Ok(_) => {}
                Err(refusal) => {
                    good = false;
                    pipe::complain(format_args!("line {line}: {refusal}"));
                }
            }
        }
        if let (true, Some(file)) = (good, &self.arguments.pdf) {
            write(file, &document.finish()?, out)?;
        }
        Ok(good)
    }

    /// Reads the members of a row, and takes the options where it says nothing.
    fn asked(&self, mut row: Map<String, Value>) -> Result<Asked, String> {
        let mut words = Map::new();
        for name in ["payee", "place", "serial"] {
            if let Some(value) = row.remove(name) {
                words.insert(name.to_owned(), value);
            }
        }
        let words: Words = read(words)?;
        let options = &self.arguments.words;
        let words = Words {
            payee: words.payee.or_else(|| options.payee.clone()),
            place: words.place.or_else(|| options.place.clone()),
            serial: words.serial.or_else(|| options.serial.clone()),
        };
        let code = match row.remove("payload") {
            None => Code::Order(Box::new(read::<Order>(row)?.or(&self.arguments.order))),
            Some(Value::String(payload)) if row.is_empty() => Code::Written(payload),
            Some(_) => {
                return Err(self.say(
                    "\"payload\" phải là chuỗi, và đứng thay cho ngân hàng, tài khoản, số tiền và nội dung.",
                    "\"payload\" must be a text, and stands instead of bank, account, amount and memo.",
                ));
            }
        };
        Ok(Asked { code, words })
    }

    fn draw(&self, asked: &Asked) -> Result<Drawing, String> {
        let payload = match &asked.code {
            Code::Order(order) => order.encode(self.language).map_err(Refusal::into_detail)?,
            Code::Written(text) => Payload::parse(text).map_err(|problems| {
                let sentences = problems.iter().map(|problem| {
                    format!("{}: {}", problem.issue(), problem.sentence(self.language))
                });
                sentences.collect::<Vec<_>>().join(" ")
            })?,
        };
        let refuse = |error: print::poster::PosterError| error.sentence(self.language);
        let mut poster = Poster::new(payload).map_err(refuse)?;
        if let Some(payee) = &asked.words.payee {
            poster = poster.payee(payee);
        }
        if let Some(place) = &asked.words.place {
            poster = poster.place(place);
        }
        if let Some(serial) = &asked.words.serial {
            poster = poster.serial(serial);
        }
        if let Some(logo) = &self.logo {
            poster = poster.logo(logo.clone(), self.arguments.logo_place);
        }
        poster
            .draw(self.arguments.form, self.arguments.paper)
            .map_err(refuse)
    }

    fn say(&self, vietnamese: &str, english: &str) -> String {
        let text = match self.language {
            Language::Vietnamese => vietnamese,
            Language::English => english,
        };
        text.to_owned()
    }
}

fn read<T: serde::de::DeserializeOwned>(members: Map<String, Value>) -> Result<T, String> {
    serde_json::from_value(Value::Object(members)).map_err(|error| error.to_string())
}

fn read_logo(file: &Path, language: Language) -> anyhow::Result<Result<Logo, String>> {
    let cannot = || format!("{} cannot be read", file.display());
    let mut bytes = Vec::new();
    // One byte more than is allowed is enough to be refused.
    std::fs::File::open(file)
        .with_context(cannot)?
        .take(print::LOGO_BYTES_MAX as u64 + 1)
        .read_to_end(&mut bytes)
        .with_context(cannot)?;
    Ok(Logo::from_png(&bytes).map_err(|error| error.sentence(language)))
}

fn read_list(file: &Path) -> anyhow::Result<String> {
    let cannot = || format!("{} cannot be read", file.display());
    let input: Box<dyn Read> = if file == Path::new("-") {
        Box::new(std::io::stdin().lock())
    } else {
        Box::new(std::fs::File::open(file).with_context(cannot)?)
    };
    let mut bytes = Vec::new();
    input
        .take(LIST_BYTES_MAX + 1)
        .read_to_end(&mut bytes)
        .with_context(cannot)?;
    anyhow::ensure!(
        bytes.len() as u64 <= LIST_BYTES_MAX,
        "{} is larger than {LIST_BYTES_MAX} bytes",
        file.display()
    );
    String::from_utf8(bytes).with_context(|| format!("{} is not UTF-8", file.display()))
}

/// A row with its line in the list, from 1.
type Row = (u64, anyhow::Result<Map<String, Value>>);

/// The rows of a list. JSON begins with a brace, which no column is called.
fn rows(list: &str) -> anyhow::Result<Vec<Row>> {
    let list = list.strip_prefix('\u{FEFF}').unwrap_or(list);
    if list.trim_start().starts_with('{') {
        Ok(json_rows(list))
    } else {
        csv_rows(list)
    }
}

fn json_rows(list: &str) -> Vec<Row> {
    (1..)
        .zip(list.lines())
        .filter(|(_, line)| !line.trim().is_empty())
        .map(|(number, line)| (number, json_row(line)))
        .collect()
}

fn json_row(line: &str) -> anyhow::Result<Map<String, Value>> {
    check_strict(line.as_bytes(), Limits::default())?;
    Ok(serde_json::from_str(line)?)
}

/// A spreadsheet knows only texts: numbers and truth values get their kinds by the column, and an empty
/// cell says nothing.
fn csv_rows(list: &str) -> anyhow::Result<Vec<Row>> {
    let mut reader = csv::ReaderBuilder::new()
        .trim(csv::Trim::All)
        .from_reader(list.as_bytes());
    let header = reader.headers()?.clone();
    let columns: BTreeSet<&str> = header.iter().collect();
    anyhow::ensure!(
        columns.len() == header.len(),
        "two columns have the same name"
    );
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = match record {
            Ok(record) => record,
            Err(error) => {
                let line = error.position().map_or(0, csv::Position::line);
                rows.push((line, Err(error.into())));
                continue;
            }
        };
        let line = record.position().map_or(0, csv::Position::line);
        let cells = header.iter().zip(&record);
        let members = cells
            .filter(|(_, cell)| !cell.is_empty())
            .map(|(column, cell)| (column.to_owned(), typed(column, cell)))
            .collect();
        rows.push((line, Ok(members)));
    }
    Ok(rows)
}

fn typed(column: &str, cell: &str) -> Value {
    let number = || cell.parse::<i64>().ok().map(Value::from);
    let truth = || cell.parse::<bool>().ok().map(Value::from);
    let value = match column {
        "amount" => number(),
        "long_memo" | "one_time" | "allow_unknown_bin" | "allow_beyond_instant_limit" => truth(),
        _ => None,
    };
    // What is of another kind stays a text, which the reader of the member refuses by its name.
    value.unwrap_or_else(|| cell.into())
}
