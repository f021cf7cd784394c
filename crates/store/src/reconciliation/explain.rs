//! Explaining what stands on a list.

use super::{BALANCE, Reconciliation, Resolution};
use crate::writer::{Batch, Job};
use crate::{Store, StoreError, TenantScope, Writer};
use payment::{BusinessDate, Timestamp};
use serde::Serialize;
use uuid::Uuid;

/// A wish to explain something.
#[derive(Clone, Debug)]
pub struct Explain {
    /// Whose.
    pub scope: TenantScope,
    /// Its id; the same on a second try.
    pub id: Uuid,
    /// The account.
    pub account: String,
    /// The day.
    pub day: BusinessDate,
    /// The item's key, or [`BALANCE`].
    pub item: String,
    /// What is said.
    pub reason: String,
    /// Who says it.
    pub actor: String,
    /// When.
    pub at: Timestamp,
}

/// What became of an [`Explain`].
#[derive(Clone, Debug)]
pub enum Explained {
    /// Said; the day as it stands now.
    Done(Box<Reconciliation>),
    /// The account is not the tenant's.
    NoAccount,
    /// The item is not on the day's lists.
    NotListed,
}

/// Records what a person says about an item of a day. Saying the same again changes nothing.
///
/// The lists are read outside of the writer: they can be long, and an explanation of something that has
/// left them meanwhile does no harm.
///
/// # Errors
/// [`StoreError`].
pub async fn explain(
    store: &Store,
    writer: &Writer,
    wish: Explain,
) -> Result<Explained, StoreError> {
    let (scope, account, day) = (wish.scope.clone(), wish.account.clone(), wish.day);
    let Some(before) = store.reconciliation(&scope, &account, day).await? else {
        return Ok(Explained::NoAccount);
    };
    let Some(standing) = standing(&before, &wish.item) else {
        return Ok(Explained::NotListed);
    };
    let is_said =
        standing.is_some_and(|said| said.actor == wish.actor && said.reason == wish.reason);
    if is_said {
        return Ok(Explained::Done(Box::new(before)));
    }
    writer.submit(wish).await?;
    let after = store.reconciliation(&scope, &account, day).await?;
    Ok(after.map_or(Explained::NoAccount, |after| {
        Explained::Done(Box::new(after))
    }))
}

/// What answers an item now; nothing when it is not listed.
fn standing<'a>(day: &'a Reconciliation, key: &str) -> Option<Option<&'a Resolution>> {
    if key == BALANCE {
        return (!day.statements.is_empty()).then_some(day.balance_explained.as_ref());
    }
    let item = day.items.iter().find(|item| item.key == key)?;
    Some(item.resolution.as_ref())
}

#[derive(Serialize)]
struct ExplainedDetail<'a> {
    explanation_id: String,
    account_number: &'a str,
    business_date: BusinessDate,
    reason: &'a str,
}

impl Job for Explain {
    type Output = ();

    fn tenant(&self) -> Option<Uuid> {
        Some(self.scope.id())
    }

    async fn apply(&self, batch: &mut Batch) -> Result<(), StoreError> {
        let added = execute!(
            batch.tx().await?,
            sql!("reconciliation/insert"),
            self.scope.id(),
            self.id,
            &self.account,
            self.day.as_number(),
            &self.item,
            &self.reason,
            &self.actor,
            self.at.micros()
        )?;
        if added == 0 {
            // A second try after a commit of unknown outcome.
            return Ok(());
        }
        batch.audit(
            self.scope.id(),
            &self.actor,
            "reconciliation.explained",
            &self.item,
            &ExplainedDetail {
                explanation_id: self.id.simple().to_string(),
                account_number: &self.account,
                business_date: self.day,
                reason: &self.reason,
            },
            self.at,
        )
    }
}
