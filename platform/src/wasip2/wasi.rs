//! What any interface hands out to wait for, as sources.

pub use wasip2::io::poll::Pollable as HostPollable;
pub use wasip2::io::streams::{InputStream as HostInputStream, OutputStream as HostOutputStream};

pub use super::pollable::Pollable;
pub use super::streams::{InputStream, OutputStream};
