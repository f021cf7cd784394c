//! Where a data object sits: its ID, with the IDs of the templates around it.

use std::fmt;

/// The deepest nesting there is: root, template, template inside 38.01 or 62.50–62.99.
const DEPTH_MAX: usize = 3;

/// The place of a data object, such as `38.01.00`: one ID per level, outermost first.
///
/// ```
/// use vietqr::Path;
/// assert_eq!(Path::root(38).child(1).child(0).to_string(), "38.01.00");
/// assert_eq!(Path::parse("62.08"), Some(Path::root(62).child(8)));
/// assert_eq!(Path::parse("6208"), None);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Path {
    // Tags come first, so that the derived order is the ascending ID order of a written payload;
    // unused levels are zero, and the depth then puts a template before its own first child.
    tags: [u8; DEPTH_MAX],
    depth: u8,
}

impl Path {
    /// The path of a root object. IDs above 99 do not exist and become 99.
    #[must_use]
    pub const fn root(tag: u8) -> Self {
        Self {
            tags: [limited(tag), 0, 0],
            depth: 1,
        }
    }

    /// The path of the object `tag` inside this template. The third level has no children: the path
    /// of the parent comes back.
    #[must_use]
    pub const fn child(self, tag: u8) -> Self {
        let mut tags = self.tags;
        match self.depth {
            1 => tags[1] = limited(tag),
            2 => tags[2] = limited(tag),
            _ => return self,
        }
        Self {
            tags,
            depth: self.depth + 1,
        }
    }

    /// Reads the dotted form; `None` when it is not one.
    #[must_use]
    pub fn parse(dotted: &str) -> Option<Self> {
        let mut path: Option<Self> = None;
        for part in dotted.split('.') {
            if part.len() != 2 || !part.bytes().all(|byte| byte.is_ascii_digit()) {
                return None;
            }
            let tag = part.parse().ok()?;
            path = Some(match path {
                None => Self::root(tag),
                Some(parent) if parent.depth() < DEPTH_MAX => parent.child(tag),
                Some(_) => return None,
            });
        }
        path
    }

    /// The IDs, outermost first.
    #[must_use]
    pub fn tags(&self) -> &[u8] {
        self.tags.get(..self.depth()).unwrap_or(&self.tags)
    }

    /// The template of this depth around the object, or the object itself when it is no deeper.
    #[inline]
    pub(crate) const fn cut_to(self, depth: usize) -> Self {
        let [root, second, _] = self.tags;
        match depth {
            1 => Self::root(root),
            2 if self.depth > 2 => Self {
                tags: [root, second, 0],
                depth: 2,
            },
            _ => self,
        }
    }

    /// 1 for a root object, up to 3.
    #[must_use]
    pub fn depth(&self) -> usize {
        usize::from(self.depth)
    }

    /// The ID of the root object around (or at) this place.
    #[must_use]
    pub const fn root_tag(&self) -> u8 {
        self.tags[0]
    }

    /// The ID at the innermost level.
    #[must_use]
    pub const fn last_tag(&self) -> u8 {
        match self.depth {
            1 => self.tags[0],
            2 => self.tags[1],
            _ => self.tags[2],
        }
    }

    /// The template around this object; `None` at the root.
    #[must_use]
    pub const fn parent(&self) -> Option<Self> {
        match self.depth {
            2 => Some(Self::root(self.tags[0])),
            3 => Some(Self::root(self.tags[0]).child(self.tags[1])),
            _ => None,
        }
    }
}

const fn limited(tag: u8) -> u8 {
    if tag > 99 { 99 } else { tag }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (level, tag) in self.tags().iter().enumerate() {
            if level > 0 {
                f.write_str(".")?;
            }
            write!(f, "{tag:02}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A stretch of the input, in characters (Unicode code points) from its start; `end` is exclusive.
///
/// Characters and not bytes, because the lengths of the format count characters, and because a
/// person counts them too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub struct Span {
    /// The first character.
    pub start: usize,
    /// One past the last character.
    pub end: usize,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_sort_in_the_order_a_payload_is_written() {
        let mut paths = ["62.08", "38", "38.02", "38.01.01", "62", "38.00", "38.01"]
            .map(|dotted| Path::parse(dotted).unwrap());
        paths.sort_unstable();
        let sorted: Vec<_> = paths.iter().map(Path::to_string).collect();
        assert_eq!(
            sorted,
            ["38", "38.00", "38.01", "38.01.01", "38.02", "62", "62.08"]
        );
    }

    #[test]
    fn a_dotted_text_that_is_no_path_is_refused() {
        for text in [
            "",
            "3",
            "380",
            "38.",
            ".38",
            "38.1",
            "38.01.01.01",
            "+1",
            "AB",
        ] {
            assert_eq!(Path::parse(text), None, "{text}");
        }
    }
}
