//! Virtual accounts and payers' codes: exact identifiers of a payer, or of one request.

use super::cursor::{self, Paging};
use crate::app::App;
use crate::auth::Caller;
use crate::body::StrictJson;
use crate::problem::{Code, Problem, Problems};
use crate::view::Page;
use actix_web::{HttpResponse, web};
use payment::{PayerIdentifierId, PaymentRequestId, Timestamp};
use reconciler::matching::{PayerCode, Rule};
use serde::{Deserialize, Serialize};
use store::payer::{Owner, PayerIdentifier, RegisterIdentifier, Registered};
use uuid::Uuid;

/// Characters of a payer's id at most, as in payment requests.
const PAYER_ID_MAX: usize = 64;

#[derive(Debug, Deserialize)]
pub(super) struct Filter {
    payer_id: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NewIdentifier {
    kind: String,
    value: String,
    #[serde(default)]
    payer_id: Option<String>,
    #[serde(default)]
    payment_request_id: Option<String>,
}

#[derive(Serialize)]
struct IdentifierView<'a> {
    id: PayerIdentifierId,
    kind: &'static str,
    value: &'a str,
    payer_id: Option<&'a str>,
    payment_request_id: Option<PaymentRequestId>,
    created_at: Timestamp,
    closed_at: Option<Timestamp>,
}

impl<'a> From<&'a PayerIdentifier> for IdentifierView<'a> {
    fn from(identifier: &'a PayerIdentifier) -> Self {
        Self {
            id: identifier.id,
            kind: identifier.kind.as_str(),
            value: &identifier.value,
            payer_id: identifier.owner.payer(),
            payment_request_id: identifier.owner.request(),
            created_at: identifier.created_at,
            closed_at: identifier.closed_at,
        }
    }
}

/// Registers an identifier. The value itself is the key: the same again answers the same.
pub(super) async fn register(
    app: web::Data<App>,
    caller: Caller,
    body: StrictJson<NewIdentifier>,
) -> Result<HttpResponse, Problem> {
    let (kind, value, owner) = check(body.value)?;
    let identifier = RegisterIdentifier {
        scope: caller.scope.clone(),
        id: PayerIdentifierId::from_uuid(Uuid::now_v7()),
        kind,
        value,
        owner,
        actor: caller.actor(),
        at: app.now(),
    };
    match app.writer.register_identifier(identifier).await? {
        Registered::New(made) => Ok(HttpResponse::Created().json(IdentifierView::from(&made))),
        Registered::Same(known) => Ok(HttpResponse::Ok().json(IdentifierView::from(&known))),
        Registered::Taken => Err(Problem::new(
            Code::AlreadyExists,
            "Mã này đang gắn với đối tượng khác; đóng mã đó trước.",
            "This value stands for something else; close that one first.",
        )),
        Registered::NoRequest => {
            let mut problems = Problems::default();
            problems.add(
                "/payment_request_id",
                "không có yêu cầu này",
                "there is no such request",
            );
            problems.finish(None)
        }
    }
}

fn check(body: NewIdentifier) -> Result<(Rule, String, Owner), Problem> {
    let mut problems = Problems::default();
    let kind = match Rule::parse(&body.kind) {
        Some(kind @ (Rule::VirtualAccount | Rule::PayerCode)) => Some(kind),
        _ => {
            problems.add(
                "/kind",
                "phải là virtual_account hoặc payer_code",
                "must be virtual_account or payer_code",
            );
            None
        }
    };
    let value = PayerCode::parse(&body.value).ok();
    if value.is_none() {
        problems.add(
            "/value",
            "cần 6 đến 32 chữ và số, có ít nhất một chữ số",
            "6 to 32 letters and digits are needed, at least one of them a digit",
        );
    }
    let owner = match (body.payer_id, body.payment_request_id) {
        (Some(payer), None) => match payment::text::plain(&payer, PAYER_ID_MAX) {
            Ok(payer) => Some(Owner::Payer(payer)),
            Err(error) => {
                problems.add("/payer_id", "mã người nộp chưa đúng", error.to_string());
                None
            }
        },
        (None, Some(request)) => match request.parse() {
            Ok(request) => Some(Owner::Request(request)),
            Err(_) => {
                problems.add(
                    "/payment_request_id",
                    "phải là mã preq_… của một yêu cầu",
                    "must be the id preq_… of a request",
                );
                None
            }
        },
        _ => {
            problems.add(
                "",
                "cần đúng một trong hai: payer_id hoặc payment_request_id",
                "exactly one of payer_id and payment_request_id is needed",
            );
            None
        }
    };
    let value = value.map(|value| value.as_str().to_owned());
    let all = kind.zip(value).zip(owner);
    problems.finish(all.map(|((kind, value), owner)| (kind, value, owner)))
}

/// Registered identifiers, newest first.
pub(super) async fn list(
    app: web::Data<App>,
    caller: Caller,
    filter: web::Query<Filter>,
    paging: web::Query<Paging>,
) -> Result<HttpResponse, Problem> {
    let limit = paging.limit()?;
    let before: Option<PayerIdentifierId> = paging.cursor()?;
    let identifiers = app
        .store
        .payer_identifiers(&caller.scope, filter.payer_id.as_deref(), before, limit + 1)
        .await?;
    let (identifiers, next_cursor) = cursor::page(identifiers, limit, |it| it.id);
    let data: Vec<IdentifierView<'_>> = identifiers.iter().map(IdentifierView::from).collect();
    Ok(HttpResponse::Ok().json(Page { data, next_cursor }))
}

/// From now on it stands for nothing.
pub(super) async fn close(
    app: web::Data<App>,
    caller: Caller,
    path: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let id = path.parse().map_err(|_| Problem::not_found())?;
    let (actor, now) = (caller.actor(), app.now());
    if app
        .writer
        .close_identifier(caller.scope, id, actor, now)
        .await?
    {
        Ok(HttpResponse::NoContent().finish())
    } else {
        Err(Problem::not_found())
    }
}
