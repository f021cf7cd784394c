//! What messages name: the registered identifiers, baskets and requests, looked up together.

use crate::payment_request::PaymentRequest;
use crate::writer::{Batch, Wanted};
use crate::{StoreError, TenantScope};
use payment::Reference;
use reconciler::matching::{self, Candidate, Clues, Identified, Rule, Target};
use reconciler::memo;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

bulk_rows! {
    /// An identifier that may be registered.
    IdentifierKey, "bulk/identifiers" { tenant_id: Uuid, kind: String, value: String }
}

bulk_rows! {
    /// A reference that may be a basket's.
    BasketKey, "bulk/baskets_by_reference" { tenant_id: Uuid, reference: String }
}

bulk_rows! {
    /// A payer whose requests are looked up.
    PayerKey, "bulk/requests_of_payers" { tenant_id: Uuid, payer_id: String }
}

#[derive(sqlx::FromRow)]
struct IdentifierRow {
    tenant_id: Uuid,
    kind: String,
    value: String,
    payer_id: Option<String>,
    payment_request_id: Option<Uuid>,
}

/// What an identifier was registered for.
#[derive(Clone)]
enum Registered {
    Payer(String),
    Request(Uuid),
}

/// What is read of a message to find out whose it is.
pub(crate) struct Message<'a> {
    pub(crate) scope: &'a TenantScope,
    pub(crate) virtual_account: Option<&'a str>,
    pub(crate) memos: Vec<&'a str>,
    /// The valid references in the memos.
    pub(crate) references: Vec<Reference>,
}

impl<'a> Message<'a> {
    pub(crate) fn new(
        scope: &'a TenantScope,
        virtual_account: Option<&'a str>,
        memos: Vec<&'a str>,
    ) -> Self {
        let references = memo::find_in(memos.iter().copied(), &scope.flows()).exact;
        Self {
            scope,
            virtual_account,
            memos,
            references,
        }
    }

    fn reads(&self, rule: Rule) -> bool {
        self.scope.matching().rules().contains(&rule)
    }

    fn virtual_account(&self) -> Option<String> {
        let folded = memo::fold(self.virtual_account?);
        (self.reads(Rule::VirtualAccount) && !folded.is_empty()).then_some(folded)
    }

    fn payer_codes(&self) -> Vec<String> {
        if self.reads(Rule::PayerCode) {
            matching::payer_code_tokens(self.memos.iter().copied())
        } else {
            Vec::new()
        }
    }
}

/// See the module.
#[derive(Default)]
pub(crate) struct Identifiers {
    registered: BTreeMap<(Uuid, Rule, String), Registered>,
    baskets: BTreeMap<(Uuid, Reference), Vec<Uuid>>,
    payers: BTreeMap<(Uuid, String), Vec<Uuid>>,
}

