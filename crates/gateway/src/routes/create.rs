//! `PUT /v1/payment-requests/{external_id}` and `POST /v1/payment-requests`: asking for money.
//!
//! The PUT is safe to repeat for ever: the same body answers the same object. The POST is safe to
//! repeat with an `Idempotency-Key`. A 2xx means committed and synced to disk.

use crate::app::App;
use crate::auth::Caller;
use crate::body::StrictJson;
use crate::problem::{Code, Problem, Problems};
use crate::view::{PaymentRequestView, memo};
use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::{HttpRequest, HttpResponse, web};
use money::Vnd;
use payment::request::{ItemCode, Line, Payer};
use payment::{Flow, NewPaymentRequest, PaymentRequestId, Reference, Timestamp, text};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use store::payment_request::{CreateRequest, Created, IdempotencyKey, PaymentRequest, RequestKey};
use store::tenant::{FeeItem, PayeeAccount};
use uuid::Uuid;

/// How often a reference is drawn anew before we call it a defect. With 31⁸ references, twice in a row
/// is already beyond belief.
const DRAWS_MAX: usize = 5;
/// The furthest expiry, in days.
const EXPIRY_DAYS_MAX: i64 = 366;
/// NAPAS moves less than this in one instant transfer (`vietqr/SPEC.md` 6, D-14).
const INSTANT_TRANSFER_LIMIT: i64 = 500_000_000;
const METADATA_BYTES_MAX: usize = 8 * 1024;

/// The body of both operations, and what is compared when it is repeated.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Body {
    #[serde(default)]
    external_id: Option<String>,
    #[serde(default)]
    amount: Option<i64>,
    #[serde(default)]
    currency: Option<String>,
    #[serde(default)]
    lines: Option<Vec<LineBody>>,
    #[serde(default)]
    description: Option<String>,
    #[serde(default)]
    flow: Option<String>,
    #[serde(default)]
    payee_account: Option<String>,
    #[serde(default)]
    expires_at: Option<Timestamp>,
    #[serde(default)]
    payer: Option<PayerBody>,
    #[serde(default)]
    metadata: Option<Map<String, Value>>,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct LineBody {
    #[serde(default)]
    item: Option<String>,
    #[serde(default)]
    description: Option<String>,
    #[serde(default)]
    amount: Option<i64>,
    #[serde(default)]
    quantity: Option<i64>,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct PayerBody {
    #[serde(default)]
    id: Option<String>,
    #[serde(default)]
    name: Option<String>,
}

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
    let idempotency = idempotency_key(&request, &body.bytes)?;
    create(&app, caller, body.value, idempotency).await
}

