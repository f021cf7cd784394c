//! One transaction of the writer: what its jobs share, and what they leave behind.
//!
//! Jobs do not write row by row. They read through the batch, decide, and add rows to it; the rows of
//! all jobs are written together, one statement a table ([`Pending`]). So a payment costs the database
//! a share of about twenty statements, not twenty statements.
//!
//! The batch holds the locks on its tenants' heads, so what it has read of their requests and accounts
//! stays true, and it can keep them in memory: requests in [`Requests`], balances in `accounts`. Both
//! are changed only through the batch. Everything else goes through [`Batch::tx`], which first writes
//! what was added so far, so that a statement never misses an earlier job's effect.

use super::requests::{Requests, Wanted};
use super::rows::{
    AccountKey, AccountRow, AuditRow, EndpointKey, EntryRow, HeadKey, HeadRow, IdempotencyRow,
    NewDeliveryRow, NewEventRow, PayeeIdKey, Pending, PostingRow,
};
use crate::endpoint::EventFilter;
use crate::payment_request::{IdempotencyKey, PaymentRequest};
use crate::receipt::Books;
use crate::tenant::{PayeeAccount, PayeeAccountRow, scope_by_id};
use crate::{Environment, Store, StoreError, TenantScope, Tx, event};
use ledger::{AccountCode, ChainHash, ChainRecord, JournalEntry, Side};
use money::Vnd;
use payment::{
    BankCreditId, BusinessDate, DeliveryId, FeeKind, JournalEntryId, PayeeAccountId,
    PaymentRequestId, Reference, Timestamp,
};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// A committed change that a screen may wait for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Change {
    /// The request that changed, if the change concerns one.
    pub payment_request: Option<PaymentRequestId>,
}

/// A transaction that collects what several jobs do.
pub(crate) struct Batch {
    tx: Tx,
    environment: Environment,
    heads: BTreeMap<Uuid, Head>,
    accounts: BTreeMap<(Uuid, AccountCode), AccountState>,
    scopes: BTreeMap<Uuid, TenantScope>,
    payees: BTreeMap<(Uuid, Uuid), PayeeAccount>,
    requests: Requests,
    receipts: BTreeMap<Uuid, Option<Books>>,
    pending: Pending,
    postings: Vec<NewPosting>,
    /// Events that have their one delivery already.
    addressed: BTreeSet<Uuid>,
    changes: Vec<Change>,
}

#[derive(sqlx::FromRow)]
struct StoredHead {
    tenant_id: Uuid,
    event_sequence: i64,
    journal_sequence: i64,
    audit_sequence: i64,
    audit_hash: Vec<u8>,
    closed_through: i64,
}

#[derive(sqlx::FromRow)]
struct PayeeRow {
    tenant_id: Uuid,
    #[sqlx(flatten)]
    payee: PayeeAccountRow,
}

struct Head {
    event_sequence: i64,
    journal_sequence: i64,
    audit_sequence: i64,
    audit_hash: ChainHash,
    /// The last closed day; nothing is posted on it or before it.
    closed_through: Option<BusinessDate>,
    changed: bool,
}

#[derive(Default)]
struct AccountState {
    sequence: i64,
    balance: Vnd,
    changed: bool,
}

/// A posting whose account is looked up when the batch is written.
struct NewPosting {
    tenant: Uuid,
    entry: JournalEntryId,
    position: i64,
    account: AccountCode,
    side: Side,
    amount: Vnd,
}

/// An event that is in the feed once the batch commits.
struct AddedEvent {
    event_id: Uuid,
    sequence: i64,
}

