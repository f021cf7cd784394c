//! The hash chain over a tenant's audit records (invariant I5).
//!
//! Each record's hash covers the hash before it, so that a changed, removed, inserted or reordered
//! record breaks every later one. Fields are length-prefixed: no two different records have the same
//! canonical bytes.

use sha2::{Digest, Sha256};
use std::fmt;

/// One SHA-256 link of the chain.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct ChainHash([u8; 32]);

/// The fields of an audit record that the chain covers.
#[derive(Clone, Copy, Debug)]
pub struct ChainRecord<'a> {
    /// Its number within the tenant, from 1 without a gap.
    pub sequence: i64,
    /// When it was written, in microseconds UTC.
    pub at_micros: i64,
    /// Who acted.
    pub actor: &'a str,
    /// What was done.
    pub action: &'a str,
    /// To what.
    pub subject: &'a str,
    /// The facts, as the audit keeps them.
    pub detail: &'a str,
}

impl ChainHash {
    /// What stands before the first record.
    pub const GENESIS: Self = Self([0; 32]);

    /// The hash in 32 bytes.
    ///
    /// # Errors
    /// Nothing but `None` when there are not exactly 32 bytes.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// The bytes, as they are stored.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The link for `record` after this one.
    #[must_use]
    pub fn next(&self, record: &ChainRecord<'_>) -> Self {
        let mut hasher = Sha256::new();
        hasher.update(self.0);
        hasher.update(record.sequence.to_be_bytes());
        hasher.update(record.at_micros.to_be_bytes());
        for field in [record.actor, record.action, record.subject, record.detail] {
            hasher.update(u64::try_from(field.len()).unwrap_or(u64::MAX).to_be_bytes());
            hasher.update(field);
        }
        Self(hasher.finalize().into())
    }
}

/// Lower-case hexadecimal.
impl fmt::Display for ChainHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for ChainHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moving_a_letter_from_one_field_to_the_next_changes_the_link() {
        let record = |actor, action| ChainRecord {
            sequence: 1,
            at_micros: 2,
            actor,
            action,
            subject: "s",
            detail: "d",
        };
        assert_ne!(
            ChainHash::GENESIS.next(&record("ab", "c")),
            ChainHash::GENESIS.next(&record("a", "bc"))
        );
        assert_eq!(
            ChainHash::GENESIS.next(&record("a", "b")),
            ChainHash::GENESIS.next(&record("a", "b"))
        );
    }
}
