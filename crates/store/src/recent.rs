//! What was read a moment ago, so that a thousand callbacks a second do not ask for the same source a
//! thousand times.

use quick_cache::sync::Cache;
use std::hash::Hash;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How long an answer may be used again. A key or a source that is revoked anywhere is refused
/// everywhere within a second, so this stays well below.
const FRESH: Duration = Duration::from_millis(500);
/// Answers that are kept at most; the least used make room.
const KEPT_MAX: usize = 4096;

/// Found values by key; "not found" is never kept. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Recent<K, V>(Arc<Cache<K, (Instant, V)>>);

impl<K: Eq + Hash, V: Clone> Recent<K, V> {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Cache::new(KEPT_MAX)))
    }

    /// The value, if it was read within the last half second.
    pub(crate) fn get<Q>(&self, key: &Q) -> Option<V>
    where
        Q: Hash + quick_cache::Equivalent<K> + ?Sized,
    {
        let (read_at, value) = self.0.get(key)?;
        (read_at.elapsed() < FRESH).then_some(value)
    }

    /// Keeps a value that was asked for at `asked_at`: what changed since then may be missing in it.
    pub(crate) fn keep(&self, key: K, value: V, asked_at: Instant) {
        self.0.insert(key, (asked_at, value));
    }

    /// Forgets everything: something was changed through this process.
    pub(crate) fn clear(&self) {
        self.0.clear();
    }
}

impl<K, V> std::fmt::Debug for Recent<K, V> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Digests and sealed secrets stay out of logs.
        f.write_str("Recent { .. }")
    }
}
