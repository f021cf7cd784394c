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
    written: Arc<AtomicU64>,
    count_at: Arc<AtomicU64>,
}

impl Upkeep {
    /// Begins; ends when `stop` does.
    pub(super) fn start(store: Store, stop: CancellationToken) -> Self {
        let upkeep = Self {
            store,
            log_is_long: Arc::default(),
            written: Arc::default(),
            count_at: Arc::new(AtomicU64::new(STATISTICS_FIRST)),
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

    /// Called by the writer between two batches, with the number of rows of the last one.
    pub(super) async fn after_batch(&self, rows: u64) {
        if self.log_is_long.swap(false, Ordering::Relaxed)
            && let Err(error) = self.store.checkpoint(Checkpointer::Writer).await
        {
            tracing::warn!(error = ?error, "SQLite's log could not begin anew");
        }
        let written = self.written.fetch_add(rows, Ordering::Relaxed) + rows;
        let due = self.count_at.load(Ordering::Relaxed);
        if written < due || due > STATISTICS_LAST {
            return;
        }
        self.count_at
            .store(written.saturating_mul(STATISTICS_GROWTH), Ordering::Relaxed);
        let store = self.store.clone();
        tokio::spawn(async move {
            if let Err(error) = store.refresh_statistics().await {
                tracing::warn!(error = ?error, "the tables could not be counted");
            }
        });
    }
}
