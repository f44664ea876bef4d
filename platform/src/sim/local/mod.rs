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
        pub use self::unix_datagram::{DATAGRAM_INTO_STD, UnixDatagram, connect_datagram, datagram_from_std, send_to};
        pub use self::unix_listener::{LISTENER_INTO_STD, UnixListener, listener_from_std};
        pub use self::unix_stream::{STREAM_INTO_STD, UnixStream, receive, stream_from_std};

        use libc::{EMSGSIZE, EPROTOTYPE};
    } else {
        // Addresses of local sockets are std's, which has them on Unix alone: none are made elsewhere.
        const EMSGSIZE: i32 = 0;
        const EPROTOTYPE: i32 = 0;
    }
}
