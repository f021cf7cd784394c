//! The whole contents of a database, taken out and put in: for backups, restores and moves between
//! databases.
//!
//! The list of tables is read from the schema, so that a table which a later migration adds cannot be
//! forgotten. Values are three plain kinds ([`Cell`]) that both engines have, rows stand in the order of
//! their primary key, and [`TableDigest`] is taken over exactly that: two databases with the same
//! digests hold the same, whichever engine they are on.
//!
//! [`Snapshot`] reads one moment beside a working gateway. [`Intake`] fills an empty database in one
//! transaction. [`Presence`] keeps a gateway and a move from using one database at once.

mod intake;
mod mark;
mod presence;
mod snapshot;
mod statement;

pub use intake::Intake;
pub use mark::Role;
pub(crate) use mark::write as mark;
pub use presence::{Claim, Presence};
pub use snapshot::{Rows, Snapshot};

use crate::{StoreError, Tx};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// The only table that is not copied: it says of a database what became of it, and a copy is another
/// database.
pub const NOT_COPIED: &str = "database_copy";

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Whole numbers; truth values as 0 and 1.
    Integer,
    /// Text.
    Text,
    /// Bytes; ids as their 16.
    Bytes,
}

/// A value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cell {
    /// None.
    Null,
    /// A whole number; truth values are 0 and 1.
    Integer(i64),
    /// A text.
    Text(String),
    /// Bytes.
    Bytes(Vec<u8>),
}

/// A row: a value for each column, in the order of [`Table::columns`].
pub type Row = Vec<Cell>;

/// What the engine calls a column's type.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Native {
    /// As wide as its kind needs.
    #[default]
    Plain,
    /// PostgreSQL's truth values.
    Boolean,
    /// PostgreSQL's ids.
    Uuid,
}

/// A column.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// What it holds.
    pub kind: Kind,
    #[serde(skip)]
    pub(crate) native: Native,
}

/// A table with its columns and its primary key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Table {
    /// Its name.
    pub name: String,
    /// The columns.
    pub columns: Vec<Column>,
    /// The names of the primary key's columns, in the key's order.
    pub key: Vec<String>,
}

impl Table {
    /// Whether rows of `self` fit into `other`: the same name, columns, kinds and key.
    #[must_use]
    pub fn fits(&self, other: &Self) -> bool {
        let columns = |table: &Self| -> Vec<(String, Kind)> {
            let pairs = table.columns.iter();
            pairs
                .map(|column| (column.name.clone(), column.kind))
                .collect()
        };
        self.name == other.name && self.key == other.key && columns(self) == columns(other)
    }
}

/// How many rows a table has, and the SHA-256 over all of them in the order of the primary key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableDigest {
    /// The table.
    pub table: String,
    /// How many rows.
    pub rows: u64,
    /// Lower-case hexadecimal.
    pub sha256: String,
}

/// Takes a [`TableDigest`] row by row. Values are tagged and their lengths precede them: no two
/// different tables have the same bytes.
#[derive(Debug)]
pub struct Digester {
    table: String,
    rows: u64,
    hasher: Sha256,
}

impl Digester {
    /// For `table`, of which no row was seen yet.
    #[must_use]
    pub fn new(table: &Table) -> Self {
        let mut hasher = Sha256::new();
        for column in &table.columns {
            length(&mut hasher, column.name.len());
            hasher.update(&column.name);
        }
        Self {
            table: table.name.clone(),
            rows: 0,
            hasher,
        }
    }

    /// Adds the next rows in the order of the key.
    pub fn add(&mut self, rows: &[Row]) {
        for row in rows {
            self.rows += 1;
            for cell in row {
                match cell {
                    Cell::Null => self.hasher.update([0]),
                    Cell::Integer(value) => {
                        self.hasher.update([1]);
                        self.hasher.update(value.to_be_bytes());
                    }
                    Cell::Text(text) => {
                        self.hasher.update([2]);
                        length(&mut self.hasher, text.len());
                        self.hasher.update(text);
                    }
                    Cell::Bytes(bytes) => {
                        self.hasher.update([3]);
                        length(&mut self.hasher, bytes.len());
                        self.hasher.update(bytes);
                    }
                }
            }
        }
    }

