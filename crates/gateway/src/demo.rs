//! `thungan demo`: everything on one machine, with a simulated bank and a small shop.
//!
//! The shop plays the portal. It holds an API key like any portal, asks over HTTP like any portal, and
//! listens for webhooks like any portal: nothing in it reaches past the API.

use crate::api_key::ApiKey;
use crate::app;
use crate::pages::shop::Scenario;
use crate::pages::shop::{ArrivedWebhook, FeeChoice, LedgerRow, ShopForm, ShopNotice, ShopRequest};
use crate::pages::{Language, PageUrls, ShopPage, ShopView};
use crate::permission::EVERYTHING;
use crate::problem::{Code, Problem};
use crate::provision;
use crate::routes::html;
use crate::seal::Sealer;
use crate::settings::{self, Settings, TenantMode};
use crate::startup::write_private;
use crate::webhook::new_secret;
use actix_web::http::header;
use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse, web};
use anyhow::Context;
use askama::Template;
use money::Vnd;
use payment::{ApiKeyId, EndpointId, RequestStatus, Timestamp};
use reconciler::standard_webhooks::{self, Key};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use store::administration::OPERATOR;
use store::api_key::NewApiKey;
use store::endpoint::{AddEndpoint, Alteration, ChangeEndpoint, EventFilter, OffReason};
use store::tenant::Mode;
use store::{Store, TenantScope, Writer};
use uuid::Uuid;

const SLUG: &str = "demo";
/// The name in the callback's address.
pub const SOURCE: &str = "sepay-demo";
/// The account that the demo collects on. Invented.
pub const ACCOUNT_NUMBER: &str = "0011001234567";
/// Vietcombank's BIN.
pub const BANK_BIN: &str = "970436";
/// Webhooks and notices that the shop remembers.
const REMEMBERED: usize = 40;
/// Requests that the shop shows.
const SHOWN: usize = 6;

/// Three fees of the public list (`fees.csv`), with their prices.
const FEES: [(&str, &str, &str, &str, i64); 3] = [
    (
        "CT-CHUKY",
        "Phí chứng thực chữ ký",
        "Signature certification",
        "Thông tư 226/2016/TT-BTC, Điều 4, 7",
        10_000,
    ),
    (
        "CT-HOPDONG",
        "Phí chứng thực hợp đồng, giao dịch",
        "Certification of a contract or transaction",
        "Thông tư 226/2016/TT-BTC, Điều 4, 7",
        50_000,
    ),
    (
        "LLTP-CHUNG",
        "Phí cung cấp thông tin lý lịch tư pháp",
        "Criminal-record information fee",
        "Thông tư 244/2016/TT-BTC, Điều 4, 7",
        200_000,
    ),
];

/// The demo's keys, made at the first start and kept beside the data.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Credentials {
    /// Seals the stored secrets.
    pub master_key: String,
    /// The portal's key.
    pub api_key: String,
    /// The bank's secret.
    pub callback_secret: String,
    /// The portal's webhook secret.
    pub webhook_secret: String,
}

/// A book of receipts with a trial signature.
fn receipt_book(kind: &str, series: &str) -> settings::ReceiptBook {
    settings::ReceiptBook {
        kind: kind.to_owned(),
        form_code: "01BLP0-001".to_owned(),
        series: series.to_owned(),
        signer: ledger::receipt::SignerKind::Test.as_str().to_owned(),
    }
}

impl Credentials {
    /// The credentials in `folder`, made now if there are none.
    ///
    /// # Errors
    /// When the file cannot be read or written.
    pub fn load_or_make(folder: &Path) -> anyhow::Result<Self> {
        let file = folder.join("demo-keys.json");
        if file.exists() {
            let text = std::fs::read_to_string(&file)?;
            return serde_json::from_str(&text)
                .with_context(|| format!("{} does not read", file.display()));
        }
        let made = Self {
            master_key: hex::encode(rand::random::<[u8; 32]>()),
            api_key: ApiKey::from_random(Mode::Test, rand::random())
                .expose()
                .to_owned(),
            callback_secret: hex::encode(rand::random::<[u8; 24]>()),
            webhook_secret: new_secret(),
        };
        write_private(&file, &serde_json::to_string_pretty(&made)?)?;
        Ok(made)
    }

