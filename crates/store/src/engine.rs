//! The two engines behind one type.
//!
//! [`Store`] and [`Tx`] hold either a SQLite or a PostgreSQL connection. The macros below expand one
//! statement for both, with concrete types on each side: no generic bounds, no trait objects.

use crate::StoreError;
use crate::api_key::OpenedKey;
use crate::recent::Recent;
use crate::tenant::CallbackSource;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{PgPool, Postgres, Sqlite, SqlitePool, Transaction};
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;
use uuid::Uuid;

/// Where the data is.
#[derive(Clone, Debug)]
pub enum Options {
    /// A SQLite file; created when missing.
    Sqlite(PathBuf),
    /// A PostgreSQL address, `postgres://user:password@host/database`.
    Postgres(String),
}

/// How long a caller waits for a free connection before it is told to come back.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(2);
/// A read-only pool of this size is enough: reads are short, and the machine is small.
const READERS: u32 = 8;
/// Connections of one process for reading.
const POSTGRES_READERS: u32 = 10;
/// Connections of one process for writing: the writer's, and what is administered beside it.
const POSTGRES_WRITERS: u32 = 4;
/// The writer's page cache in KiB: the inner pages and the hot ends of the indexes. The rest is in the
/// system's own cache.
const SQLITE_WRITER_CACHE: &str = "-40960";
/// Prepared statements that the writer keeps: all that it has.
const SQLITE_WRITER_STATEMENTS: usize = 256;
/// Prepared statements that a reader keeps.
const SQLITE_READER_STATEMENTS: usize = 100;
/// A reader's page cache in KiB.
const SQLITE_READER_CACHE: &str = "-4096";

/// A database, ready for use. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Store {
    pub(crate) engine: Engine,
    pub(crate) keys: Recent<Vec<u8>, OpenedKey>,
    pub(crate) sources: Recent<String, CallbackSource>,
    pub(crate) payees: Recent<Uuid, Vec<crate::tenant::PayeeAccount>>,
    pub(crate) profiles: Recent<Uuid, crate::tenant::Profile>,
}

#[derive(Clone, Debug)]
pub(crate) enum Engine {
    /// One connection writes, one moves the log into the file; the others can only read.
    Sqlite {
        writer: SqlitePool,
        checkpointer: SqlitePool,
        readers: SqlitePool,
    },
    Postgres {
        writer: PgPool,
        readers: PgPool,
    },
}

/// Who moves the log into the file.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Checkpointer {
    /// A connection of its own, while the writer goes on.
    Beside,
    /// The writer's connection: nothing is added meanwhile, so the log can begin anew.
    Writer,
}

