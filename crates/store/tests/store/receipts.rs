//! Receipts: numbered without a gap whoever settles, cancelled, replaced, printed; and what damages them.

use crate::acting::allocate;
use crate::office::{Office, SOURCE, declared};
use crate::on_both_engines;
use ledger::receipt::{Book, Means, SignerKind};
use payment::request::Pricing;
use payment::{BusinessDate, FeeKind, Measure, ReceiptId, Timestamp};
use std::sync::atomic::Ordering;
use store::payment_request::{Created, PaymentRequest};
use store::receipt::{CancelReceipt, Cancelling, PrintReceipt, Receipt, ReplaceReceipt, Replacing};
use store::suspense::Choice;
use uuid::Uuid;

fn books() -> Vec<Book> {
    let book = |kind, form: &str, series: &str| {
        Book::try_new(kind, form, series, SignerKind::None).unwrap()
    };
    vec![
        book(FeeKind::Phi, "01BLP0-001", "BP-{yy}E"),
        book(FeeKind::LePhi, "01BLP0-002", "BL-{yy}E"),
    ]
}

impl Office {
    async fn number_receipts(&self) {
        let mut office = declared("office", SOURCE);
        office.receipts = books();
        office.profile.tax_code = Some("0300000000".to_owned());
        self.store.provision(&office, self.now()).await.unwrap();
    }

    /// A request for a phí and a lệ phí, and for something that has no receipt.
    async fn ask_priced(&self, phi: i64, le_phi: i64) -> PaymentRequest {
        let mut new = self
            .new_request(&[("A", phi), ("B", le_phi), ("C", 5)])
            .await;
        new.new.payer.name = Some("Nguyễn Văn Ví Dụ".to_owned());
        let kinds = [FeeKind::Phi, FeeKind::LePhi, FeeKind::ThuHo];
        for (line, kind) in new.new.lines.iter_mut().zip(kinds) {
            line.pricing = Some(Box::new(Pricing {
                version: 1,
                kind,
                priced_on: BusinessDate::parse("2026-11-22").unwrap(),
                unit: None,
                measure: Measure::default(),
                list_amount: None,
                reduction: None,
            }));
            if phi == 0 && le_phi == 0 {
                line.amount = money::Vnd::ZERO;
            }
        }
        match self.writer.create_payment_request(new).await.unwrap() {
            Created::New(request) => request,
            other => panic!("not created: {other:?}"),
        }
    }

    async fn receipts_of(&self, request: &PaymentRequest) -> Vec<Receipt> {
        self.store
            .receipts_of(&self.scope, request.id)
            .await
            .unwrap()
    }

    async fn cancel_receipt(&self, id: ReceiptId, reason: &str) -> Cancelling {
        let wish = CancelReceipt {
            scope: self.scope.clone(),
            id,
            reason: reason.to_owned(),
            actor: "accountant".to_owned(),
            at: self.now(),
        };
        self.writer.cancel_receipt(wish).await.unwrap()
    }

    async fn replace_receipt(&self, id: ReceiptId) -> Replacing {
        let wish = ReplaceReceipt {
            scope: self.scope.clone(),
            id,
            new_id: ReceiptId::from_uuid(Uuid::now_v7()),
            reason: "Sai tên người nộp".to_owned(),
            payer_name: Some("Nguyễn Thị Ví Dụ".to_owned()),
            actor: "accountant".to_owned(),
            at: self.now(),
        };
        self.writer.replace_receipt(wish).await.unwrap()
    }
}

fn numbers(receipts: &[Receipt]) -> Vec<(&str, i64, bool)> {
    receipts
        .iter()
        .map(|receipt| {
            let live = receipt.cancellation.is_none();
            (receipt.series.as_str(), receipt.number, live)
        })
        .collect()
}

