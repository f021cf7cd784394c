//! The bank: its accounts, its books and the truth.

use crate::order::Instruction;
use crate::plan::{Plan, plan};
use crate::send::{Background, Letter, Sender};
use crate::{BookedTransfer, Channel, Receipt, SimulatorError, TransferOrder, dialect};
use money::Vnd;
use payment::Timestamp;
use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Accounts whose balance the bank keeps.
pub const ACCOUNTS_MAX: usize = 100_000;

/// Transfers that [`Bank::truth`] remembers; the oldest are forgotten first.
pub const HISTORY_MAX: usize = 100_000;

/// Callbacks that may wait or be tried again in the background at one time. Those beyond it are given
/// up, and the receipt says so.
pub const BACKGROUND_MAX: usize = 10_000;

/// A simulated bank. Clones share the same books.
#[derive(Debug, Clone)]
pub struct Bank {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    client: reqwest::Client,
    /// Held for a few lines and never across an await.
    books: Mutex<Books>,
    background: Background,
}

#[derive(Debug, Default)]
struct Books {
    balances: HashMap<String, Vnd>,
    history: VecDeque<BookedTransfer>,
}

impl Bank {
    /// A bank without money that calls back through `client`.
    ///
    /// The client decides how long the bank waits: build it with a timeout (SePay waits 30 s), with
    /// `redirect(Policy::none())`, because a redirect is not an acknowledgement, and with `no_proxy()`,
    /// because the listener is usually on this machine.
    #[must_use]
    pub fn new(client: reqwest::Client) -> Self {
        Self {
            inner: Arc::new(Inner {
                client,
                books: Mutex::default(),
                background: Background::new(BACKGROUND_MAX),
            }),
        }
    }

    /// Says what an account holds, for example to go on after a restart where the listener's last
    /// known balance ended. Accounts that nobody opened begin at 0 đồng.
    ///
    /// # Errors
    /// [`SimulatorError::TooManyAccounts`].
    pub fn open_account(&self, account_number: &str, balance: Vnd) -> Result<(), SimulatorError> {
        self.books().set_balance(account_number, balance)
    }

    /// What an account holds.
    #[must_use]
    pub fn balance(&self, account_number: &str) -> Vnd {
        self.books().balance(account_number)
    }

    /// Books the transfer and sends what the faults ask for, over real HTTP.
    ///
    /// Returns when each callback that is not held back has been tried once. What was not answered
    /// with 2xx is tried again in the background, eight times in all within 32 seconds; forged and
    /// stale ones are not. The work goes on when the caller stops waiting. `now` is the time of
    /// booking; signatures carry `now` plus the time passed since. `random` is a seed: it
    /// chooses how a memo is mangled and with which secret a notice is forged.
    ///
    /// # Errors
    /// [`SimulatorError`]: then nothing was booked and nothing is sent. That a callback was not
    /// delivered is no error of the transfer; the receipt tells it.
    pub async fn transfer(
        &self,
        order: TransferOrder,
        channel: &Channel,
        now: Timestamp,
        random: u64,
    ) -> Result<Receipt, SimulatorError> {
        let sender = Sender::new(self.inner.client.clone(), channel, now)?;
        let instruction = order.resolve()?;
        let plan = plan(&instruction, now, random)?;
        let transfers = self.books().book(&instruction, &plan, now)?;

        let mut sequences = Vec::with_capacity(plan.sequences.len());
        for sequence in plan.sequences {
            let letters = sequence.sends.into_iter().filter_map(|send| {
                let transfer = transfers.get(send.movement)?;
                let body =
                    dialect::body(channel.dialect, &instruction.gateway, transfer, send.amount);
                Some(body.map(|body| Letter::new(&transfer.event_id, body, send)))
            });
            let letters: VecDeque<Letter> = letters.collect::<Result<_, _>>()?;
            sequences.push((sequence.delay, letters));
        }
        let callbacks = self.inner.background.deliver(sender, sequences).await;
        Ok(Receipt {
            transfers: if plan.is_real { transfers } else { Vec::new() },
            callbacks,
        })
    }

    /// What really happened, oldest first: the last [`HISTORY_MAX`] transfers.
    #[must_use]
    pub fn truth(&self) -> Vec<BookedTransfer> {
        self.books().history.iter().cloned().collect()
    }

    /// Waits until no callback waits or is tried again in the background.
    pub async fn idle(&self) {
        self.inner.background.idle().await;
    }

    fn books(&self) -> MutexGuard<'_, Books> {
        // Nothing panics while it is held, and each change is complete in itself.
        self.inner
            .books
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl Books {
    fn balance(&self, account_number: &str) -> Vnd {
        self.balances
            .get(account_number)
            .copied()
            .unwrap_or_default()
    }

    fn set_balance(&mut self, account_number: &str, balance: Vnd) -> Result<(), SimulatorError> {
        if let Some(known) = self.balances.get_mut(account_number) {
            *known = balance;
        } else if self.balances.len() < ACCOUNTS_MAX {
            self.balances.insert(account_number.to_owned(), balance);
        } else {
            return Err(SimulatorError::TooManyAccounts);
        }
        Ok(())
    }

    /// Books all movements of a plan or none. Those of a forgery get ids and balances like true ones,
    /// and leave no trace in the books.
    fn book(
        &mut self,
        instruction: &Instruction,
        plan: &Plan,
        now: Timestamp,
    ) -> Result<Vec<BookedTransfer>, SimulatorError> {
        let mut balance = self.balance(&instruction.account_number);
        let mut transfers = Vec::with_capacity(plan.movements.len());
        for movement in &plan.movements {
            balance = balance.checked_add(movement.amount)?;
            let event_id = next_event_id(now);
            transfers.push(BookedTransfer {
                event_id: event_id.to_string(),
                account_number: instruction.account_number.clone(),
                amount: movement.amount,
                memo: movement.memo.clone(),
                payer_memo: movement.payer_memo.clone(),
                bank_reference: format!("FT{:012}", event_id % 1_000_000_000_000),
                booked_at: Timestamp::from_seconds(now.seconds()),
                balance_after: balance,
            });
        }
        if plan.is_real {
            self.set_balance(&instruction.account_number, balance)?;
            let forgotten = (self.history.len() + transfers.len()).saturating_sub(HISTORY_MAX);
            self.history.drain(..forgotten);
            self.history.extend(transfers.iter().cloned());
        }
        Ok(transfers)
    }
}

/// The next id: the time in microseconds, or one more than the last. So ids grow across restarts
/// without being stored, and no two banks of one process ever give the same.
fn next_event_id(now: Timestamp) -> i64 {
    static LAST: AtomicI64 = AtomicI64::new(0);
    let next = |last: i64| now.micros().max(last.saturating_add(1));
    let last = LAST.update(Ordering::Relaxed, Ordering::Relaxed, next);
    next(last)
}

#[cfg(test)]
mod tests;