/// One transaction on either engine. Dropping it rolls back.
#[derive(Debug)]
pub enum Tx {
    /// On SQLite.
    Sqlite(Transaction<'static, Sqlite>),
    /// On PostgreSQL.
    Postgres(Transaction<'static, Postgres>),
}

/// The text of one statement for each engine.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sql {
    pub(crate) sqlite: &'static str,
    pub(crate) postgres: &'static str,
}

/// The statement in `sql/NAME.sql`, or with `pair` the two in `sql/NAME.{sqlite,postgres}.sql`.
macro_rules! sql {
    (pair $name:literal) => {
        $crate::engine::Sql {
            sqlite: include_str!(concat!(
                env!("CARGO_MANIFEST_DIR"),
                "/sql/",
                $name,
                ".sqlite.sql"
            )),
            postgres: include_str!(concat!(
                env!("CARGO_MANIFEST_DIR"),
                "/sql/",
                $name,
                ".postgres.sql"
            )),
        }
    };
    ($name:literal) => {
        $crate::engine::Sql {
            sqlite: include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/sql/", $name, ".sql")),
            postgres: include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/sql/", $name, ".sql")),
        }
    };
}

/// Runs a statement and answers how many rows it touched.
macro_rules! execute {
    ($tx:expr, $sql:expr $(, $bind:expr)* $(,)?) => {{
        let sql: $crate::engine::Sql = $sql;
        match $tx {
            $crate::Tx::Sqlite(tx) => sqlx::query::<sqlx::Sqlite>(sql.sqlite)
                $(.bind($bind))*.execute(&mut **tx).await.map(|done| done.rows_affected()),
            $crate::Tx::Postgres(tx) => sqlx::query::<sqlx::Postgres>(sql.postgres)
                $(.bind($bind))*.execute(&mut **tx).await.map(|done| done.rows_affected()),
        }
        .map_err($crate::StoreError::from)
    }};
}

macro_rules! fetch {
    ($how:ident, $tx:expr, $row:ty, $sql:expr $(, $bind:expr)* $(,)?) => {{
        let sql: $crate::engine::Sql = $sql;
        match $tx {
            $crate::Tx::Sqlite(tx) => sqlx::query_as::<sqlx::Sqlite, $row>(sql.sqlite)
                $(.bind($bind))*.$how(&mut **tx).await,
            $crate::Tx::Postgres(tx) => sqlx::query_as::<sqlx::Postgres, $row>(sql.postgres)
                $(.bind($bind))*.$how(&mut **tx).await,
        }
        .map_err($crate::StoreError::from)
    }};
}

/// Exactly one row; none is an error.
macro_rules! fetch_one { ($($arguments:tt)*) => { fetch!(fetch_one, $($arguments)*) }; }
/// One row or none.
macro_rules! fetch_optional { ($($arguments:tt)*) => { fetch!(fetch_optional, $($arguments)*) }; }
/// All rows; the statement itself has a limit.
macro_rules! fetch_all { ($($arguments:tt)*) => { fetch!(fetch_all, $($arguments)*) }; }

#[cfg(not(feature = "testing"))]
const fn synchronous() -> SqliteSynchronous {
    SqliteSynchronous::Full
}

/// The negative control of the power-loss test needs a database that promises less.
#[cfg(feature = "testing")]
fn synchronous() -> SqliteSynchronous {
    match std::env::var("THUNGAN_TEST_SYNCHRONOUS").as_deref() {
        Ok("OFF") => SqliteSynchronous::Off,
        Ok("NORMAL") => SqliteSynchronous::Normal,
        _ => SqliteSynchronous::Full,
    }
}

impl Store {
    /// Opens the database, without touching its schema.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when it cannot be reached, [`StoreError::Database`] when the address
    /// cannot be read.
    pub async fn connect(options: &Options) -> Result<Self, StoreError> {
        let engine = match options {
            Options::Sqlite(path) => {
                let connect = SqliteConnectOptions::new()
                    .filename(path)
                    .create_if_missing(true)
                    .journal_mode(SqliteJournalMode::Wal)
                    // What was answered 2xx survives power loss (I17): FULL, not NORMAL.
                    .synchronous(synchronous())
                    .foreign_keys(true)
                    .busy_timeout(Duration::from_secs(5))
                    // The checkpointer does it, off the way of the acknowledgements.
                    .pragma("wal_autocheckpoint", "0")
                    .pragma("cache_size", SQLITE_WRITER_CACHE)
                    .statement_cache_capacity(SQLITE_WRITER_STATEMENTS);
                let writer = SqlitePoolOptions::new()
                    .max_connections(1)
                    .acquire_timeout(Duration::from_secs(10))
                    .idle_timeout(None)
                    .max_lifetime(None)
                    // A file does not go away like a server: a question before each use is a wait for
                    // nothing.
                    .test_before_acquire(false)
                    // SQLite rolls back by itself when the disk is full; the driver then believes
                    // that a transaction is open and refuses every later one. Such a connection is
                    // replaced.
                    .before_acquire(|connection, _| {
                        Box::pin(
                            async move { Ok(!sqlx::Connection::is_in_transaction(connection)) },
                        )
                    })
                    .connect_with(connect.clone())
                    .await?;
                let connect = connect
                    .create_if_missing(false)
                    .pragma("cache_size", SQLITE_READER_CACHE)
                    .statement_cache_capacity(SQLITE_READER_STATEMENTS);
                let checkpointer = SqlitePoolOptions::new()
                    .max_connections(1)
                    .connect_lazy_with(connect.clone());
                let readers = SqlitePoolOptions::new()
                    .max_connections(READERS)
                    .acquire_timeout(ACQUIRE_TIMEOUT)
                    .test_before_acquire(false)
                    .connect_lazy_with(connect.read_only(true));
                Engine::Sqlite {
                    writer,
                    checkpointer,
                    readers,
                }
            }
            Options::Postgres(address) => {
                let connect = PgConnectOptions::from_str(address)?
                    .application_name("thungan")
                    .options([
                        ("statement_timeout", "5000"),
                        ("lock_timeout", "1000"),
                        ("idle_in_transaction_session_timeout", "5000"),
                    ]);
                let pool = PgPoolOptions::new().acquire_timeout(ACQUIRE_TIMEOUT);
                let writer = pool
                    .clone()
                    .max_connections(POSTGRES_WRITERS)
                    // Every statement of the writer is a few hundred look-ups through an index. A plan
                    // that was made while a table was small would read the whole table instead.
                    .connect_with(connect.clone().options([
                        ("enable_seqscan", "off"),
                        ("enable_hashjoin", "off"),
                        ("enable_mergejoin", "off"),
                    ]))
                    .await?;
                let readers = pool
                    .max_connections(POSTGRES_READERS)
                    .connect_lazy_with(connect);
                Engine::Postgres { writer, readers }
            }
        };
        Ok(Self {
            engine,
            keys: Recent::new(),
            sources: Recent::new(),
            payees: Recent::new(),
            profiles: Recent::new(),
        })
    }

