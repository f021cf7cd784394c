//! `thungan callback`.
//!
//! The same functions as behind `POST /v1/callbacks/{source}`, so whoever builds a sender can find the
//! wrong byte of a signature without a server, an account or a database.

use super::pipe::Output;
use crate::app;
use crate::body::CALLBACK_BYTES_MAX;
use crate::problem::{Code, Problem};
use crate::routes::{callback_not_authentic, callback_not_readable, callback_receipt};
use anyhow::Context;
use clap::builder::PossibleValuesParser;
use clap::builder::TypedValueParser as _;
use money::Vnd;
use payment::{Direction, Timestamp};
use reconciler::Secret;
use reconciler::callback::{self, Dialect, LIVE_SECRETS_MAX, Notice, RawCallback, Reply, Source};
use serde::Serialize;
use std::fs::File;
use std::io::{self, Read};
use std::process::ExitCode;

#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// Say whether a callback is authentic, what it reports and what the gateway would answer; exit 1
    /// when it is not authentic or cannot be read.
    #[command(
        after_help = "Example: thungan callback verify --source sepay_hmac --secret-env SEPAY_SECRET --at 2025-11-03T14:02:39+07:00 --header 'X-SePay-Timestamp: 1762153357' --header 'X-SePay-Signature: sha256=…' @body.json"
    )]
    Verify(Arguments),
}

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// How the sender signs and words its callbacks.
    #[arg(long, value_name = "DIALECT", value_parser = dialects())]
    source: Dialect,
    #[command(flatten)]
    secrets: Secrets,
    /// A header as received; repeat it for each.
    #[arg(long = "header", value_name = "NAME: VALUE", value_parser = header)]
    headers: Vec<(String, String)>,
    /// The name of the source in its address: tokens are good for one name only.
    #[arg(long, value_name = "NAME", default_value = "")]
    name: String,
    /// The account of a sender that names none, as the source's settings would give it.
    #[arg(long, value_name = "NUMBER")]
    account: Option<String>,
    /// How far a signed time may be from the time of receipt; without it what the dialect proposes.
    #[arg(long, value_name = "SECONDS")]
    tolerance: Option<u32>,
    /// When it was received; without it now.
    #[arg(long, value_name = "RFC3339", value_parser = Timestamp::parse_rfc3339)]
    at: Option<Timestamp>,
    /// Print JSON on one line.
    #[arg(long)]
    json: bool,
    /// The exact bytes of the body, or of the query where the sender calls with GET (vnpay): as text,
    /// `@FILE`, or `-` for standard input.
    body: String,
}

#[derive(Debug, clap::Args)]
#[group(required = true, multiple = true)]
struct Secrets {
    /// The secret of the source. Other users of the machine can see it in the list of processes.
    #[arg(long = "secret", value_name = "SECRET", value_parser = secret)]
    given: Vec<Secret>,
    /// The environment variable that holds the secret.
    #[arg(long = "secret-env", value_name = "NAME")]
    variables: Vec<String>,
}

/// What the gateway makes of the callback.
#[derive(Debug, Serialize)]
struct Verdict {
    authentic: bool,
    /// A stable code; absent when all is well.
    reason: Option<&'static str>,
    detail: Option<String>,
    /// Whether the sender marks it as a trial: answered, never booked.
    test_ping: bool,
    /// The movements that are booked, out as well as in.
    credits: Vec<Movement>,
    answer: Answer,
}

#[derive(Debug, Serialize)]
struct Movement {
    bank_reference: Option<String>,
    account: String,
    amount: Vnd,
    direction: Direction,
    memo: String,
    booked_at: Timestamp,
}

#[derive(Debug, Serialize)]
struct Answer {
    status: u16,
    /// The exact text, since some senders compare it. A refusal also carries the request's id.
    body: String,
}

pub(super) fn run(command: Command) -> anyhow::Result<ExitCode> {
    let Command::Verify(arguments) = command;
    let secrets = arguments.secrets.all()?;
    let body = read_body(arguments.body)?;
    let verdict = if body.len() > CALLBACK_BYTES_MAX {
        Verdict::too_large()
    } else {
        let raw = RawCallback {
            headers: &arguments.headers,
            body: &body,
            received_at: arguments.at.unwrap_or_else(app::now),
        };
        let source = Source {
            account: arguments.account.as_deref(),
            tolerance_seconds: arguments.tolerance.map(i64::from),
            ..Source::new(&arguments.name, arguments.source, &secrets)
        };
        Verdict::of(&source, &raw)
    };
    let mut out = Output::new();
    if arguments.json {
        out.json(&verdict)?;
    } else {
        out.pretty_json(&verdict)?;
    }
    out.flush()?;
    Ok(super::verdict(verdict.reason.is_none()))
}

