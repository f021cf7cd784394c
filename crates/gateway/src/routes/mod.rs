//! The operations of the API: one table, from which the routes are made and against which a test
//! holds `openapi.yaml`.

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
mod quarantine;
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

use actix_web::web;

/// One operation: method, path and `operationId`, as in `openapi.yaml`.
pub type Operation = (&'static str, &'static str, &'static str);

macro_rules! operations {
    ($($method:ident $path:literal $id:literal => $handler:path;)*) => {
        /// Every public operation.
        pub const OPERATIONS: &[Operation] = &[$((stringify!($method), $path, $id),)*];

        /// Makes a route of each operation.
        pub fn configure(config: &mut web::ServiceConfig) {
            use std::collections::BTreeMap;
            // One resource per path, so that another method answers 405 and not 404.
            let mut resources: BTreeMap<&'static str, actix_web::Resource> = BTreeMap::new();
            $(
                let resource = resources.remove($path).unwrap_or_else(|| web::resource($path));
                resources.insert($path, resource.route(web::$method().to($handler)));
            )*
            for (_, resource) in resources {
                config.service(resource);
            }
        }
    };
}

operations! {
    post "/v1/payment-requests" "createPaymentRequest" => create::post;
    put "/v1/payment-requests/{id}" "putPaymentRequest" => create::put;
    get "/v1/payment-requests" "listPaymentRequests" => payment_requests::list;
    get "/v1/payment-requests/{id}" "getPaymentRequest" => payment_requests::get;
    post "/v1/payment-requests/{id}/cancel" "cancelPaymentRequest" => payment_requests::cancel;
    get "/v1/payment-requests/{id}/qr.png" "getPaymentRequestQrPng" => payment_requests::qr_png;
    get "/v1/payment-requests/{id}/qr.svg" "getPaymentRequestQrSvg" => payment_requests::qr_svg;
    get "/v1/payment-requests/{id}/events" "streamPaymentRequest" => stream::authenticated;
    get "/v1/payee-accounts" "listPayeeAccounts" => payments::payee_accounts;
    get "/v1/fee-items" "listFeeItems" => fees::list;
    get "/v1/fee-items/{code}" "getFeeItem" => fees::get;
    post "/v1/fee-schedule/imports" "importFeeSchedule" => fees::import;
    post "/v1/price-quotes" "quotePrice" => fees::quote;
    get "/v1/payments" "listPayments" => payments::list;
    post "/v1/baskets" "createBasket" => baskets::create;
    get "/v1/baskets" "listBaskets" => baskets::list;
    get "/v1/baskets/{id}" "getBasket" => baskets::get;
    post "/v1/payer-identifiers" "registerPayerIdentifier" => payers::register;
    get "/v1/payer-identifiers" "listPayerIdentifiers" => payers::list;
    delete "/v1/payer-identifiers/{id}" "closePayerIdentifier" => payers::close;
    post "/v1/payments/{id}/undo" "undoPayment" => suspense::undo;
    get "/v1/suspense" "listSuspense" => suspense::list;
    get "/v1/suspense/{id}" "getSuspense" => suspense::get;
    post "/v1/suspense/{id}/allocate" "allocateSuspense" => suspense::allocate;
    post "/v1/suspense/{id}/not-a-payment" "markNotAPayment" => suspense::not_a_payment;
    post "/v1/suspense/{id}/refund-out" "refundSuspense" => suspense::refund_out;
    post "/v1/suspense/{id}/release" "releaseSuspense" => suspense::release;
    post "/v1/callbacks/{source}" "receiveCallback" => callbacks::receive;
    get "/v1/callbacks/{source}" "receiveQueryCallback" => callbacks::receive_query;
    post "/v1/callbacks/{source}/bank/api/transaction-sync" "receiveTransactionSync" => callbacks::receive_transaction_sync;
    post "/v1/callbacks/{source}/api/token_generate" "generateCallbackToken" => callbacks::token_generate;
    post "/v1/callbacks/{source}/oauth/token" "grantCallbackToken" => callbacks::oauth_token;
    get "/v1/callbacks" "listCallbacks" => callbacks::list;
    post "/v1/statement-previews" "previewStatement" => statements::preview;
    post "/v1/statement-imports" "importStatement" => statements::import;
    get "/v1/statement-imports" "listStatementImports" => statements::list;
    get "/v1/statement-imports/{id}" "getStatementImport" => statements::get;
    get "/v1/statement-imports/{id}/lines" "listStatementLines" => statements::lines;
    get "/v1/statement-imports/{id}/errors" "listStatementErrors" => statements::errors;
    get "/v1/balance-gaps" "listBalanceGaps" => gaps::list;
    get "/v1/balance-gaps/{id}" "getBalanceGap" => gaps::get;
    post "/v1/balance-gaps/{id}/explain" "explainBalanceGap" => gaps::explain;
    get "/v1/quarantine" "listQuarantine" => quarantine::list;
    get "/v1/quarantine/{id}" "getQuarantined" => quarantine::get;
    post "/v1/quarantine/{id}/rerun" "rerunQuarantined" => quarantine::rerun;
    get "/v1/reconciliations/{account}/{date}" "getReconciliation" => reconciliations::get;
    post "/v1/reconciliations/{account}/{date}/explanations" "explainReconciliation" => reconciliations::explain;
    get "/v1/events" "listEvents" => events::list;
    get "/v1/webhook-endpoints" "listWebhookEndpoints" => webhooks::list;
    post "/v1/webhook-endpoints" "createWebhookEndpoint" => webhooks::create;
    get "/v1/webhook-endpoints/{id}" "getWebhookEndpoint" => webhooks::get;
    patch "/v1/webhook-endpoints/{id}" "changeWebhookEndpoint" => webhooks::change;
    delete "/v1/webhook-endpoints/{id}" "disableWebhookEndpoint" => webhooks::disable;
    post "/v1/webhook-endpoints/{id}/rotate-secret" "rotateWebhookSecret" => webhooks::rotate;
    post "/v1/webhook-endpoints/{id}/test" "testWebhookEndpoint" => webhooks::test;
    get "/v1/webhook-deliveries" "listWebhookDeliveries" => deliveries::list;
    post "/v1/webhook-deliveries/replay" "replayWebhookDeliveries" => deliveries::replay_many;
    get "/v1/webhook-deliveries/{id}" "getWebhookDelivery" => deliveries::get;
    post "/v1/webhook-deliveries/{id}/replay" "replayWebhookDelivery" => deliveries::replay;
    get "/v1/ledger/trial-balance" "getTrialBalance" => ledger::trial_balance;
    get "/v1/ledger/accounts/{code}/postings" "listAccountPostings" => ledger::postings;
    post "/v1/periods" "closePeriod" => periods::close;
    get "/v1/periods" "listPeriods" => periods::list;
    get "/v1/periods/{period}" "getPeriod" => periods::get;
    post "/v1/split-runs" "runSplit" => splits::run;
    get "/v1/split-runs" "listSplitRuns" => splits::list_runs;
    get "/v1/split-runs/{id}" "getSplitRun" => splits::get_run;
    get "/v1/remittances/owed" "listOwed" => splits::owed;
    post "/v1/remittances" "orderRemittance" => splits::order;
    get "/v1/remittances" "listRemittances" => splits::list_orders;
    post "/v1/remittances/{id}/payments" "payRemittance" => splits::pay;
    get "/v1/reports/collections" "getCollections" => reports::collections;
    post "/v1/simulator/transfers" "simulateTransfer" => simulator::transfer;
    get "/pay/{token}" "getCheckoutPage" => checkout::page;
    get "/pay/{token}/qr.png" "getCheckoutQrPng" => checkout::qr_png;
    get "/pay/{token}/qr.svg" "getCheckoutQrSvg" => checkout::qr_svg;
    get "/pay/{token}/events" "streamCheckout" => stream::checkout;
    get "/assets/{name}" "getAsset" => system::asset;
    get "/openapi.yaml" "getOpenApi" => system::openapi;
    get "/livez" "getLiveness" => system::live;
    get "/readyz" "getReadiness" => system::ready;
}
