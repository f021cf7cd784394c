//! Reading bodies: bounded in size and time, as sent, and JSON that means one thing only.

use crate::problem::{Bilingual, Code, FieldError, Problem};
use actix_web::dev::Payload;
use actix_web::http::header;
use actix_web::web::Bytes;
use actix_web::{FromRequest, HttpRequest, web};
use futures_util::StreamExt;
use reconciler::strict_json::{Limits, Rule, check_strict};
use serde::de::DeserializeOwned;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

/// The largest callback, in bytes.
pub const CALLBACK_BYTES_MAX: usize = 64 * 1024;
/// The largest JSON body of the API, in bytes.
pub const JSON_BYTES_MAX: usize = 256 * 1024;
/// How long a body may take to arrive.
const BODY_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a file may take to arrive: 48 MiB at 3 Mbit/s.
const FILE_TIMEOUT: Duration = Duration::from_secs(128);

/// The exact bytes of a callback.
#[derive(Debug)]
pub struct CallbackBody(pub Bytes);

/// A JSON body of the API, read strictly into `T`, with the bytes it was read from.
#[derive(Debug)]
pub struct StrictJson<T> {
    /// What was read.
    pub value: T,
    /// From which bytes.
    pub bytes: Bytes,
}

impl FromRequest for CallbackBody {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let refused = refuse_encoding(request);
        let payload = payload.take();
        Box::pin(async move {
            refused?;
            Ok(Self(read(payload, CALLBACK_BYTES_MAX, BODY_TIMEOUT).await?))
        })
    }
}

impl<T: DeserializeOwned + 'static> FromRequest for StrictJson<T> {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let refused = refuse_encoding(request).and_then(|()| refuse_type(request));
        let payload = payload.take();
        Box::pin(async move {
            refused?;
            let bytes = read(payload, JSON_BYTES_MAX, BODY_TIMEOUT).await?;
            let value = parse(&bytes)?;
            Ok(Self { value, bytes })
        })
    }
}

/// A compressed body would be signed, counted and read as three different things.
fn refuse_encoding(request: &HttpRequest) -> Result<(), Problem> {
    let encoded = request
        .headers()
        .get_all(header::CONTENT_ENCODING)
        .any(|value| !value.as_bytes().eq_ignore_ascii_case(b"identity"));
    if encoded {
        return Err(Problem::new(
            Code::UnsupportedMediaType,
            "Không nhận nội dung nén; gửi lại không có Content-Encoding.",
            "Compressed bodies are not accepted; send it without Content-Encoding.",
        ));
    }
    Ok(())
}

fn refuse_type(request: &HttpRequest) -> Result<(), Problem> {
    let media_type = request
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .map(|value| {
            value
                .split(';')
                .next()
                .unwrap_or_default()
                .trim()
                .to_ascii_lowercase()
        });
    match media_type.as_deref() {
        Some("application/json") => Ok(()),
        Some(other) if other.starts_with("application/") && other.ends_with("+json") => Ok(()),
        _ => Err(Problem::new(
            Code::UnsupportedMediaType,
            "Gửi JSON với Content-Type: application/json.",
            "Send JSON with Content-Type: application/json.",
        )),
    }
}

/// Reads the bytes of a file of at most `max` bytes.
///
/// # Errors
/// A problem when it is compressed, too large or too slow.
pub async fn read_file(
    request: &HttpRequest,
    payload: web::Payload,
    max: usize,
) -> Result<Vec<u8>, Problem> {
    refuse_encoding(request)?;
    let announced = request
        .headers()
        .get(header::CONTENT_LENGTH)
        .and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
    if announced.is_some_and(|length| length > max) {
        // Before anything of it is read.
        return Err(too_large(max));
    }
    let bytes = read(payload.into_inner(), max, FILE_TIMEOUT).await?;
    Ok(bytes.into())
}

fn too_large(max: usize) -> Problem {
    Problem::new(
        Code::BodyTooLarge,
        format!("Nội dung vượt quá {max} byte."),
        format!("The body is larger than {max} bytes."),
    )
}

