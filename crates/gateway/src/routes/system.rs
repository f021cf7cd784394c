//! Health, the contract and static files.

use crate::app::App;
use crate::pages::assets;
use crate::problem::{Code, Problem};
use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};

/// The contract, compiled in.
pub const OPENAPI: &str = include_str!("../../../../openapi.yaml");

pub(super) async fn live() -> HttpResponse {
    HttpResponse::Ok().json(serde_json::json!({"status": "ok"}))
}

/// Ready means: the database answers, and we are not shutting down.
pub(super) async fn ready(app: web::Data<App>) -> Result<HttpResponse, Problem> {
    if app.shutdown.is_cancelled() {
        let mut problem = Problem::new(Code::Unavailable, "Đang dừng.", "Shutting down.");
        problem.retry_after = Some(5);
        return Err(problem);
    }
    app.store.ping().await?;
    Ok(HttpResponse::Ok()
        .json(serde_json::json!({"status": "ok", "database": app.store.engine_name()})))
}

pub(super) async fn openapi() -> HttpResponse {
    HttpResponse::Ok()
        .content_type("application/yaml; charset=utf-8")
        .body(OPENAPI)
}

/// A static file. Its address changes with its content, so it may be kept for ever.
pub(super) async fn asset(
    name: web::Path<String>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let asset = assets::find(&name).ok_or_else(crate::middleware::no_such_path)?;
    let known = request
        .headers()
        .get(header::IF_NONE_MATCH)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|tags| tags.split(',').any(|tag| tag.trim() == asset.etag));
    let caching = if request.query_string().starts_with("v=") {
        "public, max-age=31536000, immutable"
    } else {
        "public, no-cache"
    };
    let mut response = if known {
        HttpResponse::NotModified()
    } else {
        HttpResponse::Ok()
    };
    response
        .insert_header((header::ETAG, asset.etag))
        .insert_header((header::CACHE_CONTROL, caching));
    if known {
        return Ok(response.finish());
    }
    Ok(response.content_type(asset.content_type).body(asset.bytes))
}
