//! Programs that carry bytes while something outside of them goes wrong: what refuses memory, what interrupts calls, what loses
//! packets. The caller has set this up.

use std::cell::Cell;
use std::io;
use std::net::{Shutdown, SocketAddr};
use std::pin::pin;
use std::rc::Rc;
use std::time::Duration;

use futures_util::{AsyncReadExt, AsyncWriteExt};
use triga::net::{TcpListener, TcpStream, UdpSocket};
use triga::task::{Executor, yield_now};
use triga::time::timeout;

use crate::harness::Outcome;
use crate::os;
use crate::pattern::{self, Checked};
use crate::tcp::echo;

/// Makes connections and carries bytes through them, and takes a refusal of memory for no reason to stop. There have to be
/// some, of turns and of registrations.
pub(crate) fn without_memory() -> Outcome {
    let descriptors = os::open_descriptors()?;
    let mut refused_drivers = 0;
    let mut executor = loop {
        match Executor::new() {
            Err(error) if is_out_of_memory(&error) => refused_drivers += 1,
            executor => break executor?,
        }
    };
    let refused = Rc::new(Cell::new(0));
    let mut refused_turns = 0;
    let mut work = pin!(connect_and_carry(refused.clone()));
    loop {
        match executor.block_on(work.as_mut()) {
            Err(error) if is_out_of_memory(&error) => refused_turns += 1,
            done => break done??,
        }
    }
    assert_eq!(executor.handle().metrics().registrations(), 0);
    drop(executor);
    assert_eq!(os::open_descriptors()?, descriptors);
    let refused = [refused_drivers, refused_turns, refused.get()];
    eprintln!("refused: {refused:?} drivers, turns, registrations");
    assert!(refused.iter().all(|count| *count > 0), "no allocation was refused");
    Ok(())
}

/// As [`without_memory`], but nothing may fail.
pub(crate) fn interrupted() -> Outcome {
    let refused = Rc::new(Cell::new(0));
    triga::block_on(connect_and_carry(refused.clone()))??;
    assert_eq!(refused.get(), 0);
    Ok(())
}

/// What becomes of a connection that its other end has dropped.
const GONE: [io::ErrorKind; 3] = [
    io::ErrorKind::BrokenPipe,
    io::ErrorKind::ConnectionReset,
    io::ErrorKind::UnexpectedEof,
];

fn is_out_of_memory(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::OutOfMemory
}

async fn connect_and_carry(refused: Rc<Cell<usize>>) -> Outcome {
    const CLIENTS: usize = 10;
    let listener = loop {
        match TcpListener::bind("127.0.0.1:0").await {
            Err(error) if is_out_of_memory(&error) => refused.set(refused.get() + 1),
            listener => break listener?,
        }
    };
    let address = listener.local_addr()?;
    let serving = Rc::new(Cell::new(0));
    let server = triga::spawn({
        let (serving, refused) = (serving.clone(), refused.clone());
        async move {
            loop {
                match listener.accept().await {
                    Ok((stream, _)) => {
                        let serving = serving.clone();
                        serving.set(serving.get() + 1);
                        triga::spawn(async move {
                            let echoed = echo(stream).await;
                            serving.set(serving.get() - 1);
                            echoed.expect("every client says goodbye");
                        })?
                        .detach();
                    }
                    Err(error) if is_out_of_memory(&error) => refused.set(refused.get() + 1),
                    Err(error) => return io::Result::<()>::Err(error),
                }
            }
        }
    })?;
    let clients: Vec<_> = (0..CLIENTS)
        .map(|_| triga::spawn(client(address, refused.clone())))
        .collect::<io::Result<_>>()?;
    for client in clients {
        client.await??;
    }
    while serving.get() > 0 {
        yield_now().await;
    }
    assert!(server.cancel().is_none(), "the server has failed");
    Ok(())
}

/// Carries bytes through one connection after another. One that could not be made is made again.
async fn client(address: SocketAddr, refused: Rc<Cell<usize>>) -> Outcome {
    for _ in 0..20 {
        loop {
            match TcpStream::connect(address).await {
                Ok(stream) => match exchange(stream).await {
                    Ok(()) => break,
                    // The server could not take it.
                    Err(error) if GONE.contains(&error.kind()) => {}
                    Err(error) => return Err(error.into()),
                },
                Err(error) if is_out_of_memory(&error) => {}
                Err(error) => return Err(error.into()),
            }
            refused.set(refused.get() + 1);
        }
    }
    Ok(())
}

/// Sends some of the pattern, receives it, and sees the end.
async fn exchange(mut stream: TcpStream) -> io::Result<()> {
    const COUNT: usize = 5_000;
    stream.write_all(&pattern::bytes(0, COUNT)).await?;
    let mut received = [0; COUNT];
    stream.read_exact(&mut received).await?;
    Checked::default().check(&received)?;
    stream.shutdown(Shutdown::Write)?;
    match stream.read(&mut [0]).await? {
        0 => Ok(()),
        _ => Err(io::Error::new(
            io::ErrorKind::InvalidData,
            "there are bytes behind the last ones",
        )),
    }
}

/// Sends back what comes through connections and as datagrams, until it is ended.
pub(crate) async fn far_side(address: &str) -> Outcome {
    let listener = TcpListener::bind(address).await?;
    let datagrams = triga::spawn({
        let socket = UdpSocket::bind(address).await?;
        async move {
            let mut buffer = [0; 2_000];
            loop {
                let (count, from) = socket.recv_from(&mut buffer).await?;
                socket.send_to(&buffer[..count], from).await?;
            }
            #[allow(unreachable_code, reason = "it says what goes wrong")]
            io::Result::Ok(())
        }
    })?;
    datagrams.detach();
    eprintln!("listening on {address}");
    loop {
        let (stream, _) = listener.accept().await?;
        triga::spawn(echo(stream))?.detach();
    }
}

/// Carries bytes and datagrams to [`far_side`] and back, some of which are lost on the way: what is lost of a connection is its
/// system's to send again, and lost datagrams are sent again here.
pub(crate) async fn lossy(address: &str) -> Outcome {
    const DATAGRAMS: u64 = 300;
    let connections: Vec<_> = (0..5)
        .map(|_| {
            let address = address.to_owned();
            triga::spawn(async move { exchange(TcpStream::connect(address).await?).await })
        })
        .collect::<io::Result<_>>()?;
    let socket = UdpSocket::bind("0.0.0.0:0").await?;
    socket.connect(address).await?;
    let mut sent = 0;
    for number in 0..DATAGRAMS {
        let datagram = pattern::bytes(number * 100, 100);
        let mut received = [0; 200];
        loop {
            socket.send(&datagram).await?;
            sent += 1;
            match timeout(Duration::from_millis(10), socket.recv(&mut received)).await {
                Ok(Ok(count)) if received[..count] == datagram[..] => break,
                // A late one, or none.
                _ => {}
            }
        }
    }
    assert!(
        sent > DATAGRAMS * 3 / 2,
        "of {sent} datagrams there and back hardly any was lost"
    );
    for connection in connections {
        connection.await??;
    }
    eprintln!("{sent} datagrams for {DATAGRAMS}");
    Ok(())
}
