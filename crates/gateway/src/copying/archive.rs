//! The file of a backup.
//!
//! A tar archive, compressed with gzip, and unless it is asked to be plain sealed as a whole. Its
//! members, in this order:
//!
//! - `backup.json`: [`Head`]: the format, the schema, the tables with their columns;
//! - `data/TABLE/000001.jsonl` and so on: the rows in the order of the primary key, one JSON array a
//!   line; bytes and ids in hexadecimal, truth values as 0 and 1;
//! - `manifest.json`: [`Manifest`]: rows and digest of each table, the heads of the tenants' chains. It
//!   comes last: an archive that was cut off has none.
//!
//! A plain one can be read with `tar` and any tool for JSON, without this program.

use super::{ArchiveError, seal};
use flate2::Compression;
use flate2::bufread::GzDecoder;
use flate2::write::GzEncoder;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::path::Path;
use store::copy::{self, Cell, Kind, Row, Table, TableDigest};
use uuid::Uuid;

/// The version of the file's form. A program reads its own and refuses others.
const FORMAT: u32 = 1;
/// A member is read into memory: a page of rows, of which the largest has a callback of 256 KiB.
const MEMBER_MAX: u64 = 64 * 1024 * 1024;
/// Zeros behind the last member: two blocks, and as many as other tools fill their records up with.
const PADDING_MAX: u64 = 64 * 1024;
const HEAD: &str = "backup.json";
const MANIFEST: &str = "manifest.json";

/// What stands at the beginning.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Head {
    /// The version of the file's form.
    pub format: u32,
    /// The backup's own id.
    #[serde(with = "super::hexadecimal")]
    pub backup_id: Uuid,
    /// When its moment was, RFC 3339.
    pub created_at: String,
    /// The version of the program that wrote it.
    pub program: String,
    /// The engine that it was read from.
    pub engine: String,
    /// The steps of the schema.
    pub schema: Vec<i64>,
    /// The tables in the order in which they follow.
    pub tables: Vec<Table>,
}

impl Head {
    pub(super) fn new(id: Uuid, engine: &str, schema: &[i64], tables: &[Table]) -> Self {
        Self {
            format: FORMAT,
            backup_id: id,
            created_at: crate::app::now().to_string(),
            program: env!("CARGO_PKG_VERSION").to_owned(),
            engine: engine.to_owned(),
            schema: schema.to_vec(),
            tables: tables.to_vec(),
        }
    }
}

/// What stands at the end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// Rows and digest of each table.
    pub tables: Vec<TableDigest>,
    /// The heads of the tenants' chains.
    pub heads: Vec<copy::Head>,
}

enum Sink {
    Plain(BufWriter<File>),
    Sealed(Box<seal::Seal<BufWriter<File>>>),
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(inner) => inner.write(bytes),
            Self::Sealed(inner) => inner.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(inner) => inner.flush(),
            Self::Sealed(inner) => inner.flush(),
        }
    }
}

/// An archive that is being written.
pub(super) struct Writer {
    tar: tar::Builder<GzEncoder<Sink>>,
    parts: u32,
}

impl Writer {
    pub(super) fn new(
        file: File,
        master_key: Option<&SecretString>,
        head: &Head,
    ) -> Result<Self, ArchiveError> {
        let file = BufWriter::with_capacity(256 * 1024, file);
        let sink = match master_key {
            None => Sink::Plain(file),
            Some(key) => Sink::Sealed(Box::new(seal::Seal::new(file, key)?)),
        };
        let mut writer = Self {
            tar: tar::Builder::new(GzEncoder::new(sink, Compression::fast())),
            parts: 0,
        };
        writer.member(HEAD, &to_json(head)?)?;
        Ok(writer)
    }

