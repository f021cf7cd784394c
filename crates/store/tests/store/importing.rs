//! Statements against callbacks: whichever comes first, the books are those of the bank.

use crate::office::{ACCOUNT, Office, environment};
use crate::on_both_engines;
use payment::{CreditOutcome, RequestStatus, StatementImportId, SuspenseReason};
use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use store::payment_request::PaymentRequest;
use store::period::{ClosePeriod, Closing, Obstacle};
use store::reconciliation::{Explain, Explained, List, Reconciliation, Status, explain};
use store::statement::{
    Import, ImportStatus, LineOutcome, Preview, Progress, TakeStatement, Taken, Told, run,
};
use uuid::Uuid;

/// A movement as the bank knows it.
#[derive(Clone, Debug)]
struct Movement {
    id: u64,
    amount: i64,
    /// Seconds after 09:00:00 of the day.
    second: i64,
    memo: String,
    balance: i64,
}

impl Movement {
    fn local(&self) -> (String, String) {
        let at = payment::Timestamp::parse_vietnam_local("2026-11-22 09:00:00").unwrap();
        let local = at.plus_seconds(self.second).vietnam_local();
        let (day, time) = local.split_once(' ').unwrap();
        let parts: Vec<&str> = day.split('-').collect();
        (
            local.clone(),
            format!("{}/{}/{} {time}", parts[2], parts[1], parts[0]),
        )
    }

    /// As SePay tells it.
    fn notice(&self) -> String {
        serde_json::json!({
            "id": self.id, "gateway": "Vietcombank", "transactionDate": self.local().0,
            "accountNumber": ACCOUNT, "code": null, "content": self.memo, "transferType": "in",
            "transferAmount": self.amount, "accumulated": 0, "subAccount": null,
            "referenceCode": format!("FT{:08}", self.id), "description": ""
        })
        .to_string()
    }
}

/// A file of these movements; the memo stands in the bank's frame.
fn file(movements: &[Movement]) -> Vec<u8> {
    let mut text = format!(
        "Số tài khoản: {ACCOUNT}\nNgày giao dịch;Số tham chiếu;Ghi nợ;Ghi có;Số dư;Diễn giải\n"
    );
    for movement in movements {
        let (debit, credit) = if movement.amount < 0 {
            (movement.amount.unsigned_abs().to_string(), String::new())
        } else {
            (String::new(), movement.amount.to_string())
        };
        text.push_str(&format!(
            "{};FT{:08};{debit};{credit};{};MBVCB.{}.{}\n",
            movement.local().1,
            movement.id,
            movement.balance,
            movement.id,
            movement.memo
        ));
    }
    text.into_bytes()
}

/// Movements in the order of the bank's books, with their balances.
fn booked(movements: Vec<(u64, i64, i64, String)>) -> Vec<Movement> {
    let mut balance = 1_000_000;
    movements
        .into_iter()
        .map(|(id, amount, second, memo)| {
            balance += amount;
            Movement {
                id,
                amount,
                second,
                memo,
                balance,
            }
        })
        .collect()
}

async fn take(office: &Office, file: Vec<u8>) -> Taken {
    let told = Told::default();
    let preview = Preview::read(&file, &told).unwrap();
    office
        .writer
        .take_statement(TakeStatement {
            scope: office.scope.clone(),
            id: StatementImportId::from_uuid(Uuid::now_v7()),
            file: Arc::new(file),
            told,
            preview: Arc::new(preview),
            file_name: "sao-ke.csv".to_owned(),
            actor: "key_test".to_owned(),
            at: office.now(),
        })
        .await
        .unwrap()
}

async fn go_on(office: &Office, writer: &store::Writer, id: StatementImportId) {
    let environment = environment(office.clock.clone());
    run(
        &office.store,
        writer,
        &environment,
        &office.scope,
        id,
        &|_: Progress| {},
    )
    .await
    .unwrap();
}

async fn import(office: &Office, file: Vec<u8>) -> Import {
    let taken = take(office, file).await;
    go_on(office, &office.writer, taken.id()).await;
    let import = office
        .store
        .statement_import(&office.scope, taken.id())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(import.status, ImportStatus::Done);
    import
}

async fn hear_all(office: &Office, movements: &[Movement]) {
    for movement in movements.iter().filter(|movement| movement.amount > 0) {
        office.hear(&movement.notice()).await;
    }
    office.settled().await;
}

fn counts(import: &Import) -> (i64, i64, i64, i64, i64) {
    (
        import.stored,
        import.duplicates,
        import.reported,
        import.posted,
        import.held,
    )
}

