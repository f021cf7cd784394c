//! How far a copy or an import is, on a terminal; nothing elsewhere.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// A bar on standard error.
pub(crate) struct Progress(ProgressBar);

impl Progress {
    /// Of so many rows.
    pub(crate) fn new(rows: u64, quiet: bool) -> Self {
        let target = if quiet {
            ProgressDrawTarget::hidden()
        } else {
            // Draws nothing where standard error is no terminal.
            ProgressDrawTarget::stderr()
        };
        let bar = ProgressBar::with_draw_target(Some(rows), target);
        if let Ok(style) =
            ProgressStyle::with_template("{msg} {wide_bar} {human_pos}/{human_len} {eta}")
        {
            bar.set_style(style);
        }
        Self(bar)
    }

    /// What is done from now on, from the beginning again.
    pub(crate) fn phase(&self, what: &str) {
        self.0.set_message(what.to_owned());
        self.0.set_position(0);
    }

    /// So many rows in all of this phase.
    pub(crate) fn at(&self, rows: u64) {
        self.0.set_position(rows);
    }

    /// So many rows more.
    pub(crate) fn add(&self, rows: usize) {
        self.0.inc(u64::try_from(rows).unwrap_or_default());
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
