//! The group-committing writer: the only path to the money tables.
//!
//! Every fee payment touches the same few accounts, so one transaction per payment is bound by one
//! commit at a time however many connections there are. The writer takes everything that waits (at
//! most [`BATCH_MAX`]), runs it in one transaction, commits, and only then answers each caller with its
//! own result. There is no timer: at low load a batch is one job at once, under load batches grow by
//! themselves.
//!
//! - **No acknowledgement before the commit.** Outputs are held back until it succeeded.
//! - **One bad job does not fail its neighbours.** A batch that fails is rolled back and run again job
//!   by job; only the bad one gets the error.
//! - **A commit of unknown outcome is safe to repeat**: every job carries its own ids and finds its own
//!   earlier effect. While the database stays away, callers are told so, and nothing is acknowledged.
//! - **Several processes on PostgreSQL** each have a writer. A batch locks the heads of its tenants in
//!   the order of their ids before it does anything else, so two batches never wait for each other in a
//!   circle, and what a tenant writes is in one order.
//!
//! After each batch the writer settles stored callbacks ([`crate::settle`]), in batches too.

mod batch;
mod requests;
mod rows;
mod upkeep;

pub use batch::Change;
pub(crate) use batch::{Batch, PostedEntry};
pub(crate) use requests::Wanted;
pub(crate) use rows::{
    ActRow, AllocationRow, CreditReportRow, CreditRow, MessageRow, PendingKey,
    ReceiptCancellationRow, ReceiptNumberRow, ReceiptSeriesRow, ReferenceKey, RequestIdKey,
    SuspenseRow,
};

use crate::callback::{self, RecordCallback, Recorded};
use crate::{Store, StoreError, settle};
use futures_util::FutureExt;
use payment::Timestamp;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Notify, broadcast, mpsc, oneshot};
use tokio_util::sync::{CancellationToken, DropGuard};
use upkeep::Upkeep;
use uuid::Uuid;

/// Jobs in one transaction at most. More buys nothing and makes everyone wait longer
/// (measured: 1,024 had 4.5 times the latency of 256 at the same rate).
pub const BATCH_MAX: usize = 256;
/// Jobs that may wait. Beyond this the caller is told to come back: back-pressure, not memory.
pub const QUEUE_MAX: usize = 4096;
/// Callbacks settled in one transaction at most: an acknowledgement may wait for one such batch.
const SETTLE_MAX: i64 = 256;
/// How often the writer looks for work that nobody announced: callbacks left by a crash or stored by
/// another process, and requests that expired. The timer is the truth; announcements make it fast.
const TICK: Duration = Duration::from_millis(500);

/// Time and identity, given from outside so that every decision can be replayed.
#[derive(Clone)]
pub struct Environment {
    /// The time now.
    pub now: Arc<dyn Fn() -> Timestamp + Send + Sync>,
    /// A new UUID, version 7 in production.
    pub new_id: Arc<dyn Fn() -> Uuid + Send + Sync>,
    /// How long a break in an account's balances may last before it is a gap: as long as movements may
    /// overtake each other on their way.
    pub gap_patience_seconds: i64,
}

impl std::fmt::Debug for Environment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Environment { .. }")
    }
}

/// Something to be written. Must find its own earlier effect when it is applied again, and must write
/// nothing when it answers that it refuses.
pub(crate) trait Job: Send + 'static {
    /// What the caller gets after the commit.
    type Output: Send + Sync + 'static;

    /// The tenant whose head it needs, if any.
    fn tenant(&self) -> Option<Uuid>;

    /// Says what it is going to read, so that the whole batch reads it in one go.
    fn wants(&self, _wanted: &mut Wanted) {}

    /// Does it, inside the batch's transaction.
    fn apply(
        &self,
        batch: &mut Batch,
    ) -> impl Future<Output = Result<Self::Output, StoreError>> + Send;
}

