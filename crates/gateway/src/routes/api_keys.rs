//! API keys: made, listed, revoked.

use super::cursor::{self, Paging};
use crate::api_key::ApiKey;
use crate::app::App;
use crate::auth::Caller;
use crate::body::StrictJson;
use crate::networks::parse_networks;
use crate::permission::{EVERYTHING, Permission, Rights};
use crate::problem::{Code, Problem, Problems};
use crate::view::Page;
use actix_web::http::header;
use actix_web::{HttpResponse, web};
use ipnet::IpNet;
use payment::{ApiKeyId, Timestamp};
use serde::{Deserialize, Serialize};
use store::api_key::{KEYS_MAX, KeyAdded, KeyRevoked, NewApiKey, StoredKey};
use uuid::Uuid;

/// Characters of a label at most.
const LABEL_MAX: usize = 100;
/// Networks in one allow-list at most.
const NETWORKS_MAX: usize = 50;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NewKey {
    label: String,
    scopes: Vec<String>,
    #[serde(default)]
    expires_at: Option<Timestamp>,
    #[serde(default)]
    allowed_networks: Option<Vec<String>>,
}

/// A checked body.
struct Wanted {
    label: String,
    rights: Rights,
    networks: Option<Vec<IpNet>>,
    expires_at: Option<Timestamp>,
}

#[derive(Serialize)]
struct KeyView<'a> {
    id: ApiKeyId,
    label: &'a str,
    mode: &'static str,
    scopes: Vec<&'a str>,
    allowed_networks: Option<Vec<&'a str>>,
    created_by: &'a str,
    created_at: Timestamp,
    expires_at: Option<Timestamp>,
    revoked_at: Option<Timestamp>,
    last_used_at: Option<Timestamp>,
    /// Shown in the one answer that makes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    api_key: Option<&'a str>,
}

impl<'a> KeyView<'a> {
    fn new(caller: &Caller, key: &'a StoredKey) -> Self {
        Self {
            id: key.id,
            label: &key.label,
            mode: caller.scope.mode().as_str(),
            scopes: key.scopes.split(' ').collect(),
            allowed_networks: key
                .allowed_networks
                .as_deref()
                .map(|networks| networks.split(' ').collect()),
            created_by: &key.created_by,
            created_at: key.created_at,
            expires_at: key.expires_at,
            revoked_at: key.revoked_at,
            last_used_at: key.last_used_at,
            api_key: None,
        }
    }
}

/// Makes a key. Its text is answered once, here.
pub(super) async fn create(
    app: web::Data<App>,
    caller: Caller,
    body: StrictJson<NewKey>,
) -> Result<HttpResponse, Problem> {
    let now = app.now();
    let wanted = check(body.value, &caller, now)?;
    let key = ApiKey::from_random(caller.scope.mode(), rand::random());
    let actor = caller.actor();
    let networks = wanted.networks.as_deref().map(to_stored);
    let new = NewApiKey {
        id: ApiKeyId::from_uuid(Uuid::now_v7()),
        digest: key.digest(),
        label: &wanted.label,
        scopes: &wanted.rights.to_stored(),
        allowed_networks: networks.as_deref(),
        expires_at: wanted.expires_at,
        actor: &actor,
    };
    match app.store.add_api_key(&caller.scope, &new, now).await? {
        KeyAdded::New => {}
        KeyAdded::TooMany => return Err(too_many()),
        KeyAdded::Known => {
            tracing::error!("a random key was drawn twice");
            return Err(Problem::new(
                Code::Internal,
                Code::Internal.title_vi(),
                Code::Internal.title_en(),
            ));
        }
    }
    let stored = find(&app, &caller, new.id).await?;
    let view = KeyView {
        api_key: Some(key.expose()),
        ..KeyView::new(&caller, &stored)
    };
    let location = app.link(&format!("/v1/api-keys/{}", stored.id));
    Ok(HttpResponse::Created()
        .insert_header((header::LOCATION, location))
        .json(view))
}

fn too_many() -> Problem {
    Problem::new(
        Code::WrongState,
        format!("Đang có {KEYS_MAX} khóa còn hiệu lực; thu hồi bớt trước."),
        format!("There are {KEYS_MAX} keys in use; revoke one first."),
    )
}

/// Reads the body. A key never gets more than the caller has: no other permission, no other network, no
/// longer life.
fn check(body: NewKey, caller: &Caller, now: Timestamp) -> Result<Wanted, Problem> {
    let mut problems = Problems::default();
    let label = match payment::text::plain(&body.label, LABEL_MAX) {
        Ok(label) => label,
        Err(error) => {
            problems.add("/label", "nội dung chưa đúng", error.to_string());
            String::new()
        }
    };
    let rights = rights(&mut problems, &body.scopes, caller);
    let networks = networks(&mut problems, body.allowed_networks.as_deref(), caller);
    if body.expires_at.is_some_and(|at| at <= now) {
        problems.add("/expires_at", "phải ở tương lai", "must be in the future");
    }
    if let Some(own_end) = caller.expires_at
        && body.expires_at.is_none_or(|at| at > own_end)
    {
        problems.add(
            "/expires_at",
            "không được muộn hơn hạn của khóa đang dùng",
            "must not be later than the end of the key that you use",
        );
    }
    problems.finish(Some(Wanted {
        label,
        rights,
        networks,
        expires_at: body.expires_at,
    }))
}

