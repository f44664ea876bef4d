//! The name of a registered source.

use std::fmt;

/// Names a registered source to the selector: the index of its slot and the slot's generation.
///
/// A token goes through the operating system as one word. An event whose generation is not the slot's is stale.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Token(usize);

impl Token {
    /// How many bits of a word name the slot; the others are the generation.
    const INDEX_BITS: u32 = if usize::BITS >= 64 { 32 } else { 20 };
    const INDEX_MASK: usize = (1 << Self::INDEX_BITS) - 1;
    /// The highest of 64 bits is not part of a generation: mio has another use for it in the events of named pipes.
    const GENERATION_MASK: usize = usize::MAX >> (usize::BITS / 64) & !Self::INDEX_MASK;

    /// The selector's own waker.
    pub const WAKER: Token = Token(usize::MAX);
    /// Signals of the process.
    pub const SIGNAL: Token = Token(usize::MAX - 1);
    /// One more than the largest index. The last two words are kept for [`WAKER`](Self::WAKER) and [`SIGNAL`](Self::SIGNAL).
    pub const MAX_SLOTS: usize = Self::INDEX_MASK - 1;

    /// How many generations of a slot have tokens of their own.
    pub const GENERATIONS: u32 = (Self::GENERATION_MASK >> Self::INDEX_BITS) as u32 + 1;

    /// The token of a slot. Bits of the generation that have no room are dropped.
    #[inline]
    pub const fn new(index: usize, generation: u32) -> Token {
        Token(((generation as usize) << Self::INDEX_BITS & Self::GENERATION_MASK) | (index & Self::INDEX_MASK))
    }

    /// The slot.
    #[inline]
    pub const fn index(self) -> usize {
        self.0 & Self::INDEX_MASK
    }

    /// Whether this is the token of `index` at `generation`, as far as a word can tell.
    #[inline]
    pub const fn is_of(self, index: usize, generation: u32) -> bool {
        self.index() == index && self.0 >> Self::INDEX_BITS == Token::new(0, generation).0 >> Self::INDEX_BITS
    }

    /// The word that goes through the operating system.
    #[inline]
    pub const fn to_word(self) -> usize {
        self.0
    }

    /// The token that [`to_word`](Self::to_word) gave out.
    #[inline]
    pub const fn from_word(word: usize) -> Token {
        Token(word)
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Token::WAKER => f.write_str("Token::WAKER"),
            Token::SIGNAL => f.write_str("Token::SIGNAL"),
            token => write!(
                f,
                "Token({}, generation {})",
                token.index(),
                token.0 >> Self::INDEX_BITS
            ),
        }
    }
}
