//! Reading any string as a payload.
//!
//! Two steps. [`structure`] walks the grammar into a flat list of objects and finds what is wrong
//! with the string itself. [`values`] and [`profile`] then look at what the objects say. Both only
//! ever add to a list of problems: nothing panics, nothing recurses, everything is linear in the
//! length of the input.

mod amount;
mod profile;
mod retry;
mod structure;
mod values;

use crate::napas::{AcquirerBin, NAPAS_GUID, Service};
use crate::{Path, Problem, Span, work};
use money::Vnd;
use std::ops::Range;
use structure::Structure;

/// The limits of single objects, shared with the writer.
pub(crate) mod limits {
    pub(crate) use super::values::{is_digits, is_reserved, length_limit, must_be_ans};
}

/// Reads a payload: everything in it, and everything that is wrong with it.
///
/// ```
/// let decoded = vietqr::decode("https://example.vn/pay?x=1");
/// assert!(!decoded.is_valid());
/// assert_eq!(
///     decoded.problems()[0].to_string(),
///     "This is not an EMVCo payment code: it does not begin with digits."
/// );
/// ```
#[must_use]
pub fn decode(text: &str) -> Decoded {
    let mut structure = Structure::read(text);
    if structure.complete {
        values::check(&mut structure);
        profile::check(&mut structure);
    }
    let Structure {
        text,
        nodes,
        problems,
        complete,
        ..
    } = structure;
    Decoded {
        text: text.to_owned(),
        nodes,
        problems,
        complete,
    }
}

/// A payload as read, valid or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decoded {
    text: String,
    nodes: Vec<Node>,
    problems: Vec<Problem>,
    complete: bool,
}

/// One object in the flat list, in the order of the input; a template stands before its children.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Node {
    path: Path,
    span: Span,
    value: Range<usize>,
    template: bool,
}

/// One data object of a payload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Object<'a> {
    /// Where it sits.
    pub path: Path,
    /// Its value, for a template the objects inside as they stand. Text from a stranger: escape it.
    pub value: &'a str,
    /// The characters it takes in the input, ID and length included.
    pub span: Span,
    /// Whether it holds objects, which then follow in the list.
    pub is_template: bool,
}

/// Where a valid NAPAS code sends money: what a payer's app needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PayableTransfer {
    /// The bank (38.01.00). It may be unknown to the directory; that is a warning.
    pub bin: AcquirerBin,
    /// The account, card, alias or merchant code (38.01.01), case kept. Some wallets use 20
    /// characters, one more than NAPAS allows and than we would write.
    pub account: String,
    /// What is asked of NAPAS; an absent service code means [`Service::Merchant`].
    pub service: Service,
    /// The amount, or `None` when the payer types it.
    pub amount: Option<Vnd>,
    /// The memo (62.08). `None` also when it is `***`, which asks the payer to type one.
    pub purpose: Option<String>,
    /// Whether the code is meant for a single payment (01 = 12).
    pub one_time: bool,
}

/// The value that asks the payer to type the text (EMVCo MPM 4.8.1).
pub(crate) const PROMPT: &str = "***";

