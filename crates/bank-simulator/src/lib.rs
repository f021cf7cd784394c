//! A bank that knows the truth.
//!
//! It books simulated transfers on running balances and tells the gateway about them over real HTTP, in
//! the sender's true form and signed with the sender's secret, with [`Fault`]s on request: the same
//! notice three times, late, never, forged, with a mangled memo. Afterwards [`Bank::truth`] says what
//! really happened, so a demo, a test or an integrator can compare it with the gateway's books.
//!
//! One transfer, as files passed in order: [`order`](TransferOrder) says what the payer does, `plan`
//! decides purely what will move and what will be sent, `mangle` treats the memo as banks do, `bank`
//! books, `dialect` words and signs, `send` posts and tries again.
//!
//! Never to be reachable where real money is asked for: whoever reaches it can pay anything.

mod bank;
mod dialect;
mod fault;
mod mangle;
mod order;
mod plan;
mod receipt;
mod send;

pub use bank::{ACCOUNTS_MAX, BACKGROUND_MAX, Bank, HISTORY_MAX};
pub use fault::Fault;
pub use order::{Channel, MEMO_CHARACTERS_MAX, SimulatorError, Target, TransferOrder};
pub use receipt::{BookedTransfer, Receipt, SentCallback};
