//! Duplicates of local sockets, in a simulation.

use triga_platform::{Interest, local};

use crate::os::sim::duplicate::duplicable;
use crate::os::unix::net::{UnixDatagram, UnixListener, UnixStream};

duplicable! {
    UnixDatagram, local::UnixDatagram, Interest::READABLE | Interest::WRITABLE;
    UnixListener, local::UnixListener, Interest::READABLE;
    UnixStream, local::UnixStream, Interest::READABLE | Interest::WRITABLE;
}