impl Decoded {
    /// The input without the white space around it; empty when it was too large to be looked at.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// All objects in the order of the input, each template before the objects inside it. When the
    /// string breaks off, the objects before the break, for showing where it broke.
    ///
    /// ```
    /// let decoded = vietqr::decode("00020101021138530010A0000007270123000697041601092576788590208QRIBFTTA53037045802VN6304AE9F");
    /// let account = decoded.objects().find(|object| object.path.to_string() == "38.01.01").unwrap();
    /// assert_eq!(account.value, "257678859");
    /// assert_eq!((account.span.start, account.span.end), (44, 57));
    /// ```
    pub fn objects(&self) -> impl Iterator<Item = Object<'_>> {
        self.nodes.iter().map(|node| Object {
            path: node.path,
            value: self.slice(node),
            span: node.span,
            is_template: node.template,
        })
    }

    /// The plain values by their path, in the order of the input; empty when the string could not be
    /// walked to its end, because the values are then a guess.
    pub fn fields(&self) -> impl Iterator<Item = (Path, &str)> {
        let complete = self.complete;
        self.nodes
            .iter()
            .filter(move |node| {
                work::done(1);
                complete && !node.template
            })
            .map(|node| (node.path, self.slice(node)))
    }

    /// The plain value at a dotted path such as `62.08`.
    ///
    /// ```
    /// let decoded = vietqr::decode("00020101021138530010A0000007270123000697041601092576788590208QRIBFTTA53037045802VN6304AE9F");
    /// assert_eq!(decoded.field("38.01.01"), Some("257678859"));
    /// assert_eq!(decoded.field("54"), None);
    /// ```
    #[must_use]
    pub fn field(&self, dotted: &str) -> Option<&str> {
        let wanted = Path::parse(dotted)?;
        self.field_at(wanted)
    }

    /// The plain value at a path.
    #[must_use]
    pub fn field_at(&self, wanted: Path) -> Option<&str> {
        self.fields()
            .find(|(path, _)| *path == wanted)
            .map(|(_, value)| value)
    }

    /// Everything that is wrong or worth knowing: what is wrong with the string first, then with its
    /// values.
    #[must_use]
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// The problems, without the rest.
    #[must_use]
    pub fn into_problems(self) -> Vec<Problem> {
        self.problems
    }

    /// Whether there is no problem of error severity.
    #[must_use]
    pub fn is_valid(&self) -> bool {
        !self.problems.iter().any(Problem::is_error)
    }

    /// Whom to pay, when that is beyond doubt: no error anywhere, exactly one NAPAS account, and đồng
    /// as the currency. A withdrawal code ([`Service::Cash`]) pays nobody.
    ///
    /// ```
    /// let payload = "00020101021238560010A0000007270126000697041501121133666688880208QRIBFTTA53037045405790005802VN62220818Ung Ho Quy Vac Xin63043ACF";
    /// let transfer = vietqr::decode(payload).payable().expect("nothing is wrong with it");
    /// assert_eq!(transfer.account, "113366668888");
    /// assert_eq!(transfer.purpose.as_deref(), Some("Ung Ho Quy Vac Xin"));
    /// assert!(transfer.one_time);
    ///
    /// let changed = payload.replace("79000", "19000");
    /// assert_eq!(vietqr::decode(&changed).payable(), None);
    /// ```
    #[must_use]
    pub fn payable(&self) -> Option<PayableTransfer> {
        if !self.is_valid() || self.field_at(Path::root(53)) != Some(VND_NUMERIC) {
            return None;
        }
        let account = self.fields().find_map(|(path, value)| {
            (is_guid_path(path) && value.eq_ignore_ascii_case(NAPAS_GUID)).then(|| path.parent())?
        })?;
        let service = match self.field_at(account.child(2)) {
            Some(code) => Service::from_code(code)?,
            None => Service::Merchant,
        };
        if service == Service::Cash {
            return None;
        }
        let amount = match self.field_at(Path::root(54)) {
            Some(text) => Some(amount::whole_dong(text)?),
            None => None,
        };
        Some(PayableTransfer {
            bin: AcquirerBin::parse(self.field_at(account.child(1).child(0))?).ok()?,
            account: self.field_at(account.child(1).child(1))?.to_owned(),
            service,
            amount,
            purpose: self
                .field_at(Path::root(62).child(8))
                .filter(|purpose| *purpose != PROMPT)
                .map(str::to_owned),
            one_time: self.field_at(Path::root(1)) == Some("12"),
        })
    }

    fn slice(&self, node: &Node) -> &str {
        self.text.get(node.value.clone()).unwrap_or_default()
    }
}

/// ISO 4217 numeric code of the đồng.
pub(crate) const VND_NUMERIC: &str = "704";

/// Whether this is the identifier inside a merchant account template.
fn is_guid_path(path: Path) -> bool {
    path.depth() == 2 && path.last_tag() == 0 && matches!(path.root_tag(), 26..=51)
}
