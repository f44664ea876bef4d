//! Bytes by which both ends of a connection know that nothing was lost, doubled or moved.

use std::io;

/// No buffer's length divides it.
const PERIOD: usize = 251 * 256;

/// One period. The compiler works it out: what interprets a test would take long for single bytes.
static PATTERN: [u8; PERIOD] = {
    let mut pattern = [0; PERIOD];
    let mut position = 0;
    while position < PERIOD {
        pattern[position] = (position % 251) as u8 ^ (position / 251) as u8;
        position += 1;
    }
    pattern
};

/// The bytes from a position of the stream up to the end of a period.
fn from(position: u64) -> &'static [u8] {
    &PATTERN[(position % PERIOD as u64) as usize..]
}

/// So many bytes from a position on.
pub(crate) fn bytes(position: u64, count: usize) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(count);
    while bytes.len() < count {
        let next = from(position + bytes.len() as u64);
        bytes.extend_from_slice(&next[..next.len().min(count - bytes.len())]);
    }
    bytes
}

/// Follows a stream that should be the pattern from its beginning.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Checked(u64);

impl Checked {
    /// Takes the next bytes.
    pub(crate) fn check(&mut self, bytes: &[u8]) -> io::Result<()> {
        let mut left = bytes;
        while !left.is_empty() {
            let expected = from(self.0);
            let (found, rest) = left.split_at(left.len().min(expected.len()));
            if found != &expected[..found.len()] {
                return Err(io::Error::new(
                    io::ErrorKind::InvalidData,
                    self.difference(found, expected),
                ));
            }
            self.0 += found.len() as u64;
            left = rest;
        }
        Ok(())
    }

    fn difference(self, found: &[u8], expected: &[u8]) -> String {
        let mut pairs = found.iter().zip(expected).zip(self.0..);
        let first = pairs.find(|((found, expected), _)| found != expected);
        first.map_or_else(String::new, |((found, expected), position)| {
            format!("byte {position} is {found} where {expected} was sent")
        })
    }

    /// How many bytes there were.
    pub(crate) fn count(&self) -> u64 {
        self.0
    }
}