impl Verdict {
    fn of<'a>(source: &Source<'a>, raw: &RawCallback<'a>) -> Self {
        let dialect = source.dialect;
        let authentic = match source.authenticate(raw) {
            Ok(authentic) => authentic,
            Err(error) => {
                let problem = callback_not_authentic(error);
                let answer = Answer::of(dialect, &Reply::Refused(error), &problem);
                return Self::refused(false, error.code(), error.to_string(), answer);
            }
        };
        let notices = match authentic.read() {
            Ok(notices) => notices,
            Err(malformed) => {
                let problem = callback_not_readable(&malformed);
                let answer = Answer::of(dialect, &Reply::Unreadable(&malformed), &problem);
                let code = problem.code.as_str();
                return Self::refused(true, code, malformed.to_string(), answer);
            }
        };
        let receipt = callback_receipt(raw.body);
        let answer = dialect.answer(&Reply::Accepted { receipt: &receipt });
        Self {
            authentic: true,
            reason: None,
            detail: None,
            test_ping: notices.iter().any(|notice| notice.is_test),
            credits: notices
                .into_iter()
                .filter(|notice| !notice.is_test)
                .map(Movement::from)
                .collect(),
            answer: answer.map_or_else(Answer::empty, Answer::from),
        }
    }

    fn refused(authentic: bool, reason: &'static str, detail: String, answer: Answer) -> Self {
        Self {
            authentic,
            reason: Some(reason),
            detail: Some(detail),
            test_ping: false,
            credits: Vec::new(),
            answer,
        }
    }

    /// The gateway stops reading there, before it has looked at any signature.
    fn too_large() -> Self {
        let problem = Problem::new(
            Code::BodyTooLarge,
            format!("Nội dung vượt quá {CALLBACK_BYTES_MAX} byte."),
            format!("The body is larger than {CALLBACK_BYTES_MAX} bytes."),
        );
        let detail = problem.detail.en.clone();
        let answer = Answer::from(&problem);
        Self::refused(false, problem.code.as_str(), detail, answer)
    }
}

impl Answer {
    /// The sender's own form, or the problem where it has none.
    fn of(dialect: Dialect, reply: &Reply<'_>, problem: &Problem) -> Self {
        dialect
            .answer(reply)
            .map_or_else(|| Self::from(problem), Self::from)
    }

    const fn empty() -> Self {
        Self {
            status: 204,
            body: String::new(),
        }
    }
}

impl From<callback::Answer> for Answer {
    fn from(answer: callback::Answer) -> Self {
        Self {
            status: answer.status,
            body: answer.body.into_owned(),
        }
    }
}

impl From<&Problem> for Answer {
    fn from(problem: &Problem) -> Self {
        Self {
            status: problem.code.status(),
            body: problem.body(false, ""),
        }
    }
}

impl From<Notice> for Movement {
    fn from(notice: Notice) -> Self {
        Self {
            bank_reference: notice.bank_reference,
            account: notice.account_number,
            amount: notice.amount,
            direction: notice.direction,
            memo: notice.memo,
            booked_at: notice.booked_at,
        }
    }
}

impl Secrets {
    fn all(&self) -> anyhow::Result<Vec<Secret>> {
        let mut secrets = self.given.clone();
        for name in &self.variables {
            let secret = std::env::var(name)
                .with_context(|| format!("the environment variable {name} cannot be read"))?;
            secrets.push(Secret::new(secret));
        }
        anyhow::ensure!(
            secrets.len() <= LIVE_SECRETS_MAX,
            "a source has at most {LIVE_SECRETS_MAX} secrets at a time"
        );
        Ok(secrets)
    }
}

fn dialects() -> impl clap::builder::TypedValueParser<Value = Dialect> {
    PossibleValuesParser::new(Dialect::ALL.map(Dialect::as_str)).try_map(|name| {
        Dialect::parse(&name).ok_or_else(|| format!("{name} is the name of no dialect"))
    })
}

/// `Infallible` in the shape that clap wants.
fn secret(text: &str) -> Result<Secret, std::convert::Infallible> {
    Ok(Secret::new(text))
}

fn header(text: &str) -> Result<(String, String), &'static str> {
    match text.split_once(':') {
        Some((name, value)) if !name.trim().is_empty() => {
            Ok((name.trim().to_lowercase(), value.trim().to_owned()))
        }
        _ => Err("must be of the form 'Name: value'"),
    }
}

/// The exact bytes, and one more than the gateway takes when there are too many.
fn read_body(body: String) -> anyhow::Result<Vec<u8>> {
    let limit = u64::try_from(CALLBACK_BYTES_MAX)?.saturating_add(1);
    let mut bytes = Vec::new();
    if body == "-" {
        io::stdin().lock().take(limit).read_to_end(&mut bytes)?;
    } else if let Some(file) = body.strip_prefix('@') {
        File::open(file)
            .and_then(|opened| opened.take(limit).read_to_end(&mut bytes))
            .with_context(|| format!("{file} cannot be read"))?;
    } else {
        bytes = body.into_bytes();
    }
    Ok(bytes)
}
