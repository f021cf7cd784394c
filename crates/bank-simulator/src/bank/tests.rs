use super::*;
use crate::Fault;
use proptest::prelude::*;

const NOW: Timestamp = Timestamp::from_seconds(1_762_153_357);

fn instruction(account: &str, dong: i64, faults: &[Fault]) -> Instruction {
    Instruction {
        gateway: "MBBank".to_owned(),
        account_number: account.to_owned(),
        amount: Vnd::new(dong).unwrap(),
        memo: "QH234567895V".to_owned(),
        faults: faults.to_vec(),
    }
}

fn book(
    books: &mut Books,
    instruction: &Instruction,
) -> Result<Vec<BookedTransfer>, SimulatorError> {
    let plan = plan(instruction, NOW, 1)?;
    books.book(instruction, &plan, NOW)
}

#[test]
fn a_forgery_leaves_no_trace_in_the_books() {
    let mut books = Books::default();
    book(&mut books, &instruction("1", 500, &[])).unwrap();
    let forged = book(&mut books, &instruction("1", 79_000, &[Fault::Forge])).unwrap();
    assert_eq!(forged[0].balance_after.get(), 79_500);
    assert_eq!(books.balance("1").get(), 500);
    assert_eq!(books.history.len(), 1);
}

#[test]
fn two_payments_that_do_not_both_fit_are_both_refused() {
    let mut books = Books::default();
    let most = Vnd::new(Vnd::MAX.get() - 5).unwrap();
    books.set_balance("1", most).unwrap();
    assert!(book(&mut books, &instruction("1", 4, &[Fault::Twice])).is_err());
    assert_eq!(books.balance("1"), most);
    assert!(books.history.is_empty());
}

#[test]
fn ids_grow_even_when_the_clock_goes_backwards() {
    let first = next_event_id(NOW);
    let second = next_event_id(NOW.plus_seconds(-3_600));
    let third = next_event_id(Timestamp::from_micros(-5));
    assert!(first > 0 && second > first && third > second);
}

#[test]
fn the_history_forgets_the_oldest_and_the_balance_forgets_nothing() {
    let mut books = Books::default();
    let one = instruction("1", 1, &[]);
    let plan = plan(&one, NOW, 1).unwrap();
    for _ in 0..HISTORY_MAX + 3 {
        books.book(&one, &plan, NOW).unwrap();
    }
    assert_eq!(books.history.len(), HISTORY_MAX);
    assert_eq!(books.history[0].balance_after.get(), 4);
    let most = i64::try_from(HISTORY_MAX).unwrap();
    assert_eq!(books.balance("1").get(), most + 3);
}

#[test]
fn a_full_bank_opens_no_further_account_and_keeps_those_it_has() {
    let mut books = Books::default();
    for number in 0..ACCOUNTS_MAX {
        books.set_balance(&number.to_string(), Vnd::ZERO).unwrap();
    }
    let refused = book(&mut books, &instruction("new", 1, &[]));
    assert_eq!(refused, Err(SimulatorError::TooManyAccounts));
    assert!(books.history.is_empty());
    assert!(book(&mut books, &instruction("7", 1, &[])).is_ok());
}

proptest! {
    #[test]
    fn balances_add_up_for_any_sequence_of_transfers(
        orders in prop::collection::vec(
            (0..3_u8, 1..1_000_000_000_i64, prop::sample::subsequence(Fault::ALL.to_vec(), 0..5)),
            0..30,
        ),
    ) {
        let mut books = Books::default();
        for (account, dong, faults) in orders {
            book(&mut books, &instruction(&account.to_string(), dong, &faults)).unwrap();
        }
        let mut running: HashMap<&str, Vnd> = HashMap::new();
        let mut last_id = 0;
        for transfer in &books.history {
            let balance = running.entry(&transfer.account_number).or_default();
            *balance = balance.checked_add(transfer.amount).unwrap();
            prop_assert_eq!(*balance, transfer.balance_after);
            let id: i64 = transfer.event_id.parse().unwrap();
            prop_assert!(id > last_id);
            last_id = id;
        }
        for (account, balance) in running {
            prop_assert_eq!(books.balance(account), balance);
        }
    }
}
