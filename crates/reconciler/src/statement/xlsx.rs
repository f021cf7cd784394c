//! Office Open XML workbooks (ECMA-376), read cell by cell.
//!
//! Read here and not by a general library: the ones that were looked at reserve memory for as many
//! strings as the file claims to have, and read numbers as floats. Only four kinds of part are opened,
//! each through a counted reader; formulas, macros, links and pictures are never looked at.

use super::table::{Cell, Kind, Table};
use super::xml::{Piece, Xml};
use super::{CELL_BYTES_MAX, Encoding, Format, Hints, Refusal, Sink, Summary};
use std::io::{Cursor, Read};
use zip::ZipArchive;

/// Parts of one workbook.
const PARTS_MAX: usize = 200;
/// Bytes of all parts together when unpacked.
const UNPACKED_BYTES_MAX: u64 = 256 * 1024 * 1024;
/// How much smaller a part of more than a mebibyte may be packed. Sheets pack ten to thirty times.
const RATIO_MAX: u64 = 150;
/// Bytes of all shared strings together.
const STRINGS_BYTES_MAX: usize = 96 * 1024 * 1024;
/// Shared strings.
const STRINGS_MAX: usize = 2_000_000;
/// Sheets that are tried: covers and notes come first sometimes.
const SHEETS_MAX: usize = 8;
/// Columns that are looked at; XFD is 16,384.
const COLUMNS_MAX: usize = 256;
/// Cell formats; Excel's own limit is 65,490.
const FORMATS_MAX: usize = 65_536;

type Archive<'a> = ZipArchive<Cursor<&'a [u8]>>;

/// Reads the first sheet that holds a statement.
///
/// # Errors
/// [`Refusal`].
pub fn read(file: &[u8], hints: &Hints, sink: &mut Sink<'_>) -> Result<Summary, Refusal> {
    let mut archive = ZipArchive::new(Cursor::new(file)).map_err(|_| Refusal::BrokenWorkbook)?;
    guard(&mut archive)?;
    let sheets = sheets(&mut archive)?;
    let dated = date_formats(&mut archive)?;
    let strings = Strings::read(&mut archive)?;
    let mut refused = Refusal::BrokenWorkbook;
    for sheet in sheets.iter().take(SHEETS_MAX) {
        let mut table = Table::new(hints, sink);
        let result =
            rows(&mut archive, sheet, &strings, &dated, &mut table).and_then(|()| table.finish());
        match result {
            Ok(finished) => return Ok(finished.summary(Format::Xlsx, Encoding::Utf8)),
            // Nothing was given before the header, so the next sheet may be tried.
            Err(Refusal::NoHeader | Refusal::Empty) => refused = Refusal::NoHeader,
            Err(other) => return Err(other),
        }
    }
    Err(refused)
}

/// Refuses what would unpack to too much, before anything is unpacked.
fn guard(archive: &mut Archive<'_>) -> Result<(), Refusal> {
    if archive.len() > PARTS_MAX {
        return Err(Refusal::CompressionBomb);
    }
    let mut all: u64 = 0;
    for index in 0..archive.len() {
        let part = archive
            .by_index_raw(index)
            .map_err(|_| Refusal::BrokenWorkbook)?;
        all = all.saturating_add(part.size());
        let packed = part.compressed_size().max(1);
        let is_dense = part.size() > 1024 * 1024 && part.size() / packed > RATIO_MAX;
        if all > UNPACKED_BYTES_MAX || is_dense {
            return Err(Refusal::CompressionBomb);
        }
    }
    Ok(())
}

/// A part, cut off where it is longer than it says or than any part may be.
fn part<'a, 'z>(
    archive: &'z mut Archive<'a>,
    name: &str,
) -> Result<Option<impl Read + use<'a, 'z>>, Refusal> {
    match archive.by_name(name) {
        Ok(part) => {
            let declared = part.size().min(UNPACKED_BYTES_MAX);
            Ok(Some(Bounded {
                inner: part,
                left: declared,
            }))
        }
        Err(zip::result::ZipError::FileNotFound) => Ok(None),
        Err(_) => Err(Refusal::BrokenWorkbook),
    }
}

