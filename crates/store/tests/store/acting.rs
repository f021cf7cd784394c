//! What people decide about credits: every act and its undoing, two people at once, and the sums.

use crate::office::Office;
use crate::on_both_engines;
use money::Vnd;
use payment::{BankCreditId, CreditActId, RequestStatus, SuspenseReason};
use reconciler::matching::Share;
use store::payment_request::{IdempotencyKey, PaymentRequest};
use store::suspense::{Act, ActKind, ActOnCredit, Acted, Choice, Refusal, SuspenseCase};
use uuid::Uuid;

/// The choice to give these parts to these requests.
pub(crate) fn allocate(parts: &[(&PaymentRequest, i64)]) -> Choice {
    let share = |&(request, amount): &(&PaymentRequest, i64)| Share {
        payment_request_id: request.id,
        amount: Vnd::new(amount).unwrap(),
    };
    Choice::Allocate(parts.iter().map(share).collect())
}

impl Office {
    /// Money arrives that nobody claims.
    pub(crate) async fn unclaimed(&self, amount: i64) -> BankCreditId {
        let memo = format!("khong co ma {}", Uuid::new_v4().simple());
        self.credit_of(amount, &memo).await
    }

    /// Money arrives with this memo.
    pub(crate) async fn credit_of(&self, amount: i64, memo: &str) -> BankCreditId {
        self.hear(&self.notice(self.number(), amount, memo)).await;
        self.settled().await;
        self.newest().await
    }

    /// The credit that came last.
    async fn newest(&self) -> BankCreditId {
        let credits = self
            .store
            .bank_credits(&self.scope, None, None, None, 1)
            .await;
        credits.unwrap()[0].id
    }

    /// One movement under two ids: the second waits as a possible duplicate.
    pub(crate) async fn possible_duplicate(&self, amount: i64) -> BankCreditId {
        self.report_twice(amount, &format!("hai lan {}", Uuid::new_v4().simple()))
            .await
    }

    async fn report_twice(&self, amount: i64, memo: &str) -> BankCreditId {
        let (first, second) = (self.number(), self.number());
        let body = self.notice(first, amount, memo);
        self.hear(&body).await;
        self.settled().await;
        let again = body.replacen(&format!("\"id\":{first}"), &format!("\"id\":{second}"), 1);
        assert_ne!(again, body);
        self.hear(&again).await;
        self.settled().await;
        let id = self.newest().await;
        let case = self.case(id).await;
        assert_eq!(case.credit.reason, Some(SuspenseReason::PossibleDuplicate));
        id
    }

    pub(crate) fn decision(&self, credit: BankCreditId, choice: Choice) -> ActOnCredit {
        ActOnCredit {
            scope: self.scope.clone(),
            credit,
            act: CreditActId::from_uuid(Uuid::now_v7()),
            choice,
            reason: "kế toán xác nhận".to_owned(),
            expected_version: None,
            actor: "key_accountant".to_owned(),
            operation: "test",
            idempotency: None,
            at: self.now(),
        }
    }

    pub(crate) async fn try_to_act(&self, credit: BankCreditId, choice: Choice) -> Acted {
        self.writer
            .act_on_credit(self.decision(credit, choice))
            .await
            .unwrap()
    }

    pub(crate) async fn act(&self, credit: BankCreditId, choice: Choice) -> Act {
        match self.try_to_act(credit, choice.clone()).await {
            Acted::Done {
                act,
                replayed: false,
            } => act,
            other => panic!("{choice:?}: {other:?}"),
        }
    }

    pub(crate) async fn case(&self, credit: BankCreditId) -> SuspenseCase {
        self.store
            .suspense_case(&self.scope, credit)
            .await
            .unwrap()
            .unwrap()
    }

    async fn held(&self, credit: BankCreditId) -> i64 {
        self.case(credit).await.credit.held.get()
    }
}

fn refused(acted: &Acted, refusal: Refusal) -> bool {
    matches!(acted, Acted::Refused(why) if *why == refusal)
}

