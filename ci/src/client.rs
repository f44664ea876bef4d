//! The client of the demo: it sends pseudo-random bytes and checks every byte that comes back.

use std::fmt::Display;
use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::process::ChildStdin;
use std::thread;
use std::time::{Duration, Instant};

use crate::{Error, Result};

/// How much a round trip carries each way.
const MESSAGE: usize = 64;
/// The writes of [`verify`], around the sizes at which buffers end.
const PIECES: [usize; 16] = [
    1, 2, 3, 64, 63, 65, 1000, 1460, 4095, 4096, 4097, 8191, 16_385, 65_536, 100_003, 1,
];

/// A way to an echo server and back.
#[derive(Debug)]
pub(crate) struct Wire<R, W> {
    pub(crate) reader: R,
    pub(crate) writer: W,
}

/// The way to a server, which has an end of its own.
pub(crate) trait Outward: Write + Send {
    /// Lets the server read the end, without taking away what it still has to say.
    fn finish(self) -> io::Result<()>;
}

impl Outward for TcpStream {
    fn finish(self) -> io::Result<()> {
        self.shutdown(Shutdown::Write)
    }
}

impl Outward for ChildStdin {
    fn finish(self) -> io::Result<()> {
        drop(self);
        Ok(())
    }
}

/// Makes round trips for a while: on each wire there is one message at any time, and there
/// is one at least. Returns how many there were, and their time.
pub(crate) fn drive<R: Read, W: Write>(wires: &mut [Wire<R, W>], time: Duration) -> Result<(u64, Duration)> {
    let mut noise = Noise(1);
    let mut sent = vec![[0; MESSAGE]; wires.len()];
    let mut trips = 0;
    let start = Instant::now();
    loop {
        for (wire, sent) in wires.iter_mut().zip(&mut sent) {
            noise.fill(sent);
            wire.writer
                .write_all(sent)
                .map_err(|error| describe("sending", error))?;
        }
        for (number, (wire, sent)) in wires.iter_mut().zip(&sent).enumerate() {
            let mut received = [0; MESSAGE];
            wire.reader
                .read_exact(&mut received)
                .map_err(|error| describe("receiving", error))?;
            compare(sent, &received, number)?;
        }
        trips += wires.len() as u64;
        let elapsed = start.elapsed();
        if elapsed >= time {
            return Ok((trips, elapsed));
        }
    }
}

/// Sends messages of many sizes on all wires at once, while it receives, and then the end. What comes back has to be the
/// same bytes and the end.
pub(crate) fn verify<R: Read + Send, W: Outward>(wires: Vec<Wire<R, W>>) -> Result<()> {
    thread::scope(|scope| {
        let mut receiving = Vec::new();
        for (number, Wire { mut reader, writer }) in wires.into_iter().enumerate() {
            let mut sent = vec![0; PIECES.iter().sum()];
            Noise(number as u64 + 2).fill(&mut sent);
            receiving.push(scope.spawn(move || {
                thread::scope(|scope| {
                    let sending = scope.spawn(|| send(writer, &sent));
                    let mut received = Vec::with_capacity(sent.len());
                    let ended = reader.read_to_end(&mut received);
                    // The reason comes before its consequence.
                    sending.join().map_err(|_| "the client panicked")??;
                    ended.map_err(|error| describe("receiving", error))?;
                    compare(&sent, &received, number)
                })
            }));
        }
        receiving
            .into_iter()
            .try_for_each(|wire| wire.join().map_err(|_| "the client panicked")?)
    })
}

fn send(mut writer: impl Outward, bytes: &[u8]) -> Result<()> {
    let mut rest = bytes;
    for size in PIECES {
        let (piece, after) = rest.split_at(size);
        writer.write_all(piece).map_err(|error| describe("sending", error))?;
        rest = after;
    }
    writer.finish().map_err(|error| describe("sending the end", error))
}

fn compare(sent: &[u8], received: &[u8], number: usize) -> Result<()> {
    if sent == received {
        return Ok(());
    }
    let same = sent
        .iter()
        .zip(received)
        .take_while(|(sent, received)| sent == received)
        .count();
    Err(format!(
        "connection {number} sent back other bytes than it got: {} of them for {}, the first {same} right",
        received.len(),
        sent.len()
    )
    .into())
}

fn describe(what: impl Display, error: io::Error) -> Error {
    let sentence = match error.kind() {
        // How the systems report a socket's timeout.
        io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => format!("{what}: nothing moved for a minute"),
        io::ErrorKind::UnexpectedEof => format!("{what}: the server ended the connection"),
        _ => format!("{what}: {error}"),
    };
    sentence.into()
}

/// Bytes that repeat only after longer than any run, by the generator SplitMix64.
struct Noise(u64);

impl Noise {
    fn fill(&mut self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut word = self.0;
            word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            word ^= word >> 31;
            chunk.copy_from_slice(&word.to_le_bytes()[..chunk.len()]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;

    /// Wires to servers that pass what they read through `answer`, each on a thread of its own.
    fn wires<const N: usize>(answer: fn(&mut Vec<u8>)) -> Vec<Wire<TcpStream, TcpStream>> {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let wire = |_| {
            let writer = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
            let (mut stream, _) = listener.accept().unwrap();
            thread::spawn(move || {
                let mut buffer = [0; 4096];
                while let Ok(length @ 1..) = stream.read(&mut buffer) {
                    let mut bytes = buffer[..length].to_vec();
                    answer(&mut bytes);
                    if stream.write_all(&bytes).is_err() {
                        return;
                    }
                }
            });
            Wire {
                reader: writer.try_clone().unwrap(),
                writer,
            }
        };
        std::array::from_fn::<_, N, _>(wire).into()
    }

    #[test]
    fn an_honest_server_passes() {
        let (trips, elapsed) = drive(&mut wires::<5>(|_| {}), Duration::from_millis(50)).unwrap();
        assert!(trips > 0 && trips.is_multiple_of(5));
        assert!(elapsed >= Duration::from_millis(50));
        verify(wires::<5>(|_| {})).unwrap();
    }

    #[test]
    fn a_flipped_bit_is_seen() {
        let flip: fn(&mut Vec<u8>) = |bytes| *bytes.last_mut().unwrap() ^= 1;
        let error = drive(&mut wires::<2>(flip), Duration::from_secs(5)).unwrap_err();
        assert!(
            error.to_string().contains("connection 0 sent back other bytes"),
            "{error}"
        );
        assert!(error.to_string().contains("the first 63 right"), "{error}");
        let error = verify(wires::<2>(flip)).unwrap_err();
        assert!(error.to_string().contains("sent back other bytes"), "{error}");
    }

    #[test]
    fn a_lost_byte_is_seen() {
        let error = verify(wires::<1>(|bytes| bytes.truncate(4000))).unwrap_err();
        assert!(error.to_string().contains("of them for"), "{error}");
    }

    #[test]
    fn a_byte_too_many_is_seen() {
        let error = verify(wires::<1>(|bytes| bytes.push(0))).unwrap_err();
        assert!(error.to_string().contains("sent back other bytes"), "{error}");
    }
}
