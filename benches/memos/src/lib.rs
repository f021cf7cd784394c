//! Mangled memos by the million, from a seed, and what the memo reader makes of them.
//!
//! The generator knows what each memo means, so every answer can be judged: a credit given by itself to
//! anything but the meant request is a wrong match.

mod generate;
mod judge;

pub use generate::{Frames, LiveReferences, Meaning, Memos};
pub use judge::{Slipped, Tally};