/// A job in the queue with the way back to its caller, its type forgotten.
trait Queued: Send + Sync {
    fn tenant(&self) -> Option<Uuid>;
    fn wants(&self, wanted: &mut Wanted);
    fn apply<'a>(
        &'a mut self,
        batch: &'a mut Batch,
    ) -> Pin<Box<dyn Future<Output = Result<(), StoreError>> + Send + 'a>>;
    fn answer(self: Box<Self>);
    fn fail(self: Box<Self>, error: StoreError);
}

struct Waiting<J: Job> {
    job: J,
    output: Option<J::Output>,
    reply: oneshot::Sender<Result<J::Output, StoreError>>,
}

impl<J: Job + Sync> Queued for Waiting<J> {
    fn tenant(&self) -> Option<Uuid> {
        self.job.tenant()
    }

    fn wants(&self, wanted: &mut Wanted) {
        self.job.wants(wanted);
    }

    fn apply<'a>(
        &'a mut self,
        batch: &'a mut Batch,
    ) -> Pin<Box<dyn Future<Output = Result<(), StoreError>> + Send + 'a>> {
        Box::pin(async move {
            self.output = Some(self.job.apply(batch).await?);
            Ok(())
        })
    }

    fn answer(self: Box<Self>) {
        if let Some(output) = self.output {
            // A caller that went away changes nothing: what it asked for is done.
            let _ = self.reply.send(Ok(output));
        }
    }

    fn fail(self: Box<Self>, error: StoreError) {
        let _ = self.reply.send(Err(error));
    }
}

/// A callback in the queue, the way back to its sender, and what became of it.
struct Heard {
    callback: RecordCallback,
    output: Option<Recorded>,
    reply: oneshot::Sender<Result<Recorded, StoreError>>,
}

/// A job of any type in the queue.
struct Order(Box<dyn Queued>);

/// What waits to be written.
enum Item {
    Callback(Box<Heard>),
    Job(Order),
}

/// Items of one kind, written in one transaction.
trait Group: Sized + Send {
    /// Applies all of them and commits. On an error nothing is written.
    fn attempt(
        task: &Task,
        items: &mut [Self],
    ) -> impl Future<Output = Result<(), StoreError>> + Send;
    fn answer(self);
    fn fail(self, error: StoreError);
}

impl Group for Box<Heard> {
    async fn attempt(task: &Task, items: &mut [Self]) -> Result<(), StoreError> {
        let mut tx = task.store.write().await?;
        let callbacks: Vec<&RecordCallback> = items.iter().map(|item| &item.callback).collect();
        let new = callback::record(&mut tx, &callbacks).await?;
        tx.commit().await?;
        for item in items {
            let id = item.callback.id;
            item.output = Some(if new.contains(&id) {
                Recorded::New(id)
            } else {
                Recorded::Repeat
            });
        }
        Ok(())
    }

    fn answer(self) {
        if let Some(output) = self.output {
            let _ = self.reply.send(Ok(output));
        }
    }

    fn fail(self, error: StoreError) {
        let _ = self.reply.send(Err(error));
    }
}

impl Group for Order {
    async fn attempt(task: &Task, items: &mut [Self]) -> Result<(), StoreError> {
        let mut batch = Batch::begin(&task.store, task.environment.clone()).await?;
        batch
            .lock_tenants(items.iter().filter_map(|job| job.0.tenant()))
            .await?;
        let mut wanted = Wanted::default();
        for job in items.iter() {
            job.0.wants(&mut wanted);
        }
        batch.prefetch(wanted).await?;
        for job in items {
            job.0.apply(&mut batch).await?;
        }
        task.finish(batch).await
    }

    fn answer(self) {
        self.0.answer();
    }

    fn fail(self, error: StoreError) {
        self.0.fail(error);
    }
}

/// The way to the writer. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Writer {
    queue: mpsc::Sender<Item>,
    changes: broadcast::Sender<Change>,
    deliveries: Arc<Notify>,
    stop: Arc<Notify>,
}

