//! What a payer asks the bank to do, and whom the bank tells.

use crate::Fault;
use money::{AmountError, Vnd};
use reconciler::Secret;
use reconciler::callback::Dialect;

/// The longest memo that a payer can type, in characters: what the interbank network carries.
pub const MEMO_CHARACTERS_MAX: usize = 200;

/// The longest account number, in bytes; real ones have at most 20.
const ACCOUNT_LENGTH_MAX: usize = 64;

/// The bank of a payee whose account number was typed, and of a bank that the directory lacks.
const DEFAULT_GATEWAY: &str = "Vietcombank";

/// What the app fills in when the payer types nothing.
const DEFAULT_MEMO: &str = "TRAN THI VI DU chuyen tien";

/// One simulated transfer by a payer's bank app.
#[derive(Debug, Clone)]
pub struct TransferOrder {
    /// Where the money goes.
    pub target: Target,
    /// The amount; without it, the one in the code.
    pub amount: Option<Vnd>,
    /// The memo; without it, the one in the code, or what apps fill in by themselves.
    pub memo: Option<String>,
    /// What goes wrong.
    pub faults: Vec<Fault>,
}

/// Where the money goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// The text of a scanned VietQR code.
    QrPayload(String),
    /// A typed account number.
    Account {
        /// Letters and digits.
        account_number: String,
    },
}

/// The listener that the bank tells about transfers.
#[derive(Debug, Clone)]
pub struct Channel {
    /// The full address of the callback, `http` or `https`.
    pub url: String,
    /// How the notices are worded and signed.
    pub dialect: Dialect,
    /// The secret that the bank and the listener share.
    pub secret: Secret,
}

/// Why nothing was booked and nothing was sent.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SimulatorError {
    /// The code does not say beyond doubt whom to pay.
    #[error("the code cannot be paid{}", reasons(.problems))]
    NotPayable {
        /// What is wrong with the code; empty when it is in order and asks for something else than a
        /// transfer of đồng to one account.
        problems: Vec<vietqr::Problem>,
    },
    /// Neither the code nor the order names an amount.
    #[error("neither the code nor the order names an amount")]
    AmountMissing,
    /// The amount, or the balance after it, is not possible.
    #[error(transparent)]
    Amount(#[from] AmountError),
    /// The memo is too long for a transfer.
    #[error("the memo has {length} characters; at most {MEMO_CHARACTERS_MAX} fit")]
    MemoTooLong {
        /// How many characters it has.
        length: usize,
    },
    /// The account number is empty, too long, or has other characters than letters and digits.
    #[error("an account number is 1 to {ACCOUNT_LENGTH_MAX} letters and digits")]
    BadAccount,
    /// The bank already has as many accounts as it keeps.
    #[error(
        "the simulated bank is full: it keeps {} accounts",
        crate::ACCOUNTS_MAX
    )]
    TooManyAccounts,
    /// The callback address cannot be posted to.
    #[error("the callback address is not an http or https address")]
    BadAddress,
    /// The secret does not fit the dialect.
    #[error("the secret cannot be used with the dialect {}", .dialect.as_str())]
    UnusableSecret {
        /// The dialect of the channel.
        dialect: Dialect,
    },
    /// The simulator does not speak the dialect yet.
    #[error("the simulator does not speak the dialect {}", .dialect.as_str())]
    UnknownDialect {
        /// The dialect of the channel.
        dialect: Dialect,
    },
}

/// The problems as the end of a sentence.
fn reasons(problems: &[vietqr::Problem]) -> String {
    let sentences: Vec<String> = problems.iter().map(ToString::to_string).collect();
    match sentences.as_slice() {
        [] => ": it does not ask for a transfer of đồng to one account".to_owned(),
        _ => format!(": {}", sentences.join("; ")),
    }
}

/// An order with everything decided that the payer's app decides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Instruction {
    /// The brand name of the payee's bank, as SePay writes it.
    pub gateway: String,
    pub account_number: String,
    pub amount: Vnd,
    pub memo: String,
    pub faults: Vec<Fault>,
}

