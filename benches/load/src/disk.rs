//! What the disk gives to anyone: the figure without which no other figure can be compared.

use anyhow::Context;
use std::fs::OpenOptions;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::time::{Duration, Instant};

const BLOCK: usize = 4096;
/// Blocks written in turn: the size of a write-ahead log that has wrapped.
const BLOCKS: u64 = 1024;

/// How often per second 4 KiB of a preallocated file in `folder` can be overwritten and synced, one
/// after the other, for `time`.
pub fn fdatasync_rate(folder: &Path, time: Duration) -> anyhow::Result<u64> {
    let path = folder.join("fdatasync");
    let file = OpenOptions::new()
        .create_new(true)
        .write(true)
        .open(&path)
        .with_context(|| format!("{} cannot be made", path.display()))?;
    // Written, not only reserved: a hole or a growing file would sync its size as well.
    for block in 0..BLOCKS {
        file.write_all_at(&[0; BLOCK], block * BLOCK as u64)?;
    }
    file.sync_all()?;
    let began = Instant::now();
    let mut count = 0u64;
    while began.elapsed() < time {
        let byte = u8::try_from(count % 251).unwrap_or_default();
        file.write_all_at(&[byte; BLOCK], (count % BLOCKS) * BLOCK as u64)?;
        file.sync_data()?;
        count += 1;
    }
    let took = began.elapsed();
    drop(file);
    std::fs::remove_file(&path)?;
    Ok(crate::machine::rate(count, took))
}
