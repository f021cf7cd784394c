//! Separated values: comma, semicolon, tab or bar.

use super::table::{Cell, Kind, Table};
use super::{
    CELL_BYTES_MAX, CELLS_MAX, Encoding, Format, Hints, ROWS_MAX, Refusal, Sink, Summary, encoding,
    layout,
};
use std::io::Read;

/// Bytes of one record: all its cells at their limit would be more than any file has.
const RECORD_BYTES_MAX: usize = CELL_BYTES_MAX * 4;
/// Lines of the head on which the separator is tried.
const HEAD_LINES: usize = 60;

/// Reads a file of separated values.
///
/// # Errors
/// [`Refusal`].
pub fn read(file: &[u8], hints: &Hints, sink: &mut Sink<'_>) -> Result<Summary, Refusal> {
    let encoding = encoding::of(file, hints.encoding);
    let separator = separator(&encoding::head(file, encoding), hints);
    let decoder = encoding::Decoder::new(file, encoding);
    let reader = ::csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(separator)
        .buffer_capacity(64 * 1024)
        .from_reader(Limited {
            inner: decoder,
            since_record: 0,
        });
    rows(reader, encoding, hints, sink)
}

fn rows(
    mut reader: ::csv::Reader<Limited<'_>>,
    encoding: Encoding,
    hints: &Hints,
    sink: &mut Sink<'_>,
) -> Result<Summary, Refusal> {
    let mut table = Table::new(hints, sink);
    let mut record = ::csv::ByteRecord::new();
    let mut texts: Vec<String> = Vec::new();
    let mut count = 0;
    loop {
        // A quote that is never closed would make one record of the rest of the file.
        reader.get_mut().since_record = 0;
        match reader.read_byte_record(&mut record) {
            Ok(true) => {}
            Ok(false) => break,
            Err(_) => return Err(Refusal::CellTooLong),
        }
        count += 1;
        if count > ROWS_MAX {
            return Err(Refusal::TooManyRows);
        }
        if record.len() > CELLS_MAX * 8 {
            return Err(Refusal::TooManyCells);
        }
        if record.as_slice().len() > RECORD_BYTES_MAX {
            return Err(Refusal::CellTooLong);
        }
        let number = record.position().map_or(count, ::csv::Position::line);
        // The decoder gives valid UTF-8, so this borrows; a separator never falls into a letter.
        texts.clear();
        let mut borrowed: Vec<Cell<'_>> = Vec::with_capacity(record.len());
        let all_valid = record.iter().all(|cell| str::from_utf8(cell).is_ok());
        if all_valid {
            for cell in &record {
                let text = str::from_utf8(cell).unwrap_or_default();
                borrowed.push(Cell {
                    kind: Kind::Text,
                    text,
                });
            }
        } else {
            texts.extend(
                record
                    .iter()
                    .map(|cell| String::from_utf8_lossy(cell).into_owned()),
            );
            for text in &texts {
                borrowed.push(Cell {
                    kind: Kind::Text,
                    text,
                });
            }
        }
        table.row(number, &borrowed)?;
    }
    Ok(table.finish()?.summary(Format::Csv, encoding))
}

/// The separator under which a header is found; among several, the one that makes the most known cells.
fn separator(head: &str, hints: &Hints) -> u8 {
    let told = layout::told(&hints.columns);
    let known = |separator: u8| {
        let mut reader = ::csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(separator)
            .from_reader(head.as_bytes());
        reader
            .byte_records()
            .take(HEAD_LINES)
            .filter_map(Result::ok)
            .map(|record| {
                record
                    .iter()
                    .filter_map(|cell| str::from_utf8(cell).ok())
                    .filter(|cell| layout::column(cell, &told).is_some())
                    .count()
            })
            .max()
            .unwrap_or(0)
    };
    let mut best = (b',', known(b','));
    for separator in [b';', b'\t', b'|'] {
        let cells = known(separator);
        if cells > best.1 {
            best = (separator, cells);
        }
    }
    best.0
}

/// Stops a record that has no end.
struct Limited<'a> {
    inner: encoding::Decoder<'a>,
    since_record: usize,
}

impl Read for Limited<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.since_record = self.since_record.saturating_add(count);
        // What was read ahead belongs to the records that follow: allow the reader's buffer on top.
        if self.since_record > RECORD_BYTES_MAX + 128 * 1024 {
            return Err(std::io::Error::other("a record without an end"));
        }
        Ok(count)
    }
}
