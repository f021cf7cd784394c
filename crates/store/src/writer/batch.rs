//! One transaction of the writer, with what its jobs share: the heads of tenants, the accounts they
//! move, the endpoints that hear about it.

use crate::tenant::scope_by_id;
use crate::{Environment, Store, StoreError, TenantScope, Tx, event};
use ledger::{AccountCode, ChainHash, ChainRecord, JournalEntry};
use money::Vnd;
use payment::{BankCreditId, BusinessDate, JournalEntryId, PaymentRequestId, Timestamp};
use serde::Serialize;
use std::collections::BTreeMap;
use uuid::Uuid;

/// A committed change that a screen may wait for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Change {
    /// The request that changed, if the change concerns one.
    pub payment_request: Option<PaymentRequestId>,
}

/// A transaction that collects what several jobs do.
pub(crate) struct Batch {
    pub(crate) tx: Tx,
    environment: Environment,
    heads: BTreeMap<Uuid, Head>,
    accounts: BTreeMap<(Uuid, AccountCode), AccountState>,
    endpoints: BTreeMap<Uuid, Vec<Uuid>>,
    scopes: BTreeMap<Uuid, TenantScope>,
    changes: Vec<Change>,
}

#[derive(sqlx::FromRow)]
struct HeadRow {
    event_sequence: i64,
    journal_sequence: i64,
    audit_sequence: i64,
    audit_hash: Vec<u8>,
}

struct Head {
    event_sequence: i64,
    journal_sequence: i64,
    audit_sequence: i64,
    audit_hash: ChainHash,
}

struct AccountState {
    sequence: i64,
    balance: Vnd,
    is_new: bool,
    changed: bool,
}

/// An entry that is in the journal now.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PostedEntry {
    pub(crate) id: JournalEntryId,
    pub(crate) sequence: i64,
}

impl Batch {
    pub(crate) async fn begin(store: &Store, environment: Environment) -> Result<Self, StoreError> {
        Ok(Self {
            tx: store.write().await?,
            environment,
            heads: BTreeMap::new(),
            accounts: BTreeMap::new(),
            endpoints: BTreeMap::new(),
            scopes: BTreeMap::new(),
            changes: Vec::new(),
        })
    }

    pub(crate) fn now(&self) -> Timestamp {
        (self.environment.now)()
    }

    pub(crate) fn new_id(&self) -> Uuid {
        (self.environment.new_id)()
    }

    /// Locks the tenant's head until the end of the transaction and reads it. On SQLite the
    /// transaction holds the only write lock already.
    pub(crate) async fn lock_tenant(&mut self, tenant: Uuid) -> Result<(), StoreError> {
        if self.heads.contains_key(&tenant) {
            return Ok(());
        }
        let row = fetch_one!(
            &mut self.tx,
            HeadRow,
            sql!(pair "journal/lock_head"),
            tenant
        )?;
        let audit_hash =
            ChainHash::from_bytes(&row.audit_hash).ok_or(StoreError::Inconsistent {
                table: "tenant_head",
                column: "audit_hash",
            })?;
        self.heads.insert(
            tenant,
            Head {
                event_sequence: row.event_sequence,
                journal_sequence: row.journal_sequence,
                audit_sequence: row.audit_sequence,
                audit_hash,
            },
        );
        Ok(())
    }

    /// The scope of a tenant whose callback waits; read once per batch.
    pub(crate) async fn scope(&mut self, tenant: Uuid) -> Result<TenantScope, StoreError> {
        if let Some(known) = self.scopes.get(&tenant) {
            return Ok(known.clone());
        }
        let scope = scope_by_id(&mut self.tx, tenant).await?;
        self.scopes.insert(tenant, scope.clone());
        Ok(scope)
    }

    fn head(&mut self, tenant: Uuid) -> Result<&mut Head, StoreError> {
        // Every job names its tenant and the writer locks it first; a missing head is a defect.
        self.heads.get_mut(&tenant).ok_or(StoreError::Inconsistent {
            table: "tenant_head",
            column: "tenant_id",
        })
    }

    /// Posts a balanced entry: the journal row and one posting per line, with running balances.
    pub(crate) async fn post(
        &mut self,
        tenant: Uuid,
        entry: &JournalEntry,
        bank_credit: Option<BankCreditId>,
        business_date: BusinessDate,
        at: Timestamp,
    ) -> Result<PostedEntry, StoreError> {
        let id = JournalEntryId::from_uuid(self.new_id());
        let head = self.head(tenant)?;
        head.journal_sequence += 1;
        let sequence = head.journal_sequence;
        execute!(
            &mut self.tx,
            sql!("journal/insert_entry"),
            tenant,
            id.uuid(),
            sequence,
            entry.rule(),
            business_date.as_number(),
            at.micros(),
            bank_credit.map(BankCreditId::uuid)
        )?;
        for (position, posting) in (1i64..).zip(entry.postings()) {
            let signed = posting.side.signed(posting.amount);
            let account = self.account(tenant, &posting.account).await?;
            account.sequence += 1;
            account.balance = account.balance.checked_add(signed)?;
            account.changed = true;
            let (account_sequence, balance) = (account.sequence, account.balance);
            execute!(
                &mut self.tx,
                sql!("journal/insert_posting"),
                tenant,
                posting.account.as_str(),
                account_sequence,
                id.uuid(),
                position,
                posting.side.as_str(),
                posting.amount.get(),
                balance.get()
            )?;
        }
        Ok(PostedEntry { id, sequence })
    }

