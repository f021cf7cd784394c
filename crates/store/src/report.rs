//! The collections list: what came in, line by line, adding up to the ledger (invariant I16).

use crate::{Store, StoreError, TenantScope};
use payment::{BusinessDate, Timestamp};

/// What a receipt of money, or a later decision about it, posted: an item's share, a surplus, money in
/// suspense.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct CollectionLine {
    /// The entry's number within the tenant.
    pub journal_sequence: i64,
    /// Which posting of the entry.
    pub position: i64,
    /// The business day, `yyyymmdd`.
    pub business_date: i64,
    /// When the bank booked it, in microseconds UTC.
    pub booked_at: i64,
    /// The portal's own id of the request.
    pub external_id: Option<String>,
    /// The payment reference.
    pub reference: Option<String>,
    /// What the payer read.
    pub description: Option<String>,
    /// Who paid, as the portal told us.
    pub payer_name: Option<String>,
    /// The account.
    pub account_code: String,
    /// The name of the fee item.
    pub item_name: Option<String>,
    /// Credits are positive; what leaves the account is negative. Never 0.
    pub amount: i64,
    /// The bank account that received it.
    pub bank_account: String,
    /// The bank's reference.
    pub bank_reference: Option<String>,
    /// The sender's id of the movement.
    pub provider_event_id: String,
}

impl CollectionLine {
    /// When the bank booked it.
    #[must_use]
    pub const fn booked_at(&self) -> Timestamp {
        Timestamp::from_micros(self.booked_at)
    }
}

/// Which lines a list holds. Entries are only ever added, so the same cut gives the same list.
#[derive(Clone, Copy, Debug)]
pub struct Cut {
    /// The first business day.
    pub from: BusinessDate,
    /// The last business day, included.
    pub to: BusinessDate,
    /// The number of the last journal entry.
    pub journal_sequence: i64,
}

impl Store {
    /// The number of the tenant's last journal entry: the cut for a list that starts now.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn journal_sequence(&self, scope: &TenantScope) -> Result<i64, StoreError> {
        let mut tx = self.read().await?;
        let (sequence,) = fetch_one!(&mut tx, (i64,), sql!("journal/sequence"), scope.id())?;
        Ok(sequence)
    }

    /// The next `limit` lines of a list after (`journal_sequence`, `position`).
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn collections(
        &self,
        scope: &TenantScope,
        cut: Cut,
        after: (i64, i64),
        limit: i64,
    ) -> Result<Vec<CollectionLine>, StoreError> {
        let mut tx = self.read().await?;
        fetch_all!(
            &mut tx,
            CollectionLine,
            sql!("report/collections"),
            scope.id(),
            cut.from.as_number(),
            cut.to.as_number(),
            cut.journal_sequence,
            after.0,
            after.1,
            limit
        )
    }
}
