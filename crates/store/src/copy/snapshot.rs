//! Reading everything, as of one moment.

use super::{Cell, CopyError, Digester, Head, Kind, Row, Table, TableDigest, statement};
use crate::{Store, StoreError, Tx};
use futures_util::{Stream, StreamExt};
use sqlx::Row as _;
use std::pin::Pin;

/// Bytes of values that are in memory at once, about.
const PAGE_BYTES: usize = 256 * 1024;
/// Rows that are in memory at once.
const PAGE_ROWS: usize = 1_000;

/// One moment of a database, for as long as it takes to read it all. The gateway goes on beside it; on
/// SQLite the write-ahead log grows meanwhile.
#[derive(Debug)]
pub struct Snapshot {
    tx: Tx,
    tables: Vec<Table>,
    versions: Vec<i64>,
}

impl Store {
    /// Takes a snapshot.
    ///
    /// # Errors
    /// [`CopyError::NoSchema`], [`CopyError::NoKey`] or [`CopyError::Column`] when it cannot be copied.
    pub async fn snapshot(&self) -> Result<Snapshot, CopyError> {
        let mut tx = self.read_long().await?;
        let versions = super::versions(&mut tx).await?;
        if versions.is_empty() {
            return Err(CopyError::NoSchema);
        }
        let tables = super::tables(&mut tx).await?;
        Ok(Snapshot {
            tx,
            tables,
            versions,
        })
    }
}

impl Snapshot {
    /// Every table that is copied, in the order of their names.
    #[must_use]
    pub fn tables(&self) -> &[Table] {
        &self.tables
    }

    /// The steps of the schema.
    #[must_use]
    pub fn versions(&self) -> &[i64] {
        &self.versions
    }

    /// Where each tenant's sequences and chain stand.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn heads(&mut self) -> Result<Vec<Head>, StoreError> {
        super::heads(&mut self.tx).await
    }

    /// How many rows there are in all tables together.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn count(&mut self) -> Result<u64, StoreError> {
        let mut count = 0u64;
        for table in &self.tables {
            let sql = statement::count(table);
            let (rows,): (i64,) = match &mut self.tx {
                Tx::Sqlite(tx) => sqlx::query_as(sql).fetch_one(&mut **tx).await?,
                Tx::Postgres(tx) => sqlx::query_as(sql).fetch_one(&mut **tx).await?,
            };
            count = count.saturating_add(u64::try_from(rows).unwrap_or_default());
        }
        Ok(count)
    }

    /// The rows of a table, in the order of its key.
    pub fn rows<'a>(&'a mut self, table: &Table) -> Rows<'a> {
        rows(&mut self.tx, table)
    }
}

/// Rows under way, page by page.
pub struct Rows<'a> {
    table: String,
    stream: Pin<Box<dyn Stream<Item = Result<Option<Row>, sqlx::Error>> + Send + 'a>>,
}

impl std::fmt::Debug for Rows<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Rows({})", self.table)
    }
}

impl Rows<'_> {
    /// The next rows; none at the end.
    ///
    /// # Errors
    /// [`CopyError::Value`] when a value is not of its column's kind.
    pub async fn page(&mut self) -> Result<Vec<Row>, CopyError> {
        let (mut page, mut bytes) = (Vec::new(), 0usize);
        while bytes < PAGE_BYTES && page.len() < PAGE_ROWS {
            let Some(row) = self.stream.next().await else {
                break;
            };
            let row = row.map_err(StoreError::from)?;
            let row = row.ok_or_else(|| CopyError::Value(self.table.clone()))?;
            bytes += row.iter().map(size).sum::<usize>();
            page.push(row);
        }
        Ok(page)
    }
}

fn size(cell: &Cell) -> usize {
    match cell {
        Cell::Null | Cell::Integer(_) => 8,
        Cell::Text(text) => text.len(),
        Cell::Bytes(bytes) => bytes.len(),
    }
}

/// The rows of a table as `tx` sees them.
pub(super) fn rows<'a>(tx: &'a mut Tx, table: &Table) -> Rows<'a> {
    let sql = statement::read(tx, table);
    let kinds: Vec<Kind> = table.columns.iter().map(|column| column.kind).collect();
    // The same lines twice: the rows of the two engines are different types.
    macro_rules! read {
        ($tx:expr) => {
            Box::pin(sqlx::query(sql).fetch(&mut **$tx).map(move |row| {
                let row = row?;
                let cells = kinds.iter().enumerate().map(|(at, kind)| match kind {
                    Kind::Integer => Ok(row
                        .try_get::<Option<i64>, _>(at)?
                        .map_or(Cell::Null, Cell::Integer)),
                    Kind::Text => Ok(row
                        .try_get::<Option<String>, _>(at)?
                        .map_or(Cell::Null, Cell::Text)),
                    Kind::Bytes => Ok(row
                        .try_get::<Option<Vec<u8>>, _>(at)?
                        .map_or(Cell::Null, Cell::Bytes)),
                });
                match cells.collect::<Result<Row, sqlx::Error>>() {
                    Ok(row) => Ok(Some(row)),
                    // A loosely typed database can hold anything.
                    Err(sqlx::Error::ColumnDecode { .. }) => Ok(None),
                    Err(error) => Err(error),
                }
            }))
        };
    }
    let stream: Pin<Box<dyn Stream<Item = Result<Option<Row>, sqlx::Error>> + Send + 'a>> = match tx
    {
        Tx::Sqlite(tx) => read!(tx),
        Tx::Postgres(tx) => read!(tx),
    };
    Rows {
        table: table.name.clone(),
        stream,
    }
}

/// The digest of a table as `tx` sees it.
pub(super) async fn digest(tx: &mut Tx, table: &Table) -> Result<TableDigest, CopyError> {
    let mut digester = Digester::new(table);
    let mut rows = rows(tx, table);
    loop {
        let page = rows.page().await?;
        if page.is_empty() {
            return Ok(digester.finish());
        }
        digester.add(&page);
    }
}
