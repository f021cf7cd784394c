//! Baskets: one code for several requests.

use super::cursor::{self, Paging};
use crate::app::App;
use crate::auth::Caller;
use crate::body::StrictJson;
use crate::idempotency;
use crate::problem::{Code, Problem, Problems};
use crate::view::{Page, PayeeAccountView, memo};
use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::{HttpRequest, HttpResponse, web};
use money::Vnd;
use payment::{BasketId, PaymentRequestId, Reference, RequestStatus, Timestamp};
use serde::{Deserialize, Serialize};
use store::basket::{Basket, BasketCreated, CreateBasket, REQUESTS_MAX};
use uuid::Uuid;

/// How often a reference is drawn anew before we call it a defect.
const DRAWS_MAX: usize = 50;
/// Characters of a description at most.
const DESCRIPTION_MAX: usize = 200;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NewBasket {
    payment_requests: Vec<String>,
    #[serde(default)]
    description: Option<String>,
}

#[derive(Serialize)]
struct BasketView<'a> {
    id: BasketId,
    reference: Reference,
    amount_remaining: Vnd,
    currency: &'static str,
    description: Option<&'a str>,
    payee_account: Option<PayeeAccountView<'a>>,
    memo: String,
    qr_payload: Option<String>,
    payment_requests: Vec<RequestView<'a>>,
    created_at: Timestamp,
}

#[derive(Serialize)]
struct RequestView<'a> {
    id: PaymentRequestId,
    external_id: Option<&'a str>,
    reference: Reference,
    status: RequestStatus,
    amount_remaining: Vnd,
}

impl<'a> BasketView<'a> {
    fn new(basket: &'a Basket) -> Result<Self, Problem> {
        let waiting = basket.requests.iter().map(|request| request.remaining());
        let amount = Vnd::sum(waiting).map_err(|_| too_much())?;
        let memo = memo(basket.reference, basket.description.as_deref());
        let payee = basket.requests.first().map(|request| &request.payee);
        // Money for a cancelled request would wait for a person: then no code is shown.
        let is_payable = amount.is_positive()
            && basket
                .requests
                .iter()
                .all(|request| request.status != RequestStatus::Cancelled);
        let qr_payload = match payee {
            Some(payee) if is_payable => Some(super::payload(payee, amount, &memo)?),
            _ => None,
        };
        Ok(Self {
            id: basket.id,
            reference: basket.reference,
            amount_remaining: amount,
            currency: "VND",
            description: basket.description.as_deref(),
            payee_account: payee.map(PayeeAccountView::from),
            memo,
            qr_payload,
            payment_requests: basket
                .requests
                .iter()
                .map(|request| RequestView {
                    id: request.id,
                    external_id: request.external_id.as_deref(),
                    reference: request.reference,
                    status: request.status,
                    amount_remaining: request.remaining(),
                })
                .collect(),
            created_at: basket.created_at,
        })
    }
}

/// Makes a basket of requests that wait for money on one account.
pub(super) async fn create(
    app: web::Data<App>,
    caller: Caller,
    request: HttpRequest,
    body: StrictJson<NewBasket>,
) -> Result<HttpResponse, Problem> {
    let key = idempotency::key(&request, "createBasket", &body.bytes)?;
    let (requests, description) = check(body.value)?;
    for _ in 0..DRAWS_MAX {
        let flow = caller.scope.default_flow();
        let Some(reference) = Reference::from_random(flow, rand::random()) else {
            continue;
        };
        if reference.could_begin_another(&caller.scope.flows()) {
            continue;
        }
        let basket = CreateBasket {
            scope: caller.scope.clone(),
            id: BasketId::from_uuid(Uuid::now_v7()),
            reference,
            requests: requests.clone(),
            description: description.clone(),
            digest: key.as_ref().map_or([0; 32], |key| key.digest),
            idempotency_key: key.as_ref().map(|key| key.key.clone()),
            actor: caller.actor(),
            at: app.now(),
        };
        let (id, replayed) = match app.writer.create_basket(basket).await? {
            BasketCreated::New(id) => (id, false),
            BasketCreated::Replayed(id) => (id, true),
            BasketCreated::KeyReused => return Err(idempotency::key_reused()),
            BasketCreated::Collision => continue,
            refused => return Err(wrong_request(refused)),
        };
        let basket = find(&app, &caller, id).await?;
        let mut response = HttpResponse::Created();
        response.insert_header((header::LOCATION, app.link(&format!("/v1/baskets/{id}"))));
        if replayed {
            response.insert_header((
                HeaderName::from_static("idempotency-replayed"),
                HeaderValue::from_static("true"),
            ));
        }
        return Ok(response.json(BasketView::new(&basket)?));
    }
    tracing::error!("no free reference was drawn");
    Err(Problem::new(
        Code::Internal,
        "Không rút được mã thanh toán; hãy gửi lại.",
        "No reference could be drawn; send it again.",
    ))
}

