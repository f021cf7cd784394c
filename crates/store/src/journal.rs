//! Reading the books.

use crate::{Store, StoreError, TenantScope};
use ledger::AccountCode;
use payment::{BankCreditId, BusinessDate, JournalEntryId, PaymentRequestId, Timestamp};
use serde::Serialize;
use uuid::Uuid;

/// One account in the trial balance. Its balance stands in one of the two columns.
#[derive(Clone, Debug, Serialize, sqlx::FromRow)]
pub struct TrialBalanceRow {
    /// The account's code.
    pub account_code: String,
    /// `asset` or `liability`.
    pub account_type: String,
    /// The balance, if it is a debit balance; else 0.
    pub debit: i64,
    /// The balance, if it is a credit balance; else 0.
    pub credit: i64,
    /// How many postings the account has.
    pub postings: i64,
}

/// All accounts of a tenant at one moment.
#[derive(Clone, Debug)]
pub struct TrialBalance {
    /// The accounts by code.
    pub accounts: Vec<TrialBalanceRow>,
    /// The number of the last journal entry in it.
    pub journal_sequence: i64,
}

/// One posting with its running balance.
#[derive(Clone, Debug, Serialize)]
pub struct AccountPosting {
    /// Its number within the account, from 1 without a gap.
    pub sequence: i64,
    /// The entry it belongs to.
    pub journal_entry_id: JournalEntryId,
    /// The entry's number within the tenant.
    pub journal_sequence: i64,
    /// The posting rule that made it.
    pub rule: String,
    /// `debit` or `credit`.
    pub side: String,
    /// At least 1 đồng.
    pub amount: i64,
    /// The account's balance after it; debits count as positive.
    pub balance_after: i64,
    /// The business day.
    pub business_date: BusinessDate,
    /// When it was posted.
    pub posted_at: Timestamp,
    /// The credit that caused it.
    pub payment_id: Option<BankCreditId>,
    /// The request that was paid.
    pub payment_request_id: Option<PaymentRequestId>,
}

#[derive(sqlx::FromRow)]
struct PostingRow {
    sequence: i64,
    journal_entry_id: Uuid,
    journal_sequence: i64,
    rule: String,
    side: String,
    amount: i64,
    balance_after: i64,
    business_date: i64,
    posted_at: i64,
    bank_credit_id: Option<Uuid>,
    payment_request_id: Option<Uuid>,
}

impl Store {
    /// The tenant's trial balance. Its columns are equal in every moment that can be read.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn trial_balance(&self, scope: &TenantScope) -> Result<TrialBalance, StoreError> {
        let mut tx = self.read().await?;
        let (journal_sequence,) =
            fetch_one!(&mut tx, (i64,), sql!("journal/sequence"), scope.id())?;
        let accounts = fetch_all!(
            &mut tx,
            TrialBalanceRow,
            sql!("journal/trial_balance"),
            scope.id()
        )?;
        Ok(TrialBalance {
            accounts,
            journal_sequence,
        })
    }

    /// The trial balance as it stood at a cut that has passed: entries up to number `through`, on business
    /// days up to `day`; either alone or both. It reads every posting before the cut. An entry that came
    /// later stands on a later day or has a later number, so with a number the answer is the same for ever.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn trial_balance_at(
        &self,
        scope: &TenantScope,
        through: Option<i64>,
        day: Option<BusinessDate>,
    ) -> Result<TrialBalance, StoreError> {
        let mut tx = self.read_long().await?;
        let (last,) = fetch_one!(&mut tx, (i64,), sql!("journal/sequence"), scope.id())?;
        let journal_sequence = through.map_or(last, |through| through.min(last));
        let accounts = fetch_all!(
            &mut tx,
            TrialBalanceRow,
            sql!("journal/trial_balance_at"),
            scope.id(),
            journal_sequence,
            day.map_or(i64::MAX, BusinessDate::as_number)
        )?;
        Ok(TrialBalance {
            accounts,
            journal_sequence,
        })
    }

    /// The postings of one account after number `after`, oldest first; nothing when the account does
    /// not exist.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn account_postings(
        &self,
        scope: &TenantScope,
        account: &AccountCode,
        after: i64,
        limit: i64,
    ) -> Result<Option<Vec<AccountPosting>>, StoreError> {
        let mut tx = self.read().await?;
        let exists = fetch_optional!(
            &mut tx,
            (i64, i64),
            sql!("journal/account"),
            scope.id(),
            account.as_str()
        )?;
        if exists.is_none() {
            return Ok(None);
        }
        let rows = fetch_all!(
            &mut tx,
            PostingRow,
            sql!("journal/postings"),
            scope.id(),
            account.as_str(),
            after,
            limit
        )?;
        rows.into_iter()
            .map(|row| {
                Ok(AccountPosting {
                    sequence: row.sequence,
                    journal_entry_id: JournalEntryId::from_uuid(row.journal_entry_id),
                    journal_sequence: row.journal_sequence,
                    rule: row.rule,
                    side: row.side,
                    amount: row.amount,
                    balance_after: row.balance_after,
                    business_date: BusinessDate::from_number(row.business_date).map_err(|_| {
                        StoreError::Inconsistent {
                            table: "journal_entry",
                            column: "business_date",
                        }
                    })?,
                    posted_at: Timestamp::from_micros(row.posted_at),
                    payment_id: row.bank_credit_id.map(BankCreditId::from_uuid),
                    payment_request_id: row.payment_request_id.map(PaymentRequestId::from_uuid),
                })
            })
            .collect::<Result<_, StoreError>>()
            .map(Some)
    }
}