    fn member(&mut self, name: &str, bytes: &[u8]) -> Result<(), ArchiveError> {
        let mut header = tar::Header::new_ustar();
        header.set_size(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
        header.set_mode(0o600);
        self.tar.append_data(&mut header, name, bytes)?;
        Ok(())
    }

    /// Begins a table.
    pub(super) const fn begin_table(&mut self) {
        self.parts = 0;
    }

    /// The next rows of a table.
    pub(super) fn rows(&mut self, table: &Table, rows: &[Row]) -> Result<(), ArchiveError> {
        self.parts += 1;
        let mut text = Vec::with_capacity(64 * 1024);
        for row in rows {
            write_line(&mut text, row)?;
        }
        let name = format!("data/{}/{:06}.jsonl", table.name, self.parts);
        self.member(&name, &text)
    }

    /// Writes the manifest and makes everything durable.
    pub(super) fn finish(mut self, manifest: &Manifest) -> Result<u64, ArchiveError> {
        self.member(MANIFEST, &to_json(manifest)?)?;
        let mut file = match self.tar.into_inner()?.finish()? {
            Sink::Plain(file) => file,
            Sink::Sealed(seal) => seal.finish()?,
        };
        file.flush()?;
        let file = file.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.sync_all()?;
        Ok(file.metadata()?.len())
    }
}

fn to_json(value: &impl Serialize) -> Result<Vec<u8>, ArchiveError> {
    let mut text = serde_json::to_vec_pretty(value).map_err(io::Error::from)?;
    text.push(b'\n');
    Ok(text)
}

fn write_line(out: &mut Vec<u8>, row: &Row) -> Result<(), ArchiveError> {
    for (at, cell) in row.iter().enumerate() {
        out.push(if at == 0 { b'[' } else { b',' });
        match cell {
            Cell::Null => out.extend_from_slice(b"null"),
            Cell::Integer(value) => write!(out, "{value}")?,
            Cell::Text(text) => serde_json::to_writer(&mut *out, text).map_err(io::Error::from)?,
            Cell::Bytes(bytes) => write!(out, "\"{}\"", hex::encode(bytes))?,
        }
    }
    out.extend_from_slice(b"]\n");
    Ok(())
}

fn read_line(table: &Table, line: &[u8]) -> Option<Row> {
    let values: Vec<serde_json::Value> = serde_json::from_slice(line).ok()?;
    if values.len() != table.columns.len() {
        return None;
    }
    let cells = values.into_iter().zip(&table.columns);
    cells
        .map(|(value, column)| {
            Some(match (value, column.kind) {
                (serde_json::Value::Null, _) => Cell::Null,
                (serde_json::Value::Number(number), Kind::Integer) => {
                    Cell::Integer(number.as_i64()?)
                }
                (serde_json::Value::String(text), Kind::Text) => Cell::Text(text),
                (serde_json::Value::String(text), Kind::Bytes) => {
                    Cell::Bytes(hex::decode(text).ok()?)
                }
                _ => return None,
            })
        })
        .collect()
}

/// What comes next in an archive.
pub(super) enum Part {
    /// Rows of the table at this place in [`Head::tables`].
    Rows(usize, Vec<Row>),
    /// The end.
    Manifest(Manifest),
}

/// An archive that is being read: what is compressed, and below it the file or what unseals it.
pub(super) type Reader = tar::Archive<GzDecoder<BufReader<Box<dyn Read>>>>;

/// Opens an archive. The parts follow through [`read`], the last check through [`end`].
pub(super) fn open(
    path: &Path,
    master_key: impl FnOnce() -> Result<SecretString, ArchiveError>,
) -> Result<Reader, ArchiveError> {
    let mut file = BufReader::with_capacity(256 * 1024, File::open(path)?);
    let mut magic = Vec::new();
    file.by_ref()
        .take(seal::MAGIC.len().try_into().unwrap_or(u64::MAX))
        .read_to_end(&mut magic)?;
    let plain: Box<dyn Read> = if magic == seal::MAGIC {
        Box::new(seal::Unseal::new(file, &master_key()?)?)
    } else {
        Box::new(io::Cursor::new(magic).chain(file))
    };
    Ok(tar::Archive::new(GzDecoder::new(BufReader::new(plain))))
}

/// Reads what stands behind the last member, and holds the whole against its checksum.
///
/// A tar reader stops at the end of the last member, so without this nobody would look at the checksum
/// of the compression, which alone covers the padding between members, nor at the last sealed chunk.
pub(super) fn end(archive: Reader) -> Result<(), ArchiveError> {
    let mut compressed = archive.into_inner();
    let mut padding = Vec::new();
    compressed
        .by_ref()
        .take(PADDING_MAX + 1)
        .read_to_end(&mut padding)
        .map_err(ArchiveError::reading)?;
    let mut after = [0; 1];
    let more = compressed
        .into_inner()
        .read(&mut after)
        .map_err(ArchiveError::reading)?;
    let is_long = u64::try_from(padding.len()).is_ok_and(|length| length > PADDING_MAX);
    if is_long || more > 0 || padding.iter().any(|byte| *byte != 0) {
        return Err(ArchiveError::Damaged(
            "something follows its end".to_owned(),
        ));
    }
    Ok(())
}

/// Reads an archive from its beginning: the head, then what `parts` answers one by one.
pub(super) fn read<'a>(
    archive: &'a mut Reader,
) -> Result<
    (
        Head,
        impl Iterator<Item = Result<Part, ArchiveError>> + use<'a>,
    ),
    ArchiveError,
