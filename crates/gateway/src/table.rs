//! Reading a table of text from CSV or XLSX, bounded.

use calamine::{Data, Reader, Xlsx};
use std::io::Cursor;

/// The largest file that is read, in bytes.
pub const FILE_BYTES_MAX: usize = 16 * 1024 * 1024;
/// Rows that are read at most; the schedule's own limit is lower.
const ROWS_MAX: usize = 20_000;
/// Columns that are read at most.
const COLUMNS_MAX: usize = 200;
/// The first bytes of every XLSX file, which is a ZIP archive.
const ZIP_MAGIC: &[u8] = b"PK\x03\x04";

/// Headings and rows of text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// The first row.
    pub headings: Vec<String>,
    /// The others.
    pub rows: Vec<Vec<String>>,
}

/// Why a file is not a table.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TableError {
    /// Too many bytes, rows or columns.
    #[error("the file is too large: at most {FILE_BYTES_MAX} bytes and {ROWS_MAX} rows")]
    TooLarge,
    /// Not UTF-8, or not CSV.
    #[error("the CSV cannot be read: {0}")]
    Csv(String),
    /// Not an XLSX workbook with a sheet.
    #[error("the XLSX cannot be read: {0}")]
    Xlsx(String),
}

/// Reads a file: XLSX when it begins like one, else CSV with `,` or `;`.
///
/// # Errors
/// [`TableError`].
pub fn read(bytes: &[u8]) -> Result<Table, TableError> {
    if bytes.len() > FILE_BYTES_MAX {
        return Err(TableError::TooLarge);
    }
    if bytes.starts_with(ZIP_MAGIC) {
        read_xlsx(bytes)
    } else {
        read_csv(bytes)
    }
}

fn read_csv(bytes: &[u8]) -> Result<Table, TableError> {
    let text = std::str::from_utf8(bytes).map_err(|error| TableError::Csv(error.to_string()))?;
    let text = text.trim_start_matches('\u{feff}');
    let first_line = text.lines().next().unwrap_or_default();
    let count = |separator| first_line.matches(separator).count();
    let separator = if count(';') > count(',') { b';' } else { b',' };
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(separator)
        .from_reader(text.as_bytes());
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|error| TableError::Csv(error.to_string()))?;
        if rows.len() > ROWS_MAX || record.len() > COLUMNS_MAX {
            return Err(TableError::TooLarge);
        }
        rows.push(record.iter().map(str::to_owned).collect());
    }
    Ok(table(rows))
}

fn read_xlsx(bytes: &[u8]) -> Result<Table, TableError> {
    let wrong = |error: calamine::XlsxError| TableError::Xlsx(error.to_string());
    check_unpacked_size(bytes)?;
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(wrong)?;
    let name = book
        .sheet_names()
        .first()
        .cloned()
        .ok_or_else(|| TableError::Xlsx("there is no sheet".to_owned()))?;
    let sheet = book.worksheet_range(&name).map_err(wrong)?;
    let (height, width) = sheet.get_size();
    if height > ROWS_MAX || width > COLUMNS_MAX {
        return Err(TableError::TooLarge);
    }
    Ok(table(
        sheet
            .rows()
            .map(|row| row.iter().map(cell).collect())
            .collect(),
    ))
}

/// A small archive can unpack to more than this machine has; what its directory says is checked before
/// anything is unpacked, and whoever lies there is stopped by the reader's own checks.
fn check_unpacked_size(bytes: &[u8]) -> Result<(), TableError> {
    const UNPACKED_MAX: u64 = 128 * 1024 * 1024;
    const PARTS_MAX: usize = 1_000;
    let archive = zip::ZipArchive::new(Cursor::new(bytes))
        .map_err(|error| TableError::Xlsx(error.to_string()))?;
    let unpacked = archive.decompressed_size().unwrap_or(u128::MAX);
    if archive.len() > PARTS_MAX || unpacked > u128::from(UNPACKED_MAX) {
        return Err(TableError::TooLarge);
    }
    Ok(())
}

/// A cell as it would stand in a CSV file: dates as YYYY-MM-DD.
fn cell(data: &Data) -> String {
    match data {
        Data::DateTime(moment) if moment.is_datetime() => {
            let (year, month, day, ..) = moment.to_ymd_hms_milli();
            format!("{year:04}-{month:02}-{day:02}")
        }
        Data::Error(_) | Data::Empty => String::new(),
        other => other.to_string(),
    }
}

fn table(mut rows: Vec<Vec<String>>) -> Table {
    let headings = if rows.is_empty() {
        Vec::new()
    } else {
        rows.remove(0)
    };
    Table { headings, rows }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn csv_is_read_with_either_separator_and_a_byte_order_mark() {
        for text in ["a,b\n1,\"x, y\"\n", "\u{feff}a;b\n1;x, y\n"] {
            let table = read(text.as_bytes()).unwrap();
            assert_eq!(table.headings, ["a", "b"]);
            assert_eq!(table.rows, [["1", "x, y"]]);
        }
        assert!(matches!(read(b"a\xff"), Err(TableError::Csv(_))));
    }

    #[test]
    fn what_only_begins_like_a_workbook_is_refused() {
        assert!(matches!(read(b"PK\x03\x04junk"), Err(TableError::Xlsx(_))));
    }
}
