//! Which capability a public name is for.

use crate::matrix::Capability;

/// What names begin with, and what they are for. The longest that fits counts.
const NAMES: &[(&str, Capability)] = &[
    ("triga::time::", Capability::Timers),
    ("triga::net::TcpStream::connect", Capability::TcpConnect),
    ("triga::net::TcpListener::bind", Capability::TcpListen),
    ("triga::net::TcpStream::preopened", Capability::PreopenedSockets),
    ("triga::net::TcpListener::preopened", Capability::PreopenedSockets),
    ("triga::net::UdpSocket", Capability::Udp),
    ("triga::net::lookup", Capability::Names),
    ("triga::net::ToSocketAddrs", Capability::Names),
    ("triga::io::", Capability::Stdio),
    ("triga::Driver impl As", Capability::SelectorDescriptor),
    ("triga::Source", Capability::RawSources),
    ("triga::os::unix::AsyncFd", Capability::RawSources),
    ("triga::os::unix::ReadyGuard", Capability::RawSources),
    ("triga::os::wasi", Capability::Pollables),
    ("triga::signal::", Capability::Signals),
    ("triga::os::unix::signal", Capability::Signals),
    ("triga::os::unix::SignalKind", Capability::Signals),
    ("triga::process::", Capability::Processes),
    ("triga::os::unix::net", Capability::LocalSockets),
    ("triga::os::windows::net", Capability::LocalSockets),
    ("triga::os::windows::AsyncSocket", Capability::RawSources),
    ("triga::os::windows::AsyncHandle", Capability::WaitableHandles),
    ("triga::os::windows::NamedPipe", Capability::NamedPipes),
    ("triga::os::windows::Pipe", Capability::NamedPipes),
    ("triga::os::windows::ClientOptions", Capability::NamedPipes),
    ("triga::os::windows::ServerOptions", Capability::NamedPipes),
    ("triga::os::windows::console_event", Capability::Signals),
    ("triga::os::windows::ConsoleEvent", Capability::Signals),
    ("triga::pipe", Capability::Pipes),
    ("triga::Pipe", Capability::Pipes),
    ("triga::os::unix::FifoOptions", Capability::Pipes),
];

/// What a name is for, in words.
pub(super) fn to(name: &str) -> &'static str {
    let fitting = NAMES.iter().filter(|(prefix, _)| name.starts_with(prefix));
    match fitting.max_by_key(|(prefix, _)| prefix.len()) {
        Some((_, capability)) => capability.title(),
        None if name.starts_with("triga::os::sim") => "the simulator",
        None => "the reactor, which every platform has",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::builds::Build;
    use crate::surface::kept::Kept;
    use crate::toolchain::root;

    #[test]
    fn the_longest_beginning_counts() {
        assert_eq!(to("triga::net::TcpStream::connect fn"), "TCP connect");
        assert_eq!(to("triga::net::UdpSocket::bind fn"), "UDP");
        assert_eq!(to("triga::Driver impl AsFd"), "the driver as a descriptor");
        assert_eq!(to("triga::Driver::turn fn"), "the reactor, which every platform has");
        assert_eq!(to("triga::os::sim::seeds fn"), "the simulator");
    }

    #[test]
    fn every_beginning_is_one_of_a_name() {
        let kept = Kept::read(root()).unwrap();
        for (prefix, _) in NAMES {
            let is_used = |build: &Build| kept.of(build).iter().any(|name| name.starts_with(prefix));
            assert!(
                Build::all().iter().filter(|build| build.has_own_names()).any(is_used),
                "no target has a name that begins with {prefix}"
            );
        }
    }
}
