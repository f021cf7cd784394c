//! The rows that a batch collects, and what it looks up in advance; each kind is one statement.

use crate::StoreError;
use crate::Tx;
use uuid::Uuid;

bulk_rows! {
    /// What became of one message of a callback.
    MessageRow, "bulk/insert_messages" {
        tenant_id: Uuid,
        callback_id: Uuid,
        ordinal: i64,
        outcome: String,
        provider_event_id: Option<String>,
        bank_credit_id: Option<Uuid>,
        detail: Option<String>,
        decided_at: i64,
    }
}

bulk_rows! {
    /// A booked credit.
    CreditRow, "bulk/insert_credits" {
        tenant_id: Uuid,
        bank_credit_id: Uuid,
        source: String,
        provider_event_id: String,
        callback_id: Uuid,
        notice_digest: Vec<u8>,
        amount: i64,
        account_number: String,
        virtual_account: Option<String>,
        memo: String,
        memo_full: Option<String>,
        memo_digest: Vec<u8>,
        bank_reference: Option<String>,
        counterparty_name: Option<String>,
        counterparty_account: Option<String>,
        booked_at: i64,
        balance_after: Option<i64>,
        business_date: i64,
        received_at: i64,
        outcome: String,
        suspense_reason: Option<String>,
        match_detail: String,
    }
}

bulk_rows! {
    /// A credit in the books, reported once more through another channel.
    CreditReportRow, "bulk/insert_credit_reports" {
        tenant_id: Uuid,
        source: String,
        provider_event_id: String,
        bank_credit_id: Uuid,
        notice_digest: Option<Vec<u8>>,
        reported_at: i64,
        audit_sequence: i64,
    }
}

bulk_rows! {
    /// A journal entry's head.
    EntryRow, "bulk/insert_entries" {
        tenant_id: Uuid,
        journal_entry_id: Uuid,
        sequence: i64,
        rule: String,
        business_date: i64,
        posted_at: i64,
        bank_credit_id: Option<Uuid>,
        evidence_date: Option<i64>,
    }
}

bulk_rows! {
    /// One side of an entry, with the account's balance after it.
    PostingRow, "bulk/insert_postings" {
        tenant_id: Uuid,
        account_code: String,
        sequence: i64,
        journal_entry_id: Uuid,
        position: i64,
        side: String,
        amount: i64,
        balance_after: i64,
    }
}

bulk_rows! {
    /// A credit, or a part of it, given to a request or taken back.
    AllocationRow, "bulk/insert_allocations" {
        tenant_id: Uuid,
        allocation_id: Uuid,
        bank_credit_id: Uuid,
        payment_request_id: Uuid,
        journal_entry_id: Uuid,
        amount: i64,
        rule: String,
        allocated_at: i64,
        collected: i64,
        credit_act_id: Option<Uuid>,
        reverses: Option<Uuid>,
    }
}

bulk_rows! {
    /// A receipt with its number.
    ReceiptNumberRow, "bulk/insert_receipts" {
        tenant_id: Uuid,
        receipt_id: Uuid,
        payment_request_id: Uuid,
        fee_kind: String,
        form_code: String,
        series: String,
        year: i64,
        number: i64,
        amount: i64,
        issued_on: i64,
        issued_at: i64,
        content: String,
        signer: String,
        actor: String,
        replaces: Option<Uuid>,
    }
}

bulk_rows! {
    /// That a receipt was cancelled.
    ReceiptCancellationRow, "bulk/insert_receipt_cancellations" {
        tenant_id: Uuid,
        receipt_id: Uuid,
        reason: String,
        actor: String,
        cancelled_at: i64,
    }
}

bulk_rows! {
    /// The last number that a series has given out.
    ReceiptSeriesRow, "bulk/upsert_receipt_series" {
        tenant_id: Uuid,
        form_code: String,
        series: String,
        year: i64,
        last_number: i64,
    }
}

bulk_rows! {
    /// A credit that comes to suspense for the first time.
    SuspenseRow, "bulk/insert_suspense" {
        tenant_id: Uuid,
        bank_credit_id: Uuid,
        held: i64,
        reason: String,
        since: i64,
        version: i64,
    }
}

