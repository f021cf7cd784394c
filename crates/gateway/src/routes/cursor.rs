//! Opaque cursors and limits of lists.

use crate::problem::Problem;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use std::str::FromStr;

/// Objects on a page when the caller does not say.
const LIMIT_DEFAULT: i64 = 50;
/// Objects on a page at most.
const LIMIT_MAX: i64 = 200;

/// The query parameters of every list.
#[derive(Debug, Deserialize)]
pub(super) struct Paging {
    limit: Option<i64>,
    cursor: Option<String>,
}

impl Paging {
    /// How many objects are wanted.
    pub(super) fn limit(&self) -> Result<i64, Problem> {
        match self.limit {
            None => Ok(LIMIT_DEFAULT),
            Some(limit) if (1..=LIMIT_MAX).contains(&limit) => Ok(limit),
            Some(_) => Err(Problem::parameter(
                "limit",
                "limit phải từ 1 đến 200.",
                "limit must be from 1 to 200.",
            )),
        }
    }

    /// Where the page begins.
    pub(super) fn cursor<T: FromStr>(&self) -> Result<Option<T>, Problem> {
        self.cursor.as_deref().map(decode).transpose()
    }
}

/// Makes a cursor of the last object's key.
pub(super) fn encode(key: impl ToString) -> String {
    URL_SAFE_NO_PAD.encode(key.to_string())
}

fn decode<T: FromStr>(cursor: &str) -> Result<T, Problem> {
    URL_SAFE_NO_PAD
        .decode(cursor)
        .ok()
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .and_then(|key| key.parse().ok())
        .ok_or_else(|| {
            Problem::parameter(
                "cursor",
                "Dùng nguyên văn next_cursor của trang trước.",
                "Use the next_cursor of the page before, unchanged.",
            )
        })
}

/// Cuts a list that was read with one object more than `limit`, and answers the next cursor.
pub(super) fn page<T, K: ToString>(
    mut objects: Vec<T>,
    limit: i64,
    key: impl Fn(&T) -> K,
) -> (Vec<T>, Option<String>) {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    if objects.len() <= limit {
        return (objects, None);
    }
    objects.truncate(limit);
    let cursor = objects.last().map(|last| encode(key(last).to_string()));
    (objects, cursor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_page_has_no_cursor_and_a_cursor_reads_back() {
        let (kept, cursor) = page(vec![1, 2, 3], 2, |n| *n);
        assert_eq!(
            (kept, decode::<i64>(&cursor.unwrap()).unwrap()),
            (vec![1, 2], 2)
        );
        assert_eq!(page(vec![1, 2], 2, |n| *n), (vec![1, 2], None));
        assert!(decode::<i64>("not a cursor").is_err());
    }
}
