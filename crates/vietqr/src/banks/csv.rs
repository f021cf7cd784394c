//! Reading the directory file: comma-separated, a header row, quotes around what holds a comma.

use super::directory::{Bank, Kind, Status};

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

/// All rows of a directory file.
pub(super) fn banks(text: &str) -> Result<Vec<Bank>, DirectoryError> {
    let mut lines = text
        .lines()
        .enumerate()
        .map(|(index, line)| (index + 1, line));
    let header = lines
        .next()
        .map(|(_, line)| line.trim_start_matches('\u{FEFF}'));
    if header.is_none_or(|header| !header.starts_with(&COLUMNS.join(","))) {
        return Err(DirectoryError {
            line: 1,
            reason: format!("the header must begin with {}", COLUMNS.join(",")),
        });
    }
    lines
        .filter(|(_, text)| !text.trim().is_empty())
        .map(|(line, text)| bank(text).map_err(|reason| DirectoryError { line, reason }))
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
        let error =
            banks(&format!("{header}\n\n97041,X,X,X,,bank,1,1,active,,s,1,\n")).unwrap_err();
        assert_eq!(error.line, 3);
        assert!(banks("bin,code\n").unwrap_err().reason.contains("header"));
        let short = banks(&format!("{header}\n970415,X\n")).unwrap_err();
        assert_eq!(
            short.to_string(),
            "line 2 of the bank directory: short_name is missing"
        );
    }
}