/// Fails instead of ending early: a part that goes on behind its declared size is a trap.
struct Bounded<R> {
    inner: R,
    left: u64,
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = self.inner.read(buffer)?;
        let counted = u64::try_from(count).unwrap_or(u64::MAX);
        match self.left.checked_sub(counted) {
            Some(left) => {
                self.left = left;
                Ok(count)
            }
            None => Err(std::io::Error::other("a part is larger than it says")),
        }
    }
}

/// The parts of the visible sheets, in their order.
fn sheets(archive: &mut Archive<'_>) -> Result<Vec<String>, Refusal> {
    let mut ids = Vec::new();
    let workbook = part(archive, "xl/workbook.xml")?.ok_or(Refusal::BrokenWorkbook)?;
    let mut xml = Xml::new(workbook);
    loop {
        match xml.next()? {
            Piece::Start("sheet") => {
                let hidden = xml
                    .attribute("state")
                    .is_some_and(|state| state != "visible");
                if let (Some(id), false) = (xml.attribute("id"), hidden) {
                    ids.push(id.to_owned());
                }
            }
            Piece::Eof => break,
            _ => {}
        }
        if ids.len() > PARTS_MAX {
            return Err(Refusal::BrokenWorkbook);
        }
    }
    drop(xml);
    let mut targets = Vec::new();
    let relations = part(archive, "xl/_rels/workbook.xml.rels")?.ok_or(Refusal::BrokenWorkbook)?;
    let mut xml = Xml::new(relations);
    loop {
        match xml.next()? {
            Piece::Start("Relationship") => {
                if let (Some(id), Some(target)) = (xml.attribute("Id"), xml.attribute("Target")) {
                    targets.push((id.to_owned(), target.to_owned()));
                }
            }
            Piece::Eof => break,
            _ => {}
        }
        if targets.len() > PARTS_MAX * 4 {
            return Err(Refusal::BrokenWorkbook);
        }
    }
    let sheets: Vec<String> = ids
        .iter()
        .filter_map(|id| targets.iter().find(|(known, _)| known == id))
        .map(|(_, target)| match target.strip_prefix('/') {
            Some(absolute) => absolute.to_owned(),
            None => format!("xl/{target}"),
        })
        .collect();
    if sheets.is_empty() {
        return Err(Refusal::BrokenWorkbook);
    }
    Ok(sheets)
}

/// Which cell formats show a date, by their index.
fn date_formats(archive: &mut Archive<'_>) -> Result<Vec<bool>, Refusal> {
    let Some(styles) = part(archive, "xl/styles.xml")? else {
        return Ok(Vec::new());
    };
    let mut xml = Xml::new(styles);
    let mut custom: Vec<(String, bool)> = Vec::new();
    let mut formats = Vec::new();
    let mut in_cells = false;
    loop {
        match xml.next()? {
            Piece::Start("numFmt") => {
                let id = xml.attribute("numFmtId").unwrap_or_default().to_owned();
                let code = xml.attribute("formatCode").unwrap_or_default();
                custom.push((id, shows_a_date(code)));
            }
            Piece::Start("cellXfs") => in_cells = true,
            Piece::End("cellXfs") => in_cells = false,
            Piece::Start("xf") if in_cells => {
                let id = xml.attribute("numFmtId").unwrap_or_default();
                let known = custom.iter().find(|(known, _)| known == id);
                formats.push(known.map_or_else(|| is_built_in_date(id), |(_, dated)| *dated));
            }
            Piece::Eof => break,
            _ => {}
        }
        if formats.len() > FORMATS_MAX || custom.len() > FORMATS_MAX {
            return Err(Refusal::BrokenWorkbook);
        }
    }
    Ok(formats)
}

/// ECMA-376 part 1, 18.8.30: the numbers that are dates in every language, and those that are in some.
fn is_built_in_date(id: &str) -> bool {
    matches!(id.parse::<u32>(), Ok(14..=22 | 27..=36 | 45..=47 | 50..=58))
}

