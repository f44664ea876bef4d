//! On wstd.

use std::io;

use triga_benches_wasip2::{BUFFER, argument};
use wstd::io::{AsyncRead, AsyncWrite};
use wstd::iter::AsyncIterator;
use wstd::net::{TcpListener, TcpStream};
use wstd::runtime;

fn main() -> io::Result<()> {
    runtime::block_on(async {
        let listener = TcpListener::bind(&argument()).await?;
        let mut incoming = listener.incoming();
        while let Some(stream) = incoming.next().await {
            runtime::spawn(echo(stream?)).detach();
        }
        Ok(())
    })
}

async fn echo(stream: TcpStream) {
    let (mut input, mut output) = stream.split();
    let mut buffer = [0; BUFFER];
    while let Ok(count @ 1..) = input.read(&mut buffer).await {
        if output.write_all(&buffer[..count]).await.is_err() {
            break;
        }
    }
}
