//! Windows: events of the console, named pipes, and handles that are waited for.

mod console;
mod handle;
mod named_pipe;

pub use console::{ConsoleEvent, console_event, send_console_event};
pub use handle::AsyncHandle;
pub use named_pipe::{ClientOptions, NamedPipeClient, NamedPipeServer, PipeAccess, PipeMode, ServerOptions};
