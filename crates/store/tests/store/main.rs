//! The store on real databases: each test is written once and runs on SQLite and on PostgreSQL.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "test code"
)]

mod acting;
mod balances;
mod copy;
mod damage;
mod delivery;
mod importing;
mod month;
mod naming;
mod office;
mod quarantine;
mod receipts;
mod settlement;
mod statements;
mod upgrade;
mod writer;

/// Expands each test to one on SQLite and one on PostgreSQL.
macro_rules! on_both_engines {
    ($($(#[doc = $doc:literal])* async fn $name:ident($office:ident: &Office) $body:block)*) => {
        $($(#[doc = $doc])* async fn $name($office: &crate::office::Office) $body)*
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                super::$name(&crate::office::Office::open_sqlite().await).await;
            })*
        }
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                if let Some(office) = crate::office::Office::open_postgres().await {
                    super::$name(&office).await;
                }
            })*
        }
    };
}
pub(crate) use on_both_engines;
