//! The table of senders.
//!
//! Adding one: its file here with a [`Sender`], its vectors in `tests/data/callbacks`, and one line
//! below. Everything else (routes, settings, command line, quarantine) asks the table.

use super::answer::{Answer, Reply};
use super::token::TokenForm;
use super::{
    AuthenticCallback, AuthenticationError, MalformedCallback, Notice, RawCallback, Source,
};
use super::{
    casso_list, casso_v1, casso_v2, mb_balance, momo, pay2s, payos, sepay, sepay_bankhub,
    sepay_list, sepay_pg, statement, thungan, tingee, vietqr_vn, vnpay, zalopay,
};
use crate::Secret;

/// Where a sender puts its message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Carrier {
    /// In the body of a POST.
    Body,
    /// In the query of a GET.
    Query,
    /// Nobody sends it: we ask for it ourselves.
    Poll,
}

/// What a sender's proof covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proof {
    /// Every byte of the message: one changed byte is refused.
    Bytes,
    /// Every value that is read: the message may be spelt otherwise, never mean something else.
    Values,
    /// The sender alone. Whoever has seen one message can write others, so keep TLS and give the
    /// source an allow-list of addresses.
    Sender,
}

/// Checks that the configured sender sent these bytes.
pub(super) type Authenticate = fn(&RawCallback<'_>, &Source<'_>) -> Result<(), AuthenticationError>;
/// Reads an authentic message; the second is the account that the source's settings name.
pub(super) type Read = fn(&[u8], Option<&str>) -> Result<Vec<Notice>, MalformedCallback>;

/// Everything that differs between senders.
pub(super) struct Sender {
    pub name: &'static str,
    pub carrier: Carrier,
    pub proof: Proof,
    pub authenticate: Authenticate,
    pub is_usable: fn(&Secret) -> bool,
    /// How the secret is written, for messages to operators.
    pub secret_form: &'static str,
    pub read: Read,
    /// The answer in the sender's form; `None` leaves it to a problem of RFC 9457.
    pub answer: fn(&Reply<'_>) -> Option<Answer>,
    pub token: Option<TokenForm>,
    /// Below the address of the source, where the callbacks come when it is not the address itself.
    pub path: Option<&'static str>,
    /// Whether the messages name no account of ours, so that the settings have to.
    pub needs_account: bool,
    /// Whether the bank's reference, together with the direction, names one movement for ever within
    /// this sender.
    pub reference_is_unique: bool,
}

/// A secret that is one text.
pub(super) const ONE_TEXT: &str = "a text that is not empty";
/// A secret that is two texts.
pub(super) const PAIR: &str = "two texts with a colon between them, name:secret";

impl Sender {
    /// What most senders have in common.
    pub(super) const USUAL: Self = Self {
        name: "",
        carrier: Carrier::Body,
        proof: Proof::Sender,
        authenticate: |_, _| Err(AuthenticationError::NoUsableSecret),
        is_usable: super::proof::is_text,
        secret_form: ONE_TEXT,
        read: |_, _| Ok(Vec::new()),
        answer: super::answer::success,
        token: None,
        path: None,
        needs_account: false,
        reference_is_unique: false,
    };