/// Whether a format code has a day, a month or a year outside quotes and brackets.
fn shows_a_date(code: &str) -> bool {
    let mut quoted = false;
    let mut bracketed = false;
    let mut escaped = false;
    for c in code.chars() {
        if escaped {
            escaped = false;
            continue;
        }
        match c {
            '\\' | '_' | '*' => escaped = true,
            '"' => quoted = !quoted,
            '[' if !quoted => bracketed = true,
            ']' if !quoted => bracketed = false,
            'd' | 'D' | 'y' | 'Y' | 'm' | 'M' | 'h' | 'H' if !quoted && !bracketed => return true,
            _ => {}
        }
    }
    false
}

/// The strings that cells name by number, one behind the other.
#[derive(Default)]
struct Strings {
    text: String,
    ends: Vec<usize>,
}

impl Strings {
    fn read(archive: &mut Archive<'_>) -> Result<Self, Refusal> {
        let mut strings = Self::default();
        let Some(part) = part(archive, "xl/sharedStrings.xml")? else {
            return Ok(strings);
        };
        let mut xml = Xml::new(part);
        let mut inside = Inside::default();
        loop {
            match xml.next()? {
                Piece::Start("si") => {
                    inside = Inside {
                        item: true,
                        ..inside
                    }
                }
                Piece::Start(name) => inside.start(name),
                Piece::Text(text) if inside.counts() => strings.text.push_str(text),
                Piece::End("si") => {
                    strings.ends.push(strings.text.len());
                    inside = Inside::default();
                }
                Piece::End(name) => inside.end(name),
                Piece::Text(_) => {}
                Piece::Eof => return Ok(strings),
            }
            if strings.text.len() > STRINGS_BYTES_MAX || strings.ends.len() > STRINGS_MAX {
                return Err(Refusal::CompressionBomb);
            }
        }
    }

    fn get(&self, index: usize) -> Option<&str> {
        let end = *self.ends.get(index)?;
        let start = match index.checked_sub(1) {
            Some(before) => *self.ends.get(before)?,
            None => 0,
        };
        self.text.get(start..end)
    }
}

/// Where in a string item the reader is: text counts inside `t`, not inside a phonetic run.
#[derive(Clone, Copy, Default)]
struct Inside {
    item: bool,
    text: bool,
    phonetic: bool,
}

impl Inside {
    fn start(&mut self, name: &str) {
        match name {
            "t" => self.text = true,
            "rPh" => self.phonetic = true,
            _ => {}
        }
    }

    fn end(&mut self, name: &str) {
        match name {
            "t" => self.text = false,
            "rPh" => self.phonetic = false,
            _ => {}
        }
    }

    const fn counts(self) -> bool {
        self.item && self.text && !self.phonetic
    }
}

/// A cell that is being read.
#[derive(Default)]
struct Open {
    column: usize,
    kind: CellType,
    dated: bool,
    /// Inside `v`, or inside `is`.
    in_value: bool,
    inside: Inside,
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum CellType {
    #[default]
    Number,
    Shared,
    Text,
    Date,
    Other,
}

/// A row, its cells kept from one row to the next.
#[derive(Default)]
struct Row {
    cells: Vec<(Kind, String)>,
    used: usize,
}

impl Row {
    fn clear(&mut self) {
        for (kind, text) in &mut self.cells {
            *kind = Kind::Text;
            text.clear();
        }
        self.used = 0;
    }

