//! What a test does to the links between hosts.

use super::Host;

/// Cuts the link between two hosts, both ways.
///
/// Datagrams on it are lost. What is sent on connections waits until the link is [mended](heal), as if it were sent again and
/// again, and so do new connections: neither side gets an error. Bytes under way wait as well. No host is cut off
/// from itself.
pub fn partition(one: Host, other: Host) {
    partition_one_way(one, other);
    partition_one_way(other, one);
}

/// Cuts the link from one host to another, as [`partition`] does; what comes back still arrives.
pub fn partition_one_way(from: Host, to: Host) {
    from.0.cut(to.0);
}

/// Mends the link between two hosts, both ways: what waits arrives at once.
pub fn heal(one: Host, other: Host) {
    one.0.mend(other.0);
}
