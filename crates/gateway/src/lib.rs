//! ThuNgân's gateway: the HTTP API, the checkout page, the workers and the command line.
//!
//! A request goes three files deep: a route under [`routes`], a pure function of a domain crate, a
//! statement of the store. Everything with a clock, randomness or a socket is here.

pub mod api_key;
pub mod app;
mod auth;
mod body;
pub mod calendar;
pub mod callers;
pub mod cli;
pub mod copying;
mod demo;
mod idempotency;
mod middleware;
mod networks;
pub mod pages;
pub mod permission;
pub mod poll;
pub mod problem;
pub mod provision;
pub mod receipt;
pub mod routes;
pub mod seal;
pub mod settings;
mod spreadsheet;
pub mod startup;
mod statements;
pub mod table;
mod view;
pub mod webhook;