fn idempotency_key(request: &HttpRequest, body: &[u8]) -> Result<Option<IdempotencyKey>, Problem> {
    let name = HeaderName::from_static("idempotency-key");
    let Some(value) = request.headers().get(&name) else {
        return Ok(None);
    };
    let key = value.to_str().unwrap_or_default();
    let plain =
        (1..=255).contains(&key.len()) && key.bytes().all(|byte| (0x21..=0x7e).contains(&byte));
    if !plain {
        return Err(Problem::parameter(
            "Idempotency-Key",
            "Idempotency-Key phải có 1 đến 255 ký tự ASCII nhìn thấy được.",
            "Idempotency-Key must have 1 to 255 visible ASCII characters.",
        ));
    }
    let digest = Sha256::new()
        .chain_update("POST\n/v1/payment-requests\n")
        .chain_update(body)
        .finalize();
    Ok(Some(IdempotencyKey {
        operation: "createPaymentRequest",
        key: key.to_owned(),
        digest: digest.into(),
    }))
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
    // future at the first time.
    let known_id = match &body.external_id {
        Some(id) => {
            let key = RequestKey::ExternalId(id.clone());
            app.store
                .payment_request(&caller.scope, &key)
                .await?
                .is_some()
        }
        None => false,
    };
    let known_key = match &idempotency {
        Some(key) => {
            app.store
                .idempotency_key_is_known(&caller.scope, key)
                .await?
        }
        None => false,
    };
    let known = known_id || known_key;
    let accounts = app.store.payee_accounts(&caller.scope).await?;
    let items = app.store.fee_items(&caller.scope).await?;
    let (new, payee) = check(
        body,
        &accounts,
        &items,
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
            Created::Same(stored) => {
                return Ok(answer(
                    app,
                    &caller,
                    &stored,
                    idempotency.is_some(),
                    idempotency.is_some(),
                ));
            }
            Created::Different(_) => {
                return Err(Problem::new(
                    Code::RequestDiffers,
                    "Mã external_id này đã có yêu cầu thanh toán với nội dung khác; đọc lại yêu cầu đó hoặc dùng mã khác.",
                    "This external_id already has a payment request with another body; read that request or use another id.",
                ));
            }
            Created::KeyReused => {
                return Err(Problem::new(
                    Code::IdempotencyKeyReused,
                    "Idempotency-Key này đã dùng cho nội dung khác; mỗi yêu cầu mới cần khóa mới.",
                    "This Idempotency-Key was used with another body; a new request needs a new key.",
                ));
            }
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
pub(super) fn payload(payee: &PayeeAccount, amount: Vnd, memo: &str) -> Result<String, Problem> {
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

/// Reads the body into a request, noting everything that is wrong with it.
fn check(
    body: Body,
    accounts: &[PayeeAccount],
    items: &[FeeItem],
    flows: &[Flow],
    default_flow: Flow,
    now: Timestamp,
    known: bool,
) -> Result<(NewPaymentRequest, PayeeAccount), Problem> {
    let mut problems = Problems::default();
    if let Some(id) = &body.external_id {
        check_external_id(id, &mut problems);
    }
    if body
        .currency
        .as_deref()
        .is_some_and(|currency| currency != "VND")
    {
        problems.add("/currency", "chỉ nhận VND", "only VND is accepted");
    }
    let lines = check_lines(body.amount, body.lines, items, &mut problems);
    let description = checked_text(
        "/description",
        body.description.as_deref(),
        200,
        &mut problems,
    );
    let flow = match body.flow.as_deref().map(Flow::parse) {
        None => default_flow,
        Some(Ok(flow)) if flows.contains(&flow) => flow,
        Some(_) => {
            let names: Vec<&str> = flows.iter().map(Flow::as_str).collect();
            problems.add(
                "/flow",
                format!("phải là một trong {}", names.join(", ")),
                format!("must be one of {}", names.join(", ")),
            );
            default_flow
        }
    };
    let payee = match &body.payee_account {
        None => accounts.first(),
        Some(wanted) => accounts
            .iter()
            .find(|account| account.id.to_string() == *wanted || account.account_number == *wanted),
    };
    if payee.is_none() {
        problems.add(
            "/payee_account",
            "không phải tài khoản thụ hưởng đã đăng ký; xem GET /v1/payee-accounts",
            "is not a registered payee account; see GET /v1/payee-accounts",
        );
    }
    if let Some(expiry) = body.expires_at {
        if expiry <= now && !known {
            problems.add(
                "/expires_at",
                "đã qua; phải ở tương lai",
                "is past; it must be in the future",
            );
        }
        if expiry > now.plus_seconds(EXPIRY_DAYS_MAX * 86_400) {
            problems.add(
                "/expires_at",
                "quá xa; nhiều nhất 366 ngày",
                "is too far away; at most 366 days",
            );
        }
    }
    let payer = body.payer.map_or_else(Payer::default, |payer| Payer {
        id: checked_text("/payer/id", payer.id.as_deref(), 64, &mut problems),
        name: checked_text("/payer/name", payer.name.as_deref(), 150, &mut problems),
    });
    let metadata = body
        .metadata
        .map(|metadata| Value::Object(metadata).to_string());
    if metadata
        .as_ref()
        .is_some_and(|text| text.len() > METADATA_BYTES_MAX)
    {
        problems.add("/metadata", "vượt quá 8 KiB", "is larger than 8 KiB");
    }
    let request = NewPaymentRequest {
        external_id: body.external_id,
        flow,
        lines,
        description,
        payer,
        expires_at: body.expires_at,
        metadata,
    };
    problems.finish(payee.cloned().map(|payee| (request, payee)))
}

fn check_external_id(id: &str, problems: &mut Problems) {
    match text::plain(id, 100) {
        Ok(trimmed) if trimmed == id && !id.starts_with("preq_") => {}
        Ok(_) => problems.add(
            "/external_id",
            "không được bắt đầu bằng preq_ hay có khoảng trắng ở hai đầu",
            "must not begin with preq_ nor have spaces at its ends",
        ),
        Err(error) => problems.add(
            "/external_id",
            format!("phải có 1 đến 100 ký tự thường: {error}"),
            format!("must have 1 to 100 plain characters: {error}"),
        ),
    }
}

fn checked_text(
    pointer: &str,
    given: Option<&str>,
    max: usize,
    problems: &mut Problems,
) -> Option<String> {
    match text::plain(given?, max) {
        Ok(plain) => Some(plain),
        Err(error) => {
            problems.add(
                pointer,
                format!("không hợp lệ: {error}"),
                format!("is not valid: {error}"),
            );
            None
        }
    }
}

fn check_lines(
    amount: Option<i64>,
    lines: Option<Vec<LineBody>>,
    items: &[FeeItem],
    problems: &mut Problems,
) -> Vec<Line> {
    let checked = match (amount, lines) {
        (Some(dong), None) => match Vnd::positive(dong) {
            Ok(amount) => vec![Line {
                item: ItemCode::unspecified(),
                description: None,
                amount,
            }],
            Err(_) => {
                problems.add(
                    "/amount",
                    "phải là số nguyên đồng từ 1 trở lên",
                    "must be a whole number of đồng, at least 1",
                );
                Vec::new()
            }
        },
        (None, Some(lines)) if (1..=100).contains(&lines.len()) => lines
            .into_iter()
            .enumerate()
            .filter_map(|(index, line)| check_line(index, line, items, problems))
            .collect(),
        (None, Some(_)) => {
            problems.add(
                "/lines",
                "phải có 1 đến 100 dòng",
                "must have 1 to 100 lines",
            );
            Vec::new()
        }
        (Some(dong), Some(lines)) => {
            let lines = check_lines(None, Some(lines), items, problems);
            let total = Vnd::sum(lines.iter().map(|line| line.amount));
            if total.is_ok_and(|total| total.get() != dong) {
                problems.add(
                    "/amount",
                    "không bằng tổng các dòng; bỏ amount hoặc sửa lại",
                    "is not the sum of the lines; leave it out or mend it",
                );
            }
            return lines;
        }
        (None, None) => {
            problems.add(
                "/amount",
                "cần amount hoặc lines",
                "amount or lines is needed",
            );
            Vec::new()
        }
    };
    let total = Vnd::sum(checked.iter().map(|line| line.amount)).map_or(i64::MAX, Vnd::get);
    if total >= INSTANT_TRANSFER_LIMIT {
        problems.add(
            "/amount",
            "một lần chuyển nhanh 24/7 phải dưới 500.000.000 đ; chia thành nhiều yêu cầu",
            "one instant transfer must be below 500,000,000 đồng; split it into several requests",
        );
    }
    checked
}

fn check_line(
    index: usize,
    line: LineBody,
    items: &[FeeItem],
    problems: &mut Problems,
) -> Option<Line> {
    let at = format!("/lines/{index}");
    let item = match line.item.as_deref().map(ItemCode::parse) {
        None => ItemCode::unspecified(),
        Some(Ok(code)) => code,
        Some(Err(error)) => {
            problems.add(
                format!("{at}/item"),
                format!("không hợp lệ: {error}"),
                error.to_string(),
            );
            return None;
        }
    };
    let description = checked_text(
        &format!("{at}/description"),
        line.description.as_deref(),
        200,
        problems,
    );
    let listed = items
        .iter()
        .find(|listed| listed.item_code == item.as_str());
    let priced = match (line.amount, line.quantity) {
        (Some(dong), None) => Vnd::new(dong).ok().filter(|amount| amount.get() >= 0),
        (None, quantity) => {
            let price = listed
                .and_then(|listed| listed.unit_price)
                .and_then(|price| Vnd::new(price).ok());
            let quantity = quantity.unwrap_or(1);
            price
                .filter(|_| quantity >= 1)
                .and_then(|price| price.checked_mul(quantity).ok())
        }
        (Some(_), Some(_)) => {
            problems.add(
                format!("{at}/quantity"),
                "quantity chỉ dùng cho khoản thu có giá trong danh mục, không kèm amount",
                "quantity is only for an item with a listed price, without amount",
            );
            return None;
        }
    };
    let Some(amount) = priced else {
        problems.add(format!("{at}/amount"),
            "cần số nguyên đồng từ 0, hoặc item có giá trong danh mục (GET /v1/fee-items) với quantity từ 1",
            "needs a whole number of đồng from 0, or an item with a listed price (GET /v1/fee-items) and a quantity from 1");
        return None;
    };
    let description = description.or_else(|| listed.map(|listed| listed.name.clone()));
    Some(Line {
        item,
        description,
        amount,
    })
}
