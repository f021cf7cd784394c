//! Reading everything about a day of an account, from one moment of the database.

use super::lists::{Line, OddCredit, Remitted, of_credits, of_debits, of_waiting};
use super::{BALANCE, Bank, Books, ITEMS_MAX, Item, Reconciliation, Resolution, Source, Status};
use crate::tenant::account_by_number;
use crate::{Store, StoreError, TenantScope, Tx};
use money::Vnd;
use payment::{BankCreditId, BusinessDate, StatementImportId, Timestamp};
use reconciler::continuity::{Ends, Step};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

#[derive(Clone, Debug, sqlx::FromRow)]
struct Coverage {
    statement_import_id: Uuid,
    feed: String,
    file_name: String,
    actor: String,
    created_at: i64,
    status: String,
    starts_on: i64,
    ends_on: i64,
    opening: Option<i64>,
    closing: Option<i64>,
    credit_sum: Option<i64>,
    debit_sum: Option<i64>,
    errors: i64,
    breaks: i64,
}

impl Coverage {
    fn is_complete(&self) -> bool {
        let expected = || {
            self.opening?
                .checked_add(self.credit_sum?)?
                .checked_sub(self.debit_sum?)
        };
        self.errors == 0 && self.breaks == 0 && self.closing.is_some() && expected() == self.closing
    }
}

#[derive(sqlx::FromRow)]
struct Movements {
    credits: i64,
    credit_sum: i64,
    debits: i64,
    debit_sum: i64,
    moved_before: i64,
    moved_after: i64,
}

/// The tenant's accounts of which statements speak on these days.
pub(crate) async fn covered_accounts(
    tx: &mut Tx,
    scope: &TenantScope,
    from: BusinessDate,
    to: BusinessDate,
) -> Result<Vec<String>, StoreError> {
    let found = fetch_all!(
        tx,
        (String,),
        sql!("reconciliation/covered_accounts"),
        scope.id(),
        from.as_number(),
        to.as_number()
    )?;
    Ok(found.into_iter().map(|(account,)| account).collect())
}

impl Store {
    /// A day of one of the tenant's accounts; none for an account that is not the tenant's.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn reconciliation(
        &self,
        scope: &TenantScope,
        account: &str,
        day: BusinessDate,
    ) -> Result<Option<Reconciliation>, StoreError> {
        let mut tx = self.read_long().await?;
        if account_by_number(&mut tx, scope, account).await?.is_none() {
            return Ok(None);
        }
        reconcile(&mut tx, scope, account, day).await.map(Some)
    }
}

/// Holds a day against its statement.
pub(crate) async fn reconcile(
    tx: &mut Tx,
    scope: &TenantScope,
    account: &str,
    day: BusinessDate,
) -> Result<Reconciliation, StoreError> {
    let (tenant, number) = (scope.id(), day.as_number());
    let coverage = fetch_all!(
        &mut *tx,
        Coverage,
        sql!("reconciliation/coverage"),
        tenant,
        account,
        number
    )?;
    let mut found = Reconciliation {
        account_number: account.to_owned(),
        day,
        status: Status::NoStatement,
        statements: Vec::new(),
        bank: Bank::default(),
        books: Books::default(),
        balance_explained: None,
        items: Vec::new(),
        is_cut: false,
    };
    let Some(best) = best(tx, tenant, account, number, &coverage).await? else {
        return Ok(found);
    };
    let feed = best.feed.as_str();
    found.statements = coverage
        .iter()
        .filter(|source| source.feed == feed)
        .map(|source| Source {
            import: StatementImportId::from_uuid(source.statement_import_id),
            file_name: source.file_name.clone(),
            actor: source.actor.clone(),
            at: Timestamp::from_micros(source.created_at),
            is_done: source.status == "done",
        })
        .collect();
    found.bank = bank(tx, tenant, account, number, best).await?;
    found.books = fetch_one!(
        &mut *tx,
        Books,
        sql!("reconciliation/sums"),
        tenant,
        account,
        number,
        feed
    )?;
    let limit = ITEMS_MAX + 1;
    let waiting = fetch_all!(
        &mut *tx,
        Line,
        sql!("reconciliation/waiting"),
        tenant,
        account,
        number,
        feed,
        limit
    )?;
    let debits = fetch_all!(
        &mut *tx,
        Line,
        sql!("reconciliation/debits"),
        tenant,
        account,
        number,
        feed,
        limit
    )?;
    let odd = fetch_all!(
        &mut *tx,
        OddCredit,
        sql!("reconciliation/odd"),
        tenant,
        account,
        number,
        feed,
        limit
    )?;
    let remitted = fetch_all!(
        &mut *tx,
        Remitted,
        sql!("reconciliation/remitted"),
        tenant,
        account,
        number,
        limit
    )?;
    let longest = [waiting.len(), debits.len(), odd.len(), remitted.len()];
    found.is_cut = longest
        .into_iter()
        .any(|rows| i64::try_from(rows).unwrap_or(i64::MAX) > ITEMS_MAX);
    let amounts = amounts_of_others(tx, tenant, &odd).await?;
    found.items.extend(of_waiting(&waiting));
    found.items.extend(of_credits(&odd, &amounts));
    found.items.extend(of_debits(&debits, &remitted));
    found
        .items
        .sort_by(|a, b| (a.list, a.booked_at, &a.key).cmp(&(b.list, b.booked_at, &b.key)));
    explain(tx, tenant, &mut found).await?;
    found.status = found.stands(|_| false);
    Ok(found)
}

