#![no_main]

#[path = "../../crates/vietqr/tests/holds/mod.rs"]
#[allow(dead_code, reason = "each target asks for one thing")]
mod holds;

libfuzzer_sys::fuzz_target!(|text: &str| {
    holds::writing_again_keeps_everything(text);
    holds::writing_again_keeps_everything(&holds::sealed(text));
});