fn rights(problems: &mut Problems, scopes: &[String], caller: &Caller) -> Rights {
    if scopes.is_empty() {
        problems.add(
            "/scopes",
            "nêu ít nhất một quyền",
            "name at least one scope",
        );
    }
    if let [only] = scopes
        && only == EVERYTHING
    {
        if caller.rights != Rights::ALL {
            beyond_own(problems, 0);
        }
        return Rights::ALL;
    }
    let mut wanted = Vec::new();
    // Each at most once, so that nobody sends thousands.
    for (index, name) in scopes.iter().take(Permission::ALL.len() + 1).enumerate() {
        match Permission::parse(name) {
            Some(permission) if wanted.contains(&permission) => problems.add(
                format!("/scopes/{index}"),
                "đã nêu ở trước",
                "stands there before",
            ),
            Some(permission) if !caller.rights.allow(permission) => beyond_own(problems, index),
            Some(permission) => wanted.push(permission),
            None => problems.add(
                format!("/scopes/{index}"),
                "không phải tên quyền; xem docs/PERMISSIONS.md",
                "is no scope; see docs/PERMISSIONS.md",
            ),
        }
    }
    wanted.into_iter().collect()
}

fn beyond_own(problems: &mut Problems, index: usize) {
    problems.add(
        format!("/scopes/{index}"),
        "khóa đang dùng không có quyền này",
        "the key that you use does not have this scope",
    );
}

fn networks(
    problems: &mut Problems,
    entries: Option<&[String]>,
    caller: &Caller,
) -> Option<Vec<IpNet>> {
    let networks = match entries {
        None => None,
        Some(entries) if !(1..=NETWORKS_MAX).contains(&entries.len()) => {
            problems.add(
                "/allowed_networks",
                format!("cần 1 đến {NETWORKS_MAX} mạng; bỏ đi nếu cho mọi địa chỉ"),
                format!("1 to {NETWORKS_MAX} networks are needed; leave it out for any address"),
            );
            return None;
        }
        Some(entries) => match parse_networks(entries) {
            Ok(networks) => Some(networks),
            Err(index) => {
                problems.add(
                    format!("/allowed_networks/{index}"),
                    "phải là địa chỉ hoặc mạng như 203.0.113.0/24",
                    "must be an address or a network such as 203.0.113.0/24",
                );
                return None;
            }
        },
    };
    if let Some(own) = &caller.networks {
        let within = networks.as_ref().is_some_and(|networks| {
            let inside = |network| own.iter().any(|own| own.contains(network));
            networks.iter().all(inside)
        });
        if !within {
            problems.add(
                "/allowed_networks",
                "phải nằm trong các mạng của khóa đang dùng",
                "must lie within the networks of the key that you use",
            );
        }
    }
    networks
}

/// As networks are stored.
fn to_stored(networks: &[IpNet]) -> String {
    let networks: Vec<String> = networks.iter().map(IpNet::to_string).collect();
    networks.join(" ")
}

async fn find(app: &App, caller: &Caller, id: ApiKeyId) -> Result<StoredKey, Problem> {
    let found = app.store.api_key(&caller.scope, id).await?;
    found.ok_or_else(Problem::not_found)
}

/// One key, without its text.
pub(super) async fn get(
    app: web::Data<App>,
    caller: Caller,
    id: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let id = id.parse().map_err(|_| Problem::not_found())?;
    let stored = find(&app, &caller, id).await?;
    Ok(HttpResponse::Ok().json(KeyView::new(&caller, &stored)))
}

/// Keys, newest first, those that have ended too.
pub(super) async fn list(
    app: web::Data<App>,
    caller: Caller,
    paging: web::Query<Paging>,
) -> Result<HttpResponse, Problem> {
    let limit = paging.limit()?;
    let before = paging.cursor()?;
    let keys = app.store.api_keys(&caller.scope, before, limit + 1).await?;
    let (keys, next_cursor) = cursor::page(keys, limit, |key| key.id);
    let data: Vec<KeyView<'_>> = keys.iter().map(|key| KeyView::new(&caller, key)).collect();
    Ok(HttpResponse::Ok().json(Page { data, next_cursor }))
}

/// Ends the life of a key.
pub(super) async fn revoke(
    app: web::Data<App>,
    caller: Caller,
    id: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let id = id.parse().map_err(|_| Problem::not_found())?;
    let actor = caller.actor();
    let revoked = app
        .store
        .revoke_api_key(&caller.scope, id, &actor, app.now())
        .await?;
    match revoked {
        KeyRevoked::Now | KeyRevoked::Before => Ok(HttpResponse::NoContent().finish()),
        KeyRevoked::Missing => Err(Problem::not_found()),
    }
}
