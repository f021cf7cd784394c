//! Filling an empty database, in one transaction.

use super::{
    Cell, CopyError, Head, Kind, Native, Role, Row, Table, TableDigest, snapshot, statement,
};
use crate::engine::Engine;
use crate::{Store, StoreError, Tx};
use payment::Timestamp;
use std::fmt::Write;
use uuid::Uuid;

/// Values in one statement on SQLite; it takes 32,766.
const PARAMETERS_MAX: usize = 8_000;

/// A database that is being filled. Dropping it leaves the database as empty as it was.
#[derive(Debug)]
pub struct Intake {
    tx: Tx,
    tables: Vec<Table>,
    foreign_keys: Vec<ForeignKey>,
}

#[derive(Debug, sqlx::FromRow)]
struct ForeignKey {
    table_name: String,
    constraint_name: String,
    definition: String,
}

impl Store {
    /// Gives an empty database exactly these steps of the schema, and begins to fill it.
    ///
    /// # Errors
    /// [`CopyError::NotEmpty`], [`CopyError::Foreign`], [`CopyError::Unfinished`] or
    /// [`CopyError::UnknownSchema`] when that must not be.
    pub async fn intake(&self, versions: &[i64]) -> Result<Intake, CopyError> {
        self.refuse_unless_empty().await?;
        if let Some(unknown) = versions
            .iter()
            .find(|version| !Self::knows_version(**version))
        {
            return Err(CopyError::UnknownSchema(*unknown));
        }
        self.migrate_to(versions).await?;
        let mut tx = self.write_long().await?;
        if super::versions(&mut tx).await? != versions {
            return Err(CopyError::NotEmpty("_sqlx_migrations".to_owned()));
        }
        let tables = super::tables(&mut tx).await?;
        // Once more, now that nobody else can write.
        for table in &tables {
            refuse_rows(&mut tx, table).await?;
        }
        let foreign_keys = fetch_all!(&mut tx, ForeignKey, sql!(pair "copy/foreign_keys"))?;
        match &mut tx {
            // Tables refer to each other in any order: what must hold holds at the commit.
            Tx::Sqlite(tx) => {
                sqlx::query("pragma defer_foreign_keys = on")
                    .execute(&mut **tx)
                    .await
                    .map_err(StoreError::from)?;
            }
            Tx::Postgres(tx) => {
                for key in &foreign_keys {
                    let sql = statement::drop_constraint(&key.table_name, &key.constraint_name);
                    let dropped = sqlx::query(sql).execute(&mut **tx).await;
                    dropped.map_err(StoreError::from)?;
                }
            }
        }
        Ok(Intake {
            tx,
            tables,
            foreign_keys,
        })
    }

    async fn refuse_unless_empty(&self) -> Result<(), CopyError> {
        let mut tx = self.read().await?;
        let tables = super::tables(&mut tx).await?;
        if super::versions(&mut tx).await?.is_empty() {
            return match tables.into_iter().next() {
                Some(table) => Err(CopyError::Foreign(table.name)),
                None => Ok(()),
            };
        }
        if super::mark::is_unfinished(&mut tx).await? {
            return Err(CopyError::Unfinished);
        }
        for table in &tables {
            refuse_rows(&mut tx, table).await?;
        }
        Ok(())
    }
}

async fn refuse_rows(tx: &mut Tx, table: &Table) -> Result<(), CopyError> {
    let sql = statement::any(table);
    let some = match tx {
        Tx::Sqlite(tx) => sqlx::query(sql)
            .fetch_optional(&mut **tx)
            .await
            .map(|row| row.is_some()),
        Tx::Postgres(tx) => sqlx::query(sql)
            .fetch_optional(&mut **tx)
            .await
            .map(|row| row.is_some()),
    };
    if some.map_err(StoreError::from)? {
        return Err(CopyError::NotEmpty(table.name.clone()));
    }
    Ok(())
}

impl Intake {
    /// Every table, in the order of their names.
    #[must_use]
    pub fn tables(&self) -> &[Table] {
        &self.tables
    }

    /// Writes rows of a table that [`Table::fits`] one of ours.
    ///
    /// # Errors
    /// [`CopyError::OtherTable`] when it fits none, [`CopyError::Value`] when a value cannot be.
    pub async fn write(&mut self, table: &Table, rows: &[Row]) -> Result<(), CopyError> {
        let own = self.tables.iter().find(|own| own.fits(table));
        let own = own.ok_or_else(|| CopyError::OtherTable(table.name.clone()))?;
        if !rows.iter().all(|row| belongs(own, row)) {
            return Err(CopyError::Value(own.name.clone()));
        }
        match &mut self.tx {
            Tx::Sqlite(tx) => {
                let at_once = (PARAMETERS_MAX / own.columns.len().max(1)).max(1);
                for rows in rows.chunks(at_once) {
                    let mut query = sqlx::query(statement::insert(own, rows.len()));
                    for cell in rows.iter().flatten() {
                        query = match cell {
                            Cell::Null => query.bind(None::<i64>),
                            Cell::Integer(value) => query.bind(*value),
                            Cell::Text(text) => query.bind(text.as_str()),
                            Cell::Bytes(bytes) => query.bind(bytes.as_slice()),
                        };
                    }
                    query.execute(&mut **tx).await.map_err(StoreError::from)?;
                }
            }
            Tx::Postgres(tx) => {
                let mut text = String::new();
                for row in rows {
                    write_copy_line(&mut text, own, row);
                }
                let copied = async {
                    let mut copy = tx.copy_in_raw(&statement::copy_in(own)).await?;
                    if let Err(error) = copy.send(text.as_bytes()).await {
                        copy.abort("broken off").await?;
                        return Err(error);
                    }
                    copy.finish().await
                };
                copied.await.map_err(StoreError::from)?;
            }
        }
        Ok(())
    }

