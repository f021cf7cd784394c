#![no_main]

#[path = "../../crates/vietqr/tests/holds/mod.rs"]
#[allow(dead_code, reason = "each target asks for one thing")]
mod holds;

libfuzzer_sys::fuzz_target!(|text: &str| {
    holds::objects_lie_where_they_say(text);
    holds::objects_lie_where_they_say(&holds::sealed(text));
});
