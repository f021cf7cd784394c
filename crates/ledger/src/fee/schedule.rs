//! Items and their versions by date.

use super::ItemTerms;
use payment::BusinessDate;
use payment::request::ItemCode;
use std::collections::BTreeMap;

/// One version of an item: its terms and its days.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ItemVersion {
    /// Which item.
    pub item: ItemCode,
    /// Counts the item's versions from 1.
    pub version: u32,
    /// The first day, from midnight in Vietnam.
    pub starts_on: BusinessDate,
    /// The last day; after it an earlier version without an end holds again.
    pub ends_on: Option<BusinessDate>,
    /// The first day that the imported file declared, when it declared one: together with the item it
    /// names a row of the file, so that the same file changes nothing.
    pub declared_from: Option<BusinessDate>,
    /// What it says.
    pub terms: ItemTerms,
}

impl ItemVersion {
    /// Whether `day` lies among its days.
    #[must_use]
    pub fn holds_on(&self, day: BusinessDate) -> bool {
        self.starts_on <= day && self.ends_on.is_none_or(|last| day <= last)
    }
}

/// All versions of all items.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Schedule(BTreeMap<ItemCode, Vec<ItemVersion>>);

impl Schedule {
    /// The schedule of these versions.
    #[must_use]
    pub fn new(versions: impl IntoIterator<Item = ItemVersion>) -> Self {
        let mut items: BTreeMap<ItemCode, Vec<ItemVersion>> = BTreeMap::new();
        for version in versions {
            items.entry(version.item.clone()).or_default().push(version);
        }
        Self(items)
    }

    /// Whether the item has any version, past or future.
    #[must_use]
    pub fn knows(&self, item: &ItemCode) -> bool {
        self.0.contains_key(item)
    }

    /// The version that holds on `day`: of those whose days include it the one that began last, and of
    /// those that began together the newest. So a window ("half until 31 December") covers what was
    /// there before and uncovers it when it ends.
    #[must_use]
    pub fn in_force(&self, item: &ItemCode, day: BusinessDate) -> Option<&ItemVersion> {
        self.versions(item)
            .iter()
            .filter(|version| version.holds_on(day))
            .max_by_key(|version| (version.starts_on, version.version))
    }

    /// The item's versions.
    #[must_use]
    pub fn versions(&self, item: &ItemCode) -> &[ItemVersion] {
        self.0.get(item).map_or(&[], Vec::as_slice)
    }

    /// The items, in the order of their codes.
    pub fn items(&self) -> impl Iterator<Item = &ItemCode> {
        self.0.keys()
    }
}
