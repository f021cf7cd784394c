//! Reading the directory file: comma-separated, a header row, quotes around what holds a comma.

use super::directory::{Bank, Change, ChangeKind, Kind, Status};

/// Why a directory file cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line} of the bank directory: {reason}")]
pub struct DirectoryError {
    /// The line in the file, counted from 1.
    pub line: usize,
    /// What is wrong with it.
    pub reason: String,
}

/// The columns we read; further ones are allowed.
const COLUMNS: [&str; 13] = [
    "bin",
    "code",
    "short_name",
    "full_name_vi",
    "swift",
    "kind",
    "scan_to_pay",
    "account_lookup",
    "status",
    "aliases",
    "sources",
    "agreement",
    "note",
];

/// What a directory file says: its own date, when its first line is `# date: 2026-11-22`, and all rows.
pub(super) fn read(text: &str) -> Result<(Option<String>, Vec<Bank>), DirectoryError> {
    let text = text.trim_start_matches('\u{FEFF}');
    let mut lines = text
        .lines()
        .enumerate()
        .map(|(index, line)| (index + 1, line))
        .peekable();
    let mut date = None;
    while let Some((line, comment)) = lines.next_if(|(_, text)| text.starts_with('#')) {
        if let Some(text) = comment.trim_start_matches('#').trim().strip_prefix("date:") {
            let text = text.trim();
            let reason = || format!("{text:?} is not a date like 2026-11-22");
            let whole = is_date(text) && text.len() == DATE_FORM.len();
            date = Some(whole.then(|| text.to_owned()).ok_or_else(reason));
            if let Some(Err(reason)) = date {
                return Err(DirectoryError { line, reason });
            }
        }
    }
    let header = lines.next();
    if header.is_none_or(|(_, header)| !header.starts_with(&COLUMNS.join(","))) {
        return Err(DirectoryError {
            line: header.map_or(1, |(line, _)| line),
            reason: format!("the header must begin with {}", COLUMNS.join(",")),
        });
    }
    let banks = lines
        .filter(|(_, text)| !text.trim().is_empty())
        .map(|(line, text)| bank(text).map_err(|reason| DirectoryError { line, reason }))
        .collect::<Result<_, _>>()?;
    Ok((date.and_then(Result::ok), banks))
}

const DATE_FORM: &str = "YYYY-MM-DD";

/// `2025`, `2025-02` or `2025-02-14`: as exact as the source was.
fn is_date(text: &str) -> bool {
    let form = DATE_FORM.bytes().zip(text.bytes());
    let fits = form.clone().all(|(form, byte)| match form {
        b'-' => byte == b'-',
        _ => byte.is_ascii_digit(),
    });
    let month = text
        .get(5..7)
        .is_none_or(|month| ("01"..="12").contains(&month));
    let day = text
        .get(8..10)
        .is_none_or(|day| ("01"..="31").contains(&day));
    matches!(text.len(), 4 | 7 | 10) && fits && month && day
}

/// `2025-02-14 renamed from DongA Bank;taken over by X`: each with its date where one is known.
fn changes(text: &str) -> Result<Vec<Change>, String> {
    const KINDS: [(&str, ChangeKind); 3] = [
        ("renamed from ", ChangeKind::RenamedFrom),
        ("merged with ", ChangeKind::MergedWith),
        ("taken over by ", ChangeKind::TakenOverBy),
    ];
    let parts = text.split(';').map(str::trim);
    parts
        .filter(|part| !part.is_empty())
        .map(|part| {
            let (date, rest) = match part.split_once(' ') {
                Some((date, rest)) if is_date(date) => (Some(date.to_owned()), rest),
                _ => (None, part),
            };
            let read = KINDS.iter().find_map(|(start, kind)| {
                let name = rest.strip_prefix(start)?.trim();
                (!name.is_empty()).then(|| (*kind, name.to_owned()))
            });
            let (kind, name) = read.ok_or_else(|| format!("{part:?} is no change of a bank"))?;
            Ok(Change { date, kind, name })
        })
        .collect()
}

fn bank(line: &str) -> Result<Bank, String> {
    let mut cells = cells(line)?.into_iter();
    let mut next = |column: &str| cells.next().ok_or_else(|| format!("{column} is missing"));
    let bin = next("bin")?;
    if bin.len() != 6 || !bin.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(format!("{bin:?} is not a BIN of six digits"));
    }
    Ok(Bank {
        bin,
        code: next("code")?,
        short_name: next("short_name")?,
        full_name_vi: next("full_name_vi")?,
        swift: Some(next("swift")?).filter(|swift| !swift.is_empty()),
        kind: kind(&next("kind")?)?,
        scan_to_pay: flag(&next("scan_to_pay")?)?,
        account_lookup: flag(&next("account_lookup")?)?,
        status: status(&next("status")?)?,
        aliases: aliases(&next("aliases")?),
        sources: next("sources")?.split('+').map(str::to_owned).collect(),
        agreement: next("agreement")?
            .parse()
            .map_err(|_| "agreement is not a number".to_owned())?,
        note: next("note")?,
        // The last column came later; an operator's own file may lack it.
        changes: changes(&cells.next().unwrap_or_default())?,
    })
}