    /// The demo's settings: one test tenant on SQLite in `folder`.
    ///
    /// # Errors
    /// When the compiled-in defaults do not read.
    pub fn settings(&self, folder: &Path, port: u16) -> anyhow::Result<Settings> {
        let mut settings = Settings::load(None)?;
        settings.server.listen = format!("127.0.0.1:{port}");
        settings.server.public_url = String::new();
        settings.database.url =
            format!("sqlite:{}", folder.join("thungan.sqlite").display()).into();
        settings.database.url_file = None;
        settings.security.master_key = Some(self.master_key.clone().into());
        settings.webhooks.allow_private_networks = true;
        settings.tenants = vec![settings::Tenant {
            slug: SLUG.to_owned(),
            mode: TenantMode::Test,
            name: "Trung tâm Phục vụ hành chính công Mẫu".to_owned(),
            name_en: Some("Model one-stop public-service centre".to_owned()),
            default_flow: payment::Flow::ONE_STOP.to_string(),
            province: None,
            autonomous: true,
            tax_code: Some("0300000000".to_owned()),
            address: Some("Số 1 đường Mẫu".to_owned()),
            matching: reconciler::matching::Rule::ALL
                .map(|rule| rule.as_str().to_owned())
                .to_vec(),
            accounts: vec![settings::Account {
                bank: BANK_BIN.to_owned(),
                number: ACCOUNT_NUMBER.to_owned(),
                name: "TRUNG TAM PHUC VU HANH CHINH CONG MAU".to_owned(),
            }],
            items: FEES
                .map(|(code, name, name_en, legal_basis, price)| settings::Item {
                    code: code.to_owned(),
                    name: name.to_owned(),
                    name_en: Some(name_en.to_owned()),
                    legal_basis: Some(legal_basis.to_owned()),
                    unit_price: Some(price),
                })
                .to_vec(),
            receipt_books: vec![
                receipt_book("phi", "BP-{yy}E"),
                receipt_book("le_phi", "BL-{yy}E"),
            ],
            sources: vec![settings::Source {
                name: SOURCE.to_owned(),
                dialect: "sepay_hmac".to_owned(),
                secret: Some(self.callback_secret.clone().into()),
                secret_file: None,
                secret_env: None,
                previous_secret: None,
                account: None,
                tolerance_seconds: None,
                allow: Vec::new(),
                poll: None,
            }],
            webhooks: Vec::new(),
        }];
        Ok(settings)
    }
}

/// The portal's side of the demo.
#[derive(Debug)]
pub struct Shop {
    credentials: Credentials,
    client: reqwest::Client,
    own_url: Mutex<String>,
    webhooks: Mutex<VecDeque<ArrivedWebhook>>,
    notices: Mutex<VecDeque<(String, ShopNotice)>>,
}

impl Shop {
    /// A shop with these credentials.
    ///
    /// # Errors
    /// When the HTTP client cannot be made.
    pub fn new(credentials: Credentials) -> anyhow::Result<Self> {
        crate::startup::install_crypto();
        Ok(Self {
            credentials,
            client: reqwest::Client::builder()
                .no_proxy()
                .timeout(Duration::from_secs(10))
                .build()?,
            own_url: Mutex::default(),
            webhooks: Mutex::default(),
            notices: Mutex::default(),
        })
    }

