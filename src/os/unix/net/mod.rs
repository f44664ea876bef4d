//! Local sockets: connections and datagrams between programs of one machine.
//!
//! They have names in the file system, which stay there until somebody removes them; on Linux also abstract ones
//! ([`SocketAddr::from_abstract_name`](std::os::linux::net::SocketAddrExt::from_abstract_name)), which do not; or no name.
//! In a simulation a path is its host's, and no file: `os::sim::Host::remove_socket` removes it.
//!
//! ```
//! use futures_util::{AsyncReadExt, AsyncWriteExt};
//! use triga::os::unix::net::{UnixListener, UnixStream};
//!
//! # let path = std::env::temp_dir().join(format!("triga-doc-{}", std::process::id()));
//! triga::block_on(async {
//!     let listener = UnixListener::bind(&path)?;
//!     let mut client = UnixStream::connect(&path).await?;
//!     let (mut server, _) = listener.accept().await?;
//!     client.write_all(b"ping").await?;
//!     let mut bytes = [0; 4];
//!     server.read_exact(&mut bytes).await?;
//!     assert_eq!(&bytes, b"ping");
//!     std::fs::remove_file(&path)
//! })
//! # .unwrap().unwrap();
//! ```

mod address;
mod datagram;
mod halves;
mod listener;
mod stream;

pub use triga_platform::local::PeerCredentials;

pub use datagram::UnixDatagram;
pub use halves::{OwnedReadHalf, OwnedWriteHalf, ReadHalf, ReuniteError, WriteHalf};
pub use listener::UnixListener;
pub use stream::UnixStream;
