//! Reading the body: everything that is wrong with it is named at once.

use super::lines::{Filed, LINES_MAX, LineBody, PriceList};
use crate::problem::{Problem, Problems};
use money::Vnd;
use payment::request::{ItemCode, Line, Payer};
use payment::{Flow, NewPaymentRequest, Timestamp, text};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use store::tenant::PayeeAccount;

/// The furthest expiry, in days.
const EXPIRY_DAYS_MAX: i64 = 366;
const METADATA_BYTES_MAX: usize = 8 * 1024;

/// The body of both operations, and what is compared when it is repeated.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(in crate::routes) struct Body {
    #[serde(default)]
    pub(super) external_id: Option<String>,
    #[serde(default)]
    amount: Option<i64>,
    #[serde(default)]
    currency: Option<String>,
    #[serde(default)]
    pub(super) lines: Option<Vec<LineBody>>,
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
    // Left out of the digest when it is not given: a body of before is still the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) filed: Option<Filed>,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct PayerBody {
    #[serde(default)]
    id: Option<String>,
    #[serde(default)]
    name: Option<String>,
}

impl Body {
    /// Whether it asks for an expiry that is past: right only in a repeat of a body that was good once.
    pub(super) fn expires_in_the_past(&self, now: Timestamp) -> bool {
        self.expires_at.is_some_and(|expiry| expiry <= now)
    }
}

/// Reads the body into a request, noting everything that is wrong with it.
pub(super) fn check(
    body: Body,
    accounts: &[PayeeAccount],
    prices: &PriceList,
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
    let lines = check_lines(body.amount, body.lines, prices, &mut problems);
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

pub(super) fn checked_text(
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
    prices: &PriceList,
    problems: &mut Problems,
) -> Vec<Line> {
    let checked = match (amount, lines) {
        (Some(dong), None) => match Vnd::positive(dong) {
            Ok(amount) => vec![Line {
                item: ItemCode::unspecified(),
                description: None,
                amount,
                pricing: None,
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
        (None, Some(lines)) if (1..=LINES_MAX).contains(&lines.len()) => lines
            .into_iter()
            .enumerate()
            .filter_map(|(index, line)| prices.line(index, line, problems))
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
            let lines = check_lines(None, Some(lines), prices, problems);
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
    if total >= vietqr::INSTANT_TRANSFER_LIMIT {
        problems.add(
            "/amount",
            "một lần chuyển nhanh 24/7 phải dưới 500.000.000 đ; chia thành nhiều yêu cầu",
            "one instant transfer must be below 500,000,000 đồng; split it into several requests",
        );
    }
    checked
}