    /// Brings the schema up to date. Safe to call from several processes at once.
    ///
    /// # Errors
    /// [`StoreError::Migration`] when a step fails or an applied one was edited since;
    /// [`StoreError::Moved`] or [`StoreError::Unfinished`] when the database must not be used.
    pub async fn migrate(&self) -> Result<(), StoreError> {
        self.refuse_unusable().await?;
        self.migrate_unfinished().await
    }

    /// Like [`Store::migrate`], also on the unfinished target of a copy.
    ///
    /// # Errors
    /// [`StoreError::Migration`].
    pub async fn migrate_unfinished(&self) -> Result<(), StoreError> {
        match &self.engine {
            Engine::Sqlite { writer, .. } => {
                sqlx::migrate!("migrations/sqlite").run(writer).await?
            }
            Engine::Postgres { writer, .. } => {
                sqlx::migrate!("migrations/postgres").run(writer).await?
            }
        }
        Ok(())
    }

    /// A transaction that sees one moment of the database and should only read.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when no connection is free in time.
    pub async fn read(&self) -> Result<Tx, StoreError> {
        Ok(match &self.engine {
            Engine::Sqlite { readers, .. } => Tx::Sqlite(readers.begin().await?),
            Engine::Postgres { readers, .. } => Tx::Postgres(
                readers
                    .begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
                    .await?,
            ),
        })
    }

    /// Like [`Store::read`], for work that may take minutes: no statement limit.
    pub(crate) async fn read_long(&self) -> Result<Tx, StoreError> {
        let mut tx = self.read().await?;
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

    /// A transaction that writes. On SQLite it holds the only write lock from its first moment, so
    /// that a check and the write that depends on it cannot be separated.
    pub(crate) async fn write(&self) -> Result<Tx, StoreError> {
        Ok(match &self.engine {
            Engine::Sqlite { writer, .. } => {
                Tx::Sqlite(writer.begin_with("BEGIN IMMEDIATE").await?)
            }
            Engine::Postgres { writer, .. } => Tx::Postgres(writer.begin().await?),
        })
    }

    /// Moves what it can of SQLite's write-ahead log into the file, without making anyone wait.
    /// Answers how many pages the log holds.
    pub(crate) async fn checkpoint(&self, by: Checkpointer) -> Result<i64, StoreError> {
        let Engine::Sqlite {
            writer,
            checkpointer,
            ..
        } = &self.engine
        else {
            return Ok(0);
        };
        let pool = match by {
            Checkpointer::Beside => checkpointer,
            Checkpointer::Writer => writer,
        };
        let sql = sql!(pair "checkpoint");
        let (_busy, pages, _moved): (i64, i64, i64) =
            sqlx::query_as(sql.sqlite).fetch_one(pool).await?;
        Ok(pages)
    }

    /// Lets PostgreSQL count the tables that grow. Its own count comes once a minute, and until then it
    /// plans as if they were empty.
    pub(crate) async fn refresh_statistics(&self) -> Result<(), StoreError> {
        if let Engine::Postgres { writer, .. } = &self.engine {
            sqlx::query(sql!(pair "analyze").postgres)
                .execute(writer)
                .await?;
        }
        Ok(())
    }

    /// The engine's name, for logs and reports.
    #[must_use]
    pub const fn engine_name(&self) -> &'static str {
        match &self.engine {
            Engine::Sqlite { .. } => "sqlite",
            Engine::Postgres { .. } => "postgres",
        }
    }

    /// Answers when the database answers.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when it does not.
    pub async fn ping(&self) -> Result<(), StoreError> {
        let mut tx = self.read().await?;
        let _: (i64,) = fetch_one!(&mut tx, (i64,), sql!("ping"))?;
        Ok(())
    }

    /// Closes every connection after its current use.
    pub async fn close(&self) {
        match &self.engine {
            Engine::Sqlite {
                writer,
                checkpointer,
                readers,
            } => {
                readers.close().await;
                checkpointer.close().await;
                writer.close().await;
            }
            Engine::Postgres { writer, readers } => {
                readers.close().await;
                writer.close().await;
            }
        }
    }
}

impl Tx {
    /// Makes everything in it durable.
    ///
    /// # Errors
    /// When the commit fails; on a lost connection its outcome is unknown.
    pub(crate) async fn commit(self) -> Result<(), StoreError> {
        crate::crash_point("commit/before");
        match self {
            Self::Sqlite(tx) => tx.commit().await?,
            Self::Postgres(tx) => tx.commit().await?,
        }
        crate::crash_point("commit/after");
        Ok(())
    }
}
