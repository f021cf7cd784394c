//! The operations of the API: one table, from which the routes are made and against which a test
//! holds `openapi.yaml`.

mod api_keys;
mod baskets;
mod callbacks;
mod checkout;
mod create;
mod cursor;
mod deliveries;
mod events;
mod fees;
mod gaps;
mod ledger;
mod payers;
mod payment_requests;
mod payments;
mod periods;
mod qr;
mod quarantine;
mod receipts;
mod reconciliations;
mod reports;
mod simulator;
mod splits;
mod statements;
mod stream;
mod suspense;
mod system;
mod version;
pub use system::OPENAPI;
mod webhooks;

pub(crate) use callbacks::{
    not_authentic as callback_not_authentic, not_readable as callback_not_readable,
    receipt as callback_receipt,
};
pub(crate) use checkout::html;
pub(crate) use create::payload;
pub(crate) use fees::rows_of;

use crate::auth;
use crate::permission::{Access, Permission};
use actix_web::body::BoxBody;
use actix_web::dev::ServiceRequest;
use actix_web::middleware::{Next, from_fn};
use actix_web::web;

/// One operation, as in `openapi.yaml`.
#[derive(Clone, Copy, Debug)]
pub struct Operation {
    /// The method, in lower case.
    pub method: &'static str,
    /// The path with its parameters in braces.
    pub path: &'static str,
    /// The `operationId`.
    pub id: &'static str,
    /// Who may call it.
    pub access: Access,
}

macro_rules! access {
    (public) => {
        Access::Public
    };
    (needs $permission:ident) => {
        Access::Needs(Permission::$permission)
    };
}

// A row that does not say who may call it does not compile.
macro_rules! operations {
    ($($method:ident $path:literal $id:literal $access:ident $($permission:ident)? => $handler:path;)*) => {
        /// Every operation.
        pub const OPERATIONS: &[Operation] = &[$(Operation {
            method: stringify!($method),
            path: $path,
            id: $id,
            access: access!($access $($permission)?),
        },)*];

        /// Makes a route of each operation, with the guard that its access asks for.
        pub fn configure(config: &mut web::ServiceConfig) {
            use std::collections::BTreeMap;
            // One resource per path, so that another method answers 405 and not 404.
            let mut resources: BTreeMap<&'static str, actix_web::Resource> = BTreeMap::new();
            $(
                let resource = resources.remove($path).unwrap_or_else(|| web::resource($path));
                let guard = from_fn(|request: ServiceRequest, next: Next<BoxBody>| {
                    auth::admit(access!($access $($permission)?), request, next)
                });
                resources.insert($path, resource.route(web::$method().to($handler).wrap(guard)));
            )*
            for (_, resource) in resources {
                config.service(resource);
            }
        }
    };
}

