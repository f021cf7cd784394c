//! From an order and a seed to what will move and what will be sent. Pure: no clock, no network.

use crate::order::Instruction;
use crate::{Fault, mangle};
use money::{AmountError, Vnd};
use payment::Timestamp;
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;
use reconciler::Secret;
use std::time::Duration;

/// How often a duplicated notice is sent in all.
const COPIES: usize = 3;
/// How long a delayed notice waits.
const DELAY: Duration = Duration::from_secs(2);
/// How long a notice waits to be overtaken.
const OVERTAKEN: Duration = Duration::from_millis(500);
/// How much too little or too much a payer sends.
const DIFFERENCE: i64 = 1_000;
/// How much more a conflicting notice claims.
const CONFLICT_DIFFERENCE: i64 = 10_000;
/// One second more than any receiver allows.
const STALE_SECONDS: i64 = 301;

/// Everything that one order leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Plan {
    /// Whether the movements happen. Those of a forgery do not.
    pub is_real: bool,
    /// The movements, in the order of booking.
    pub movements: Vec<Movement>,
    /// The callbacks, in the order of sending.
    pub sequences: Vec<Sequence>,
}

/// Money on its way to the payee.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Movement {
    pub amount: Vnd,
    /// As the payer's app sends it.
    pub payer_memo: String,
    /// As the payee's bank shows it.
    pub memo: String,
}

/// Callbacks that follow each other: the next is sent when the one before is delivered or given up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sequence {
    pub delay: Duration,
    pub sends: Vec<PlannedSend>,
}

/// One callback to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PlannedSend {
    /// Which of the plan's movements it reports.
    pub movement: usize,
    /// What it says has moved: the truth, except in a conflict.
    pub amount: Vnd,
    pub fault: Option<Fault>,
    /// The secret to sign with instead of the bank's.
    pub forged_secret: Option<Secret>,
    /// How old the signature's timestamp is.
    pub age_seconds: i64,
}

impl PlannedSend {
    /// A refusal of these is final: trying again could only be refused again.
    pub(crate) const fn is_tried_once(&self) -> bool {
        self.forged_secret.is_some() || self.age_seconds != 0
    }
}

/// Decides what one order leads to. The same instruction, time and seed give the same plan.
pub(crate) fn plan(
    instruction: &Instruction,
    now: Timestamp,
    seed: u64,
) -> Result<Plan, AmountError> {
    let asked = |fault| instruction.faults.contains(&fault);
    let mut random = StdRng::seed_from_u64(seed);
    let transfers = if asked(Fault::Twice) { 2 } else { 1 };
    let amount = transferred(instruction)?;
    let movements: Vec<Movement> = (0..transfers)
        .map(|_| Movement {
            amount,
            payer_memo: instruction.memo.clone(),
            memo: if asked(Fault::Mangle) {
                mangle::mangle(
                    &instruction.memo,
                    &instruction.account_number,
                    now,
                    &mut random,
                )
            } else {
                instruction.memo.clone()
            },
        })
        .collect();

    let forged_secret = asked(Fault::Forge).then(|| forged_secret(&mut random));
    let copies = if asked(Fault::Duplicate) { COPIES } else { 1 };
    let mut order: Vec<usize> = (0..movements.len()).collect();
    if asked(Fault::Reorder) {
        order.reverse();
    }
    if asked(Fault::Drop) {
        order.clear();
    }
    let mut sequences = Vec::new();
    for (place, movement) in (0..).zip(order) {
        for copy in 0..copies {
            let mut sends = vec![PlannedSend {
                movement,
                amount,
                fault: label(instruction, copy),
                forged_secret: forged_secret.clone(),
                age_seconds: if asked(Fault::Stale) {
                    STALE_SECONDS
                } else {
                    0
                },
            }];
            if asked(Fault::Conflict) && copy == 0 {
                sends.push(PlannedSend {
                    amount: amount.checked_add(Vnd::new(CONFLICT_DIFFERENCE)?)?,
                    fault: Some(Fault::Conflict),
                    ..sends[0].clone()
                });
            }
            let delay = delay(instruction, place, transfers);
            sequences.push(Sequence { delay, sends });
        }
    }
    Ok(Plan {
        is_real: forged_secret.is_none(),
        movements,
        sequences,
    })
}

/// What the payer really sends.
fn transferred(instruction: &Instruction) -> Result<Vnd, AmountError> {
    let mut amount = instruction.amount;
    if instruction.faults.contains(&Fault::Short) {
        amount = Vnd::new((amount.get() - DIFFERENCE).max(1))?;
    }
    if instruction.faults.contains(&Fault::Over) {
        amount = amount.checked_add(Vnd::new(DIFFERENCE)?)?;
    }
    Ok(amount)
}

/// How long the notice at this place in the order of sending is held back.
fn delay(instruction: &Instruction, place: u32, transfers: usize) -> Duration {
    let is_delayed = instruction.faults.contains(&Fault::Delay);
    let is_reordered = instruction.faults.contains(&Fault::Reorder);
    match (is_delayed, is_reordered) {
        // Both wait in the background, so the order has to be kept by the clock.
        (true, true) => DELAY + OVERTAKEN * place,
        (true, false) => DELAY,
        (false, true) if transfers == 1 => OVERTAKEN,
        (false, _) => Duration::ZERO,
    }
}

/// The fault that says most about a notice: whether it will be believed, whether it is a repeat, when it
/// comes, what is in it.
fn label(instruction: &Instruction, copy: usize) -> Option<Fault> {
    let asked = |fault: &Fault| instruction.faults.contains(fault);
    let first = [Fault::Forge, Fault::Stale].into_iter().find(asked);
    let repeat = (copy > 0).then_some(Fault::Duplicate);
    let rest = [
        Fault::Delay,
        Fault::Reorder,
        Fault::Mangle,
        Fault::Short,
        Fault::Over,
        Fault::Twice,
    ];
    first.or(repeat).or_else(|| rest.into_iter().find(asked))
}

/// A secret that the bank does not have, in a form that fits every dialect.
fn forged_secret(random: &mut StdRng) -> Secret {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    // 32 letters are the base64 of 24 bytes, the shortest key of Standard Webhooks.
    let letters = (0..32).filter_map(|_| LETTERS.choose(random).copied().map(char::from));
    Secret::new(format!("whsec_{}", letters.collect::<String>()))
}

#[cfg(test)]
mod tests;
