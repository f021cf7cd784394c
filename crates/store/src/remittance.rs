//! Passing money on: what the budget and other offices are owed, payment orders, and the bank's debits
//! that paid them.

use crate::tenant::account_by_number;
use crate::writer::{Batch, Job};
use crate::{Store, StoreError, TenantScope, Tx, Writer};
use ledger::period::Period;
use ledger::rules::remittance;
use ledger::split::Recipient;
use money::Vnd;
use payment::request::ItemCode;
use payment::{BusinessDate, JournalEntryId, RemittanceId, SplitRunId, Timestamp};
use serde::Serialize;
use uuid::Uuid;

/// Lines of one order at most.
const LINES_MAX: usize = 10_000;

const fn wrong(table: &'static str, column: &'static str) -> StoreError {
    StoreError::Inconsistent { table, column }
}

/// What a recipient is owed of one item and period.
#[derive(Clone, Debug, Serialize)]
pub struct Owed {
    /// The run that determined it.
    pub split_run_id: SplitRunId,
    /// Its period.
    pub period: Period,
    /// The item.
    pub item: ItemCode,
    /// Who is owed.
    pub recipient: Recipient,
    /// The share. Negative when more went back than came in.
    pub share: i64,
    /// What of it stands on payment orders.
    pub ordered: i64,
    /// What of it was paid.
    pub paid: i64,
    /// What is still owed.
    pub outstanding: i64,
    /// By when it must be paid.
    pub due_on: Option<BusinessDate>,
}

#[derive(sqlx::FromRow)]
struct OwedRow {
    split_run_id: Uuid,
    period: String,
    item_code: String,
    recipient: String,
    owed: i64,
    due_on: Option<i64>,
    ordered: i64,
    paid: i64,
}

impl TryFrom<OwedRow> for Owed {
    type Error = StoreError;

    fn try_from(row: OwedRow) -> Result<Self, StoreError> {
        let due_on = row.due_on.map(BusinessDate::from_number).transpose();
        Ok(Self {
            split_run_id: SplitRunId::from_uuid(row.split_run_id),
            period: Period::parse(&row.period).map_err(|_| wrong("split_run", "period"))?,
            item: ItemCode::parse(&row.item_code).map_err(|_| wrong("split_share", "item_code"))?,
            recipient: Recipient::parse(&row.recipient),
            share: row.owed,
            ordered: row.ordered,
            paid: row.paid,
            outstanding: row.owed.saturating_sub(row.paid),
            due_on: due_on.map_err(|_| wrong("split_share", "due_on"))?,
        })
    }
}

async fn owed(
    tx: &mut Tx,
    tenant: Uuid,
    recipient: &str,
    settled_too: bool,
) -> Result<Vec<Owed>, StoreError> {
    fetch_all!(
        tx,
        OwedRow,
        sql!("remittance/owed"),
        tenant,
        recipient,
        i64::from(settled_too)
    )?
    .into_iter()
    .map(Owed::try_from)
    .collect()
}

/// One line of an order.
#[derive(Clone, Debug, Serialize)]
pub struct RemittanceLine {
    /// The run that determined what is owed.
    pub split_run_id: SplitRunId,
    /// The item.
    pub item: ItemCode,
    /// How much is ordered.
    pub amount: i64,
    /// How much of it was paid.
    pub paid: i64,
}

/// A bank's debit that paid an order, or a part of it.
#[derive(Clone, Debug, Serialize)]
pub struct RemittancePayment {
    /// The account that it left.
    pub account_number: String,
    /// The bank's reference.
    pub bank_reference: String,
    /// How much.
    pub amount: i64,
    /// The bank's day.
    pub value_date: BusinessDate,
    /// The entry that booked it.
    pub journal_entry_id: JournalEntryId,
    /// Who recorded it.
    pub actor: String,
    /// When.
    pub recorded_at: Timestamp,
}

/// A payment order.
#[derive(Clone, Debug, Serialize)]
pub struct Remittance {
    /// Its id.
    pub id: RemittanceId,
    /// Who is paid.
    pub recipient: Recipient,
    /// How much.
    pub amount: i64,
    /// What of it was paid.
    pub paid: i64,
    /// The text for the transfer.
    pub order_text: String,
    /// Who made it.
    pub actor: String,
    /// When.
    pub created_at: Timestamp,
    /// What it is for.
    pub lines: Vec<RemittanceLine>,
    /// What paid it.
    pub payments: Vec<RemittancePayment>,
}

