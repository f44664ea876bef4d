//! The fuzzer's way into [`triga_fuzz::poll`].

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| triga_fuzz::poll(data));
