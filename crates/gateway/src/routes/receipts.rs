//! Receipts: read, cancelled, replaced, as XML and on paper.

use super::cursor::{self, Paging};
use super::payment_requests::find;
use crate::app::App;
use crate::auth::Caller;
use crate::body::StrictJson;
use crate::problem::{Code, Problem, Problems};
use crate::receipt::{ReceiptError, paper, proof, xml};
use crate::view::Page;
use actix_web::{HttpResponse, web};
use ledger::receipt::{Content, SignerKind, number_text};
use money::words::words;
use payment::{BusinessDate, FeeKind, PaymentRequestId, ReceiptId, Timestamp, text};
use print::Paper;
use serde::{Deserialize, Serialize};
use store::receipt::{CancelReceipt, Cancelling, PrintReceipt, Receipt, ReplaceReceipt, Replacing};
use uuid::Uuid;

/// The most characters of a reason.
const REASON_MAX: usize = 500;

#[derive(Serialize)]
struct CancellationView<'a> {
    reason: &'a str,
    actor: &'a str,
    at: Timestamp,
}

#[derive(Serialize)]
struct ReceiptView<'a> {
    id: ReceiptId,
    payment_request_id: PaymentRequestId,
    kind: FeeKind,
    form_code: &'a str,
    series: &'a str,
    number: i64,
    number_text: String,
    issued_on: BusinessDate,
    issued_at: Timestamp,
    amount: i64,
    amount_in_words: String,
    status: &'static str,
    cancellation: Option<CancellationView<'a>>,
    replaces: Option<ReceiptId>,
    replaced_by: Option<ReceiptId>,
    signer: SignerKind,
    prints: i64,
    actor: &'a str,
    content: &'a Content,
    proof: String,
}

fn failed(error: &ReceiptError) -> Problem {
    tracing::error!(?error, "a receipt cannot be shown");
    Problem::new(
        Code::Internal,
        "Không lập được biên lai.",
        "The receipt cannot be shown.",
    )
}

impl<'a> ReceiptView<'a> {
    fn new(app: &App, caller: &Caller, receipt: &'a Receipt) -> Result<Self, Problem> {
        let proof = xml::data(receipt)
            .and_then(|data| proof::write(&app.sealer, &caller.scope, receipt, &data))
            .map_err(|error| failed(&error))?;
        let cancellation = receipt.cancellation.as_ref();
        Ok(Self {
            id: receipt.id,
            payment_request_id: receipt.payment_request,
            kind: receipt.kind,
            form_code: &receipt.form_code,
            series: &receipt.series,
            number: receipt.number,
            number_text: number_text(receipt.number),
            issued_on: receipt.issued_on,
            issued_at: receipt.issued_at,
            amount: receipt.amount.get(),
            amount_in_words: words(receipt.amount),
            status: cancellation.map_or("issued", |_| "cancelled"),
            cancellation: cancellation.map(|cancelled| CancellationView {
                reason: &cancelled.reason,
                actor: &cancelled.actor,
                at: cancelled.at,
            }),
            replaces: receipt.replaces,
            replaced_by: receipt.replaced_by,
            signer: receipt.signer,
            prints: receipt.prints,
            actor: &receipt.actor,
            content: &receipt.content,
            proof,
        })
    }
}

#[derive(Debug, Deserialize)]
pub(super) struct Filter {
    payment_request: Option<String>,
}

pub(super) async fn list(
    app: web::Data<App>,
    caller: Caller,
    filter: web::Query<Filter>,
    paging: web::Query<Paging>,
) -> Result<HttpResponse, Problem> {
    let limit = paging.limit()?;
    let before: Option<ReceiptId> = paging.cursor()?;
    let (receipts, next_cursor) = match &filter.payment_request {
        Some(request) => {
            let request = find(&app, &caller, request).await?;
            (
                app.store.receipts_of(&caller.scope, request.id).await?,
                None,
            )
        }
        None => {
            let found = app.store.receipts(&caller.scope, before, limit + 1).await?;
            cursor::page(found, limit, |receipt| receipt.id)
        }
    };
    let data = receipts
        .iter()
        .map(|receipt| ReceiptView::new(&app, &caller, receipt))
        .collect::<Result<Vec<_>, Problem>>()?;
    Ok(HttpResponse::Ok().json(Page { data, next_cursor }))
}

fn id_of(path: &str) -> Result<ReceiptId, Problem> {
    path.parse().map_err(|_| Problem::not_found())
}

async fn one(app: &App, caller: &Caller, path: &str) -> Result<Receipt, Problem> {
    let found = app.store.receipt(&caller.scope, id_of(path)?).await?;
    found.ok_or_else(Problem::not_found)
}

pub(super) async fn get(
    app: web::Data<App>,
    caller: Caller,
    path: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let receipt = one(&app, &caller, &path).await?;
    Ok(HttpResponse::Ok().json(ReceiptView::new(&app, &caller, &receipt)?))
}

pub(super) async fn xml(
    app: web::Data<App>,
    caller: Caller,
    path: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let receipt = one(&app, &caller, &path).await?;
    let document =
        xml::document(&app.sealer, &caller.scope, &receipt).map_err(|error| failed(&error))?;
    Ok(HttpResponse::Ok()
        .content_type("application/xml")
        .insert_header(attachment(&receipt, "xml"))
        .body(document))
}

