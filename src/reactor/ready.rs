//! What a task learns about a source: which directions are ready, and how old that knowledge is.

use std::fmt;

use triga_platform::Ready;

/// How many events a source has had, modulo 2^15. It distinguishes readiness that was acted on from readiness that came since.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tick(u16);

/// A readiness as it was at one tick.
///
/// It is what [`Registration::clear_readiness`](crate::Registration::clear_readiness) takes: whatever came after it stays.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct ReadyEvent(u32);

impl ReadyEvent {
    /// Where the tick lies in the word of an event: at its upper end, so that it wraps without a mask.
    pub(crate) const TICK_SHIFT: u32 = 17;
    /// The 15 bits of the tick in the word of an event.
    pub(crate) const TICK_MASK: u32 = u32::MAX << Self::TICK_SHIFT;

    /// The event in a word, of which only the readiness and the tick count.
    #[inline]
    pub(crate) const fn new(word: u32, mask: Ready) -> ReadyEvent {
        ReadyEvent(word & (Self::TICK_MASK | mask.bits() as u32))
    }

    /// Whether a word is of the same tick.
    #[inline]
    pub(crate) const fn is_at_tick_of(self, word: u32) -> bool {
        (self.0 ^ word) & Self::TICK_MASK == 0
    }

    /// What was ready.
    #[inline]
    pub const fn ready(&self) -> Ready {
        Ready::from_bits_truncate(self.0 as u16)
    }

    /// When.
    #[inline]
    pub const fn tick(&self) -> Tick {
        Tick((self.0 >> Self::TICK_SHIFT) as u16)
    }

    /// The same moment, seen as no more than this was ready: so a task that exhausted one direction clears only that.
    #[inline]
    pub const fn only(self, ready: Ready) -> ReadyEvent {
        ReadyEvent::new(self.0, ready)
    }
}

impl fmt::Debug for ReadyEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReadyEvent")
            .field("ready", &self.ready())
            .field("tick", &self.tick().0)
            .finish()
    }
}
