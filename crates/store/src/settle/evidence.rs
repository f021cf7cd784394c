//! What a batch of notices has to be held against: the movements that are in the books already, and
//! the payees' accounts. Looked up once for all, and kept up to date while the batch is decided.

use super::clues::{Identifiers, Message};
use super::late::Lines;
use super::{Pending, Reading};
use crate::writer::{Batch, CreditRow};
use crate::{StoreError, Tx};
use payment::BankCreditId;
use reconciler::callback::Notice;
use reconciler::statement::identity::FEED_PREFIX;
use reconciler::{matching, memo};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// How far apart two sources may see the same movement.
const TWIN_WINDOW_MICROS: i64 = 120_000_000;
/// Credits that a lookup of twins brings at most, as its statements say. With as many, one may be
/// missing.
const TWINS_MAX: usize = 20_000;

bulk_rows! {
    /// A movement's id, to find what came under it before.
    EventKey, "bulk/credits_by_event" {
        tenant_id: Uuid,
        source: String,
        provider_event_id: String,
    }
}

bulk_rows! {
    /// Movements with one bank reference.
    BankReferenceKey, "bulk/credits_by_bank_reference" {
        tenant_id: Uuid,
        account_number: String,
        bank_reference: String,
        amount: i64,
    }
}

bulk_rows! {
    /// Movements with one text at about one time.
    TextKey, "bulk/credits_by_text" {
        tenant_id: Uuid,
        account_number: String,
        amount: i64,
        memo_digest: Vec<u8>,
        booked_from: i64,
        booked_to: i64,
    }
}

bulk_rows! {
    /// A payee's account that is looked up by its number.
    PayeeNumberKey, "bulk/payees_by_number" { tenant_id: Uuid, account_number: String }
}

/// Which of these movements are credits by themselves: their ids.
pub(crate) async fn booked_events(
    tx: &mut Tx,
    keys: Vec<EventKey>,
) -> Result<BTreeSet<String>, StoreError> {
    let found: Vec<StoredEvent> = EventKey::fetch(tx, keys).await?;
    Ok(found
        .into_iter()
        .map(|event| event.provider_event_id)
        .collect())
}

/// The digest of the folded memo: the same for two sources that frame the text alike.
pub(super) fn memo_digest(memo: &str) -> Vec<u8> {
    Sha256::digest(memo::fold(memo)).to_vec()
}

#[derive(sqlx::FromRow)]
struct StoredEvent {
    tenant_id: Uuid,
    source: String,
    provider_event_id: String,
    bank_credit_id: Uuid,
    notice_digest: Vec<u8>,
}

#[derive(sqlx::FromRow)]
struct StoredCredit {
    tenant_id: Uuid,
    bank_credit_id: Uuid,
    source: String,
    account_number: String,
    amount: i64,
    bank_reference: Option<String>,
    booked_at: i64,
    memo: String,
}

/// A credit in the books that may be the same movement under another id.
struct Twinned {
    bank_credit_id: Uuid,
    source: String,
    bank_reference: Option<String>,
    booked_at: i64,
    memo_digest: Vec<u8>,
}

/// Whether a movement's id came before through its source.
pub(super) enum Seen {
    /// No.
    Never,
    /// Yes, and with the same contents.
    Same(Uuid),
    /// Yes, with other contents.
    Different(Uuid),
}

/// What a twin in the books means.
pub(super) enum Twin {
    /// There is none.
    None,
    /// Another source reported the same movement; everything agrees.
    Same(Uuid, String),
    /// A statement that came before has it, and this source has not reported it yet.
    Line(Uuid),
    /// Something agrees and something does not: only a person can tell.
    Possible(BankCreditId),
}

/// Tenant, account and amount: what two reports of one movement have in common.
type MovementKey = (Uuid, String, i64);