bulk_rows! {
    /// What a person decided about a credit.
    ActRow, "bulk/insert_acts" {
        tenant_id: Uuid,
        credit_act_id: Uuid,
        bank_credit_id: Uuid,
        version: i64,
        kind: String,
        amount: i64,
        journal_entry_id: Option<Uuid>,
        undoes_act_id: Option<Uuid>,
        actor: String,
        reason: String,
        operation: String,
        idempotency_key: Option<String>,
        idempotency_digest: Option<Vec<u8>>,
        decided_at: i64,
    }
}

bulk_rows! {
    /// An account's sequence and balance after the batch.
    AccountRow, "bulk/upsert_accounts" {
        tenant_id: Uuid,
        account_code: String,
        account_type: String,
        sequence: i64,
        balance: i64,
    }
}

bulk_rows! {
    /// A new payment request.
    NewRequestRow, "bulk/insert_requests" {
        tenant_id: Uuid,
        payment_request_id: Uuid,
        external_id: Option<String>,
        reference: String,
        status: String,
        amount: i64,
        received: i64,
        late: bool,
        version: i64,
        payee_account_id: Uuid,
        description: Option<String>,
        lines: String,
        payer_id: Option<String>,
        payer_name: Option<String>,
        metadata: Option<String>,
        body_digest: Vec<u8>,
        payload: Option<String>,
        checkout_token: String,
        created_at: i64,
        expires_at: Option<i64>,
        paid_at: Option<i64>,
    }
}

bulk_rows! {
    /// A request's state after the batch, and its version before it.
    StateRow, "bulk/update_states" {
        tenant_id: Uuid,
        payment_request_id: Uuid,
        before: i64,
        version: i64,
        status: String,
        received: i64,
        late: bool,
        paid_at: Option<i64>,
    }
}

bulk_rows! {
    /// A caller's `Idempotency-Key` and the request that it stands for.
    IdempotencyRow, "bulk/insert_idempotency" {
        tenant_id: Uuid,
        operation: String,
        idempotency_key: String,
        digest: Vec<u8>,
        payment_request_id: Uuid,
        created_at: i64,
    }
}

bulk_rows! {
    /// An event.
    NewEventRow, "bulk/insert_events" {
        tenant_id: Uuid,
        sequence: i64,
        event_id: Uuid,
        event_type: String,
        subject: String,
        subject_version: i64,
        occurred_at: i64,
        data: String,
    }
}

bulk_rows! {
    /// An event on its way to one endpoint.
    NewDeliveryRow, "bulk/insert_deliveries" {
        tenant_id: Uuid,
        delivery_id: Uuid,
        event_sequence: i64,
        endpoint_id: Uuid,
        status: String,
        attempts: i64,
        next_attempt_at: i64,
        created_at: i64,
    }
}

bulk_rows! {
    /// A record of the audit chain.
    AuditRow, "bulk/insert_audit" {
        tenant_id: Uuid,
        sequence: i64,
        at: i64,
        actor: String,
        action: String,
        subject: String,
        detail: String,
        hash: Vec<u8>,
    }
}

bulk_rows! {
    /// The heads of a tenant's sequences after the batch.
    HeadRow, "bulk/update_heads" {
        tenant_id: Uuid,
        event_sequence: i64,
        journal_sequence: i64,
        audit_sequence: i64,
        audit_hash: Vec<u8>,
    }
}

bulk_rows! {
    /// A callback that leaves the queue.
    PendingKey, "bulk/delete_pending" {
        tenant_id: Uuid,
        callback_id: Uuid,
    }
}

bulk_rows! {
    /// A tenant whose head is locked.
    HeadKey, "bulk/lock_heads" { tenant_id: Uuid }
}

bulk_rows! {
    /// An account that is looked up.
    AccountKey, "bulk/accounts" { tenant_id: Uuid, account_code: String }
}

