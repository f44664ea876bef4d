//! What a host refuses: an error of the kind that std has for it, and never a trap.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Command, Stdio};

use crate::harness::{Outcome, programs};
use crate::stdio::{ends_well, program_in_host, start};

programs![
    a_host_without_a_network_denies_every_socket(),
    a_host_without_tcp_denies_it(),
    a_host_without_udp_denies_it(),
    a_host_that_resolves_no_names_denies_them(),
    an_address_that_a_socket_cannot_have_says_why(),
    a_read_that_waits_outlives_the_end_of_its_stream(),
    a_guest_whose_host_has_no_descriptors_left_serves_again_later(),
];

const NETWORK: &str = "-Sinherit-network";

/// What is tried, and with what.
type Attempt<'a> = (&'a str, &'a str);

/// What comes of attempts in a host with these options: a line for each.
fn outcomes(options: &[&str], attempts: &[Attempt<'_>]) -> Outcome<Vec<String>> {
    let mut args = vec!["attempt"];
    args.extend(attempts.iter().flat_map(|(what, target)| [*what, *target]));
    let mut guest = start(program_in_host(options, &args).stdout(Stdio::piped()))?;
    let mut said = String::new();
    guest.stdout.take().expect("it is piped").read_to_string(&mut said)?;
    ends_well(guest)?;
    let lines: Vec<String> = said.lines().map(str::to_owned).collect();
    assert_eq!(lines.len(), attempts.len(), "{said}");
    Ok(lines)
}

/// Each is denied, and its error says what would allow it.
fn are_denied(lines: &[String], would_allow: &str) {
    for line in lines {
        assert!(
            line.starts_with("PermissionDenied: ") && line.contains(would_allow),
            "{line}"
        );
    }
}

fn a_host_without_a_network_denies_every_socket() -> Outcome {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?.to_string();
    let attempts = [
        ("listen", "127.0.0.1:0"),
        ("listen", "[::1]:0"),
        ("connect", &address),
        ("bind", "127.0.0.1:0"),
    ];
    are_denied(&outcomes(&[], &attempts)?, NETWORK);
    Ok(())
}

fn a_host_without_tcp_denies_it() -> Outcome {
    let attempts = [
        ("listen", "127.0.0.1:0"),
        ("connect", "127.0.0.1:1"),
        ("bind", "127.0.0.1:0"),
    ];
    let lines = outcomes(&[NETWORK, "-Stcp=n"], &attempts)?;
    are_denied(&lines[..2], NETWORK);
    assert_eq!(lines[2], "done");
    Ok(())
}

fn a_host_without_udp_denies_it() -> Outcome {
    let attempts = [("bind", "127.0.0.1:0"), ("listen", "127.0.0.1:0")];
    let lines = outcomes(&[NETWORK, "-Sudp=n"], &attempts)?;
    are_denied(&lines[..1], NETWORK);
    assert_eq!(lines[1], "done");
    Ok(())
}

fn a_host_that_resolves_no_names_denies_them() -> Outcome {
    // An address is not resolved.
    let attempts = [
        ("look up", "localhost"),
        ("connect", "localhost:1"),
        ("look up", "127.0.0.1"),
    ];
    let lines = outcomes(&[NETWORK, "-Sallow-ip-name-lookup=n"], &attempts)?;
    are_denied(&lines[..2], "-Sallow-ip-name-lookup");
    assert_eq!(lines[2], "done");
    Ok(())
}

fn an_address_that_a_socket_cannot_have_says_why() -> Outcome {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let in_use = listener.local_addr()?.to_string();
    // An address that is kept for documents (RFC 5737): it is no machine's.
    let attempts = [("listen", &*in_use), ("listen", "192.0.2.1:0"), ("bind", "192.0.2.1:0")];
    let lines = outcomes(&[NETWORK], &attempts)?;
    let kinds = ["AddrInUse: ", "AddrNotAvailable: ", "AddrNotAvailable: "];
    for (line, kind) in lines.iter().zip(kinds) {
        assert!(line.starts_with(kind), "{line}");
    }
    Ok(())
}

fn a_read_that_waits_outlives_the_end_of_its_stream() -> Outcome {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?.to_string();
    assert_eq!(outcomes(&[NETWORK], &[("read what is shut down", &address)])?, ["done"]);
    Ok(())
}

fn a_guest_whose_host_has_no_descriptors_left_serves_again_later() -> Outcome {
    /// More than the host itself needs, and fewer than the connections.
    const DESCRIPTORS: usize = 60;
    let guest = program_in_host(&[NETWORK], &["serve connections"]);
    let mut limited = Command::new("sh");
    limited.args(["-c", &format!("ulimit -n {DESCRIPTORS} && exec \"$@\""), "sh"]);
    limited.arg(guest.get_program()).args(guest.get_args());
    let mut guest = start(limited.stdout(Stdio::piped()))?;
    let mut stdout = BufReader::new(guest.stdout.take().expect("it is piped"));
    let mut line = String::new();
    stdout.read_line(&mut line)?;
    let address: SocketAddr = line.trim_end().parse()?;
    let connect = |_| TcpStream::connect(address);
    let connections = (0..DESCRIPTORS).map(connect).collect::<Result<Vec<_>, _>>()?;
    line.clear();
    stdout.read_line(&mut line)?;
    assert!(line.contains("descriptors"), "{line}");
    drop(connections);
    let mut stream = TcpStream::connect(address)?;
    stream.write_all(b"still there?")?;
    let mut echo = [0; 12];
    stream.read_exact(&mut echo)?;
    assert_eq!(&echo, b"still there?");
    Ok(())
}
