//! Fresh databases for tests, on both engines. Compiled only with the feature `testing`.
//!
//! A test gets a database of its own: on SQLite a file in a temporary folder, on PostgreSQL a copy of
//! a template that is migrated once per server. Both go away with the value.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "test code"
)]

use crate::engine::Engine;
use crate::{Options, Store, StoreError};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
use tempfile::TempDir;

/// The variable that names a PostgreSQL server on which tests may create databases.
pub const POSTGRES_VARIABLE: &str = "THUNGAN_TEST_POSTGRES_URL";

/// A SQLite statement of `sql/bulk` as it is sent for more than one row.
#[must_use]
pub fn for_many_rows(one: &str) -> String {
    crate::bulk::for_many(one)
}

/// A database that lives as long as the value.
#[derive(Debug)]
pub struct TestDatabase {
    options: Options,
    postgres: Option<(String, String)>,
    _folder: Option<TempDir>,
}

impl TestDatabase {
    /// An empty place for a SQLite file.
    #[must_use]
    pub fn sqlite() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        Self {
            options: Options::Sqlite(folder.path().join("thungan.sqlite")),
            postgres: None,
            _folder: Some(folder),
        }
    }

    /// A PostgreSQL database copied from the migrated template. Nothing, said aloud, when no server is
    /// named; in CI a missing server is a failure.
    pub async fn postgres() -> Option<Self> {
        let Ok(server) = std::env::var(POSTGRES_VARIABLE) else {
            assert!(
                std::env::var("CI").is_err(),
                "{POSTGRES_VARIABLE} is not set: in CI the PostgreSQL half must run"
            );
            eprintln!("SKIPPED on PostgreSQL: {POSTGRES_VARIABLE} is not set");
            return None;
        };
        Some(Self::postgres_on(server).await)
    }

    /// A PostgreSQL database on this server.
    pub async fn postgres_on(server: String) -> Self {
        let template = template(&server).await;
        Self::from_template(&server, &template).await
    }

    async fn from_template(server: &str, template: &str) -> Self {
        let name = format!("thungan_test_{}", uuid::Uuid::from_u128(unique()).simple());
        let mut admin = PgConnection::connect(server)
            .await
            .expect("the test server");
        admin
            .execute(AssertSqlSafe(format!(
                "create database {name} template {template}"
            )))
            .await
            .expect("a database from the template");
        let _ = admin.close().await;
        Self {
            options: Options::Postgres(address_of(server, &name)),
            postgres: Some((server.to_owned(), name)),
            _folder: None,
        }
    }

    /// A database that somebody else looks after.
    #[must_use]
    pub const fn somebody_elses(options: Options) -> Self {
        Self {
            options,
            postgres: None,
            _folder: None,
        }
    }

    /// A copy of it as it stands. Nobody may be connected to it.
    pub async fn copy(&self) -> Self {
        let Some((server, name)) = &self.postgres else {
            let copy = Self::sqlite();
            let (Options::Sqlite(from), Options::Sqlite(to)) = (&self.options, &copy.options)
            else {
                panic!("not SQLite")
            };
            std::fs::copy(from, to).expect("the file is copied");
            return copy;
        };
        Self::from_template(server, name).await
    }

    /// Where it is.
    #[must_use]
    pub const fn options(&self) -> &Options {
        &self.options
    }

    /// Opens it with the schema as it was after migration number `last`; on PostgreSQL in place of the
    /// schema that the template brought.
    pub async fn open_at(&self, last: i64) -> Store {
        let store = Store::connect(&self.options)
            .await
            .expect("the database opens");
        let until = |migrator: sqlx::migrate::Migrator| sqlx::migrate::Migrator {
            migrations: migrator
                .iter()
                .filter(|migration| migration.version <= last)
                .cloned()
                .collect::<Vec<_>>()
                .into(),
            ..migrator
        };
        match &store.engine {
            Engine::Sqlite { writer, .. } => {
                until(sqlx::migrate!("migrations/sqlite")).run(writer).await
            }
            Engine::Postgres { writer: pool, .. } => {
                pool.execute("drop schema public cascade; create schema public")
                    .await
                    .expect("an empty schema");
                until(sqlx::migrate!("migrations/postgres")).run(pool).await
            }
        }
        .expect("the older schema");
        store
    }

    /// Opens it, with its schema up to date.
    pub async fn open(&self) -> Store {
        let store = Store::connect(&self.options)
            .await
            .expect("the database opens");
        store.migrate().await.expect("the schema is up to date");
        store
    }
}