async fn outcomes_of(office: &Office, import: &Import) -> Vec<LineOutcome> {
    office
        .store
        .statement_lines(&office.scope, import.id, 0, 200)
        .await
        .unwrap()
        .into_iter()
        .map(|line| line.outcome)
        .collect()
}

fn memo(request: &PaymentRequest) -> String {
    format!("{} nop phi chung thuc", request.reference)
}

async fn day(office: &Office) -> Reconciliation {
    let day = payment::BusinessDate::parse("2026-11-22").unwrap();
    let found = office.store.reconciliation(&office.scope, ACCOUNT, day);
    found.await.unwrap().unwrap()
}

/// Each item as list, what is known of its amounts, and whether it is answered.
fn listed(day: &Reconciliation) -> Vec<(List, Option<i64>, Option<i64>, bool)> {
    day.items
        .iter()
        .map(|item| {
            (
                item.list,
                item.amount_on_statement,
                item.amount_in_system,
                item.resolution.is_some(),
            )
        })
        .collect()
}

async fn say(office: &Office, item: &str, reason: &str) -> Explained {
    let wish = Explain {
        scope: office.scope.clone(),
        id: Uuid::now_v7(),
        account: ACCOUNT.to_owned(),
        day: payment::BusinessDate::parse("2026-11-22").unwrap(),
        item: item.to_owned(),
        reason: reason.to_owned(),
        actor: "key_test".to_owned(),
        at: office.now(),
    };
    explain(&office.store, &office.writer, wish).await.unwrap()
}

/// One of everything that an import leaves.
pub(crate) async fn some_import(office: &Office, heard: &PaymentRequest, missed: &PaymentRequest) {
    let movements = booked(vec![
        (71, 100, 0, memo(heard)),
        (72, 110, 1, memo(missed)),
        (73, 120, 2, "khach vang lai gui tien".to_owned()),
        (74, -11, 3, "phi quan ly".to_owned()),
    ]);
    hear_all(office, &movements[..1]).await;
    let mut text = file(&movements);
    text.extend_from_slice("31/02/2026;FT1;;5;;ngay sai\n".as_bytes());
    let import = import(office, text).await;
    assert_eq!((import.errors, import.reported, import.posted), (1, 1, 2));
    hear_all(office, &movements[1..2]).await;
    let debit = day(office).await;
    let debit = debit.open().find(|item| item.key.starts_with("line_"));
    let key = debit.unwrap().key.clone();
    let said = say(office, &key, "phí tháng 11 của ngân hàng").await;
    assert!(matches!(said, Explained::Done(_)), "{said:?}");
}

