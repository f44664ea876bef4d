//! Answers HTTP as a component of WASI 0.2. `wasmtime serve` starts and scales instances by itself.
//!
//! ```text
//! cargo build --release --example http_hello --target wasm32-wasip2
//! wasmtime serve -Opooling-allocator=n -Scli -Sinherit-network --env UPSTREAM=127.0.0.1:7000 http_hello.wasm
//! ```
//!
//! Each request is answered by a body that comes in parts, while a timer and a connection to an echo server (such as
//! `examples/echo.rs` at `UPSTREAM`) are awaited at the same time.

#![cfg(all(target_os = "wasi", target_env = "p2"))]

use std::io;
use std::time::Duration;

use futures_util::{AsyncReadExt, AsyncWriteExt, future};
use triga::net::TcpStream;
use triga::os::wasi::OutputStream;
use triga::time::sleep;
use wasip2::exports::http::incoming_handler::Guest;
use wasip2::http::types::{Fields, IncomingRequest, OutgoingBody, OutgoingResponse, ResponseOutparam};

struct Hello;

wasip2::http::proxy::export!(Hello);

impl Guest for Hello {
    fn handle(_request: IncomingRequest, answer: ResponseOutparam) {
        let response = OutgoingResponse::new(Fields::new());
        let body = response.body().expect("the body is taken once");
        ResponseOutparam::set(answer, Ok(response));
        let sent = triga::block_on(send(&body)).and_then(|sent| sent);
        match sent {
            Ok(()) => {
                // A client that has gone does not wait for the end.
                let _ = OutgoingBody::finish(body, None);
            }
            // To drop the body unfinished tells the client that it is not whole.
            Err(error) => eprintln!("the answer is not whole: {error}"),
        }
    }
}

/// Writes the body in three parts. The second one takes as long as the slower of a timer and a round trip.
async fn send(body: &OutgoingBody) -> io::Result<()> {
    let taken = |()| io::Error::other("the stream of the body was taken before");
    let mut stream = OutputStream::new(body.write().map_err(taken)?)?;
    stream.write_all(b"hello\n").await?;
    stream.flush().await?;
    let (_, echoed) = future::try_join(sleep(Duration::from_millis(100)), echoed(b"and hello from upstream\n")).await?;
    stream.write_all(&echoed).await?;
    stream.write_all(b"bye\n").await?;
    stream.close().await
}

/// What the echo server sends back.
async fn echoed(message: &[u8]) -> io::Result<Vec<u8>> {
    let Ok(upstream) = std::env::var("UPSTREAM") else {
        return Ok(b"(no UPSTREAM is set)\n".to_vec());
    };
    let mut stream = TcpStream::connect(upstream).await?;
    stream.write_all(message).await?;
    let mut echoed = vec![0; message.len()];
    stream.read_exact(&mut echoed).await?;
    Ok(echoed)
}
