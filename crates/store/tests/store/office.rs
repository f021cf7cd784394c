//! A tenant with one account and one source, and short words for what tests do with it.

use money::Vnd;
use payment::request::{ItemCode, Line, Payer};
use payment::{
    CallbackId, CreditOutcome, NewPaymentRequest, PayeeAccountId, PaymentRequestId, Reference,
    RequestStatus, TenantId, Timestamp,
};
use reconciler::callback::Dialect;
use sha2::{Digest, Sha256};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use store::callback::{RecordCallback, Recorded};
use store::payment_request::{CreateRequest, Created, PaymentRequest, RequestKey};
use store::tenant::{Mode, Provision, ProvisionAccount, ProvisionSource};
use store::testing::TestDatabase;
use store::{Environment, Store, TenantScope, Writer};
use uuid::Uuid;

pub(crate) const ACCOUNT: &str = "0011001234567";
pub(crate) const SOURCE: &str = "sepay-main";

pub(crate) struct Office {
    pub(crate) store: Store,
    pub(crate) writer: Writer,
    pub(crate) scope: TenantScope,
    pub(crate) clock: Arc<AtomicI64>,
    task: Option<tokio::task::JoinHandle<()>>,
    counter: AtomicU64,
    database: TestDatabase,
}

impl Office {
    pub(crate) async fn open_sqlite() -> Self {
        Self::open(TestDatabase::sqlite()).await
    }

    pub(crate) async fn open_postgres() -> Option<Self> {
        Some(Self::open(TestDatabase::postgres().await?).await)
    }

    async fn open(database: TestDatabase) -> Self {
        let store = database.open().await;
        let clock = Arc::new(AtomicI64::new(
            Timestamp::parse_rfc3339("2026-11-22T02:00:00Z")
                .unwrap()
                .micros(),
        ));
        let scope = store
            .provision(&declared("office", SOURCE), now(&clock))
            .await
            .unwrap();
        let (writer, task) = Writer::start(store.clone(), environment(clock.clone()));
        Self {
            store,
            writer,
            scope,
            clock,
            task: Some(task),
            counter: AtomicU64::new(1),
            database,
        }
    }

    /// A second writer on the same database, as another process would have.
    pub(crate) fn another_writer(&self) -> (Writer, tokio::task::JoinHandle<()>) {
        Writer::start(self.store.clone(), environment(self.clock.clone()))
    }

    /// Ends the writer when everything accepted is done.
    pub(crate) async fn stop(&mut self) {
        self.writer.stop();
        self.task.take().unwrap().await.unwrap();
    }

    /// Ends everything and hands over the database, with nobody connected to it.
    pub(crate) async fn leave(mut self) -> TestDatabase {
        self.stop().await;
        self.store.close().await;
        self.database
    }

    pub(crate) fn now(&self) -> Timestamp {
        now(&self.clock)
    }

    pub(crate) fn pass_seconds(&self, seconds: i64) {
        self.clock.fetch_add(seconds * 1_000_000, Ordering::SeqCst);
    }

    pub(crate) fn number(&self) -> u64 {
        self.counter.fetch_add(1, Ordering::SeqCst)
    }