fn attachment(receipt: &Receipt, ending: &str) -> (&'static str, String) {
    // Form and series hold nothing but A-Z, 0-9 and '-'.
    let name = format!(
        "bien-lai_{}_{}.{ending}",
        receipt.series,
        number_text(receipt.number)
    );
    (
        "content-disposition",
        format!("attachment; filename=\"{name}\""),
    )
}

#[derive(Serialize)]
struct KeyView {
    algorithm: &'static str,
    public_key: String,
}

pub(super) async fn verification_key(
    app: web::Data<App>,
    caller: Caller,
) -> Result<HttpResponse, Problem> {
    let public_key =
        proof::public_key(&app.sealer, &caller.scope).map_err(|error| failed(&error))?;
    Ok(HttpResponse::Ok().json(KeyView {
        algorithm: "Ed25519",
        public_key,
    }))
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Sheet {
    A4,
    A5,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PrintBody {
    paper: Sheet,
}

pub(super) async fn print(
    app: web::Data<App>,
    caller: Caller,
    path: web::Path<String>,
    body: StrictJson<PrintBody>,
) -> Result<HttpResponse, Problem> {
    let wish = PrintReceipt {
        scope: caller.scope.clone(),
        id: id_of(&path)?,
        print_id: Uuid::now_v7(),
        actor: caller.actor(),
        at: app.now(),
    };
    let printed = app.writer.print_receipt(wish).await?;
    let (receipt, copy) = printed.ok_or_else(Problem::not_found)?;
    let sheet = match body.value.paper {
        Sheet::A4 => Paper::A4,
        Sheet::A5 => Paper::A5,
    };
    let document = paper::pdf(&app.sealer, &caller.scope, &receipt, copy, sheet)
        .map_err(|error| failed(&error))?;
    Ok(HttpResponse::Ok()
        .content_type("application/pdf")
        .insert_header(attachment(&receipt, "pdf"))
        .body(document))
}

/// A text of a body, or a problem with its member.
fn checked(pointer: &str, value: &str, max: usize, problems: &mut Problems) -> Option<String> {
    match text::plain(value, max) {
        Ok(text) => Some(text),
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

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CancelBody {
    reason: String,
}

pub(super) async fn cancel(
    app: web::Data<App>,
    caller: Caller,
    path: web::Path<String>,
    body: StrictJson<CancelBody>,
) -> Result<HttpResponse, Problem> {
    let mut problems = Problems::default();
    let reason = checked("/reason", &body.value.reason, REASON_MAX, &mut problems);
    let wish = CancelReceipt {
        scope: caller.scope.clone(),
        reason: problems.finish(reason)?,
        id: id_of(&path)?,
        actor: caller.actor(),
        at: app.now(),
    };
    match app.writer.cancel_receipt(wish).await? {
        Cancelling::Done(receipt) => {
            Ok(HttpResponse::Ok().json(ReceiptView::new(&app, &caller, &receipt)?))
        }
        Cancelling::Before(_) => Err(Problem::new(
            Code::WrongState,
            "Biên lai đã hủy với lý do khác.",
            "The receipt was cancelled before, for another reason.",
        )),
        Cancelling::Missing => Err(Problem::not_found()),
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ReplaceBody {
    reason: String,
    #[serde(default)]
    payer_name: Option<String>,
}

pub(super) async fn replace(
    app: web::Data<App>,
    caller: Caller,
    path: web::Path<String>,
    body: StrictJson<ReplaceBody>,
) -> Result<HttpResponse, Problem> {
    let body = body.value;
    let mut problems = Problems::default();
    let reason = checked("/reason", &body.reason, REASON_MAX, &mut problems);
    let payer_name = body
        .payer_name
        .and_then(|name| checked("/payer_name", &name, 200, &mut problems));
    let wish = ReplaceReceipt {
        scope: caller.scope.clone(),
        reason: problems.finish(reason)?,
        payer_name,
        id: id_of(&path)?,
        new_id: ReceiptId::from_uuid(Uuid::now_v7()),
        actor: caller.actor(),
        at: app.now(),
    };
    match app.writer.replace_receipt(wish).await? {
        Replacing::Done(receipt) => {
            Ok(HttpResponse::Created().json(ReceiptView::new(&app, &caller, &receipt)?))
        }
        Replacing::Replaced(newer) => Err(Problem::new(
            Code::WrongState,
            format!("Biên lai đã được thay bằng {newer}."),
            format!("The receipt has been replaced by {newer}."),
        )),
        Replacing::NotPaid => Err(Problem::new(
            Code::WrongState,
            "Yêu cầu chưa nộp đủ tiền, hoặc đã có biên lai khác còn hiệu lực.",
            "The request is not paid whole, or another receipt of it holds.",
        )),
        Replacing::NoBook => Err(Problem::new(
            Code::WrongState,
            "Không còn ký hiệu biên lai cho loại này, hoặc đã dùng hết số.",
            "There is no series of receipts for this kind, or it is used up.",
        )),
        Replacing::Missing => Err(Problem::not_found()),
    }
}
