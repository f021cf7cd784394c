//! Exact identifiers beside the reference: virtual accounts, payers' codes, baskets.

use crate::office::{ACCOUNT, Office};
use crate::on_both_engines;
use payment::{
    BankCreditId, BasketId, PayerIdentifierId, PaymentRequestId, Reference, RequestStatus,
    SuspenseReason,
};
use reconciler::matching::Rule;
use store::basket::{BasketCreated, CreateBasket};
use store::payer::{Owner, RegisterIdentifier, Registered};
use store::payment_request::{Created, PaymentRequest};
use uuid::Uuid;

impl Office {
    async fn ask_of(&self, payer: &str, amount: i64) -> PaymentRequest {
        let mut new = self.new_request(&[("A", amount)]).await;
        new.new.payer.id = Some(payer.to_owned());
        match self.writer.create_payment_request(new).await.unwrap() {
            Created::New(request) => request,
            other => panic!("{other:?}"),
        }
    }

    async fn register(&self, kind: Rule, value: &str, owner: Owner) -> Registered {
        let identifier = RegisterIdentifier {
            scope: self.scope.clone(),
            id: PayerIdentifierId::from_uuid(Uuid::now_v7()),
            kind,
            value: value.to_owned(),
            owner,
            actor: "key_test".to_owned(),
            at: self.now(),
        };
        self.writer.register_identifier(identifier).await.unwrap()
    }

    /// Money arrives on a virtual account, without a word.
    async fn pay_into(&self, virtual_account: &str, amount: i64) -> BankCreditId {
        let body = self.notice(self.number(), amount, "chuyen tien");
        let account = format!("\"subAccount\":\"{virtual_account}\"");
        let body = body.replace("\"subAccount\":null", &account);
        self.hear(&body).await;
        self.settled().await;
        self.store
            .bank_credits(&self.scope, None, None, None, 1)
            .await
            .unwrap()[0]
            .id
    }

    async fn reason(&self, credit: BankCreditId) -> Option<SuspenseReason> {
        self.case(credit).await.credit.reason
    }

    async fn basket(&self, requests: &[&PaymentRequest]) -> (BasketCreated, Reference) {
        let request = self.new_request(&[("A", 1)]).await;
        let ids: Vec<PaymentRequestId> = requests.iter().map(|request| request.id).collect();
        let basket = CreateBasket {
            scope: self.scope.clone(),
            id: BasketId::from_uuid(Uuid::now_v7()),
            reference: request.reference,
            requests: ids,
            description: None,
            digest: [7; 32],
            idempotency_key: None,
            actor: "key_test".to_owned(),
            at: self.now(),
        };
        let created = self.writer.create_basket(basket).await.unwrap();
        (created, request.reference)
    }
}

