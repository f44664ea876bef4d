//! What a host may refuse, tried once by a program of its own: `refusals.rs` compares what comes of it.

use std::io;
use std::net::Shutdown;

use futures_util::AsyncReadExt;
use futures_util::future;
use triga::net::{self, TcpListener, TcpStream, UdpSocket};

use crate::ends::say;
use crate::harness::Outcome;
use crate::tcp;

/// Tries one thing after the other, and says in a line for each what kind of error has come of it, and its sentence. Every
/// second argument is what the one before it is tried with.
pub(crate) async fn program(args: &[&str]) -> Outcome {
    for attempt in args.chunks(2) {
        match attempt_to(attempt[0], attempt[1]).await {
            Ok(()) => say("done").await?,
            Err(error) => say(format!("{:?}: {error}", error.kind())).await?,
        }
    }
    Ok(())
}

async fn attempt_to(what: &str, target: &str) -> io::Result<()> {
    match what {
        "listen" => TcpListener::bind(target).await.map(drop),
        "connect" => TcpStream::connect(target).await.map(drop),
        "bind" => UdpSocket::bind(target).await.map(drop),
        "look up" => net::lookup(target, 1).await.map(drop),
        "read what is shut down" => read_what_is_shut_down(target).await,
        _ => panic!("nothing is known of how to {what}"),
    }
}

/// Ends both directions of a connection while a task waits for bytes of it.
async fn read_what_is_shut_down(target: &str) -> io::Result<()> {
    let stream = TcpStream::connect(target).await?;
    let reading = async {
        let count = (&stream).read(&mut [0]).await?;
        assert_eq!(count, 0, "the peer has sent nothing");
        Ok(())
    };
    let shutting = async {
        // The reader comes first, and has found nothing by now.
        triga::task::yield_now().await;
        stream.shutdown(Shutdown::Both)
    };
    future::try_join(reading, shutting).await.map(drop)
}

/// A program that echoes whatever comes, and goes on after an accept that fails, of which it says why.
pub(crate) async fn serve() -> Outcome {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    say(listener.local_addr()?).await?;
    loop {
        match listener.accept().await {
            Ok((stream, _)) => triga::spawn(tcp::echo(stream))?.detach(),
            Err(error) => say(error).await?,
        }
    }
}
