//! Many rows in one statement, on either engine.
//!
//! A batch of the writer touches a table once, however many payments are in it. PostgreSQL takes one
//! array per column (`unnest`). SQLite takes each value as a parameter of its own: its statement is
//! written for one row, `values (?, ?)`, and that row is repeated. (One JSON text read with `json_each`
//! costs SQLite eight times as much: every member is found by reading the row again.) [`bulk_rows!`]
//! makes both from one list of columns. The statement is a pair under `sql/`, its parameters in the
//! order of the columns.

use std::sync::OnceLock;

/// Rows of one SQLite statement at most. The widest row has 22 values, so a statement stays far below
/// SQLite's limit of 32,766 parameters and takes about 400 KB when it is prepared.
pub(crate) const ROWS_MAX: usize = 128;

/// A SQLite statement for any number of rows up to [`ROWS_MAX`].
///
/// There are two texts, so that each table costs two prepared statements: the one for one row as it is
/// in its file, and one that has room for all and is told how many it gets.
pub(crate) struct Repeated {
    one: &'static str,
    many: OnceLock<&'static str>,
}

impl Repeated {
    /// `one` is the statement for one row.
    pub(crate) const fn new(one: &'static str) -> Self {
        Self {
            one,
            many: OnceLock::new(),
        }
    }

    /// The text for so many rows. For more than one its first parameter is their number.
    pub(crate) fn text(&self, rows: usize) -> &'static str {
        if rows == 1 {
            return self.one;
        }
        // Once for each statement, and needed until the end.
        self.many.get_or_init(|| for_many(self.one).leak())
    }
}

/// The statement with its row of parameters written [`ROWS_MAX`] times, of which it uses the first; its
/// first parameter says how many.
pub(crate) fn for_many(one: &str) -> String {
    const ROW: &str = "values (";
    let comments = one.lines().take_while(|line| line.starts_with("--"));
    let start = comments.map(|line| line.len() + 1).sum();
    let one = one.get(start..).unwrap_or_default();
    let begin = one.find(ROW).unwrap_or(one.len());
    let (before, rest) = one.split_at(begin);
    let end = rest.find(')').map_or(rest.len(), |at| at + 1);
    let (values, after) = rest.split_at(end);
    let row = values.get(ROW.len() - 1..).unwrap_or_default();
    let (with, before) = match before.strip_prefix("with ") {
        Some(before) => (", ", before),
        None => (" ", before),
    };
    let rows = vec![row; ROWS_MAX].join(", ");
    // `where true` tells an insert's conflict clause from a join's condition.
    format!(
        "with taken (n) as (values (?)){with}{before}select * from (values {rows}) where true \
         limit (select n from taken){after}"
    )
}

