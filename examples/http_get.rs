//! Fetches a page as a component of WASI 0.2: the host's HTTP, awaited in the same reactor as sockets and timers.
//!
//! ```text
//! cargo build --release --example http_get --target wasm32-wasip2
//! wasmtime run -Shttp http_get.wasm 127.0.0.1:7000 /
//! ```

#[cfg(all(target_os = "wasi", target_env = "p2"))]
use component::main;

#[cfg(not(all(target_os = "wasi", target_env = "p2")))]
fn main() {
    eprintln!("this program is for WASI 0.2: build it with `--target wasm32-wasip2`");
}

#[cfg(all(target_os = "wasi", target_env = "p2"))]
mod component {
    use std::io::{self, ErrorKind};
    use std::pin::Pin;
    use std::task::{Context, Poll};
    use std::time::Duration;

    use futures_util::AsyncRead;
    use triga::os::wasi::{InputStream, Pollable};
    use triga::time::timeout;
    use wasip2::http::outgoing_handler;
    use wasip2::http::types::{Fields, IncomingBody, IncomingResponse, OutgoingRequest, Scheme};

    pub(crate) fn main() -> io::Result<()> {
        let mut args = std::env::args().skip(1);
        let (Some(authority), Some(path)) = (args.next(), args.next()) else {
            return Err(io::Error::new(
                ErrorKind::InvalidInput,
                "usage: http_get AUTHORITY PATH",
            ));
        };
        triga::block_on(async {
            let response = timeout(Duration::from_secs(30), get(&authority, &path)).await??;
            eprintln!("status {}", response.status());
            let mut body = Body::of(&response)?;
            futures_util::io::copy(&mut body, &mut triga::io::stdout()?).await?;
            Ok(())
        })?
    }

    /// Sends the request, and waits for the head of the response.
    async fn get(authority: &str, path: &str) -> io::Result<IncomingResponse> {
        let request = OutgoingRequest::new(Fields::new());
        let malformed = |()| io::Error::new(ErrorKind::InvalidInput, "no such authority or path can be asked for");
        request.set_scheme(Some(&Scheme::Http)).map_err(malformed)?;
        request.set_authority(Some(authority)).map_err(malformed)?;
        request.set_path_with_query(Some(path)).map_err(malformed)?;
        let response = outgoing_handler::handle(request, None).map_err(io::Error::other)?;
        // Declared last, and so dropped first: a pollable comes before what it was made of.
        let ready = Pollable::new(response.subscribe())?;
        ready.ready().await?;
        match response.get() {
            Some(Ok(result)) => result.map_err(io::Error::other),
            Some(Err(())) | None => Err(io::Error::other(
                "the host says that a response is there, and gives none",
            )),
        }
    }

    /// The bytes of a response as they come. The stream comes before the body that it is of.
    struct Body {
        bytes: InputStream,
        _body: IncomingBody,
    }

    impl Body {
        fn of(response: &IncomingResponse) -> io::Result<Body> {
            let taken = |()| io::Error::other("the body was taken before");
            let body = response.consume().map_err(taken)?;
            let bytes = InputStream::new(body.stream().map_err(taken)?)?;
            Ok(Body { bytes, _body: body })
        }
    }

    impl AsyncRead for Body {
        fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut [u8]) -> Poll<io::Result<usize>> {
            Pin::new(&mut self.bytes).poll_read(cx, buf)
        }
    }
}