/// See the module.
#[derive(Default)]
pub(super) struct Evidence {
    events: BTreeMap<(Uuid, String, String), (Uuid, Vec<u8>)>,
    twins: BTreeMap<MovementKey, Vec<Twinned>>,
    own_accounts: BTreeSet<(Uuid, String)>,
    pub(super) lines: Lines,
    /// What the messages name.
    pub(super) identifiers: Identifiers,
}

impl Evidence {
    /// Looks up what the notices of these callbacks need, one statement a kind.
    pub(super) async fn gather(
        batch: &mut Batch,
        readings: &[Reading],
    ) -> Result<Self, StoreError> {
        let mut messages = Vec::new();
        let (mut events, mut references, mut texts) = (Vec::new(), Vec::new(), Vec::new());
        let mut accounts = BTreeSet::new();
        for reading in readings {
            let tenant_id = reading.callback.tenant_id;
            // Money out moves the balance of an account too, when it is ours.
            for notice in reading.notices.iter().flatten() {
                if !notice.is_test {
                    accounts.insert((tenant_id, notice.account_number.clone()));
                }
            }
            let money_in = reading
                .notices
                .iter()
                .flatten()
                .filter(|notice| matching::is_ignored(notice).is_none());
            for notice in money_in {
                messages.push(Message::new(
                    &reading.scope,
                    notice.virtual_account.as_deref(),
                    notice.memos().collect(),
                ));
                if reading.held.is_some() {
                    continue;
                }
                events.push(EventKey {
                    tenant_id,
                    source: reading.callback.source.clone(),
                    provider_event_id: notice.provider_event_id.clone(),
                });
                let amount = notice.amount.get();
                if let Some(bank_reference) = &notice.bank_reference {
                    references.push(BankReferenceKey {
                        tenant_id,
                        account_number: notice.account_number.clone(),
                        bank_reference: bank_reference.clone(),
                        amount,
                    });
                }
                let booked_at = notice.booked_at.micros();
                texts.push(TextKey {
                    tenant_id,
                    account_number: notice.account_number.clone(),
                    amount,
                    memo_digest: memo_digest(&notice.memo),
                    booked_from: booked_at.saturating_sub(TWIN_WINDOW_MICROS),
                    booked_to: booked_at.saturating_add(TWIN_WINDOW_MICROS),
                });
            }
        }
        let mut evidence = Self {
            identifiers: Identifiers::gather(batch, &messages).await?,
            lines: Lines::gather(batch, readings).await?,
            ..Self::default()
        };
        for (event, reported) in evidence.lines.reported_events() {
            evidence.events.insert(event.clone(), reported.clone());
        }
        for row in EventKey::fetch::<StoredEvent>(batch.lookup(), events).await? {
            evidence.events.insert(
                (row.tenant_id, row.source, row.provider_event_id),
                (row.bank_credit_id, row.notice_digest),
            );
        }
        let mut twins: Vec<StoredCredit> =
            BankReferenceKey::fetch(batch.lookup(), references).await?;
        let by_text: Vec<StoredCredit> = TextKey::fetch(batch.lookup(), texts).await?;
        if twins.len() >= TWINS_MAX || by_text.len() >= TWINS_MAX {
            // A smaller batch finds them all; alone, so many equal movements are a case for a person.
            return Err(StoreError::TooManyTwins);
        }
        twins.extend(by_text);
        for credit in twins {
            if credit.source.starts_with(FEED_PREFIX) {
                // A statement words, dates and orders its movements in its own way: see `Lines`.
                continue;
            }
            let key = (credit.tenant_id, credit.account_number, credit.amount);
            let twin = Twinned {
                bank_credit_id: credit.bank_credit_id,
                source: credit.source,
                bank_reference: credit.bank_reference,
                booked_at: credit.booked_at,
                memo_digest: memo_digest(&credit.memo),
            };
            evidence.add_twin(key, twin);
        }
        let keys = accounts
            .into_iter()
            .map(|(tenant_id, account_number)| PayeeNumberKey {
                tenant_id,
                account_number,
            })
            .collect();
        evidence.own_accounts = PayeeNumberKey::fetch(batch.lookup(), keys)
            .await?
            .into_iter()
            .collect();
        Ok(evidence)
    }