/// Damage, and the words that the audit must find for it.
const DAMAGES: &[(&str, &str)] = &[
    (
        "delete from receipt where number = 1 and fee_kind = 'phi'",
        "I14 receipt_series 01BLP0-001 BP-26E #2",
    ),
    (
        "delete from receipt where number = 2 and fee_kind = 'le_phi'",
        "I14 receipt_series 01BLP0-002 BL-26E",
    ),
    (
        "update receipt set number = 9 where number = 2 and fee_kind = 'phi'",
        "I14 receipt_series",
    ),
    (
        "update receipt_series set last_number = last_number + 1 where series = 'BP-26E'",
        "I14 receipt_series",
    ),
    ("delete from receipt_series", "I14 receipt_series"),
    (
        "update receipt set amount = amount + 1 where number = 1 and fee_kind = 'phi'",
        "I14 receipt rcpt_",
    ),
    (
        "update receipt set content = replace(content, 'Ví Dụ', 'Khác') where number = 1 and fee_kind = 'phi'",
        "I14 receipt rcpt_",
    ),
    (
        "update receipt set issued_on = issued_on + 1 where number = 1 and fee_kind = 'phi'",
        "I14 receipt rcpt_",
    ),
    (
        "update receipt_cancellation set reason = 'another reason'",
        "I14 receipt rcpt_",
    ),
    ("delete from receipt_cancellation", "I14"),
    (
        "update payment_request set status = 'underpaid', paid_at = null where status = 'paid'",
        "I14 receipt",
    ),
    (
        "delete from audit_record where action = 'receipt.issued'",
        "I14 receipt",
    ),
];

async fn three_receipts_of_each_kind(office: &Office) {
    office.number_receipts().await;
    let first = office.ask_priced(100, 200).await;
    let second = office.ask_priced(300, 400).await;
    office.pay(&first, 305).await;
    office.pay(&second, 705).await;
    for receipt in office.receipts_of(&second).await {
        let done = office.replace_receipt(receipt.id).await;
        assert!(matches!(done, Replacing::Done(_)), "{done:?}");
    }
}