impl Identifiers {
    /// Looks up what these messages name, one statement a kind.
    pub(crate) async fn gather(
        batch: &mut Batch,
        messages: &[Message<'_>],
    ) -> Result<Self, StoreError> {
        let mut keys = BTreeSet::new();
        let mut references = BTreeSet::new();
        for message in messages {
            let tenant = message.scope.id();
            let account = message.virtual_account();
            keys.extend(account.map(|value| (tenant, Rule::VirtualAccount, value)));
            let codes = message.payer_codes().into_iter();
            keys.extend(codes.map(|value| (tenant, Rule::PayerCode, value)));
            references.extend(message.references.iter().map(|&it| (tenant, it)));
        }
        let mut found = Self::default();
        let mut wanted = Wanted {
            references: references.clone(),
            ..Wanted::default()
        };
        found.look_up(batch, keys, references).await?;
        found.look_up_payers(batch).await?;
        let of_baskets = found
            .baskets
            .iter()
            .map(|((tenant, _), ids)| (*tenant, ids));
        let of_payers = found.payers.iter().map(|((tenant, _), ids)| (*tenant, ids));
        for (tenant, ids) in of_baskets.chain(of_payers) {
            wanted.ids.extend(ids.iter().map(|&id| (tenant, id)));
        }
        for ((tenant, _, _), registered) in &found.registered {
            if let Registered::Request(id) = registered {
                wanted.ids.insert((*tenant, *id));
            }
        }
        batch.prefetch(wanted).await?;
        Ok(found)
    }

    async fn look_up(
        &mut self,
        batch: &mut Batch,
        keys: BTreeSet<(Uuid, Rule, String)>,
        references: BTreeSet<(Uuid, Reference)>,
    ) -> Result<(), StoreError> {
        let keys = keys
            .into_iter()
            .map(|(tenant_id, rule, value)| IdentifierKey {
                tenant_id,
                kind: rule.as_str().to_owned(),
                value,
            })
            .collect();
        for row in IdentifierKey::fetch::<IdentifierRow>(batch.lookup(), keys).await? {
            let wrong = |column| StoreError::Inconsistent {
                table: "payer_identifier",
                column,
            };
            let rule = Rule::parse(&row.kind).ok_or_else(|| wrong("kind"))?;
            let registered = match (row.payer_id, row.payment_request_id) {
                (Some(payer), None) => Registered::Payer(payer),
                (None, Some(id)) => Registered::Request(id),
                _ => return Err(wrong("payer_id")),
            };
            self.registered
                .insert((row.tenant_id, rule, row.value), registered);
        }
        let keys = references
            .into_iter()
            .map(|(tenant_id, reference)| BasketKey {
                tenant_id,
                reference: reference.to_string(),
            })
            .collect();
        for (tenant, reference, id) in
            BasketKey::fetch::<(Uuid, String, Uuid)>(batch.lookup(), keys).await?
        {
            let reference = Reference::parse(&reference).map_err(|_| StoreError::Inconsistent {
                table: "basket",
                column: "reference",
            })?;
            self.baskets
                .entry((tenant, reference))
                .or_default()
                .push(id);
        }
        Ok(())
    }

    async fn look_up_payers(&mut self, batch: &mut Batch) -> Result<(), StoreError> {
        let payers: BTreeSet<(Uuid, String)> = self
            .registered
            .iter()
            .filter_map(|((tenant, _, _), registered)| match registered {
                Registered::Payer(payer) => Some((*tenant, payer.clone())),
                Registered::Request(_) => None,
            })
            .collect();
        let keys = payers
            .into_iter()
            .map(|(tenant_id, payer_id)| PayerKey {
                tenant_id,
                payer_id,
            })
            .collect();
        for (tenant, payer, id) in
            PayerKey::fetch::<(Uuid, String, Uuid)>(batch.lookup(), keys).await?
        {
            self.payers.entry((tenant, payer)).or_default().push(id);
        }
        Ok(())
    }

    /// The clues of one of the messages, with the requests as the batch sees them now.
    pub(crate) async fn clues(
        &self,
        batch: &mut Batch,
        message: &Message<'_>,
        is_own_account: bool,
    ) -> Result<Clues, StoreError> {
        let tenant = message.scope.id();
        let mut clues = Clues {
            is_own_account,
            references: message.references.clone(),
            ..Clues::default()
        };
        for &reference in &message.references {
            if let Some(request) = batch.request_by_reference(tenant, reference).await? {
                clues.known.push(Identified {
                    token: reference.to_string(),
                    target: Target::Request(candidate(&request)),
                });
            }
            if let Some(ids) = self.baskets.get(&(tenant, reference)) {
                clues.known.push(Identified {
                    token: reference.to_string(),
                    target: Target::Basket(candidates(batch, tenant, ids).await?),
                });
            }
        }
        if let Some(value) = message.virtual_account() {
            clues.virtual_account = self
                .identified(batch, tenant, Rule::VirtualAccount, value)
                .await?;
        }
        for value in message.payer_codes() {
            let identified = self
                .identified(batch, tenant, Rule::PayerCode, value)
                .await?;
            clues.payer_codes.extend(identified);
        }
        Ok(clues)
    }

    async fn identified(
        &self,
        batch: &mut Batch,
        tenant: Uuid,
        rule: Rule,
        token: String,
    ) -> Result<Option<Identified>, StoreError> {
        let target = match self.registered.get(&(tenant, rule, token.clone())) {
            None => return Ok(None),
            Some(Registered::Payer(payer_id)) => {
                let ids = self.payers.get(&(tenant, payer_id.clone()));
                Target::Payer {
                    payer_id: payer_id.clone(),
                    open: candidates(batch, tenant, ids.map_or(&[], Vec::as_slice)).await?,
                }
            }
            Some(Registered::Request(id)) => match batch.request_by_id(tenant, *id).await? {
                Some(request) => Target::Request(candidate(&request)),
                None => return Ok(None),
            },
        };
        Ok(Some(Identified { token, target }))
    }
}

async fn candidates(
    batch: &mut Batch,
    tenant: Uuid,
    ids: &[Uuid],
) -> Result<Vec<Candidate>, StoreError> {
    let mut candidates = Vec::with_capacity(ids.len());
    for &id in ids {
        let request = batch.request_by_id(tenant, id).await?;
        candidates.extend(request.as_ref().map(candidate));
    }
    Ok(candidates)
}

/// What matching has to know of a request.
pub(crate) fn candidate(request: &PaymentRequest) -> Candidate {
    Candidate {
        id: request.id,
        reference: request.reference,
        status: request.status,
        account_number: request.payee.account_number.clone(),
        remaining: request.remaining(),
        payer_id: request.payer.id.clone(),
    }
}
