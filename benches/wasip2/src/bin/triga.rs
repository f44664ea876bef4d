//! On triga.

use std::io;

use futures_lite::{AsyncReadExt, AsyncWriteExt};
use triga::net::{TcpListener, TcpStream};
use triga_benches_wasip2::{BUFFER, address};

fn main() -> io::Result<()> {
    triga::block_on(async {
        let listener = TcpListener::bind(address()?).await?;
        loop {
            let (stream, _) = listener.accept().await?;
            triga::spawn(echo(stream))?.detach();
        }
    })?
}

async fn echo(mut stream: TcpStream) {
    let mut buffer = [0; BUFFER];
    while let Ok(count @ 1..) = stream.read(&mut buffer).await {
        if stream.write_all(&buffer[..count]).await.is_err() {
            break;
        }
    }
}
