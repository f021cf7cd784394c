//! What the money of a request is for: its items in the order of its lines, then its payer.
//!
//! The đồng of a request are counted in the order in which they are allocated. The first cover its
//! lines, one after the other; what goes beyond is the payer's. Giving money and taking it back move
//! along the same line, so that undoing everything ends where it began, in whatever order it is done.

use crate::{AccountCode, Posting, Side};
use money::{AmountError, Vnd};
use payment::request::Line;

/// A part of some money for one request.
#[derive(Clone, Debug)]
pub struct RequestPart<'a> {
    /// The request's lines.
    pub lines: &'a [Line],
    /// Where a surplus goes.
    pub payer_credit: AccountCode,
    /// What was allocated to the request before.
    pub received_before: Vnd,
    /// What is given to it, or taken back; positive.
    pub amount: Vnd,
}

/// Where a part went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Covered {
    /// What counts as received in all afterwards, surplus included.
    pub received: Vnd,
    /// What of the part went to items, or came back from them; the rest is the payer's.
    pub collected: Vnd,
}

impl RequestPart<'_> {
    /// Adds the postings that give the part to the request.
    pub(super) fn give(&self, postings: &mut Vec<Posting>) -> Result<Covered, AmountError> {
        let after = self.received_before.checked_add(self.amount)?;
        let collected = self.cover(self.received_before, after, Side::Credit, postings)?;
        Ok(Covered {
            received: after,
            collected,
        })
    }

    /// Adds the postings that take the part back.
    pub(super) fn take_back(&self, postings: &mut Vec<Posting>) -> Result<Covered, AmountError> {
        let after = self.received_before.checked_sub(self.amount)?;
        if after < Vnd::ZERO {
            return Err(AmountError::OutOfRange);
        }
        let collected = self.cover(after, self.received_before, Side::Debit, postings)?;
        Ok(Covered {
            received: after,
            collected,
        })
    }

    /// Posts the đồng between two counts to what they are for. Answers what went to items.
    fn cover(
        &self,
        from: Vnd,
        to: Vnd,
        side: Side,
        postings: &mut Vec<Posting>,
    ) -> Result<Vnd, AmountError> {
        let mut begins = Vnd::ZERO;
        let mut collected = Vnd::ZERO;
        for line in self.lines {
            let ends = begins.checked_add(line.amount)?;
            let (first, last) = (from.max(begins), to.min(ends));
            if first < last {
                let part = last.checked_sub(first)?;
                collected = collected.checked_add(part)?;
                add(postings, AccountCode::collected(&line.item), side, part)?;
            }
            begins = ends;
        }
        let surplus = to.checked_sub(from)?.checked_sub(collected)?;
        if surplus.is_positive() {
            add(postings, self.payer_credit.clone(), side, surplus)?;
        }
        Ok(collected)
    }
}

/// Two parts of one account make one posting: the account's history stays one row per entry.
fn add(
    postings: &mut Vec<Posting>,
    account: AccountCode,
    side: Side,
    amount: Vnd,
) -> Result<(), AmountError> {
    let same = |posting: &&mut Posting| posting.account == account && posting.side == side;
    match postings.iter_mut().find(same) {
        Some(posting) => posting.amount = posting.amount.checked_add(amount)?,
        None => postings.push(Posting {
            account,
            side,
            amount,
        }),
    }
    Ok(())
}

/// What the parts are together.
pub(super) fn total(parts: &[RequestPart<'_>]) -> Result<Vnd, AmountError> {
    Vnd::sum(parts.iter().map(|part| part.amount))
}
