//! Credits of an imported statement that no other channel reported: they enter the books by the door
//! through which callbacks come, and are kept like them.
//!
//! Nobody can send this. It is written by [`write`] when a statement is imported, and read back here
//! when it is settled, and whenever the books are checked against what was received.

use super::members::Members;
use super::table::Sender;
use super::{MalformedCallback, Notice};
use crate::statement::{Feed, LineId, StatementLine};
use payment::{Direction, Timestamp};
use serde_json::json;

/// Lines of one message.
pub const LINES_MAX: usize = 512;

pub(super) const SENDER: Sender = Sender {
    name: "statement",
    read,
    ..Sender::POLLED
};

/// Writes credits of this feed, at most [`LINES_MAX`], as they are kept. `file` is the digest of the
/// file in which they stand.
#[must_use]
pub fn write<'a>(
    feed: &Feed,
    file: &str,
    lines: impl Iterator<Item = (LineId, &'a StatementLine)>,
) -> String {
    let lines: Vec<_> = lines
        .map(|(id, line)| {
            json!({
                "line_id": id.to_string(),
                "number": line.number,
                "account_number": line.account_number,
                "virtual_account": line.virtual_account,
                "amount": line.amount,
                "booked_at": line.booked.at,
                "balance_after": line.balance_after,
                "bank_reference": line.bank_reference,
                "memo": line.memo,
                "memo_full": line.memo_full,
                "counterparty_name": line.counterparty_name,
                "counterparty_account": line.counterparty_account,
            })
        })
        .collect();
    json!({"feed": feed.as_str(), "file_digest": file, "lines": lines}).to_string()
}

fn read(body: &[u8], _: Option<&str>) -> Result<Vec<Notice>, MalformedCallback> {
    Members::read(body)?
        .objects("lines")?
        .iter()
        .map(|line| {
            Ok(Notice {
                provider_event_id: line.word("line_id")?,
                direction: Direction::Credit,
                amount: line.positive_amount("amount")?,
                account_number: line.word("account_number")?,
                virtual_account: line.optional_word("virtual_account")?,
                memo: line.optional_text("memo")?.unwrap_or_default(),
                memo_full: line.optional_text("memo_full")?,
                provider_code: None,
                bank_reference: line.optional_word("bank_reference")?,
                booked_at: line.time(
                    "booked_at",
                    Timestamp::parse_rfc3339,
                    "must be an RFC 3339 date-time",
                )?,
                balance_after: line.optional_balance("balance_after")?,
                is_test: false,
                counterparty_name: line.optional_text("counterparty_name")?,
                counterparty_account: line.optional_word("counterparty_account")?,
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statement::{Hints, Identifier, Item, read as read_file};

    #[test]
    fn a_line_written_for_the_books_is_read_back_as_it_stood_in_the_file() {
        let file = "Số tài khoản: 0011001234567\n\
            Ngày giao dịch;Số tham chiếu;Ghi nợ;Ghi có;Số dư;Diễn giải;Tài khoản đối ứng\n\
            03/11/2025;FT1;;79.000;1.079.000;QH234567895V \u{202e}nộp \u{0}phí;0381000123456\n";
        let mut lines = Vec::new();
        let summary = read_file(file.as_bytes(), &Hints::default(), &mut |item| {
            if let Item::Line(line) = item {
                lines.push(line);
            }
            std::ops::ControlFlow::Continue(())
        })
        .unwrap();
        let id = Identifier::default().identify(&lines[0]);
        let feed = Feed::of(&summary);
        let body = write(&feed, "00", lines.iter().map(|line| (id, line)));
        let notices = read(body.as_bytes(), None).unwrap();
        let [notice] = &notices[..] else { panic!() };
        assert_eq!(notice.provider_event_id, id.to_string());
        assert_eq!(notice.amount.get(), 79_000);
        assert_eq!(notice.booked_at, lines[0].booked.at);
        assert_eq!(
            notice.balance_after.map(|balance| balance.get()),
            Some(1_079_000)
        );
        assert_eq!(notice.memo, "QH234567895V  nộp  phí");
        assert_eq!(
            notice.counterparty_account.as_deref(),
            Some("0381000123456")
        );
    }
}
