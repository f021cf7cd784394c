//! The screens: what a payer sees, what the demonstration shop shows, and what a browser gets
//! instead of a page.
//!
//! Pure: a handler fills a plain view struct from the store and renders the page made of it. No page
//! decides anything about money; every figure and state on it is the server's. Pages need no
//! JavaScript, load nothing from anyone else, and hold no inline script or style, so the strictest
//! content security policy fits them.

pub mod assets;
pub mod checkout;
pub mod shop;
pub mod text;

pub use checkout::{CheckoutPage, CheckoutView};
pub use shop::{ShopPage, ShopView};
pub use text::Text;

use askama::Template;
use money::Vnd;
use money::format::{Grouping, Style, format};
use money::words::{words, words_en};
use payment::RequestStatus;

/// The language of a page. Vietnamese unless the reader asks otherwise.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Language {
    /// Tiếng Việt.
    #[default]
    Vietnamese,
    /// English.
    English,
}

impl Language {
    /// The language that a `?lang=` value names; anything unknown is Vietnamese.
    #[must_use]
    pub fn from_query(lang: Option<&str>) -> Self {
        match lang {
            Some("en") => Self::English,
            _ => Self::Vietnamese,
        }
    }

    /// The tag for `lang=` attributes and `?lang=`.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Vietnamese => "vi",
            Self::English => "en",
        }
    }

    /// The amount in figures, as readers of the language group them: `79.000 đ` or `79,000 đ`.
    #[must_use]
    pub fn figures(self, amount: Vnd) -> String {
        let grouping = match self {
            Self::Vietnamese => Grouping::Dot,
            Self::English => Grouping::Comma,
        };
        format(
            amount,
            Style {
                grouping,
                ..Style::SCREEN
            },
        )
    }

    /// The amount in words.
    #[must_use]
    pub fn words(self, amount: Vnd) -> String {
        match self {
            Self::Vietnamese => words(amount),
            Self::English => words_en(amount),
        }
    }
}

/// The addresses of a page in both languages, path and query only.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PageUrls {
    /// The page in Vietnamese.
    pub vietnamese: String,
    /// The page in English.
    pub english: String,
}

impl PageUrls {
    /// The addresses of the page at `path`: the plain path, and with `?lang=en`.
    #[must_use]
    pub fn of_path(path: &str) -> Self {
        Self {
            vietnamese: path.to_owned(),
            english: format!("{path}?lang=en"),
        }
    }

    /// The address in `language`.
    #[must_use]
    pub fn in_language(&self, language: Language) -> &str {
        match language {
            Language::Vietnamese => &self.vietnamese,
            Language::English => &self.english,
        }
    }
}

/// The word for a request's state.
fn status_word(t: &'static Text, status: RequestStatus) -> &'static str {
    match status {
        RequestStatus::Open => t.status_open,
        RequestStatus::Underpaid => t.status_underpaid,
        RequestStatus::Paid => t.status_paid,
        RequestStatus::Overpaid => t.status_overpaid,
        RequestStatus::Cancelled => t.status_cancelled,
        RequestStatus::Expired => t.status_expired,
    }
}

/// The style class of a request's state. Colour is never the only sign: the word stands beside it.
const fn status_tone(status: RequestStatus) -> &'static str {
    match status {
        RequestStatus::Paid => "good",
        RequestStatus::Overpaid | RequestStatus::Underpaid => "warn",
        RequestStatus::Cancelled => "bad",
        RequestStatus::Expired => "muted",
        RequestStatus::Open => "wait",
    }
}

/// Why a browser gets no page.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ErrorKind {
    /// 404: no such page, or a checkout link that names nothing.
    NotFound,
    /// 400 and 422: a form that could not be read.
    BadRequest,
    /// 429.
    TooManyRequests,
    /// 500 and 503.
    Unavailable,
}

impl ErrorKind {
    /// The kind for an HTTP status.
    #[must_use]
    pub const fn of_status(status: u16) -> Self {
        match status {
            404 | 410 => Self::NotFound,
            429 => Self::TooManyRequests,
            400..=499 => Self::BadRequest,
            _ => Self::Unavailable,
        }
    }
}

/// What an [`ErrorPage`] is made of.
#[derive(Clone, Debug)]
pub struct ErrorView {
    /// The reader's language.
    pub language: Language,
    /// Where the same answer is in each language.
    pub urls: PageUrls,
    /// Why.
    pub kind: ErrorKind,
    /// The HTTP status of the answer.
    pub status: u16,
    /// The id of the request, for whoever is asked for help.
    pub request_id: Option<String>,
}

/// The page for a browser that asked for something that is not there, or not now.
#[derive(Template, Debug)]
#[template(path = "error.html")]
pub struct ErrorPage {
    v: ErrorView,
    t: &'static Text,
}

impl ErrorPage {
    /// The page for `view`.
    #[must_use]
    pub fn new(view: ErrorView) -> Self {
        Self {
            t: Text::of(view.language),
            v: view,
        }
    }

