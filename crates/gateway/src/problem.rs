//! Refusals, as RFC 9457 problem details.
//!
//! All codes stand in one table. A problem is made where the reason is known and carries both
//! languages; the outermost middleware writes the body in the caller's language and adds the request's
//! id. Nothing secret or personal is ever in one: it names fields and rules, not values.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, ResponseError};
use serde::Serialize;
use std::fmt;
use store::StoreError;

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $status:literal $code:literal $vi:literal / $en:literal;)*) => {
        /// The stable codes of problems.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        pub enum Code { $($(#[$doc])* $name,)* }

        impl Code {
            /// Every code.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// The text of the member `code`.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $code,)* }
            }

            /// The HTTP status.
            #[must_use]
            pub const fn status(self) -> u16 {
                match self { $(Self::$name => $status,)* }
            }

            /// The title in Vietnamese.
            #[must_use]
            pub const fn title_vi(self) -> &'static str {
                match self { $(Self::$name => $vi,)* }
            }

            /// The title in English.
            #[must_use]
            pub const fn title_en(self) -> &'static str {
                match self { $(Self::$name => $en,)* }
            }
        }
    };
}

codes! {
    /// The body is not JSON, or is ambiguous.
    MalformedBody = 400 "malformed_body" "Nội dung không đọc được" / "The body cannot be read";
    /// A query parameter or a path segment is not what it should be.
    InvalidParameter = 400 "invalid_parameter" "Tham số không hợp lệ" / "A parameter is not valid";
    /// An authentic callback breaks its sender's contract; it is kept in quarantine.
    MalformedCallback = 400 "malformed_callback" "Thông báo không đúng mẫu" / "The callback cannot be read";
    /// No key, or not a live one.
    Unauthenticated = 401 "unauthenticated" "Chưa xác thực" / "Not authenticated";
    /// The callback's signature, key or timestamp is wrong.
    CallbackNotAuthentic = 401 "callback_not_authentic" "Thông báo không xác thực được" / "The callback is not authentic";
    /// The operation is not for this kind of key.
    Forbidden = 403 "forbidden" "Không được phép" / "Not allowed";
    /// No such object, or not yours.
    NotFound = 404 "not_found" "Không tìm thấy" / "Not found";
    /// The path exists, the method does not.
    MethodNotAllowed = 405 "method_not_allowed" "Phương thức không được hỗ trợ" / "Method not allowed";
    /// The portal's own id exists with another body.
    RequestDiffers = 409 "payment_request_differs" "Mã này đã dùng cho yêu cầu khác" / "This id was used for another request";
    /// The state does not allow it.
    WrongState = 409 "wrong_state" "Trạng thái không cho phép" / "The state does not allow this";
    /// The object exists already.
    AlreadyExists = 409 "already_exists" "Đã có" / "Already exists";
    /// The object has changed since the caller saw it (`If-Match`).
    Changed = 412 "changed_meanwhile" "Đối tượng đã thay đổi" / "The object has changed";
    /// Too large.
    BodyTooLarge = 413 "body_too_large" "Nội dung quá lớn" / "The body is too large";
    /// Not JSON, or compressed.
    UnsupportedMediaType = 415 "unsupported_media_type" "Kiểu nội dung không được hỗ trợ" / "Unsupported media type";
    /// Readable, and wrong.
    Invalid = 422 "validation_failed" "Dữ liệu chưa đúng" / "The request is not valid";
    /// The idempotency key was used with another body.
    IdempotencyKeyReused = 422 "idempotency_key_reused" "Khóa chống lặp đã dùng cho nội dung khác" / "This key was used with another body";
    /// The body did not arrive in time.
    BodyTimeout = 408 "body_timeout" "Nội dung đến quá chậm" / "The body did not arrive in time";
    /// A defect of ours.
    Internal = 500 "internal_error" "Lỗi hệ thống" / "Internal error";
    /// The database is away, or we are full or shutting down.
    Unavailable = 503 "unavailable" "Tạm thời không phục vụ được" / "Temporarily unavailable";
}

/// One wrong member.
#[derive(Clone, Debug, Serialize, PartialEq, Eq)]
pub struct FieldError {
    /// JSON pointer to the member, or the parameter's name.
    pub pointer: String,
    /// What is wrong and what to do, in both languages; the middleware keeps one.
    #[serde(skip)]
    pub detail: Bilingual,
}

/// A sentence in both languages.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Bilingual {
    /// Tiếng Việt.
    pub vi: String,
    /// English.
    pub en: String,
}

impl Bilingual {
    /// Both sentences.
    pub fn new(vi: impl Into<String>, en: impl Into<String>) -> Self {
        Self {
            vi: vi.into(),
            en: en.into(),
        }
    }
}

/// A refusal.
#[derive(Clone, Debug)]
pub struct Problem {
    /// Which.
    pub code: Code,
    /// What was wrong here.
    pub detail: Bilingual,
    /// The wrong members, all of them.
    pub errors: Vec<FieldError>,
    /// When to try again, in seconds.
    pub retry_after: Option<u32>,
}