/// Ends the process at once, as SIGKILL does, when `THUNGAN_CRASH_AT` is `NAME#N` and this is the N-th
/// time that this place is passed. With `THUNGAN_CRASH_TRACE` the name of each place that is passed is
/// added to that file once.
pub fn crash_point(name: &'static str) {
    use std::collections::BTreeSet;
    use std::io::Write;
    use std::sync::atomic::{AtomicU64, Ordering};
    use std::sync::{LazyLock, Mutex};
    static PLAN: LazyLock<Option<(String, AtomicU64)>> = LazyLock::new(|| {
        let plan = std::env::var("THUNGAN_CRASH_AT").ok()?;
        let (name, times) = plan.rsplit_once('#').expect("NAME#N");
        let times = times.parse().expect("a number after #");
        Some((name.to_owned(), AtomicU64::new(times)))
    });
    static TRACE: LazyLock<Option<std::ffi::OsString>> =
        LazyLock::new(|| std::env::var_os("THUNGAN_CRASH_TRACE"));
    static PASSED: Mutex<BTreeSet<&'static str>> = Mutex::new(BTreeSet::new());
    if let Some(file) = TRACE.as_ref()
        && PASSED.lock().expect("the list of places").insert(name)
    {
        let mut file = std::fs::File::options()
            .create(true)
            .append(true)
            .open(file)
            .expect("the trace");
        writeln!(file, "{name}").expect("the trace");
    }
    if let Some((at, left)) = PLAN.as_ref()
        && at == name
        && left.fetch_sub(1, Ordering::SeqCst) == 1
    {
        // No unwinding, no destructor, nothing written out.
        std::process::abort();
    }
}

/// A database that cannot be used, until [`Outage::end`].
#[derive(Debug)]
pub struct Outage(OutageKind);

#[derive(Debug)]
enum OutageKind {
    /// Another connection holds the only write lock.
    Sqlite(Box<sqlx::Transaction<'static, sqlx::Sqlite>>, Store),
    /// The server lets nobody in.
    Postgres { server: String, name: String },
}

impl TestDatabase {
    /// Takes the database away from everyone else.
    pub async fn cut_off(&self) -> Outage {
        match &self.postgres {
            None => {
                let store = Store::connect(&self.options)
                    .await
                    .expect("the database opens");
                let Engine::Sqlite { writer, .. } = &store.engine else {
                    panic!("not SQLite")
                };
                let lock = writer
                    .begin_with("BEGIN EXCLUSIVE")
                    .await
                    .expect("the lock");
                Outage(OutageKind::Sqlite(Box::new(lock), store.clone()))
            }
            Some((server, name)) => {
                let mut admin = PgConnection::connect(server)
                    .await
                    .expect("the test server");
                for statement in [
                    format!("alter database {name} allow_connections false"),
                    format!(
                        "select pg_terminate_backend(pid) from pg_stat_activity where datname = '{name}'"
                    ),
                ] {
                    admin
                        .execute(AssertSqlSafe(statement))
                        .await
                        .expect("the cut");
                }
                let _ = admin.close().await;
                Outage(OutageKind::Postgres {
                    server: server.clone(),
                    name: name.clone(),
                })
            }
        }
    }
}

impl Outage {
    /// Gives the database back.
    pub async fn end(self) {
        match self.0 {
            OutageKind::Sqlite(lock, store) => {
                lock.rollback().await.expect("the lock is given back");
                store.close().await;
            }
            OutageKind::Postgres { server, name } => {
                let mut admin = PgConnection::connect(&server)
                    .await
                    .expect("the test server");
                let statement = format!("alter database {name} allow_connections true");
                admin
                    .execute(AssertSqlSafe(statement))
                    .await
                    .expect("the server lets us in");
                let _ = admin.close().await;
            }
        }
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        let Some((server, name)) = self.postgres.take() else {
            return;
        };
        // A thread of its own: the runtime of the test may be gone already.
        let dropped = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build();
            runtime.expect("a runtime").block_on(async {
                if let Ok(mut admin) = PgConnection::connect(&server).await {
                    let drop = format!("drop database if exists {name} with (force)");
                    let _ = admin.execute(AssertSqlSafe(drop)).await;
                }
            });
        });
        let _ = dropped.join();
    }
}

/// Runs any statement with every rule in force.
///
/// # Errors
/// [`StoreError`] when the statement fails.
pub async fn run(store: &Store, statement: &str) -> Result<u64, StoreError> {
    let statement = AssertSqlSafe(statement.to_owned());
    Ok(match &store.engine {
        Engine::Sqlite { writer, .. } => writer.execute(statement).await?.rows_affected(),
        Engine::Postgres { writer: pool, .. } => pool.execute(statement).await?.rows_affected(),
    })
}

