//! What becomes of money: every state has its test on both engines, and after each the books hold.

use crate::office::ACCOUNT;
use crate::on_both_engines;
use payment::{CreditOutcome, RequestStatus, SuspenseReason};
use store::callback::Recorded;
use store::payment_request::{Cancelled, Created, IdempotencyKey, RequestKey};

fn bank() -> String {
    format!("bank:{ACCOUNT}")
}

on_both_engines! {
    async fn an_exact_payment_settles_its_request_and_balances(office: &Office) {
        let request = office.ask(&[("CT-CHUKY", 10_000), ("CT-BANSAO", 4_000)]).await;
        office.pay(&request, 14_000).await;
        let paid = office.see(&request).await;
        assert_eq!((paid.status, paid.received.get(), paid.late), (RequestStatus::Paid, 14_000, false));
        assert_eq!(paid.paid_at, Some(office.now()));
        assert_eq!(office.balances().await, [
            (bank(), 14_000), ("collected:CT-BANSAO".into(), -4_000), ("collected:CT-CHUKY".into(), -10_000),
        ]);
        assert_eq!(office.event_types().await, ["payment_request.created", "payment_request.paid"]);
        office.assert_books_hold().await;
    }

    async fn a_short_payment_is_underpaid_and_the_rest_completes_it(office: &Office) {
        let request = office.ask(&[("A", 100), ("B", 50)]).await;
        office.pay(&request, 120).await;
        assert_eq!(office.status(&request).await, RequestStatus::Underpaid);
        assert_eq!(office.see(&request).await.remaining().get(), 30);
        office.pay(&request, 30).await;
        assert_eq!(office.status(&request).await, RequestStatus::Paid);
        assert_eq!(office.balances().await, [
            (bank(), 150), ("collected:A".into(), -100), ("collected:B".into(), -50),
        ]);
        office.assert_books_hold().await;
    }

    async fn a_surplus_and_a_second_payment_belong_to_the_payer(office: &Office) {
        let request = office.ask(&[("A", 100)]).await;
        office.pay(&request, 130).await;
        assert_eq!(office.status(&request).await, RequestStatus::Overpaid);
        office.pay(&request, 100).await;
        let after = office.see(&request).await;
        assert_eq!((after.status, after.received.get()), (RequestStatus::Overpaid, 230));
        let payer = format!("payer_credit:{}", request.reference);
        assert_eq!(office.balances().await, [
            (bank(), 230), ("collected:A".into(), -100), (payer, -130),
        ]);
        assert_eq!(office.event_types().await, [
            "payment_request.created", "payment_request.overpaid", "payment_request.overpaid",
        ]);
        office.assert_books_hold().await;
    }

    async fn money_after_the_expiry_still_lands_and_is_called_late(office: &Office) {
        let request = office.ask(&[("A", 100)]).await;
        office.pass_seconds(3601);
        for _ in 0..1000 {
            if office.status(&request).await == RequestStatus::Expired { break; }
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
        assert_eq!(office.status(&request).await, RequestStatus::Expired);
        office.pay(&request, 100).await;
        let paid = office.see(&request).await;
        assert_eq!((paid.status, paid.late), (RequestStatus::Paid, true));
        assert_eq!(office.event_types().await, [
            "payment_request.created", "payment_request.expired", "payment_request.paid_late",
        ]);
        office.assert_books_hold().await;
    }

    async fn money_that_nobody_claims_is_in_suspense_with_its_amount(office: &Office) {
        office.hear(&office.notice(1, 77_000, "Nguyen Van Mau nop tien")).await;
        office.settled().await;
        assert_eq!(office.balances().await, [(bank(), 77_000), ("suspense".into(), -77_000)]);
        let credits = office.store
            .bank_credits(&office.scope, Some(CreditOutcome::Suspense), None, None, 10).await.unwrap();
        assert_eq!(credits.len(), 1);
        assert_eq!(credits[0].suspense_reason, Some(SuspenseReason::NoReference));
        assert_eq!(office.event_types().await, ["payment.unmatched"]);
        office.assert_books_hold().await;
    }

    async fn two_valid_references_in_one_memo_wait_for_a_person_with_both_suggested(office: &Office) {
        let first = office.ask(&[("A", 100)]).await;
        let second = office.ask(&[("A", 50)]).await;
        let memo = format!("{} {} nop cho 2 chau", first.reference, second.reference);
        office.hear(&office.notice(1, 150, &memo)).await;
        office.settled().await;
        assert_eq!(office.status(&first).await, RequestStatus::Open);
        let credits = office.store.bank_credits(&office.scope, None, None, None, 10).await.unwrap();
        assert_eq!(credits[0].suspense_reason, Some(SuspenseReason::SeveralReferences));
        let detail = credits[0].match_detail.get();
        assert!(detail.contains(first.reference.as_str()) && detail.contains(&second.id.to_string()), "{detail}");
        office.assert_books_hold().await;
    }

    async fn a_reference_with_one_wrong_symbol_is_suggested_and_never_settled(office: &Office) {
        let request = office.ask(&[("A", 100)]).await;
        let mut damaged = request.reference.as_str().to_owned();
        let wrong = if damaged.as_bytes()[5] == b'2' { "3" } else { "2" };
        damaged.replace_range(5..6, wrong);
        office.hear(&office.notice(1, 100, &damaged)).await;
        office.settled().await;
        assert_eq!(office.status(&request).await, RequestStatus::Open);
        let credits = office.store.bank_credits(&office.scope, None, None, None, 10).await.unwrap();
        assert_eq!(credits[0].suspense_reason, Some(SuspenseReason::NoReference));
        assert!(credits[0].match_detail.get().contains(&request.id.to_string()));
        office.assert_books_hold().await;
    }

    async fn money_for_a_cancelled_request_or_on_another_account_waits_in_suspense(office: &Office) {
        let request = office.ask(&[("A", 100)]).await;
        let body = office.notice(900, 100, request.reference.as_str()).replace(ACCOUNT, "999000111");
        office.hear(&body).await;
        office.settled().await;
        assert_eq!(office.status(&request).await, RequestStatus::Open);
        let cancelled = office.writer
            .cancel_payment_request(office.scope.clone(), RequestKey::Id(request.id), "key_test".into(), office.now())
            .await.unwrap();
        assert!(matches!(cancelled, Cancelled::Done(_)));
        office.pay(&request, 100).await;
        assert_eq!(office.status(&request).await, RequestStatus::Cancelled);
        let reasons: Vec<_> = office.store.bank_credits(&office.scope, None, None, None, 10).await.unwrap()
            .into_iter().filter_map(|credit| credit.suspense_reason).collect();
        assert_eq!(reasons, [SuspenseReason::RequestCancelled, SuspenseReason::OtherAccount]);
        office.assert_books_hold().await;
    }

    async fn a_request_with_money_cannot_be_cancelled(office: &Office) {
        let request = office.ask(&[("A", 100)]).await;
        office.pay(&request, 1).await;
        let refused = office.writer
            .cancel_payment_request(office.scope.clone(), RequestKey::Id(request.id), "key_test".into(), office.now())
            .await.unwrap();
        assert!(matches!(refused, Cancelled::HasMoney(RequestStatus::Underpaid)));
        assert_eq!(office.status(&request).await, RequestStatus::Underpaid);
        office.assert_books_hold().await;
    }

    async fn the_same_id_with_another_body_is_a_recorded_conflict_and_moves_no_money(office: &Office) {
        let request = office.ask(&[("A", 100)]).await;
        office.hear(&office.notice(5, 100, request.reference.as_str())).await;
        office.settled().await;
        office.hear(&office.notice(5, 1_000_000, request.reference.as_str())).await;
        office.settled().await;
        assert_eq!(office.outcomes().await, [CreditOutcome::Settled, CreditOutcome::Conflict]);
        assert_eq!(office.see(&request).await.received.get(), 100);
        assert_eq!(office.balances().await[0], (bank(), 100));
        office.assert_books_hold().await;
    }

    async fn the_same_transfer_through_a_second_source_is_a_duplicate(office: &Office) {
        let request = office.ask(&[("A", 100)]).await;
        office.hear(&office.notice(5, 100, request.reference.as_str())).await;
        office.settled().await;
        let other = crate::office::declared("office", "sepay-second");
        office.store.provision(&other, office.now()).await.unwrap();
        let body = office.notice(77, 100, request.reference.as_str()).replace("FT77", "FT5");
        let mut callback = office.callback(&body);
        callback.source = "sepay-second".into();
        office.writer.record_callback(callback).await.unwrap();
        office.settled().await;
        assert_eq!(office.outcomes().await, [CreditOutcome::Settled, CreditOutcome::Duplicate]);
        assert_eq!(office.see(&request).await.received.get(), 100);
        office.assert_books_hold().await;
    }

    async fn the_credits_of_one_request_are_only_its_own(office: &Office) {
        let first = office.ask(&[("A", 100)]).await;
        let second = office.ask(&[("A", 100)]).await;
        office.pay(&first, 60).await;
        office.pay(&second, 70).await;
        office.pay(&first, 40).await;
        let amounts = async |request| -> Vec<i64> {
            let credits = office.store.bank_credits(&office.scope, None, request, None, 10).await.unwrap();
            credits.into_iter().map(|credit| credit.amount).collect()
        };
        assert_eq!(amounts(Some(first.id)).await, [40, 60]);
        assert_eq!(amounts(Some(second.id)).await, [70]);
        assert_eq!(amounts(None).await, [40, 70, 60]);
    }

    async fn what_only_looks_like_a_repeat_is_held_for_a_person_and_neither_dropped_nor_credited_twice(office: &Office) {
        let request = office.ask(&[("A", 100)]).await;
        let first = office.notice(5, 100, request.reference.as_str());
        office.hear(&first).await;
        office.settled().await;
        // One source gives the same movement a second id.
        office.hear(&first.replace("\"id\":5", "\"id\":6")).await;
        office.settled().await;
        // Another payer's money, through another source, with a bank reference that was used before.
        let other = office.ask(&[("A", 100)]).await;
        let body = office.notice(77, 100, other.reference.as_str()).replace("FT77", "FT5");
        let mut callback = office.callback(&body);
        callback.source = "sepay-second".into();
        office.writer.record_callback(callback).await.unwrap();
        office.settled().await;
        // The same movement through another source that has no bank reference.
        let body = office.notice(78, 100, request.reference.as_str()).replace("FT78", "");
        let mut callback = office.callback(&body);
        callback.source = "sepay-second".into();
        office.writer.record_callback(callback).await.unwrap();
        office.settled().await;
        assert_eq!(office.outcomes().await, [
            CreditOutcome::Settled, CreditOutcome::Suspense, CreditOutcome::Suspense, CreditOutcome::Suspense,
        ]);
        assert_eq!(office.see(&request).await.received.get(), 100);
        let credits = office.store
            .bank_credits(&office.scope, Some(CreditOutcome::Suspense), None, None, 10).await.unwrap();
        for credit in credits {
            assert_eq!(credit.suspense_reason, Some(SuspenseReason::PossibleDuplicate));
            assert!(credit.match_detail.get().contains("possible_duplicate_of"));
        }
        office.assert_books_hold().await;
    }

    async fn money_out_credits_nothing(office: &Office) {
        let request = office.ask(&[("A", 100)]).await;
        let body = office.notice(5, 100, request.reference.as_str()).replace("\"in\"", "\"out\"");
        office.hear(&body).await;
        office.settled().await;
        assert_eq!(office.outcomes().await, [CreditOutcome::Ignored]);
        assert_eq!(office.status(&request).await, RequestStatus::Open);
        assert!(office.balances().await.is_empty());
        office.assert_books_hold().await;
    }

    async fn a_repeat_of_the_same_bytes_is_stored_once(office: &Office) {
        let body = office.notice(5, 100, "x");
        assert!(matches!(office.hear(&body).await, Recorded::New(_)));
        assert_eq!(office.hear(&body).await, Recorded::Repeat);
        office.settled().await;
        assert_eq!(office.hear(&body).await, Recorded::Repeat);
        office.settled().await;
        assert_eq!(office.outcomes().await, [CreditOutcome::Suspense]);
        office.assert_books_hold().await;
    }

    async fn a_request_for_nothing_is_paid_at_once(office: &Office) {
        let request = office.ask(&[("A", 0)]).await;
        assert_eq!(request.status, RequestStatus::Paid);
        assert_eq!(office.event_types().await, ["payment_request.created", "payment_request.paid"]);
        office.assert_books_hold().await;
    }

    async fn the_portals_own_id_makes_asking_safe_to_repeat(office: &Office) {
        let mut first = office.new_request(&[("A", 100)]).await;
        first.new.external_id = Some("HS-1".into());
        let mut again = office.new_request(&[("A", 100)]).await;
        again.new.external_id = Some("HS-1".into());
        let mut other = office.new_request(&[("A", 101)]).await;
        other.new.external_id = Some("HS-1".into());
        let id = first.id;
        assert!(matches!(office.writer.create_payment_request(first).await.unwrap(), Created::New(_)));
        let Created::Same(same) = office.writer.create_payment_request(again).await.unwrap() else { panic!() };
        assert_eq!(same.id, id);
        let different = office.writer.create_payment_request(other).await.unwrap();
        assert!(matches!(different, Created::Different(found) if found == id));
        office.assert_books_hold().await;
    }

    async fn an_idempotency_key_with_another_body_is_refused(office: &Office) {
        let key = |digest| Some(IdempotencyKey { operation: "create", key: "k1".into(), digest });
        let mut first = office.new_request(&[("A", 100)]).await;
        first.idempotency = key([1; 32]);
        let mut replay = office.new_request(&[("A", 100)]).await;
        replay.idempotency = key([1; 32]);
        let mut other = office.new_request(&[("A", 100)]).await;
        other.idempotency = key([2; 32]);
        let id = first.id;
        assert!(matches!(office.writer.create_payment_request(first).await.unwrap(), Created::New(_)));
        let Created::Replayed(same) = office.writer.create_payment_request(replay).await.unwrap() else { panic!() };
        assert_eq!(same.id, id);
        assert!(matches!(office.writer.create_payment_request(other).await.unwrap(), Created::KeyReused));
        office.assert_books_hold().await;
    }

    async fn a_foreign_tenants_rows_look_like_missing_ones(office: &Office) {
        let request = office.ask(&[("A", 100)]).await;
        office.pay(&request, 100).await;
        let stranger = office.store
            .provision(&crate::office::declared("stranger", "sepay-stranger"), office.now()).await.unwrap();
        let store = &office.store;
        assert!(store.payment_request(&stranger, &RequestKey::Id(request.id)).await.unwrap().is_none());
        assert!(store.payment_requests(&stranger, None, None, 10).await.unwrap().is_empty());
        assert!(store.bank_credits(&stranger, None, None, None, 10).await.unwrap().is_empty());
        assert!(store.callbacks(&stranger, None, None, 10).await.unwrap().is_empty());
        assert!(store.events_after(&stranger, 0, 10).await.unwrap().is_empty());
        assert!(store.trial_balance(&stranger).await.unwrap().accounts.is_empty());
        let cancelled = office.writer
            .cancel_payment_request(stranger, RequestKey::Id(request.id), "key_x".into(), office.now()).await.unwrap();
        assert!(matches!(cancelled, Cancelled::Missing));
    }

    async fn a_source_that_is_no_longer_declared_is_closed_and_the_change_is_on_record(office: &Office) {
        let mut declared = crate::office::declared("office", "sepay-new");
        declared.accounts.clear();
        office.store.provision(&declared, office.now()).await.unwrap();
        assert!(office.store.callback_source(crate::office::SOURCE).await.unwrap().is_none());
        assert!(office.store.callback_source("sepay-new").await.unwrap().is_some());
        declared.accounts = crate::office::declared("office", "x").accounts;
        declared.accounts[0].account_number = "222333444".into();
        office.store.provision(&declared, office.now()).await.unwrap();
        let accounts = office.store.payee_accounts(&office.scope).await.unwrap();
        assert_eq!(accounts[0].account_number, "222333444", "the declared account is the default");
        assert_eq!(accounts[1].account_number, ACCOUNT);
        let before = office.store.audit().await.unwrap().counted.audit_records;
        office.store.provision(&declared, office.now()).await.unwrap();
        assert_eq!(office.store.audit().await.unwrap().counted.audit_records, before);
        // The tenant, its account, its first source; one source closed and one added; another account.
        assert_eq!(before, 6);
        office.assert_books_hold().await;
    }

    async fn a_source_of_another_tenant_cannot_be_taken_over(office: &Office) {
        let thief = crate::office::declared("thief", crate::office::SOURCE);
        assert!(office.store.provision(&thief, office.now()).await.is_err());
    }
}
