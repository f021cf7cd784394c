//! Both ends of a pipe: items come in as arguments or lines, answers go out as lines.
//!
//! A million lines pass in bounded memory: standard output is locked once and buffered, a line is kept
//! only while it is worked on, and no longer than [`LINE_BYTES_MAX`]. A program that sends one line and
//! waits for its answer gets it: the buffer is written out before every read that may have to wait.

use serde::Serialize;
use std::fmt::{self, Display};
use std::io::{self, BufRead, BufReader, BufWriter, Read, Write};

/// The most that is kept of one line; what follows is passed over.
///
/// ### Rationale
/// A payload has at most 2,953 bytes, a memo 4,096, an order for a code about as much. A longer line is
/// none of them, and a cut one is still too long to be taken for one.
const LINE_BYTES_MAX: u64 = 64 * 1024;

/// How much is read and written at once.
const BUFFER_BYTES: usize = 64 * 1024;

/// Standard output is gone or full.
#[derive(Debug, thiserror::Error)]
#[error("the output cannot be written")]
pub(super) struct OutputError(#[from] io::Error);

impl OutputError {
    /// Whether the reader has had enough, as `head` has: nothing went wrong then.
    pub(super) fn is_closed_pipe(&self) -> bool {
        self.0.kind() == io::ErrorKind::BrokenPipe
    }
}

/// Standard output, locked and buffered. `println!` would panic when the reader leaves.
#[derive(Debug)]
pub(super) struct Output(BufWriter<io::StdoutLock<'static>>);

impl Output {
    pub(super) fn new() -> Self {
        Self(BufWriter::with_capacity(BUFFER_BYTES, io::stdout().lock()))
    }

    /// Writes one line.
    pub(super) fn line(&mut self, line: impl Display) -> Result<(), OutputError> {
        Ok(writeln!(self.0, "{line}")?)
    }

    /// Writes one line of JSON.
    pub(super) fn json(&mut self, value: &impl Serialize) -> Result<(), OutputError> {
        serde_json::to_writer(&mut self.0, value).map_err(io::Error::from)?;
        Ok(self.0.write_all(b"\n")?)
    }

    /// Writes JSON for people, over several lines.
    pub(super) fn pretty_json(&mut self, value: &impl Serialize) -> Result<(), OutputError> {
        serde_json::to_writer_pretty(&mut self.0, value).map_err(io::Error::from)?;
        Ok(self.0.write_all(b"\n")?)
    }

    /// Writes bytes as they are.
    pub(super) fn bytes(&mut self, bytes: &[u8]) -> Result<(), OutputError> {
        Ok(self.0.write_all(bytes)?)
    }

    /// Says on standard error what is wrong with an item, after the answers before it.
    pub(super) fn complain(
        &mut self,
        item: &Item<'_>,
        complaint: impl Display,
    ) -> Result<(), OutputError> {
        self.flush()?;
        match item.line {
            Some(line) => complain(format_args!("line {line}: {complaint}")),
            None => complain(complaint),
        }
        Ok(())
    }

    /// Writes out what is buffered. Called at the end of every command: dropping would hide an error.
    pub(super) fn flush(&mut self) -> Result<(), OutputError> {
        Ok(self.0.flush()?)
    }
}

/// Says something on standard error. `eprintln!` would panic when nobody reads it.
pub(super) fn complain(complaint: impl Display) {
    let _ = writeln!(io::stderr(), "thungan: {complaint}");
}

/// One thing to work on.
#[derive(Debug, Clone, Copy)]
pub(super) struct Item<'a> {
    pub(super) text: &'a str,
    /// Its line on standard input, from 1; `None` for an argument.
    line: Option<u64>,
}

/// The beginning of the text in quotes, control characters made visible: enough to find it again.
impl Display for Item<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SHOWN_MAX: usize = 60;
        match self.text.char_indices().nth(SHOWN_MAX) {
            Some((end, _)) => write!(f, "{:?}…", self.text.get(..end).unwrap_or_default()),
            None => write!(f, "{:?}", self.text),
        }
    }
}

/// Works on each argument in turn; `-` stands for the lines of standard input.
///
/// Bytes that are no UTF-8 become U+FFFD, so that one bad line is one bad answer and not the end.
pub(super) fn each(
    arguments: &[String],
    out: &mut Output,
    mut work: impl FnMut(Item<'_>, &mut Output) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    for argument in arguments {
        if argument == "-" {
            each_line(
                BufReader::with_capacity(BUFFER_BYTES, io::stdin().lock()),
                out,
                &mut work,
            )?;
        } else {
            let item = Item {
                text: argument,
                line: None,
            };
            work(item, out)?;
        }
    }
    Ok(out.flush()?)
}

fn each_line(
    mut input: BufReader<impl Read>,
    out: &mut Output,
    work: &mut impl FnMut(Item<'_>, &mut Output) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let mut line = Vec::new();
    for number in 1.. {
        if !input.buffer().contains(&b'\n') {
            out.flush()?;
        }
        line.clear();
        if input
            .by_ref()
            .take(LINE_BYTES_MAX)
            .read_until(b'\n', &mut line)?
            == 0
        {
            break;
        }
        if line.pop_if(|last| *last == b'\n').is_some() {
            // Windows ends its lines with two characters.
            line.pop_if(|last| *last == b'\r');
        } else {
            input.skip_until(b'\n')?;
        }
        let text = String::from_utf8_lossy(&line);
        // A byte order mark says how the file is written and is no part of its first line.
        let text = match number {
            1 => text.strip_prefix('\u{FEFF}').unwrap_or(&text),
            _ => &text,
        };
        let item = Item {
            text,
            line: Some(number),
        };
        work(item, out)?;
    }
    Ok(())
}
