//! One movement of Casso's list of transactions (`v2/transactions`), which we ask for ourselves. Its
//! `id` is the `id` of the webhooks about the same movement.

use super::members::Members;
use super::table::Sender;
use super::{MalformedCallback, Notice, casso_v1};

pub(super) const SENDER: Sender = Sender {
    name: "casso_list",
    read,
    ..Sender::POLLED
};

fn read(body: &[u8], _: Option<&str>) -> Result<Vec<Notice>, MalformedCallback> {
    let row = Members::read(body)?;
    let notice = casso_v1::notice(&row, &["bankSubAccId", "bank_sub_acc_id", "subAccId"])?;
    Ok(vec![notice])
}
