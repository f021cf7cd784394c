//! What came and could not be taken: without proof of its sender, or authentic and not readable. Nothing
//! of it is in the books; after a key or the program was mended it is judged again, without the sender.

use crate::callback::{self, RecordCallback};
use crate::writer::{Batch, Job, Writer};
use crate::{Store, StoreError, TenantScope};
use payment::{CallbackId, Timestamp};
use reconciler::callback::Dialect;
use serde_json::json;
use uuid::Uuid;

/// How many callbacks without proof are kept for each source; the oldest make room.
const REFUSED_MAX: i64 = 1_000;

/// A callback that did not prove who sent it.
#[derive(Clone, Debug)]
pub struct RefusedCallback {
    /// Whose source it came through.
    pub scope: TenantScope,
    /// Its id; it keeps it when it is accepted later.
    pub id: CallbackId,
    /// The source's name.
    pub source: String,
    /// How the source's messages are written.
    pub dialect: Dialect,
    /// The account that the source's settings give.
    pub account: Option<String>,
    /// When the last byte arrived.
    pub received_at: Timestamp,
    /// The code of the error.
    pub reason: &'static str,
    /// All headers as JSON, sealed: the proof is among them.
    pub sealed_headers: Vec<u8>,
    /// The exact bytes.
    pub body: Vec<u8>,
    /// SHA-256 of the bytes.
    pub body_digest: [u8; 32],
}

/// Why a callback is kept apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Apart {
    /// It did not prove who sent it; the code of the error.
    NotAuthentic(String),
    /// It is authentic and cannot be read; the sentence says which member breaks which rule.
    NotReadable(String),
}

/// A callback that is kept apart.
#[derive(Clone, Debug)]
pub struct Quarantined {
    /// Its id.
    pub id: CallbackId,
    /// The source's name.
    pub source: String,
    /// When it came.
    pub received_at: Timestamp,
    /// Why it is here.
    pub why: Apart,
    /// Its size in bytes.
    pub bytes: i64,
}

/// A callback that is kept apart, with all that is needed to judge it again.
#[derive(Clone, Debug)]
pub struct Evidence {
    /// What the list shows.
    pub shown: Quarantined,
    /// How its source's messages were written then.
    pub dialect: String,
    /// The account that the source's settings gave then.
    pub account: Option<String>,
    /// The headers: sealed when it did not prove its sender, else as JSON without secrets.
    pub headers: Vec<u8>,
    /// The exact bytes.
    pub body: Vec<u8>,
}

#[derive(sqlx::FromRow)]
struct Row {
    callback_id: Uuid,
    source: String,
    received_at: i64,
    is_refused: i64,
    reason: String,
    bytes: i64,
}

impl From<Row> for Quarantined {
    fn from(row: Row) -> Self {
        Self {
            id: CallbackId::from_uuid(row.callback_id),
            source: row.source,
            received_at: Timestamp::from_micros(row.received_at),
            why: if row.is_refused == 1 {
                Apart::NotAuthentic(row.reason)
            } else {
                Apart::NotReadable(row.reason)
            },
            bytes: row.bytes,
        }
    }
}

#[derive(sqlx::FromRow)]
struct EvidenceRow {
    #[sqlx(flatten)]
    shown: Row,
    dialect: String,
    account: Option<String>,
    headers: Vec<u8>,
    body: Vec<u8>,
}

/// Keeps a callback without proof.
struct Refuse(RefusedCallback);

impl Job for Refuse {
    type Output = ();

    fn tenant(&self) -> Option<Uuid> {
        None
    }

    async fn apply(&self, batch: &mut Batch) -> Result<(), StoreError> {
        let refused = &self.0;
        let tenant = refused.scope.id();
        let tx = batch.tx().await?;
        execute!(
            tx,
            sql!("quarantine/insert_refused"),
            tenant,
            refused.id.uuid(),
            &refused.source,
            refused.dialect.as_str(),
            &refused.account,
            refused.received_at.micros(),
            refused.reason,
            &refused.sealed_headers,
            &refused.body,
            refused.body_digest.as_slice()
        )?;
        execute!(
            tx,
            sql!("quarantine/trim_refused"),
            tenant,
            &refused.source,
            REFUSED_MAX
        )?;
        Ok(())
    }
}

/// What became of a callback that was judged again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rerun {
    /// It waits to be settled now.
    Queued,
    /// Somebody else has run it again, or it is no longer kept.
    NotKept,
}

