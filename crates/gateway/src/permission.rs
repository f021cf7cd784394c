//! Who may do what: one table of permissions and roles.
//!
//! A permission is the unit: an operation of the API needs one (the table in [`crate::routes`] names
//! it), a key has a set of them as its scopes, and a role is a set of them with a name. A person's
//! rights are those of the role, a key's those of its scopes; both end in [`Rights`], which is all that
//! is ever asked. `docs/PERMISSIONS.md` is printed from here by a test.

use std::fmt;

macro_rules! roles {
    ($($(#[doc = $doc:literal])* $name:ident = $text:literal $vi:literal / $en:literal;)*) => {
        /// What a person is in an office, or a key that works for one.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Role { $($(#[doc = $doc])* $name,)* }

        impl Role {
            /// Every role, the one with the most rights first.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// Its name in settings, on the command line and in the database.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }

            /// Its name on screens, in Vietnamese and in English.
            #[must_use]
            pub const fn title(self) -> (&'static str, &'static str) {
                match self { $(Self::$name => ($vi, $en),)* }
            }
        }
    };
}

roles! {
    /// Sets the office up: keys, webhooks, the fee schedule; may do everything else too.
    Admin = "admin" "Quản trị" / "Administrator";
    /// Decides about money that nobody claims, closes periods, remits.
    Accountant = "accountant" "Kế toán" / "Accountant";
    /// Asks for money at the counter and sees it arrive.
    Cashier = "cashier" "Thu ngân" / "Cashier";
    /// Receives dossiers and asks for their fees.
    Clerk = "clerk" "Cán bộ tiếp nhận" / "Clerk";
    /// Looks, and changes nothing.
    Viewer = "viewer" "Người xem" / "Viewer";
    /// Shows payers the code to scan.
    Helper = "helper" "Người hướng dẫn" / "Helper";
}

impl Role {
    /// The role of this name.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|role| role.as_str() == text)
    }

    /// What the role may do.
    #[must_use]
    pub fn rights(self) -> Rights {
        let granted = Permission::ALL.iter().copied();
        granted
            .filter(|permission| permission.roles().contains(&self))
            .collect()
    }
}

macro_rules! permissions {
    ($($(#[doc = $doc:literal])* $name:ident = $text:literal: [$($role:ident)*];)*) => {
        /// One thing that a caller may be allowed to do.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Permission { $($(#[doc = $doc])* $name,)* }

        impl Permission {
            /// Every permission.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// Its name: what scopes of keys are made of.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }

            /// What it allows.
            #[must_use]
            pub const fn meaning(self) -> &'static str {
                match self { $(Self::$name => concat!($($doc,)*),)* }
            }

            /// The roles that have it.
            #[must_use]
            pub const fn roles(self) -> &'static [Role] {
                match self { $(Self::$name => &[$(Role::$role,)*],)* }
            }
        }
    };
}

permissions! {
    /// See payment requests, their codes, baskets and the accounts that they are paid to.
    RequestsRead = "payment_requests:read": [Admin Accountant Cashier Clerk Viewer Helper];
    /// Make and cancel payment requests and baskets.
    RequestsWrite = "payment_requests:write": [Admin Accountant Cashier Clerk];
    /// See the fee schedule, and have prices worked out.
    FeesRead = "fees:read": [Admin Accountant Cashier Clerk Viewer Helper];
    /// Import a fee schedule.
    FeesWrite = "fees:write": [Admin];
    /// See the payments that the bank reported.
    PaymentsRead = "payments:read": [Admin Accountant Cashier Viewer];
    /// See what senders of callbacks sent, what became of it, what is in quarantine, and holes in the balances.
    CallbacksRead = "callbacks:read": [Admin Accountant];
    /// Have what is in quarantine judged again, and explain holes in the balances.
    CallbacksWrite = "callbacks:write": [Admin Accountant];
    /// See imported bank statements, line by line, and how a day compares with them.
    StatementsRead = "statements:read": [Admin Accountant Viewer];
    /// Look into bank statements, import them, and explain what differs.
    StatementsWrite = "statements:write": [Admin Accountant];
    /// See the money that nobody claims, with suggestions.
    SuspenseRead = "suspense:read": [Admin Accountant Viewer];
    /// Decide about money that nobody claims, and undo matches.
    SuspenseWrite = "suspense:write": [Admin Accountant];
    /// See payers' virtual accounts and codes.
    PayersRead = "payers:read": [Admin Accountant Cashier Clerk Viewer];
    /// Register and close payers' virtual accounts and codes.
    PayersWrite = "payers:write": [Admin Accountant Clerk];
    /// Read the feed of events.
    EventsRead = "events:read": [Admin Accountant];
    /// See webhook addresses and their deliveries.
    WebhooksRead = "webhooks:read": [Admin];
    /// Change webhook addresses and their secrets, and send deliveries again.
    WebhooksWrite = "webhooks:write": [Admin];
    /// See receipts.
    ReceiptsRead = "receipts:read": [Admin Accountant Cashier Viewer];
    /// Print, cancel and replace receipts.
    ReceiptsWrite = "receipts:write": [Admin Accountant Cashier];
    /// See the books.
    LedgerRead = "ledger:read": [Admin Accountant Viewer];
    /// See periods and their seals.
    PeriodsRead = "periods:read": [Admin Accountant Viewer];
    /// Close periods.
    PeriodsWrite = "periods:write": [Admin Accountant];
    /// See shares, and what is owed and paid to the budget and to others.
    RemittancesRead = "remittances:read": [Admin Accountant Viewer];
    /// Share a period's money, order remittances and record their payments.
    RemittancesWrite = "remittances:write": [Admin Accountant];
    /// Read reports.
    ReportsRead = "reports:read": [Admin Accountant Viewer];
    /// See API keys, without the keys themselves.
    KeysRead = "keys:read": [Admin];
    /// Make and revoke API keys, with no more rights than one's own.
    KeysWrite = "keys:write": [Admin];
    /// Let the simulated bank move money that does not exist; in test tenants only.
    SimulatorUse = "simulator:use": [Admin Accountant Cashier Clerk];
}

impl Permission {
    /// The permission of this name.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut all = Self::ALL.iter().copied();
        all.find(|permission| permission.as_str() == text)
    }

    const fn bit(self) -> u64 {
        1 << self as u64
    }
}