/// The statement that says most about the day: one that proves its sum, of the kind that has the most
/// movements, the latest.
async fn best<'a>(
    tx: &mut Tx,
    tenant: Uuid,
    account: &str,
    day: i64,
    coverage: &'a [Coverage],
) -> Result<Option<&'a Coverage>, StoreError> {
    let lines: BTreeMap<String, i64> = fetch_all!(
        tx,
        (String, i64),
        sql!("reconciliation/lines_by_feed"),
        tenant,
        account,
        day
    )?
    .into_iter()
    .collect();
    Ok(coverage.iter().max_by_key(|source| {
        let lines = lines.get(&source.feed).copied().unwrap_or_default();
        (
            source.is_complete(),
            lines,
            source.created_at,
            source.statement_import_id,
        )
    }))
}

async fn bank(
    tx: &mut Tx,
    tenant: Uuid,
    account: &str,
    day: i64,
    statement: &Coverage,
) -> Result<Bank, StoreError> {
    let feed = statement.feed.as_str();
    let moved = fetch_one!(
        &mut *tx,
        Movements,
        sql!("reconciliation/movements"),
        tenant,
        account,
        feed,
        statement.starts_on,
        day,
        statement.ends_on
    )?;
    let balances = fetch_all!(
        tx,
        (i64, Option<i64>),
        sql!("reconciliation/balances"),
        tenant,
        account,
        day,
        feed
    )?;
    let mut ends = Ends::default();
    let mut with_balance = 0usize;
    for (signed, after) in &balances {
        let Some(after) = after else { continue };
        with_balance += 1;
        if let Some(step) = Step::to(Vnd::new(*after)?, Vnd::new(*signed)?) {
            ends.add(step);
        }
    }
    let chained = ends.outer().filter(|_| with_balance == balances.len());
    // Forwards from the statement's opening balance, backwards from its closing one: the two meet only
    // when nothing is missing in between.
    let opening = statement
        .opening
        .and_then(|opening| opening.checked_add(moved.moved_before))
        .or(chained.map(|(opening, _)| opening.get()));
    let closing = statement
        .closing
        .and_then(|closing| closing.checked_sub(moved.moved_after))
        .or(chained.map(|(_, closing)| closing.get()));
    Ok(Bank {
        opening,
        credits: moved.credits,
        credit_sum: moved.credit_sum,
        debits: moved.debits,
        debit_sum: moved.debit_sum,
        closing,
        breaks: i64::try_from(ends.breaks()).unwrap_or(i64::MAX),
    })
}

async fn amounts_of_others(
    tx: &mut Tx,
    tenant: Uuid,
    odd: &[OddCredit],
) -> Result<BTreeMap<BankCreditId, i64>, StoreError> {
    let others: BTreeSet<BankCreditId> = odd.iter().filter_map(OddCredit::other).collect();
    let mut amounts = BTreeMap::new();
    for other in others {
        let found = fetch_optional!(
            &mut *tx,
            (i64,),
            sql!("reconciliation/amount"),
            tenant,
            other.uuid()
        )?;
        amounts.extend(found.map(|(amount,)| (other, amount)));
    }
    Ok(amounts)
}

#[derive(sqlx::FromRow)]
struct Said {
    item: String,
    reason: String,
    actor: String,
    explained_at: i64,
}

/// Puts what people said to the items that are open. The last word counts.
async fn explain(tx: &mut Tx, tenant: Uuid, found: &mut Reconciliation) -> Result<(), StoreError> {
    let said = fetch_all!(
        tx,
        Said,
        sql!("reconciliation/explanations"),
        tenant,
        &found.account_number,
        found.day.as_number()
    )?;
    let mut last: BTreeMap<String, Resolution> = BTreeMap::new();
    for said in said {
        let resolution = Resolution {
            actor: said.actor,
            reason: said.reason,
            at: Some(Timestamp::from_micros(said.explained_at)),
        };
        last.insert(said.item, resolution);
    }
    found.balance_explained = last.remove(BALANCE);
    let open = |item: &&mut Item| item.resolution.is_none();
    for item in found.items.iter_mut().filter(open) {
        item.resolution = last.remove(&item.key);
    }
    Ok(())
}