fn check(body: NewBasket) -> Result<(Vec<PaymentRequestId>, Option<String>), Problem> {
    let mut problems = Problems::default();
    if !(2..=REQUESTS_MAX).contains(&body.payment_requests.len()) {
        problems.add(
            "/payment_requests",
            format!("cần 2 đến {REQUESTS_MAX} yêu cầu"),
            format!("2 to {REQUESTS_MAX} requests are needed"),
        );
    }
    let mut requests = Vec::new();
    for (place, id) in body.payment_requests.iter().take(REQUESTS_MAX).enumerate() {
        match id.parse() {
            Ok(id) => requests.push(id),
            Err(_) => problems.add(
                format!("/payment_requests/{place}"),
                "phải là mã preq_… của một yêu cầu",
                "must be the id preq_… of a request",
            ),
        }
    }
    let description = match body
        .description
        .map(|text| payment::text::plain(&text, DESCRIPTION_MAX))
    {
        None => None,
        Some(Ok(text)) => Some(text),
        Some(Err(error)) => {
            problems.add("/description", "nội dung chưa đúng", error.to_string());
            None
        }
    };
    problems.finish(Some((requests, description)))
}

fn wrong_request(refused: BasketCreated) -> Problem {
    let (place, vi, en) = match refused {
        BasketCreated::Twice(place) => (place, "đã có ở trước", "stands there before"),
        BasketCreated::NotWaiting(place) => (
            place,
            "yêu cầu này không còn chờ tiền",
            "this request waits for no money",
        ),
        BasketCreated::OtherAccount(place) => (
            place,
            "yêu cầu này thu vào tài khoản khác",
            "this request asks for money on another account",
        ),
        BasketCreated::Missing(place) => {
            (place, "không có yêu cầu này", "there is no such request")
        }
        _ => (0, "không dùng được", "cannot be used"),
    };
    let mut problems = Problems::default();
    problems.add(format!("/payment_requests/{place}"), vi, en);
    problems
        .finish::<()>(None)
        .err()
        .unwrap_or_else(Problem::not_found)
}

fn too_much() -> Problem {
    Problem::new(
        Code::Internal,
        "Tổng số tiền quá lớn.",
        "The total is too large.",
    )
}

async fn find(app: &App, caller: &Caller, id: BasketId) -> Result<Basket, Problem> {
    let basket = app.store.basket(&caller.scope, id).await?;
    basket.ok_or_else(Problem::not_found)
}

/// One basket with its requests as they stand now.
pub(super) async fn get(
    app: web::Data<App>,
    caller: Caller,
    path: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let id = path.parse().map_err(|_| Problem::not_found())?;
    let basket = find(&app, &caller, id).await?;
    Ok(HttpResponse::Ok().json(BasketView::new(&basket)?))
}

/// Baskets, newest first.
pub(super) async fn list(
    app: web::Data<App>,
    caller: Caller,
    paging: web::Query<Paging>,
) -> Result<HttpResponse, Problem> {
    let limit = paging.limit()?;
    let before: Option<BasketId> = paging.cursor()?;
    let baskets = app.store.baskets(&caller.scope, before, limit + 1).await?;
    let (baskets, next_cursor) = cursor::page(baskets, limit, |basket| basket.id);
    let data = baskets
        .iter()
        .map(BasketView::new)
        .collect::<Result<Vec<_>, _>>()?;
    Ok(HttpResponse::Ok().json(Page { data, next_cursor }))
}
