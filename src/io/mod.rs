//! The standard streams. For programs that talk through them, as filters, tools in a pipeline and guests in WebAssembly do.
//!
//! Each call makes a stream of its own; dropping it does not close the descriptor of the process. They are read and written
//! through the futures-io traits, also by reference, and are not buffered.
//!
//! No call blocks, and nothing is changed that other programs share, such as `O_NONBLOCK`:
//!
//! * Linux opens pipes and terminals anew, non-blocking, for this process alone; sockets are asked not to block by each call;
//!   files and the null device never do. Other Unix systems open terminals anew.
//! * Everything else has a thread for each of the three streams, from the first use on: `triga stdin`, `triga stdout` and
//!   `triga stderr`. That is so on Windows; on Unix for pipes where the system does not open them anew (other systems than
//!   Linux, no `/proc`, no permission, no reader), and for other devices. A write that is given up there may have been made, and
//!   is taken for the next one if that has the same bytes.
//!
//! Input that the program does not ask for is left to others, but on Windows, where std reads ahead. What a write has reported is
//! with the system, and so out when the program ends.

mod halves;
pub(crate) mod pipe;
pub(crate) mod registered;
mod stdio;

pub use stdio::{Stderr, Stdin, Stdout, stderr, stdin, stdout};

pub(crate) use halves::halves;
