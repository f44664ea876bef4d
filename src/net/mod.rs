//! TCP, UDP and names, for programs that talk over the network.
//!
//! A socket belongs to the driver of the handle that it was made with: the thread's [current](crate::Handle::current) one, or
//! the one that a `from_std` was given. Its operations may be awaited on any thread.
//!
//! The futures-io traits are implemented for the sockets and for references to them. A socket keeps one waker for reading and
//! one for writing: of several tasks that read one stream, only the last is woken. The functions that return futures
//! let any number of tasks wait.

mod address;
pub(crate) mod backoff;
mod lookup;
mod tcp_halves;
mod tcp_listener;
mod tcp_stream;
mod udp_socket;

pub use address::ToSocketAddrs;
pub use lookup::lookup;
pub use tcp_halves::{OwnedReadHalf, OwnedWriteHalf, ReadHalf, ReuniteError, WriteHalf};
pub use tcp_listener::TcpListener;
pub use tcp_stream::TcpStream;
pub use udp_socket::UdpSocket;