bulk_rows! {
    /// A tenant whose live endpoints are looked up.
    EndpointKey, "bulk/live_endpoints" { tenant_id: Uuid }
}

bulk_rows! {
    /// A request that is looked up by our id.
    RequestIdKey, "bulk/requests_by_id" { tenant_id: Uuid, payment_request_id: Uuid }
}

bulk_rows! {
    /// A request that is looked up by its reference.
    ReferenceKey, "bulk/requests_by_reference" { tenant_id: Uuid, reference: String }
}

bulk_rows! {
    /// A request that is looked up by the portal's id.
    ExternalIdKey, "bulk/requests_by_external_id" { tenant_id: Uuid, external_id: String }
}

bulk_rows! {
    /// An `Idempotency-Key` that is looked up.
    IdempotencyLookup, "bulk/idempotency" {
        tenant_id: Uuid,
        operation: String,
        idempotency_key: String,
    }
}

bulk_rows! {
    /// A payee's account that is looked up by our id.
    PayeeIdKey, "bulk/payees_by_id" { tenant_id: Uuid, payee_account_id: Uuid }
}

/// Everything that a batch inserts, in the order in which rows refer to each other.
#[derive(Default)]
pub(crate) struct Pending {
    pub(crate) requests: Vec<NewRequestRow>,
    pub(crate) idempotency: Vec<IdempotencyRow>,
    pub(crate) states: Vec<StateRow>,
    pub(crate) credits: Vec<CreditRow>,
    pub(crate) reports: Vec<CreditReportRow>,
    pub(crate) messages: Vec<MessageRow>,
    pub(crate) entries: Vec<EntryRow>,
    pub(crate) postings: Vec<PostingRow>,
    pub(crate) suspense: Vec<SuspenseRow>,
    pub(crate) acts: Vec<ActRow>,
    pub(crate) allocations: Vec<AllocationRow>,
    pub(crate) receipts: Vec<ReceiptNumberRow>,
    pub(crate) receipt_cancellations: Vec<ReceiptCancellationRow>,
    pub(crate) receipt_series: Vec<ReceiptSeriesRow>,
    pub(crate) events: Vec<NewEventRow>,
    pub(crate) deliveries: Vec<NewDeliveryRow>,
    pub(crate) audit: Vec<AuditRow>,
    pub(crate) accounts: Vec<AccountRow>,
    pub(crate) heads: Vec<HeadRow>,
    pub(crate) settled: Vec<PendingKey>,
}

impl Pending {
    /// Writes everything, one statement a table.
    pub(crate) async fn write(self, tx: &mut Tx) -> Result<(), StoreError> {
        NewRequestRow::write(tx, self.requests).await?;
        IdempotencyRow::write(tx, self.idempotency).await?;
        let changed = u64::try_from(self.states.len()).unwrap_or(u64::MAX);
        if StateRow::write(tx, self.states).await? != changed {
            // The tenant's head is locked, so nobody else can have changed it: the row is damaged.
            return Err(StoreError::Inconsistent {
                table: "payment_request",
                column: "version",
            });
        }
        CreditRow::write(tx, self.credits).await?;
        CreditReportRow::write(tx, self.reports).await?;
        MessageRow::write(tx, self.messages).await?;
        EntryRow::write(tx, self.entries).await?;
        PostingRow::write(tx, self.postings).await?;
        SuspenseRow::write(tx, self.suspense).await?;
        ActRow::write(tx, self.acts).await?;
        AllocationRow::write(tx, self.allocations).await?;
        ReceiptNumberRow::write(tx, self.receipts).await?;
        ReceiptCancellationRow::write(tx, self.receipt_cancellations).await?;
        ReceiptSeriesRow::write(tx, self.receipt_series).await?;
        NewEventRow::write(tx, self.events).await?;
        NewDeliveryRow::write(tx, self.deliveries).await?;
        AuditRow::write(tx, self.audit).await?;
        AccountRow::write(tx, self.accounts).await?;
        HeadRow::write(tx, self.heads).await?;
        PendingKey::write(tx, self.settled).await?;
        Ok(())
    }
}
