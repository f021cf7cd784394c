//! Credits that nobody claims: what waits, and what a person decides about it.

use super::cursor::{self, Paging};
use super::version;
use crate::app::App;
use crate::auth::Caller;
use crate::body::StrictJson;
use crate::idempotency;
use crate::problem::{Code, Problem, Problems};
use crate::view::Page;
use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::{HttpRequest, HttpResponse, web};
use money::Vnd;
use payment::{BankCreditId, CreditActId, PaymentRequestId, SuspenseReason, Timestamp};
use reconciler::matching::Share;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use store::suspense::{
    Act, ActKind, ActOnCredit, Acted, Choice, LiveAllocation, PARTS_MAX, Refusal, SuspenseCase,
};
use uuid::Uuid;

/// Characters of a reason at most.
const REASON_MAX: usize = 500;

#[derive(Debug, Deserialize)]
pub(super) struct Filter {
    reason: Option<String>,
}

/// A credit with where its money is.
#[derive(Serialize)]
struct CaseView<'a> {
    payment_id: BankCreditId,
    amount: Vnd,
    amount_in_suspense: Vnd,
    currency: &'static str,
    reason: Option<SuspenseReason>,
    waiting_since: Option<Timestamp>,
    age_days: Option<i64>,
    version: i64,
    account_number: &'a str,
    virtual_account: Option<&'a str>,
    memo: String,
    memo_full: Option<String>,
    bank_reference: Option<&'a str>,
    counterparty_name: Option<String>,
    counterparty_account: Option<&'a str>,
    source: &'a str,
    booked_at: Timestamp,
    received_at: Timestamp,
    allocations: Vec<AllocationView<'a>>,
    acts: Vec<ActView<'a>>,
    suggestions: &'a RawValue,
}

#[derive(Serialize)]
struct AllocationView<'a> {
    payment_request_id: PaymentRequestId,
    amount: Vnd,
    rule: &'a str,
    act_id: Option<CreditActId>,
}

#[derive(Serialize)]
struct ActView<'a> {
    id: CreditActId,
    kind: ActKind,
    amount: Vnd,
    version: i64,
    actor: &'a str,
    reason: &'a str,
    decided_at: Timestamp,
    undoes: Option<CreditActId>,
    undone_by: Option<CreditActId>,
}

/// What an act answers: itself, and the credit as it stands now.
#[derive(Serialize)]
struct ActedView<'a> {
    act: ActView<'a>,
    payment: CaseView<'a>,
}

impl<'a> CaseView<'a> {
    fn new(case: &'a SuspenseCase, now: Timestamp) -> Self {
        let credit = &case.credit;
        let waits = credit.held.is_positive();
        let age = |since: Timestamp| now.micros().saturating_sub(since.micros()) / MICROS_PER_DAY;
        let shown = |text: &String| payment::text::for_display(text);
        Self {
            payment_id: credit.id,
            amount: credit.amount,
            amount_in_suspense: credit.held,
            currency: "VND",
            reason: credit.reason.filter(|_| waits),
            waiting_since: credit.since.filter(|_| waits),
            age_days: credit.since.filter(|_| waits).map(age),
            version: credit.version,
            account_number: &credit.account_number,
            virtual_account: credit.virtual_account.as_deref(),
            memo: shown(&credit.memo),
            memo_full: credit.memo_full.as_ref().map(shown),
            bank_reference: credit.bank_reference.as_deref(),
            counterparty_name: credit.counterparty_name.as_ref().map(shown),
            counterparty_account: credit.counterparty_account.as_deref(),
            source: &credit.source,
            booked_at: credit.booked_at,
            received_at: credit.received_at,
            allocations: case.allocations.iter().map(AllocationView::from).collect(),
            acts: case.acts.iter().map(ActView::from).collect(),
            suggestions: &case.suggestions,
        }
    }
}

const MICROS_PER_DAY: i64 = 86_400_000_000;