    fn heading(&self) -> &'static str {
        match self.v.kind {
            ErrorKind::NotFound => self.t.error_not_found,
            ErrorKind::BadRequest => self.t.error_bad_request,
            ErrorKind::TooManyRequests => self.t.error_too_many,
            ErrorKind::Unavailable => self.t.error_unavailable,
        }
    }

    fn lead(&self) -> &'static str {
        match self.v.kind {
            ErrorKind::NotFound => self.t.error_not_found_lead,
            ErrorKind::BadRequest => self.t.error_bad_request_lead,
            ErrorKind::TooManyRequests => self.t.error_too_many_lead,
            ErrorKind::Unavailable => self.t.error_unavailable_lead,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    /// The templates by file name, read from the crate's own folder.
    fn templates() -> Vec<(String, String)> {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/templates");
        std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .map(|path| {
                let name = path.file_name().unwrap().to_string_lossy().into_owned();
                (name, std::fs::read_to_string(&path).unwrap())
            })
            .collect()
    }

    /// `text` without everything from an `open` to the next `close`.
    fn without(text: &str, open: &str, close: &str) -> String {
        let mut rest = text;
        let mut kept = String::new();
        while let Some((before, after)) = rest.split_once(open) {
            kept.push_str(before);
            kept.push(' ');
            rest = after.split_once(close).map_or("", |(_, tail)| tail);
        }
        kept + rest
    }

    #[test]
    fn no_text_is_missing_in_either_language() {
        for (name, vietnamese, english) in text::ROWS {
            assert!(!vietnamese.trim().is_empty(), "{name} has no Vietnamese");
            assert!(!english.trim().is_empty(), "{name} has no English");
            assert_eq!(*vietnamese, vietnamese.trim(), "{name}");
            assert_eq!(*english, english.trim(), "{name}");
        }
    }

    #[test]
    fn every_text_is_used_by_a_page() {
        let sources = [
            include_str!("mod.rs"),
            include_str!("checkout.rs"),
            include_str!("shop.rs"),
        ];
        let pages: String = templates().into_iter().map(|(_, text)| text).collect();
        for (name, _, _) in text::ROWS {
            let wanted = format!("t.{name}");
            let used = |text: &str| {
                text.match_indices(&wanted).any(|(at, found)| {
                    let next = text[at + found.len()..].chars().next();
                    !next.is_some_and(|c| c.is_alphanumeric() || c == '_')
                })
            };
            assert!(
                used(&pages) || sources.iter().any(|source| used(source)),
                "{name}"
            );
        }
    }

    #[test]
    fn templates_have_no_words_of_their_own() {
        // Names that are the same in both languages.
        let names = ["ThuNgân", "VietQR", "vi", "Tiếng Việt", "English", "✓", "✗"];
        for (file, source) in templates() {
            let mut text = source.clone();
            for (open, close) in [("{#", "#}"), ("{%", "%}"), ("{{", "}}")] {
                text = without(&text, open, close);
            }
            let body = without(&text, "<", ">");
            for word in body.split_whitespace() {
                let known = names.iter().any(|name| name.contains(word));
                assert!(
                    known || !word.chars().any(char::is_alphabetic),
                    "{file} says {word:?} by itself"
                );
            }
            for attribute in ["alt=\"", "title=\"", "aria-label=\"", "placeholder=\""] {
                for (at, _) in source.match_indices(attribute) {
                    let value = &source[at + attribute.len()..];
                    assert!(
                        value.starts_with("{{") || value.starts_with('"'),
                        "{file} has its own words in {attribute}"
                    );
                }
            }
        }
    }

    #[test]
    fn templates_escape_everything_and_fit_the_content_security_policy() {
        for (file, source) in templates() {
            let squeezed = source.replace(' ', "");
            for forbidden in [
                "|safe",
                "escape=",
                "{%autoescape",
                "style=\"",
                "<style",
                "javascript:",
            ] {
                assert!(!squeezed.contains(forbidden), "{file}: {forbidden}");
            }
            for (at, _) in source.match_indices("<script") {
                let tag = source[at..].split('>').next().unwrap();
                assert!(tag.contains(" src=\"{{"), "{file} has an inline script");
                assert!(source[at + tag.len()..].starts_with("></script>"), "{file}");
            }
            for (at, _) in source.match_indices(" on") {
                let handler = source[at + 3..]
                    .split(|c: char| !c.is_ascii_lowercase())
                    .next();
                let end = at + 3 + handler.map_or(0, str::len);
                assert!(
                    !source[end..].starts_with("=\""),
                    "{file} has an inline handler"
                );
            }
        }
    }

    #[test]
    fn templates_name_only_files_that_exist() {
        for (file, source) in templates() {
            for (at, found) in source.match_indices("assets::url(\"") {
                let name = source[at + found.len()..].split('"').next().unwrap();
                assert!(assets::find(name).is_some(), "{file}: {name}");
            }
        }
    }

    #[test]
    fn an_error_page_is_whole_in_one_language() {
        let mut seen = BTreeSet::new();
        for language in [Language::Vietnamese, Language::English] {
            for status in [400, 404, 410, 422, 429, 500, 503] {
                let html = ErrorPage::new(ErrorView {
                    language,
                    urls: PageUrls::of_path("/pay/x"),
                    kind: ErrorKind::of_status(status),
                    status,
                    request_id: Some("req_1".into()),
                })
                .render()
                .unwrap();
                assert!(html.contains(&format!("<html lang=\"{}\"", language.code())));
                assert!(html.contains("req_1"));
                seen.insert(html);
            }
        }
        assert_eq!(seen.len(), 14);
    }
}
