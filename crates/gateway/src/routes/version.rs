//! `ETag` and `If-Match` of objects that change: the version in quotes.

use crate::problem::{Code, Problem};
use actix_web::HttpRequest;
use actix_web::http::header;

/// The value of `ETag`.
pub(super) fn etag(version: i64) -> String {
    format!("\"{version}\"")
}

/// The version that the caller has seen, when it says so. `*` stands for any.
///
/// # Errors
/// [`Code::Changed`] for a value that no version has.
pub(super) fn seen(request: &HttpRequest) -> Result<Option<i64>, Problem> {
    let mut values = request.headers().get_all(header::IF_MATCH);
    let Some(value) = values.next() else {
        return Ok(None);
    };
    let text = value.to_str().unwrap_or_default().trim();
    if text == "*" && values.next().is_none() {
        return Ok(None);
    }
    text.strip_prefix('"')
        .and_then(|text| text.strip_suffix('"'))
        .and_then(|text| text.parse().ok())
        .filter(|_| values.next().is_none())
        .map(Some)
        .ok_or_else(changed)
}

/// The object is not the one that the caller saw.
pub(super) fn changed() -> Problem {
    Problem::new(
        Code::Changed,
        "Đối tượng đã thay đổi so với bản bạn thấy (If-Match). Đọc lại rồi quyết định.",
        "The object is not at the version in If-Match any more. Read it again and decide.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    fn of(values: &[&str]) -> Result<Option<i64>, Code> {
        let mut request = TestRequest::default();
        for value in values {
            request = request.append_header((header::IF_MATCH, *value));
        }
        seen(&request.to_http_request()).map_err(|problem| problem.code)
    }

    #[test]
    fn if_match_names_one_version_any_or_none() {
        assert_eq!(of(&[]), Ok(None));
        assert_eq!(of(&["*"]), Ok(None));
        assert_eq!(of(&[&etag(12)]), Ok(Some(12)));
        for wrong in ["12", "W/\"12\"", "\"12", "\"x\"", "", "\"1\", \"2\""] {
            assert_eq!(of(&[wrong]), Err(Code::Changed), "{wrong}");
        }
        assert_eq!(of(&["\"1\"", "\"1\""]), Err(Code::Changed));
    }
}