operations! {
    post "/v1/payment-requests" "createPaymentRequest" needs RequestsWrite => create::post;
    put "/v1/payment-requests/{id}" "putPaymentRequest" needs RequestsWrite => create::put;
    get "/v1/payment-requests" "listPaymentRequests" needs RequestsRead => payment_requests::list;
    get "/v1/payment-requests/{id}" "getPaymentRequest" needs RequestsRead => payment_requests::get;
    post "/v1/payment-requests/{id}/cancel" "cancelPaymentRequest" needs RequestsWrite => payment_requests::cancel;
    get "/v1/payment-requests/{id}/qr.png" "getPaymentRequestQrPng" needs RequestsRead => payment_requests::qr_png;
    get "/v1/payment-requests/{id}/qr.svg" "getPaymentRequestQrSvg" needs RequestsRead => payment_requests::qr_svg;
    get "/v1/payment-requests/{id}/events" "streamPaymentRequest" needs RequestsRead => stream::authenticated;
    get "/v1/payee-accounts" "listPayeeAccounts" needs RequestsRead => payments::payee_accounts;
    get "/v1/fee-items" "listFeeItems" needs FeesRead => fees::list;
    get "/v1/fee-items/{code}" "getFeeItem" needs FeesRead => fees::get;
    post "/v1/fee-schedule/imports" "importFeeSchedule" needs FeesWrite => fees::import;
    post "/v1/price-quotes" "quotePrice" needs FeesRead => fees::quote;
    post "/v1/qr/decode" "decodeQr" needs RequestsRead => qr::decode;
    get "/v1/qr/banks" "listBanks" needs RequestsRead => qr::directory;
    get "/v1/payments" "listPayments" needs PaymentsRead => payments::list;
    post "/v1/baskets" "createBasket" needs RequestsWrite => baskets::create;
    get "/v1/baskets" "listBaskets" needs RequestsRead => baskets::list;
    get "/v1/baskets/{id}" "getBasket" needs RequestsRead => baskets::get;
    post "/v1/payer-identifiers" "registerPayerIdentifier" needs PayersWrite => payers::register;
    get "/v1/payer-identifiers" "listPayerIdentifiers" needs PayersRead => payers::list;
    delete "/v1/payer-identifiers/{id}" "closePayerIdentifier" needs PayersWrite => payers::close;
    post "/v1/payments/{id}/undo" "undoPayment" needs SuspenseWrite => suspense::undo;
    get "/v1/suspense" "listSuspense" needs SuspenseRead => suspense::list;
    get "/v1/suspense/{id}" "getSuspense" needs SuspenseRead => suspense::get;
    post "/v1/suspense/{id}/allocate" "allocateSuspense" needs SuspenseWrite => suspense::allocate;
    post "/v1/suspense/{id}/not-a-payment" "markNotAPayment" needs SuspenseWrite => suspense::not_a_payment;
    post "/v1/suspense/{id}/refund-out" "refundSuspense" needs SuspenseWrite => suspense::refund_out;
    post "/v1/suspense/{id}/release" "releaseSuspense" needs SuspenseWrite => suspense::release;
    post "/v1/callbacks/{source}" "receiveCallback" public => callbacks::receive;
    get "/v1/callbacks/{source}" "receiveQueryCallback" public => callbacks::receive_query;
    post "/v1/callbacks/{source}/bank/api/transaction-sync" "receiveTransactionSync" public => callbacks::receive_transaction_sync;
    post "/v1/callbacks/{source}/api/token_generate" "generateCallbackToken" public => callbacks::token_generate;
    post "/v1/callbacks/{source}/oauth/token" "grantCallbackToken" public => callbacks::oauth_token;
    get "/v1/callbacks" "listCallbacks" needs CallbacksRead => callbacks::list;
    post "/v1/statement-previews" "previewStatement" needs StatementsWrite => statements::preview;
    post "/v1/statement-imports" "importStatement" needs StatementsWrite => statements::import;
    get "/v1/statement-imports" "listStatementImports" needs StatementsRead => statements::list;
    get "/v1/statement-imports/{id}" "getStatementImport" needs StatementsRead => statements::get;
    get "/v1/statement-imports/{id}/lines" "listStatementLines" needs StatementsRead => statements::lines;
    get "/v1/statement-imports/{id}/errors" "listStatementErrors" needs StatementsRead => statements::errors;
    get "/v1/reconciliations/{account}/{date}" "getReconciliation" needs StatementsRead => reconciliations::get;
    post "/v1/reconciliations/{account}/{date}/explanations" "explainReconciliation" needs StatementsWrite => reconciliations::explain;
    get "/v1/balance-gaps" "listBalanceGaps" needs CallbacksRead => gaps::list;
    get "/v1/balance-gaps/{id}" "getBalanceGap" needs CallbacksRead => gaps::get;
    post "/v1/balance-gaps/{id}/explain" "explainBalanceGap" needs CallbacksWrite => gaps::explain;
    get "/v1/quarantine" "listQuarantine" needs CallbacksRead => quarantine::list;
    get "/v1/quarantine/{id}" "getQuarantined" needs CallbacksRead => quarantine::get;
    post "/v1/quarantine/{id}/rerun" "rerunQuarantined" needs CallbacksWrite => quarantine::rerun;
    get "/v1/events" "listEvents" needs EventsRead => events::list;
    get "/v1/webhook-endpoints" "listWebhookEndpoints" needs WebhooksRead => webhooks::list;
    post "/v1/webhook-endpoints" "createWebhookEndpoint" needs WebhooksWrite => webhooks::create;
    get "/v1/webhook-endpoints/{id}" "getWebhookEndpoint" needs WebhooksRead => webhooks::get;
    patch "/v1/webhook-endpoints/{id}" "changeWebhookEndpoint" needs WebhooksWrite => webhooks::change;
    delete "/v1/webhook-endpoints/{id}" "disableWebhookEndpoint" needs WebhooksWrite => webhooks::disable;
    post "/v1/webhook-endpoints/{id}/rotate-secret" "rotateWebhookSecret" needs WebhooksWrite => webhooks::rotate;
    post "/v1/webhook-endpoints/{id}/test" "testWebhookEndpoint" needs WebhooksWrite => webhooks::test;
    get "/v1/webhook-deliveries" "listWebhookDeliveries" needs WebhooksRead => deliveries::list;
    post "/v1/webhook-deliveries/replay" "replayWebhookDeliveries" needs WebhooksWrite => deliveries::replay_many;
    get "/v1/webhook-deliveries/{id}" "getWebhookDelivery" needs WebhooksRead => deliveries::get;
    post "/v1/webhook-deliveries/{id}/replay" "replayWebhookDelivery" needs WebhooksWrite => deliveries::replay;
    get "/v1/receipts" "listReceipts" needs ReceiptsRead => receipts::list;
    get "/v1/receipts/verification-key" "getReceiptVerificationKey" needs ReceiptsRead => receipts::verification_key;
    get "/v1/receipts/{id}" "getReceipt" needs ReceiptsRead => receipts::get;
    get "/v1/receipts/{id}/xml" "getReceiptXml" needs ReceiptsRead => receipts::xml;
    post "/v1/receipts/{id}/prints" "printReceipt" needs ReceiptsWrite => receipts::print;
    post "/v1/receipts/{id}/cancel" "cancelReceipt" needs ReceiptsWrite => receipts::cancel;
    post "/v1/receipts/{id}/replace" "replaceReceipt" needs ReceiptsWrite => receipts::replace;
    get "/v1/ledger/trial-balance" "getTrialBalance" needs LedgerRead => ledger::trial_balance;
    get "/v1/ledger/accounts/{code}/postings" "listAccountPostings" needs LedgerRead => ledger::postings;
    post "/v1/periods" "closePeriod" needs PeriodsWrite => periods::close;
    get "/v1/periods" "listPeriods" needs PeriodsRead => periods::list;
    get "/v1/periods/{period}" "getPeriod" needs PeriodsRead => periods::get;
    post "/v1/split-runs" "runSplit" needs RemittancesWrite => splits::run;
    get "/v1/split-runs" "listSplitRuns" needs RemittancesRead => splits::list_runs;
    get "/v1/split-runs/{id}" "getSplitRun" needs RemittancesRead => splits::get_run;
    get "/v1/remittances/owed" "listOwed" needs RemittancesRead => splits::owed;
    post "/v1/remittances" "orderRemittance" needs RemittancesWrite => splits::order;
    get "/v1/remittances" "listRemittances" needs RemittancesRead => splits::list_orders;
    post "/v1/remittances/{id}/payments" "payRemittance" needs RemittancesWrite => splits::pay;
    get "/v1/reports/collections" "getCollections" needs ReportsRead => reports::collections;
    post "/v1/api-keys" "createApiKey" needs KeysWrite => api_keys::create;
    get "/v1/api-keys" "listApiKeys" needs KeysRead => api_keys::list;
    get "/v1/api-keys/{id}" "getApiKey" needs KeysRead => api_keys::get;
    delete "/v1/api-keys/{id}" "revokeApiKey" needs KeysWrite => api_keys::revoke;
    post "/v1/simulator/transfers" "simulateTransfer" needs SimulatorUse => simulator::transfer;
    get "/pay/{token}" "getCheckoutPage" public => checkout::page;
    get "/pay/{token}/qr.png" "getCheckoutQrPng" public => checkout::qr_png;
    get "/pay/{token}/qr.svg" "getCheckoutQrSvg" public => checkout::qr_svg;
    get "/pay/{token}/events" "streamCheckout" public => stream::checkout;
    get "/assets/{name}" "getAsset" public => system::asset;
    get "/openapi.yaml" "getOpenApi" public => system::openapi;
    get "/livez" "getLiveness" public => system::live;
    get "/readyz" "getReadiness" public => system::ready;
}
