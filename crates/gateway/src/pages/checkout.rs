//! The checkout page: what a payer sees behind `/pay/{token}`.
//!
//! Everything a payer acts on is the server's: the state, the amounts and the code. The script only
//! fetches the page again when the server says that something changed. A code is shown only while it
//! asks for exactly what is missing, so that nobody pays the whole amount a second time.

use super::{Language, PageUrls, Text, assets, status_tone, status_word};
use askama::Template;
use money::Vnd;
use payment::RequestStatus;

/// One thing that is paid for.
#[derive(Clone, Debug)]
pub struct LineView {
    /// What the payer reads.
    pub name: String,
    /// The price.
    pub amount: Vnd,
}

/// The account that gets the money.
#[derive(Clone, Debug)]
pub struct PayeeView {
    /// The holder's name as the bank has it.
    pub account_name: String,
    /// The bank's short name.
    pub bank: String,
    /// The account number, without blanks.
    pub account_number: String,
}

/// The code of a request.
#[derive(Clone, Debug)]
pub struct QrView {
    /// Where the PNG is.
    pub png_url: String,
    /// Where the SVG is.
    pub svg_url: String,
    /// The amount that the code asks for. The page leaves the code out when this is not what is
    /// missing.
    pub amount: Vnd,
}

/// A moment in the two forms that a page needs.
#[derive(Clone, Debug)]
pub struct MomentView {
    /// RFC 3339, for `<time datetime>` and the countdown.
    pub rfc3339: String,
    /// Vietnam time for people, such as `14:30:00 22/11/2026`.
    pub display: String,
}

impl From<payment::Timestamp> for MomentView {
    fn from(moment: payment::Timestamp) -> Self {
        Self {
            rfc3339: moment.to_string(),
            display: moment.vietnam_display(),
        }
    }
}

/// What a [`CheckoutPage`] is made of.
#[derive(Clone, Debug)]
pub struct CheckoutView {
    /// The reader's language.
    pub language: Language,
    /// The page's own address in each language.
    pub urls: PageUrls,
    /// Where the page listens for `status` events.
    pub events_url: String,
    /// The object's version, which `status` events carry too.
    pub version: i64,
    /// Whether this belongs to a test key: then the page says that no real money may be sent.
    pub test_mode: bool,
    /// Who collects.
    pub tenant_name: String,
    /// Whom a payer can ask: a telephone number, an office hour, an address.
    pub contact: Option<String>,
    /// What the payment is for, in one sentence.
    pub description: Option<String>,
    /// What is paid for.
    pub lines: Vec<LineView>,
    /// What is asked for.
    pub amount: Vnd,
    /// What has arrived.
    pub received: Vnd,
    /// What is missing: zero when nothing is.
    pub remaining: Vnd,
    /// The state.
    pub status: RequestStatus,
    /// Whether the money came after the deadline.
    pub late: bool,
    /// Who gets the money.
    pub payee: PayeeView,
    /// The exact text of the transfer message.
    pub memo: String,
    /// The twelve symbols that the memo carries.
    pub reference: String,
    /// The code; `None` when there is nothing to pay.
    pub qr: Option<QrView>,
    /// The deadline.
    pub expires_at: Option<MomentView>,
    /// When the amount was complete.
    pub paid_at: Option<MomentView>,
    /// The server's clock: the countdown runs on it, not on the payer's.
    pub now: MomentView,
}

/// The checkout page.
#[derive(Template, Debug)]
#[template(path = "checkout.html")]
pub struct CheckoutPage {
    v: CheckoutView,
    t: &'static Text,
}

/// The three parts of a memo.
struct Memo<'a> {
    before: &'a str,
    reference: &'a str,
    after: &'a str,
}

impl CheckoutPage {
    /// The page for `view`.
    #[must_use]
    pub fn new(view: CheckoutView) -> Self {
        Self {
            t: Text::of(view.language),
            v: view,
        }
    }

    fn figures(&self, amount: Vnd) -> String {
        self.v.language.figures(amount)
    }

    fn words(&self, amount: Vnd) -> String {
        self.v.language.words(amount)
    }

