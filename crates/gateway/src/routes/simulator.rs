//! `POST /v1/simulator/transfers`: the simulated bank moves money that does not exist, and sends real
//! signed callbacks about it over HTTP. Test keys only.

use crate::app::App;
use crate::auth::Caller;
use crate::body::StrictJson;
use crate::problem::{Code, Problem, Problems};
use actix_web::{HttpResponse, web};
use bank_simulator::{Channel, Fault, Target, TransferOrder};
use money::Vnd;
use reconciler::Secret;
use reconciler::callback::Dialect;
use serde::Deserialize;
use store::tenant::Mode;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Body {
    #[serde(default)]
    qr_payload: Option<String>,
    #[serde(default)]
    account_number: Option<String>,
    #[serde(default)]
    amount: Option<i64>,
    #[serde(default)]
    memo: Option<String>,
    #[serde(default)]
    faults: Vec<String>,
    /// Through which source of the tenant; its oldest when absent.
    #[serde(default)]
    source: Option<String>,
}

pub(super) async fn transfer(
    app: web::Data<App>,
    caller: Caller,
    body: StrictJson<Body>,
) -> Result<HttpResponse, Problem> {
    if caller.scope.mode() != Mode::Test {
        return Err(Problem::new(
            Code::Forbidden,
            "Ngân hàng mô phỏng chỉ dùng với khóa tn_test_….",
            "The simulated bank is for tn_test_… keys only.",
        ));
    }
    let channel = channel(&app, &caller, body.value.source.as_deref()).await?;
    let order = check(body.value)?;
    go_on(&app, &caller).await?;
    let receipt = app
        .bank
        .transfer(order, &channel, app.now(), rand::random())
        .await
        .map_err(|error| {
            Problem::new(
                Code::Invalid,
                format!("Ngân hàng mô phỏng từ chối: {error}"),
                format!("The simulated bank refused: {error}"),
            )
        })?;
    Ok(HttpResponse::Created().json(receipt))
}

/// The bank of a new process knows no account yet: each goes on where its last known balance ended, as a
/// real one does.
async fn go_on(app: &App, caller: &Caller) -> Result<(), Problem> {
    for account in app.store.payee_accounts(&caller.scope).await? {
        let number = &account.account_number;
        if app.bank.balance(number).is_zero()
            && let Some(balance) = app.store.last_balance(&caller.scope, number).await?
        {
            // A bank with too many accounts refuses the transfer itself, with the reason.
            let _ = app.bank.open_account(number, balance);
        }
    }
    Ok(())
}

fn check(body: Body) -> Result<TransferOrder, Problem> {
    let mut problems = Problems::default();
    let target = match (body.qr_payload, body.account_number) {
        (Some(payload), None) => Some(Target::QrPayload(payload)),
        (None, Some(account_number)) => Some(Target::Account { account_number }),
        _ => {
            problems.add(
                "/qr_payload",
                "cần đúng một trong qr_payload và account_number",
                "exactly one of qr_payload and account_number is needed",
            );
            None
        }
    };
    let amount = body.amount.and_then(|dong| {
        let amount = Vnd::positive(dong).ok();
        if amount.is_none() {
            problems.add(
                "/amount",
                "phải là số nguyên đồng từ 1",
                "must be a whole number of đồng from 1",
            );
        }
        amount
    });
    if amount.is_none() && matches!(target, Some(Target::Account { .. })) {
        problems.add(
            "/amount",
            "cần có khi không dùng qr_payload",
            "is needed without a qr_payload",
        );
    }
    let mut faults = Vec::new();
    for (index, name) in body.faults.iter().enumerate() {
        match Fault::parse(name) {
            Some(fault) => faults.push(fault),
            None => {
                let known: Vec<&str> = Fault::ALL.iter().map(|fault| fault.as_str()).collect();
                problems.add(
                    format!("/faults/{index}"),
                    format!("phải là một trong {}", known.join(", ")),
                    format!("must be one of {}", known.join(", ")),
                );
            }
        }
    }
    problems.finish(target.map(|target| TransferOrder {
        target,
        amount,
        memo: body.memo,
        faults,
    }))
}

/// The tenant's own source, reached like any sender reaches it: over HTTP.
async fn channel(app: &App, caller: &Caller, wanted: Option<&str>) -> Result<Channel, Problem> {
    let names = app.store.callback_sources(&caller.scope).await?;
    let name = match wanted {
        Some(wanted) => names.into_iter().find(|name| name == wanted),
        None => names.into_iter().next(),
    };
    let none = || {
        Problem::new(
            Code::Invalid,
            "Đơn vị này chưa có nguồn thông báo ngân hàng nào như vậy.",
            "This tenant has no such callback source.",
        )
    };
    let name = name.ok_or_else(none)?;
    let source = app.store.callback_source(&name).await?.ok_or_else(none)?;
    let secret = app
        .sealer
        .open(
            &crate::provision::source_purpose(&name),
            &source.sealed_secret,
        )
        .map_err(|_| none())?;
    Ok(Channel {
        url: format!("{}/v1/callbacks/{name}", app.own_url),
        dialect: Dialect::parse(&source.dialect).ok_or_else(none)?,
        secret: Secret::new(secret),
    })
}
