//! The ends of connections between two programs of triga's: the tests of `across.rs` have one here, and one in a guest.

use std::fmt;
use std::io::{self, ErrorKind};
use std::net::{Shutdown, SocketAddr};

use futures_util::{AsyncReadExt, AsyncWriteExt, future};
use triga::io::stdout;
use triga::net::{TcpListener, TcpStream};

use crate::harness::Outcome;
use crate::pattern::{self, Checked};

/// The end that the arguments name, as a program. What a test must know of it is in lines of standard output.
pub(crate) async fn program(args: &[&str]) -> Outcome {
    match *args {
        ["serve", connections, size] => {
            let listener = TcpListener::bind("127.0.0.1:0").await?;
            say(listener.local_addr()?).await?;
            say(serve(listener, connections.parse()?, size.parse()?).await?).await
        }
        ["visit", address, connections, size] => visit(address.parse()?, connections.parse()?, size.parse()?).await,
        ["break off", address, connections, size] => {
            break_off(address.parse()?, connections.parse()?, size.parse()?).await
        }
        ["leave", address] => leave(address.parse()?).await,
        _ => panic!("there is no end {args:?}"),
    }
}

/// Says something in a line of standard output.
pub(crate) async fn say(what: impl fmt::Display) -> Outcome {
    let mut stdout = stdout()?;
    stdout.write_all(format!("{what}\n").as_bytes()).await?;
    Ok(stdout.flush().await?)
}

/// How the connections have ended.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Ends {
    /// Those over which every byte came, in both directions.
    pub(crate) whole: usize,
    /// Those that the other end has broken off.
    pub(crate) broken: usize,
}

impl fmt::Display for Ends {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} whole, {} broken", self.whole, self.broken)
    }
}

/// Accepts so many connections, and exchanges so many bytes with each, over all of them at once.
pub(crate) async fn serve(listener: TcpListener, connections: usize, size: u64) -> Outcome<Ends> {
    let mut exchanges = Vec::with_capacity(connections);
    while exchanges.len() < connections {
        let (stream, _) = listener.accept().await?;
        exchanges.push(triga::spawn(async move { exchange(&stream, size).await })?);
    }
    let mut ends = Ends::default();
    for exchange in exchanges {
        match exchange.await? {
            Ok(()) => ends.whole += 1,
            Err(error) if is_broken(&error) => ends.broken += 1,
            Err(error) => return Err(error.into()),
        }
    }
    Ok(ends)
}

/// Makes so many connections, and then exchanges so many bytes over each, over all of them at once.
pub(crate) async fn visit(address: SocketAddr, connections: usize, size: u64) -> Outcome {
    let streams = connect(address, connections).await?;
    future::try_join_all(streams.iter().map(|stream| exchange(stream, size))).await?;
    Ok(())
}

/// As [`visit`], but leaves every second connection in the middle: what is still to come resets it.
pub(crate) async fn break_off(address: SocketAddr, connections: usize, size: u64) -> Outcome {
    let streams = connect(address, connections).await?;
    let visits = streams.into_iter().enumerate().map(|(number, stream)| async move {
        if number % 2 == 0 {
            return exchange(&stream, size).await;
        }
        future::try_join(send(&stream, size / 2), receive(&stream, size / 2)).await?;
        Ok(())
    });
    future::try_join_all(visits).await?;
    Ok(())
}

/// Leaves a connection whose peer reads nothing, with all the bytes that the host has taken, and says how many those were. Another
/// connection, whose peer echoes, is used meanwhile.
async fn leave(address: SocketAddr) -> Outcome {
    let silent = TcpStream::connect(address).await?;
    let busy = TcpStream::connect(address).await?;
    let mut left = 0;
    // A host that has just taken bytes may have room again a little later.
    let mut patience = 50;
    while patience > 0 {
        let bytes = pattern::bytes(left, 64 * 1024);
        let mut stream = &silent;
        if let Some(count) = future::poll_immediate(stream.write(&bytes)).await {
            left += count? as u64;
        } else {
            patience -= 1;
            there_and_back(&busy).await?;
        }
    }
    drop(silent);
    for _ in 0..100 {
        there_and_back(&busy).await?;
    }
    say(left).await
}

async fn there_and_back(stream: &TcpStream) -> io::Result<()> {
    send(stream, 100).await?;
    receive(stream, 100).await
}

async fn connect(address: SocketAddr, connections: usize) -> Outcome<Vec<TcpStream>> {
    let mut streams = Vec::with_capacity(connections);
    while streams.len() < connections {
        streams.push(TcpStream::connect(address).await?);
    }
    Ok(streams)
}

/// Sends so many bytes of the pattern and the end of them, and receives the same, at once.
async fn exchange(mut stream: &TcpStream, size: u64) -> io::Result<()> {
    let sending = async {
        send(stream, size).await?;
        stream.shutdown(Shutdown::Write)
    };
    future::try_join(sending, receive(stream, size)).await?;
    match stream.read(&mut [0]).await? {
        0 => Ok(()),
        _ => Err(io::Error::other("there are bytes behind the last ones")),
    }
}

async fn send(mut stream: &TcpStream, size: u64) -> io::Result<()> {
    let mut sent = 0;
    while sent < size {
        let bytes = pattern::bytes(sent, (size - sent).min(64 * 1024) as usize);
        stream.write_all(&bytes).await?;
        sent += bytes.len() as u64;
    }
    Ok(())
}

async fn receive(mut stream: &TcpStream, size: u64) -> io::Result<()> {
    let mut checked = Checked::default();
    let mut buffer = vec![0; size.min(64 * 1024) as usize];
    while checked.count() < size {
        let room = (size - checked.count()).min(buffer.len() as u64) as usize;
        match stream.read(&mut buffer[..room]).await? {
            0 => return Err(ErrorKind::UnexpectedEof.into()),
            count => checked.check(&buffer[..count])?,
        }
    }
    Ok(())
}

/// Whether the other end is gone. Which of these it is depends on what was under way then.
fn is_broken(error: &io::Error) -> bool {
    use ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, UnexpectedEof};
    matches!(
        error.kind(),
        ConnectionReset | ConnectionAborted | BrokenPipe | UnexpectedEof
    )
}
