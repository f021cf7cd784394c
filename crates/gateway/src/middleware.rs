//! What happens around every request: an id, the problem's body in the caller's language, headers
//! that every response has, one log line without anything personal.

use crate::problem::{Code, Problem};
use actix_web::body::{BoxBody, EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage, ResponseError};
use std::time::Instant;
use uuid::Uuid;

const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
    img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/// Headers of every response, unless the handler set its own.
const HEADERS: [(&str, &str); 7] = [
    ("content-security-policy", CONTENT_SECURITY_POLICY),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    (
        "permissions-policy",
        "camera=(), microphone=(), geolocation=()",
    ),
    ("cache-control", "no-store"),
];

/// The id of the request that is being handled.
#[derive(Clone, Debug)]
pub struct RequestId(pub String);

/// Wraps every request.
///
/// # Errors
/// What the handler's service could not turn into a response.
pub async fn around(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<EitherBody<impl MessageBody, BoxBody>>, Error> {
    let started = Instant::now();
    let id = format!("req_{}", Uuid::now_v7().simple());
    request.extensions_mut().insert(RequestId(id.clone()));
    let mut request = request;
    // HEAD is GET without its body; the connection leaves the body out by itself. A stream has no end
    // to leave out, so it stays refused.
    if request.method() == Method::HEAD && !request.path().ends_with("/events") {
        request.head_mut().method = Method::GET;
    }
    let english = wants_english(&request);
    let method = request.method().clone();
    let response = if is_plain_path(request.path()) {
        next.call(request).await?.map_into_left_body()
    } else {
        request
            .into_response(no_such_path().error_response())
            .map_into_right_body()
    };

    let status = response.status();
    let problem = response.response().extensions().get::<Problem>().cloned();
    let problem = problem.or_else(|| unexplained(status, response.headers()));
    let route = response
        .request()
        .match_pattern()
        .unwrap_or_else(|| "unmatched".to_owned());
    tracing::info!(
        request_id = %id, method = %method, route = %route, status = status.as_u16(),
        problem = problem.as_ref().map(|problem| problem.code.as_str()),
        micros = u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX),
        "handled"
    );

    let mut response = match problem {
        Some(problem) => {
            let body = problem.body(english, &id);
            let mut response = response.map_body(|_, _| EitherBody::right(BoxBody::new(body)));
            let headers = response.headers_mut();
            headers.insert(
                header::CONTENT_TYPE,
                HeaderValue::from_static("application/problem+json"),
            );
            headers.insert(
                header::CONTENT_LANGUAGE,
                HeaderValue::from_static(if english { "en" } else { "vi" }),
            );
            if let Some(seconds) = problem.retry_after {
                headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
            }
            if problem.code == Code::Unauthenticated {
                headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
            }
            response
        }
        None => response.map_into_left_body(),
    };
    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        let name = HeaderName::from_static(name);
        if !headers.contains_key(&name) {
            headers.insert(name, HeaderValue::from_static(value));
        }
    }
    if let Ok(value) = HeaderValue::from_str(&id) {
        headers.insert(HeaderName::from_static("request-id"), value);
    }
    Ok(response)
}

/// Whether a path, percent-decoded, is UTF-8 without control characters. Anything else names nothing of
/// ours: two different byte strings must not become one id, and PostgreSQL cannot hold a NUL.
fn is_plain_path(path: &str) -> bool {
    let mut bytes = path.bytes();
    let mut decoded = Vec::with_capacity(path.len());
    while let Some(byte) = bytes.next() {
        let digit = |byte: Option<u8>| byte.and_then(|b| char::from(b).to_digit(16));
        decoded.push(if byte == b'%' {
            match (digit(bytes.next()), digit(bytes.next())) {
                (Some(high), Some(low)) => u8::try_from(high * 16 + low).unwrap_or(0),
                _ => return false,
            }
        } else {
            byte
        });
    }
    std::str::from_utf8(&decoded).is_ok_and(|text| !text.chars().any(char::is_control))
}

/// The problem for an error that the framework answered by itself.
fn unexplained(status: StatusCode, headers: &header::HeaderMap) -> Option<Problem> {
    if headers.contains_key(header::CONTENT_TYPE)
        || !(status.is_client_error() || status.is_server_error())
    {
        return None;
    }
    let code = match status {
        StatusCode::NOT_FOUND => return Some(no_such_path()),
        StatusCode::METHOD_NOT_ALLOWED => Code::MethodNotAllowed,
        StatusCode::PAYLOAD_TOO_LARGE => Code::BodyTooLarge,
        StatusCode::BAD_REQUEST => Code::InvalidParameter,
        status if status.is_server_error() => Code::Internal,
        _ => return None,
    };
    Some(Problem::new(code, code.title_vi(), code.title_en()))
}

/// The answer to a path that does not exist.
#[must_use]
pub fn no_such_path() -> Problem {
    Problem::new(
        Code::NotFound,
        "Không có đường dẫn này; xem /openapi.yaml.",
        "There is no such path; see /openapi.yaml.",
    )
}

/// Vietnamese unless English is asked for first.
fn wants_english(request: &ServiceRequest) -> bool {
    request
        .headers()
        .get(header::ACCEPT_LANGUAGE)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|languages| {
            let position = |tag: &str| {
                languages
                    .split(',')
                    .position(|part| part.trim().to_ascii_lowercase().starts_with(tag))
            };
            match (position("en"), position("vi")) {
                (Some(english), Some(vietnamese)) => english < vietnamese,
                (Some(_), None) => true,
                _ => false,
            }
        })
}