    fn cell(&mut self, column: usize) -> &mut (Kind, String) {
        if self.cells.len() <= column {
            self.cells
                .resize_with(column + 1, || (Kind::Text, String::new()));
        }
        self.used = self.used.max(column + 1);
        // Made long enough just above.
        let at = column.min(self.cells.len().saturating_sub(1));
        &mut self.cells[at]
    }
}

fn rows(
    archive: &mut Archive<'_>,
    sheet: &str,
    strings: &Strings,
    dated: &[bool],
    table: &mut Table<'_, '_>,
) -> Result<(), Refusal> {
    let sheet = part(archive, sheet)?.ok_or(Refusal::BrokenWorkbook)?;
    let mut xml = Xml::new(sheet);
    let mut row = Row::default();
    let mut number: u64 = 0;
    let mut next_column = 0;
    let mut open: Option<Open> = None;
    let mut value = String::new();
    loop {
        match xml.next()? {
            Piece::Start("row") => {
                let told = xml.attribute("r").and_then(|text| text.parse().ok());
                number = told.unwrap_or(number + 1);
                row.clear();
                next_column = 0;
            }
            Piece::Start("c") => {
                let column = match xml.attribute("r") {
                    Some(place) => column_of(place).ok_or(Refusal::BrokenWorkbook)?,
                    None => next_column,
                };
                next_column = column + 1;
                let style = xml
                    .attribute("s")
                    .and_then(|text| text.parse::<usize>().ok());
                open = Some(Open {
                    column,
                    kind: match xml.attribute("t") {
                        None | Some("n") => CellType::Number,
                        Some("s") => CellType::Shared,
                        Some("str" | "inlineStr") => CellType::Text,
                        Some("d") => CellType::Date,
                        Some(_) => CellType::Other,
                    },
                    dated: style.is_some_and(|style| dated.get(style) == Some(&true)),
                    ..Open::default()
                });
                value.clear();
            }
            Piece::Start("v") => {
                if let Some(open) = &mut open {
                    open.in_value = true;
                }
            }
            Piece::Start("is") => {
                if let Some(open) = &mut open {
                    open.inside.item = true;
                }
            }
            Piece::Start(name) => {
                if let Some(open) = &mut open {
                    open.inside.start(name);
                }
            }
            Piece::Text(text) => {
                if open
                    .as_ref()
                    .is_some_and(|open| open.in_value || open.inside.counts())
                {
                    value.push_str(text);
                    if value.len() > CELL_BYTES_MAX * 4 {
                        return Err(Refusal::CellTooLong);
                    }
                }
            }
            Piece::End("v") => {
                if let Some(open) = &mut open {
                    open.in_value = false;
                }
            }
            Piece::End("c") => {
                if let Some(open) = open.take() {
                    keep(&open, &value, strings, &mut row);
                }
            }
            Piece::End("row") => {
                let cells: Vec<Cell<'_>> = row
                    .cells
                    .iter()
                    .take(row.used)
                    .map(|(kind, text)| Cell { kind: *kind, text })
                    .collect();
                table.row(number, &cells)?;
            }
            Piece::End("sheetData") | Piece::Eof => return Ok(()),
            Piece::End(name) => {
                if let Some(open) = &mut open {
                    open.inside.end(name);
                }
            }
        }
    }
}

fn keep(open: &Open, value: &str, strings: &Strings, row: &mut Row) {
    if open.column >= COLUMNS_MAX || value.is_empty() {
        return;
    }
    let (kind, text) = row.cell(open.column);
    match open.kind {
        CellType::Shared => {
            let shared = value
                .trim()
                .parse()
                .ok()
                .and_then(|index| strings.get(index));
            text.push_str(shared.unwrap_or_default());
        }
        CellType::Number if open.dated => match super::date::serial(value.trim()) {
            Some(date) => text.push_str(&date),
            None => text.push_str(value),
        },
        CellType::Number => {
            *kind = Kind::Number;
            text.push_str(value.trim());
        }
        CellType::Text | CellType::Date => text.push_str(value),
        // Booleans and errors mean nothing in a statement.
        CellType::Other => {}
    }
}

/// The column of `BC12`, from 0.
fn column_of(place: &str) -> Option<usize> {
    let mut column: usize = 0;
    for letter in place.bytes().take_while(u8::is_ascii_alphabetic) {
        column = column
            .checked_mul(26)?
            .checked_add(usize::from(letter.to_ascii_uppercase() - b'A') + 1)?;
    }
    (1..=16_384).contains(&column).then(|| column - 1)
}