    pub(crate) async fn new_request(&self, lines: &[(&str, i64)]) -> CreateRequest {
        let accounts = self.store.payee_accounts(&self.scope).await.unwrap();
        CreateRequest {
            scope: self.scope.clone(),
            id: PaymentRequestId::from_uuid(Uuid::now_v7()),
            new: NewPaymentRequest {
                external_id: None,
                flow: self.scope.default_flow(),
                lines: lines
                    .iter()
                    .map(|(item, amount)| Line {
                        item: ItemCode::parse(item).unwrap(),
                        description: None,
                        amount: Vnd::new(*amount).unwrap(),
                        pricing: None,
                    })
                    .collect(),
                description: Some("Phí chứng thực".to_owned()),
                payer: Payer::default(),
                expires_at: Some(self.now().plus_seconds(3600)),
                metadata: Some(r#"{"dossier":"H29"}"#.to_owned()),
            },
            reference: Reference::from_random(
                self.scope.default_flow(),
                Uuid::new_v4().into_bytes(),
            )
            .unwrap_or_else(|| Reference::from_random(self.scope.default_flow(), [7; 16]).unwrap()),
            payee: accounts[0].id,
            payload: Some("payload".to_owned()),
            checkout_token: Uuid::new_v4().simple().to_string(),
            body_digest: Sha256::digest(format!("{lines:?}")).into(),
            idempotency: None,
            actor: "key_test".to_owned(),
            at: self.now(),
        }
    }

    pub(crate) async fn ask(&self, lines: &[(&str, i64)]) -> PaymentRequest {
        let request = self.new_request(lines).await;
        match self.writer.create_payment_request(request).await.unwrap() {
            Created::New(request) => request,
            other => panic!("not created: {other:?}"),
        }
    }

    /// A SePay message in its true form.
    pub(crate) fn notice(&self, id: u64, amount: i64, memo: &str) -> String {
        serde_json::json!({
            "id": id, "gateway": "Vietcombank", "transactionDate": "2026-11-22 09:00:00",
            "accountNumber": ACCOUNT, "code": null, "content": memo, "transferType": "in",
            "transferAmount": amount, "accumulated": 0, "subAccount": null,
            "referenceCode": format!("FT{id}"), "description": ""
        })
        .to_string()
    }

    pub(crate) async fn hear(&self, body: &str) -> Recorded {
        self.writer
            .record_callback(self.callback(body))
            .await
            .unwrap()
    }

    pub(crate) fn callback(&self, body: &str) -> RecordCallback {
        RecordCallback {
            account: None,
            scope: self.scope.clone(),
            id: CallbackId::from_uuid(Uuid::now_v7()),
            source: SOURCE.to_owned(),
            dialect: Dialect::SepayHmac,
            received_at: self.now(),
            headers: "{}".to_owned(),
            body: body.as_bytes().to_vec(),
            body_digest: Sha256::digest(body).into(),
            malformed: None,
        }
    }

    /// Money arrives with the request's reference in the memo.
    pub(crate) async fn pay(&self, request: &PaymentRequest, amount: i64) {
        let memo = format!("MBVCB.123.{} nop phi.CT tu 001", request.reference);
        self.hear(&self.notice(self.number(), amount, &memo)).await;
        self.settled().await;
    }

    /// Waits until nothing waits to be settled.
    pub(crate) async fn settled(&self) {
        for _ in 0..2000 {
            if self.store.audit().await.unwrap().counted.pending == 0 {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
        panic!("callbacks still wait");
    }

    pub(crate) async fn see(&self, request: &PaymentRequest) -> PaymentRequest {
        let key = RequestKey::Id(request.id);
        self.store
            .payment_request(&self.scope, &key)
            .await
            .unwrap()
            .unwrap()
    }

    pub(crate) async fn status(&self, request: &PaymentRequest) -> RequestStatus {
        self.see(request).await.status
    }

    /// The balances by account; debits are positive.
    pub(crate) async fn balances(&self) -> Vec<(String, i64)> {
        let trial = self.store.trial_balance(&self.scope).await.unwrap();
        trial
            .accounts
            .into_iter()
            .map(|row| (row.account_code, row.debit - row.credit))
            .collect()
    }

    pub(crate) async fn outcomes(&self) -> Vec<CreditOutcome> {
        let messages = self
            .store
            .callbacks(&self.scope, None, None, 200)
            .await
            .unwrap();
        let mut outcomes: Vec<_> = messages.into_iter().filter_map(|m| m.outcome).collect();
        outcomes.reverse();
        outcomes
    }

    pub(crate) async fn event_types(&self) -> Vec<String> {
        let events = self.store.events_after(&self.scope, 0, 200).await.unwrap();
        events.into_iter().map(|event| event.event_type).collect()
    }

    /// Panics with every broken row.
    pub(crate) async fn assert_books_hold(&self) {
        let findings = self.store.audit().await.unwrap();
        let broken: Vec<String> = findings
            .violations
            .iter()
            .map(ToString::to_string)
            .collect();
        assert!(broken.is_empty(), "{}", broken.join("\n"));
    }
}

pub(crate) fn declared(slug: &str, source: &str) -> Provision {
    Provision {
        new_tenant_id: TenantId::from_uuid(Uuid::now_v7()),
        slug: slug.to_owned(),
        mode: Mode::Test,
        name: "Trung tâm hành chính công mẫu".to_owned(),
        name_en: None,
        default_flow: payment::Flow::ONE_STOP,
        matching: reconciler::matching::Precedence::default(),
        accounts: vec![ProvisionAccount {
            new_id: PayeeAccountId::from_uuid(Uuid::now_v7()),
            bank_bin: "970436".to_owned(),
            account_number: ACCOUNT.to_owned(),
            account_name: "TRUNG TAM HANH CHINH CONG MAU".to_owned(),
        }],
        items: vec![],
        profile: store::tenant::Profile::default(),
        receipts: Vec::new(),
        sources: vec![ProvisionSource {
            source: source.to_owned(),
            dialect: Dialect::SepayHmac.as_str().to_owned(),
            sealed_secret: vec![1],
            sealed_previous_secret: None,
            terms: store::tenant::SourceTerms::default(),
        }],
    }
}

fn now(clock: &AtomicI64) -> Timestamp {
    Timestamp::from_micros(clock.load(Ordering::SeqCst))
}

pub(crate) fn environment(clock: Arc<AtomicI64>) -> Environment {
    Environment {
        now: Arc::new(move || now(&clock)),
        new_id: Arc::new(Uuid::now_v7),
        gap_patience_seconds: 30,
    }
}