/// An entry that is in the journal once the batch commits.
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
            scopes: BTreeMap::new(),
            payees: BTreeMap::new(),
            requests: Requests::default(),
            receipts: BTreeMap::new(),
            pending: Pending::default(),
            postings: Vec::new(),
            addressed: BTreeSet::new(),
            changes: Vec::new(),
        })
    }

    pub(crate) fn now(&self) -> Timestamp {
        (self.environment.now)()
    }

    pub(crate) fn new_id(&self) -> Uuid {
        (self.environment.new_id)()
    }

    pub(crate) const fn gap_patience_seconds(&self) -> i64 {
        self.environment.gap_patience_seconds
    }

    /// The transaction, with everything that was added so far written into it.
    pub(crate) async fn tx(&mut self) -> Result<&mut Tx, StoreError> {
        self.flush().await?;
        Ok(&mut self.tx)
    }

    /// The transaction as it stands, for looking up what no job of the batch changes.
    pub(crate) const fn lookup(&mut self) -> &mut Tx {
        &mut self.tx
    }

    /// The rows that are written together.
    pub(crate) const fn pending(&mut self) -> &mut Pending {
        &mut self.pending
    }

    /// Looks up in one go what the jobs are going to ask for. The tenants are locked before.
    pub(crate) async fn prefetch(&mut self, mut wanted: Wanted) -> Result<(), StoreError> {
        let keys = std::mem::take(&mut wanted.payees)
            .into_iter()
            .map(|(tenant_id, payee_account_id)| PayeeIdKey {
                tenant_id,
                payee_account_id,
            })
            .collect();
        for row in PayeeIdKey::fetch::<PayeeRow>(&mut self.tx, keys).await? {
            self.payees.insert(
                (row.tenant_id, row.payee.payee_account_id),
                row.payee.into(),
            );
        }
        self.requests.prefetch(&mut self.tx, wanted).await
    }

    /// A payee's account.
    pub(crate) async fn payee(
        &mut self,
        tenant: Uuid,
        id: PayeeAccountId,
    ) -> Result<PayeeAccount, StoreError> {
        let key = (tenant, id.uuid());
        if !self.payees.contains_key(&key) {
            let payees = BTreeSet::from([key]);
            let wanted = Wanted {
                payees,
                ..Wanted::default()
            };
            self.prefetch(wanted).await?;
        }
        let found = self.payees.get(&key);
        found.cloned().ok_or(StoreError::Inconsistent {
            table: "payment_request",
            column: "payee_account_id",
        })
    }

    /// A request by our id, as the batch sees it.
    pub(crate) async fn request_by_id(
        &mut self,
        tenant: Uuid,
        id: Uuid,
    ) -> Result<Option<PaymentRequest>, StoreError> {
        self.head(tenant)?;
        self.requests.by_id(&mut self.tx, tenant, id).await
    }

    /// A request by its reference, as the batch sees it.
    pub(crate) async fn request_by_reference(
        &mut self,
        tenant: Uuid,
        reference: Reference,
    ) -> Result<Option<PaymentRequest>, StoreError> {
        self.head(tenant)?;
        self.requests
            .by_reference(&mut self.tx, tenant, reference)
            .await
    }

    /// A request by the portal's id, as the batch sees it.
    pub(crate) async fn request_by_external_id(
        &mut self,
        tenant: Uuid,
        external_id: &str,
    ) -> Result<Option<PaymentRequest>, StoreError> {
        self.head(tenant)?;
        self.requests
            .by_external_id(&mut self.tx, tenant, external_id)
            .await
    }

    /// What an `Idempotency-Key` was used for: the digest of the call, and the request.
    pub(crate) async fn idempotency_key(
        &mut self,
        tenant: Uuid,
        key: &IdempotencyKey,
    ) -> Result<Option<([u8; 32], Uuid)>, StoreError> {
        self.head(tenant)?;
        self.requests
            .by_idempotency_key(&mut self.tx, tenant, key)
            .await
    }

    /// Binds an `Idempotency-Key` to the request that it stands for from now on.
    pub(crate) fn use_idempotency_key(
        &mut self,
        tenant: Uuid,
        key: &IdempotencyKey,
        request: PaymentRequestId,
        at: Timestamp,
    ) {
        self.pending.idempotency.push(IdempotencyRow {
            tenant_id: tenant,
            operation: key.operation.to_owned(),
            idempotency_key: key.key.clone(),
            digest: key.digest.to_vec(),
            payment_request_id: request.uuid(),
            created_at: at.micros(),
        });
        self.requests
            .use_idempotency_key(tenant, key, request.uuid());
    }

    /// Adds a new request.
    pub(crate) fn insert_request(
        &mut self,
        tenant: Uuid,
        request: &PaymentRequest,
        lines: String,
    ) -> Result<(), StoreError> {
        self.head(tenant)?;
        let row = self.requests.insert(tenant, request, lines);
        self.pending.requests.push(row);
        Ok(())
    }

    /// Takes over a request that was read through the batch and changed, as its next version.
    pub(crate) fn advance_request(
        &mut self,
        tenant: Uuid,
        request: &mut PaymentRequest,
    ) -> Result<(), StoreError> {
        self.head(tenant)?;
        self.requests.advance(tenant, request)
    }

    /// A tenant's books of receipts; none when it issues no receipts. Read once per batch.
    pub(crate) async fn receipt_books(
        &mut self,
        tenant: Uuid,
    ) -> Result<Option<&mut Books>, StoreError> {
        self.head(tenant)?;
        if !self.receipts.contains_key(&tenant) {
            let scope = self.scope(tenant).await?;
            let books = Books::read(&mut self.tx, tenant, scope.name()).await?;
            self.receipts.insert(tenant, books);
        }
        Ok(self.receipts.get_mut(&tenant).and_then(Option::as_mut))
    }

    /// Whether a receipt of this kind could be numbered at this time.
    pub(crate) async fn numbers_receipts(
        &mut self,
        tenant: Uuid,
        kind: FeeKind,
        at: Timestamp,
    ) -> Result<bool, StoreError> {
        let books = self.receipt_books(tenant).await?;
        Ok(books.is_some_and(|books| books.can_number(kind, at.business_date().year())))
    }

    /// Locks the tenants' heads until the end of the transaction and reads them. On SQLite the
    /// transaction holds the only write lock already.
    ///
    /// Two batches must not wait for each other in a circle: call it once, with every tenant.
    pub(crate) async fn lock_tenants(
        &mut self,
        tenants: impl IntoIterator<Item = Uuid>,
    ) -> Result<(), StoreError> {
        let tenants: BTreeSet<Uuid> = tenants
            .into_iter()
            .filter(|tenant| !self.heads.contains_key(tenant))
            .collect();
        let keys: Vec<HeadKey> = tenants
            .iter()
            .map(|&tenant_id| HeadKey { tenant_id })
            .collect();
        for row in HeadKey::fetch::<StoredHead>(&mut self.tx, keys).await? {
            let audit_hash =
                ChainHash::from_bytes(&row.audit_hash).ok_or(StoreError::Inconsistent {
                    table: "tenant_head",
                    column: "audit_hash",
                })?;
            self.heads.insert(
                row.tenant_id,
                Head {
                    event_sequence: row.event_sequence,
                    journal_sequence: row.journal_sequence,
                    audit_sequence: row.audit_sequence,
                    audit_hash,
                    closed_through: closed_through(row.closed_through)?,
                    changed: false,
                },
            );
        }
        for tenant in tenants {
            self.head(tenant)?;
        }
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

    /// Adds a balanced entry: the journal row and one posting per line, with running balances. On a day
    /// that is closed nothing is posted: the entry stands on the next open day and keeps its own as
    /// evidence.
    pub(crate) fn post(
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
        head.changed = true;
        let sequence = head.journal_sequence;
        let open = head.closed_through.map(|last| last.plus_days(1));
        let late = open.filter(|open| business_date < *open);
        let evidence_date = late.map(|_| business_date.as_number());
        let business_date = late.unwrap_or(business_date);
        self.pending.entries.push(EntryRow {
            tenant_id: tenant,
            journal_entry_id: id.uuid(),
            sequence,
            rule: entry.rule().to_owned(),
            business_date: business_date.as_number(),
            posted_at: at.micros(),
            bank_credit_id: bank_credit.map(BankCreditId::uuid),
            evidence_date,
        });
        for (position, posting) in (1i64..).zip(entry.postings()) {
            self.postings.push(NewPosting {
                tenant,
                entry: id,
                position,
                account: posting.account.clone(),
                side: posting.side,
                amount: posting.amount,
            });
        }
        Ok(PostedEntry { id, sequence })
    }

    /// Adds an event; every endpoint that is on when the batch is written and wants events of this type
    /// gets a delivery of it.
    pub(crate) fn event(
        &mut self,
        tenant: Uuid,
        event_type: event::EventType,
        subject: &event::Subject,
        data: &impl Serialize,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        self.add_event(tenant, event_type, subject, data, at)?;
        Ok(())
    }

    /// Adds an event that one endpoint alone gets, whatever it wants. Answers the delivery's id.
    pub(crate) fn event_to(
        &mut self,
        tenant: Uuid,
        endpoint: Uuid,
        event_type: event::EventType,
        data: &impl Serialize,
        at: Timestamp,
    ) -> Result<DeliveryId, StoreError> {
        let delivery_id = self.new_id();
        let delivery = DeliveryId::from_uuid(delivery_id);
        // It is about nothing but itself.
        let subject = event::Subject {
            id: delivery.to_string(),
            version: 1,
            payment_request: None,
        };
        let event = self.add_event(tenant, event_type, &subject, data, at)?;
        self.addressed.insert(event.event_id);
        self.pending.deliveries.push(NewDeliveryRow {
            tenant_id: tenant,
            delivery_id,
            event_sequence: event.sequence,
            endpoint_id: endpoint,
            status: "pending".to_owned(),
            attempts: 0,
            next_attempt_at: at.micros(),
            created_at: at.micros(),
        });
        Ok(delivery)
    }

    /// Says that there is something to deliver, beside new events.
    pub(crate) fn announce_deliveries(&mut self) {
        self.changes.push(Change {
            payment_request: None,
        });
    }

    fn add_event(
        &mut self,
        tenant: Uuid,
        event_type: event::EventType,
        subject: &event::Subject,
        data: &impl Serialize,
        at: Timestamp,
    ) -> Result<AddedEvent, StoreError> {
        let data = serde_json::to_string(data).map_err(|_| StoreError::Inconsistent {
            table: "event",
            column: "data",
        })?;
        let event_id = self.new_id();
        let head = self.head(tenant)?;
        head.event_sequence += 1;
        head.changed = true;
        let sequence = head.event_sequence;
        self.pending.events.push(NewEventRow {
            tenant_id: tenant,
            sequence,
            event_id,
            event_type: event_type.as_str().to_owned(),
            subject: subject.id.clone(),
            subject_version: subject.version,
            occurred_at: at.micros(),
            data,
        });
        self.changes.push(Change {
            payment_request: subject.payment_request,
        });
        Ok(AddedEvent { event_id, sequence })
    }

    /// Appends a record to the tenant's audit chain.
    pub(crate) fn audit(
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
        head.changed = true;
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
        self.pending.audit.push(AuditRow {
            tenant_id: tenant,
            sequence,
            at: at.micros(),
            actor: actor.to_owned(),
            action: action.to_owned(),
            subject: subject.to_owned(),
            detail,
            hash,
        });
        Ok(())
    }

    /// Where the tenant's journal and audit chain stand now.
    pub(crate) fn stand(&mut self, tenant: Uuid) -> Result<(i64, i64, ChainHash), StoreError> {
        let head = self.head(tenant)?;
        Ok((head.journal_sequence, head.audit_sequence, head.audit_hash))
    }

    /// The tenant's last closed day.
    pub(crate) fn closed_through(
        &mut self,
        tenant: Uuid,
    ) -> Result<Option<BusinessDate>, StoreError> {
        Ok(self.head(tenant)?.closed_through)
    }

    /// Closes every day up to `last`: what is posted from now on stands on a later one.
    pub(crate) async fn close_through(
        &mut self,
        tenant: Uuid,
        last: BusinessDate,
    ) -> Result<(), StoreError> {
        execute!(
            self.tx().await?,
            sql!("period/close_through"),
            tenant,
            last.as_number()
        )?;
        self.head(tenant)?.closed_through = Some(last);
        Ok(())
    }

    /// Writes what was added so far; the batch goes on.
    async fn flush(&mut self) -> Result<(), StoreError> {
        self.add_postings().await?;
        self.add_deliveries().await?;
        let mut pending = std::mem::take(&mut self.pending);
        pending.states = self.requests.take_changes();
        for (&tenant_id, head) in &mut self.heads {
            if std::mem::take(&mut head.changed) {
                pending.heads.push(HeadRow {
                    tenant_id,
                    event_sequence: head.event_sequence,
                    journal_sequence: head.journal_sequence,
                    audit_sequence: head.audit_sequence,
                    audit_hash: head.audit_hash.as_bytes().to_vec(),
                });
            }
        }
        for (&tenant, books) in &mut self.receipts {
            if let Some(books) = books {
                pending.receipt_series.extend(books.take_changes(tenant));
            }
        }
        pending.write(&mut self.tx).await
    }

    /// Gives the new postings their places in their accounts, in the order in which they were made.
    async fn add_postings(&mut self) -> Result<(), StoreError> {
        let postings = std::mem::take(&mut self.postings);
        let unknown: BTreeSet<(Uuid, &AccountCode)> = postings
            .iter()
            .map(|posting| (posting.tenant, &posting.account))
            .filter(|(tenant, code)| !self.accounts.contains_key(&(*tenant, (*code).clone())))
            .collect();
        let keys: Vec<AccountKey> = unknown
            .iter()
            .map(|(tenant_id, code)| AccountKey {
                tenant_id: *tenant_id,
                account_code: code.as_str().to_owned(),
            })
            .collect();
        let mut stored: BTreeMap<(Uuid, String), (i64, i64)> =
            AccountKey::fetch(&mut self.tx, keys)
                .await?
                .into_iter()
                .map(
                    |(tenant, code, sequence, balance): (Uuid, String, i64, i64)| {
                        ((tenant, code), (sequence, balance))
                    },
                )
                .collect();
        for (tenant, code) in unknown {
            let (sequence, balance) = stored
                .remove(&(tenant, code.as_str().to_owned()))
                .unwrap_or_default();
            let state = AccountState {
                sequence,
                balance: Vnd::new(balance)?,
                changed: false,
            };
            self.accounts.insert((tenant, code.clone()), state);
        }
        for posting in postings {
            let code = posting.account.as_str().to_owned();
            // Known by now: every account was looked up above.
            let account = self
                .accounts
                .entry((posting.tenant, posting.account))
                .or_default();
            account.sequence += 1;
            account.balance = account
                .balance
                .checked_add(posting.side.signed(posting.amount))?;
            account.changed = true;
            self.pending.postings.push(PostingRow {
                tenant_id: posting.tenant,
                account_code: code,
                sequence: account.sequence,
                journal_entry_id: posting.entry.uuid(),
                position: posting.position,
                side: posting.side.as_str().to_owned(),
                amount: posting.amount.get(),
                balance_after: account.balance.get(),
            });
        }
        for ((tenant_id, code), account) in &mut self.accounts {
            if std::mem::take(&mut account.changed) {
                self.pending.accounts.push(AccountRow {
                    tenant_id: *tenant_id,
                    account_code: code.as_str().to_owned(),
                    account_type: code.account_type().as_str().to_owned(),
                    sequence: account.sequence,
                    balance: account.balance.get(),
                });
            }
        }
        Ok(())
    }

    /// Sends each new event on its way to the endpoints of its tenant that are on now and want it.
    async fn add_deliveries(&mut self) -> Result<(), StoreError> {
        let addressed = std::mem::take(&mut self.addressed);
        let tenants: BTreeSet<Uuid> = self
            .pending
            .events
            .iter()
            .filter(|event| !addressed.contains(&event.event_id))
            .map(|event| event.tenant_id)
            .collect();
        let keys = tenants
            .into_iter()
            .map(|tenant_id| EndpointKey { tenant_id })
            .collect();
        let endpoints: Vec<(Uuid, Uuid, EventFilter)> = EndpointKey::fetch(&mut self.tx, keys)
            .await?
            .into_iter()
            .map(|(tenant, endpoint, filter): (Uuid, Uuid, Option<String>)| {
                (tenant, endpoint, EventFilter::stored(filter.as_deref()))
            })
            .collect();
        for event in &self.pending.events {
            if addressed.contains(&event.event_id) {
                continue;
            }
            let here = endpoints.iter().filter(|(tenant, _, filter)| {
                *tenant == event.tenant_id && filter.takes(&event.event_type)
            });
            for (_, endpoint_id, _) in here {
                self.pending.deliveries.push(NewDeliveryRow {
                    tenant_id: event.tenant_id,
                    delivery_id: (self.environment.new_id)(),
                    event_sequence: event.sequence,
                    endpoint_id: *endpoint_id,
                    status: "pending".to_owned(),
                    attempts: 0,
                    next_attempt_at: event.occurred_at,
                    created_at: event.occurred_at,
                });
            }
        }
        Ok(())
    }

    /// Writes what is left and commits.
    pub(crate) async fn commit(mut self) -> Result<Vec<Change>, StoreError> {
        self.flush().await?;
        self.tx.commit().await?;
        Ok(self.changes)
    }
}

/// A stored last closed day; 0 stands for none.
fn closed_through(number: i64) -> Result<Option<BusinessDate>, StoreError> {
    if number == 0 {
        return Ok(None);
    }
    let day = BusinessDate::from_number(number);
    day.map(Some).map_err(|_| StoreError::Inconsistent {
        table: "tenant_head",
        column: "closed_through",
    })
}
