//! MB's balance notice, as the bank sends it to a connected company: the pair of addresses of
//! VietQR.vn with some more members. A contract with the bank decides whether it is sent at all.
//!
//! A reference may carry a suffix behind a backslash; it is kept as it is.

use super::members::Members;
use super::table::Sender;
use super::{MalformedCallback, Notice, vietqr_vn};

pub(super) const SENDER: Sender = Sender {
    name: "mb_balance",
    read,
    ..vietqr_vn::TRANSACTION_SYNC
};

fn read(body: &[u8], _: Option<&str>) -> Result<Vec<Notice>, MalformedCallback> {
    let members = Members::read(body)?;
    Ok(vec![vietqr_vn::notice(&members)?])
}