impl Problem {
    /// A problem with its sentence.
    pub fn new(code: Code, vi: impl Into<String>, en: impl Into<String>) -> Self {
        Self {
            code,
            detail: Bilingual::new(vi, en),
            errors: Vec::new(),
            retry_after: None,
        }
    }

    /// No such object for this caller.
    #[must_use]
    pub fn not_found() -> Self {
        Self::new(
            Code::NotFound,
            "Không có đối tượng này, hoặc khóa của bạn không thấy được nó.",
            "There is no such object, or your key cannot see it.",
        )
    }

    /// A wrong query parameter or path segment.
    pub fn parameter(name: &str, vi: impl Into<String>, en: impl Into<String>) -> Self {
        let detail = Bilingual::new(vi, en);
        Self {
            code: Code::InvalidParameter,
            detail: detail.clone(),
            errors: vec![FieldError {
                pointer: name.to_owned(),
                detail,
            }],
            retry_after: None,
        }
    }

    /// The body in the caller's language.
    #[must_use]
    pub fn body(&self, english: bool, request_id: &str) -> String {
        #[derive(Serialize)]
        struct Field<'a> {
            pointer: &'a str,
            detail: &'a str,
        }
        #[derive(Serialize)]
        struct Body<'a> {
            r#type: String,
            title: &'a str,
            status: u16,
            detail: &'a str,
            code: &'a str,
            #[serde(skip_serializing_if = "Vec::is_empty")]
            errors: Vec<Field<'a>>,
            request_id: &'a str,
        }
        let pick = |text: &'_ Bilingual| -> String {
            if english {
                text.en.clone()
            } else {
                text.vi.clone()
            }
        };
        let detail = pick(&self.detail);
        let fields: Vec<(String, String)> = self
            .errors
            .iter()
            .map(|error| (error.pointer.clone(), pick(&error.detail)))
            .collect();
        let body = Body {
            r#type: format!("urn:thungan:problem:{}", self.code.as_str()),
            title: if english {
                self.code.title_en()
            } else {
                self.code.title_vi()
            },
            status: self.code.status(),
            detail: &detail,
            code: self.code.as_str(),
            errors: fields
                .iter()
                .map(|(pointer, detail)| Field { pointer, detail })
                .collect(),
            request_id,
        };
        serde_json::to_string(&body).unwrap_or_default()
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code.as_str(), self.detail.en)
    }
}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        StatusCode::from_u16(self.code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::build(self.status_code()).finish();
        // The middleware finds it here and writes the body.
        response.extensions_mut().insert(self.clone());
        response
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        if error.is_temporary() {
            tracing::warn!(error = ?error, "the store is not available");
            let mut problem = Self::new(
                Code::Unavailable,
                "Cơ sở dữ liệu chưa sẵn sàng. Chưa có gì được ghi nhận; hãy gửi lại sau ít giây.",
                "The database is not ready. Nothing was recorded; send it again in a few seconds.",
            );
            problem.retry_after = Some(2);
            problem
        } else {
            tracing::error!(error = ?error, "the store failed");
            Self::new(
                Code::Internal,
                "Có lỗi ở phía chúng tôi. Hãy gửi lại; nếu còn lỗi, báo mã request_id cho người vận hành.",
                "Something went wrong on our side. Try again; if it stays, tell the operator the request_id.",
            )
        }
    }
}

/// All wrong members of one body, so that a caller mends them at once.
#[derive(Default, Debug)]
pub struct Problems {
    errors: Vec<FieldError>,
}

impl Problems {
    /// Notes a wrong member.
    pub fn add(
        &mut self,
        pointer: impl Into<String>,
        vi: impl Into<String>,
        en: impl Into<String>,
    ) {
        self.errors.push(FieldError {
            pointer: pointer.into(),
            detail: Bilingual::new(vi, en),
        });
    }

    /// The value, or the problem that lists everything noted.
    ///
    /// # Errors
    /// The problem, when anything was noted or there is no value.
    pub fn finish<T>(self, value: Option<T>) -> Result<T, Problem> {
        match value {
            Some(value) if self.errors.is_empty() => Ok(value),
            _ => Err(Problem {
                code: Code::Invalid,
                detail: Bilingual::new(
                    "Một số trường chưa đúng; xem danh sách errors.",
                    "Some members are not valid; see errors.",
                ),
                errors: self.errors,
                retry_after: None,
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_code_is_unique_and_has_a_title_in_both_languages() {
        let codes: BTreeSet<_> = Code::ALL.iter().map(|code| code.as_str()).collect();
        assert_eq!(codes.len(), Code::ALL.len());
        for code in Code::ALL {
            assert!(!code.title_vi().is_empty() && !code.title_en().is_empty());
            assert!((400..=599).contains(&code.status()));
        }
    }
}
