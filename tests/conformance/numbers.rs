//! Numbers that look random enough to spread work, and are the same in every run.

/// A sequence for each seed but 0 (xorshift, Marsaglia 2003).
pub(crate) fn numbers(seed: u64) -> impl FnMut() -> u64 {
    // Small seeds would begin with small numbers.
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    }
}