// A set of permissions is one word.
const _: () = assert!(Permission::ALL.len() <= 64);

/// What a caller may do.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Rights(u64);

impl Rights {
    /// Everything, also what a later version adds.
    pub const ALL: Self = Self(u64::MAX);

    /// Whether this is among it.
    #[must_use]
    pub const fn allow(self, permission: Permission) -> bool {
        self.0 & permission.bit() != 0
    }

    /// Whether `other` holds nothing more.
    #[must_use]
    pub const fn include(self, other: Self) -> bool {
        other.0 & !self.0 == 0
    }

    /// Reads scopes as they are stored: names separated by spaces, or `*`. A name that this version
    /// does not know allows nothing.
    #[must_use]
    pub fn stored(scopes: &str) -> Self {
        if scopes == EVERYTHING {
            return Self::ALL;
        }
        scopes.split(' ').filter_map(Permission::parse).collect()
    }

    /// The names, or the one name `*`.
    #[must_use]
    pub fn names(self) -> Vec<&'static str> {
        if self == Self::ALL {
            return vec![EVERYTHING];
        }
        let allowed = Permission::ALL.iter().copied();
        allowed
            .filter(|permission| self.allow(*permission))
            .map(Permission::as_str)
            .collect()
    }

    /// As it is stored.
    #[must_use]
    pub fn to_stored(self) -> String {
        self.names().join(" ")
    }
}

/// The scope that is every permission.
pub const EVERYTHING: &str = "*";

impl FromIterator<Permission> for Rights {
    fn from_iter<I: IntoIterator<Item = Permission>>(permissions: I) -> Self {
        let permissions = permissions.into_iter();
        Self(permissions.fold(0, |bits, permission| bits | permission.bit()))
    }
}

impl fmt::Debug for Rights {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_stored())
    }
}

/// Who may call an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Everybody: the request proves itself in another way, or there is nothing to protect.
    Public,
    /// Who has this permission.
    Needs(Permission),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rights_read_back_as_they_were_stored_and_unknown_names_allow_nothing() {
        for role in Role::ALL {
            let rights = role.rights();
            assert_eq!(Rights::stored(&rights.to_stored()), rights);
            assert!(Rights::ALL.include(rights) && !rights.include(Rights::ALL));
            assert_eq!(Role::parse(role.as_str()), Some(*role));
        }
        assert_eq!(Rights::stored("*"), Rights::ALL);
        for nothing in ["", "payments", "payments:read,fees:read", "* ", "keys:own"] {
            assert_eq!(Rights::stored(nothing), Rights(0), "{nothing}");
        }
        let both = Rights::stored("fees:read payments:read later:write");
        assert_eq!(both.names(), ["fees:read", "payments:read"]);
    }

    #[test]
    fn an_administrator_has_every_permission_and_who_may_write_may_read() {
        for permission in Permission::ALL {
            assert!(Role::Admin.rights().allow(*permission), "{permission:?}");
            let (subject, verb) = permission.as_str().split_once(':').unwrap();
            let reading = Permission::parse(&format!("{subject}:read"));
            for role in permission.roles() {
                let may_read = reading.is_none_or(|reading| role.rights().allow(reading));
                assert!(may_read || verb == "read", "{role:?} {permission:?}");
            }
        }
    }
}