#[derive(sqlx::FromRow)]
struct RemittanceRow {
    remittance_id: Uuid,
    recipient: String,
    amount: i64,
    order_text: String,
    actor: String,
    created_at: i64,
}

#[derive(sqlx::FromRow)]
struct LineRow {
    split_run_id: Uuid,
    item_code: String,
    amount: i64,
    paid: i64,
}

#[derive(sqlx::FromRow)]
struct PaymentRow {
    account_number: String,
    bank_reference: String,
    amount: i64,
    value_date: i64,
    journal_entry_id: Uuid,
    actor: String,
    recorded_at: i64,
}

async fn whole(tx: &mut Tx, tenant: Uuid, row: RemittanceRow) -> Result<Remittance, StoreError> {
    let lines = fetch_all!(
        tx,
        LineRow,
        sql!("remittance/lines"),
        tenant,
        row.remittance_id
    )?
    .into_iter()
    .map(|line| {
        Ok(RemittanceLine {
            split_run_id: SplitRunId::from_uuid(line.split_run_id),
            item: ItemCode::parse(&line.item_code)
                .map_err(|_| wrong("remittance_line", "item_code"))?,
            amount: line.amount,
            paid: line.paid,
        })
    })
    .collect::<Result<Vec<_>, StoreError>>()?;
    let payments = fetch_all!(
        tx,
        PaymentRow,
        sql!("remittance/payments"),
        tenant,
        row.remittance_id
    )?
    .into_iter()
    .map(|payment| {
        Ok(RemittancePayment {
            account_number: payment.account_number,
            bank_reference: payment.bank_reference,
            amount: payment.amount,
            value_date: BusinessDate::from_number(payment.value_date)
                .map_err(|_| wrong("remittance_payment", "value_date"))?,
            journal_entry_id: JournalEntryId::from_uuid(payment.journal_entry_id),
            actor: payment.actor,
            recorded_at: Timestamp::from_micros(payment.recorded_at),
        })
    })
    .collect::<Result<Vec<_>, StoreError>>()?;
    Ok(Remittance {
        id: RemittanceId::from_uuid(row.remittance_id),
        recipient: Recipient::parse(&row.recipient),
        amount: row.amount,
        paid: payments.iter().map(|payment| payment.amount).sum(),
        order_text: row.order_text,
        actor: row.actor,
        created_at: Timestamp::from_micros(row.created_at),
        lines,
        payments,
    })
}

async fn by_id(
    tx: &mut Tx,
    tenant: Uuid,
    id: RemittanceId,
) -> Result<Option<Remittance>, StoreError> {
    let row = fetch_optional!(
        tx,
        RemittanceRow,
        sql!("remittance/find"),
        tenant,
        id.uuid()
    )?;
    match row {
        Some(row) => whole(tx, tenant, row).await.map(Some),
        None => Ok(None),
    }
}

impl Store {
    /// What the budget and other offices are owed; with `settled_too` also what was paid whole.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn owed(
        &self,
        scope: &TenantScope,
        recipient: Option<&Recipient>,
        settled_too: bool,
    ) -> Result<Vec<Owed>, StoreError> {
        let recipient = recipient.map_or("", Recipient::as_str);
        owed(&mut self.read().await?, scope.id(), recipient, settled_too).await
    }

    /// One payment order.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn remittance(
        &self,
        scope: &TenantScope,
        id: RemittanceId,
    ) -> Result<Option<Remittance>, StoreError> {
        by_id(&mut self.read().await?, scope.id(), id).await
    }

    /// Payment orders, newest first, before `before` when given.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn remittances(
        &self,
        scope: &TenantScope,
        before: Option<RemittanceId>,
        limit: i64,
    ) -> Result<Vec<Remittance>, StoreError> {
        let mut tx = self.read().await?;
        let before = before.map_or(Uuid::max(), RemittanceId::uuid);
        let rows = fetch_all!(
            &mut tx,
            RemittanceRow,
            sql!("remittance/list"),
            scope.id(),
            before,
            limit
        )?;
        let mut found = Vec::with_capacity(rows.len());
        for row in rows {
            found.push(whole(&mut tx, scope.id(), row).await?);
        }
        Ok(found)
    }
}

