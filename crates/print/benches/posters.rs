//! How long posters take: `cargo bench -p print --bench posters`.
//!
//! The target is 1,000 posters as one PDF in at most 10 seconds.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    reason = "criterion makes the functions; a bench may fail"
)]

use criterion::{Criterion, criterion_group, criterion_main};
use money::Vnd;
use print::frame::{Frame, Template};
use print::pdf::Document;
use print::poster::{Form, LogoPlace, Poster};
use print::raster::{PIXEL, Raster};
use print::svg::{NaturalSize, svg};
use print::{Logo, Paper};
use std::hint::black_box;
use vietqr::{AcquirerBin, ConsumerAccount, Payload, Transfer};

fn payload(number: i64) -> Payload {
    let account = format!("11336666{number:04}");
    Transfer::to_account(
        AcquirerBin::parse("970415").unwrap(),
        ConsumerAccount::parse(&account).unwrap(),
    )
    .amount(Vnd::new(10_000 + number).unwrap())
    .purpose("QH234567895V tien cho")
    .encode()
    .unwrap()
}

fn poster(number: i64) -> Poster {
    Poster::new(payload(number))
        .unwrap()
        .payee("Ban quản lý chợ Ví Dụ, phường Hai Chữ")
        .place(&format!("Sạp B-{number}"))
        .serial(&format!("2026-{number:06}"))
}

fn logo() -> Logo {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, 256, 256);
    encoder.set_color(png::ColorType::Grayscale);
    let mut writer = encoder.write_header().unwrap();
    let pixels: Vec<u8> = (0..=255).flat_map(|row| [row; 256]).collect();
    writer.write_image_data(&pixels).unwrap();
    writer.finish().unwrap();
    Logo::from_png(&file).unwrap()
}

fn thousand(form: Form, logo: Option<&Logo>) -> Vec<u8> {
    let mut document = Document::new("VietQR");
    for number in 0..1_000 {
        let mut poster = poster(number);
        if let Some(logo) = logo {
            poster = poster.logo(logo.clone(), LogoPlace::Centre);
        }
        document
            .add(&poster.draw(form, Paper::A5).unwrap())
            .unwrap();
    }
    document.finish().unwrap()
}

fn posters(criterion: &mut Criterion) {
    let logo = logo();
    let mut group = criterion.benchmark_group("1000_posters_one_pdf");
    group.sample_size(10);
    group.bench_function("poster", |bench| {
        bench.iter(|| thousand(Form::Poster, None))
    });
    group.bench_function("card", |bench| bench.iter(|| thousand(Form::Card, None)));
    group.bench_function("poster_logo_read_back", |bench| {
        bench.iter(|| thousand(Form::Poster, Some(&logo)));
    });
    group.finish();

    let mut group = criterion.benchmark_group("one");
    group.bench_function("poster_svg", |bench| {
        bench.iter(|| {
            let drawing = poster(7).draw(Form::Poster, Paper::A5).unwrap();
            svg(&drawing, NaturalSize::Millimetres).unwrap()
        });
    });
    for template in Template::ALL {
        group.bench_function(format!("screen_png/{template}"), |bench| {
            let payload = payload(7);
            bench.iter(|| {
                let frame = Frame::new(black_box(payload.clone())).unwrap();
                let drawing = frame.name("BAN QUAN LY CHO VI DU").draw(template).unwrap();
                Raster::of(&drawing, PIXEL).unwrap().png().unwrap()
            });
        });
    }
    group.finish();
}

criterion_group!(benches, posters);
criterion_main!(benches);
