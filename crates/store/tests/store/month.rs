//! Closing days and months, sharing their money, passing it on.

use crate::office::{ACCOUNT, Office};
use crate::on_both_engines;
use ledger::fee::import::read_rows;
use ledger::period::Period;
use ledger::remit::Calendar;
use ledger::split::Recipient;
use money::Vnd;
use payment::{BusinessDate, FeeImportId, RemittanceId, SplitRunId, Timestamp};
use std::collections::BTreeMap;
use std::sync::atomic::Ordering;
use store::fee::ImportFees;
use store::period::{ClosePeriod, Closing, Obstacle, Seal};
use store::remittance::{OrderRemittance, PayRemittance, Paying};
use store::split::{RunSplit, SplitRefusal, SplitShare, Splitting};
use uuid::Uuid;

fn day(text: &str) -> BusinessDate {
    BusinessDate::parse(text).unwrap()
}

fn period(text: &str) -> Period {
    Period::parse(text).unwrap()
}

/// Certified copies 50/50, criminal records in three ways with 60 % passed on, road fees in millionths,
/// meals collected for somebody else.
const SCHEDULE: &str = r#"code,name_vi,kind,amount_vnd,retained_percent,remitted_percent,remit_schedule,split
BANSAO,Chứng thực bản sao,phi,1000,50,50,monthly:5,
LLTP,Lý lịch tư pháp,phi,200000,85,15,monthly:5,"[{""recipient"":""retained"",""rate"":""0.81""},{""recipient"":""Trung tâm LLTP"",""rate"":""0.04""},{""recipient"":""Công an tỉnh"",""base"":""share:0"",""rate"":""0.6""}]"
DUONGBO,Phí đường bộ,phi,74000,1.32,98.68,workdays:3+2,
QUOCTICH,Lệ phí quốc tịch,le_phi,3000000,0,100,monthly:declare,
ANTRUA,Tiền ăn,thu_ho,35000,100,0,,
"#;

/// Table, damage, its opposite, and the words that the audit must find.
const DAMAGES: &[(&str, &str, &str, &str)] = &[
    (
        "split_share",
        "amount = amount + 1 where recipient = 'budget' and item_code = 'DUONGBO'",
        "amount = amount - 1 where recipient = 'budget' and item_code = 'DUONGBO'",
        "I13 split_share",
    ),
    (
        "split_share",
        "collected = collected + 1 where item_code = 'LLTP'",
        "collected = collected - 1 where item_code = 'LLTP'",
        "I13 split_share",
    ),
    (
        "split_run",
        "ends_on = 20261121",
        "ends_on = 20261130",
        "I13 split_share",
    ),
    (
        "split_share",
        "recipient = 'somebody' where recipient = 'budget' and item_code = 'LLTP'",
        "recipient = 'budget' where recipient = 'somebody'",
        "I13 account",
    ),
    (
        "remittance_payment",
        "amount = amount + 1 where bank_reference = 'FT-1'",
        "amount = amount - 1 where bank_reference = 'FT-1'",
        "I13 remittance_payment",
    ),
    (
        "remittance_paid",
        "amount = amount + 1 where item_code = 'BANSAO'",
        "amount = amount - 1 where item_code = 'BANSAO'",
        "I13",
    ),
    (
        "period",
        "audit_sequence = audit_sequence + 1",
        "audit_sequence = audit_sequence - 1",
        "I5 period",
    ),
    (
        "tenant_head",
        "closed_through = 20261129",
        "closed_through = 20261130",
        "I5 tenant_head",
    ),
    (
        "period",
        "journal_sequence = 1 where starts_on = 20261122",
        "journal_sequence = (select count(*) from journal_entry where rule = 'payment_settled') where starts_on = 20261122",
        "I5 journal_entry",
    ),
];

impl Office {
    async fn import(&self, table: &str) {
        let mut reader = csv::Reader::from_reader(table.as_bytes());
        let headings: Vec<String> = reader
            .headers()
            .unwrap()
            .iter()
            .map(str::to_owned)
            .collect();
        let rows = reader
            .records()
            .map(|record| record.unwrap().iter().map(str::to_owned).collect());
        let import = ImportFees {
            scope: self.scope.clone(),
            id: FeeImportId::from_uuid(Uuid::now_v7()),
            rows: read_rows(&headings, rows).unwrap(),
            effective_from: day("2026-01-01"),
            file_digest: [0; 32],
            actor: "accountant".to_owned(),
            at: self.now(),
        };
        self.writer.import_fees(import).await.unwrap();
    }