/// Runs any statement, past the triggers and rules that protect history: for tests that damage rows.
///
/// # Errors
/// [`StoreError`] when the statement fails.
pub async fn damage(store: &Store, statement: &str) -> Result<u64, StoreError> {
    Ok(match &store.engine {
        Engine::Sqlite { writer, .. } => {
            let mut connection = writer.acquire().await?;
            let triggers: Vec<(String,)> =
                sqlx::query_as("select name from sqlite_master where type = 'trigger'")
                    .fetch_all(&mut *connection)
                    .await?;
            for (name,) in triggers {
                connection
                    .execute(AssertSqlSafe(format!("drop trigger {name}")))
                    .await?;
            }
            connection.execute("pragma foreign_keys = off").await?;
            connection
                .execute("pragma ignore_check_constraints = on")
                .await?;
            connection
                .execute(AssertSqlSafe(statement.to_owned()))
                .await?
                .rows_affected()
        }
        Engine::Postgres { writer: pool, .. } => {
            let mut connection = pool.acquire().await?;
            // Neither triggers nor foreign keys fire in this mode.
            connection
                .execute("set session_replication_role = replica")
                .await?;
            let touched = connection
                .execute(AssertSqlSafe(statement.to_owned()))
                .await?
                .rows_affected();
            connection
                .execute("set session_replication_role = default")
                .await?;
            touched
        }
    })
}

/// Prepares a statement without running it.
///
/// # Errors
/// What the engine says about it.
pub async fn prepare(store: &Store, statement: &str) -> Result<(), sqlx::Error> {
    let statement = AssertSqlSafe(statement.to_owned());
    match &store.engine {
        Engine::Sqlite { readers, .. } => {
            readers
                .acquire()
                .await?
                .prepare(sqlx::SqlSafeStr::into_sql_str(statement))
                .await?;
        }
        Engine::Postgres { writer: pool, .. } => {
            pool.acquire()
                .await?
                .prepare(sqlx::SqlSafeStr::into_sql_str(statement))
                .await?;
        }
    }
    Ok(())
}

/// Tables with their columns, in order, without the migrations' own table.
///
/// # Errors
/// [`StoreError`].
pub async fn columns(store: &Store) -> Result<Vec<(String, String)>, StoreError> {
    Ok(match &store.engine {
        Engine::Sqlite { readers, .. } => {
            sqlx::query_as(
                "select m.name, c.name from sqlite_master m join pragma_table_info(m.name) c
                 where m.type = 'table' and m.name not like 'sqlite%' and m.name <> '_sqlx_migrations'
                 order by m.name, c.cid",
            )
            .fetch_all(readers)
            .await?
        }
        Engine::Postgres { writer: pool, .. } => {
            sqlx::query_as(
                "select table_name::text, column_name::text from information_schema.columns
                 where table_schema = 'public' and table_name <> '_sqlx_migrations'
                 order by table_name collate \"C\", ordinal_position",
            )
            .fetch_all(pool)
            .await?
        }
    })
}

/// A number that no other test has: the process and a clock that never repeats within it.
fn unique() -> u128 {
    use std::sync::atomic::{AtomicU64, Ordering};
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let nanos = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .map_or(0, |since| since.as_nanos());
    (nanos << 48)
        ^ (u128::from(std::process::id()) << 16)
        ^ u128::from(COUNT.fetch_add(1, Ordering::Relaxed))
}

fn address_of(server: &str, database: &str) -> String {
    match server.rsplit_once('/') {
        Some((base, _)) if base.contains("://") => format!("{base}/{database}"),
        _ => format!("{server}/{database}"),
    }
}

/// The migrated template of this schema; made by whoever comes first.
async fn template(server: &str) -> String {
    let checksum = sqlx::migrate!("migrations/postgres")
        .iter()
        .flat_map(|migration| migration.checksum.iter().copied())
        .fold(0xcbf2_9ce4_8422_2325u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
    let name = format!("thungan_template_{checksum:016x}");
    let mut admin = PgConnection::connect(server)
        .await
        .expect("the test server");
    admin
        .execute("select pg_advisory_lock(7468756)")
        .await
        .expect("the template lock");
    let exists: Option<(i32,)> = sqlx::query_as("select 1 from pg_database where datname = $1")
        .bind(&name)
        .fetch_optional(&mut admin)
        .await
        .expect("the list of databases");
    if exists.is_none() {
        let building = format!("{name}_building");
        for statement in [
            format!("drop database if exists {building} with (force)"),
            format!("create database {building}"),
        ] {
            admin
                .execute(AssertSqlSafe(statement))
                .await
                .expect("an empty database");
        }
        let store = Store::connect(&Options::Postgres(address_of(server, &building)))
            .await
            .expect("the new database opens");
        store.migrate().await.expect("the schema");
        store.close().await;
        // Renamed only when complete: a template that exists is whole.
        let rename = format!("alter database {building} rename to {name}");
        admin
            .execute(AssertSqlSafe(rename))
            .await
            .expect("the template's name");
    }
    let _ = admin.close().await;
    name
}