/// Takes a callback whose sender has proved to be the right one after all.
struct Accept {
    callback: RecordCallback,
    actor: String,
    at: Timestamp,
}

impl Job for Accept {
    type Output = Rerun;

    fn tenant(&self) -> Option<Uuid> {
        Some(self.callback.scope.id())
    }

    async fn apply(&self, batch: &mut Batch) -> Result<Rerun, StoreError> {
        let (tenant, id) = (self.callback.scope.id(), self.callback.id);
        let tx = batch.tx().await?;
        let accepted = execute!(
            tx,
            sql!("quarantine/accept"),
            tenant,
            id.uuid(),
            self.at.micros()
        )?;
        if accepted == 0 {
            return Ok(Rerun::NotKept);
        }
        // Where the sender has come again in the meantime, the bytes are there and nothing is added.
        callback::record(tx, &[&self.callback]).await?;
        audit(batch, tenant, &self.actor, id, "not_authentic", self.at)?;
        Ok(Rerun::Queued)
    }
}

/// Puts a callback that could not be read back into the queue.
struct Requeue {
    scope: TenantScope,
    id: CallbackId,
    actor: String,
    at: Timestamp,
}

impl Job for Requeue {
    type Output = Rerun;

    fn tenant(&self) -> Option<Uuid> {
        Some(self.scope.id())
    }

    async fn apply(&self, batch: &mut Batch) -> Result<Rerun, StoreError> {
        let tenant = self.scope.id();
        let tx = batch.tx().await?;
        let queued = execute!(
            tx,
            sql!("quarantine/requeue"),
            tenant,
            self.id.uuid(),
            self.at.micros()
        )?;
        if queued == 0 {
            return Ok(Rerun::NotKept);
        }
        audit(batch, tenant, &self.actor, self.id, "not_readable", self.at)?;
        Ok(Rerun::Queued)
    }
}

fn audit(
    batch: &mut Batch,
    tenant: Uuid,
    actor: &str,
    id: CallbackId,
    was: &str,
    at: Timestamp,
) -> Result<(), StoreError> {
    batch.audit(
        tenant,
        actor,
        "callback.rerun",
        &id.to_string(),
        &json!({"was": was}),
        at,
    )
}

impl Writer {
    /// Keeps a callback that did not prove its sender, so that it can be judged again. The same bytes of
    /// one source are kept once.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn keep_refused(&self, refused: RefusedCallback) -> Result<(), StoreError> {
        self.submit(Refuse(refused)).await
    }

    /// Takes a kept callback that was authenticated after all, once.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn accept_refused(
        &self,
        callback: RecordCallback,
        actor: String,
        at: Timestamp,
    ) -> Result<Rerun, StoreError> {
        self.submit(Accept {
            callback,
            actor,
            at,
        })
        .await
    }

    /// Puts a kept callback that can be read after all back into the queue, once.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn requeue(
        &self,
        scope: TenantScope,
        id: CallbackId,
        actor: String,
        at: Timestamp,
    ) -> Result<Rerun, StoreError> {
        self.submit(Requeue {
            scope,
            id,
            actor,
            at,
        })
        .await
    }
}

impl Store {
    /// Callbacks that are kept apart, newest first, before `before` when given.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn quarantine(
        &self,
        scope: &TenantScope,
        before: Option<CallbackId>,
        limit: i64,
    ) -> Result<Vec<Quarantined>, StoreError> {
        let mut tx = self.read().await?;
        let before = before.map_or(Uuid::max(), CallbackId::uuid);
        let rows = fetch_all!(
            &mut tx,
            Row,
            sql!("quarantine/list"),
            scope.id(),
            before,
            limit
        )?;
        Ok(rows.into_iter().map(Quarantined::from).collect())
    }

    /// One callback that is kept apart.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn quarantined(
        &self,
        scope: &TenantScope,
        id: CallbackId,
    ) -> Result<Option<Evidence>, StoreError> {
        let mut tx = self.read().await?;
        let row = fetch_optional!(
            &mut tx,
            EvidenceRow,
            sql!(pair "quarantine/get"),
            scope.id(),
            id.uuid()
        )?;
        Ok(row.map(|row| Evidence {
            shown: row.shown.into(),
            dialect: row.dialect,
            account: row.account,
            headers: row.headers,
            body: row.body,
        }))
    }
}
