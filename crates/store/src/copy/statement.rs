//! The statements that copy a table: the only ones in the house that are made from names.
//!
//! ### Rationale
//! A file per table would be forgotten for the table that somebody adds next year, and that table would
//! be missing in every backup. The names come from the database's own catalogue, whose tables our
//! migrations made; they are quoted all the same, and no value is ever part of a text.

use super::{Column, Native, Table};
use crate::Tx;
use sqlx::{AssertSqlSafe, SqlSafeStr, SqlStr};
use std::fmt::Write;

/// A name between quotation marks, those within doubled.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn names<'a>(columns: impl Iterator<Item = &'a str>) -> String {
    columns.map(quoted).collect::<Vec<_>>().join(", ")
}

fn all_columns(table: &Table) -> String {
    names(table.columns.iter().map(|column| column.name.as_str()))
}

fn safe(text: String) -> SqlStr {
    AssertSqlSafe(text).into_sql_str()
}

/// Every row in the order of the key, each value as its kind.
pub(super) fn read(tx: &Tx, table: &Table) -> SqlStr {
    let postgres = matches!(tx, Tx::Postgres(_));
    let value = |column: &Column| {
        let name = quoted(&column.name);
        match (postgres, column.native, column.kind) {
            (false, ..) | (true, Native::Plain, super::Kind::Bytes) => name,
            (true, Native::Boolean, _) => format!("{name}::int::bigint"),
            (true, Native::Uuid, _) => format!("uuid_send({name})"),
            (true, Native::Plain, super::Kind::Integer) => format!("{name}::bigint"),
            (true, Native::Plain, super::Kind::Text) => format!("{name}::text"),
        }
    };
    let order = |name: &String| {
        let text = table
            .columns
            .iter()
            .any(|column| &column.name == name && column.kind == super::Kind::Text);
        if postgres && text {
            format!("{} collate \"C\"", quoted(name))
        } else {
            quoted(name)
        }
    };
    let values: Vec<String> = table.columns.iter().map(value).collect();
    let order: Vec<String> = table.key.iter().map(order).collect();
    safe(format!(
        "select {} from {} order by {}",
        values.join(", "),
        quoted(&table.name),
        order.join(", ")
    ))
}

/// How many rows there are.
pub(super) fn count(table: &Table) -> SqlStr {
    safe(format!("select count(*) from {}", quoted(&table.name)))
}

/// Whether there is a row.
pub(super) fn any(table: &Table) -> SqlStr {
    safe(format!("select 1 from {} limit 1", quoted(&table.name)))
}

/// SQLite: `rows` rows at once, each value a parameter.
pub(super) fn insert(table: &Table, rows: usize) -> SqlStr {
    let mut text = format!(
        "insert into {} ({}) values ",
        quoted(&table.name),
        all_columns(table)
    );
    let row = format!("({})", vec!["?"; table.columns.len()].join(", "));
    for number in 0..rows {
        // Writing to a String cannot fail.
        let _ = write!(text, "{}{row}", if number == 0 { "" } else { ", " });
    }
    safe(text)
}

/// PostgreSQL: rows in the text format of `COPY`.
pub(super) fn copy_in(table: &Table) -> String {
    format!(
        "copy {} ({}) from stdin",
        quoted(&table.name),
        all_columns(table)
    )
}

/// PostgreSQL: takes a foreign key away.
pub(super) fn drop_constraint(table: &str, constraint: &str) -> SqlStr {
    safe(format!(
        "alter table {} drop constraint {}",
        quoted(table),
        quoted(constraint)
    ))
}

/// PostgreSQL: puts a foreign key back, checking every row. The definition is the catalogue's own.
pub(super) fn add_constraint(table: &str, constraint: &str, definition: &str) -> SqlStr {
    safe(format!(
        "alter table {} add constraint {} {definition}",
        quoted(table),
        quoted(constraint)
    ))
}

/// Counts what the planner wants to know.
pub(super) fn analyze(table: &Table) -> SqlStr {
    safe(format!("analyze {}", quoted(&table.name)))
}
