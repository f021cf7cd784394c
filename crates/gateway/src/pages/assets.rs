//! The static files of the pages, compiled into the binary: nothing is read from disk at run time,
//! and nothing is loaded from anyone else.

use sha2::{Digest, Sha256};
use std::sync::LazyLock;

/// One static file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asset {
    /// The content.
    pub bytes: &'static [u8],
    /// The `Content-Type` header.
    pub content_type: &'static str,
    /// The `ETag` header with its quotes: a hash of the content.
    pub etag: &'static str,
}

/// A file with the texts that are derived from its content.
struct Embedded {
    name: &'static str,
    content_type: &'static str,
    bytes: &'static [u8],
    etag: String,
    url: String,
}

static EMBEDDED: LazyLock<Vec<Embedded>> = LazyLock::new(|| {
    const CSS: &str = "text/css; charset=utf-8";
    const SCRIPT: &str = "text/javascript; charset=utf-8";
    let files: [(&str, &str, &[u8]); 4] = [
        ("app.css", CSS, include_bytes!("../../assets/app.css")),
        (
            "checkout.js",
            SCRIPT,
            include_bytes!("../../assets/checkout.js"),
        ),
        ("shop.js", SCRIPT, include_bytes!("../../assets/shop.js")),
        (
            "favicon.svg",
            "image/svg+xml",
            include_bytes!("../../assets/favicon.svg"),
        ),
    ];
    files
        .into_iter()
        .map(|(name, content_type, bytes)| {
            let mut digest = hex::encode(Sha256::digest(bytes));
            digest.truncate(16);
            Embedded {
                name,
                content_type,
                bytes,
                etag: format!("\"{digest}\""),
                url: format!("/assets/{name}?v={digest}"),
            }
        })
        .collect()
});

/// The file at `path`, which may be given as `app.css`, `/app.css` or `/assets/app.css`.
///
/// A lookup in a fixed list: no path on a disk is ever built from a request.
#[must_use]
pub fn find(path: &str) -> Option<Asset> {
    let name = path.trim_start_matches('/');
    let name = name.strip_prefix("assets/").unwrap_or(name);
    let found = EMBEDDED.iter().find(|file| file.name == name)?;
    Some(Asset {
        bytes: found.bytes,
        content_type: found.content_type,
        etag: &found.etag,
    })
}

/// The address that pages use for the file `name`: it changes with the content (`?v=<hash>`), so
/// the answer to it may be cached for ever. An unknown name gives
/// `/assets/`; a test holds the templates to known names.
#[must_use]
pub fn url(name: &str) -> &'static str {
    EMBEDDED
        .iter()
        .find(|file| file.name == name)
        .map_or("/assets/", |file| &file.url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_found_by_each_spelling_of_its_path_and_nothing_else_is() {
        for path in ["app.css", "/app.css", "assets/app.css", "/assets/app.css"] {
            assert_eq!(find(path).unwrap().content_type, "text/css; charset=utf-8");
        }
        for path in [
            "",
            "/",
            "app.cs",
            "../app.css",
            "/assets/../app.css",
            "app.css/",
        ] {
            assert_eq!(find(path), None, "{path}");
        }
    }

    #[test]
    fn two_files_never_share_an_etag_and_the_url_carries_it() {
        for file in EMBEDDED.iter() {
            let same = EMBEDDED.iter().filter(|other| other.etag == file.etag);
            assert_eq!(same.count(), 1, "{}", file.name);
            assert!(url(file.name).ends_with(file.etag.trim_matches('"')));
        }
    }

    #[test]
    fn no_file_loads_anything_from_elsewhere() {
        for file in EMBEDDED.iter() {
            let text = std::str::from_utf8(file.bytes).unwrap();
            let text = text.replace("http://www.w3.org/2000/svg", "");
            for outside in ["http:", "https:", "url(//", "@import", "eval(", "innerHTML"] {
                assert!(!text.contains(outside), "{}: {outside}", file.name);
            }
        }
    }

    #[test]
    fn a_script_brings_no_words_of_its_own() {
        // What a person reads comes from the page's data attributes, in the page's language.
        for file in EMBEDDED.iter().filter(|file| file.name.ends_with(".js")) {
            assert!(file.bytes.is_ascii(), "{}", file.name);
        }
    }
}
