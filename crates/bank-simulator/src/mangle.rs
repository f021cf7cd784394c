//! What banks on the way do to a memo, in a choice that always keeps a payment
//! reference readable.
//!
//! A frame is used only when it passes two checks: the folded result still holds the folded memo
//! without a gap, and the reader finds exactly the references that it finds in the memo itself. The
//! first keeps codes of flows that this crate does not know, the second excludes windows that form a
//! valid code by chance.

use payment::{Flow, REFERENCE_LENGTH, Timestamp};
use rand::RngExt as _;
use rand::rngs::StdRng;
use reconciler::memo::{find, fold};

/// Everything that a frame may use.
struct Way<'a> {
    memo: &'a str,
    account_number: &'a str,
    /// `ddmmyy` and `hhmmss` in Vietnam.
    date: String,
    time: String,
    random: &'a mut StdRng,
}

type Frame = fn(&mut Way<'_>) -> String;

/// The frames, each as seen on real statements.
const FRAMES: [Frame; 14] = [
    napas_trace,
    napas_long_reference,
    mbvcb,
    mbvcb_cut,
    momo,
    acsp_suffix,
    trace_suffix,
    glued_qr,
    glued_date_suffix,
    lower_case,
    upper_case,
    without_marks,
    without_spaces,
    split_line,
];

/// The memo as the payee's bank shows it.
pub(crate) fn mangle(
    memo: &str,
    account_number: &str,
    at: Timestamp,
    random: &mut StdRng,
) -> String {
    // `YYYY-MM-DD HH:mm:ss`
    let local = at.vietnam_local();
    let part = |from: usize| local.get(from..from + 2).unwrap_or("00");
    let mut way = Way {
        memo,
        account_number,
        date: [part(8), part(5), part(2)].concat(),
        time: [part(11), part(14), part(17)].concat(),
        random,
    };
    let first = way.random.random_range(0..FRAMES.len());
    let (before, from) = FRAMES.split_at(first);
    for frame in from.iter().chain(before) {
        let mangled = frame(&mut way);
        if keeps_references(memo, &mangled) {
            return mangled;
        }
    }
    memo.to_owned()
}

fn keeps_references(memo: &str, mangled: &str) -> bool {
    fold(mangled).contains(&fold(memo))
        && find(mangled, &Flow::DEFAULTS) == find(memo, &Flow::DEFAULTS)
}

impl Way<'_> {
    /// So many digits, the first of them not 0.
    fn digits(&mut self, count: u32) -> u64 {
        let first = 10_u64.pow(count - 1);
        self.random.random_range(first..first * 10)
    }

    /// So many upper-case letters.
    fn letters(&mut self, count: usize) -> String {
        (0..count)
            .map(|_| char::from(self.random.random_range(b'A'..=b'Z')))
            .collect()
    }
}

/// Rule 1, the six-digit trace: 42 % of all rows.
fn napas_trace(way: &mut Way<'_>) -> String {
    let trace = way.digits(6);
    format!("{trace}.{}.{}.{}", way.date, way.time, way.memo)
}

/// Rule 1, the long reference whose letters can imitate a code: 27 % of all rows.
fn napas_long_reference(way: &mut Way<'_>) -> String {
    let (stamp, letters) = (way.digits(14), way.letters(4));
    let (trace, number) = (way.digits(6), way.digits(5));
    format!(
        "0200970422{stamp}{letters}{trace}.{number}.{}.{}",
        way.time, way.memo
    )
}

/// Rules 1 and 2, the app of the same bank: 24 % of all rows.
fn mbvcb(way: &mut Way<'_>) -> String {
    let (number, memo, account) = (way.digits(10), way.memo, way.account_number);
    let payer = "0011000000001 TRAN THI VI DU";
    format!("MBVCB.{number}.{memo}.CT tu {payer} toi {account} TRUONG TIEU HOC MAU")
}

/// Rule 11, the same frame broken off in the middle.
fn mbvcb_cut(way: &mut Way<'_>) -> String {
    let number = way.digits(10);
    format!("MBVCB.{number}.{} toi 0011", way.memo)
}

/// Rule 14, a wallet.
fn momo(way: &mut Way<'_>) -> String {
    let (number, channel) = (way.digits(12), way.letters(8));
    format!(
        "{number}-{}-CHUYEN TIEN-OQCH{channel}-MOMO{number}MOMO",
        way.memo
    )
}

/// Rule 2, behind the memo.
fn acsp_suffix(way: &mut Way<'_>) -> String {
    let (letter, number) = (way.letters(1), way.digits(7));
    format!("{}- Ma GD ACSP/ {letter}{number}", way.memo)
}

/// Rule 2, behind the memo.
fn trace_suffix(way: &mut Way<'_>) -> String {
    let trace = way.digits(6);
    format!("{} - Ma giao dich/ Trace {trace}", way.memo)
}

/// Rule 3, in front without a gap.
fn glued_qr(way: &mut Way<'_>) -> String {
    format!("QR{}", way.memo)
}

/// Rules 2 and 3, behind without a gap.
fn glued_date_suffix(way: &mut Way<'_>) -> String {
    let trace = way.digits(6);
    let [hours, minutes, seconds] = [0..2, 2..4, 4..6].map(|at| way.time.get(at).unwrap_or("00"));
    format!(
        "{}GD {trace}-{} {hours}:{minutes}:{seconds}",
        way.memo, way.date
    )
}

/// Rule 16, retyped.
fn lower_case(way: &mut Way<'_>) -> String {
    way.memo.to_lowercase()
}

/// Rule 5, the counter.
fn upper_case(way: &mut Way<'_>) -> String {
    way.memo.to_uppercase()
}

/// Rules 1 and 4, before the interbank network.
fn without_marks(way: &mut Way<'_>) -> String {
    let trace = way.digits(6);
    let plain = vietqr::memo::transliterate(way.memo).unwrap_or_else(|_| way.memo.to_owned());
    format!("{trace}.{}.{}.{plain}", way.date, way.time)
}

/// Rule 9, lines joined without a space.
fn without_spaces(way: &mut Way<'_>) -> String {
    way.memo.split_whitespace().collect()
}

/// Rule 8, lines of 35 characters joined with a space: inside the code, at any place.
fn split_line(way: &mut Way<'_>) -> String {
    let upper = way.memo.to_ascii_uppercase();
    let reference = find(way.memo, &Flow::DEFAULTS).only();
    let start = reference.and_then(|reference| upper.find(reference.as_str()));
    let inside = way.random.random_range(1..REFERENCE_LENGTH);
    let place = start.map_or(way.memo.len() / 2, |start| start + inside);
    match way.memo.split_at_checked(place) {
        Some((line, next)) => format!("{line} {next}"),
        None => way.memo.to_owned(),
    }
}

#[cfg(test)]
mod tests;