async fn read(mut payload: Payload, max: usize, timeout: Duration) -> Result<Bytes, Problem> {
    let reading = async {
        let mut bytes = Vec::new();
        while let Some(chunk) = payload.next().await {
            let chunk = chunk.map_err(|_| {
                Problem::new(
                    Code::MalformedBody,
                    "Nội dung bị ngắt giữa chừng.",
                    "The body broke off.",
                )
            })?;
            if bytes.len() + chunk.len() > max {
                return Err(too_large(max));
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(Bytes::from(bytes))
    };
    tokio::time::timeout(timeout, reading)
        .await
        .unwrap_or_else(|_| {
            Err(Problem::new(
                Code::BodyTimeout,
                format!("Nội dung phải đến đủ trong {} giây.", timeout.as_secs()),
                format!(
                    "The whole body must arrive within {} seconds.",
                    timeout.as_secs()
                ),
            ))
        })
}

/// Reads strict JSON into `T`, naming the member that is wrong.
///
/// # Errors
/// [`Code::MalformedBody`] for what is not strict JSON, [`Code::Invalid`] for a member of the wrong
/// type, a missing one or an unknown one.
pub fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    let limits = Limits {
        fractions: true,
        ..Limits::default()
    };
    check_strict(bytes, limits).map_err(|error| malformed(&error.pointer, error.rule))?;
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let pointer = pointer_of(error.path());
        let said = error.inner().to_string();
        // serde_json ends with a position that a pointer says better.
        let said = said
            .split(" at line ")
            .next()
            .unwrap_or_default()
            .to_owned();
        let detail = Bilingual::new(
            format!("không hợp lệ: {said}"),
            format!("is not valid: {said}"),
        );
        Problem {
            code: Code::Invalid,
            detail: Bilingual::new(
                format!("Trường {pointer} không hợp lệ: {said}"),
                format!("The member {pointer} is not valid: {said}"),
            ),
            errors: vec![FieldError { pointer, detail }],
            retry_after: None,
        }
    })
}

fn malformed(pointer: &str, rule: Rule) -> Problem {
    let detail = Bilingual::new(
        format!("Vị trí \"{pointer}\": {}", rule.as_str()),
        format!("At \"{pointer}\": {}", rule.as_str()),
    );
    Problem {
        code: Code::MalformedBody,
        detail: detail.clone(),
        errors: vec![FieldError {
            pointer: pointer.to_owned(),
            detail,
        }],
        retry_after: None,
    }
}

fn pointer_of(path: &serde_path_to_error::Path) -> String {
    use serde_path_to_error::Segment;
    path.iter()
        .fold(String::new(), |pointer, segment| match segment {
            Segment::Seq { index } => format!("{pointer}/{index}"),
            Segment::Map { key } => {
                format!("{pointer}/{}", key.replace('~', "~0").replace('/', "~1"))
            }
            Segment::Enum { variant } => format!("{pointer}/{variant}"),
            Segment::Unknown => pointer,
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(serde::Deserialize, Debug)]
    #[serde(deny_unknown_fields)]
    #[allow(dead_code, reason = "only read")]
    struct Body {
        amount: i64,
        payer: Option<Payer>,
    }

    #[derive(serde::Deserialize, Debug)]
    #[serde(deny_unknown_fields)]
    #[allow(dead_code, reason = "only read")]
    struct Payer {
        name: String,
    }

    fn refused(text: &str) -> (Code, String) {
        let problem = parse::<Body>(text.as_bytes()).unwrap_err();
        (problem.code, problem.errors[0].pointer.clone())
    }

    #[test]
    fn a_refused_body_names_the_member() {
        assert_eq!(
            refused(r#"{"amount":1,"payer":{"name":5}}"#),
            (Code::Invalid, "/payer/name".into())
        );
        assert_eq!(
            refused(r#"{"amount":"1"}"#),
            (Code::Invalid, "/amount".into())
        );
        assert_eq!(
            refused(r#"{"amount":1.5}"#),
            (Code::Invalid, "/amount".into())
        );
        assert_eq!(
            refused(r#"{"amount":1,"x":1}"#),
            (Code::Invalid, "/x".into())
        );
        assert_eq!(
            refused(r#"{"amount":1,"amount":2}"#),
            (Code::MalformedBody, "/amount".into())
        );
        assert_eq!(refused("{").0, Code::MalformedBody);
    }
}
