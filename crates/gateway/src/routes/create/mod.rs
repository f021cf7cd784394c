//! `PUT /v1/payment-requests/{external_id}` and `POST /v1/payment-requests`: asking for money.
//!
//! The PUT is safe to repeat for ever: the same body answers the same object. The POST is safe to
//! repeat with an `Idempotency-Key`. A 2xx means committed and synced to disk.

mod body;
mod lines;

use crate::app::App;
use crate::auth::Caller;
use crate::body::StrictJson;
use crate::idempotency;
use crate::problem::{Code, Problem, Problems};
use crate::view::{PaymentRequestView, memo};
use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::{HttpRequest, HttpResponse, web};
use money::Vnd;
use payment::{BusinessDate, PaymentRequestId, Reference};
use sha2::{Digest, Sha256};
use store::payment_request::{CreateRequest, Created, IdempotencyKey, PaymentRequest, RequestKey};
use store::tenant::PayeeAccount;
use uuid::Uuid;

use body::{Body, check};
pub(super) use lines::{Filed, LINES_MAX, LineBody, PriceList};

/// How often a reference is drawn anew before we call it a defect. About one in fourteen is refused because
/// another could begin inside it; a collision among 31⁸ is beyond belief.
const DRAWS_MAX: usize = 50;

/// The portal names the request: safe to repeat.
pub(super) async fn put(
    app: web::Data<App>,
    caller: Caller,
    path: web::Path<String>,
    body: StrictJson<Body>,
) -> Result<HttpResponse, Problem> {
    let external_id = path.into_inner();
    let mut body = body.value;
    if body
        .external_id
        .as_ref()
        .is_some_and(|inside| *inside != external_id)
    {
        let mut problems = Problems::default();
        problems.add(
            "/external_id",
            "phải trùng với mã trong đường dẫn",
            "must equal the id in the path",
        );
        return problems.finish(None);
    }
    body.external_id = Some(external_id);
    create(&app, caller, body, None).await
}

/// We name the request, or the body does.
pub(super) async fn post(
    app: web::Data<App>,
    caller: Caller,
    request: HttpRequest,
    body: StrictJson<Body>,
) -> Result<HttpResponse, Problem> {
    let idempotency = idempotency::key(&request, "createPaymentRequest", &body.bytes)?;
    create(&app, caller, body.value, idempotency).await
}

async fn create(
    app: &App,
    caller: Caller,
    body: Body,
    idempotency: Option<IdempotencyKey>,
) -> Result<HttpResponse, Problem> {
    let body_digest: [u8; 32] =
        Sha256::digest(serde_json::to_vec(&body).unwrap_or_default()).into();
    let now = app.now();
    // A repeat is recognised by the writer; until then an expiry in the past may be one that was in the
    // future at the first time. Nothing else has to know it here.
    let known = body.expires_in_the_past(now)
        && is_known(
            app,
            &caller,
            body.external_id.as_deref(),
            idempotency.as_ref(),
        )
        .await?;
    let accounts = app.store.payee_accounts(&caller.scope).await?;
    let prices = price_list(
        app,
        &caller,
        body.lines.as_deref().unwrap_or_default(),
        body.filed.unwrap_or_default(),
        now.business_date(),
    )
    .await?;
    let (new, payee) = check(
        body,
        &accounts,
        &prices,
        &caller.scope.flows(),
        caller.scope.default_flow(),
        now,
        known,
    )?;
    let amount = new.amount().map_err(|_| amount_problem())?;

    for _ in 0..DRAWS_MAX {
        let Some(reference) = Reference::from_random(new.flow, rand::random()) else {
            continue;
        };
        if reference.could_begin_another(&caller.scope.flows()) {
            continue;
        }
        let payload = if amount.is_zero() {
            None
        } else {
            Some(payload(
                &payee,
                amount,
                &memo(reference, new.description.as_deref()),
            )?)
        };
        let request = CreateRequest {
            scope: caller.scope.clone(),
            id: PaymentRequestId::from_uuid(Uuid::now_v7()),
            new: new.clone(),
            reference,
            payee: payee.id,
            payload,
            checkout_token: hex::encode(rand::random::<[u8; 16]>()),
            body_digest,
            idempotency: idempotency.clone(),
            actor: caller.actor(),
            at: now,
        };
        match app.writer.create_payment_request(request).await? {
            Created::New(stored) => return Ok(answer(app, &caller, &stored, true, false)),
            Created::Same(stored) => return Ok(answer(app, &caller, &stored, false, false)),
            Created::Replayed(stored) => return Ok(answer(app, &caller, &stored, true, true)),
            Created::Different(_) => {
                return Err(Problem::new(
                    Code::RequestDiffers,
                    "Mã external_id này đã có yêu cầu thanh toán với nội dung khác; đọc lại yêu cầu đó hoặc dùng mã khác.",
                    "This external_id already has a payment request with another body; read that request or use another id.",
                ));
            }
            Created::KeyReused => return Err(idempotency::key_reused()),
            Created::Collision => {}
        }
    }
    tracing::error!("no free reference was drawn");
    Err(Problem::new(
        Code::Internal,
        "Không rút được mã thanh toán; hãy gửi lại.",
        "No reference could be drawn; send it again.",
    ))
}