on_both_engines! {
    async fn a_paid_request_has_one_receipt_for_its_phi_and_one_for_its_le_phi(office: &Office) {
        office.number_receipts().await;
        let request = office.ask_priced(79_000, 21_000).await;
        office.pay(&request, 60_000).await;
        assert!(office.receipts_of(&request).await.is_empty(), "it is not paid whole yet");
        office.pay(&request, 40_005).await;
        let receipts = office.receipts_of(&request).await;
        assert_eq!(numbers(&receipts), [("BP-26E", 1, true), ("BL-26E", 1, true)]);
        let [phi, le_phi] = &receipts[..] else { panic!() };
        assert_eq!((phi.amount.get(), le_phi.amount.get()), (79_000, 21_000));
        assert_eq!(phi.issued_on, BusinessDate::parse("2026-11-22").unwrap());
        assert_eq!(phi.content.means, Means::Transfer);
        assert_eq!(phi.content.payer_name.as_deref(), Some("Nguyễn Văn Ví Dụ"));
        assert_eq!(phi.content.collector.tax_code.as_deref(), Some("0300000000"));
        // A second payment of the same request is the payer's, and no second receipt.
        office.pay(&request, 100_005).await;
        assert_eq!(office.receipts_of(&request).await.len(), 2);
        office.assert_books_hold().await;
    }

    async fn nothing_due_has_receipts_of_nothing(office: &Office) {
        office.number_receipts().await;
        let request = office.ask_priced(0, 0).await;
        let receipts = office.receipts_of(&request).await;
        assert_eq!(numbers(&receipts), [("BP-26E", 1, true), ("BL-26E", 1, true)]);
        assert!(receipts.iter().all(|receipt| receipt.amount.is_zero() && receipt.content.means == Means::NothingDue));
        office.assert_books_hold().await;
    }

    async fn an_office_without_books_has_no_receipts(office: &Office) {
        let request = office.ask_priced(100, 200).await;
        office.pay(&request, 305).await;
        assert!(office.receipts_of(&request).await.is_empty());
        office.assert_books_hold().await;
    }

    async fn sixty_four_settlements_at_once_through_two_writers_leave_no_gap(office: &Office) {
        office.number_receipts().await;
        let (other, task) = office.another_writer();
        let mut requests = Vec::new();
        for _ in 0..64 { requests.push(office.ask_priced(1_000, 2_000).await); }
        let heard = requests.iter().enumerate().map(|(index, request)| {
            let memo = format!("nop phi {}", request.reference);
            let callback = office.callback(&office.notice(office.number(), 3_005, &memo));
            let writer = if index % 2 == 0 { office.writer.clone() } else { other.clone() };
            tokio::spawn(async move { writer.record_callback(callback).await })
        });
        let heard: Vec<_> = heard.collect();
        for done in heard { done.await.unwrap().unwrap(); }
        office.settled().await;
        let mut given: Vec<(String, i64)> = Vec::new();
        for request in &requests {
            let receipts = office.receipts_of(request).await;
            assert_eq!(receipts.len(), 2);
            given.extend(receipts.into_iter().map(|receipt| (receipt.series, receipt.number)));
        }
        given.sort_unstable();
        let wanted: Vec<(String, i64)> = ["BL-26E", "BP-26E"].into_iter()
            .flat_map(|series| (1..=64).map(move |number| (series.to_owned(), number))).collect();
        assert_eq!(given, wanted);
        office.assert_books_hold().await;
        other.stop();
        task.await.unwrap();
    }

    async fn a_series_begins_anew_with_the_year_of_vietnam(office: &Office) {
        office.number_receipts().await;
        let (old, new) = (office.ask_priced(1, 1).await, office.ask_priced(1, 1).await);
        let set = |text: &str| office.clock.store(Timestamp::parse_rfc3339(text).unwrap().micros(), Ordering::SeqCst);
        set("2026-12-31T16:59:59Z");
        office.pay(&old, 7).await;
        set("2026-12-31T17:00:00Z");
        office.pay(&new, 7).await;
        assert_eq!(numbers(&office.receipts_of(&old).await), [("BP-26E", 1, true), ("BL-26E", 1, true)]);
        assert_eq!(numbers(&office.receipts_of(&new).await), [("BP-27E", 1, true), ("BL-27E", 1, true)]);
        office.assert_books_hold().await;
    }

    async fn a_receipt_goes_with_the_money_and_a_new_one_comes_with_it(office: &Office) {
        office.number_receipts().await;
        let request = office.ask_priced(100, 200).await;
        let credit = office.unclaimed(305).await;
        office.act(credit, allocate(&[(&request, 305)])).await;
        assert_eq!(numbers(&office.receipts_of(&request).await), [("BP-26E", 1, true), ("BL-26E", 1, true)]);
        office.act(credit, Choice::Undo(None)).await;
        let cancelled = office.receipts_of(&request).await;
        assert_eq!(numbers(&cancelled), [("BP-26E", 1, false), ("BL-26E", 1, false)]);
        assert_eq!(cancelled[0].cancellation.as_ref().unwrap().actor, "system");
        assert!(matches!(office.replace_receipt(cancelled[0].id).await, Replacing::NotPaid));
        office.act(credit, allocate(&[(&request, 305)])).await;
        let again = office.receipts_of(&request).await;
        assert_eq!(numbers(&again)[2..], [("BP-26E", 2, true), ("BL-26E", 2, true)]);
        assert!(matches!(office.replace_receipt(cancelled[0].id).await, Replacing::NotPaid));
        office.assert_books_hold().await;
    }

    async fn a_wrong_receipt_is_replaced_and_both_keep_their_numbers(office: &Office) {
        office.number_receipts().await;
        let request = office.ask_priced(100, 200).await;
        office.pay(&request, 305).await;
        let wrong = office.receipts_of(&request).await.remove(0);
        let Replacing::Done(right) = office.replace_receipt(wrong.id).await else { panic!() };
        assert_eq!((right.number, right.replaces), (2, Some(wrong.id)));
        assert_eq!(right.content.payer_name.as_deref(), Some("Nguyễn Thị Ví Dụ"));
        assert_eq!(right.content.replaces.as_ref().map(|old| old.number), Some(1));
        assert_eq!(right.content.lines, wrong.content.lines);
        let old = office.store.receipt(&office.scope, wrong.id).await.unwrap().unwrap();
        assert_eq!((old.replaced_by, old.cancellation.unwrap().actor), (Some(right.id), "accountant".to_owned()));
        assert!(matches!(office.replace_receipt(wrong.id).await, Replacing::Replaced(id) if id == right.id));
        let Cancelling::Done(gone) = office.cancel_receipt(right.id, "Thu nhầm").await else { panic!() };
        assert!(gone.cancellation.is_some());
        assert!(matches!(office.cancel_receipt(right.id, "Thu nhầm").await, Cancelling::Done(_)));
        assert!(matches!(office.cancel_receipt(right.id, "Khác").await, Cancelling::Before(_)));
        assert!(matches!(office.cancel_receipt(ReceiptId::from_uuid(Uuid::nil()), "x").await, Cancelling::Missing));
        office.assert_books_hold().await;
    }

    async fn the_first_print_is_the_original_and_every_later_one_a_copy(office: &Office) {
        office.number_receipts().await;
        let request = office.ask_priced(100, 200).await;
        office.pay(&request, 305).await;
        let receipt = office.receipts_of(&request).await.remove(0);
        let print = async |print_id: Uuid| {
            let wish = PrintReceipt { scope: office.scope.clone(), id: receipt.id, print_id, actor: "clerk".to_owned(), at: office.now() };
            office.writer.print_receipt(wish).await.unwrap().map(|(_, copy)| copy)
        };
        let first = Uuid::now_v7();
        assert_eq!(print(first).await, Some(0));
        assert_eq!(print(first).await, Some(0));
        assert_eq!(print(Uuid::now_v7()).await, Some(1));
        assert_eq!(print(Uuid::now_v7()).await, Some(2));
        office.assert_books_hold().await;
    }

    async fn no_receipt_can_be_changed_or_removed(office: &Office) {
        three_receipts_of_each_kind(office).await;
        for statement in [
            "update receipt set number = 9", "delete from receipt", "update receipt_cancellation set reason = 'x'",
            "delete from receipt_cancellation", "delete from receipt_print", "update receipt_print set copy = 0",
        ] {
            // Nothing was printed, and a trigger for each row has nothing to refuse there.
            let refused = store::testing::run(&office.store, statement).await;
            assert!(refused.is_err() || (statement.contains("print") && refused.is_ok_and(|rows| rows == 0)), "{statement}");
        }
        office.assert_books_hold().await;
    }
}

/// Each damage on a database of its own.
async fn damaged_receipts_are_named<F: Future<Output = Option<Office>>>(open: impl Fn() -> F) {
    for (statement, words) in DAMAGES {
        let Some(office) = open().await else { return };
        three_receipts_of_each_kind(&office).await;
        office.assert_books_hold().await;
        store::testing::damage(&office.store, statement)
            .await
            .unwrap();
        let findings = office.store.audit().await.unwrap();
        let found = findings.violations.iter().map(ToString::to_string);
        let found: Vec<String> = found.collect();
        assert!(
            found.iter().any(|line| line.starts_with(words)),
            "{statement}: {found:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_receipt_is_named_on_sqlite() {
    damaged_receipts_are_named(async || Some(Office::open_sqlite().await)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_receipt_is_named_on_postgres() {
    damaged_receipts_are_named(Office::open_postgres).await;
}