    /// What we ask for ourselves: nobody can send it.
    pub(super) const POLLED: Self = Self {
        carrier: Carrier::Poll,
        is_usable: |_| false,
        ..Self::USUAL
    };
}

macro_rules! senders {
    (sent { $($(#[$doc:meta])* $name:ident => $row:path;)* }
     polled { $($(#[$polled_doc:meta])* $polled:ident => $polled_row:path;)* }) => {
        /// How a sender proves itself and words its notices.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Dialect { $($(#[$doc])* $name,)* $($(#[$polled_doc])* $polled,)* }

        impl Dialect {
            /// All dialects that a source can be set to, in the order in which people are shown them.
            pub const ALL: [Self; [$(Self::$name),*].len()] = [$(Self::$name),*];

            /// The forms in which lists of movements come when we ask for them.
            pub const POLLED: [Self; [$(Self::$polled),*].len()] = [$(Self::$polled),*];

            const fn sender(self) -> &'static Sender {
                match self {
                    $(Self::$name => &$row,)*
                    $(Self::$polled => &$polled_row,)*
                }
            }
        }
    };
}

senders! {
    sent {
        /// SePay's bank webhook, signed with HMAC-SHA256. The one to choose at SePay.
        SepayHmac => sepay::HMAC;
        /// SePay's bank webhook with an API key in a header.
        SepayApiKey => sepay::API_KEY;
        /// SePay's bank webhook with a token that SePay fetches from us.
        SepayOauth2 => sepay::OAUTH2;
        /// SePay BankHub, for platforms: an API key.
        SepayBankhub => sepay_bankhub::SENDER;
        /// SePay's payment gateway: a secret key.
        SepayPg => sepay_pg::SENDER;
        /// Casso's first webhook: a shared token.
        CassoV1 => casso_v1::SENDER;
        /// Casso's second webhook, signed with HMAC-SHA512 over sorted JSON.
        CassoV2 => casso_v2::SENDER;
        /// payOS, signed with HMAC-SHA256 over the sorted values.
        Payos => payos::SENDER;
        /// VietQR.vn: a token that it fetches from us.
        VietqrVn => vietqr_vn::SENDER;
        /// MB's balance notice: a token that the bank fetches from us.
        MbBalance => mb_balance::SENDER;
        /// Pay2S: a shared token.
        Pay2s => pay2s::SENDER;
        /// Tingee, signed with HMAC-SHA512.
        Tingee => tingee::SENDER;
        /// VNPAY's IPN: a GET, signed with HMAC-SHA512.
        Vnpay => vnpay::SENDER;
        /// MoMo's IPN, signed with HMAC-SHA256.
        Momo => momo::SENDER;
        /// ZaloPay's callback, signed with HMAC-SHA256.
        Zalopay => zalopay::SENDER;
        /// Our own contract, for a bank that builds to us: Standard Webhooks and ISO 20022 names.
        Thungan => thungan::SENDER;
    }
    polled {
        /// One movement of SePay's list of transactions.
        SepayList => sepay_list::SENDER;
        /// One movement of Casso's list of transactions.
        CassoList => casso_list::SENDER;
        /// Credits that only an imported statement has.
        Statement => statement::SENDER;
    }
}

impl Dialect {
    /// Reads the name of a dialect.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .chain(Self::POLLED)
            .find(|dialect| dialect.as_str() == name)
    }

    /// The name in the configuration, the API and the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        self.sender().name
    }

    /// Where the message is.
    #[must_use]
    pub const fn carrier(self) -> Carrier {
        self.sender().carrier
    }

    /// What the sender's proof covers.
    #[must_use]
    pub const fn proof(self) -> Proof {
        self.sender().proof
    }

    /// Whether a secret can be used with this dialect; asked when the source is configured.
    #[must_use]
    pub fn is_usable(self, secret: &Secret) -> bool {
        (self.sender().is_usable)(secret)
    }

    /// How a secret of this dialect is written, in words.
    #[must_use]
    pub const fn secret_form(self) -> &'static str {
        self.sender().secret_form
    }

    /// How the sender asks for its token, if it does.
    #[must_use]
    pub const fn token_form(self) -> Option<TokenForm> {
        self.sender().token
    }

    /// Where callbacks come, below the address of the source; `None` for the address itself.
    #[must_use]
    pub const fn path(self) -> Option<&'static str> {
        self.sender().path
    }

    /// Whether the messages name no account of ours, so that the source's settings have to.
    #[must_use]
    pub const fn needs_account(self) -> bool {
        self.sender().needs_account
    }

    /// Whether the bank's reference, with the direction, is one movement's for ever in this dialect.
    #[must_use]
    pub const fn reference_is_unique(self) -> bool {
        self.sender().reference_is_unique
    }

    /// [`Source::authenticate`] for a source with nothing set but its secrets.
    ///
    /// # Errors
    /// [`AuthenticationError`].
    pub fn authenticate<'a>(
        self,
        raw: &RawCallback<'a>,
        secrets: &'a [Secret],
    ) -> Result<AuthenticCallback<'a>, AuthenticationError> {
        Source::new("", self, secrets).authenticate(raw)
    }

    /// What to tell the sender, in its own form. `None`: a problem of RFC 9457 is as good.
    #[must_use]
    pub fn answer(self, reply: &Reply<'_>) -> Option<Answer> {
        (self.sender().answer)(reply)
    }

    pub(super) fn check(
        self,
        raw: &RawCallback<'_>,
        source: &Source<'_>,
    ) -> Result<(), AuthenticationError> {
        (self.sender().authenticate)(raw, source)
    }

    pub(super) fn read(
        self,
        body: &[u8],
        account: Option<&str>,
    ) -> Result<Vec<Notice>, MalformedCallback> {
        (self.sender().read)(body, account)
    }
}
