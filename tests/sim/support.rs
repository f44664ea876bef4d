//! What the tests of a simulated world have in common.

use std::io;

use triga::net::{TcpListener, TcpStream};
use triga::os::sim::{self, World};

/// Runs a test in the world with fifty seeds, each of which must bear it.
pub(crate) fn on_each_seed(world: &World, test: impl AsyncFn() -> io::Result<()>) {
    for seed in sim::seeds(0..50) {
        sim::run(seed, world.clone(), test()).unwrap().unwrap();
    }
}

/// A connection from `localhost` to the host `far`: this side, and the other one.
pub(crate) async fn connection() -> io::Result<(TcpStream, TcpStream)> {
    let listener = sim::host("far").spawn(TcpListener::bind("0.0.0.0:80"))?.await??;
    let near = TcpStream::connect("far:80").await?;
    let (accepted, _) = listener.accept().await?;
    Ok((near, accepted))
}
