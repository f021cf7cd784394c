//! What may go wrong between a bank and its listener.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::fmt;

macro_rules! faults {
    ($($(#[$doc:meta])* $name:ident = $text:literal,)*) => {
        /// One thing that goes wrong. Several can be asked for at once; they add up.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Fault { $($(#[$doc])* $name,)* }

        impl Fault {
            /// All faults, in the order in which people are shown them.
            pub const ALL: [Self; Self::NAMES.len()] = [$(Self::$name),*];

            const NAMES: [&'static str; [$($text),*].len()] = [$($text),*];

            /// The name in the API and on the command line.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }

            /// Reads the name of a fault.
            #[must_use]
            pub fn parse(name: &str) -> Option<Self> {
                match name { $($text => Some(Self::$name),)* _ => None }
            }
        }
    };
}

faults! {
    /// The same notice is sent three times, each time with a fresh signature.
    Duplicate = "duplicate",
    /// The notice is sent two seconds later.
    Delay = "delay",
    /// The money moves and no notice is ever sent.
    Drop = "drop",
    /// The notice is overtaken: with [`Fault::Twice`] the second transfer is announced first; alone the
    /// notice waits half a second, so that whatever is transferred in between is announced before it.
    Reorder = "reorder",
    /// The memo arrives as banks hand it on; a payment reference in it stays readable.
    Mangle = "mangle",
    /// No money moves, and the notice is signed with a secret that is not the bank's.
    Forge = "forge",
    /// The payer sends 1,000 đồng less, but at least 1 đồng.
    Short = "short",
    /// The payer sends 1,000 đồng more.
    Over = "over",
    /// The payer pays twice: two real transfers.
    Twice = "twice",
    /// The money moves, and its only notice carries a timestamp 301 seconds old (a day and a second where
    /// receivers allow a day). A dialect that signs no time (`sepay_api_key`, `payos`) cannot show it.
    Stale = "stale",
    /// After the true notice comes another with the same id and a larger amount.
    Conflict = "conflict",
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The name of the fault.
impl Serialize for Fault {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// The name of the fault.
impl<'de> Deserialize<'de> for Fault {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        Self::parse(&name).ok_or_else(|| de::Error::unknown_variant(&name, &Self::NAMES))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fault_reads_back_from_its_name() {
        for fault in Fault::ALL {
            assert_eq!(Fault::parse(fault.as_str()), Some(fault));
            let json = serde_json::to_string(&fault).unwrap();
            assert_eq!(serde_json::from_str::<Fault>(&json).unwrap(), fault);
        }
        assert_eq!(Fault::parse("Duplicate"), None);
        assert!(serde_json::from_str::<Fault>("\"lose\"").is_err());
    }
}