    /// A further style class for an amount that would not fit a telephone in the usual size.
    fn amount_size(&self, amount: Vnd) -> &'static str {
        if amount.get() >= 10_000_000_000 {
            " long"
        } else {
            ""
        }
    }

    /// Whether the payer is asked to transfer something now.
    fn is_asking(&self) -> bool {
        matches!(
            self.v.status,
            RequestStatus::Open | RequestStatus::Underpaid
        ) && self.v.remaining.is_positive()
    }

    /// Whether nothing was ever asked for.
    fn is_free(&self) -> bool {
        self.v.amount.is_zero() && self.v.received.is_zero()
    }

    /// The code, while it asks for exactly what is missing.
    fn usable_qr(&self) -> Option<&QrView> {
        let qr = self.v.qr.as_ref()?;
        (self.is_asking() && qr.amount == self.v.remaining).then_some(qr)
    }

    /// What came beyond the amount.
    fn surplus(&self) -> Vnd {
        let more = self.v.received.checked_sub(self.v.amount);
        more.ok()
            .filter(|rest| rest.is_positive())
            .unwrap_or(Vnd::ZERO)
    }

    /// Whether a later event can still change the page.
    fn is_live(&self) -> bool {
        !self.v.status.is_final_for_payer()
    }

    fn heading(&self) -> &'static str {
        match self.v.status {
            RequestStatus::Open => self.t.status_open,
            RequestStatus::Underpaid => self.t.underpaid_heading,
            RequestStatus::Paid if self.is_free() => self.t.nothing_due_heading,
            RequestStatus::Paid => self.t.paid_heading,
            RequestStatus::Overpaid => self.t.overpaid_heading,
            RequestStatus::Cancelled => self.t.cancelled_heading,
            RequestStatus::Expired => self.t.expired_heading,
        }
    }

    /// What a screen reader says when the page has changed.
    fn announcement(&self) -> String {
        match self.v.status {
            RequestStatus::Underpaid => format!(
                "{}. {}: {}",
                self.heading(),
                self.t.remaining,
                self.figures(self.v.remaining)
            ),
            RequestStatus::Paid | RequestStatus::Overpaid if !self.is_free() => format!(
                "{}. {}: {}",
                self.heading(),
                self.t.received,
                self.figures(self.v.received)
            ),
            _ => self.heading().to_owned(),
        }
    }

    fn tone(&self) -> &'static str {
        status_tone(self.v.status)
    }

    fn state(&self) -> &'static str {
        status_word(self.t, self.v.status)
    }

    /// The account number in groups of four, as people read it aloud.
    fn account_groups(&self) -> Vec<String> {
        let symbols: Vec<char> = self.v.payee.account_number.chars().collect();
        symbols
            .chunks(4)
            .map(|group| group.iter().collect())
            .collect()
    }

    /// The memo around its reference.
    fn memo_parts(&self) -> Memo<'_> {
        match self.v.memo.split_once(self.v.reference.as_str()) {
            Some((before, after)) if !self.v.reference.is_empty() => Memo {
                before,
                reference: &self.v.reference,
                after,
            },
            _ => Memo {
                before: &self.v.memo,
                reference: "",
                after: "",
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vnd(dong: i64) -> Vnd {
        Vnd::new(dong).unwrap()
    }

    fn view(status: RequestStatus, amount: i64, received: i64) -> CheckoutView {
        CheckoutView {
            language: Language::Vietnamese,
            urls: PageUrls::of_path("/pay/token"),
            events_url: "/pay/token/events".into(),
            version: 3,
            test_mode: false,
            tenant_name: "UBND phường Hòa Bình".into(),
            contact: Some("028 3812 3456".into()),
            description: Some("Hồ sơ H29.25".into()),
            lines: vec![LineView {
                name: "Cấp bản sao trích lục".into(),
                amount: vnd(amount),
            }],
            amount: vnd(amount),
            received: vnd(received),
            remaining: vnd((amount - received).max(0)),
            status,
            late: false,
            payee: PayeeView {
                account_name: "UBND PHUONG HOA BINH".into(),
                bank: "Vietcombank".into(),
                account_number: "0071000123456".into(),
            },
            memo: "QH234567895V LE PHI".into(),
            reference: "QH234567895V".into(),
            qr: Some(QrView {
                png_url: "/pay/token/qr.png".into(),
                svg_url: "/pay/token/qr.svg".into(),
                amount: vnd(amount - received),
            }),
            expires_at: None,
            paid_at: None,
            now: payment::Timestamp::from_seconds(1_800_000_000).into(),
        }
    }

    fn html(view: CheckoutView) -> String {
        CheckoutPage::new(view).render().unwrap()
    }

    #[test]
    fn only_a_request_that_still_wants_money_shows_a_code_and_an_account() {
        for (status, received, asks) in [
            (RequestStatus::Open, 0, true),
            (RequestStatus::Underpaid, 20_000, true),
            (RequestStatus::Paid, 79_000, false),
            (RequestStatus::Overpaid, 99_000, false),
            (RequestStatus::Cancelled, 0, false),
            (RequestStatus::Expired, 0, false),
        ] {
            let html = html(view(status, 79_000, received));
            assert_eq!(html.contains("/pay/token/qr.png"), asks, "{status:?}");
            assert_eq!(
                html.contains("data-copy=\"0071000123456\""),
                asks,
                "{status:?}"
            );
        }
    }

    #[test]
    fn a_code_for_another_amount_than_the_missing_one_is_not_shown() {
        let mut stale = view(RequestStatus::Underpaid, 79_000, 20_000);
        stale.qr.as_mut().unwrap().amount = vnd(79_000);
        let html = html(stale);
        assert!(!html.contains("qr.png"));
        assert!(html.contains("59.000 đ"));
    }

    #[test]
    fn only_the_paid_states_say_paid() {
        let said =
            |status, received| html(view(status, 79_000, received)).contains("Đã thanh toán");
        assert!(said(RequestStatus::Paid, 79_000));
        assert!(said(RequestStatus::Overpaid, 80_000));
        for status in [
            RequestStatus::Open,
            RequestStatus::Underpaid,
            RequestStatus::Cancelled,
            RequestStatus::Expired,
        ] {
            assert!(!said(status, 0), "{status:?}");
        }
    }

    #[test]
    fn the_missing_and_the_surplus_amounts_are_stated() {
        assert!(html(view(RequestStatus::Underpaid, 79_000, 20_000)).contains("59.000 đ"));
        let over = html(view(RequestStatus::Overpaid, 79_000, 100_000));
        assert!(over.contains("21.000 đ"));
        assert!(over.contains("028 3812 3456"));
    }

    #[test]
    fn a_free_request_asks_for_nothing() {
        let mut free = view(RequestStatus::Paid, 0, 0);
        free.qr = None;
        let html = html(free);
        assert!(html.contains("Không phải nộp tiền"));
        assert!(!html.contains("data-copy="));
    }

    #[test]
    fn markup_in_any_text_is_shown_and_not_run() {
        let attack = "\"><script>alert(1)</script><img src=x onerror=alert(1)>'";
        for status in [
            RequestStatus::Open,
            RequestStatus::Underpaid,
            RequestStatus::Paid,
            RequestStatus::Overpaid,
            RequestStatus::Cancelled,
            RequestStatus::Expired,
        ] {
            let mut hostile = view(status, 79_000, 0);
            hostile.tenant_name = attack.into();
            hostile.contact = Some(attack.into());
            hostile.description = Some(attack.into());
            hostile.lines[0].name = attack.into();
            hostile.payee.account_name = attack.into();
            hostile.payee.bank = attack.into();
            hostile.payee.account_number = attack.into();
            hostile.memo = attack.into();
            let html = html(hostile);
            assert!(!html.contains("<script>"), "{status:?}");
            assert!(!html.contains("<img src=x"), "{status:?}");
        }
    }

    #[test]
    fn the_reference_is_highlighted_where_it_stands_in_the_memo() {
        let page = CheckoutPage::new(view(RequestStatus::Open, 1_000, 0));
        let memo = page.memo_parts();
        assert_eq!(
            (memo.before, memo.reference, memo.after),
            ("", "QH234567895V", " LE PHI")
        );
    }

    #[test]
    fn account_numbers_are_grouped_for_the_eye_and_copied_without_blanks() {
        let page = CheckoutPage::new(view(RequestStatus::Open, 1_000, 0));
        assert_eq!(page.account_groups(), ["0071", "0001", "2345", "6"]);
        assert!(html(view(RequestStatus::Open, 1_000, 0)).contains("data-copy=\"0071000123456\""));
    }

    #[test]
    fn the_english_page_has_no_vietnamese_sentence() {
        for status in [
            RequestStatus::Open,
            RequestStatus::Underpaid,
            RequestStatus::Paid,
        ] {
            let mut english = view(status, 79_000, 0);
            english.language = Language::English;
            let html = html(english);
            assert!(html.contains("<html lang=\"en\""));
            for (name, vietnamese, english) in super::super::text::ROWS {
                if vietnamese.split(' ').count() > 3 && vietnamese != english {
                    assert!(!html.contains(vietnamese), "{name}");
                }
            }
        }
    }
}
