//! The demonstration shop: the portal's side of `thungan demo`, an imagined one-stop counter.
//!
//! It creates requests through the public API, lets the simulated bank pay them well or badly, and
//! shows what came back: webhooks with their signatures checked, and the books.

use super::{Language, PageUrls, Text, assets, status_tone, status_word};
use askama::Template;
use money::format::{Grouping, Negative, Style, format};
use money::{AmountError, Vnd};
use payment::RequestStatus;

/// A fee that the counter can ask for.
#[derive(Clone, Debug)]
pub struct FeeChoice {
    /// The item's code.
    pub code: String,
    /// The Vietnamese name.
    pub name_vi: String,
    /// The English name.
    pub name_en: String,
    /// The price.
    pub price: Vnd,
}

impl FeeChoice {
    fn name(&self, language: Language) -> &str {
        match language {
            Language::Vietnamese => &self.name_vi,
            Language::English => &self.name_en,
        }
    }
}

/// A request in the table.
#[derive(Clone, Debug)]
pub struct ShopRequest {
    /// The gateway's id, `preq_…`: `POST /shop/requests/{id}/simulate`.
    pub id: String,
    /// The counter's own id.
    pub external_id: String,
    /// Who pays.
    pub payer_name: Option<String>,
    /// What for.
    pub description: String,
    /// What is asked for.
    pub amount: Vnd,
    /// What has arrived.
    pub received: Vnd,
    /// The state.
    pub status: RequestStatus,
    /// Whether the money came after the deadline.
    pub late: bool,
    /// Vietnam time for people.
    pub created_at: String,
    /// The payer's page.
    pub checkout_url: String,
}

impl ShopRequest {
    fn tone(&self) -> &'static str {
        status_tone(self.status)
    }

    fn state(&self, t: &'static Text) -> &'static str {
        status_word(t, self.status)
    }
}

/// What the simulated bank can do with a request. The form field `scenario` carries
/// [`Scenario::as_str`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Scenario {
    /// Exactly what is missing.
    Exact,
    /// Less.
    Short,
    /// More.
    Over,
    /// Two real transfers.
    Twice,
    /// One transfer, its notice sent again and again.
    Repeated,
    /// A memo that a bank has changed.
    MangledMemo,
    /// A notice that the bank did not sign.
    ForgedSignature,
}

impl Scenario {
    /// All of them, in the order of the buttons.
    pub const ALL: [Self; 7] = [
        Self::Exact,
        Self::Short,
        Self::Over,
        Self::Twice,
        Self::Repeated,
        Self::MangledMemo,
        Self::ForgedSignature,
    ];

