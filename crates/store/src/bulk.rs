//! Many rows in one statement, on either engine.
//!
//! A batch of the writer touches a table once, however many payments are in it. PostgreSQL takes one
//! array per column (`unnest`), SQLite one JSON text (`json_each`); [`bulk_rows!`] makes both from one
//! list of columns. The statement is a pair under `sql/`, its parameters in the order of the columns.

use std::fmt::Write;
use uuid::Uuid;

/// A value as it stands in the JSON text for SQLite. Bytes and ids are hexadecimal: the statement
/// reads them with `unhex`.
pub(crate) trait Cell {
    fn write_json(&self, out: &mut String);
}

impl Cell for i64 {
    fn write_json(&self, out: &mut String) {
        // Writing to a String cannot fail.
        let _ = write!(out, "{self}");
    }
}

impl Cell for bool {
    fn write_json(&self, out: &mut String) {
        out.push(if *self { '1' } else { '0' });
    }
}

impl Cell for str {
    fn write_json(&self, out: &mut String) {
        out.push('"');
        let mut plain = 0;
        for (at, byte) in self.bytes().enumerate() {
            if byte >= 0x20 && byte != b'"' && byte != b'\\' {
                continue;
            }
            // Only ASCII is escaped, so both ends are borders of characters.
            out.push_str(self.get(plain..at).unwrap_or_default());
            let _ = write!(out, "\\u{byte:04x}");
            plain = at + 1;
        }
        out.push_str(self.get(plain..).unwrap_or_default());
        out.push('"');
    }
}

impl Cell for String {
    fn write_json(&self, out: &mut String) {
        self.as_str().write_json(out);
    }
}

impl Cell for Uuid {
    fn write_json(&self, out: &mut String) {
        let _ = write!(out, "\"{}\"", self.simple());
    }
}

impl Cell for Vec<u8> {
    fn write_json(&self, out: &mut String) {
        out.push('"');
        out.push_str(&hex::encode(self));
        out.push('"');
    }
}

impl<T: Cell> Cell for Option<T> {
    fn write_json(&self, out: &mut String) {
        match self {
            Some(value) => value.write_json(out),
            None => out.push_str("null"),
        }
    }
}

/// Declares rows with their columns, and the statement that takes many of them.
///
/// `write` runs it and answers how many rows it touched; `fetch` runs it and answers what it found.
/// Nothing is sent for an empty list.
macro_rules! bulk_rows {
    ($(#[$meta:meta])* $name:ident, $statement:literal { $($column:ident: $type:ty),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Clone, Debug)]
        pub(crate) struct $name {
            $(pub(crate) $column: $type,)+
        }

        #[allow(dead_code, reason = "a row is either written or looked up")]
        impl $name {
            /// The rows as a JSON array of objects.
            fn json(rows: &[Self]) -> String {
                use $crate::bulk::Cell;
                let mut out = String::with_capacity(rows.len() * 256 + 2);
                out.push('[');
                for row in rows {
                    out.push_str(if out.len() == 1 { "[" } else { ",[" });
                    $(
                        row.$column.write_json(&mut out);
                        out.push(',');
                    )+
                    out.pop();
                    out.push(']');
                }
                out.push(']');
                out
            }

            pub(crate) async fn write(
                tx: &mut $crate::Tx,
                rows: Vec<Self>,
            ) -> Result<u64, $crate::StoreError> {
                if rows.is_empty() {
                    return Ok(0);
                }
                $crate::crash_point($statement);
                let sql = sql!(pair $statement);
                let done = match tx {
                    $crate::Tx::Sqlite(tx) => sqlx::query::<sqlx::Sqlite>(sql.sqlite)
                        .bind(Self::json(&rows))
                        .execute(&mut **tx)
                        .await
                        .map(|done| done.rows_affected()),
                    $crate::Tx::Postgres(tx) => {
                        $(let mut $column = Vec::with_capacity(rows.len());)+
                        for row in rows {
                            $($column.push(row.$column);)+
                        }
                        sqlx::query::<sqlx::Postgres>(sql.postgres)
                            $(.bind($column))+
                            .execute(&mut **tx)
                            .await
                            .map(|done| done.rows_affected())
                    }
                };
                done.map_err($crate::StoreError::from)
            }

            pub(crate) async fn fetch<T>(
                tx: &mut $crate::Tx,
                rows: Vec<Self>,
            ) -> Result<Vec<T>, $crate::StoreError>
            where
                T: for<'r> sqlx::FromRow<'r, sqlx::sqlite::SqliteRow>
                    + for<'r> sqlx::FromRow<'r, sqlx::postgres::PgRow>
                    + Send
                    + Unpin,
            {
                if rows.is_empty() {
                    return Ok(Vec::new());
                }
                $crate::crash_point($statement);
                let sql = sql!(pair $statement);
                let found = match tx {
                    $crate::Tx::Sqlite(tx) => sqlx::query_as::<sqlx::Sqlite, T>(sql.sqlite)
                        .bind(Self::json(&rows))
                        .fetch_all(&mut **tx)
                        .await,
                    $crate::Tx::Postgres(tx) => {
                        $(let mut $column = Vec::with_capacity(rows.len());)+
                        for row in rows {
                            $($column.push(row.$column);)+
                        }
                        sqlx::query_as::<sqlx::Postgres, T>(sql.postgres)
                            $(.bind($column))+
                            .fetch_all(&mut **tx)
                            .await
                    }
                };
                found.map_err($crate::StoreError::from)
            }
        }
    };
}

#[cfg(test)]
mod tests {
    use super::Cell;
    use proptest::prelude::*;

    fn json(value: &impl Cell) -> String {
        let mut out = String::new();
        value.write_json(&mut out);
        out
    }

    proptest! {
        #[test]
        fn a_text_of_any_characters_is_read_back_as_it_was(text in ".*", number: i64) {
            let read: String = serde_json::from_str(&json(&text)).unwrap();
            prop_assert_eq!(read, text);
            let read: i64 = serde_json::from_str(&json(&number)).unwrap();
            prop_assert_eq!(read, number);
        }
    }
}