on_both_engines! {
    async fn a_virtual_account_of_a_request_settles_it_without_a_memo(office: &Office) {
        let request = office.ask_of("P1", 100).await;
        office.register(Rule::VirtualAccount, "V2MS7912345678", Owner::Request(request.id)).await;
        let credit = office.pay_into("V2MS 7912-345678", 60).await;
        assert_eq!(office.status(&request).await, RequestStatus::Underpaid);
        assert_eq!(office.case(credit).await.allocations[0].rule, "virtual_account");
        office.assert_books_hold().await;
    }

    async fn a_payers_virtual_account_settles_the_oldest_requests_by_their_exact_sum(office: &Office) {
        let mut requests = Vec::new();
        for amount in [30, 50, 20] { requests.push(office.ask_of("P1", amount).await); }
        let stranger = office.ask_of("P2", 80).await;
        office.register(Rule::VirtualAccount, "V2MS7912345678", Owner::Payer("P1".into())).await;
        let settled = office.pay_into("V2MS7912345678", 80).await;
        let mut states = Vec::new();
        for request in &requests { states.push(office.status(request).await); }
        assert_eq!(states, [RequestStatus::Paid, RequestStatus::Paid, RequestStatus::Open]);
        assert_eq!(office.case(settled).await.allocations.len(), 2);
        // 19 is not what is asked: it waits, and the payer's request is suggested.
        let waits = office.pay_into("V2MS7912345678", 19).await;
        assert_eq!(office.reason(waits).await, Some(SuspenseReason::AmountNotExact));
        let suggestions = office.case(waits).await.suggestions;
        assert!(suggestions.get().contains(&requests[2].id.to_string()), "{suggestions}");
        assert_eq!(office.status(&stranger).await, RequestStatus::Open);
        office.assert_books_hold().await;
        // A payment for two requests is taken back as one.
        office.act(settled, store::suspense::Choice::Undo(None)).await;
        for request in &requests { assert_eq!(office.status(request).await, RequestStatus::Open); }
        office.assert_books_hold().await;
    }

    async fn a_payers_code_settles_as_a_word_of_the_memo_and_digits_alone_do_not(office: &Office) {
        let request = office.ask_of("P1", 100).await;
        office.register(Rule::PayerCode, "HS00123", Owner::Payer("P1".into())).await;
        office.register(Rule::PayerCode, "7912345678", Owner::Payer("P1".into())).await;
        let waits = office.credit_of(100, "MBVCB.1.7912345678 nop hoc phi.CT tu 0011").await;
        assert_eq!(office.reason(waits).await, Some(SuspenseReason::NoReference));
        assert!(office.case(waits).await.suggestions.get().contains(&request.id.to_string()));
        assert_eq!(office.status(&request).await, RequestStatus::Open);
        let settled = office.credit_of(100, "736412.031125.hs-00123 nop hoc phi").await;
        assert_eq!(office.status(&request).await, RequestStatus::Paid);
        assert_eq!(office.case(settled).await.allocations[0].rule, "payer_code");
        office.assert_books_hold().await;
    }

    async fn identifiers_that_contradict_each_other_settle_nothing(office: &Office) {
        let (named, coded) = (office.ask_of("P1", 100).await, office.ask_of("P2", 100).await);
        office.register(Rule::PayerCode, "HS00999", Owner::Payer("P2".into())).await;
        let waits = office.credit_of(100, &format!("{} HS00999", named.reference)).await;
        assert_eq!(office.reason(waits).await, Some(SuspenseReason::IdentifiersDisagree));
        assert_eq!(office.status(&named).await, RequestStatus::Open);
        assert_eq!(office.status(&coded).await, RequestStatus::Open);
        office.assert_books_hold().await;
    }

    async fn a_value_stands_for_one_thing_and_a_closed_one_for_nothing(office: &Office) {
        let request = office.ask_of("P1", 100).await;
        let owner = Owner::Payer("P1".into());
        let Registered::New(made) = office.register(Rule::PayerCode, "HS00123", owner.clone()).await else { panic!() };
        assert!(matches!(office.register(Rule::PayerCode, "HS00123", owner.clone()).await, Registered::Same(_)));
        let other = Owner::Payer("P2".into());
        assert!(matches!(office.register(Rule::PayerCode, "HS00123", other.clone()).await, Registered::Taken));
        let nobody = Owner::Request(PaymentRequestId::from_uuid(Uuid::now_v7()));
        assert!(matches!(office.register(Rule::PayerCode, "HS00124", nobody).await, Registered::NoRequest));
        for _ in 0..2 {
            assert!(office.writer.close_identifier(office.scope.clone(), made.id, "key".into(), office.now()).await.unwrap());
        }
        office.credit_of(100, "HS00123").await;
        assert_eq!(office.status(&request).await, RequestStatus::Open);
        assert!(matches!(office.register(Rule::PayerCode, "HS00123", other).await, Registered::New(_)));
        let listed = office.store.payer_identifiers(&office.scope, Some("P1"), None, 10).await.unwrap();
        assert_eq!(listed.iter().map(|it| it.closed_at.is_some()).collect::<Vec<_>>(), [true]);
        office.assert_books_hold().await;
    }

    async fn one_credit_with_a_baskets_reference_pays_all_its_requests(office: &Office) {
        let (first, second) = (office.ask(&[("A", 100)]).await, office.ask(&[("B", 50)]).await);
        let (created, reference) = office.basket(&[&first, &second]).await;
        assert!(matches!(created, BasketCreated::New(_)));
        let waits = office.credit_of(149, reference.as_str()).await;
        assert_eq!(office.reason(waits).await, Some(SuspenseReason::AmountNotExact));
        // One is paid in part by itself: the basket asks for the rest.
        office.pay(&first, 40).await;
        let paid = office.credit_of(110, &format!("MBVCB.1.{reference} nop phi")).await;
        assert_eq!(office.status(&first).await, RequestStatus::Paid);
        assert_eq!(office.status(&second).await, RequestStatus::Paid);
        let parts = office.case(paid).await.allocations;
        assert_eq!(parts.iter().map(|part| part.amount.get()).sum::<i64>(), 110);
        let bank = office.balances().await.into_iter().find(|(code, _)| *code == format!("bank:{ACCOUNT}"));
        assert_eq!(bank.unwrap().1, 299);
        office.assert_books_hold().await;
    }

    async fn a_basket_takes_only_what_one_credit_can_pay(office: &Office) {
        let (open, paid) = (office.ask(&[("A", 100)]).await, office.ask(&[("B", 50)]).await);
        office.pay(&paid, 50).await;
        let mut nobody = open.clone();
        nobody.id = PaymentRequestId::from_uuid(Uuid::now_v7());
        assert_eq!(office.basket(&[&open, &paid]).await.0, BasketCreated::NotWaiting(1));
        assert_eq!(office.basket(&[&open, &open]).await.0, BasketCreated::Twice(1));
        assert_eq!(office.basket(&[&open, &nobody]).await.0, BasketCreated::Missing(1));
        assert!(office.store.baskets(&office.scope, None, 10).await.unwrap().is_empty());
    }
}