    /// The form's value.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::Short => "short",
            Self::Over => "over",
            Self::Twice => "twice",
            Self::Repeated => "duplicate",
            Self::MangledMemo => "mangled_memo",
            Self::ForgedSignature => "forged_signature",
        }
    }

    /// Reads the form's value.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.as_str() == text)
    }

    fn word(self, t: &'static Text) -> &'static str {
        match self {
            Self::Exact => t.scenario_exact,
            Self::Short => t.scenario_short,
            Self::Over => t.scenario_over,
            Self::Twice => t.scenario_twice,
            Self::Repeated => t.scenario_repeated,
            Self::MangledMemo => t.scenario_mangled_memo,
            Self::ForgedSignature => t.scenario_forged_signature,
        }
    }

    fn hint(self, t: &'static Text) -> &'static str {
        match self {
            Self::Exact => t.scenario_exact_hint,
            Self::Short => t.scenario_short_hint,
            Self::Over => t.scenario_over_hint,
            Self::Twice => t.scenario_twice_hint,
            Self::Repeated => t.scenario_repeated_hint,
            Self::MangledMemo => t.scenario_mangled_memo_hint,
            Self::ForgedSignature => t.scenario_forged_signature_hint,
        }
    }
}

/// A webhook that arrived at the counter.
#[derive(Clone, Debug)]
pub struct ArrivedWebhook {
    /// Vietnam time for people.
    pub arrived_at: String,
    /// Such as `payment_request.paid`.
    pub event_type: String,
    /// The `webhook-id` header.
    pub webhook_id: String,
    /// Whether the signature was right.
    pub verified: bool,
    /// The request it speaks of.
    pub external_id: Option<String>,
}

/// One account of the trial balance. The balance is debit − credit.
#[derive(Clone, Debug)]
pub struct LedgerRow {
    /// The account's code, such as `collected:CT-BANSAO`.
    pub account: String,
    /// The sum of its debits.
    pub debit: Vnd,
    /// The sum of its credits.
    pub credit: Vnd,
    /// The balance, with the sign that the ledger gives it.
    pub balance: Vnd,
}

impl LedgerRow {
    /// The account's name for people, by the first part of its code.
    fn name(&self, t: &'static Text) -> &'static str {
        match self.account.split(':').next().unwrap_or_default() {
            "bank" => t.ledger_bank,
            "cash" => t.ledger_cash,
            "in_transit" => t.ledger_in_transit,
            "payer_receivable" => t.ledger_payer_receivable,
            "collected" => t.ledger_collected,
            "payable_budget" => t.ledger_payable_budget,
            "payable_other" => t.ledger_payable_other,
            "retained" => t.ledger_retained,
            "suspense" => t.ledger_suspense,
            "payer_credit" => t.ledger_payer_credit,
            "refund_due" => t.ledger_refund_due,
            _ => t.ledger_other,
        }
    }
}

/// What the counter has just done.
#[derive(Clone, Debug)]
pub enum ShopNotice {
    /// A request was created.
    Created {
        /// The counter's own id.
        external_id: String,
    },
    /// The simulated bank has spoken.
    Simulated {
        /// What it did.
        scenario: Scenario,
        /// The HTTP status of each answer that it got.
        answers: Vec<u16>,
    },
    /// Something did not work.
    Failed {
        /// The problem's detail, already in the reader's language.
        detail: String,
    },
}

/// What the form holds when the page opens.
#[derive(Clone, Debug, Default)]
pub struct ShopForm {
    /// The chosen fee's code; empty chooses the first.
    pub fee: String,
    /// The dossier code.
    pub dossier: String,
    /// The payer's name.
    pub payer_name: String,
}

/// What a [`ShopPage`] is made of.
#[derive(Clone, Debug)]
pub struct ShopView {
    /// The reader's language.
    pub language: Language,
    /// The page's own address in each language.
    pub urls: PageUrls,
    /// The centre's name.
    pub centre_name: String,
    /// What can be asked for.
    pub fees: Vec<FeeChoice>,
    /// What the form holds.
    pub form: ShopForm,
    /// What has just happened.
    pub notice: Option<ShopNotice>,
    /// The requests, newest first.
    pub requests: Vec<ShopRequest>,
    /// The webhooks, newest first.
    pub webhooks: Vec<ArrivedWebhook>,
    /// The trial balance.
    pub ledger: Vec<LedgerRow>,
    /// The CSV of the collections.
    pub collections_url: String,
    /// The contract of the API.
    pub openapi_url: String,
}

/// The demonstration shop's page.
#[derive(Template, Debug)]
#[template(path = "shop.html")]
pub struct ShopPage {
    v: ShopView,
    t: &'static Text,
}

impl ShopPage {
    /// The page for `view`.
    #[must_use]
    pub fn new(view: ShopView) -> Self {
        Self {
            t: Text::of(view.language),
            v: view,
        }
    }

    fn figures(&self, amount: Vnd) -> String {
        self.v.language.figures(amount)
    }

    /// An amount in the trial balance: no symbol, brackets for negative.
    fn entry(&self, amount: Vnd) -> String {
        let grouping = match self.v.language {
            Language::Vietnamese => Grouping::Dot,
            Language::English => Grouping::Comma,
        };
        let style = Style {
            grouping,
            negative: Negative::Brackets,
            symbol: false,
        };
        format(amount, style)
    }

    /// A total of the trial balance; `None` when it is beyond what an amount can hold.
    fn total(&self, of: impl Fn(&LedgerRow) -> Vnd) -> Option<Vnd> {
        let total: Result<Vnd, AmountError> = Vnd::sum(self.v.ledger.iter().map(of));
        total.ok()
    }

    fn total_debit(&self) -> String {
        self.total(|row| row.debit)
            .map_or_else(String::new, |sum| self.entry(sum))
    }

    fn total_credit(&self) -> String {
        self.total(|row| row.credit)
            .map_or_else(String::new, |sum| self.entry(sum))
    }

    /// Whether the debits are the credits: computed from the rows shown, not claimed.
    fn is_balanced(&self) -> bool {
        let debit = self.total(|row| row.debit);
        debit.is_some() && debit == self.total(|row| row.credit)
    }

    /// What the notice says, and in which tone.
    fn notice(&self) -> Option<(&'static str, String)> {
        let t = self.t;
        Some(match self.v.notice.as_ref()? {
            ShopNotice::Created { external_id } => {
                ("good", format!("{}: {external_id}", t.notice_created))
            }
            ShopNotice::Simulated { scenario, answers } => {
                let answers: Vec<String> = answers.iter().map(u16::to_string).collect();
                let accepted = answers.iter().all(|status| status.starts_with('2'));
                let outcome = if accepted {
                    t.notice_accepted
                } else {
                    t.notice_refused
                };
                let (action, word) = (t.notice_simulated, scenario.word(t));
                // A forged notice that is refused is the good outcome.
                let as_wished = accepted != (*scenario == Scenario::ForgedSignature);
                let tone = if as_wished { "good" } else { "bad" };
                (
                    tone,
                    format!("{action} ({word}): {outcome} (HTTP {})", answers.join(", ")),
                )
            }
            ShopNotice::Failed { detail } => ("bad", format!("{}: {detail}", t.notice_failed)),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vnd(dong: i64) -> Vnd {
        Vnd::new(dong).unwrap()
    }

    fn row(account: &str, debit: i64, credit: i64) -> LedgerRow {
        LedgerRow {
            account: account.into(),
            debit: vnd(debit),
            credit: vnd(credit),
            balance: vnd(debit - credit),
        }
    }

    fn view() -> ShopView {
        ShopView {
            language: Language::Vietnamese,
            urls: PageUrls::of_path("/shop"),
            centre_name: "Trung tâm".into(),
            fees: vec![FeeChoice {
                code: "HT-KETHON".into(),
                name_vi: "Lệ phí".into(),
                name_en: "Charge".into(),
                price: vnd(30_000),
            }],
            form: ShopForm::default(),
            notice: None,
            requests: vec![ShopRequest {
                id: "preq_1".into(),
                external_id: "H29-1".into(),
                payer_name: None,
                description: "Lệ phí".into(),
                amount: vnd(30_000),
                received: vnd(0),
                status: RequestStatus::Open,
                late: false,
                created_at: "09:00:00 22/11/2026".into(),
                checkout_url: "/pay/token".into(),
            }],
            webhooks: Vec::new(),
            ledger: vec![
                row("bank:1", 30_000, 0),
                row("collected:HT-KETHON", 0, 30_000),
            ],
            collections_url: "/shop/collections.csv".into(),
            openapi_url: "/openapi.yaml".into(),
        }
    }

    fn html(view: ShopView) -> String {
        ShopPage::new(view).render().unwrap()
    }

    #[test]
    fn balanced_is_computed_from_the_rows() {
        assert!(html(view()).contains("data-balanced=\"true\""));
        let mut off = view();
        off.ledger.push(row("suspense", 0, 1));
        assert!(html(off).contains("data-balanced=\"false\""));
    }

    #[test]
    fn every_scenario_has_a_button_and_reads_back() {
        let html = html(view());
        for scenario in Scenario::ALL {
            assert_eq!(Scenario::parse(scenario.as_str()), Some(scenario));
            assert!(html.contains(&format!("value=\"{}\"", scenario.as_str())));
        }
        assert_eq!(Scenario::parse("else"), None);
    }

    #[test]
    fn a_forged_notice_is_good_news_only_when_refused() {
        let tone = |scenario, answers: &[u16]| {
            let mut after = view();
            after.notice = Some(ShopNotice::Simulated {
                scenario,
                answers: answers.to_vec(),
            });
            ShopPage::new(after).notice().unwrap().0
        };
        assert_eq!(tone(Scenario::ForgedSignature, &[401]), "good");
        assert_eq!(tone(Scenario::ForgedSignature, &[200]), "bad");
        assert_eq!(tone(Scenario::Twice, &[200, 200]), "good");
        assert_eq!(tone(Scenario::Exact, &[503]), "bad");
    }

    #[test]
    fn markup_in_any_text_is_shown_and_not_run() {
        let attack = "\"><script>alert(1)</script>";
        let mut hostile = view();
        hostile.centre_name = attack.into();
        hostile.form.dossier = attack.into();
        hostile.form.payer_name = attack.into();
        hostile.requests[0].description = attack.into();
        hostile.requests[0].payer_name = Some(attack.into());
        hostile.requests[0].external_id = attack.into();
        hostile.webhooks.push(ArrivedWebhook {
            arrived_at: String::new(),
            event_type: attack.into(),
            webhook_id: attack.into(),
            verified: false,
            external_id: Some(attack.into()),
        });
        hostile.ledger.push(row(attack, 0, 0));
        hostile.notice = Some(ShopNotice::Failed {
            detail: attack.into(),
        });
        assert!(!html(hostile).contains("<script>"));
    }
}
