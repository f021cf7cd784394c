//! `thungan qr decode`.

use crate::cli::pipe::{self, Output, OutputError};
use money::Vnd;
use money::format::grouped;
use serde::Serialize;
use serde_json::{Map, Value};
use std::fmt::{self, Display, Write as _};
use std::process::ExitCode;
use vietqr::{Decoded, Language, PayableTransfer, Problem, Severity, banks};

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Arguments {
    /// The texts of codes; `-` reads one per line.
    #[arg(required = true, value_name = "PAYLOAD")]
    payloads: Vec<String>,
    /// Sentences in English.
    #[arg(long)]
    english: bool,
    /// Print JSON, one object per line.
    #[arg(long)]
    json: bool,
}

/// The answer for one payload.
#[derive(Debug, Serialize)]
struct Answer<'a> {
    valid: bool,
    payload: &'a str,
    fields: Map<String, Value>,
    problems: Vec<ProblemAnswer>,
}

#[derive(Debug, Serialize)]
struct ProblemAnswer {
    /// With its place, as in the specification: `BAD_VALUE:54`.
    code: String,
    severity: &'static str,
    /// The object concerned, such as `38.01.00`; empty for the payload as a whole.
    at: String,
    detail: String,
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let language = super::language(arguments.english);
    let mut good = true;
    let mut first = true;
    pipe::each(&arguments.payloads, &mut Output::new(), |item, out| {
        let decoded = vietqr::decode(item.text);
        good &= decoded.is_valid();
        if arguments.json {
            out.json(&Answer {
                valid: decoded.is_valid(),
                payload: item.text,
                fields: nested(&decoded),
                problems: problems(&decoded, language),
            })?;
        } else {
            if !std::mem::take(&mut first) {
                out.line("")?;
            }
            tell(&decoded, language, out)?;
        }
        Ok(())
    })?;
    Ok(crate::cli::verdict(good))
}

/// The plain values, each inside the templates around it. Of an ID that stands twice the first is
/// shown, beside the problem that says so.
fn nested(decoded: &Decoded) -> Map<String, Value> {
    let mut root = Map::new();
    for (path, value) in decoded.fields() {
        insert(&mut root, path.tags(), value);
    }
    root
}

fn insert(level: &mut Map<String, Value>, tags: &[u8], value: &str) {
    let Some((tag, inner)) = tags.split_first() else {
        return;
    };
    let entry = level.entry(format!("{tag:02}"));
    if inner.is_empty() {
        entry.or_insert_with(|| value.into());
    } else if let Value::Object(template) = entry.or_insert_with(|| Map::new().into()) {
        insert(template, inner, value);
    }
}

fn problems(decoded: &Decoded, language: Language) -> Vec<ProblemAnswer> {
    let answer = |problem: &Problem| ProblemAnswer {
        code: problem.issue(),
        severity: problem.severity().as_str(),
        at: problem.place().to_string(),
        detail: problem.sentence(language),
    };
    decoded.problems().iter().map(answer).collect()
}

/// For a person: the verdict, whom it pays, every value, everything that is wrong.
fn tell(decoded: &Decoded, language: Language, out: &mut Output) -> Result<(), OutputError> {
    let say = |vietnamese, english| match language {
        Language::Vietnamese => vietnamese,
        Language::English => english,
    };
    let verdict = if decoded.is_valid() {
        say("HỢP LỆ", "VALID")
    } else {
        say("KHÔNG HỢP LỆ", "NOT VALID")
    };
    let schemes: Vec<&str> = decoded.schemes().iter().map(|(s, _)| s.name()).collect();
    if schemes.is_empty() {
        out.line(verdict)?;
    } else {
        out.line(format_args!("{verdict}: {}", schemes.join(", ")))?;
    }
    for problem in decoded.problems() {
        let severity = match problem.severity() {
            Severity::Error => say("lỗi", "error"),
            Severity::Warning => say("lưu ý", "warning"),
        };
        out.line(format_args!(
            "  {severity} {}: {}",
            problem.issue(),
            Visible(&problem.sentence(language))
        ))?;
    }
    if let Some(transfer) = decoded.payable() {
        tell_transfer(&transfer, say, out)?;
    }
    for (path, value) in decoded.fields() {
        out.line(format_args!("  {:<10}{}", path.to_string(), Visible(value)))?;
    }
    Ok(())
}

fn tell_transfer(
    transfer: &PayableTransfer,
    say: impl Fn(&'static str, &'static str) -> &'static str,
    out: &mut Output,
) -> Result<(), OutputError> {
    let bin = transfer.bin.as_str();
    let bank = match banks::by_bin(bin) {
        Some(bank) => format!("{} ({bin})", bank.short_name),
        None => bin.to_owned(),
    };
    let amount = transfer.amount.map_or_else(
        || say("người trả tự nhập", "typed by the payer").to_owned(),
        |amount: Vnd| grouped(amount),
    );
    let memo = transfer.purpose.as_deref().unwrap_or("-");
    let uses = if transfer.one_time {
        say("một lần", "once")
    } else {
        say("nhiều lần", "many times")
    };
    out.line(format_args!("  {:<12}{bank}", say("Ngân hàng", "Bank")))?;
    out.line(format_args!(
        "  {:<12}{}",
        say("Tài khoản", "Account"),
        Visible(&transfer.account)
    ))?;
    out.line(format_args!("  {:<12}{amount}", say("Số tiền", "Amount")))?;
    out.line(format_args!(
        "  {:<12}{}",
        say("Nội dung", "Memo"),
        Visible(memo)
    ))?;
    out.line(format_args!("  {:<12}{uses}", say("Dùng", "Used")))
}

/// A stranger's text on a terminal: control characters could move the cursor, and direction characters
/// could make an account read backwards, so both are spelt out.
struct Visible<'a>(&'a str);

impl Display for Visible<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for c in self.0.chars() {
            let turns = matches!(c, '\u{200E}' | '\u{200F}' | '\u{061C}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
            if c.is_control() || turns {
                write!(f, "{}", c.escape_unicode())?;
            } else {
                f.write_char(c)?;
            }
        }
        Ok(())
    }
}
