//! The fuzzer's way into [`triga_fuzz::reactor`].

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| triga_fuzz::reactor(data));