impl Writer {
    /// Starts the writer's task. It ends after [`Writer::stop`], when everything accepted is done.
    #[must_use]
    pub fn start(store: Store, environment: Environment) -> (Self, tokio::task::JoinHandle<()>) {
        let (queue, jobs) = mpsc::channel(QUEUE_MAX);
        let (changes, _) = broadcast::channel(1024);
        let writer = Self {
            queue,
            changes: changes.clone(),
            deliveries: Arc::new(Notify::new()),
            stop: Arc::new(Notify::new()),
        };
        let ended = CancellationToken::new();
        let task = Task {
            upkeep: Upkeep::start(store.clone(), ended.clone()),
            _ended: ended.drop_guard(),
            store,
            environment,
            jobs,
            changes,
            deliveries: writer.deliveries.clone(),
            stop: writer.stop.clone(),
        };
        (writer, tokio::spawn(task.run()))
    }

    /// Takes nothing new; the task ends when what was accepted is written.
    pub fn stop(&self) {
        self.stop.notify_one();
    }

    /// Committed changes as they happen, for screens that wait. A slow listener misses some and reads
    /// the truth from the store.
    #[must_use]
    pub fn changes(&self) -> broadcast::Receiver<Change> {
        self.changes.subscribe()
    }

    /// Returns when there may be something new to deliver.
    pub async fn wait_for_deliveries(&self) {
        self.deliveries.notified().await;
    }

    /// Queues `job` and waits for its commit.
    pub(crate) async fn submit<J: Job + Sync>(&self, job: J) -> Result<J::Output, StoreError> {
        let (reply, answer) = oneshot::channel();
        self.queue(Item::Job(Order(Box::new(Waiting {
            job,
            output: None,
            reply,
        }))))?;
        answer.await.map_err(|_| StoreError::Stopped)?
    }

    /// Queues a callback and waits until its bytes are durable.
    pub(crate) async fn submit_callback(
        &self,
        callback: RecordCallback,
    ) -> Result<Recorded, StoreError> {
        let (reply, answer) = oneshot::channel();
        self.queue(Item::Callback(Box::new(Heard {
            callback,
            output: None,
            reply,
        })))?;
        answer.await.map_err(|_| StoreError::Stopped)?
    }

    fn queue(&self, item: Item) -> Result<(), StoreError> {
        self.queue.try_send(item).map_err(|refused| match refused {
            mpsc::error::TrySendError::Full(_) => StoreError::Overloaded,
            mpsc::error::TrySendError::Closed(_) => StoreError::Stopped,
        })
    }
}

struct Task {
    upkeep: Upkeep,
    /// Ends the upkeep with the task.
    _ended: DropGuard,
    store: Store,
    environment: Environment,
    jobs: mpsc::Receiver<Item>,
    changes: broadcast::Sender<Change>,
    deliveries: Arc<Notify>,
    stop: Arc<Notify>,
}

impl Task {
    async fn run(mut self) {
        let mut stopping = false;
        // Something is known to wait for settlement: do not sleep before looking.
        let mut settle_now = true;
        loop {
            if !stopping && self.stop.notified().now_or_never().is_some() {
                stopping = true;
                self.jobs.close();
            }
            if stopping && self.jobs.is_empty() && !settle_now {
                // Everything accepted is written; what still waits to be settled is safe on disk.
                return;
            }
            let mut waiting = Vec::new();
            if settle_now {
                while waiting.len() < BATCH_MAX {
                    match self.jobs.try_recv() {
                        Ok(job) => waiting.push(job),
                        Err(_) => break,
                    }
                }
            } else {
                tokio::select! {
                    biased;
                    () = self.stop.notified(), if !stopping => {
                        stopping = true;
                        self.jobs.close();
                        settle_now = true;
                        continue;
                    }
                    taken = self.jobs.recv_many(&mut waiting, BATCH_MAX) => {
                        if taken == 0 {
                            // Closed and empty: everything accepted is written.
                            return;
                        }
                    }
                    () = tokio::time::sleep(TICK) => {}
                }
            }
            let (mut heard, mut unordered, mut ordered) = (Vec::new(), Vec::new(), Vec::new());
            for item in waiting {
                match item {
                    Item::Callback(callback) => heard.push(callback),
                    // What needs no tenant's lock never waits for what does.
                    Item::Job(job) if job.0.tenant().is_none() => unordered.push(job),
                    Item::Job(job) => ordered.push(job),
                }
            }
            let (callbacks, others) = (heard.len(), ordered.len());
            // What is known to wait need not be looked for.
            let announced = settle_now || !heard.is_empty();
            self.write(heard).await;
            self.write(unordered).await;
            self.write(ordered).await;
            settle_now = self.settle(announced).await;
            self.upkeep.after_batch(callbacks, others).await;
        }
    }