> {
    let mut entries = archive.entries().map_err(ArchiveError::reading)?;
    let first = entries.next().ok_or(ArchiveError::NotABackup)?;
    let (name, bytes) = member(first)?;
    // The version first: another form may have other members.
    #[derive(Deserialize)]
    struct Version {
        format: u32,
    }
    let version: Version = (name == HEAD)
        .then(|| serde_json::from_slice(&bytes).ok())
        .flatten()
        .ok_or(ArchiveError::NotABackup)?;
    if version.format != FORMAT {
        return Err(ArchiveError::OtherFormat(version.format));
    }
    let head: Head = serde_json::from_slice(&bytes).map_err(|_| ArchiveError::NotABackup)?;
    let tables = head.tables.clone();
    let mut place = 0;
    let parts = entries.map(move |entry| {
        let (name, bytes) = member(entry)?;
        if name == MANIFEST {
            let manifest = serde_json::from_slice(&bytes);
            return Ok(Part::Manifest(manifest.map_err(|_| damaged(&name))?));
        }
        let table = name
            .strip_prefix("data/")
            .and_then(|rest| rest.split_once('/'));
        let (table, _) = table.ok_or_else(|| damaged(&name))?;
        // In the order of the head: a table that comes twice would be a table too many.
        while tables.get(place).is_some_and(|known| known.name != table) {
            place += 1;
        }
        let known = tables.get(place).ok_or_else(|| damaged(&name))?;
        let lines = bytes.split(|byte| *byte == b'\n');
        let rows = lines
            .filter(|line| !line.is_empty())
            .map(|line| read_line(known, line).ok_or_else(|| damaged(&name)))
            .collect::<Result<Vec<Row>, _>>()?;
        Ok(Part::Rows(place, rows))
    });
    Ok((head, parts))
}

fn damaged(member: &str) -> ArchiveError {
    ArchiveError::Damaged(format!("{member} cannot be read"))
}

fn member<R: Read>(
    entry: io::Result<tar::Entry<'_, R>>,
) -> Result<(String, Vec<u8>), ArchiveError> {
    let mut entry = entry.map_err(ArchiveError::reading)?;
    let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
    if entry.size() > MEMBER_MAX {
        return Err(damaged(&name));
    }
    let mut bytes = Vec::new();
    entry
        .read_to_end(&mut bytes)
        .map_err(ArchiveError::reading)?;
    Ok((name, bytes))
}
