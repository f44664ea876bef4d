//! Broadcasts and multicasts of a datagram socket, which this platform's has none of.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr};

use crate::net::UdpSocket;
use crate::support::{self, Capability};

macro_rules! unsupported {
    ($($(#[$doc:meta])* fn $name:ident(&self $(, $arg:ty)*) -> $output:ty;)*) => {
        impl UdpSocket {$(
            $(#[$doc])*
            ///
            /// # Errors
            ///
            /// Always `Unsupported`.
            pub fn $name(&self $(, _: $arg)*) -> io::Result<$output> {
                Err(support::unsupported(Capability::Broadcast))
            }
        )*}
    };
}

unsupported! {
    /// Whether broadcasts may be sent.
    fn broadcast(&self) -> bool;
    /// Allows broadcasts, or not.
    fn set_broadcast(&self, bool) -> ();
    /// Joins a group.
    fn join_multicast_v4(&self, &Ipv4Addr, &Ipv4Addr) -> ();
    /// Leaves a group.
    fn leave_multicast_v4(&self, &Ipv4Addr, &Ipv4Addr) -> ();
    /// Joins a group.
    fn join_multicast_v6(&self, &Ipv6Addr, u32) -> ();
    /// Leaves a group.
    fn leave_multicast_v6(&self, &Ipv6Addr, u32) -> ();
}