    fn set_clock(&self, moment: &str) {
        let moment = Timestamp::parse_rfc3339(moment).unwrap();
        self.clock.store(moment.micros(), Ordering::SeqCst);
    }

    async fn close(&self, text: &str) -> Closing {
        self.close_explained(text, &[]).await
    }

    async fn close_explained(&self, text: &str, explanations: &[(&str, &str)]) -> Closing {
        let wish = ClosePeriod {
            scope: self.scope.clone(),
            period: period(text),
            explanations: explanations
                .iter()
                .map(|(list, why)| ((*list).to_owned(), (*why).to_owned()))
                .collect::<BTreeMap<_, _>>(),
            actor: "accountant".to_owned(),
            at: self.now(),
        };
        self.writer.close_period(wish).await.unwrap()
    }

    async fn must_close(&self, text: &str) {
        match self.close(text).await {
            Closing::Closed(_) => {}
            other => panic!("{text}: {other:?}"),
        }
    }

    async fn split(&self, text: &str) -> Splitting {
        let wish = RunSplit {
            scope: self.scope.clone(),
            id: SplitRunId::from_uuid(Uuid::now_v7()),
            period: period(text),
            calendar: Calendar::default(),
            actor: "accountant".to_owned(),
            at: self.now(),
        };
        self.writer.run_split(wish).await.unwrap()
    }

    async fn balance(&self, account: &str) -> i64 {
        let trial = self.store.trial_balance(&self.scope).await.unwrap();
        let row = trial
            .accounts
            .iter()
            .find(|row| row.account_code == account);
        row.map_or(0, |row| row.debit - row.credit)
    }

    /// A payment of these lines in full, on the day of the notice (22 November 2026).
    async fn collect(&self, lines: &[(&str, i64)]) {
        let request = self.ask(lines).await;
        self.pay(&request, lines.iter().map(|(_, amount)| amount).sum())
            .await;
    }
}

fn of<'a>(shares: &'a [SplitShare], item: &str) -> Vec<(&'a str, i64)> {
    shares
        .iter()
        .filter(|share| share.item.as_str() == item)
        .map(|share| (share.recipient.as_str(), share.amount))
        .collect()
}

/// A month's money: seven copies of odd pages, a day of criminal records, three road fees, one lệ phí.
async fn a_month(office: &Office) {
    office.import(SCHEDULE).await;
    for _ in 0..17 {
        office.collect(&[("LLTP", 200_000)]).await;
    }
    office.collect(&[("LLTP", 600_000), ("LLTP", 15_000)]).await;
    for _ in 0..3 {
        office.collect(&[("DUONGBO", 74_000)]).await;
    }
    office
        .collect(&[("BANSAO", 12_345), ("QUOCTICH", 3_000_000)])
        .await;
    office
        .collect(&[("ANTRUA", 35_000), ("KHONGCO", 5_000)])
        .await;
}