    /// The account as this transaction sees it. Safe to keep in memory: whoever changes a tenant's
    /// accounts holds the lock on its head.
    async fn account(
        &mut self,
        tenant: Uuid,
        code: &AccountCode,
    ) -> Result<&mut AccountState, StoreError> {
        let key = (tenant, code.clone());
        if !self.accounts.contains_key(&key) {
            let row = fetch_optional!(
                &mut self.tx,
                (i64, i64),
                sql!("journal/account"),
                tenant,
                code.as_str()
            )?;
            let state = AccountState {
                sequence: row.map_or(0, |(sequence, _)| sequence),
                balance: Vnd::new(row.map_or(0, |(_, balance)| balance))?,
                is_new: row.is_none(),
                changed: false,
            };
            self.accounts.insert(key.clone(), state);
        }
        self.accounts.get_mut(&key).ok_or(StoreError::Inconsistent {
            table: "account",
            column: "account_code",
        })
    }

    /// Writes an event, and one delivery for each endpoint that hears about it.
    pub(crate) async fn event(
        &mut self,
        tenant: Uuid,
        event_type: event::EventType,
        subject: &event::Subject,
        data: &impl Serialize,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let data = serde_json::to_string(data).map_err(|_| StoreError::Inconsistent {
            table: "event",
            column: "data",
        })?;
        let event_id = self.new_id();
        let head = self.head(tenant)?;
        head.event_sequence += 1;
        let sequence = head.event_sequence;
        execute!(
            &mut self.tx,
            sql!("event/insert"),
            tenant,
            sequence,
            event_id,
            event_type.as_str(),
            &subject.id,
            subject.version,
            at.micros(),
            &data
        )?;
        for endpoint in self.endpoints(tenant).await? {
            let delivery = self.new_id();
            execute!(
                &mut self.tx,
                sql!("delivery/insert"),
                tenant,
                delivery,
                sequence,
                endpoint,
                at.micros()
            )?;
        }
        self.changes.push(Change {
            payment_request: subject.payment_request,
        });
        Ok(())
    }

    /// Reads the tenant's endpoints again for the next event: one of them was switched off.
    pub(crate) fn forget_endpoints(&mut self, tenant: Uuid) {
        self.endpoints.remove(&tenant);
    }

    async fn endpoints(&mut self, tenant: Uuid) -> Result<Vec<Uuid>, StoreError> {
        if let Some(known) = self.endpoints.get(&tenant) {
            return Ok(known.clone());
        }
        let rows = fetch_all!(
            &mut self.tx,
            (Uuid,),
            sql!("delivery/live_endpoints"),
            tenant
        )?;
        let endpoints: Vec<Uuid> = rows.into_iter().map(|(id,)| id).collect();
        self.endpoints.insert(tenant, endpoints.clone());
        Ok(endpoints)
    }

    /// Appends a record to the tenant's audit chain.
    pub(crate) async fn audit(
        &mut self,
        tenant: Uuid,
        actor: &str,
        action: &str,
        subject: &str,
        detail: &impl Serialize,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let detail = serde_json::to_string(detail).map_err(|_| StoreError::Inconsistent {
            table: "audit_record",
            column: "detail",
        })?;
        let head = self.head(tenant)?;
        head.audit_sequence += 1;
        let sequence = head.audit_sequence;
        head.audit_hash = head.audit_hash.next(&ChainRecord {
            sequence,
            at_micros: at.micros(),
            actor,
            action,
            subject,
            detail: &detail,
        });
        let hash = head.audit_hash.as_bytes().to_vec();
        execute!(
            &mut self.tx,
            sql!("journal/insert_audit"),
            tenant,
            sequence,
            at.micros(),
            actor,
            action,
            subject,
            &detail,
            hash
        )?;
        Ok(())
    }

    /// Writes the balances and heads that changed, once each, and commits.
    pub(crate) async fn commit(mut self) -> Result<Vec<Change>, StoreError> {
        for ((tenant, code), account) in &self.accounts {
            if !account.changed {
                continue;
            }
            if account.is_new {
                execute!(
                    &mut self.tx,
                    sql!("journal/insert_account"),
                    tenant,
                    code.as_str(),
                    code.account_type().as_str(),
                    account.sequence,
                    account.balance.get()
                )?;
            } else {
                execute!(
                    &mut self.tx,
                    sql!("journal/update_account"),
                    tenant,
                    code.as_str(),
                    account.sequence,
                    account.balance.get()
                )?;
            }
        }
        for (tenant, head) in &self.heads {
            execute!(
                &mut self.tx,
                sql!("journal/update_head"),
                tenant,
                head.event_sequence,
                head.journal_sequence,
                head.audit_sequence,
                head.audit_hash.as_bytes().to_vec()
            )?;
        }
        self.tx.commit().await?;
        Ok(self.changes)
    }
}