    /// Stores the shop's key, asks for webhooks at our own address, and forgets the addresses of
    /// earlier starts on other ports.
    ///
    /// # Errors
    /// When the store fails or the kept key does not read.
    pub async fn prepare(
        &self,
        store: &Store,
        writer: &Writer,
        sealer: &Sealer,
        scopes: &[TenantScope],
        own_url: &str,
    ) -> anyhow::Result<()> {
        *lock(&self.own_url) = own_url.to_owned();
        let scope = scopes.first().context("the demo tenant was not set up")?;
        let key =
            ApiKey::parse(&self.credentials.api_key).context("the kept API key does not read")?;
        let now = app::now();
        let id = ApiKeyId::from_uuid(Uuid::now_v7());
        store
            .add_api_key(
                scope,
                &NewApiKey {
                    id,
                    digest: key.digest(),
                    label: "demo",
                    scopes: EVERYTHING,
                    allowed_networks: None,
                    expires_at: None,
                    actor: OPERATOR,
                },
                now,
            )
            .await?;
        // Back on a port of an earlier start: its endpoint was switched off then.
        let url = webhook_url(own_url);
        let sealed = provision::seal_endpoint(sealer, &url, &self.credentials.webhook_secret)?;
        let endpoint = EndpointId::from_uuid(Uuid::now_v7());
        writer
            .add_endpoint(AddEndpoint {
                scope: scope.clone(),
                id: endpoint,
                url,
                filter: EventFilter::ALL,
                sealed_secret: sealed,
                actor: OPERATOR.to_owned(),
                at: now,
            })
            .await?;
        for endpoint in store.endpoints(scope).await? {
            let ours_before = endpoint.url.starts_with("http://127.0.0.1:")
                && endpoint.url.ends_with("/shop/webhook")
                && endpoint.url != webhook_url(own_url);
            if ours_before && endpoint.disabled.is_none() {
                writer
                    .change_endpoint(ChangeEndpoint {
                        scope: scope.clone(),
                        id: endpoint.id,
                        seen: None,
                        change: Alteration::Off(OffReason::Moved),
                        actor: OPERATOR.to_owned(),
                        at: now,
                    })
                    .await?;
            }
        }
        Ok(())
    }

    fn remember_notice(&self, notice: ShopNotice) -> String {
        let id = hex::encode(rand::random::<[u8; 8]>());
        let mut notices = lock(&self.notices);
        notices.push_back((id.clone(), notice));
        while notices.len() > REMEMBERED {
            notices.pop_front();
        }
        id
    }

    fn notice(&self, id: &str) -> Option<ShopNotice> {
        lock(&self.notices)
            .iter()
            .find(|(known, _)| known == id)
            .map(|(_, notice)| notice.clone())
    }

    async fn api(
        &self,
        method: reqwest::Method,
        path: &str,
        body: Option<Value>,
        language: Language,
    ) -> Result<Value, String> {
        let url = format!("{}{path}", *lock(&self.own_url));
        let mut request = self
            .client
            .request(method, url)
            .bearer_auth(&self.credentials.api_key)
            .header(header::ACCEPT_LANGUAGE.as_str(), language.code());
        if let Some(body) = body {
            request = request.json(&body);
        }
        let response = request.send().await.map_err(|_| "API".to_owned())?;
        let ok = response.status().is_success();
        let value: Value = response.json().await.map_err(|_| "JSON".to_owned())?;
        if ok {
            Ok(value)
        } else {
            Err(problem_text(&value))
        }
    }
}