impl TransferOrder {
    /// Reads the code, if there is one, and fills in what the payer left out.
    pub(crate) fn resolve(self) -> Result<Instruction, SimulatorError> {
        let (gateway, account_number, asked, purpose) = match self.target {
            Target::Account { account_number } => (None, account_number, None, None),
            Target::QrPayload(text) => {
                let decoded = vietqr::decode(&text);
                let Some(transfer) = decoded.payable() else {
                    let mut problems = decoded.into_problems();
                    problems.retain(vietqr::Problem::is_error);
                    return Err(SimulatorError::NotPayable { problems });
                };
                let bank = vietqr::banks::by_bin(transfer.bin.as_str());
                let gateway = bank.map(|bank| bank.short_name.clone());
                (gateway, transfer.account, transfer.amount, transfer.purpose)
            }
        };
        let memo = self.memo.or(purpose);
        let instruction = Instruction {
            gateway: gateway.unwrap_or_else(|| DEFAULT_GATEWAY.to_owned()),
            account_number,
            amount: self.amount.or(asked).ok_or(SimulatorError::AmountMissing)?,
            memo: memo.unwrap_or_else(|| DEFAULT_MEMO.to_owned()),
            faults: self.faults,
        };
        instruction.check()?;
        Ok(instruction)
    }
}

impl Instruction {
    fn check(&self) -> Result<(), SimulatorError> {
        Vnd::positive(self.amount.get())?;
        let account = self.account_number.as_bytes();
        let is_word = account.iter().all(u8::is_ascii_alphanumeric);
        if account.is_empty() || account.len() > ACCOUNT_LENGTH_MAX || !is_word {
            return Err(SimulatorError::BadAccount);
        }
        let length = self.memo.chars().count();
        if length > MEMO_CHARACTERS_MAX {
            return Err(SimulatorError::MemoTooLong { length });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use vietqr::{AcquirerBin, ConsumerAccount, Transfer};

    fn scanned(amount: Option<i64>, memo: Option<&str>) -> TransferOrder {
        let bin = AcquirerBin::parse("970422").unwrap();
        let account = ConsumerAccount::parse("0123456789").unwrap();
        let code = Transfer::to_account(bin, account)
            .one_time()
            .amount(Vnd::new(79_000).unwrap())
            .purpose("QH234567895V nop phi")
            .encode()
            .unwrap();
        TransferOrder {
            target: Target::QrPayload(code.into_string()),
            amount: amount.map(|dong| Vnd::new(dong).unwrap()),
            memo: memo.map(str::to_owned),
            faults: Vec::new(),
        }
    }

    #[test]
    fn a_scanned_code_says_everything_that_the_payer_does_not() {
        let instruction = scanned(None, None).resolve().unwrap();
        assert_eq!(instruction.account_number, "0123456789");
        assert_eq!(instruction.amount, Vnd::new(79_000).unwrap());
        assert_eq!(instruction.memo, "QH234567895V nop phi");
        assert_eq!(instruction.gateway, "MBBank");
        let instruction = scanned(Some(5), Some("khac")).resolve().unwrap();
        assert_eq!(
            (instruction.amount.get(), instruction.memo.as_str()),
            (5, "khac")
        );
    }

    #[test]
    fn a_broken_code_is_refused_with_what_is_wrong_with_it() {
        let mut order = scanned(None, None);
        if let Target::QrPayload(text) = &mut order.target {
            *text = text.replace("79000", "19000");
        }
        let error = order.resolve().unwrap_err();
        assert!(matches!(&error, SimulatorError::NotPayable { problems } if !problems.is_empty()));
        assert!(error.to_string().starts_with("the code cannot be paid: "));
    }

    #[test]
    fn a_typed_transfer_needs_an_amount_an_account_and_a_memo_that_fits() {
        let typed = |account: &str, amount: Option<i64>, memo: Option<String>| {
            TransferOrder {
                target: Target::Account {
                    account_number: account.to_owned(),
                },
                amount: amount.map(|dong| Vnd::new(dong).unwrap()),
                memo,
                faults: Vec::new(),
            }
            .resolve()
        };
        assert_eq!(typed("12", Some(1), None).unwrap().memo, DEFAULT_MEMO);
        assert_eq!(typed("12", None, None), Err(SimulatorError::AmountMissing));
        assert_eq!(
            typed("12", Some(0), None),
            Err(SimulatorError::Amount(AmountError::NotPositive))
        );
        for account in ["", "1 2", "1\n2", &"1".repeat(65)] {
            assert_eq!(
                typed(account, Some(1), None),
                Err(SimulatorError::BadAccount)
            );
        }
        assert_eq!(
            typed("12", Some(1), Some("ệ".repeat(201))),
            Err(SimulatorError::MemoTooLong { length: 201 })
        );
    }
}