on_both_engines! {
    async fn a_month_is_shared_to_the_dong_and_remitted(office: &Office) {
        a_month(office).await;
        office.set_clock("2026-12-01T02:00:00Z");
        let early = office.split("2026-11").await;
        assert!(matches!(early, Splitting::Refused(SplitRefusal::DayOpen(_))), "{early:?}");
        // 22 November is the only day with money; closing the last day closes those before.
        let closing = office.close("2026-11-30").await;
        assert!(matches!(&closing, Closing::Refused(against) if *against == [Obstacle::EarlierDayOpen(day("2026-11-22"))]), "{closing:?}");
        office.must_close("2026-11-22").await;
        office.must_close("2026-11-30").await;
        let month = office.close("2026-11").await;
        assert!(matches!(&month, Closing::Refused(against) if *against == [Obstacle::NotShared(day("2026-11-22"))]), "{month:?}");

        let dry = office.store.preview_split(&office.scope, period("2026-11"), &Calendar::default()).await.unwrap().unwrap();
        let Splitting::Done(run, shares) = office.split("2026-11").await else { panic!() };
        assert!(!run.autonomous);
        assert_eq!(of(&dry, "LLTP"), of(&shares, "LLTP"));
        // An office that is not autonomous keeps nothing: the difference is the budget's.
        assert_eq!(of(&shares, "LLTP"), [("Trung tâm LLTP", 160_600), ("budget", 4_015_000 - 160_600)]);
        assert_eq!(of(&shares, "DUONGBO"), [("budget", 222_000)]);
        assert_eq!(of(&shares, "QUOCTICH"), [("budget", 3_000_000)]);
        assert_eq!(of(&shares, "ANTRUA"), []);
        assert_eq!(of(&shares, "KHONGCO"), []);
        assert_eq!(office.balance("collected:LLTP").await, 0);
        assert_eq!(office.balance("collected:ANTRUA").await, -35_000);
        assert_eq!(office.balance("payable_budget:DUONGBO").await, -222_000);
        let due = shares.iter().find(|share| share.item.as_str() == "BANSAO").unwrap().due_on;
        // 5 December 2026 is a Saturday.
        assert_eq!(due, Some(day("2026-12-07")));

        let Splitting::Already(again, same) = office.split("2026-11").await else { panic!() };
        assert_eq!((again.id, same.len()), (run.id, shares.len()));
        office.must_close("2026-11").await;
        office.assert_books_hold().await;
        remit(office, 4_015_000 - 160_600 + 222_000 + 12_345 + 3_000_000).await;
    }

    async fn an_autonomous_office_keeps_its_share(office: &Office) {
        store::testing::run(&office.store, "update tenant_profile set autonomous = true").await.unwrap();
        a_month(office).await;
        office.set_clock("2026-12-01T02:00:00Z");
        for text in ["2026-11-22", "2026-11-30"] { office.must_close(text).await; }
        let Splitting::Done(run, shares) = office.split("2026-11").await else { panic!() };
        assert!(run.autonomous);
        let mut lltp = of(&shares, "LLTP");
        lltp.sort_unstable();
        assert_eq!(lltp, [("Công an tỉnh", 1_951_290), ("Trung tâm LLTP", 160_600), ("budget", 602_250), ("retained", 3_252_150 - 1_951_290)]);
        // 1,32 % of 222.000 on the sum: 2.930, not 3 × 976.
        assert_eq!(of(&shares, "DUONGBO"), [("retained", 2_930), ("budget", 219_070)]);
        assert_eq!(of(&shares, "BANSAO"), [("retained", 6_172), ("budget", 6_173)]);
        assert_eq!(office.balance("payable_other:Công an tỉnh:LLTP").await, -1_951_290);
        assert_eq!(office.balance("retained:BANSAO").await, -6_172);
        office.assert_books_hold().await;
    }

    async fn late_money_stands_on_the_next_open_day_and_names_its_own(office: &Office) {
        office.import(SCHEDULE).await;
        office.collect(&[("BANSAO", 1_000)]).await;
        office.set_clock("2026-11-25T02:00:00Z");
        office.must_close("2026-11-22").await;
        office.must_close("2026-11-23").await;
        // The bank tells on the 25th what it booked on the 22nd.
        let request = office.ask(&[("BANSAO", 777)]).await;
        office.pay(&request, 777).await;
        let code = ledger::AccountCode::parse("collected:BANSAO").unwrap();
        let postings = office.store.account_postings(&office.scope, &code, 0, 10).await.unwrap().unwrap();
        let days: Vec<String> = postings.iter().map(|posting| posting.business_date.to_string()).collect();
        assert_eq!(days, ["2026-11-22", "2026-11-24"]);
        let cut = store::report::Cut { from: day("2026-11-22"), to: day("2026-11-23"), journal_sequence: i64::MAX };
        let saved = office.store.collections(&office.scope, cut, (0, 0), 100).await.unwrap();
        assert_eq!(saved.iter().map(|line| line.amount).collect::<Vec<_>>(), [1_000]);
        let again = office.close("2026-11-22").await;
        assert!(matches!(again, Closing::Already(_)));
        office.assert_books_hold().await;
    }

    async fn a_day_with_unclaimed_money_needs_an_explanation(office: &Office) {
        office.hear(&office.notice(1, 40_000, "khong co ma")).await;
        office.settled().await;
        let today = office.close("2026-11-22").await;
        assert!(matches!(&today, Closing::Refused(against) if against.contains(&Obstacle::NotOver)));
        office.set_clock("2026-11-23T02:00:00Z");
        let refused = office.close("2026-11-22").await;
        let Closing::Refused(against) = refused else { panic!("{refused:?}") };
        assert_eq!(against, [Obstacle::Unexplained { list: "no_reference".to_owned(), credits: 1, amount: 40_000 }]);
        let Closing::Closed(closed) = office.close_explained("2026-11-22", &[("no_reference", "đang tra soát với ngân hàng")]).await else { panic!() };
        assert_eq!((closed.figures.received, closed.figures.allocated, closed.figures.suspense), (40_000, 0, 40_000));
        office.assert_books_hold().await;
    }

    async fn a_seal_that_was_printed_names_the_books_it_was_made_from(office: &Office) {
        office.collect(&[("A", 1_000)]).await;
        office.set_clock("2026-11-23T02:00:00Z");
        let Closing::Closed(closed) = office.close("2026-11-22").await else { panic!() };
        let printed = closed.seal(&office.scope);
        let seal = Seal::parse(&printed).unwrap();
        assert!(office.store.seal_holds(&seal).await.unwrap());
        let other = Seal::parse(&printed.replace("2026-11-22", "2026-11-21")).unwrap();
        assert!(!office.store.seal_holds(&other).await.unwrap());
    }

    async fn a_damaged_share_remittance_or_seal_is_named(office: &Office) {
        a_month(office).await;
        office.set_clock("2026-12-01T02:00:00Z");
        for text in ["2026-11-22", "2026-11-30"] { office.must_close(text).await; }
        let Splitting::Done(..) = office.split("2026-11").await else { panic!() };
        remit(office, 4_015_000 - 160_600 + 222_000 + 12_345 + 3_000_000).await;
        for (table, change, back, words) in DAMAGES {
            for (set, expect) in [(change, true), (back, false)] {
                store::testing::damage(&office.store, &format!("update {table} set {set}")).await.unwrap();
                let findings = office.store.audit().await.unwrap();
                let named = findings.violations.iter().any(|violation| violation.to_string().starts_with(words));
                assert_eq!(named, expect, "{table} {set}: {:?}", findings.violations);
            }
        }
        office.assert_books_hold().await;
    }

    async fn longer_periods_wait_for_those_inside(office: &Office) {
        office.set_clock("2027-01-02T02:00:00Z");
        let year = office.close("2026").await;
        let Closing::Refused(against) = year else { panic!() };
        assert!(against.contains(&Obstacle::InsideOpen(period("2026-Q1"))), "{against:?}");
        office.must_close("2026-12-31").await;
        for month in 1..=12 { office.must_close(&format!("2026-{month:02}")).await; }
        for quarter in 1..=4 { office.must_close(&format!("2026-Q{quarter}")).await; }
        office.must_close("2026").await;
        office.assert_books_hold().await;
    }
}