/// The detail of a problem with its members' details.
fn problem_text(problem: &Value) -> String {
    let mut text = problem["detail"].as_str().unwrap_or_default().to_owned();
    for error in problem["errors"].as_array().into_iter().flatten() {
        let part = |name: &str| error[name].as_str().unwrap_or_default().to_owned();
        text.push_str(&format!(" {}: {}.", part("pointer"), part("detail")));
    }
    text
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn webhook_url(own_url: &str) -> String {
    format!("{own_url}/shop/webhook")
}

/// The shop's routes.
pub fn configure(config: &mut web::ServiceConfig) {
    config
        .service(web::resource("/").route(web::get().to(home)))
        .service(web::resource("/shop").route(web::get().to(page)))
        .service(web::resource("/shop/requests").route(web::post().to(create)))
        .service(web::resource("/shop/requests/{id}/simulate").route(web::post().to(simulate)))
        .service(web::resource("/shop/collections.csv").route(web::get().to(collections)))
        .service(web::resource("/shop/webhook").route(web::post().to(receive)));
}

async fn home() -> HttpResponse {
    HttpResponse::SeeOther()
        .insert_header((header::LOCATION, "/shop"))
        .finish()
}

#[derive(Debug, Deserialize)]
struct PageQuery {
    lang: Option<String>,
    notice: Option<String>,
}

async fn page(shop: web::Data<Shop>, query: web::Query<PageQuery>) -> HttpResponse {
    let language = Language::from_query(query.lang.as_deref());
    let get = |path: &'static str| shop.api(reqwest::Method::GET, path, None, language);
    let (requests, trial) = tokio::join!(
        get("/v1/payment-requests?limit=6"),
        get("/v1/ledger/trial-balance")
    );
    let notice = query.notice.as_deref().and_then(|id| shop.notice(id));
    let english = language == Language::English;
    let view = ShopView {
        language,
        urls: PageUrls::of_path("/shop"),
        centre_name: if english {
            "Model one-stop public-service centre"
        } else {
            "Trung tâm Phục vụ hành chính công Mẫu"
        }
        .to_owned(),
        fees: FEES
            .iter()
            .filter_map(|(code, name, name_en, _, price)| {
                Some(FeeChoice {
                    code: (*code).to_owned(),
                    name_vi: (*name).to_owned(),
                    name_en: (*name_en).to_owned(),
                    price: Vnd::new(*price).ok()?,
                })
            })
            .collect(),
        form: ShopForm {
            fee: String::new(),
            dossier: format!(
                "H29-{}",
                hex::encode(rand::random::<[u8; 3]>()).to_uppercase()
            ),
            payer_name: "Trần Thị Ví Dụ".to_owned(),
        },
        notice,
        requests: list(&requests)
            .filter_map(shop_request)
            .take(SHOWN)
            .collect(),
        webhooks: lock(&shop.webhooks).iter().cloned().collect(),
        ledger: trial
            .ok()
            .and_then(|trial| trial["accounts"].as_array().cloned())
            .unwrap_or_default()
            .iter()
            .filter_map(ledger_row)
            .collect(),
        collections_url: "/shop/collections.csv".to_owned(),
        openapi_url: "/openapi.yaml".to_owned(),
    };
    html(200, ShopPage::new(view).render())
}

fn list(answer: &Result<Value, String>) -> impl Iterator<Item = &Value> {
    answer
        .as_ref()
        .ok()
        .and_then(|value| value["data"].as_array())
        .into_iter()
        .flatten()
}

fn shop_request(value: &Value) -> Option<ShopRequest> {
    let text = |name: &str| value[name].as_str().map(str::to_owned);
    let dong = |name: &str| Vnd::new(value[name].as_i64()?).ok();
    Some(ShopRequest {
        id: text("id")?,
        external_id: text("external_id").unwrap_or_default(),
        payer_name: value["payer"]["name"].as_str().map(str::to_owned),
        description: text("description").unwrap_or_default(),
        amount: dong("amount")?,
        received: dong("amount_received")?,
        status: RequestStatus::parse(value["status"].as_str()?)?,
        late: value["late"].as_bool()?,
        created_at: Timestamp::parse_rfc3339(value["created_at"].as_str()?)
            .ok()?
            .vietnam_display(),
        checkout_url: text("checkout_url")?,
    })
}

fn ledger_row(value: &Value) -> Option<LedgerRow> {
    let dong = |name: &str| Vnd::new(value[name].as_i64()?).ok();
    let (debit, credit) = (dong("debit")?, dong("credit")?);
    Some(LedgerRow {
        account: value["account_code"].as_str()?.to_owned(),
        debit,
        credit,
        balance: debit.checked_sub(credit).ok()?,
    })
}

#[derive(Debug, Deserialize)]
struct CreateForm {
    lang: Option<String>,
    fee: String,
    dossier: String,
    payer_name: String,
}

/// Forms of other sites change nothing here.
fn same_site(request: &HttpRequest) -> bool {
    let text = |name: &str| {
        request
            .headers()
            .get(name)
            .and_then(|value| value.to_str().ok())
    };
    match text("sec-fetch-site") {
        Some(site) => matches!(site, "same-origin" | "none"),
        // A client without fetch metadata: its Origin, if it sends one, must be us.
        None => match (text("origin"), text("host")) {
            (Some(origin), Some(host)) => origin.split("://").nth(1) == Some(host),
            _ => true,
        },
    }
}

fn back(language: Language, notice: &str, anchor: &str) -> HttpResponse {
    let mut location = format!("/shop?notice={notice}");
    if language == Language::English {
        location.push_str("&lang=en");
    }
    if !anchor.is_empty() {
        location.push_str(&format!("#{anchor}"));
    }
    HttpResponse::SeeOther()
        .insert_header((header::LOCATION, location))
        .finish()
}

fn refuse_foreign() -> HttpResponse {
    use actix_web::ResponseError;
    Problem::new(
        Code::Forbidden,
        "Biểu mẫu đến từ trang khác.",
        "The form comes from another site.",
    )
    .error_response()
}

async fn create(
    shop: web::Data<Shop>,
    request: HttpRequest,
    form: web::Form<CreateForm>,
) -> HttpResponse {
    if !same_site(&request) {
        return refuse_foreign();
    }
    let language = Language::from_query(form.lang.as_deref());
    let fee = FEES
        .iter()
        .find(|(code, ..)| *code == form.fee)
        .unwrap_or(&FEES[0]);
    let body = json!({
        "lines": [{"item": fee.0}],
        "description": fee.1,
        "payer": {"name": form.payer_name},
        "expires_at": app::now().plus_seconds(15 * 60),
    });
    let mut path = String::from("/v1/payment-requests/");
    path.extend(
        url::form_urlencoded::byte_serialize(form.dossier.trim().as_bytes())
            .map(|part| part.replace('+', "%20")),
    );
    let (notice, anchor) = match shop
        .api(reqwest::Method::PUT, &path, Some(body), language)
        .await
    {
        Ok(created) => (
            ShopNotice::Created {
                external_id: form.dossier.trim().to_owned(),
            },
            created["id"].as_str().unwrap_or_default().to_owned(),
        ),
        Err(detail) => (ShopNotice::Failed { detail }, String::new()),
    };
    back(language, &shop.remember_notice(notice), &anchor)
}

#[derive(Debug, Deserialize)]
struct SimulateForm {
    lang: Option<String>,
    scenario: String,
}

async fn simulate(
    shop: web::Data<Shop>,
    request: HttpRequest,
    id: web::Path<String>,
    form: web::Form<SimulateForm>,
) -> HttpResponse {
    if !same_site(&request) {
        return refuse_foreign();
    }
    let language = Language::from_query(form.lang.as_deref());
    let notice = match Scenario::parse(&form.scenario) {
        Some(scenario) => match pay(&shop, &id, scenario, language).await {
            Ok(answers) => ShopNotice::Simulated { scenario, answers },
            Err(detail) => ShopNotice::Failed { detail },
        },
        None => ShopNotice::Failed {
            detail: String::new(),
        },
    };
    // Settlement follows the answer within milliseconds: let the page show it.
    tokio::time::sleep(Duration::from_millis(150)).await;
    back(language, &shop.remember_notice(notice), &id)
}

/// Lets the simulated bank pay what the checkout page asks for, well or badly.
async fn pay(
    shop: &Shop,
    id: &str,
    scenario: Scenario,
    language: Language,
) -> Result<Vec<u16>, String> {
    let plain_id = id
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    let path = format!("/v1/payment-requests/{}", if plain_id { id } else { "" });
    let request = shop
        .api(reqwest::Method::GET, &path, None, language)
        .await?;
    let fault = match scenario {
        Scenario::Exact => None,
        Scenario::Short => Some("short"),
        Scenario::Over => Some("over"),
        Scenario::Twice => Some("twice"),
        Scenario::Repeated => Some("duplicate"),
        Scenario::MangledMemo => Some("mangle"),
        Scenario::ForgedSignature => Some("forge"),
    };
    let missing = request["amount_remaining"]
        .as_i64()
        .filter(|missing| *missing > 0);
    // A payer may still pay what is paid or expired: by an old picture, or by typing it again.
    let amount = missing.or_else(|| request["amount"].as_i64());
    let mut order = json!({
        "amount": amount,
        "faults": fault.into_iter().collect::<Vec<_>>(),
    });
    if request["qr"].is_null() {
        order["account_number"] = request["payee_account"]["account_number"].clone();
        order["memo"] = request["memo"].clone();
    } else {
        order["qr_payload"] = request["qr"]["payload"].clone();
    }
    let receipt = shop
        .api(
            reqwest::Method::POST,
            "/v1/simulator/transfers",
            Some(order),
            language,
        )
        .await?;
    let callbacks = receipt["callbacks"].as_array().cloned().unwrap_or_default();
    Ok(callbacks
        .iter()
        .filter_map(|callback| u16::try_from(callback["status"].as_u64()?).ok())
        .collect())
}

/// The day's list, fetched like a portal fetches it.
async fn collections(shop: web::Data<Shop>) -> Result<HttpResponse, Problem> {
    let url = format!("{}/v1/reports/collections?format=csv", *lock(&shop.own_url));
    let failed = || {
        Problem::new(
            Code::Unavailable,
            "Chưa lấy được danh sách.",
            "The list could not be fetched.",
        )
    };
    let response = shop
        .client
        .get(url)
        .bearer_auth(&shop.credentials.api_key)
        .send()
        .await
        .map_err(|_| failed())?;
    let bytes = response.bytes().await.map_err(|_| failed())?;
    Ok(HttpResponse::Ok()
        .content_type("text/csv; charset=utf-8")
        .insert_header((
            header::CONTENT_DISPOSITION,
            "attachment; filename=\"collections.csv\"",
        ))
        .body(bytes))
}

/// A webhook arrives: verified like any portal should, then shown.
async fn receive(shop: web::Data<Shop>, request: HttpRequest, body: Bytes) -> HttpResponse {
    let text = |name: &str| {
        request
            .headers()
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
            .to_owned()
    };
    let now = app::now();
    let verified = Key::parse(&shop.credentials.webhook_secret).is_ok_and(|key| {
        standard_webhooks::verify(
            &[key],
            &text(standard_webhooks::ID_HEADER),
            &text(standard_webhooks::TIMESTAMP_HEADER),
            &text(standard_webhooks::SIGNATURE_HEADER),
            &body,
            now,
        )
        .is_ok()
    });
    let event: Value = serde_json::from_slice(&body).unwrap_or_default();
    let arrived = ArrivedWebhook {
        arrived_at: now.vietnam_display(),
        event_type: event["type"]
            .as_str()
            .unwrap_or_default()
            .chars()
            .take(60)
            .collect(),
        webhook_id: text(standard_webhooks::ID_HEADER)
            .chars()
            .take(60)
            .collect(),
        verified,
        external_id: event["data"]["external_id"].as_str().map(str::to_owned),
    };
    let mut webhooks = lock(&shop.webhooks);
    webhooks.push_front(arrived);
    webhooks.truncate(REMEMBERED);
    if verified {
        HttpResponse::NoContent().finish()
    } else {
        HttpResponse::Unauthorized().finish()
    }
}
