//! Local sockets: within a host, so that nothing is under way in them.

mod datagrams;
mod names;
mod stream;

pub(super) use self::datagrams::Datagrams;
pub(super) use self::names::{Name, Names};
pub(super) use self::stream::{Listener, Stream};

cfg_if::cfg_if! {
    if #[cfg(unix)] {
        mod address;
        mod credentials;
        mod unix_datagram;
        mod unix_listener;
        mod unix_stream;

        pub use self::credentials::PeerCredentials;
        pub use self::unix_datagram::{UnixDatagram, connect_datagram, datagram_from_std, DATAGRAM_INTO_STD, send_to};
        pub use self::unix_listener::{UnixListener, listener_from_std, LISTENER_INTO_STD};
        pub use self::unix_stream::{UnixStream, stream_from_std, STREAM_INTO_STD};

        use libc::{EMSGSIZE, EPROTOTYPE};
    } else {
        // Addresses of local sockets are std's, which has them on Unix alone: nobody makes any elsewhere.
        const EMSGSIZE: i32 = 0;
        const EPROTOTYPE: i32 = 0;
    }
}
