//! Reading the members of a callback's JSON object, naming each one that breaks its contract.

use super::MalformedCallback;
use crate::strict_json::{Limits, check_strict};
use money::Vnd;
use payment::{TimeError, Timestamp};
use serde_json::{Map, Value};

/// Longest id, account number or bank reference, in bytes.
const WORD_MAX: usize = 64;
/// The largest movement that is believed, in đồng: ten trillion, twenty thousand times what one instant
/// transfer can move. A larger one is kept in quarantine for a person, so that it cannot use up the range
/// of an account's balance.
const MOVEMENT_MAX: i64 = 10_000_000_000_000;
/// Longest memo or name, in bytes. Banks stop at about 258 characters.
const TEXT_MAX: usize = 4_096;

/// The members of one object whose JSON is known to be strict.
pub(super) struct Members(Map<String, Value>);

type Read<T> = Result<T, MalformedCallback>;

/// The refusal of a member of the outermost object.
pub(super) fn refuse<T>(member: &str, rule: &'static str) -> Read<T> {
    Err(MalformedCallback {
        pointer: format!("/{}", member.replace('~', "~0").replace('/', "~1")),
        rule,
    })
}

impl Members {
    pub(super) fn read(body: &[u8]) -> Read<Self> {
        check_strict(body, Limits::default())?;
        let whole = |rule| MalformedCallback {
            pointer: String::new(),
            rule,
        };
        match serde_json::from_slice(body) {
            Ok(Value::Object(members)) => Ok(Self(members)),
            Ok(_) => Err(whole("must be an object")),
            Err(_) => Err(whole("must be JSON")),
        }
    }

    /// Refuses members that are not in the contract.
    pub(super) fn allow_only(&self, known: &[&str]) -> Read<()> {
        match self.0.keys().find(|name| !known.contains(&name.as_str())) {
            Some(unknown) => refuse(unknown, "is not a member of this message"),
            None => Ok(()),
        }
    }

    fn given(&self, member: &str) -> Option<&Value> {
        self.0.get(member).filter(|value| !value.is_null())
    }

    fn text(&self, member: &str, longest: usize) -> Read<Option<String>> {
        match self.given(member) {
            None => Ok(None),
            Some(Value::String(text)) if text.len() > longest => refuse(member, "is too long"),
            Some(Value::String(text)) => Ok(Some(text.clone())),
            Some(_) => refuse(member, "must be a text"),
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
            return refuse(member, "must not contain control characters");
        }
        Ok(word)
    }

    /// An id, account or reference that has to be there.
    pub(super) fn word(&self, member: &str) -> Read<String> {
        match self.optional_word(member)? {
            Some(word) => Ok(word),
            None => refuse(member, "must be given"),
        }
    }

    pub(super) fn optional_integer(&self, member: &str) -> Read<Option<i64>> {
        match self.given(member).map(Value::as_i64) {
            None => Ok(None),
            Some(Some(number)) => Ok(Some(number)),
            Some(None) => refuse(member, "must be a whole number"),
        }
    }

    pub(super) fn integer(&self, member: &str) -> Read<i64> {
        match self.optional_integer(member)? {
            Some(number) => Ok(number),
            None => refuse(member, "must be given"),
        }
    }

    /// The amount of a movement: 1 to [`MOVEMENT_MAX`] đồng.
    pub(super) fn positive_amount(&self, member: &str) -> Read<Vnd> {
        match Vnd::positive(self.integer(member)?) {
            Ok(amount) if amount.get() <= MOVEMENT_MAX => Ok(amount),
            _ => refuse(
                member,
                "must be an amount from 1 to 10,000,000,000,000 đồng",
            ),
        }
    }

    /// A balance: any sign.
    pub(super) fn optional_balance(&self, member: &str) -> Read<Option<Vnd>> {
        let balance = self.optional_integer(member)?.map(Vnd::new).transpose();
        balance.or_else(|_| refuse(member, "must be an amount within range"))
    }

    pub(super) fn flag(&self, member: &str) -> Read<bool> {
        match self.given(member) {
            None => Ok(false),
            Some(Value::Bool(flag)) => Ok(*flag),
            Some(_) => refuse(member, "must be true or false"),
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
            None => refuse(member, rule),
        }
    }

    pub(super) fn time(
        &self,
        member: &str,
        parse: fn(&str) -> Result<Timestamp, TimeError>,
        rule: &'static str,
    ) -> Read<Timestamp> {
        parse(&self.word(member)?).or_else(|_| refuse(member, rule))
    }
}
