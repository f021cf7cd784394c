//! Telling a movement that is in the books already from a new one.

use super::{Message, Pending};
use crate::writer::Batch;
use crate::{StoreError, TenantScope};
use payment::{BankCreditId, CreditOutcome, Timestamp};
use reconciler::callback::Notice;
use reconciler::memo;
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// How far apart two sources may see the same movement.
const TWIN_WINDOW_MICROS: i64 = 120_000_000;

/// Whether this movement's id came before through its source (I7): the same again, or a conflict.
pub(super) async fn same_id(
    batch: &mut Batch,
    scope: &TenantScope,
    callback: &Pending,
    notice: &Notice,
    digest: &[u8; 32],
    now: Timestamp,
) -> Result<Option<Message>, StoreError> {
    let tenant = scope.id();
    let stored = fetch_optional!(
        &mut batch.tx,
        (Uuid, Vec<u8>),
        sql!("callback/credit_by_event"),
        tenant,
        &callback.source,
        &notice.provider_event_id
    )?;
    let Some((credit, stored)) = stored else {
        return Ok(None);
    };
    if stored == digest {
        return Ok(Some(Message::of_credit(
            CreditOutcome::Duplicate,
            notice,
            credit,
            None,
        )));
    }
    let detail = serde_json::json!({
        "callback_id": callback.callback_id(),
        "callback_digest": hex::encode(Sha256::digest(&callback.body)),
    });
    let subject = BankCreditId::from_uuid(credit).to_string();
    batch
        .audit(tenant, "system", "payment.conflict", &subject, &detail, now)
        .await?;
    let detail = "the same transaction id came before with other contents";
    Ok(Some(Message::of_credit(
        CreditOutcome::Conflict,
        notice,
        credit,
        Some(detail.to_owned()),
    )))
}

/// A credit that may be the same movement under another id.
#[derive(sqlx::FromRow)]
struct TwinRow {
    bank_credit_id: Uuid,
    source: String,
    bank_reference: Option<String>,
    booked_at: i64,
    memo: String,
}

/// What a twin in the books means.
pub(super) enum Twin {
    /// There is none.
    None,
    /// Another source reported the same movement; everything agrees.
    Same(Uuid, String),
    /// Something agrees and something does not: only a person can tell.
    Possible(BankCreditId),
}

/// Looks for the same movement under another id. Dropped only when another source reported it and
/// reference, time and memo all agree; banks use a reference again, so less than that is held for a
/// person, and never credited by itself. One source that gives one movement two ids is held too.
pub(super) async fn find_twin(
    batch: &mut Batch,
    scope: &TenantScope,
    callback: &Pending,
    notice: &Notice,
) -> Result<Twin, StoreError> {
    let booked_at = notice.booked_at.micros();
    let reference = notice.bank_reference.as_deref().unwrap_or_default();
    let by_reference = fetch_all!(
        &mut batch.tx,
        TwinRow,
        sql!("callback/twins_by_reference"),
        scope.id(),
        &notice.account_number,
        reference,
        notice.amount.get()
    )?;
    let by_time = fetch_all!(
        &mut batch.tx,
        TwinRow,
        sql!("callback/twins_by_time"),
        scope.id(),
        &notice.account_number,
        notice.amount.get(),
        booked_at - TWIN_WINDOW_MICROS,
        booked_at + TWIN_WINDOW_MICROS,
        &callback.source
    )?;
    let memo = memo::fold(&notice.memo);
    let mut possible = None;
    for twin in by_reference.into_iter().chain(by_time) {
        let same_reference =
            twin.bank_reference.is_some() && twin.bank_reference == notice.bank_reference;
        let same_time = (twin.booked_at - booked_at).abs() <= TWIN_WINDOW_MICROS;
        let same_text = memo::fold(&twin.memo) == memo;
        let elsewhere = twin.source != callback.source;
        if elsewhere && same_reference && same_time && same_text {
            return Ok(Twin::Same(twin.bank_credit_id, twin.source));
        }
        let suspicious = if elsewhere {
            same_reference || (same_time && same_text)
        } else {
            same_reference && same_time && same_text
        };
        if suspicious {
            possible = possible.or(Some(BankCreditId::from_uuid(twin.bank_credit_id)));
        }
    }
    Ok(possible.map_or(Twin::None, Twin::Possible))
}
