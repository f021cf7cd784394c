//! Whether the balances that the bank reports go on without a hole, or an open record says where not
//! (invariant I9).
//!
//! Every movement that is heard, in or out, leads from one balance to the next
//! ([`reconciler::continuity`]). A break that lasts longer than the patience becomes a gap: money of
//! which nobody told us. It closes by itself when the missing movement arrives, when a whole statement
//! covers its days, or when a person explains it.

mod act;
mod watch;

pub use act::Explained;
pub(crate) use act::{Cover, check_due};
pub(crate) use watch::{Seen, Watch};

use crate::{Store, StoreError, TenantScope, Tx};
use money::Vnd;
use payment::{BalanceGapId, Timestamp};
use reconciler::continuity::{Break, Chain, End, Floating};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// How a gap was closed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Resolution {
    /// What was missing arrived.
    Arrived,
    /// A whole statement covers its days.
    Statement,
    /// A person explained it.
    Explained,
}

impl Resolution {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Arrived => "arrived",
            Self::Statement => "statement",
            Self::Explained => "explained",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        [Self::Arrived, Self::Statement, Self::Explained]
            .into_iter()
            .find(|resolution| resolution.as_str() == text)
    }
}

/// A hole in the balances of an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BalanceGap {
    /// Its id.
    pub id: BalanceGapId,
    /// On which account.
    pub account_number: String,
    /// Where the balances break off, and where they go on.
    pub between: Break,
    /// Counts its changes.
    pub version: i64,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// When it was closed.
    pub closed_at: Option<Timestamp>,
    /// How it was closed.
    pub resolution: Option<Resolution>,
    /// Who explained it.
    pub actor: Option<String>,
    /// The explanation.
    pub explanation: Option<String>,
}

#[derive(sqlx::FromRow)]
struct Row {
    balance_gap_id: Uuid,
    account_number: String,
    from_balance: i64,
    from_booked_at: i64,
    from_seen_at: i64,
    to_balance: i64,
    to_booked_at: i64,
    to_seen_at: i64,
    version: i64,
    opened_at: i64,
    closed_at: Option<i64>,
    resolution: Option<String>,
    actor: Option<String>,
    explanation: Option<String>,
}

impl TryFrom<Row> for BalanceGap {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        let wrong = |column| StoreError::Inconsistent {
            table: "balance_gap",
            column,
        };
        let end = |balance, booked_at, seen_at| {
            Ok::<_, StoreError>(End {
                balance: Vnd::new(balance).map_err(|_| wrong("from_balance"))?,
                booked_at: Timestamp::from_micros(booked_at),
                seen_at: Timestamp::from_micros(seen_at),
            })
        };
        Ok(Self {
            id: BalanceGapId::from_uuid(row.balance_gap_id),
            between: Break {
                from: end(row.from_balance, row.from_booked_at, row.from_seen_at)?,
                to: end(row.to_balance, row.to_booked_at, row.to_seen_at)?,
            },
            account_number: row.account_number,
            version: row.version,
            opened_at: Timestamp::from_micros(row.opened_at),
            closed_at: row.closed_at.map(Timestamp::from_micros),
            resolution: row
                .resolution
                .map(|text| Resolution::parse(&text).ok_or_else(|| wrong("resolution")))
                .transpose()?,
            actor: row.actor,
            explanation: row.explanation,
        })
    }
}

/// A chain as it stands in the database: balance, booked, seen; or amount, booked.
#[derive(Default, Serialize, Deserialize)]
struct Ends {
    heads: Vec<(i64, i64, i64)>,
    tails: Vec<(i64, i64, i64)>,
    floating: Vec<(i64, i64)>,
}

/// Reads a stored chain.
pub(crate) fn read_chain(text: &str) -> Result<Chain, StoreError> {
    let wrong = || StoreError::Inconsistent {
        table: "balance_chain",
        column: "ends",
    };
    let ends: Ends = serde_json::from_str(text).map_err(|_| wrong())?;
    let read = |ends: Vec<(i64, i64, i64)>| -> Result<Vec<End>, StoreError> {
        ends.into_iter()
            .map(|(balance, booked_at, seen_at)| {
                Ok(End {
                    balance: Vnd::new(balance).map_err(|_| wrong())?,
                    booked_at: Timestamp::from_micros(booked_at),
                    seen_at: Timestamp::from_micros(seen_at),
                })
            })
            .collect()
    };
    Ok(Chain {
        heads: read(ends.heads)?,
        tails: read(ends.tails)?,
        floating: ends
            .floating
            .into_iter()
            .map(|(signed, booked_at)| {
                Ok(Floating {
                    signed: Vnd::new(signed).map_err(|_| wrong())?,
                    booked_at: Timestamp::from_micros(booked_at),
                })
            })
            .collect::<Result<_, StoreError>>()?,
    })
}

fn write_chain(chain: &Chain) -> Result<String, StoreError> {
    let write = |ends: &[End]| {
        ends.iter()
            .map(|end| {
                (
                    end.balance.get(),
                    end.booked_at.micros(),
                    end.seen_at.micros(),
                )
            })
            .collect()
    };
    let ends = Ends {
        heads: write(&chain.heads),
        tails: write(&chain.tails),
        floating: chain
            .floating
            .iter()
            .map(|floating| (floating.signed.get(), floating.booked_at.micros()))
            .collect(),
    };
    serde_json::to_string(&ends).map_err(|_| StoreError::Inconsistent {
        table: "balance_chain",
        column: "ends",
    })
}

#[derive(sqlx::FromRow)]
struct ChainRow {
    ends: String,
    check_at: Option<i64>,
}

async fn chain_of(
    tx: &mut Tx,
    tenant: Uuid,
    account: &str,
) -> Result<Option<(Chain, Option<i64>)>, StoreError> {
    let row = fetch_optional!(tx, ChainRow, sql!("gap/chain"), tenant, account)?;
    row.map(|row| Ok((read_chain(&row.ends)?, row.check_at)))
        .transpose()
}

impl Store {
    /// Gaps, newest first, before `before` when given; only open or only closed ones when asked.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn balance_gaps(
        &self,
        scope: &TenantScope,
        is_open: Option<bool>,
        before: Option<BalanceGapId>,
        limit: i64,
    ) -> Result<Vec<BalanceGap>, StoreError> {
        let mut tx = self.read().await?;
        let state = match is_open {
            None => "",
            Some(true) => "open",
            Some(false) => "closed",
        };
        let before = before.map_or(Uuid::max(), BalanceGapId::uuid);
        fetch_all!(
            &mut tx,
            Row,
            sql!("gap/list"),
            scope.id(),
            before,
            state,
            limit
        )?
        .into_iter()
        .map(BalanceGap::try_from)
        .collect()
    }

    /// The balance of an account after the latest movement whose balance the bank told.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn last_balance(
        &self,
        scope: &TenantScope,
        account: &str,
    ) -> Result<Option<Vnd>, StoreError> {
        let mut tx = self.read().await?;
        let stored = chain_of(&mut tx, scope.id(), account).await?;
        let heads = stored.map(|(chain, _)| chain.heads).unwrap_or_default();
        let last = heads.iter().max_by_key(|end| (end.booked_at, end.seen_at));
        Ok(last.map(|end| end.balance))
    }

    /// One gap.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn balance_gap(
        &self,
        scope: &TenantScope,
        id: BalanceGapId,
    ) -> Result<Option<BalanceGap>, StoreError> {
        let mut tx = self.read().await?;
        let row = fetch_optional!(&mut tx, Row, sql!("gap/by_id"), scope.id(), id.uuid())?;
        row.map(BalanceGap::try_from).transpose()
    }
}