/// Whether the request is stored already, by the portal's id or under the caller's key.
async fn is_known(
    app: &App,
    caller: &Caller,
    external_id: Option<&str>,
    idempotency: Option<&IdempotencyKey>,
) -> Result<bool, Problem> {
    if let Some(id) = external_id {
        let key = RequestKey::ExternalId(id.to_owned());
        if app
            .store
            .payment_request(&caller.scope, &key)
            .await?
            .is_some()
        {
            return Ok(true);
        }
    }
    match idempotency {
        Some(key) => Ok(app
            .store
            .idempotency_key_is_known(&caller.scope, key)
            .await?),
        None => Ok(false),
    }
}

/// What these lines are priced from: their items alone, however long the schedule is.
pub(super) async fn price_list(
    app: &App,
    caller: &Caller,
    lines: &[LineBody],
    filed: Filed,
    day: BusinessDate,
) -> Result<PriceList, Problem> {
    let codes = lines::codes(lines);
    let (items, schedule) = app.store.items_to_price(&caller.scope, &codes).await?;
    let profile = app.store.profile(&caller.scope).await?;
    Ok(PriceList {
        items,
        schedule,
        profile,
        day,
        filed,
    })
}

fn answer(
    app: &App,
    caller: &Caller,
    stored: &PaymentRequest,
    created: bool,
    replayed: bool,
) -> HttpResponse {
    let mut response = if created {
        HttpResponse::Created()
    } else {
        HttpResponse::Ok()
    };
    response.insert_header((
        header::LOCATION,
        app.link(&format!("/v1/payment-requests/{}", stored.id)),
    ));
    response.insert_header((header::ETAG, format!("\"{}\"", stored.version)));
    if replayed {
        response.insert_header((
            HeaderName::from_static("idempotency-replayed"),
            HeaderValue::from_static("true"),
        ));
    }
    response.json(PaymentRequestView::new(app, &caller.scope, stored))
}

/// The QR content for `amount` on `payee`'s account.
///
/// # Errors
/// A problem when the amount or the account cannot be encoded.
pub(crate) fn payload(payee: &PayeeAccount, amount: Vnd, memo: &str) -> Result<String, Problem> {
    let encoded = vietqr::AcquirerBin::parse(&payee.bank_bin).and_then(|bin| {
        let account = vietqr::ConsumerAccount::parse(&payee.account_number)?;
        vietqr::Transfer::to_account(bin, account)
            .one_time()
            .amount(amount)
            .purpose(memo)
            .encode()
    });
    encoded.map(vietqr::Payload::into_string).map_err(|error| {
        let mut problem = Problem::new(
            Code::Invalid,
            format!(
                "Không tạo được mã VietQR: {}",
                error.sentence(vietqr::Language::Vietnamese)
            ),
            format!(
                "The VietQR code cannot be made: {}",
                error.sentence(vietqr::Language::English)
            ),
        );
        problem.errors.clear();
        problem
    })
}

fn amount_problem() -> Problem {
    let mut problems = Problems::default();
    problems.add("/amount", "tổng số tiền quá lớn", "the total is too large");
    problems
        .finish::<()>(None)
        .err()
        .unwrap_or_else(Problem::not_found)
}
