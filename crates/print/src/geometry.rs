//! Places and sizes in whole micrometres, from the upper left corner of the page.
//!
//! ### Rationale
//! Whole numbers add up exactly, so "nothing overlaps" can be tested with `==`. A micrometre is finer
//! than any printer, and an A0 sheet is 1,189,000 of them: far from the end of an `i32`.

use std::ops::{Add, Sub};

/// A length or coordinate in micrometres.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Length(i32);

impl Length {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// So many micrometres.
    #[must_use]
    pub const fn micrometres(count: i32) -> Self {
        Self(count)
    }

    /// So many millimetres.
    #[must_use]
    pub const fn millimetres(count: i32) -> Self {
        Self(count.saturating_mul(1_000))
    }

    /// So many tenths of a typographic point of 1/72 inch, rounded to a micrometre.
    ///
    /// ```
    /// use print::geometry::Length;
    /// assert_eq!(Length::decipoints(720), Length::micrometres(25_400), "one inch");
    /// ```
    #[must_use]
    pub const fn decipoints(tenths: i32) -> Self {
        // 25,400 µm are 720 tenths.
        Self(tenths.saturating_mul(635).saturating_add(9) / 18)
    }

    /// In micrometres.
    #[must_use]
    pub const fn get(self) -> i32 {
        self.0
    }

    /// `numerator / denominator` of it, rounded down; nothing when the denominator is 0.
    #[must_use]
    pub fn share(self, numerator: i32, denominator: i32) -> Self {
        let whole = i64::from(self.0) * i64::from(numerator);
        let share = whole.checked_div(i64::from(denominator)).unwrap_or(0);
        Self(i32::try_from(share).unwrap_or(i32::MAX))
    }

    /// So many times as long.
    #[must_use]
    pub fn times(self, count: usize) -> Self {
        let count = i32::try_from(count).unwrap_or(i32::MAX);
        Self(self.0.saturating_mul(count))
    }

    /// Half of it.
    #[must_use]
    pub const fn half(self) -> Self {
        Self(self.0 / 2)
    }
}

impl Add for Length {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl Sub for Length {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

impl std::iter::Sum for Length {
    fn sum<I: Iterator<Item = Self>>(lengths: I) -> Self {
        lengths.fold(Self::ZERO, Add::add)
    }
}

/// A point on the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Point {
    /// From the left edge.
    pub x: Length,
    /// From the upper edge.
    pub y: Length,
}

/// A rectangle on the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Area {
    /// From the left edge of the page.
    pub left: Length,
    /// From the upper edge of the page.
    pub top: Length,
    /// How wide.
    pub width: Length,
    /// How high.
    pub height: Length,
}

impl Area {
    /// The area at a place.
    #[must_use]
    pub const fn new(left: Length, top: Length, width: Length, height: Length) -> Self {
        Self {
            left,
            top,
            width,
            height,
        }
    }

    /// The right edge.
    #[must_use]
    pub fn right(&self) -> Length {
        self.left + self.width
    }

    /// The lower edge.
    #[must_use]
    pub fn bottom(&self) -> Length {
        self.top + self.height
    }

    /// The point in the middle, rounded down.
    #[must_use]
    pub fn centre(&self) -> Point {
        Point {
            x: self.left + self.width.half(),
            y: self.top + self.height.half(),
        }
    }

    /// The area without a border of this width.
    #[must_use]
    pub fn inset(&self, border: Length) -> Self {
        Self {
            left: self.left + border,
            top: self.top + border,
            width: self.width - border - border,
            height: self.height - border - border,
        }
    }

    /// The largest area of a picture's proportions inside this one, in its middle.
    #[must_use]
    pub fn fitted(&self, width: u32, height: u32) -> Self {
        let (width, height) = (i64::from(width.max(1)), i64::from(height.max(1)));
        let (own_width, own_height) = (i64::from(self.width.0), i64::from(self.height.0));
        let (fitted_width, fitted_height) = if own_width * height <= own_height * width {
            (own_width, own_width * height / width)
        } else {
            (own_height * width / height, own_height)
        };
        let length = |micrometres: i64| Length(i32::try_from(micrometres).unwrap_or(0));
        let (width, height) = (length(fitted_width), length(fitted_height));
        Self {
            left: self.left + (self.width - width).half(),
            top: self.top + (self.height - height).half(),
            width,
            height,
        }
    }

    /// Whether the whole of `other` lies inside.
    #[must_use]
    pub fn contains(&self, other: &Self) -> bool {
        self.left <= other.left
            && self.top <= other.top
            && other.right() <= self.right()
            && other.bottom() <= self.bottom()
    }

    /// Whether the two have more than an edge in common.
    #[must_use]
    pub fn overlaps(&self, other: &Self) -> bool {
        self.left < other.right()
            && other.left < self.right()
            && self.top < other.bottom()
            && other.top < self.bottom()
    }

    /// The same area after half a turn about the middle of `within`.
    #[must_use]
    pub fn turned(&self, within: &Self) -> Self {
        Self {
            left: within.left + (within.right() - self.right()),
            top: within.top + (within.bottom() - self.bottom()),
            ..*self
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn area(left: i32, top: i32, width: i32, height: i32) -> Area {
        Area::new(Length(left), Length(top), Length(width), Length(height))
    }

    #[test]
    fn areas_that_share_an_edge_do_not_overlap() {
        let one = area(0, 0, 10, 10);
        assert!(!one.overlaps(&area(10, 0, 5, 5)));
        assert!(!one.overlaps(&area(0, 10, 5, 5)));
        assert!(one.overlaps(&area(9, 9, 5, 5)));
        assert!(one.contains(&area(0, 0, 10, 10)) && !one.contains(&area(1, 0, 10, 10)));
    }

    #[test]
    fn half_a_turn_twice_is_where_it_was() {
        let page = area(10, 20, 100, 60);
        let one = area(15, 22, 7, 9);
        assert_eq!(one.turned(&page), area(98, 69, 7, 9));
        assert_eq!(one.turned(&page).turned(&page), one);
    }

    #[test]
    fn a_fitted_picture_keeps_its_proportions_and_stays_inside() {
        let slot = area(0, 0, 60, 20);
        assert_eq!(slot.fitted(300, 300), area(20, 0, 20, 20));
        assert_eq!(slot.fitted(600, 100), area(0, 5, 60, 10));
        assert!(slot.contains(&slot.fitted(0, 7)));
    }

    #[test]
    fn a_point_is_a_seventy_second_of_an_inch() {
        for (tenths, micrometres) in [(10, 353), (720, 25_400), (65, 2_293), (120, 4_233)] {
            let error = Length::decipoints(tenths).get() - micrometres;
            assert!(error.abs() <= 1, "{tenths}: off by {error}");
        }
    }
}