/// A wish to order the payment of everything that a recipient is owed and that stands on no order yet.
#[derive(Clone, Debug)]
pub struct OrderRemittance {
    /// Whose money.
    pub scope: TenantScope,
    /// The order's id; the same on a second try.
    pub id: RemittanceId,
    /// Who is to be paid.
    pub recipient: Recipient,
    /// Only what periods up to this day determined.
    pub through: Option<BusinessDate>,
    /// Who orders.
    pub actor: String,
    /// When.
    pub at: Timestamp,
}

/// A bank's debit that paid an order.
#[derive(Clone, Debug)]
pub struct PayRemittance {
    /// Whose money.
    pub scope: TenantScope,
    /// The order.
    pub id: RemittanceId,
    /// The account that the money left.
    pub account_number: String,
    /// The bank's reference, unique for the account.
    pub bank_reference: String,
    /// How much.
    pub amount: Vnd,
    /// The bank's day.
    pub value_date: BusinessDate,
    /// Who records it.
    pub actor: String,
    /// When.
    pub at: Timestamp,
}

/// What became of a payment.
#[derive(Clone, Debug)]
pub enum Paying {
    /// Booked now.
    Booked(Remittance),
    /// Booked before.
    Already(Remittance),
    /// The bank's reference stands with another amount or order.
    OtherPayment,
    /// More than is still open on the order.
    TooMuch {
        /// What is open.
        open: i64,
    },
    /// Not an account of the tenant.
    OtherAccount,
    /// No such order.
    Missing,
}

impl Writer {
    /// Makes a payment order. Answers nothing when nothing is owed.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn order_remittance(
        &self,
        wish: OrderRemittance,
    ) -> Result<Option<Remittance>, StoreError> {
        self.submit(wish).await
    }

    /// Books a bank's debit on an order; partial payments are fine.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn pay_remittance(&self, payment: PayRemittance) -> Result<Paying, StoreError> {
        self.submit(payment).await
    }
}

#[derive(Serialize)]
struct OrderDetail<'a> {
    recipient: &'a Recipient,
    amount: Vnd,
    lines: Vec<(SplitRunId, &'a ItemCode, i64)>,
}

impl Job for OrderRemittance {
    type Output = Option<Remittance>;

    fn tenant(&self) -> Option<Uuid> {
        Some(self.scope.id())
    }

    async fn apply(&self, batch: &mut Batch) -> Result<Option<Remittance>, StoreError> {
        let tenant = self.scope.id();
        if let Some(made) = by_id(batch.tx().await?, tenant, self.id).await? {
            return Ok(Some(made));
        }
        let owed = owed(batch.tx().await?, tenant, self.recipient.as_str(), false).await?;
        let open: Vec<(Owed, i64)> = owed
            .into_iter()
            .filter(|owed| self.through.is_none_or(|day| owed.period.ends_on() <= day))
            .map(|owed| {
                let open = owed.share.saturating_sub(owed.ordered);
                (owed, open)
            })
            .filter(|(_, open)| *open > 0)
            .take(LINES_MAX)
            .collect();
        if open.is_empty() {
            return Ok(None);
        }
        let amounts = open.iter().map(|(_, open)| Vnd::new(*open));
        let amount = Vnd::sum(amounts.collect::<Result<Vec<_>, _>>()?)?;
        execute!(
            batch.tx().await?,
            sql!("remittance/insert"),
            tenant,
            self.id.uuid(),
            self.recipient.as_str(),
            amount.get(),
            order_text(self.id, &self.recipient, &open),
            &self.actor,
            self.at.micros()
        )?;
        for (position, (owed, open)) in (1i64..).zip(&open) {
            execute!(
                batch.tx().await?,
                sql!("remittance/insert_line"),
                tenant,
                self.id.uuid(),
                position,
                owed.split_run_id.uuid(),
                owed.item.as_str(),
                open
            )?;
        }
        batch.audit(
            tenant,
            &self.actor,
            "remittance.ordered",
            &self.id.to_string(),
            &OrderDetail {
                recipient: &self.recipient,
                amount,
                lines: open
                    .iter()
                    .map(|(owed, open)| (owed.split_run_id, &owed.item, *open))
                    .collect(),
            },
            self.at,
        )?;
        by_id(batch.tx().await?, tenant, self.id).await
    }
}

