//! How long a code takes to write, to read and to draw, beside the plain way of drawing one.
//!
//! `cargo bench -p vietqr`. `scripts/qr-peer bench` measures beside the npm library, round by round.

#![allow(clippy::unwrap_used, reason = "what is measured here cannot fail")]

mod usual;

use criterion::{Criterion, criterion_group, criterion_main};
use std::hint::black_box;
use vietqr::decode;
use vietqr::render::{self, PngOptions, SvgOptions};

fn codes(c: &mut Criterion) {
    c.bench_function("write", |b| b.iter(usual::payload));

    let payload = usual::payload();
    let text = payload.as_str();
    c.bench_function("read", |b| b.iter(|| decode(black_box(text))));
    c.bench_function("read and find the payee", |b| {
        b.iter(|| decode(black_box(text)).payable());
    });

    c.bench_function("write and draw a PNG", |b| {
        b.iter(|| render::png(&usual::payload(), &PngOptions::default()).unwrap());
    });
    c.bench_function("plain qrcode and image", |b| {
        b.iter(|| usual::plain_png(black_box(text)));
    });
    c.bench_function("draw an SVG", |b| {
        b.iter(|| render::svg(black_box(&payload), &SvgOptions::default()).unwrap());
    });
}

criterion_group!(all, codes);
criterion_main!(all);
