//! Bytes by which both ends of a connection know that nothing was lost, doubled or moved.

use std::io;

/// The byte at a position of the stream. Its period is 251 times 256: no buffer's length divides it.
fn byte(position: u64) -> u8 {
    (position % 251) as u8 ^ (position / 251) as u8
}

/// So many bytes from a position on.
pub(crate) fn bytes(from: u64, count: usize) -> Vec<u8> {
    (from..).take(count).map(byte).collect()
}

/// Follows a stream that should be the pattern from its beginning.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Checked(u64);

impl Checked {
    /// Takes the next bytes.
    pub(crate) fn check(&mut self, bytes: &[u8]) -> io::Result<()> {
        for &found in bytes {
            let expected = byte(self.0);
            if found != expected {
                let position = self.0;
                return Err(io::Error::new(
                    io::ErrorKind::InvalidData,
                    format!("byte {position} is {found} where {expected} was sent"),
                ));
            }
            self.0 += 1;
        }
        Ok(())
    }

    /// How many bytes there were.
    pub(crate) fn count(&self) -> u64 {
        self.0
    }
}
