//! Writing again what was read.

use super::writer::{self, Leaves};
use crate::decode::Decoded;
use crate::{Path, Payload};

/// In which order the objects of a read payload are written again. Inside EMVCo's rules (00 first, 63
/// last) any order is legal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Order {
    /// Ascending IDs in every template, as NAPAS prints its samples and as we write.
    #[default]
    Canonical,
    /// As they stood.
    Preserved,
}

impl Decoded {
    /// Writes the payload again with a fresh check: every value unchanged, unknown objects included.
    /// `None` when the payload is not valid, since writing it again would make it look so.
    ///
    /// ```
    /// use vietqr::Order;
    /// let shuffled = "00020101021262110807tien le38560010A0000007270126000697041501121133666688880208QRIBFTTA5303704540460005802VN63046893";
    /// let payload = vietqr::decode(shuffled).reencode(Order::Canonical).unwrap();
    /// assert!(payload.as_str().contains("5802VN62110807tien le6304"));
    /// ```
    #[must_use]
    pub fn reencode(&self, order: Order) -> Option<Payload> {
        if !self.is_valid() {
            return None;
        }
        let mut values: Vec<(Path, &str)> = self
            .fields()
            .filter(|(path, _)| *path != Path::root(63))
            .collect();
        if order == Order::Canonical {
            values.sort_unstable_by_key(|(path, _)| *path);
        }
        let leaves = Leaves(&values);
        // A valid payload holds nothing that cannot be written; so this is always `Some`.
        writer::write(&leaves, leaves.bytes()).ok()
    }
}
