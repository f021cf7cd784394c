//! Times of writing, reading and drawing the usual code, as `name<TAB>nanoseconds` per line: the best of
//! several stretches of each, in turn, so that a busy neighbour disturbs all of them alike.
//!
//! `scripts/qr-peer bench` runs it in turns with the npm library. The name of a task as argument runs
//! that one alone, for a profiler.

#![allow(clippy::unwrap_used, reason = "what is measured here cannot fail")]

#[path = "../benches/usual/mod.rs"]
mod usual;

use std::hint::black_box;
use std::time::Instant;
use vietqr::decode;
use vietqr::render::{self, PngOptions};

const STRETCHES: usize = 15;

fn main() {
    let only = std::env::args().nth(1);
    let payload = usual::payload();
    let text = payload.as_str();
    let tasks: [(&str, u32, &dyn Fn()); 5] = [
        ("write", 20_000, &|| drop(black_box(usual::payload()))),
        ("read", 20_000, &|| drop(black_box(decode(black_box(text))))),
        ("read and find the payee", 20_000, &|| {
            drop(black_box(decode(black_box(text)).payable()));
        }),
        ("write and draw a PNG", 500, &|| {
            drop(black_box(
                render::png(&usual::payload(), &PngOptions::default()).unwrap(),
            ));
        }),
        ("plain qrcode and image", 30, &|| {
            drop(black_box(usual::plain_png(black_box(text))));
        }),
    ];
    let mut best = [u128::MAX; 5];
    for _ in 0..STRETCHES {
        for ((name, times, task), best) in tasks.iter().zip(&mut best) {
            if only.as_deref().is_some_and(|only| only != *name) {
                continue;
            }
            let start = Instant::now();
            for _ in 0..*times {
                task();
            }
            *best = (*best).min(start.elapsed().as_nanos() / u128::from(*times));
        }
    }
    for ((name, ..), best) in tasks.iter().zip(best).filter(|(_, best)| *best < u128::MAX) {
        println!("{name}\t{best}");
    }
}
