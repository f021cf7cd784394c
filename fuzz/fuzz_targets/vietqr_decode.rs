#![no_main]

#[path = "../../crates/vietqr/tests/holds/mod.rs"]
#[allow(dead_code, reason = "each target asks for one thing")]
mod holds;

libfuzzer_sys::fuzz_target!(|text: &str| {
    holds::the_diagnosis_is_sound(text);
    holds::the_diagnosis_is_sound(&holds::sealed(text));
});