on_both_engines! {
    async fn each_oddity_of_a_day_stands_on_one_list_and_the_day_agrees_when_all_are_answered(office: &Office) {
        let requests = [
            office.ask(&[("A", 100)]).await,
            office.ask(&[("A", 110)]).await,
            office.ask(&[("A", 500)]).await,
        ];
        let all = booked(vec![
            (1, 100, 0, memo(&requests[0])),
            (2, 110, 60, memo(&requests[1])),
            (3, 120, 120, "khach vang lai gui tien".to_owned()),
            (4, 400, 180, memo(&requests[2])),
            (5, -11, 240, "phi quan ly".to_owned()),
        ]);
        // Heard: the first, the third, a wrong amount of the fourth, and one that the bank does not have.
        let mut told: Vec<Movement> = vec![all[0].clone(), all[2].clone(), all[3].clone()];
        told[2].amount = 300;
        told.push(booked(vec![(9, 77, 900, "nguoi la gui tien nham".to_owned())])[0].clone());
        hear_all(office, &told).await;
        assert_eq!(day(office).await.status, Status::NoStatement);
        office.pass_seconds(7200);
        import(office, file(&all)).await;
        let found = day(office).await;
        assert_eq!(found.status, Status::Open);
        assert_eq!(listed(&found), [
            (List::StatementOnly, Some(110), Some(110), true),
            (List::StatementOnly, Some(11), None, false),
            (List::SystemOnly, None, Some(77), false),
            (List::AmountDiffers, Some(400), Some(300), false),
            (List::Unidentified, Some(120), Some(120), false),
        ]);
        let bank = found.bank;
        assert_eq!(
            (bank.opening, bank.credits, bank.credit_sum, bank.debits, bank.debit_sum, bank.closing),
            (Some(1_000_000), 4, 730, 1, 11, Some(1_000_719))
        );
        assert!(bank.holds());
        assert_eq!(found.books.received, 730);
        assert_eq!(found.books.received, found.books.allocated + found.books.held + found.books.set_aside());
        // The day cannot be closed while something is open.
        let period = ledger::period::Period::parse("2026-11-22").unwrap();
        let close = |explanations: &[(&str, &str)]| {
            let explanations = explanations.iter().map(|(list, said)| ((*list).to_owned(), (*said).to_owned())).collect();
            office.writer.close_period(ClosePeriod {
                scope: office.scope.clone(), period, explanations, actor: "key_test".to_owned(), at: office.now(),
            })
        };
        office.pass_seconds(86_400);
        let lists = [("no_reference", "đang hỏi"), ("possible_duplicate", "đang hỏi")];
        let Closing::Refused(obstacles) = close(&lists).await.unwrap() else { panic!("closed") };
        assert_eq!(obstacles, [Obstacle::NotReconciled { account: ACCOUNT.to_owned(), open: 2 }]);

        assert!(matches!(say(office, "pay_x", "không có").await, Explained::NotListed));
        let keys: Vec<String> = found.open().map(|item| item.key.clone()).collect();
        for key in &keys {
            say(office, key, "đã hỏi ngân hàng").await;
        }
        let found = day(office).await;
        assert_eq!((found.status, found.open().count()), (Status::Matched, 0));
        let said = found.items[1].resolution.as_ref().unwrap();
        assert_eq!((said.actor.as_str(), said.reason.as_str()), ("key_test", "đã hỏi ngân hàng"));
        let Closing::Closed(closed) = close(&lists).await.unwrap() else { panic!("refused") };
        assert_eq!(closed.figures.statements[0].closing, Some(1_000_719));
        office.assert_books_hold().await;
    }

    async fn a_statement_with_a_hole_does_not_agree_until_that_is_explained(office: &Office) {
        let requests = [office.ask(&[("A", 100)]).await, office.ask(&[("A", 110)]).await];
        let mut all = booked(vec![
            (1, 100, 0, memo(&requests[0])),
            (2, 50, 60, "khach".to_owned()),
            (3, 110, 120, memo(&requests[1])),
        ]);
        all.remove(1);
        import(office, file(&all)).await;
        let found = day(office).await;
        assert_eq!((found.status, found.open().count(), found.bank.breaks), (Status::Open, 0, 1));
        let Explained::Done(found) = say(office, store::reconciliation::BALANCE, "ngân hàng in thiếu dòng").await else { panic!() };
        assert_eq!(found.status, Status::Matched);
        // Said twice is said once.
        say(office, store::reconciliation::BALANCE, "ngân hàng in thiếu dòng").await;
        office.assert_books_hold().await;
    }

    async fn a_callback_that_never_came_is_settled_from_the_statement_and_is_no_money_when_it_comes_late(office: &Office) {
        let request = office.ask(&[("A", 100)]).await;
        let movements = booked(vec![(1, 100, 0, memo(&request)), (2, -11, 60, "Phi SMS".to_owned())]);
        office.pass_seconds(7200);
        let first = import(office, file(&movements)).await;
        assert_eq!(counts(&first), (2, 0, 0, 1, 0));
        assert_eq!(office.status(&request).await, RequestStatus::Paid);
        let outcomes = outcomes_of(office, &first).await;
        assert!(matches!(outcomes[0], LineOutcome::Booked(_, CreditOutcome::Settled, None)), "{outcomes:?}");
        assert_eq!(outcomes[1], LineOutcome::Debit);

        hear_all(office, &movements).await;
        assert_eq!(office.outcomes().await, [CreditOutcome::Settled, CreditOutcome::Duplicate]);
        // The sender repeats it in other bytes: still no money.
        office.hear(&movements[0].notice().replace("\"description\":\"\"", "\"description\":null")).await;
        office.settled().await;
        assert_eq!(office.balances().await, [(format!("bank:{ACCOUNT}"), 100), ("collected:A".to_owned(), -100)]);
        assert_eq!(office.status(&request).await, RequestStatus::Paid);
        office.assert_books_hold().await;
    }

    async fn a_statement_after_the_callbacks_reports_them_once_more_and_books_nothing(office: &Office) {
        let request = office.ask(&[("A", 100)]).await;
        let movements = booked(vec![(1, 100, 0, memo(&request)), (2, 70, 5, "khach vang lai chuyen tien".to_owned())]);
        hear_all(office, &movements).await;
        let before = office.balances().await;
        let whole = import(office, file(&movements)).await;
        assert_eq!(counts(&whole), (2, 0, 2, 0, 0));
        assert_eq!(office.balances().await, before);
        assert!(outcomes_of(office, &whole).await.iter().all(|it| matches!(it, LineOutcome::Reported(_))));
        office.assert_books_hold().await;
    }

    async fn a_file_imported_twice_changes_nothing(office: &Office) {
        let request = office.ask(&[("A", 100)]).await;
        let movements = booked(vec![(1, 100, 0, memo(&request)), (2, 100, 1, memo(&request))]);
        let first = import(office, file(&movements)).await;
        assert_eq!(counts(&first), (2, 0, 0, 2, 0));
        let before = (office.balances().await, office.event_types().await.len());
        let again = take(office, file(&movements)).await;
        assert_eq!(again, Taken::Again(first.id));
        go_on(office, &office.writer, first.id).await;
        // The same movements in other bytes: another import, and nothing new.
        let mut other = file(&movements);
        other.extend_from_slice(b";;;;;\n");
        let second = import(office, other).await;
        assert_eq!(counts(&second), (0, 2, 0, 0, 0));
        assert_eq!((office.balances().await, office.event_types().await.len()), before);
        // Paid twice is paid twice, not once.
        assert_eq!(office.status(&request).await, RequestStatus::Overpaid);
        office.assert_books_hold().await;
    }

    async fn files_that_overlap_bring_each_movement_once(office: &Office) {
        let mut all = Vec::new();
        for id in 1..=9 {
            let request = office.ask(&[("A", 100)]).await;
            all.push((id, 100, i64::try_from(id).unwrap() * 10, memo(&request)));
        }
        let movements = booked(all);
        let first = import(office, file(&movements[..6])).await;
        assert_eq!(counts(&first), (6, 0, 0, 6, 0));
        let second = import(office, file(&movements[3..])).await;
        assert_eq!(counts(&second), (3, 3, 0, 3, 0));
        assert_eq!(office.balances().await[0], (format!("bank:{ACCOUNT}"), 900));
        office.assert_books_hold().await;
    }

    async fn what_may_be_in_the_books_or_not_is_held_for_a_person(office: &Office) {
        // The same reference, other words, and hours between: a bank gives a reference again.
        office.hear(&booked(vec![(1, 100, 0, "tien hang thang muoi mot".to_owned())])[0].notice()).await;
        office.settled().await;
        let other = booked(vec![(1, 100, 20_000, "hoan tra chuyen nham".to_owned())]);
        let whole = import(office, file(&other)).await;
        assert_eq!(counts(&whole), (1, 0, 0, 1, 1));
        let outcomes = outcomes_of(office, &whole).await;
        assert!(matches!(
            outcomes[0],
            LineOutcome::Booked(_, CreditOutcome::Suspense, Some(SuspenseReason::PossibleDuplicate))
        ), "{outcomes:?}");
        office.assert_books_hold().await;
    }

    async fn one_movement_told_with_two_amounts_is_never_counted_twice_by_itself(office: &Office) {
        let request = office.ask(&[("A", 500)]).await;
        let told = booked(vec![(1, 100, 0, memo(&request))]);
        hear_all(office, &told).await;
        let stated = booked(vec![(1, 400, 0, memo(&request))]);
        let whole = import(office, file(&stated)).await;
        assert_eq!(counts(&whole), (1, 0, 0, 1, 1));
        assert_eq!(office.see(&request).await.received.get(), 100);

        // And the other way round.
        let request = office.ask(&[("A", 500)]).await;
        import(office, file(&booked(vec![(9, 400, 9, memo(&request))]))).await;
        hear_all(office, &booked(vec![(9, 100, 9, memo(&request))])).await;
        assert_eq!(office.see(&request).await.received.get(), 400);
        office.assert_books_hold().await;
    }

    /// Whatever an order of callbacks and statement files does, the bank is right, and nothing waits as a
    /// possible duplicate.
    async fn callbacks_before_while_and_after_statements_give_the_same_books(office: &Office) {
        let seed = rand::random();
        let mut random = StdRng::seed_from_u64(seed);
        let mut clock = 0;
        let mut number = 0;
        for _ in 0..6 {
            let mut all = Vec::new();
            let mut requests = Vec::new();
            for _ in 0..random.random_range(4..24) {
                let lines: &[(&str, i64)] = if random.random_bool(0.5) { &[("A", 100)] } else { &[("A", 60), ("B", 40)] };
                let request = office.ask(lines).await;
                number += 1;
                clock += random.random_range(0..90);
                let amount = if random.random_bool(0.8) { 100 } else { 130 };
                all.push((number, amount, clock, memo(&request)));
                requests.push((request, amount));
                if random.random_bool(0.2) {
                    number += 1;
                    all.push((number, -7, clock, "phi".to_owned()));
                }
            }
            let movements = booked(all);
            // Each movement is in the statement; a part is heard before, a part while, a part after, and
            // a part never.
            let mut parts: [Vec<Movement>; 4] = Default::default();
            for movement in movements.iter().filter(|movement| movement.amount > 0) {
                parts[random.random_range(0..4)].push(movement.clone());
            }
            let [mut before, mut during, mut after, never] = parts;
            for part in [&mut before, &mut during, &mut after] {
                part.shuffle(&mut random);
            }
            hear_all(office, &before).await;
            office.pass_seconds(90 * 30);
            let cut = random.random_range(0..movements.len());
            let overlap = random.random_range(cut..=movements.len());
            let files = [file(&movements[..overlap]), file(&movements[cut..])];
            let (second, ended) = office.another_writer();
            let one = take(office, files[0].clone()).await;
            let two = take(office, files[1].clone()).await;
            tokio::join!(
                go_on(office, &office.writer, one.id()),
                go_on(office, &second, two.id()),
                async {
                    for movement in &during {
                        office.hear(&movement.notice()).await;
                    }
                },
            );
            second.stop();
            ended.await.unwrap();
            office.settled().await;
            hear_all(office, &after).await;
            for (request, amount) in &requests {
                let seen = office.see(request).await;
                assert_eq!(
                    (seen.received.get(), seen.status),
                    (*amount, if *amount > 100 { RequestStatus::Overpaid } else { RequestStatus::Paid }),
                    "seed {seed}, heard before {before:?}, while {during:?}, after {after:?}, never {never:?}"
                );
            }
            // Each file again.
            for again in files {
                let again = take(office, again).await;
                go_on(office, &office.writer, again.id()).await;
            }
        }
        let bank: i64 = office.store.trial_balance(&office.scope).await.unwrap().accounts.iter()
            .filter(|row| row.account_code.starts_with("bank:"))
            .map(|row| row.debit)
            .sum();
        let suspense = office.balances().await.into_iter().find(|(code, _)| code == "suspense");
        assert!(bank > 0 && suspense.is_none_or(|(_, held)| held == 0), "seed {seed}");
        office.assert_books_hold().await;
    }

    /// Payers who pay the same request again and again, with day-only files: the sums are the bank's.
    async fn equal_transfers_are_counted_as_often_as_the_bank_has_them(office: &Office) {
        let request = office.ask(&[("A", 100)]).await;
        let movements = booked((1..=30).map(|id| (id, 100, i64::try_from(id).unwrap() * 3, memo(&request))).collect());
        hear_all(office, &movements[..17]).await;
        let whole = import(office, file(&movements)).await;
        assert_eq!(counts(&whole), (30, 0, 17, 13, 0));
        hear_all(office, &movements[17..25]).await;
        assert_eq!(office.see(&request).await.received.get(), 3_000);
        office.assert_books_hold().await;
    }

    async fn an_import_that_breaks_off_anywhere_goes_on_where_it_stood(office: &Office) {
        let mut all = Vec::new();
        for id in 1..=1_300 {
            all.push((id, 100, i64::try_from(id).unwrap(), format!("khach {id} chuyen tien hang hoa")));
        }
        let movements = booked(all);
        hear_all(office, &movements[..40]).await;
        office.pass_seconds(7200);
        let taken = take(office, file(&movements)).await;
        let environment = environment(office.clock.clone());
        for stop_after in 0..6 {
            // The process goes away at this step: nothing is told, nothing is cleaned up.
            let left = AtomicU32::new(stop_after);
            let stop = tokio_util::sync::CancellationToken::new();
            let observe = |_: Progress| {
                if left.fetch_sub(1, Ordering::SeqCst) == 0 {
                    stop.cancel();
                }
            };
            tokio::select! {
                biased;
                () = stop.cancelled() => {}
                done = run(&office.store, &office.writer, &environment, &office.scope, taken.id(), &observe) => done.unwrap(),
            }
        }
        go_on(office, &office.writer, taken.id()).await;
        let import = office.store.statement_import(&office.scope, taken.id()).await.unwrap().unwrap();
        assert_eq!(import.status, ImportStatus::Done);
        assert_eq!(counts(&import), (1_300, 0, 40, 1_260, 0));
        assert_eq!(import.read, 1_300);
        assert_eq!(office.balances().await[0], (format!("bank:{ACCOUNT}"), 130_000));
        office.assert_books_hold().await;
    }
}
