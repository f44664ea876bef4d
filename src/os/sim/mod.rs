//! A simulated world, to test programs in: every host, link and clock of it is in memory, and one seed decides all that could
//! be one way or another.
//!
//! It takes the place of the system when everything is compiled with `RUSTFLAGS='--cfg triga_platform="sim"'`. The names of
//! triga are then what they always are, so that a program is tested as it is:
//!
//! ```
//! use std::io;
//! use std::time::Duration;
//!
//! use futures_util::{AsyncReadExt, AsyncWriteExt};
//! use triga::net::{TcpListener, TcpStream};
//! use triga::os::sim::{self, World};
//! use triga::time::sleep;
//!
//! async fn serve() -> io::Result<()> {
//!     let listener = TcpListener::bind("0.0.0.0:7").await?;
//!     let (mut stream, _) = listener.accept().await?;
//!     sleep(Duration::from_secs(3600)).await?; // No time of ours.
//!     stream.write_all(b"hello").await
//! }
//!
//! for seed in sim::seeds(0..20) {
//!     sim::run(seed, World::new(), async {
//!         let server = sim::host("server").spawn(serve())?;
//!         let mut text = String::new();
//!         let mut stream = loop {
//!             match TcpStream::connect("server:7").await {
//!                 Ok(stream) => break stream,
//!                 Err(_) => sleep(Duration::from_millis(1)).await?, // It does not listen yet.
//!             }
//!         };
//!         stream.read_to_string(&mut text).await?;
//!         assert_eq!(text, "hello");
//!         server.await?
//!     })
//!     .unwrap()
//!     .unwrap();
//! }
//! ```
//!
//! * The seed decides in which order events come and tasks run, how long packets take, how reads and writes are cut short with
//!   more left and no event to follow, and which connects are refused. What a [`World`] says are the bounds.
//! * The same seed makes the same [`trace`], byte for byte, on every machine, as long as the program itself does not look
//!   at clocks, threads or hash maps' orders.
//! * Hosts [crash](Host::crash) and [restart](Host::restart), links are [cut](partition) and [mended](heal), slow or lossy, each
//!   [direction](World::one_way) in its own way, as the test and the [`World`] say. So are events late, doubled, spurious and
//!   stale, waits [fail](fail_wait), descriptors run out, and the clock [stands still](stop_clock). By themselves they do not.
//! * What is open has [duplicates](duplicate), as a child has that inherits it: it is closed with the last of them. A pipe
//!   whose end is closed is [opened again](open_writer), as a fifo is. A child [takes input](Host::take_input), and a terminal
//!   [stops](Host::stop_terminal).
//! * A test that fails says with which seed, and `TRIGA_SEED` in the environment has [`seeds`] yield that one alone.
//! * Time passes only while every task waits: it jumps to the next deadline or arrival. Looking for events takes a
//!   microsecond. Where nothing would ever happen, [`block_on`](crate::block_on) fails with `Deadlock`.
//! * A simulation is on one thread, with everything that was made in it. Other threads, each with simulations of their own,
//!   may run beside it: tests need not be told to run one after another.
//! * What uses triga outside of [`run`] is in a simulation too: one for each thread, with the seed `TRIGA_SEED` or 0. So is
//!   any other executor than triga's, though its tasks have the order that it gives them, and are all on one host.
//!
//! What a simulation has nothing of fails with `Unsupported`, as it does on other platforms: threads that wake a driver, children,
//! sockets of std, broadcasts. What the system alone can have is missing: descriptors, and what else is in `os::unix` and its
//! like. Local sockets are there under the names of Unix, `os::unix::net`, where the target is one. Their paths are the host's
//! and no files of the system's: [`Host::remove_socket`] removes them, and so does a crash.

mod connection;
pub(crate) mod duplicate;
mod fifo;
mod host;
mod link;
mod run;
mod seeds;

pub use connection::reset;
pub use duplicate::{Duplicable, Duplicate, duplicate};
pub use fifo::{open_reader, open_writer};
pub use host::{Host, host};
pub use link::{heal, partition, partition_one_way};
pub use run::run;
pub use seeds::{Seeds, seeds};
pub use triga_platform::sim::{
    Entered, Link, World, beside, enter, fail_wait, fingerprint, seed, start_clock, stop_clock, trace,
};
