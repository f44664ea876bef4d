//! Values of different threads, each in a cache line of its own.

use std::ops::Deref;

/// A value that shares no cache line with another one, so that a write to the one does not slow the other's thread.
///
/// How long a line is follows crossbeam-utils' `CachePadded` and its sources: Go's `internal/cpu`, folly's `lang/Align.h`, Intel's
/// optimization manual, the Linux kernel's `asm/cache.h`. Of the other processors with 64 bits, aarch64 has big cores with lines
/// of 128 bytes, and powerpc64 has no others. It differs in two places.
///
/// * x86_64: 64 bytes rather than 128, which would keep pairs of lines apart that are prefetched together. Two threads on cores of
///   their own called `fetch_add` on the first words of neighbouring values of 64 bytes. The medians of three runs
///   were 2.62 ns a call at 64 bytes, in one pair of lines, and 2.58 ns at 128: less apart than two runs are. In one line it took
///   13.5 ns. What 64 bytes save is memory, for each connection.
/// * wasm32: the value's own alignment. Few guests have a second thread.
#[cfg_attr(target_arch = "s390x", repr(align(256)))]
#[cfg_attr(
    all(
        target_pointer_width = "64",
        not(any(target_arch = "x86_64", target_arch = "riscv64", target_arch = "s390x"))
    ),
    repr(align(128))
)]
#[cfg_attr(any(target_arch = "arm", target_arch = "mips"), repr(align(32)))]
#[cfg_attr(
    any(
        target_arch = "x86_64",
        target_arch = "riscv64",
        all(
            target_pointer_width = "32",
            not(any(target_arch = "arm", target_arch = "mips", target_arch = "wasm32"))
        )
    ),
    repr(align(64))
)]
#[derive(Debug, Default)]
pub struct CacheLine<T>(pub T);

impl<T> Deref for CacheLine<T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_are_in_lines_of_their_own() {
        let pair = [CacheLine(0_u8), CacheLine(1)];
        let distance = (&raw const *pair[1]).addr() - (&raw const *pair[0]).addr();
        let line = if cfg!(target_arch = "wasm32") { 1 } else { 32 };
        assert!(distance >= line && distance == align_of::<CacheLine<u8>>());
    }
}