on_both_engines! {
    async fn money_in_suspense_is_given_to_its_request_and_taken_back(office: &Office) {
        let request = office.ask(&[("A", 60), ("B", 40)]).await;
        let credit = office.unclaimed(130).await;
        let before = office.balances().await;
        let act = office.act(credit, allocate(&[(&request, 130)])).await;
        assert_eq!((act.kind, act.amount.get(), act.version), (ActKind::Allocated, 130, 2));
        let paid = office.see(&request).await;
        assert_eq!((paid.status, paid.received.get()), (RequestStatus::Overpaid, 130));
        let balance = |code: &str, balances: &[(String, i64)]| balances.iter().find(|(c, _)| c == code).map_or(0, |(_, b)| *b);
        let after = office.balances().await;
        assert_eq!(balance("suspense", &after), 0);
        assert_eq!((balance("collected:A", &after), balance("collected:B", &after)), (-60, -40));
        office.assert_books_hold().await;

        let undone = office.act(credit, Choice::Undo(None)).await;
        assert_eq!((undone.kind, undone.undoes, undone.version), (ActKind::Undone, Some(act.id), 3));
        let open = office.see(&request).await;
        assert_eq!((open.status, open.received.get(), open.paid_at, open.late), (RequestStatus::Open, 0, None, false));
        assert_eq!(office.held(credit).await, 130);
        let restored: Vec<_> = office.balances().await.into_iter().filter(|(_, b)| *b != 0).collect();
        assert_eq!(restored, before);
        assert_eq!(office.event_types().await, [
            "payment_request.created", "payment.unmatched", "payment_request.overpaid", "payment.matched",
            "payment_request.reopened", "payment.reversed",
        ]);
        // What was taken back cannot be taken back again.
        assert!(refused(&office.try_to_act(credit, Choice::Undo(None)).await, Refusal::NothingToUndo));
        assert!(refused(&office.try_to_act(credit, Choice::Undo(Some(act.id))).await, Refusal::NothingToUndo));
        office.assert_books_hold().await;
    }

    async fn one_credit_is_split_over_several_requests_in_one_entry(office: &Office) {
        let (first, second) = (office.ask(&[("A", 100)]).await, office.ask(&[("A", 50)]).await);
        let credit = office.unclaimed(150).await;
        office.act(credit, allocate(&[(&first, 100), (&second, 50)])).await;
        assert_eq!(office.status(&first).await, RequestStatus::Paid);
        assert_eq!(office.status(&second).await, RequestStatus::Paid);
        let postings = office.store
            .account_postings(&office.scope, &ledger::AccountCode::suspense(), 0, 10).await.unwrap().unwrap();
        assert_eq!(postings.last().unwrap().rule, "suspense_split");
        office.assert_books_hold().await;
        office.act(credit, Choice::Undo(None)).await;
        assert_eq!(office.status(&first).await, RequestStatus::Open);
        assert_eq!(office.status(&second).await, RequestStatus::Open);
        office.assert_books_hold().await;
    }

    async fn a_wrong_guess_of_the_payer_is_undone_and_given_to_the_right_request(office: &Office) {
        let (wrong, right) = (office.ask(&[("A", 100)]).await, office.ask(&[("A", 100)]).await);
        office.pay(&wrong, 100).await;
        let credit = office.newest().await;
        assert_eq!(office.case(credit).await.credit.version, 0);
        office.act(credit, Choice::Undo(None)).await;
        let case = office.case(credit).await;
        assert_eq!((case.credit.held.get(), case.credit.reason), (100, Some(SuspenseReason::MatchUndone)));
        assert_eq!(office.status(&wrong).await, RequestStatus::Open);
        office.assert_books_hold().await;
        office.act(credit, allocate(&[(&right, 100)])).await;
        assert_eq!(office.status(&right).await, RequestStatus::Paid);
        // The payment is listed with the request that has it now.
        let listed = office.store.bank_credits(&office.scope, None, Some(right.id), None, 10).await.unwrap();
        assert_eq!((listed.len(), listed[0].payment_request_id), (1, Some(right.id)));
        assert!(office.store.bank_credits(&office.scope, None, Some(wrong.id), None, 10).await.unwrap().is_empty());
        office.assert_books_hold().await;
    }

    async fn the_first_of_two_payments_can_be_undone_while_the_second_stays(office: &Office) {
        let request = office.ask(&[("A", 100)]).await;
        office.pay(&request, 100).await;
        let first = office.newest().await;
        office.pay(&request, 70).await;
        assert_eq!(office.status(&request).await, RequestStatus::Overpaid);
        office.act(first, Choice::Undo(None)).await;
        let left = office.see(&request).await;
        assert_eq!((left.status, left.received.get()), (RequestStatus::Underpaid, 70));
        let payer_credit = format!("payer_credit:{}", request.reference);
        let balances = office.balances().await;
        let surplus = balances.iter().find(|(code, _)| *code == payer_credit).unwrap();
        assert_eq!(surplus.1, 0);
        office.assert_books_hold().await;
    }

    async fn not_a_payment_and_refund_leave_suspense_and_come_back(office: &Office) {
        for (choice, account) in [(Choice::NotAPayment, "other_receipts"), (Choice::RefundOut, "refund_due")] {
            let credit = office.unclaimed(90).await;
            office.act(credit, choice.clone()).await;
            let code = format!("{account}:{}", crate::office::ACCOUNT);
            assert!(office.balances().await.contains(&(code.clone(), -90)));
            assert_eq!(office.held(credit).await, 0);
            office.assert_books_hold().await;
            assert!(refused(&office.try_to_act(credit, choice).await, Refusal::NothingHeld));
            office.act(credit, Choice::Undo(None)).await;
            assert_eq!(office.held(credit).await, 90);
            assert!(office.balances().await.contains(&(code, 0)));
            office.assert_books_hold().await;
        }
    }

    async fn a_confirmed_duplicate_leaves_the_bank_and_the_suspense(office: &Office) {
        let request = office.ask(&[("A", 100)]).await;
        let copy = office.report_twice(100, request.reference.as_str()).await;
        assert_eq!(office.status(&request).await, RequestStatus::Paid);
        office.act(copy, Choice::ConfirmDuplicate).await;
        let bank = format!("bank:{}", crate::office::ACCOUNT);
        assert!(office.balances().await.contains(&(bank.clone(), 100)));
        office.assert_books_hold().await;
        office.act(copy, Choice::Undo(None)).await;
        assert!(office.balances().await.contains(&(bank, 200)));
        assert_eq!(office.case(copy).await.credit.reason, Some(SuspenseReason::PossibleDuplicate));
        office.assert_books_hold().await;
    }

    async fn a_released_duplicate_is_matched_as_new_money(office: &Office) {
        let request = office.ask(&[("A", 100)]).await;
        let copy = office.report_twice(100, request.reference.as_str()).await;
        let released = office.act(copy, Choice::Release).await;
        assert_eq!((released.kind, released.amount.get()), (ActKind::Released, 100));
        assert_eq!(office.see(&request).await.received.get(), 200);
        assert_eq!(office.case(copy).await.allocations[0].rule, "exact_reference");
        office.assert_books_hold().await;
        office.act(copy, Choice::Undo(None)).await;
        assert_eq!(office.status(&request).await, RequestStatus::Paid);
        // One without a code waits for another reason now, and can be put back.
        let nameless = office.possible_duplicate(33).await;
        office.act(nameless, Choice::Release).await;
        let case = office.case(nameless).await;
        assert_eq!((case.credit.reason, case.credit.held.get()), (Some(SuspenseReason::NoReference), 33));
        assert!(refused(&office.try_to_act(nameless, Choice::ConfirmDuplicate).await, Refusal::NotAPossibleDuplicate));
        office.act(nameless, Choice::Undo(None)).await;
        assert_eq!(office.case(nameless).await.credit.reason, Some(SuspenseReason::PossibleDuplicate));
        office.assert_books_hold().await;
    }

    async fn what_cannot_be_done_is_refused_and_leaves_no_trace(office: &Office) {
        let request = office.ask(&[("A", 100)]).await;
        let cancelled = office.ask(&[("A", 100)]).await;
        office.writer.cancel_payment_request(
            office.scope.clone(), store::payment_request::RequestKey::Id(cancelled.id), "key".into(), office.now(),
        ).await.unwrap();
        let credit = office.unclaimed(100).await;
        let before = (office.balances().await, office.event_types().await.len());
        let mut stranger = request.clone();
        stranger.id = payment::PaymentRequestId::from_uuid(Uuid::now_v7());
        let held = Vnd::new(100).unwrap();
        for (choice, refusal) in [
            (allocate(&[(&request, 101)]), Refusal::MoreThanHeld { held }),
            (allocate(&[]), Refusal::MoreThanHeld { held }),
            (allocate(&[(&request, 1), (&request, 1)]), Refusal::RequestTwice(1)),
            (allocate(&[(&request, 1), (&stranger, 1)]), Refusal::RequestMissing(1)),
            (allocate(&[(&cancelled, 1)]), Refusal::RequestCancelled(0)),
            (Choice::Release, Refusal::NotAPossibleDuplicate),
            (Choice::ConfirmDuplicate, Refusal::NotAPossibleDuplicate),
            (Choice::Undo(None), Refusal::NothingToUndo),
        ] {
            let acted = office.try_to_act(credit, choice.clone()).await;
            assert!(refused(&acted, refusal), "{choice:?}: {acted:?}");
        }
        let nobody = BankCreditId::from_uuid(Uuid::now_v7());
        assert!(matches!(office.try_to_act(nobody, Choice::NotAPayment).await, Acted::Missing));
        assert_eq!((office.balances().await, office.event_types().await.len()), before);
        office.assert_books_hold().await;
    }

    async fn parts_are_given_in_steps_and_each_step_is_undone_by_its_name(office: &Office) {
        let (first, second) = (office.ask(&[("A", 60)]).await, office.ask(&[("A", 40)]).await);
        let credit = office.unclaimed(100).await;
        let one = office.act(credit, allocate(&[(&first, 60)])).await;
        assert_eq!(office.held(credit).await, 40);
        let two = office.act(credit, allocate(&[(&second, 40)])).await;
        assert!(refused(&office.try_to_act(credit, Choice::Undo(None)).await, Refusal::SeveralToUndo));
        office.act(credit, Choice::Undo(Some(one.id))).await;
        assert_eq!((office.status(&first).await, office.status(&second).await), (RequestStatus::Open, RequestStatus::Paid));
        let case = office.case(credit).await;
        assert_eq!(case.acts.iter().map(|act| act.undone_by.is_some()).collect::<Vec<_>>(), [true, false, false]);
        assert_eq!(case.allocations.iter().map(|live| live.act).collect::<Vec<_>>(), [Some(two.id)]);
        office.assert_books_hold().await;
    }

    async fn of_two_people_at_once_one_wins_and_the_other_is_told(office: &Office) {
        let (first, second) = (office.ask(&[("A", 100)]).await, office.ask(&[("A", 100)]).await);
        let (other_writer, other_task) = office.another_writer();
        for round in 0..5 {
            let credit = office.unclaimed(100).await;
            let mine = office.writer.act_on_credit(office.decision(credit, allocate(&[(&first, 100)])));
            let theirs = other_writer.act_on_credit(office.decision(credit, allocate(&[(&second, 100)])));
            let (mine, theirs) = tokio::join!(mine, theirs);
            let results = [mine.unwrap(), theirs.unwrap()];
            let done = results.iter().filter(|acted| matches!(acted, Acted::Done { .. })).count();
            let told = results.iter().filter(|acted| refused(acted, Refusal::NothingHeld)).count();
            assert_eq!((done, told), (1, 1), "round {round}: {results:?}");
        }
        let received = office.see(&first).await.received.get() + office.see(&second).await.received.get();
        assert_eq!(received, 500);
        other_writer.stop();
        other_task.await.unwrap();
        office.assert_books_hold().await;
    }

    async fn an_act_on_a_version_that_is_gone_is_refused(office: &Office) {
        let request = office.ask(&[("A", 100)]).await;
        let credit = office.unclaimed(100).await;
        let mut seen = office.decision(credit, allocate(&[(&request, 10)]));
        seen.expected_version = Some(1);
        assert!(matches!(office.writer.act_on_credit(seen.clone()).await.unwrap(), Acted::Done { .. }));
        seen.act = CreditActId::from_uuid(Uuid::now_v7());
        assert!(matches!(office.writer.act_on_credit(seen).await.unwrap(), Acted::Stale));
        office.assert_books_hold().await;
    }

    async fn the_same_key_does_an_act_once_and_another_body_is_refused(office: &Office) {
        let request = office.ask(&[("A", 100)]).await;
        let credit = office.unclaimed(100).await;
        let mut decision = office.decision(credit, allocate(&[(&request, 10)]));
        decision.idempotency = Some(IdempotencyKey { operation: "test", key: "k1".into(), digest: [1; 32] });
        let first = office.writer.act_on_credit(decision.clone()).await.unwrap();
        assert!(matches!(first, Acted::Done { replayed: false, .. }));
        // The same call after a lost connection, and the caller's own second try.
        assert!(matches!(office.writer.act_on_credit(decision.clone()).await.unwrap(), Acted::Done { replayed: false, .. }));
        decision.act = CreditActId::from_uuid(Uuid::now_v7());
        assert!(matches!(office.writer.act_on_credit(decision.clone()).await.unwrap(), Acted::Done { replayed: true, .. }));
        decision.idempotency.as_mut().unwrap().digest = [2; 32];
        assert!(matches!(office.writer.act_on_credit(decision).await.unwrap(), Acted::KeyReused));
        assert_eq!(office.see(&request).await.received.get(), 10);
        office.assert_books_hold().await;
    }

    async fn what_waits_is_listed_oldest_first_with_suggestions_that_know_today(office: &Office) {
        let first = office.credit_of(100, "Tran Thi Vi Du nop hoc phi").await;
        let second = office.unclaimed(50).await;
        // The request is made after the money came.
        let mut new = office.new_request(&[("A", 100)]).await;
        new.new.payer.name = Some("Trần Thị Ví Dụ".into());
        office.writer.create_payment_request(new.clone()).await.unwrap();
        let mut dossier = office.new_request(&[("A", 77)]).await;
        dossier.new.external_id = Some("H29.01-2026-000123".into());
        office.writer.create_payment_request(dossier.clone()).await.unwrap();
        let third = office.credit_of(70, "nop phi H29 01 2026 000123").await;
        let list = office.store.suspense(&office.scope, None, None, 10).await.unwrap();
        assert_eq!(list.iter().map(|case| case.credit.id).collect::<Vec<_>>(), [first, second, third]);
        let suggested = |case: &SuspenseCase| -> Vec<(String, String)> {
            let list: serde_json::Value = serde_json::from_str(case.suggestions.get()).unwrap();
            list.as_array().unwrap().iter()
                .map(|s| (s["payment_request_id"].as_str().unwrap().into(), s["reason"].as_str().unwrap().into()))
                .collect()
        };
        assert_eq!(suggested(&list[0]), [(new.id.to_string(), "name_and_amount".to_owned())]);
        assert_eq!(suggested(&list[1]), []);
        assert_eq!(suggested(&list[2]), [(dossier.id.to_string(), "dossier_code".to_owned())]);
        let rest = office.store.suspense(&office.scope, None, Some(first), 10).await.unwrap();
        assert_eq!(rest.len(), 2);
        let none = office.store.suspense(&office.scope, Some(SuspenseReason::OtherAccount), None, 10).await.unwrap();
        assert!(none.is_empty());
    }

    /// Whatever is done in whatever order, nothing is lost, and undoing everything ends where it began.
    async fn any_row_of_acts_keeps_the_sums_and_can_be_taken_back(office: &Office) {
        use rand::{RngExt as _, SeedableRng as _};
        let mut random = rand::rngs::StdRng::seed_from_u64(20_261_122);
        let mut requests = Vec::new();
        for amount in [100, 50, 30] {
            requests.push(office.ask(&[("A", amount / 2), ("B", amount / 2)]).await);
        }
        let mut credits = Vec::new();
        for amount in [100, 80, 70] {
            credits.push(office.unclaimed(amount).await);
        }
        credits.push(office.possible_duplicate(60).await);
        let credits_of_twin = office.store.bank_credits(&office.scope, None, None, None, 10).await.unwrap();
        let received: i64 = credits_of_twin.iter().map(|credit| credit.amount).sum();
        let start = office.balances().await;
        let mut done = 0;
        for _ in 0..60 {
            let credit = credits[random.random_range(0..credits.len())];
            let choice = match random.random_range(0..12) {
                0..4 => {
                    let count = random.random_range(1..4);
                    let parts: Vec<_> = requests.iter().take(count)
                        .map(|request| (request, random.random_range(1..60))).collect();
                    allocate(&parts)
                }
                4 => Choice::NotAPayment,
                5 => Choice::RefundOut,
                6 => if random.random_bool(0.5) { Choice::Release } else { Choice::ConfirmDuplicate },
                _ => {
                    let acts = office.case(credit).await.acts;
                    let standing: Vec<_> = acts.iter()
                        .filter(|act| act.kind != ActKind::Undone && act.undone_by.is_none()).collect();
                    if standing.is_empty() { continue; }
                    Choice::Undo(Some(standing[random.random_range(0..standing.len())].id))
                }
            };
            done += i32::from(matches!(office.try_to_act(credit, choice).await, Acted::Done { .. }));
            let balances = office.balances().await;
            assert_eq!(balances.iter().map(|(_, balance)| balance).sum::<i64>(), 0);
            let bank = balances.iter().find(|(code, _)| code.starts_with("bank:")).unwrap().1;
            assert!(bank == received || bank == received - 60, "{balances:?}");
        }
        assert!(done > 15, "only {done} acts");
        office.assert_books_hold().await;
        for credit in credits {
            let acts = office.case(credit).await.acts;
            for act in acts.iter().filter(|act| act.kind != ActKind::Undone && act.undone_by.is_none()) {
                office.act(credit, Choice::Undo(Some(act.id))).await;
                office.assert_books_hold().await;
            }
        }
        let end: Vec<_> = office.balances().await.into_iter().filter(|(_, balance)| *balance != 0).collect();
        assert_eq!(end, start);
        for request in &requests {
            let back = office.see(request).await;
            assert_eq!((back.status, back.received, back.paid_at), (RequestStatus::Open, Vnd::ZERO, None));
        }
    }
}