    /// Writes the items in one transaction; when that fails for a reason of one of them, one by one.
    async fn write<G: Group>(&self, mut items: Vec<G>) {
        if items.is_empty() {
            return;
        }
        let Err(error) = G::attempt(self, &mut items).await else {
            items.into_iter().for_each(G::answer);
            return;
        };
        if let Some(first) = error.shared() {
            tracing::warn!(items = items.len(), error = ?error, "the database is not available");
            for item in items {
                item.fail(first.shared().unwrap_or(StoreError::Stopped));
            }
            return;
        }
        if items.len() > 1 {
            tracing::warn!(items = items.len(), error = ?error, "a batch failed and is run again one by one");
            for item in items {
                Box::pin(self.write(vec![item])).await;
            }
            return;
        }
        if let Some(item) = items.pop() {
            item.fail(error);
        }
    }

    /// Settles one batch of stored callbacks and expires requests that are due. Answers whether there
    /// is more to do at once. Unless something is `announced`, it looks first whether there is.
    async fn settle(&self, announced: bool) -> bool {
        match self.settle_batch(announced).await {
            Ok(settled) => settled,
            Err(error) => {
                tracing::error!(error = ?error, "settling failed; it is tried again shortly");
                // The next tick tries again: stored callbacks stay queued in the database.
                false
            }
        }
    }

    async fn settle_batch(&self, announced: bool) -> Result<bool, StoreError> {
        let now = (self.environment.now)();
        if !announced && !settle::has_work(&self.store, now).await? {
            return Ok(false);
        }
        let mut batch = Batch::begin(&self.store, self.environment.clone()).await?;
        let result = settle::settle_pending(&mut batch, SETTLE_MAX).await;
        let more = match result {
            Ok(more) => {
                self.finish(batch).await?;
                more
            }
            Err(error) if error.is_temporary() => return Err(error),
            Err(error) => {
                // One callback that cannot be settled must not hold up the others.
                drop(batch);
                tracing::error!(error = ?error, "a settlement batch failed and is run again one by one");
                self.settle_one_by_one(now).await?
            }
        };
        Ok(more)
    }

    /// Answers whether anything was settled or put aside: then there may be more to do at once.
    async fn settle_one_by_one(&self, now: Timestamp) -> Result<bool, StoreError> {
        let waiting = settle::pending_keys(&self.store, now, SETTLE_MAX).await?;
        let some = !waiting.is_empty();
        for pending in waiting {
            let mut batch = Batch::begin(&self.store, self.environment.clone()).await?;
            match settle::settle_one(&mut batch, &pending).await {
                Ok(()) => self.finish(batch).await?,
                Err(error) if error.is_temporary() => return Err(error),
                Err(error) => {
                    drop(batch);
                    tracing::error!(callback = %pending.callback_id(), error = ?error,
                        "a callback could not be settled and is put aside");
                    let mut batch = Batch::begin(&self.store, self.environment.clone()).await?;
                    if matches!(
                        error,
                        StoreError::Amount(_) | StoreError::Entry(_) | StoreError::TooManyTwins
                    ) {
                        // The books cannot take it, however often it is tried: a person must look.
                        settle::quarantine(&mut batch, &pending, &error, now);
                    } else {
                        settle::put_off(&mut batch, &pending, now).await?;
                    }
                    self.finish(batch).await?;
                }
            }
        }
        Ok(some)
    }

    async fn finish(&self, batch: Batch) -> Result<(), StoreError> {
        let changes = batch.commit().await?;
        if !changes.is_empty() {
            self.deliveries.notify_one();
        }
        for change in changes {
            // No listener is fine.
            let _ = self.changes.send(change);
        }
        Ok(())
    }
}
