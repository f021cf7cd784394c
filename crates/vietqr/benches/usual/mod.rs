//! What is measured: the usual code of a counter, and the plain way of drawing it.

use image::{ExtendedColorType, ImageEncoder, Luma};
use money::Vnd;
use std::hint::black_box;
use vietqr::{AcquirerBin, ConsumerAccount, Payload, Transfer};

/// One payment, an amount, a reference with a few words; from text to payload.
pub fn payload() -> Payload {
    Transfer::to_account(
        AcquirerBin::parse(black_box("970415")).unwrap(),
        ConsumerAccount::parse(black_box("113366668888")).unwrap(),
    )
    .one_time()
    .amount(Vnd::new(black_box(79_000)).unwrap())
    .purpose(black_box("QH234567895V Le phi"))
    .encode()
    .unwrap()
}

/// What a programmer writes first: the defaults of both libraries, as large as ours.
pub fn plain_png(payload: &str) -> Vec<u8> {
    let picture = qrcode::QrCode::new(payload)
        .unwrap()
        .render::<Luma<u8>>()
        .module_dimensions(8, 8)
        .build();
    let (width, height) = picture.dimensions();
    let mut file = Vec::new();
    image::codecs::png::PngEncoder::new(&mut file)
        .write_image(picture.as_raw(), width, height, ExtendedColorType::L8)
        .unwrap();
    file
}
