//! How many round trips between two hosts are simulated in a second, on one core:
//! `RUSTFLAGS='--cfg triga_platform="sim"' cargo bench --bench sim`.

#[cfg(not(triga_platform = "sim"))]
fn main() {
    println!("there is nothing to measure without RUSTFLAGS='--cfg triga_platform=\"sim\"'");
}

#[cfg(triga_platform = "sim")]
fn main() -> std::io::Result<()> {
    for connections in [1, 10, 100] {
        simulated::measure(connections)?;
    }
    Ok(())
}

#[cfg(triga_platform = "sim")]
mod simulated {
    use std::io;
    use std::time::Instant;

    use futures_util::{AsyncReadExt, AsyncWriteExt};
    use triga::net::{TcpListener, TcpStream};
    use triga::os::sim::{self, World};

    const ROUND_TRIPS: usize = 300_000;

    /// Has so many clients on one host send bytes to a server on another one, and wait for them to come back.
    pub(super) fn measure(connections: usize) -> io::Result<()> {
        let start = Instant::now();
        let virtual_time = sim::run(1, World::new(), run(connections))??;
        let taken = start.elapsed();
        println!(
            "{connections:>3} connections: {:>7.0} round trips a second, {virtual_time:.1?} simulated in {taken:.1?}",
            ROUND_TRIPS as f64 / taken.as_secs_f64(),
        );
        Ok(())
    }

    async fn run(connections: usize) -> io::Result<std::time::Duration> {
        let start = triga::time::Instant::now();
        let listener = sim::host("server").spawn(TcpListener::bind("0.0.0.0:7"))?.await??;
        sim::host("server").spawn(serve(listener))?.detach();
        let clients: Vec<_> = (0..connections)
            .map(|_| sim::host("client").spawn(ask(ROUND_TRIPS / connections)))
            .collect();
        for client in clients {
            client?.await??;
        }
        Ok(start.elapsed())
    }

    async fn serve(listener: TcpListener) -> io::Result<()> {
        loop {
            let (mut stream, _) = listener.accept().await?;
            triga::spawn(async move {
                let mut bytes = [0; 64];
                while stream.read_exact(&mut bytes).await.is_ok() {
                    stream.write_all(&bytes).await?;
                }
                io::Result::Ok(())
            })?
            .detach();
        }
    }

    async fn ask(count: usize) -> io::Result<()> {
        let mut stream = TcpStream::connect("server:7").await?;
        let mut bytes = [0; 64];
        for round in 0..count {
            bytes[0] = round as u8;
            stream.write_all(&bytes).await?;
            stream.read_exact(&mut bytes).await?;
            assert_eq!(bytes[0], round as u8);
        }
        Ok(())
    }
}
