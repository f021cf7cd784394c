//! `/v1/qr`: reading any code, and the directory of banks. Nothing here touches the books.

use crate::auth::Caller;
use crate::body::StrictJson;
use crate::problem::{Code, Problem};
use actix_web::{HttpResponse, web};
use money::Vnd;
use serde::{Deserialize, Serialize};
use vietqr::banks::{self, Bank, ChangeKind, Kind, Lookup, Status};
use vietqr::{Decoded, Language};

/// Characters of a code at most: the largest QR symbol holds 4,296.
const PAYLOAD_MAX: usize = 4_296;
/// Characters of a name that is looked up.
const NAME_MAX: usize = 100;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Text {
    payload: String,
}

#[derive(Serialize)]
struct DecodedView<'a> {
    valid: bool,
    payload: &'a str,
    transfer: Option<TransferView>,
    schemes: Vec<SchemeView<'a>>,
    fields: Vec<FieldView<'a>>,
    problems: Vec<ProblemView>,
}

/// Whom it pays: only of a code that is safe to pay.
#[derive(Serialize)]
struct TransferView {
    bank_bin: String,
    bank_name: Option<&'static str>,
    account: String,
    amount: Option<Vnd>,
    memo: Option<String>,
    one_time: bool,
}

#[derive(Serialize)]
struct SchemeView<'a> {
    scheme: &'static str,
    path: String,
    payee: Option<&'a str>,
    country: Option<&'a str>,
    currency: Option<&'a str>,
    amount: Option<&'a str>,
    reference: Option<&'a str>,
}

#[derive(Serialize)]
struct FieldView<'a> {
    path: String,
    value: &'a str,
}

#[derive(Serialize)]
struct ProblemView {
    code: String,
    severity: &'static str,
    at: String,
    /// Characters from the beginning of the code, from 0.
    from: usize,
    to: usize,
    detail_vi: String,
    detail_en: String,
}

/// Says what a code holds and everything that is wrong with it.
pub(super) async fn decode(_: Caller, body: StrictJson<Text>) -> Result<HttpResponse, Problem> {
    let payload = body.value.payload;
    if payload.chars().count() > PAYLOAD_MAX {
        let mut problems = crate::problem::Problems::default();
        problems.add(
            "/payload",
            format!("dài nhất {PAYLOAD_MAX} ký tự"),
            format!("at most {PAYLOAD_MAX} characters"),
        );
        return problems.finish(None);
    }
    let decoded = vietqr::decode(&payload);
    Ok(HttpResponse::Ok().json(view(&decoded)))
}

fn view(decoded: &Decoded) -> DecodedView<'_> {
    let transfer = decoded.payable().map(|transfer| TransferView {
        bank_bin: transfer.bin.as_str().to_owned(),
        bank_name: banks::by_bin(transfer.bin.as_str()).map(|bank| bank.short_name.as_str()),
        account: transfer.account,
        amount: transfer.amount,
        memo: transfer.purpose,
        one_time: transfer.one_time,
    });
    let schemes = decoded.recognised().into_iter().map(|found| SchemeView {
        scheme: found.scheme.name(),
        path: found.path.to_string(),
        payee: found.payee,
        country: found.country,
        currency: found.currency,
        amount: found.amount,
        reference: found.reference,
    });
    let fields = decoded.fields().map(|(path, value)| FieldView {
        path: path.to_string(),
        value,
    });
    let problems = decoded.problems().iter().map(|problem| ProblemView {
        code: problem.issue(),
        severity: problem.severity().as_str(),
        at: problem.place().to_string(),
        from: problem.span().start,
        to: problem.span().end,
        detail_vi: problem.sentence(Language::Vietnamese),
        detail_en: problem.sentence(Language::English),
    });
    DecodedView {
        valid: decoded.is_valid(),
        payload: decoded.text(),
        transfer,
        schemes: schemes.collect(),
        fields: fields.collect(),
        problems: problems.collect(),
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wanted {
    name: Option<String>,
}

#[derive(Serialize)]
struct BankView {
    bin: &'static str,
    code: &'static str,
    short_name: &'static str,
    name: &'static str,
    swift: Option<&'static str>,
    kind: &'static str,
    status: &'static str,
    scan_to_pay: Option<bool>,
    changes: Vec<ChangeView>,
}

#[derive(Serialize)]
struct ChangeView {
    kind: &'static str,
    name: &'static str,
    date: Option<&'static str>,
}

#[derive(Serialize)]
struct BanksView {
    /// The day of the directory.
    as_of: Option<&'static str>,
    data: Vec<BankView>,
}

/// The directory, or the banks that go by a name, a code or a BIN, former ones too.
pub(super) async fn directory(
    _: Caller,
    wanted: web::Query<Wanted>,
) -> Result<HttpResponse, Problem> {
    let data = match wanted.name.as_deref() {
        None => banks::all()
            .iter()
            .filter(|bank| bank.is_listed())
            .map(bank)
            .collect(),
        Some(name) if name.trim().is_empty() || name.chars().count() > NAME_MAX => {
            return Err(Problem::parameter(
                "name",
                format!("name cần 1 đến {NAME_MAX} ký tự."),
                format!("name needs 1 to {NAME_MAX} characters."),
            ));
        }
        Some(name) => match banks::find(name) {
            Lookup::Found(found) => vec![bank(found)],
            Lookup::Ambiguous(several) => several.into_iter().map(bank).collect(),
            Lookup::NotFound => {
                return Err(Problem::new(
                    Code::NotFound,
                    "Không có ngân hàng nào mang tên, mã hay BIN này trong danh bạ.",
                    "No bank of the directory has this name, code or BIN.",
                ));
            }
        },
    };
    Ok(HttpResponse::Ok().json(BanksView {
        as_of: banks::directory().date(),
        data,
    }))
}

fn bank(bank: &'static Bank) -> BankView {
    BankView {
        bin: &bank.bin,
        code: &bank.code,
        short_name: &bank.short_name,
        name: &bank.full_name_vi,
        swift: bank.swift.as_deref(),
        kind: match bank.kind {
            Kind::Bank => "bank",
            Kind::Branch => "branch",
            Kind::Digital => "digital",
            Kind::Finance => "finance",
            Kind::Wallet => "wallet",
            Kind::CardBin => "card_bin",
        },
        status: match bank.status {
            Status::Active => "active",
            Status::Renamed => "renamed",
            Status::Conflict => "conflict",
            Status::Unverified => "unverified",
        },
        scan_to_pay: bank.scan_to_pay,
        changes: bank
            .changes
            .iter()
            .map(|change| ChangeView {
                kind: match change.kind {
                    ChangeKind::RenamedFrom => "renamed_from",
                    ChangeKind::MergedWith => "merged_with",
                    ChangeKind::TakenOverBy => "taken_over_by",
                },
                name: &change.name,
                date: change.date.as_deref(),
            })
            .collect(),
    }
}