/// The text for the transfer, in letters that every bank takes: what, for which periods, and the end of
/// the order's id, by which its debit is found again.
fn order_text(id: RemittanceId, recipient: &Recipient, open: &[(Owed, i64)]) -> String {
    let what = match recipient {
        Recipient::Budget => "NOP NSNN PHI LE PHI",
        Recipient::Retained | Recipient::Other(_) => "CHUYEN PHI",
    };
    let first = open.first().map(|(owed, _)| owed.period.to_string());
    let last = open.last().map(|(owed, _)| owed.period.to_string());
    let periods = match (first, last) {
        (Some(first), Some(last)) if first != last => format!("{first} DEN {last}"),
        (Some(only), _) => only,
        _ => String::new(),
    };
    let id = id.uuid().simple().to_string().to_uppercase();
    let tail = id.get(id.len().saturating_sub(8)..).unwrap_or_default();
    format!("{what} KY {periods} RM{tail}")
}

#[derive(Serialize)]
struct PaidDetail<'a> {
    account_number: &'a str,
    bank_reference: &'a str,
    amount: Vnd,
    entry_sequence: i64,
}

impl Job for PayRemittance {
    type Output = Paying;

    fn tenant(&self) -> Option<Uuid> {
        Some(self.scope.id())
    }

    async fn apply(&self, batch: &mut Batch) -> Result<Paying, StoreError> {
        let tenant = self.scope.id();
        let Some(order) = by_id(batch.tx().await?, tenant, self.id).await? else {
            return Ok(Paying::Missing);
        };
        let before = fetch_optional!(
            batch.tx().await?,
            (Uuid, i64),
            sql!("remittance/payment_by_reference"),
            tenant,
            &self.account_number,
            &self.bank_reference
        )?;
        match before {
            Some(same) if same == (self.id.uuid(), self.amount.get()) => {
                return Ok(Paying::Already(order));
            }
            Some(_) => return Ok(Paying::OtherPayment),
            None => {}
        }
        let own = account_by_number(batch.tx().await?, &self.scope, &self.account_number).await?;
        if own.is_none() {
            return Ok(Paying::OtherAccount);
        }
        let open = order.amount.saturating_sub(order.paid);
        if self.amount.get() > open {
            return Ok(Paying::TooMuch { open });
        }
        let parts = spread(&order.lines, self.amount)?;
        let mut items: Vec<(ItemCode, Vnd)> = Vec::new();
        for (line, part) in &parts {
            match items.iter_mut().find(|(item, _)| *item == line.item) {
                Some((_, sum)) => *sum = sum.checked_add(*part)?,
                None => items.push((line.item.clone(), *part)),
            }
        }
        let entry = remittance::entry(&self.account_number, &order.recipient, &items)?;
        let entry = batch.post(tenant, &entry, None, self.value_date, self.at)?;
        let position = i64::try_from(order.payments.len())
            .unwrap_or(i64::MAX)
            .saturating_add(1);
        execute!(
            batch.tx().await?,
            sql!("remittance/insert_payment"),
            tenant,
            self.id.uuid(),
            position,
            &self.account_number,
            &self.bank_reference,
            self.amount.get(),
            self.value_date.as_number(),
            entry.id.uuid(),
            &self.actor,
            self.at.micros()
        )?;
        for (line, part) in &parts {
            execute!(
                batch.tx().await?,
                sql!("remittance/insert_paid"),
                tenant,
                self.id.uuid(),
                position,
                line.split_run_id.uuid(),
                line.item.as_str(),
                part.get()
            )?;
        }
        batch.audit(
            tenant,
            &self.actor,
            "remittance.paid",
            &self.id.to_string(),
            &PaidDetail {
                account_number: &self.account_number,
                bank_reference: &self.bank_reference,
                amount: self.amount,
                entry_sequence: entry.sequence,
            },
            self.at,
        )?;
        let paid = by_id(batch.tx().await?, tenant, self.id).await?;
        paid.map(Paying::Booked)
            .ok_or(wrong("remittance", "remittance_id"))
    }
}

/// Fills the open lines in their order.
fn spread(
    lines: &[RemittanceLine],
    amount: Vnd,
) -> Result<Vec<(&RemittanceLine, Vnd)>, StoreError> {
    let mut left = amount;
    let mut parts = Vec::new();
    for line in lines {
        let part = Vnd::new(line.amount.saturating_sub(line.paid))?.min(left);
        if part.is_positive() {
            left = left.checked_sub(part)?;
            parts.push((line, part));
        }
    }
    Ok(parts)
}