    /// The digest of what was added.
    #[must_use]
    pub fn finish(self) -> TableDigest {
        TableDigest {
            table: self.table,
            rows: self.rows,
            sha256: hex::encode(self.hasher.finalize()),
        }
    }
}

fn length(hasher: &mut Sha256, bytes: usize) {
    hasher.update(u64::try_from(bytes).unwrap_or(u64::MAX).to_be_bytes());
}

/// Where a tenant's sequences and its audit chain stand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// The tenant's id, in hexadecimal.
    pub tenant_id: String,
    /// The operator's name for it.
    pub slug: String,
    /// The last event.
    pub event_sequence: i64,
    /// The last journal entry.
    pub journal_sequence: i64,
    /// The last audit record.
    pub audit_sequence: i64,
    /// The hash of the last audit record, in hexadecimal.
    pub audit_hash: String,
}

/// Why something cannot be copied.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CopyError {
    /// The database said so.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A gateway, or another copy, uses the database.
    #[error("a gateway or another copy is using the database: stop it first")]
    InUse,
    /// The source was moved elsewhere before.
    #[error("the contents of this database were moved elsewhere")]
    Moved,
    /// The target holds an earlier copy that did not become whole.
    #[error("the target holds an unfinished copy: drop it, make it anew and begin again")]
    Unfinished,
    /// The target is not empty.
    #[error("the target is not empty: {0} has rows")]
    NotEmpty(String),
    /// The target holds tables, and they are not ours.
    #[error("the target holds tables of something else, such as {0}")]
    Foreign(String),
    /// The source has a schema that this program does not know.
    #[error("the schema has step {0:04}, which this program does not know: use a newer one")]
    UnknownSchema(i64),
    /// The source has no schema of ours.
    #[error("the database holds no schema of ThuNgân")]
    NoSchema,
    /// A table without a primary key has no order.
    #[error("table {0} has no primary key and cannot be copied")]
    NoKey(String),
    /// A column of a type that both engines cannot have.
    #[error("{table}.{column} is of type {native}, which cannot be copied")]
    Column {
        /// The table.
        table: String,
        /// The column.
        column: String,
        /// The type.
        native: String,
    },
    /// Source and target do not have the same tables.
    #[error("table {0} is not the same in the source and in the target")]
    OtherTable(String),
    /// A value that its column cannot hold.
    #[error("table {0} has a value that does not belong into its column")]
    Value(String),
    /// What was written is not what was read.
    #[error("table {table}: expected {expected}, found {found}")]
    Differs {
        /// The table.
        table: String,
        /// Rows and digest of the source.
        expected: String,
        /// Rows and digest of the target.
        found: String,
    },
    /// The heads of the tenants' chains differ.
    #[error("the heads of the tenants' chains are not those of the source")]
    Heads,
}

impl CopyError {
    /// Whether the answer is no, rather than that something around us does not work.
    #[must_use]
    pub const fn is_refusal(&self) -> bool {
        !matches!(self, Self::Store(_))
    }
}

/// What differs, said in one line.
///
/// # Errors
/// [`CopyError::Differs`] when `found` is not `expected`.
pub fn same_digest(expected: &TableDigest, found: &TableDigest) -> Result<(), CopyError> {
    if expected == found {
        return Ok(());
    }
    let say = |digest: &TableDigest| format!("{} rows {}", digest.rows, digest.sha256);
    Err(CopyError::Differs {
        table: expected.table.clone(),
        expected: say(expected),
        found: say(found),
    })
}

#[derive(sqlx::FromRow)]
struct ColumnRow {
    table_name: String,
    column_name: String,
    native: String,
    key_position: i64,
}

