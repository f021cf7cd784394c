//! A break in the balances has an open record, or a time at which it is looked at (invariant I9).

use crate::gap::read_chain;
use crate::{StoreError, Tx};
use ledger::invariants::{Invariant, Violation};
use reconciler::continuity::Break;
use std::collections::BTreeSet;
use uuid::Uuid;

const PAGE: i64 = 500;

#[derive(sqlx::FromRow)]
struct ChainRow {
    tenant_id: Uuid,
    account_number: String,
    ends: String,
    check_at: Option<i64>,
}

#[derive(sqlx::FromRow)]
struct OpenRow {
    from_balance: i64,
    to_balance: i64,
}

pub(super) async fn check(tx: &mut Tx, violations: &mut Vec<Violation>) -> Result<(), StoreError> {
    let mut after = (Uuid::nil(), String::new());
    loop {
        let page = fetch_all!(
            tx,
            ChainRow,
            sql!("audit/balance_chains"),
            after.0,
            &after.1,
            PAGE
        )?;
        let Some(last) = page.last() else {
            return Ok(());
        };
        after = (last.tenant_id, last.account_number.clone());
        for row in &page {
            check_chain(tx, row, violations).await?;
        }
    }
}

async fn check_chain(
    tx: &mut Tx,
    row: &ChainRow,
    violations: &mut Vec<Violation>,
) -> Result<(), StoreError> {
    let mut broken = |detail: String| {
        violations.push(Violation {
            invariant: Invariant::I9,
            row: format!(
                "balance_chain {} (tenant {})",
                row.account_number,
                row.tenant_id.simple()
            ),
            detail,
        });
    };
    let Ok(chain) = read_chain(&row.ends) else {
        broken("its ends cannot be read".to_owned());
        return Ok(());
    };
    let open = fetch_all!(
        tx,
        OpenRow,
        sql!("audit/open_gaps"),
        row.tenant_id,
        &row.account_number
    )?;
    let recorded: BTreeSet<(i64, i64)> = open
        .iter()
        .map(|gap| (gap.from_balance, gap.to_balance))
        .collect();
    let breaks = chain.breaks();
    let ends = |found: &Break| (found.from.balance.get(), found.to.balance.get());
    let is_recorded = |found: &Break| recorded.contains(&ends(found));
    if row.check_at.is_none() && !breaks.iter().all(is_recorded) {
        broken("the balances break off where no open gap stands".to_owned());
    }
    if recorded
        .iter()
        .any(|gap| !breaks.iter().any(|found| ends(found) == *gap))
    {
        broken("an open gap stands where the balances go on".to_owned());
    }
    Ok(())
}
