//! Reading the members of a callback's JSON object, naming each one that breaks its contract.

use super::MalformedCallback;
use crate::strict_json::{Limits, check_strict};
use money::Vnd;
use payment::{Direction, TimeError, Timestamp};
use serde_json::{Map, Value};

/// Longest id, account number or bank reference, in bytes.
const WORD_MAX: usize = 64;
/// The largest movement that is believed, in đồng: ten trillion, twenty thousand times what one instant
/// transfer can move. A larger one is kept in quarantine for a person, so that it cannot use up the range
/// of an account's balance.
const MOVEMENT_MAX: i64 = 10_000_000_000_000;
/// Longest memo or name, in bytes. Banks stop at about 258 characters.
const TEXT_MAX: usize = 4_096;

/// The members of one object whose JSON is known to be strict, and where it stands in the message.
pub(super) struct Members {
    members: Map<String, Value>,
    at: String,
}

type Read<T> = Result<T, MalformedCallback>;

/// The refusal of the message as a whole.
pub(super) fn refuse_whole<T>(rule: &'static str) -> Read<T> {
    Err(MalformedCallback {
        pointer: String::new(),
        rule,
    })
}

/// The refusal of a message that names no account, from a source whose settings name none either.
pub(super) fn settled_on(account: Option<&str>) -> Read<String> {
    match account {
        Some(account) => Ok(account.to_owned()),
        None => {
            refuse_whole("comes from a sender that names no account, and the source has none set")
        }
    }
}

/// The strict JSON value of a message.
pub(super) fn strict_value(body: &[u8]) -> Read<Value> {
    check_strict(body, Limits::default())?;
    serde_json::from_slice(body).or_else(|_| refuse_whole("must be JSON"))
}

impl Members {
    pub(super) fn read(body: &[u8]) -> Read<Self> {
        match strict_value(body)? {
            Value::Object(members) => Ok(Self {
                members,
                at: String::new(),
            }),
            _ => refuse_whole("must be an object"),
        }
    }

    /// The refusal of a member of this object.
    pub(super) fn refuse<T>(&self, member: &str, rule: &'static str) -> Read<T> {
        let member = member.replace('~', "~0").replace('/', "~1");
        Err(MalformedCallback {
            pointer: format!("{}/{member}", self.at),
            rule,
        })
    }

    /// The object in a member.
    pub(super) fn object(&self, member: &str) -> Read<Self> {
        match self.given(member) {
            Some(Value::Object(members)) => Ok(Self {
                members: members.clone(),
                at: format!("{}/{member}", self.at),
            }),
            _ => self.refuse(member, "must be an object"),
        }
    }

    /// The objects in a member's array.
    pub(super) fn objects(&self, member: &str) -> Read<Vec<Self>> {
        let Some(Value::Array(elements)) = self.given(member) else {
            return self.refuse(member, "must be an array");
        };
        let objects = elements
            .iter()
            .enumerate()
            .map(|(index, element)| match element {
                Value::Object(members) => Ok(Self {
                    members: members.clone(),
                    at: format!("{}/{member}/{index}", self.at),
                }),
                _ => self.refuse(member, "must be an array of objects"),
            });
        objects.collect()
    }

    /// Whether a member stands there, be it null.
    pub(super) fn has(&self, member: &str) -> bool {
        self.members.contains_key(member)
    }

    /// The members as they are.
    pub(super) const fn all(&self) -> &Map<String, Value> {
        &self.members
    }

    /// Refuses members that are not in the contract.
    pub(super) fn allow_only(&self, known: &[&str]) -> Read<()> {
        match self
            .members
            .keys()
            .find(|name| !known.contains(&name.as_str()))
        {
            Some(unknown) => self.refuse(unknown, "is not a member of this message"),
            None => Ok(()),
        }
    }

    fn given(&self, member: &str) -> Option<&Value> {
        self.members.get(member).filter(|value| !value.is_null())
    }

    fn text(&self, member: &str, longest: usize) -> Read<Option<String>> {
        match self.given(member) {
            None => Ok(None),
            Some(Value::String(text)) if text.len() > longest => self.refuse(member, "is too long"),
            Some(Value::String(text)) => Ok(Some(text.clone())),
            Some(_) => self.refuse(member, "must be a text"),
        }
    }

    /// A memo or name; absent, null and empty are the same.
    pub(super) fn optional_text(&self, member: &str) -> Read<Option<String>> {
        Ok(self.text(member, TEXT_MAX)?.filter(|text| !text.is_empty()))
    }

    /// An id, account or reference; absent, null and empty are the same.
    pub(super) fn optional_word(&self, member: &str) -> Read<Option<String>> {
        let word = self.text(member, WORD_MAX)?.filter(|word| !word.is_empty());
        if word
            .iter()
            .flat_map(|word| word.chars())
            .any(char::is_control)
        {
            return self.refuse(member, "must not contain control characters");
        }
        Ok(word)
    }

    /// An id, account or reference that has to be there.
    pub(super) fn word(&self, member: &str) -> Read<String> {
        match self.optional_word(member)? {
            Some(word) => Ok(word),
            None => self.refuse(member, "must be given"),
        }
    }

    pub(super) fn optional_integer(&self, member: &str) -> Read<Option<i64>> {
        match self.given(member).map(Value::as_i64) {
            None => Ok(None),
            Some(Some(number)) => Ok(Some(number)),
            Some(None) => self.refuse(member, "must be a whole number"),
        }
    }