/// Orders what the budget is owed, pays it in two parts, and cannot pay more.
async fn remit(office: &Office, owed: i64) {
    let order = |recipient: &str| OrderRemittance {
        scope: office.scope.clone(),
        id: RemittanceId::from_uuid(Uuid::now_v7()),
        recipient: Recipient::parse(recipient),
        through: None,
        actor: "accountant".to_owned(),
        at: office.now(),
    };
    let ordered = office
        .writer
        .order_remittance(order("budget"))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(ordered.amount, owed);
    assert!(
        ordered
            .order_text
            .starts_with("NOP NSNN PHI LE PHI KY 2026-11 RM")
    );
    assert!(
        office
            .writer
            .order_remittance(order("budget"))
            .await
            .unwrap()
            .is_none()
    );
    let pay = |amount: i64, reference: &str| {
        let payment = PayRemittance {
            scope: office.scope.clone(),
            id: ordered.id,
            account_number: ACCOUNT.to_owned(),
            bank_reference: reference.to_owned(),
            amount: Vnd::new(amount).unwrap(),
            value_date: day("2026-12-01"),
            actor: "accountant".to_owned(),
            at: office.now(),
        };
        let writer = office.writer.clone();
        async move { writer.pay_remittance(payment).await.unwrap() }
    };
    let before = office.balance(&format!("bank:{ACCOUNT}")).await;
    assert!(
        matches!(pay(1_000_000, "FT-1").await, Paying::Booked(order) if order.paid == 1_000_000)
    );
    assert!(matches!(pay(1_000_000, "FT-1").await, Paying::Already(_)));
    assert!(matches!(pay(999_999, "FT-1").await, Paying::OtherPayment));
    assert!(
        matches!(pay(owed, "FT-2").await, Paying::TooMuch { open } if open == owed - 1_000_000)
    );
    assert!(
        matches!(pay(owed - 1_000_000, "FT-3").await, Paying::Booked(order) if order.paid == owed)
    );
    assert_eq!(
        office.balance(&format!("bank:{ACCOUNT}")).await,
        before - owed
    );
    assert_eq!(office.balance("payable_budget:LLTP").await, 0);
    let left = office.store.owed(&office.scope, None, false).await.unwrap();
    assert_eq!(
        left.iter()
            .map(|owed| (owed.recipient.as_str(), owed.outstanding))
            .collect::<Vec<_>>(),
        [("Trung tâm LLTP", 160_600)]
    );
    office.assert_books_hold().await;
}
