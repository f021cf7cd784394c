//! API keys: `tn_live_…` and `tn_test_…`, 160 random bits and a checksum.
//!
//! The checksum lets a secret scanner be sure, and lets us refuse a mistyped key without asking the
//! database. Only a SHA-256 digest is stored: 160 random bits cannot be guessed back.

use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use store::tenant::Mode;

const RANDOM_HEX: usize = 40;
const CHECK_HEX: usize = 8;

/// A key in its full text: shown once, never stored.
#[derive(Debug, Clone)]
pub struct ApiKey(SecretString);

impl ApiKey {
    /// The key for `mode` from 20 random bytes.
    #[must_use]
    pub fn from_random(mode: Mode, random: [u8; 20]) -> Self {
        let body = format!("tn_{}_{}", mode.as_str(), hex::encode(random));
        let key = format!("{body}{}", checksum(&body));
        Self(key.into())
    }

    /// Reads a key; nothing when it cannot be one.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let random_and_check = text
            .strip_prefix("tn_live_")
            .or_else(|| text.strip_prefix("tn_test_"))?;
        if random_and_check.len() != RANDOM_HEX + CHECK_HEX || !text.is_ascii() {
            return None;
        }
        let (body, check) = text.split_at(text.len() - CHECK_HEX);
        (checksum(body) == check).then(|| Self(text.to_owned().into()))
    }

    /// What is stored and looked up.
    #[must_use]
    pub fn digest(&self) -> [u8; 32] {
        Sha256::digest(self.0.expose_secret()).into()
    }

    /// The text, to be shown once.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

fn checksum(body: &str) -> String {
    let mut check = hex::encode(Sha256::digest(body));
    check.truncate(CHECK_HEX);
    check
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_with_one_wrong_character_is_not_a_key() {
        let key = ApiKey::from_random(Mode::Test, [7; 20]);
        assert!(ApiKey::parse(key.expose()).is_some());
        for index in 8..key.expose().len() {
            let mut text = key.expose().to_owned();
            let other = if &text[index..=index] == "0" {
                "1"
            } else {
                "0"
            };
            text.replace_range(index..=index, other);
            assert!(ApiKey::parse(&text).is_none(), "{index}");
        }
        assert!(ApiKey::parse(&key.expose().replace("test", "live")).is_none());
        assert!(ApiKey::parse("").is_none());
    }
}
