//! Who uses a database: any number of gateways, or one copy.
//!
//! On SQLite a file beside the database is locked, on PostgreSQL a number on a connection of its own.
//! Both locks end with the process, however it ends.

use super::CopyError;
use crate::{Options, Store, StoreError};
use sqlx::postgres::PgConnectOptions;
use sqlx::{Connection, PgConnection};
use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// The number that is locked on PostgreSQL: `tn` and `use`, as bytes.
const NUMBER: i64 = 0x74_6e_75_73_65;
/// How often a gateway looks whether its connection still holds the lock.
const LOOK: Duration = Duration::from_secs(2);

/// How the database is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claim {
    /// As a gateway: beside others.
    Shared,
    /// Alone: nobody else begins to use it meanwhile.
    Alone,
}

/// Keeps the claim until it is dropped.
#[derive(Debug)]
pub struct Presence {
    held: Held,
    lost: Option<oneshot::Receiver<StoreError>>,
}

#[derive(Debug)]
enum Held {
    File { _file: File },
    Connection(Box<PgConnection>),
    Kept(JoinHandle<()>),
}

impl Drop for Presence {
    fn drop(&mut self) {
        if let Held::Kept(task) = &self.held {
            task.abort();
        }
    }
}

/// The file that stands for the use of a SQLite database.
fn lock_file(database: &Path) -> PathBuf {
    let mut name = database.as_os_str().to_owned();
    name.push(".lock");
    name.into()
}

impl Presence {
    /// Claims the database.
    ///
    /// # Errors
    /// [`CopyError::InUse`] when others hold it.
    pub async fn claim(options: &Options, claim: Claim) -> Result<Self, CopyError> {
        let held = match options {
            Options::Sqlite(database) => {
                let unavailable =
                    |error| StoreError::Unavailable(std::sync::Arc::new(sqlx::Error::Io(error)));
                let file = File::options()
                    .create(true)
                    .truncate(false)
                    .write(true)
                    .open(lock_file(database))
                    .map_err(unavailable)?;
                let locked = match claim {
                    Claim::Shared => file.try_lock_shared(),
                    Claim::Alone => file.try_lock(),
                };
                match locked {
                    Ok(()) => Held::File { _file: file },
                    Err(TryLockError::WouldBlock) => return Err(CopyError::InUse),
                    Err(TryLockError::Error(error)) => return Err(unavailable(error).into()),
                }
            }
            Options::Postgres(address) => Held::Connection(Box::new(
                lock(address, claim).await?.ok_or(CopyError::InUse)?,
            )),
        };
        Ok(Self { held, lost: None })
    }

    /// For a gateway that runs on `store`: when the connection that holds the claim is lost, claims
    /// again. [`Presence::lost`] tells when somebody else took the database meanwhile.
    #[must_use]
    pub fn keep(mut self, store: &Store, options: &Options) -> Self {
        let held = match (
            std::mem::replace(&mut self.held, Held::Kept(tokio::spawn(async {}))),
            options,
        ) {
            (Held::Connection(connection), Options::Postgres(address)) => {
                let (tell, lost) = oneshot::channel();
                self.lost = Some(lost);
                Held::Kept(tokio::spawn(keep(
                    *connection,
                    store.clone(),
                    address.clone(),
                    tell,
                )))
            }
            (held, _) => held,
        };
        self.held = held;
        self
    }

    /// Returns when the database was taken by somebody else. On SQLite that cannot be.
    pub async fn lost(&mut self) -> StoreError {
        match &mut self.lost {
            Some(lost) => match lost.await {
                Ok(why) => why,
                Err(_) => std::future::pending().await,
            },
            None => std::future::pending().await,
        }
    }

    /// Whether the claim still stands.
    pub async fn stands(&mut self) -> bool {
        match &mut self.held {
            Held::Connection(connection) => connection.ping().await.is_ok(),
            Held::File { .. } | Held::Kept(_) => true,
        }
    }
}

async fn lock(address: &str, claim: Claim) -> Result<Option<PgConnection>, StoreError> {
    let options = PgConnectOptions::from_str(address)?.application_name("thungan presence");
    let mut connection = PgConnection::connect_with(&options).await?;
    let sql = match claim {
        Claim::Shared => sql!(pair "copy/try_lock_shared").postgres,
        Claim::Alone => sql!(pair "copy/try_lock").postgres,
    };
    let (locked,): (bool,) = sqlx::query_as(sql)
        .bind(NUMBER)
        .fetch_one(&mut connection)
        .await?;
    Ok(locked.then_some(connection))
}

async fn keep(
    mut connection: PgConnection,
    store: Store,
    address: String,
    tell: oneshot::Sender<StoreError>,
) {
    loop {
        while connection.ping().await.is_ok() {
            tokio::time::sleep(LOOK).await;
        }
        connection = loop {
            tokio::time::sleep(LOOK).await;
            match lock(&address, Claim::Shared).await {
                Ok(Some(connection)) => break connection,
                // Somebody moves it away at this moment.
                Ok(None) => {
                    let _ = tell.send(StoreError::Moved);
                    return;
                }
                Err(error) => {
                    tracing::warn!(error = ?error, "the claim on the database is lost and not renewed yet")
                }
            }
        };
        if let Err(why @ (StoreError::Moved | StoreError::Unfinished)) =
            store.refuse_unusable().await
        {
            let _ = tell.send(why);
            return;
        }
    }
}
