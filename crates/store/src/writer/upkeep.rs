//! What the databases need beside the writing itself, off the way of the acknowledgements.

use crate::Store;
use crate::engine::Checkpointer;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// How often SQLite's log is moved into the file.
const CHECKPOINT_EVERY: Duration = Duration::from_millis(250);
/// Pages of 4 KiB in the log from which on the writer moves it itself. Only then can the log begin
/// anew: while someone adds to it, there is always something left to move. 64 MiB.
const LOG_PAGES_MAX: i64 = 16_384;
/// Rows after which PostgreSQL is first asked to count, and by how much more the next time.
const STATISTICS_FIRST: u64 = 256;
const STATISTICS_GROWTH: u64 = 4;
/// Beyond this many rows of one process PostgreSQL's own counting is frequent enough.
const STATISTICS_LAST: u64 = 4_000_000;

/// The upkeep of one writer's database.
#[derive(Clone, Debug)]
pub(super) struct Upkeep {
    store: Store,
    log_is_long: Arc<AtomicBool>,
    callbacks: Arc<Growth>,
    others: Arc<Growth>,
}

/// How many rows of one kind were written, and at how many the tables are counted next.
#[derive(Debug)]
struct Growth {
    written: AtomicU64,
    count_at: AtomicU64,
}

impl Default for Growth {
    fn default() -> Self {
        Self {
            written: AtomicU64::new(0),
            count_at: AtomicU64::new(STATISTICS_FIRST),
        }
    }
}

impl Growth {
    /// Adds `rows`; answers whether there are so many more now that the tables should be counted.
    fn is_due(&self, rows: u64) -> bool {
        let written = self.written.fetch_add(rows, Ordering::Relaxed) + rows;
        let due = self.count_at.load(Ordering::Relaxed);
        if written < due || due > STATISTICS_LAST {
            return false;
        }
        self.count_at
            .store(written.saturating_mul(STATISTICS_GROWTH), Ordering::Relaxed);
        true
    }
}

impl Upkeep {
    /// Begins; ends when `stop` does.
    pub(super) fn start(store: Store, stop: CancellationToken) -> Self {
        let upkeep = Self {
            store,
            log_is_long: Arc::default(),
            callbacks: Arc::default(),
            others: Arc::default(),
        };
        if upkeep.store.engine_name() == "sqlite" {
            tokio::spawn(upkeep.clone().checkpoint_always(stop));
        }
        upkeep
    }

    async fn checkpoint_always(self, stop: CancellationToken) {
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(CHECKPOINT_EVERY) => {}
            }
            match self.store.checkpoint(Checkpointer::Beside).await {
                Ok(pages) => self
                    .log_is_long
                    .store(pages > LOG_PAGES_MAX, Ordering::Relaxed),
                // Closed under us: the end.
                Err(error) if error.is_temporary() => {}
                Err(error) => {
                    tracing::warn!(error = ?error, "SQLite's log could not be moved into the file");
                }
            }
        }
    }

    /// Called by the writer between two batches, with how many callbacks and other jobs were in the
    /// last one.
    ///
    /// Each kind fills tables of its own, so each has its own count: PostgreSQL plans the check of a
    /// foreign key into a table that it believes to be empty through any index that begins with the
    /// tenant, and then reads all rows of the tenant for every payment.
    pub(super) async fn after_batch(&self, callbacks: usize, others: usize) {
        if self.log_is_long.swap(false, Ordering::Relaxed)
            && let Err(error) = self.store.checkpoint(Checkpointer::Writer).await
        {
            tracing::warn!(error = ?error, "SQLite's log could not begin anew");
        }
        let rows = |count: usize| u64::try_from(count).unwrap_or_default();
        let callbacks_due = self.callbacks.is_due(rows(callbacks));
        let others_due = self.others.is_due(rows(others));
        if !callbacks_due && !others_due {
            return;
        }
        let store = self.store.clone();
        tokio::spawn(async move {
            if let Err(error) = store.refresh_statistics().await {
                tracing::warn!(error = ?error, "the tables could not be counted");
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_are_counted_at_growing_sizes() {
        let growth = Growth::default();
        let mut counted_at = Vec::new();
        for written in 1..=20_000u64 {
            if growth.is_due(1) {
                counted_at.push(written);
            }
        }
        assert_eq!(counted_at, [256, 1_024, 4_096, 16_384]);
    }
}