/// The cells of one line. A quoted cell may hold commas and doubled quotes, not line ends.
fn cells(line: &str) -> Result<Vec<String>, String> {
    let mut cells = vec![String::new()];
    let mut quoted = false;
    let mut characters = line.trim_end_matches('\r').chars().peekable();
    while let Some(c) = characters.next() {
        match c {
            '"' if quoted && characters.peek() == Some(&'"') => {
                characters.next();
                push(&mut cells, '"');
            }
            '"' => quoted = !quoted,
            ',' if !quoted => cells.push(String::new()),
            _ => push(&mut cells, c),
        }
    }
    if quoted {
        return Err("a quote is not closed".to_owned());
    }
    Ok(cells)
}

fn push(cells: &mut [String], c: char) {
    if let Some(cell) = cells.last_mut() {
        cell.push(c);
    }
}

fn kind(text: &str) -> Result<Kind, String> {
    Ok(match text {
        "bank" => Kind::Bank,
        "branch" => Kind::Branch,
        "digital" => Kind::Digital,
        "finance" => Kind::Finance,
        "wallet" => Kind::Wallet,
        "card-bin" => Kind::CardBin,
        _ => return Err(format!("{text:?} is no kind of member")),
    })
}

fn status(text: &str) -> Result<Status, String> {
    Ok(match text {
        "active" => Status::Active,
        "renamed" => Status::Renamed,
        "conflict" => Status::Conflict,
        "unverified" => Status::Unverified,
        _ => return Err(format!("{text:?} is no status")),
    })
}

fn flag(text: &str) -> Result<Option<bool>, String> {
    match text {
        "" => Ok(None),
        "0" => Ok(Some(false)),
        "1" => Ok(Some(true)),
        _ => Err(format!("{text:?} is neither 0 nor 1")),
    }
}

/// `BVB (in vietqr.io);BAOVIETBANK` holds two names and a remark.
fn aliases(text: &str) -> Vec<String> {
    text.split(';')
        .map(|alias| alias.split(" (").next().unwrap_or(alias).trim().to_owned())
        .filter(|alias| !alias.is_empty())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quoted_cell_keeps_its_commas_and_quotes() {
        assert_eq!(
            cells(r#"1,"a, ""b""",,c"#).unwrap(),
            ["1", r#"a, "b""#, "", "c"]
        );
        assert!(cells(r#"1,"a"#).is_err());
    }

    #[test]
    fn a_bad_row_is_named_by_its_line() {
        let header = COLUMNS.join(",");
        let error = read(&format!("{header}\n\n97041,X,X,X,,bank,1,1,active,,s,1,\n")).unwrap_err();
        assert_eq!(error.line, 3);
        assert!(read("bin,code\n").unwrap_err().reason.contains("header"));
        let short = read(&format!("{header}\n970415,X\n")).unwrap_err();
        assert_eq!(
            short.to_string(),
            "line 2 of the bank directory: short_name is missing"
        );
    }

    #[test]
    fn changes_keep_the_exactness_of_their_source() {
        let change = |date: Option<&str>, kind, name: &str| Change {
            date: date.map(str::to_owned),
            kind,
            name: name.to_owned(),
        };
        assert_eq!(
            changes("2025-02-14 renamed from DongA Bank;2024-10 taken over by A;merged with B")
                .unwrap(),
            [
                change(Some("2025-02-14"), ChangeKind::RenamedFrom, "DongA Bank"),
                change(Some("2024-10"), ChangeKind::TakenOverBy, "A"),
                change(None, ChangeKind::MergedWith, "B"),
            ]
        );
        assert_eq!(changes("").unwrap(), []);
        for text in [
            "closed",
            "2025 renamed from",
            "2025-13 renamed from A",
            "25-01-01 merged with A",
        ] {
            assert!(changes(text).is_err(), "{text}");
        }
    }

    #[test]
    fn the_date_of_a_file_is_a_whole_date() {
        let with = |line: &str| read(&format!("{line}\n{}\n", COLUMNS.join(",")));
        assert_eq!(
            with("# date: 2026-11-22").unwrap().0.as_deref(),
            Some("2026-11-22")
        );
        assert_eq!(with("# our own list").unwrap().0, None);
        for line in ["# date: 2026-11", "# date: today", "# date: 2026-22-11"] {
            assert_eq!(with(line).unwrap_err().line, 1, "{line}");
        }
    }
}
