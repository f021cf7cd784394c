//! What can go wrong between us and the database.

/// A failure of the store. Expected answers (a duplicate, a request that is not there) are values of
/// the results, not errors.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The database cannot be reached, is busy beyond the limit, or is full. Trying again later may
    /// help; nothing was acknowledged.
    #[error("the database is not available")]
    Unavailable(#[source] std::sync::Arc<sqlx::Error>),
    /// The writer's queue is full: the caller should try again shortly.
    #[error("too much is waiting to be written")]
    Overloaded,
    /// The process is shutting down and takes nothing new.
    #[error("the writer has stopped")]
    Stopped,
    /// A row holds a value that it should never hold.
    #[error("{table}.{column} holds a value that it never should")]
    Inconsistent {
        /// Which table.
        table: &'static str,
        /// Which column.
        column: &'static str,
    },
    /// The database refused a statement.
    #[error("the database refused a statement")]
    Database(#[source] sqlx::Error),
    /// The schema could not be brought up to date.
    #[error("the schema could not be brought up to date")]
    Migration(#[from] sqlx::migrate::MigrateError),
    /// The contents of this database were moved elsewhere and are in use there.
    #[error("the contents of this database were moved elsewhere: use the other one (database.url)")]
    Moved,
    /// The database is the target of a copy that did not become whole.
    #[error("this database holds an unfinished copy: finish or repeat the restore or the move")]
    Unfinished,
    /// More equal movements than can be told apart.
    #[error("too many equal movements to tell a repeat from a new one")]
    TooManyTwins,
    /// The books refused an entry: a defect, or amounts beyond the range.
    #[error("the entry was refused: {0}")]
    Entry(#[from] ledger::EntryError),
    /// An amount left the range.
    #[error(transparent)]
    Amount(#[from] money::AmountError),
}

impl StoreError {
    /// The same failure for another caller of the same batch, when it concerns them all.
    pub(crate) fn shared(&self) -> Option<Self> {
        match self {
            Self::Unavailable(cause) => Some(Self::Unavailable(cause.clone())),
            Self::Overloaded => Some(Self::Overloaded),
            Self::Stopped => Some(Self::Stopped),
            _ => None,
        }
    }

    /// Whether the same call may succeed later without any change.
    #[must_use]
    pub const fn is_temporary(&self) -> bool {
        matches!(
            self,
            Self::Unavailable(_) | Self::Overloaded | Self::Stopped
        )
    }
}

/// SQLSTATE classes of PostgreSQL, and primary result codes of SQLite, that mean "not now".
fn is_temporary_code(code: &str) -> bool {
    const SQLITE_BUSY_LOCKED_IO_FULL_CANTOPEN: [&str; 5] = ["5", "6", "10", "13", "14"];
    let primary_sqlite = code
        .parse::<u32>()
        .map(|extended| (extended & 0xFF).to_string())
        .unwrap_or_default();
    // 08 connection, 53 resources, 57 operator intervention. Not 40 (deadlock): a batch that meets one is
    // run again job by job, and a single job holds too few locks to meet another.
    let postgres = code.len() == 5
        && ["08", "53", "57"]
            .iter()
            .any(|class| code.starts_with(class));
    // Somebody else holds a lock for too long: not a fault of the job.
    let locked = code == "55P03";
    postgres
        || locked
        || (code.len() < 5
            && SQLITE_BUSY_LOCKED_IO_FULL_CANTOPEN.contains(&primary_sqlite.as_str()))
}

/// PostgreSQL ends the session with FATAL: it is starting, stopping, or lets nobody in.
fn ends_the_session(error: &dyn sqlx::error::DatabaseError) -> bool {
    use sqlx::postgres::{PgDatabaseError, PgSeverity};
    error
        .try_downcast_ref::<PgDatabaseError>()
        .is_some_and(|error| matches!(error.severity(), PgSeverity::Fatal | PgSeverity::Panic))
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        let temporary = match &error {
            sqlx::Error::Io(_)
            | sqlx::Error::Tls(_)
            | sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::WorkerCrashed => true,
            sqlx::Error::Database(database) => {
                ends_the_session(database.as_ref())
                    || database.code().is_some_and(|code| is_temporary_code(&code))
            }
            _ => false,
        };
        if temporary {
            Self::Unavailable(std::sync::Arc::new(error))
        } else {
            Self::Database(error)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::is_temporary_code;

    #[test]
    fn a_full_disk_and_a_lost_server_are_temporary_and_a_broken_rule_is_not() {
        for code in ["5", "13", "517", "57P01", "08006", "53300"] {
            assert!(is_temporary_code(code), "{code}");
        }
        for code in ["23505", "40P01", "42601", "1811", "2067"] {
            assert!(!is_temporary_code(code), "{code}");
        }
    }
}