impl<'a> From<&'a LiveAllocation> for AllocationView<'a> {
    fn from(live: &'a LiveAllocation) -> Self {
        Self {
            payment_request_id: live.payment_request_id,
            amount: live.amount,
            rule: &live.rule,
            act_id: live.act,
        }
    }
}

impl<'a> From<&'a Act> for ActView<'a> {
    fn from(act: &'a Act) -> Self {
        Self {
            id: act.id,
            kind: act.kind,
            amount: act.amount,
            version: act.version,
            actor: &act.actor,
            reason: &act.reason,
            decided_at: act.decided_at,
            undoes: act.undoes,
            undone_by: act.undone_by,
        }
    }
}

/// What waits, the oldest first.
pub(super) async fn list(
    app: web::Data<App>,
    caller: Caller,
    filter: web::Query<Filter>,
    paging: web::Query<Paging>,
) -> Result<HttpResponse, Problem> {
    let reason = match filter.reason.as_deref().map(SuspenseReason::parse) {
        None => None,
        Some(Some(reason)) => Some(reason),
        Some(None) => {
            return Err(Problem::parameter(
                "reason",
                "reason phải là một lý do như trong trường reason của danh sách này.",
                "reason must be one of those in the member reason of this list.",
            ));
        }
    };
    let limit = paging.limit()?;
    let after: Option<BankCreditId> = paging.cursor()?;
    let cases = app
        .store
        .suspense(&caller.scope, reason, after, limit + 1)
        .await?;
    let (cases, next_cursor) = cursor::page(cases, limit, |case| case.credit.id);
    let now = app.now();
    let data = cases.iter().map(|case| CaseView::new(case, now)).collect();
    Ok(HttpResponse::Ok().json(Page::<CaseView<'_>> { data, next_cursor }))
}

/// One credit: where its money is, what was decided, what could be done.
pub(super) async fn get(
    app: web::Data<App>,
    caller: Caller,
    path: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let case = find(&app, &caller, credit_id(&path)?).await?;
    Ok(HttpResponse::Ok()
        .insert_header((header::ETAG, version::etag(case.credit.version)))
        .json(CaseView::new(&case, app.now())))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Allocate {
    allocations: Vec<Allocation>,
    reason: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Allocation {
    payment_request_id: String,
    amount: i64,
}

/// Gives what is held, or parts of it, to requests.
pub(super) async fn allocate(
    app: web::Data<App>,
    caller: Caller,
    path: web::Path<String>,
    request: HttpRequest,
    body: StrictJson<Allocate>,
) -> Result<HttpResponse, Problem> {
    let mut problems = Problems::default();
    let parts = &body.value.allocations;
    if !(1..=PARTS_MAX).contains(&parts.len()) {
        problems.add(
            "/allocations",
            format!("cần 1 đến {PARTS_MAX} phần"),
            format!("1 to {PARTS_MAX} parts are needed"),
        );
    }
    let mut shares = Vec::with_capacity(parts.len().min(PARTS_MAX));
    for (place, part) in parts.iter().take(PARTS_MAX).enumerate() {
        let id = part.payment_request_id.parse();
        if id.is_err() {
            problems.add(
                format!("/allocations/{place}/payment_request_id"),
                "phải là mã preq_… của một yêu cầu",
                "must be the id preq_… of a request",
            );
        }
        let amount = Vnd::positive(part.amount);
        if amount.is_err() {
            problems.add(
                format!("/allocations/{place}/amount"),
                "phải là số đồng nguyên từ 1 trở lên",
                "must be a whole number of đồng, at least 1",
            );
        }
        if let (Ok(payment_request_id), Ok(amount)) = (id, amount) {
            shares.push(Share {
                payment_request_id,
                amount,
            });
        }
    }
    let reason = reason(&body.value.reason, &mut problems);
    let reason = problems.finish(reason)?;
    let call = Call::new(
        &app,
        &caller,
        &path,
        &request,
        "allocateSuspense",
        &body.bytes,
    )?;
    call.act(Choice::Allocate(shares), reason).await
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Why {
    reason: String,
}

/// What is held is no payment.
pub(super) async fn not_a_payment(
    app: web::Data<App>,
    caller: Caller,
    path: web::Path<String>,
    request: HttpRequest,
    body: StrictJson<Why>,
) -> Result<HttpResponse, Problem> {
    let reason = only_reason(&body.value.reason)?;
    let call = Call::new(
        &app,
        &caller,
        &path,
        &request,
        "markNotAPayment",
        &body.bytes,
    )?;
    call.act(Choice::NotAPayment, reason).await
}

/// What is held goes back to where it came from.
pub(super) async fn refund_out(
    app: web::Data<App>,
    caller: Caller,
    path: web::Path<String>,
    request: HttpRequest,
    body: StrictJson<Why>,
) -> Result<HttpResponse, Problem> {
    let reason = only_reason(&body.value.reason)?;
    let call = Call::new(
        &app,
        &caller,
        &path,
        &request,
        "refundSuspense",
        &body.bytes,
    )?;
    call.act(Choice::RefundOut, reason).await
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Release {
    r#as: As,
    reason: String,
}

/// What a possible duplicate turned out to be.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum As {
    NewMoney,
    Duplicate,
}

/// Says whether a possible duplicate is one.
pub(super) async fn release(
    app: web::Data<App>,
    caller: Caller,
    path: web::Path<String>,
    request: HttpRequest,
    body: StrictJson<Release>,
) -> Result<HttpResponse, Problem> {
    let reason = only_reason(&body.value.reason)?;
    let call = Call::new(
        &app,
        &caller,
        &path,
        &request,
        "releaseSuspense",
        &body.bytes,
    )?;
    let choice = match body.value.r#as {
        As::NewMoney => Choice::Release,
        As::Duplicate => Choice::ConfirmDuplicate,
    };
    call.act(choice, reason).await
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Undo {
    #[serde(default)]
    act_id: Option<String>,
    reason: String,
}

/// Takes back a decision, or the match that was made at arrival.
pub(super) async fn undo(
    app: web::Data<App>,
    caller: Caller,
    path: web::Path<String>,
    request: HttpRequest,
    body: StrictJson<Undo>,
) -> Result<HttpResponse, Problem> {
    let mut problems = Problems::default();
    let act = match body.value.act_id.as_deref().map(str::parse::<CreditActId>) {
        None => None,
        Some(Ok(id)) => Some(id),
        Some(Err(_)) => {
            problems.add(
                "/act_id",
                "phải là mã act_… trong acts của khoản tiền này",
                "must be an id act_… from the acts of this payment",
            );
            None
        }
    };
    let reason = reason(&body.value.reason, &mut problems);
    let reason = problems.finish(reason)?;
    let call = Call::new(&app, &caller, &path, &request, "undoPayment", &body.bytes)?;
    call.act(Choice::Undo(act), reason).await
}

/// The reason of an act; a problem is noted when it is none.
fn reason(text: &str, problems: &mut Problems) -> Option<String> {
    match payment::text::plain(text, REASON_MAX) {
        Ok(reason) => Some(reason),
        Err(error) => {
            problems.add(
                "/reason",
                format!("cần lý do, tối đa {REASON_MAX} ký tự thường"),
                format!("a reason is needed: {error}"),
            );
            None
        }
    }
}

pub(super) fn only_reason(text: &str) -> Result<String, Problem> {
    let mut problems = Problems::default();
    let reason = reason(text, &mut problems);
    problems.finish(reason)
}

fn credit_id(path: &str) -> Result<BankCreditId, Problem> {
    path.parse().map_err(|_| Problem::not_found())
}

async fn find(app: &App, caller: &Caller, id: BankCreditId) -> Result<SuspenseCase, Problem> {
    let case = app.store.suspense_case(&caller.scope, id).await?;
    case.ok_or_else(Problem::not_found)
}

/// One call of an act.
struct Call<'a> {
    app: &'a App,
    caller: &'a Caller,
    credit: BankCreditId,
    operation: &'static str,
    expected_version: Option<i64>,
    idempotency: Option<store::payment_request::IdempotencyKey>,
}

impl<'a> Call<'a> {
    fn new(
        app: &'a App,
        caller: &'a Caller,
        path: &str,
        request: &HttpRequest,
        operation: &'static str,
        body: &[u8],
    ) -> Result<Self, Problem> {
        Ok(Self {
            app,
            caller,
            credit: credit_id(path)?,
            operation,
            expected_version: version::seen(request)?,
            idempotency: idempotency::key(request, operation, body)?,
        })
    }

    async fn act(self, choice: Choice, reason: String) -> Result<HttpResponse, Problem> {
        let decision = ActOnCredit {
            scope: self.caller.scope.clone(),
            credit: self.credit,
            act: CreditActId::from_uuid(Uuid::now_v7()),
            choice,
            reason,
            expected_version: self.expected_version,
            actor: self.caller.actor(),
            operation: self.operation,
            idempotency: self.idempotency,
            at: self.app.now(),
        };
        let (act, replayed) = match self.app.writer.act_on_credit(decision).await? {
            Acted::Done { act, replayed } => (act, replayed),
            Acted::Missing => return Err(Problem::not_found()),
            Acted::KeyReused => return Err(idempotency::key_reused()),
            Acted::Stale => return Err(version::changed()),
            Acted::Refused(refusal) => return Err(refused(refusal)),
        };
        let case = find(self.app, self.caller, self.credit).await?;
        let mut response = HttpResponse::Ok();
        response.insert_header((header::ETAG, version::etag(case.credit.version)));
        if replayed {
            response.insert_header((
                HeaderName::from_static("idempotency-replayed"),
                HeaderValue::from_static("true"),
            ));
        }
        Ok(response.json(ActedView {
            act: ActView::from(&act),
            payment: CaseView::new(&case, self.app.now()),
        }))
    }
}

fn refused(refusal: Refusal) -> Problem {
    let wrong = |pointer: String, vi: &str, en: &str| {
        let mut problems = Problems::default();
        problems.add(pointer, vi, en);
        problems
            .finish::<()>(None)
            .err()
            .unwrap_or_else(Problem::not_found)
    };
    let request = |place: usize| format!("/allocations/{place}/payment_request_id");
    let state = |vi: String, en: String| Problem::new(Code::WrongState, vi, en);
    match refusal {
        Refusal::NothingHeld => state(
            "Khoản này không còn gì ở tài khoản chờ: đã có người xử lý.".into(),
            "Nothing of this payment is in suspense: somebody has decided already.".into(),
        ),
        Refusal::MoreThanHeld { held } => state(
            format!("Ở tài khoản chờ chỉ còn {held} đồng của khoản này."),
            format!("Only {held} đồng of this payment are in suspense."),
        ),
        Refusal::RequestMissing(place) => wrong(
            request(place),
            "không có yêu cầu này",
            "there is no such request",
        ),
        Refusal::RequestCancelled(place) => wrong(
            request(place),
            "yêu cầu này đã bị hủy",
            "this request was cancelled",
        ),
        Refusal::RequestTwice(place) => wrong(
            request(place),
            "yêu cầu này đã có ở phần trước",
            "this request stands in an earlier part",
        ),
        Refusal::NotAPossibleDuplicate => state(
            "Khoản này không chờ vì nghi trùng, hoặc một phần đã được phân bổ.".into(),
            "This payment does not wait as a possible duplicate, or a part was given away.".into(),
        ),
        Refusal::NothingToUndo => state(
            "Không có gì để hoàn tác, hoặc đã hoàn tác rồi.".into(),
            "There is nothing to take back, or it was taken back already.".into(),
        ),
        Refusal::SeveralToUndo => state(
            "Có nhiều việc có thể hoàn tác; hãy nêu act_id.".into(),
            "Several things could be taken back; name one by its act_id.".into(),
        ),
    }
}