/// Declares rows with their columns, and the statement that takes many of them.
///
/// `write` runs it and answers how many rows it touched; `fetch` runs it and answers what it found. On
/// SQLite many rows are several statements: what a statement says about all its rows together (an order,
/// a limit) it says about each of these. Nothing is sent for an empty list.
macro_rules! bulk_rows {
    ($(#[$meta:meta])* $name:ident, $statement:literal { $($column:ident: $type:ty),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Clone, Debug)]
        pub(crate) struct $name {
            $(pub(crate) $column: $type,)+
        }

        #[allow(dead_code, reason = "a row is either written or looked up")]
        impl $name {
            const COLUMNS: usize = [$(stringify!($column)),+].len();

            /// The statement for the first of these rows, with their values; they are taken out.
            fn next(
                rows: &mut std::vec::IntoIter<Self>,
            ) -> Result<(&'static str, sqlx::sqlite::SqliteArguments), $crate::StoreError> {
                static STATEMENT: $crate::bulk::Repeated =
                    $crate::bulk::Repeated::new(sql!(pair $statement).sqlite);
                let count = rows.len().min($crate::bulk::ROWS_MAX);
                let mut values = sqlx::sqlite::SqliteArguments::default();
                sqlx::Arguments::reserve(&mut values, count * Self::COLUMNS + 1, 0);
                if count > 1 {
                    let count = i64::try_from(count).unwrap_or(i64::MAX);
                    sqlx::Arguments::add(&mut values, count).map_err(sqlx::Error::Encode)?;
                }
                for row in rows.by_ref().take(count) {
                    $(
                        sqlx::Arguments::add(&mut values, row.$column)
                            .map_err(sqlx::Error::Encode)?;
                    )+
                }
                Ok((STATEMENT.text(count), values))
            }

            pub(crate) async fn write(
                tx: &mut $crate::Tx,
                rows: Vec<Self>,
            ) -> Result<u64, $crate::StoreError> {
                if rows.is_empty() {
                    return Ok(0);
                }
                $crate::crash_point($statement);
                match tx {
                    $crate::Tx::Sqlite(tx) => {
                        let (mut rows, mut touched) = (rows.into_iter(), 0);
                        while rows.len() > 0 {
                            let (text, values) = Self::next(&mut rows)?;
                            touched += sqlx::query_with::<sqlx::Sqlite, _>(text, values)
                                .execute(&mut **tx)
                                .await?
                                .rows_affected();
                        }
                        Ok(touched)
                    }
                    $crate::Tx::Postgres(tx) => {
                        $(let mut $column = Vec::with_capacity(rows.len());)+
                        for row in rows {
                            $($column.push(row.$column);)+
                        }
                        let done = sqlx::query::<sqlx::Postgres>(sql!(pair $statement).postgres)
                            $(.bind($column))+
                            .execute(&mut **tx)
                            .await?;
                        Ok(done.rows_affected())
                    }
                }
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
                match tx {
                    $crate::Tx::Sqlite(tx) => {
                        let (mut rows, mut found) = (rows.into_iter(), Vec::new());
                        while rows.len() > 0 {
                            let (text, values) = Self::next(&mut rows)?;
                            found.extend(
                                sqlx::query_as_with::<sqlx::Sqlite, T, _>(text, values)
                                    .fetch_all(&mut **tx)
                                    .await?,
                            );
                        }
                        Ok(found)
                    }
                    $crate::Tx::Postgres(tx) => {
                        $(let mut $column = Vec::with_capacity(rows.len());)+
                        for row in rows {
                            $($column.push(row.$column);)+
                        }
                        Ok(sqlx::query_as::<sqlx::Postgres, T>(sql!(pair $statement).postgres)
                            $(.bind($column))+
                            .fetch_all(&mut **tx)
                            .await?)
                    }
                }
            }
        }
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    fn room(row: &str) -> String {
        let rows = vec![row; ROWS_MAX].join(", ");
        let select = "select";
        format!("{select} * from (values {rows}) where true limit ({select} n from taken)")
    }

    #[test]
    fn one_row_is_the_file_and_more_have_room_for_all() {
        let one = "-- Why.\ninsert into t (a, b)\nvalues (?, ?)\non conflict (a) do nothing";
        let statement = Repeated::new(one);
        assert_eq!(statement.text(1), one);
        let room = room("(?, ?)");
        let many = format!(
            "with taken (n) as (values (?)) insert into t (a, b)\n{room}\non conflict (a) do nothing"
        );
        assert_eq!(statement.text(2), many);
        assert_eq!(statement.text(ROWS_MAX), many);
    }

    #[test]
    fn a_statement_that_names_its_rows_keeps_their_name() {
        let one = "with wanted (a) as (\n    values (?)\n)\nselect t.b from wanted join t on t.a = wanted.a";
        let room = room("(?)");
        assert_eq!(
            Repeated::new(one).text(3),
            format!(
                "with taken (n) as (values (?)), wanted (a) as (\n    {room}\n)\n\
                 select t.b from wanted join t on t.a = wanted.a"
            )
        );
    }
}