    /// The digest of what is written, read back in the order of the key.
    ///
    /// # Errors
    /// [`CopyError::OtherTable`] when there is no such table.
    pub async fn digest(&mut self, table: &str) -> Result<TableDigest, CopyError> {
        let own = self.tables.iter().find(|own| own.name == table);
        let own = own.ok_or_else(|| CopyError::OtherTable(table.to_owned()))?;
        snapshot::digest(&mut self.tx, own).await
    }

    /// Where each tenant's sequences and chain stand.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn heads(&mut self) -> Result<Vec<Head>, StoreError> {
        super::heads(&mut self.tx).await
    }

    /// Puts every foreign key back, checked, and commits. The database is marked as unfinished until
    /// [`Store::mark_copy`] says that it is whole.
    ///
    /// # Errors
    /// [`StoreError`] when a row refers to one that is not there: then the database stays empty.
    pub async fn commit(mut self, id: Uuid, now: Timestamp) -> Result<(), StoreError> {
        if let Tx::Postgres(tx) = &mut self.tx {
            for key in &self.foreign_keys {
                let sql = statement::add_constraint(
                    &key.table_name,
                    &key.constraint_name,
                    &key.definition,
                );
                sqlx::query(sql).execute(&mut **tx).await?;
            }
            for table in &self.tables {
                sqlx::query(statement::analyze(table))
                    .execute(&mut **tx)
                    .await?;
            }
        }
        super::mark::write(&mut self.tx, id, Role::Unfinished, now).await?;
        self.tx.commit().await
    }
}

fn belongs(table: &Table, row: &Row) -> bool {
    row.len() == table.columns.len()
        && row.iter().zip(&table.columns).all(|(cell, column)| {
            matches!(
                (cell, column.kind, column.native),
                (Cell::Null, ..)
                    | (Cell::Integer(_), Kind::Integer, Native::Plain)
                    | (Cell::Integer(0 | 1), Kind::Integer, Native::Boolean)
                    | (Cell::Text(_), Kind::Text, _)
                    | (Cell::Bytes(_), Kind::Bytes, Native::Plain)
            ) || matches!((cell, column.native), (Cell::Bytes(bytes), Native::Uuid) if bytes.len() == 16)
        })
}

/// A line of the text format of `COPY`.
fn write_copy_line(out: &mut String, table: &Table, row: &Row) {
    for (at, (cell, column)) in row.iter().zip(&table.columns).enumerate() {
        if at > 0 {
            out.push('\t');
        }
        match cell {
            Cell::Null => out.push_str("\\N"),
            // Writing to a String cannot fail.
            Cell::Integer(value) => {
                let _ = write!(out, "{value}");
            }
            Cell::Text(text) => {
                for character in text.chars() {
                    match character {
                        '\\' => out.push_str("\\\\"),
                        '\n' => out.push_str("\\n"),
                        '\r' => out.push_str("\\r"),
                        '\t' => out.push_str("\\t"),
                        other => out.push(other),
                    }
                }
            }
            Cell::Bytes(bytes) => {
                if column.native == Native::Plain {
                    out.push_str("\\\\x");
                }
                out.push_str(&hex::encode(bytes));
            }
        }
    }
    out.push('\n');
}

impl Store {
    /// A transaction that may write for minutes.
    async fn write_long(&self) -> Result<Tx, StoreError> {
        let mut tx = self.write().await?;
        if let Tx::Postgres(inner) = &mut tx {
            for limit in [
                "set local statement_timeout = 0",
                "set local idle_in_transaction_session_timeout = 0",
            ] {
                sqlx::query(limit).execute(&mut **inner).await?;
            }
        }
        Ok(tx)
    }

    fn knows_version(version: i64) -> bool {
        sqlx::migrate!("migrations/postgres").version_exists(version)
    }

    async fn migrate_to(&self, versions: &[i64]) -> Result<(), StoreError> {
        let only = |known: sqlx::migrate::Migrator| {
            let steps = known.iter().filter(|step| versions.contains(&step.version));
            sqlx::migrate::Migrator::with_migrations(steps.cloned().collect())
        };
        match &self.engine {
            Engine::Sqlite { writer, .. } => {
                only(sqlx::migrate!("migrations/sqlite"))
                    .run(writer)
                    .await?;
            }
            Engine::Postgres { writer, .. } => {
                only(sqlx::migrate!("migrations/postgres"))
                    .run(writer)
                    .await?;
            }
        }
        Ok(())
    }
}
