//! Numbers that look random enough to spread work, and are the same in every run; and how much work there is.

/// How often a test does what takes many attempts to show. Miri needs a thousand times as long for each: it makes a hundredth
/// of them, and finds other schedules with other seeds.
pub(crate) const fn many(count: usize) -> usize {
    if cfg!(miri) { count.div_ceil(100) } else { count }
}

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
