//! CSV that spreadsheet programs open as what it is: records of RFC 4180, and texts that stay texts.

use crate::problem::Problem;
use payment::text::is_forbidden;

/// What stands before the first heading, so that spreadsheet programs read UTF-8.
pub const BYTE_ORDER_MARK: char = '\u{feff}';

/// What stands between the cells of a record.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Separator {
    /// `,`, as RFC 4180 says.
    #[default]
    Comma,
    /// `;`, which spreadsheet programs expect where the decimal sign is a comma, as in Vietnam.
    Semicolon,
}

impl Separator {
    /// Reads the query parameter `separator`; none means a comma.
    ///
    /// # Errors
    /// A problem that names the parameter.
    pub fn from_parameter(given: Option<&str>) -> Result<Self, Problem> {
        match given {
            None | Some("comma") => Ok(Self::Comma),
            Some("semicolon") => Ok(Self::Semicolon),
            Some(_) => Err(Problem::parameter(
                "separator",
                "separator phải là comma hoặc semicolon.",
                "separator must be comma or semicolon.",
            )),
        }
    }

    const fn byte(self) -> u8 {
        match self {
            Self::Comma => b',',
            Self::Semicolon => b';',
        }
    }
}

/// A text cell that no spreadsheet program takes for a formula.
///
/// An apostrophe goes before each sign that could begin one, wherever a cell could begin: at the start
/// of the text, and after every sign that a program set to another separator would split at (it does not
/// see the quotes of ours). Blanks and invisible marks before the sign do not hide it. Doing it twice
/// changes nothing more.
#[must_use]
pub fn cell(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    if text.starts_with(['\t', '\r', '\n', '\0']) {
        safe.push('\'');
    }
    let mut begins = true;
    for sign in text.chars() {
        if begins && begins_formula(sign) {
            safe.push('\'');
        }
        begins = splits(sign) || (begins && is_unseen(sign));
        safe.push(sign);
    }
    safe
}

const fn begins_formula(sign: char) -> bool {
    matches!(sign, '=' | '+' | '-' | '@' | '＝' | '＋' | '－' | '＠')
}

const fn splits(sign: char) -> bool {
    matches!(sign, ';' | ',' | '\t' | '\r' | '\n')
}

/// Blanks, and marks that hide or reorder; and quotes, which a program that split at the sign before them
/// takes away.
fn is_unseen(sign: char) -> bool {
    sign.is_whitespace() || is_forbidden(sign) || matches!(sign, '"' | '\u{ad}' | '\u{180e}')
}

/// One CSV record (RFC 4180, but for the separator).
#[must_use]
pub fn row<const CELLS: usize>(separator: Separator, cells: [String; CELLS]) -> String {
    let mut writer = csv::WriterBuilder::new()
        .delimiter(separator.byte())
        .terminator(csv::Terminator::CRLF)
        .from_writer(Vec::new());
    // Writing to memory cannot fail.
    let _ = writer.write_record(&cells);
    writer
        .into_inner()
        .ok()
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_that_begins_like_a_formula_is_text() {
        for bad in ["=1+1", "+84", "-5", "@SUM", "\tx", "\nx", "\0x", "＝1"] {
            assert_eq!(cell(bad), format!("'{bad}"));
        }
        for (bad, safe) in [
            (" =1", " '=1"),
            ("\u{200f}=1", "\u{200f}'=1"),
            ("\u{feff}\u{202e}@A", "\u{feff}\u{202e}'@A"),
            ("\t=1", "'\t'=1"),
            ("Trần;=cmd|' /C calc'!A0", "Trần;'=cmd|' /C calc'!A0"),
            ("Trần, -1", "Trần, '-1"),
            ("Trần;\"=1", "Trần;\"'=1"),
            ("Trần\r\n=1", "Trần\r\n'=1"),
        ] {
            assert_eq!(cell(bad), safe);
            assert_eq!(cell(safe), safe);
        }
        for good in [
            "Nguyễn Văn A",
            "H29.01-2026-000123",
            "a = b",
            "x@y",
            "",
            "👩‍👧 Lê",
        ] {
            assert_eq!(cell(good), good);
        }
    }

    #[test]
    fn a_record_reads_back_with_its_own_separator_and_shows_no_formula_with_another() {
        let hostile = cell("Lê \"A\";=1,+2\t@3;\"=5\r\n-4");
        for (separator, own) in [(Separator::Comma, b','), (Separator::Semicolon, b';')] {
            let text = row(separator, ["1".to_owned(), hostile.clone(), "5".to_owned()]);
            assert!(text.ends_with("\r\n"));
            let mut reader = csv::ReaderBuilder::new()
                .has_headers(false)
                .delimiter(own)
                .from_reader(text.as_bytes());
            let read: Vec<_> = reader.records().map(Result::unwrap).collect();
            assert_eq!(read, [vec!["1", hostile.as_str(), "5"]]);
            for piece in text.split([',', ';', '\t', '\r', '\n']) {
                let piece = piece.trim_start_matches('"');
                assert!(!piece.starts_with(['=', '+', '-', '@']), "{piece:?}");
            }
        }
    }
}