    pub(super) fn integer(&self, member: &str) -> Read<i64> {
        match self.optional_integer(member)? {
            Some(number) => Ok(number),
            None => self.refuse(member, "must be given"),
        }
    }

    /// The amount of a movement: 1 to [`MOVEMENT_MAX`] đồng.
    pub(super) fn positive_amount(&self, member: &str) -> Read<Vnd> {
        let given = self.integer(member)?;
        self.believable(member, Some(given))
    }

    /// A balance: any sign.
    pub(super) fn optional_balance(&self, member: &str) -> Read<Option<Vnd>> {
        let balance = self.optional_integer(member)?.map(Vnd::new).transpose();
        balance.or_else(|_| self.refuse(member, "must be an amount within range"))
    }

    pub(super) fn flag(&self, member: &str) -> Read<bool> {
        match self.given(member) {
            None => Ok(false),
            Some(Value::Bool(flag)) => Ok(*flag),
            Some(_) => self.refuse(member, "must be true or false"),
        }
    }

    /// One of the given texts, with what it stands for.
    pub(super) fn one_of<T: Copy, const N: usize>(
        &self,
        member: &str,
        meanings: [(&str, T); N],
        rule: &'static str,
    ) -> Read<T> {
        let word = self.word(member)?;
        match meanings.iter().find(|(text, _)| *text == word) {
            Some((_, meaning)) => Ok(*meaning),
            None => self.refuse(member, rule),
        }
    }

    pub(super) fn time(
        &self,
        member: &str,
        parse: fn(&str) -> Result<Timestamp, TimeError>,
        rule: &'static str,
    ) -> Read<Timestamp> {
        parse(&self.word(member)?).or_else(|_| self.refuse(member, rule))
    }

    /// An id that senders write as a number or as a text.
    pub(super) fn id(&self, member: &str) -> Read<String> {
        match self.given(member).and_then(Value::as_i64) {
            Some(number) => Ok(number.to_string()),
            None => self.word(member),
        }
    }

    /// The amount of a movement whose sign tells its direction: below zero is money out.
    pub(super) fn signed_amount(&self, member: &str) -> Read<(Direction, Vnd)> {
        let signed = self.integer(member)?;
        let direction = if signed < 0 {
            Direction::Debit
        } else {
            Direction::Credit
        };
        Ok((direction, self.believable(member, signed.checked_abs())?))
    }

    /// The amount of a movement, or none when the member is zero.
    pub(super) fn amount_or_zero(&self, member: &str) -> Read<Option<Vnd>> {
        match self.whole_number(member)? {
            None | Some(0) => Ok(None),
            given => self.believable(member, given).map(Some),
        }
    }

    /// An amount that senders write as a number, or as a text with decimals that are all zero.
    pub(super) fn decimal_amount(&self, member: &str) -> Read<Vnd> {
        let given = self.whole_number(member)?;
        self.believable(member, given)
    }

    /// A balance written like [`Members::decimal_amount`].
    pub(super) fn optional_decimal_balance(&self, member: &str) -> Read<Option<Vnd>> {
        let balance = self.whole_number(member)?.map(Vnd::new).transpose();
        balance.or_else(|_| self.refuse(member, "must be an amount within range"))
    }

    fn whole_number(&self, member: &str) -> Read<Option<i64>> {
        let Some(Value::String(text)) = self.given(member) else {
            return self.optional_integer(member);
        };
        let whole = match text.split_once('.') {
            Some((whole, decimals)) if decimals.bytes().all(|digit| digit == b'0') => whole,
            Some(_) => return self.refuse(member, "must be a whole number of đồng"),
            None => text,
        };
        match whole.parse() {
            Ok(number) if !whole.starts_with('+') => Ok(Some(number)),
            _ => self.refuse(member, "must be a whole number of đồng"),
        }
    }

    fn believable(&self, member: &str, amount: Option<i64>) -> Read<Vnd> {
        match amount.map(Vnd::positive) {
            Some(Ok(amount)) if amount.get() <= MOVEMENT_MAX => Ok(amount),
            _ => self.refuse(
                member,
                "must be an amount from 1 to 10,000,000,000,000 đồng",
            ),
        }
    }

    /// Milliseconds since 1970, as a number or as a text of digits.
    pub(super) fn milliseconds(&self, member: &str) -> Read<Timestamp> {
        let millis = match self.given(member) {
            Some(Value::String(text)) => super::proof::digits(text),
            Some(value) => value.as_i64(),
            None => return self.refuse(member, "must be given"),
        };
        match millis.map(|millis| millis.checked_mul(1_000)) {
            Some(Some(micros))
                if micros > 0 && Timestamp::from_micros(micros).micros() == micros =>
            {
                Ok(Timestamp::from_micros(micros))
            }
            _ => self.refuse(member, "must be a time in milliseconds since 1970"),
        }
    }
}

/// `yyyyMMddHHmmss` in Vietnam; what follows is left out.
pub(super) fn parse_compact_time(text: &str) -> Result<Timestamp, TimeError> {
    let wrong = || TimeError {
        expected: "a Vietnam time of the form yyyyMMddHHmmss",
    };
    let digits = text.len() == 14 && text.bytes().all(|digit| digit.is_ascii_digit());
    if !digits {
        return Err(wrong());
    }
    let part = |from: usize, to: usize| text.get(from..to).unwrap_or_default();
    let local = format!(
        "{}-{}-{} {}:{}:{}",
        part(0, 4),
        part(4, 6),
        part(6, 8),
        part(8, 10),
        part(10, 12),
        part(12, 14),
    );
    Timestamp::parse_vietnam_local(&local).map_err(|_| wrong())
}
