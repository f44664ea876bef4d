//! The fuzzer's way into [`triga_fuzz::wasip1`].

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| triga_fuzz::wasip1(data));