/// Every table of the schema but [`NOT_COPIED`], in the order of their names.
pub(crate) async fn tables(tx: &mut Tx) -> Result<Vec<Table>, CopyError> {
    let rows = fetch_all!(tx, ColumnRow, sql!(pair "copy/columns"))?;
    let mut tables: Vec<(Table, Vec<(i64, String)>)> = Vec::new();
    for row in rows {
        if row.table_name == NOT_COPIED {
            continue;
        }
        if tables
            .last()
            .is_none_or(|(table, _)| table.name != row.table_name)
        {
            let table = Table {
                name: row.table_name.clone(),
                columns: Vec::new(),
                key: Vec::new(),
            };
            tables.push((table, Vec::new()));
        }
        let Some((kind, native)) = kind_of(&row.native) else {
            return Err(CopyError::Column {
                table: row.table_name,
                column: row.column_name,
                native: row.native,
            });
        };
        if let Some((table, key)) = tables.last_mut() {
            if row.key_position > 0 {
                key.push((row.key_position, row.column_name.clone()));
            }
            table.columns.push(Column {
                name: row.column_name,
                kind,
                native,
            });
        }
    }
    tables
        .into_iter()
        .map(|(mut table, mut key)| {
            key.sort();
            table.key = key.into_iter().map(|(_, name)| name).collect();
            if table.key.is_empty() {
                return Err(CopyError::NoKey(table.name));
            }
            Ok(table)
        })
        .collect()
}

/// The kind of a type of either engine.
fn kind_of(native: &str) -> Option<(Kind, Native)> {
    Some(match native {
        "integer" | "int8" | "int4" | "int2" => (Kind::Integer, Native::Plain),
        "bool" => (Kind::Integer, Native::Boolean),
        "text" => (Kind::Text, Native::Plain),
        "blob" | "bytea" => (Kind::Bytes, Native::Plain),
        "uuid" => (Kind::Bytes, Native::Uuid),
        _ => return None,
    })
}

/// The steps of the schema that were taken; none when it is not ours.
pub(crate) async fn versions(tx: &mut Tx) -> Result<Vec<i64>, StoreError> {
    let (known,): (i64,) = fetch_one!(tx, (i64,), sql!(pair "copy/has_migrations"))?;
    if known == 0 {
        return Ok(Vec::new());
    }
    let rows = fetch_all!(tx, (i64,), sql!("copy/versions"))?;
    Ok(rows.into_iter().map(|(version,)| version).collect())
}

#[derive(sqlx::FromRow)]
struct HeadRow {
    tenant_id: Uuid,
    slug: String,
    event_sequence: i64,
    journal_sequence: i64,
    audit_sequence: i64,
    audit_hash: Vec<u8>,
}

pub(crate) async fn heads(tx: &mut Tx) -> Result<Vec<Head>, StoreError> {
    let rows = fetch_all!(tx, HeadRow, sql!("copy/heads"))?;
    Ok(rows
        .into_iter()
        .map(|row| Head {
            tenant_id: row.tenant_id.simple().to_string(),
            slug: row.slug,
            event_sequence: row.event_sequence,
            journal_sequence: row.journal_sequence,
            audit_sequence: row.audit_sequence,
            audit_hash: hex::encode(row.audit_hash),
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digest(rows: &[Row]) -> TableDigest {
        let column = |name: &str| Column {
            name: name.to_owned(),
            kind: Kind::Text,
            native: Native::Plain,
        };
        let mut digester = Digester::new(&Table {
            name: "t".to_owned(),
            columns: vec![column("a"), column("b")],
            key: vec!["a".to_owned()],
        });
        digester.add(rows);
        digester.finish()
    }

    #[test]
    fn values_that_only_look_alike_have_different_digests() {
        let text = |text: &str| Cell::Text(text.to_owned());
        let rows = [
            vec![text("ab"), text("c")],
            vec![text("a"), text("bc")],
            vec![text("ab"), Cell::Bytes(b"c".to_vec())],
            vec![text("ab"), Cell::Null],
            vec![text("ab"), text("")],
            vec![text("ab"), Cell::Integer(0)],
        ];
        let mut seen = std::collections::BTreeSet::new();
        for row in &rows {
            assert!(seen.insert(digest(std::slice::from_ref(row)).sha256));
        }
        assert!(seen.insert(digest(&rows[..2]).sha256));
        assert!(seen.insert(digest(&[rows[1].clone(), rows[0].clone()]).sha256));
        assert!(seen.insert(digest(&[]).sha256));
    }
}
