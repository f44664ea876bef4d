//! Windows: events of the console, named pipes, local sockets, and sockets and handles of any kind.

mod console;
mod handle;
mod named_pipe;
mod socket;

pub mod net;

pub use console::{ConsoleEvent, console_event, send_console_event};
pub use handle::AsyncHandle;
pub use named_pipe::{ClientOptions, NamedPipeClient, NamedPipeServer, PipeAccess, PipeMode, ServerOptions};
pub use socket::AsyncSocket;
