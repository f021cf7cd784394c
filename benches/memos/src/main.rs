//! `thungan-memos`: the figures of the memo reader, from a seed.

use clap::Parser;
use memos::{Frames, LiveReferences, Memos, Slipped, Tally};
use payment::Flow;
use std::hint::black_box;
use std::process::ExitCode;
use std::time::Instant;

/// Measures the memo reader: wrong matches, references found, suggestions, memos per second and core.
///
/// Exit 1 when a figure is missed.
#[derive(Debug, Parser)]
#[command(after_help = "Example, the long run: thungan-memos --memos 10000000")]
struct Arguments {
    /// Memos to judge.
    #[arg(long, default_value_t = 200_000)]
    memos: u64,
    /// Open requests.
    #[arg(long, default_value_t = 100_000)]
    references: usize,
    /// The same seed gives the same memos.
    #[arg(long, default_value_t = 2)]
    seed: u64,
    /// Threads for judging; the speed is always that of one.
    #[arg(long, default_value_t = 2)]
    threads: u64,
}

/// Memos whose search is timed, and how often.
const TIMED: usize = 100_000;
const ROUNDS: usize = 15;

fn main() -> anyhow::Result<ExitCode> {
    let arguments = Arguments::parse();
    let frames = Frames::read()?;
    let live = LiveReferences::draw(arguments.references, arguments.seed ^ 0x5eed);
    let tally = judge(&arguments, &frames, &live)?;

    println!(
        "memos {}, open references {}, seed {}",
        tally.memos, arguments.references, arguments.seed
    );
    println!(
        "settled by themselves {}, for a wrong request {}",
        tally.automatic, tally.wrong
    );
    show("intact: found", tally.intact);
    show("one wrong symbol: first suggestion", tally.wrong_symbol);
    show(
        "one missing, extra or swapped: first suggestion",
        tally.slipped,
    );
    show("worse damage: first suggestion", tally.damaged);
    show("two references: both suggested, none settled", tally.two);
    show("nobody's: nothing settled or suggested", tally.nobody);

    let mut row = Memos::new(&frames, &live, arguments.seed);
    let texts: Vec<String> = (0..TIMED).map(|_| row.next_memo().0).collect();
    let bytes: usize = texts.iter().map(String::len).sum();
    println!("mean memo {} bytes", bytes / TIMED);
    let find = fastest(&texts, |text| {
        black_box(reconciler::memo::find(text, &Flow::DEFAULTS));
    });
    let candidates = fastest(&texts, |text| {
        black_box(reconciler::memo::candidates(text, &Flow::DEFAULTS));
    });
    println!(
        "search, one core: {} memos/s (median of {ROUNDS}; fastest {})",
        find.0, find.1
    );
    println!(
        "candidates for suggestions, one core: {} memos/s (fastest {})",
        candidates.0, candidates.1
    );

    let reached = tally.wrong == 0
        && tally.intact.reaches(999)
        && tally.wrong_symbol.reaches(990)
        && find.0 >= 500_000;
    Ok(if reached {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn judge(arguments: &Arguments, frames: &Frames, live: &LiveReferences) -> anyhow::Result<Tally> {
    let threads = arguments.threads.max(1);
    let part = |thread: u64| {
        let count = arguments.memos / threads + u64::from(thread < arguments.memos % threads);
        let mut memos = Memos::new(
            frames,
            live,
            arguments.seed.wrapping_mul(1_000_003) + thread,
        );
        let mut tally = Tally::default();
        for _ in 0..count {
            let (text, meaning) = memos.next_memo();
            if tally.judge(&text, meaning, live) {
                eprintln!("wrong: {meaning:?}: {text}");
            }
        }
        tally
    };
    std::thread::scope(|scope| {
        let running: Vec<_> = (0..threads)
            .map(|thread| scope.spawn(move || part(thread)))
            .collect();
        let mut sum = Tally::default();
        for thread in running {
            sum += thread
                .join()
                .map_err(|_| anyhow::anyhow!("a thread panicked"))?;
        }
        Ok(sum)
    })
}

/// Median and fastest round, in memos per second.
fn fastest(texts: &[String], work: impl Fn(&str)) -> (u128, u128) {
    let mut rates: Vec<u128> = (0..ROUNDS)
        .map(|_| {
            let start = Instant::now();
            texts.iter().for_each(|text| work(text));
            let nanos = start.elapsed().as_nanos().max(1);
            (texts.len() as u128) * 1_000_000_000 / nanos
        })
        .collect();
    rates.sort_unstable();
    (rates[ROUNDS / 2], rates[ROUNDS - 1])
}

fn show(what: &str, slipped: Slipped) {
    let millionths = slipped.right * 1_000_000 / slipped.memos.max(1);
    println!(
        "{what}: {} of {} ({}.{:04} %)",
        slipped.right,
        slipped.memos,
        millionths / 10_000,
        millionths % 10_000
    );
}