    fn add_twin(&mut self, key: MovementKey, twin: Twinned) {
        let twins = self.twins.entry(key).or_default();
        if twins
            .iter()
            .all(|known| known.bank_credit_id != twin.bank_credit_id)
        {
            twins.push(twin);
        }
    }

    /// Takes up a report of a credit that is in the books.
    pub(super) fn add_report(
        &mut self,
        callback: &Pending,
        notice: &Notice,
        digest: &[u8; 32],
        credit: Uuid,
    ) {
        self.events.insert(
            (
                callback.tenant_id,
                callback.source.clone(),
                notice.provider_event_id.clone(),
            ),
            (credit, digest.to_vec()),
        );
        self.lines.claim(credit, &callback.source);
    }

    /// Takes up a credit that this batch books.
    pub(super) fn add(&mut self, credit: &CreditRow) {
        self.events.insert(
            (
                credit.tenant_id,
                credit.source.clone(),
                credit.provider_event_id.clone(),
            ),
            (credit.bank_credit_id, credit.notice_digest.clone()),
        );
        let twin = Twinned {
            bank_credit_id: credit.bank_credit_id,
            source: credit.source.clone(),
            bank_reference: credit.bank_reference.clone(),
            booked_at: credit.booked_at,
            memo_digest: credit.memo_digest.clone(),
        };
        self.add_twin(
            (
                credit.tenant_id,
                credit.account_number.clone(),
                credit.amount,
            ),
            twin,
        );
    }

    /// Whether this movement's id came before through its source (I7): the same again, or a conflict.
    pub(super) fn same_id(&self, callback: &Pending, notice: &Notice, digest: &[u8; 32]) -> Seen {
        let key = (
            callback.tenant_id,
            callback.source.clone(),
            notice.provider_event_id.clone(),
        );
        match self.events.get(&key) {
            None => Seen::Never,
            Some((credit, stored)) if stored == digest => Seen::Same(*credit),
            Some((credit, _)) => Seen::Different(*credit),
        }
    }

    /// Looks for the same movement under another id. Dropped only when another source reported it and
    /// reference, time and memo all agree; banks use a reference again, so less than that is held for a
    /// person, and never credited by itself. One source that gives one movement two ids is held too.
    pub(super) fn twin(&self, reading: &Reading, notice: &Notice) -> Twin {
        if let Some(held) = &reading.held {
            let held = held.get(&notice.provider_event_id);
            return held.map_or(Twin::None, |credit| Twin::Possible(*credit));
        }
        let callback = &reading.callback;
        let key = (
            callback.tenant_id,
            notice.account_number.clone(),
            notice.amount.get(),
        );
        let booked_at = notice.booked_at.micros();
        let memo_digest = memo_digest(&notice.memo);
        let mut possible = None;
        for twin in self.twins.get(&key).into_iter().flatten() {
            let same_reference =
                twin.bank_reference.is_some() && twin.bank_reference == notice.bank_reference;
            let same_time = (twin.booked_at.saturating_sub(booked_at)).abs() <= TWIN_WINDOW_MICROS;
            if !same_reference && !same_time {
                continue;
            }
            let same_text = twin.memo_digest == memo_digest;
            let elsewhere = twin.source != callback.source;
            if elsewhere && same_reference && same_time && same_text {
                return Twin::Same(twin.bank_credit_id, twin.source.clone());
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
        match (self.lines.twin(reading, notice), possible) {
            (Twin::None, possible) => possible.map_or(Twin::None, Twin::Possible),
            // A credit that is there already is likelier than the line of a statement.
            (Twin::Possible(_), Some(possible)) => Twin::Possible(possible),
            (of_statement, _) => of_statement,
        }
    }

    /// Whether the account is one of the tenant's.
    pub(super) fn is_own_account(&self, tenant: Uuid, account_number: &str) -> bool {
        self.own_accounts
            .contains(&(tenant, account_number.to_owned()))
    }
}
