//! Two programs of triga's, one here and one in a guest, that talk to each other; and what a guest leaves to its host.

use std::io::{self, BufRead, BufReader, Read};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{ChildStdout, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::ends::{self, Ends};
use crate::harness::{self, Outcome, programs};
use crate::pattern::Checked;
use crate::stdio::{Started, ends_well, program, start};

programs![
    a_guest_serves_a_native_client_both_ways_at_once(),
    a_native_server_serves_a_guest_both_ways_at_once(),
    a_guest_serves_a_thousand_native_connections(),
    a_native_server_serves_a_thousand_connections_of_a_guest(),
    a_guest_outlives_the_resets_of_native_clients(),
    a_native_server_outlives_the_resets_of_a_guest(),
    what_a_guest_leaves_unsent_arrives_and_does_not_delay_its_end(),
    a_peer_that_takes_nothing_keeps_a_guest_for_a_while_only(),
];

/// 64 MiB.
const MUCH: u64 = 64 << 20;
const THOUSAND: usize = 1_000;

fn a_guest_serves_a_native_client_both_ways_at_once() -> Outcome {
    let server = Server::start(1, MUCH)?;
    harness::block_on(ends::visit(server.address, 1, MUCH))?;
    server.ends_with(Ends { whole: 1, broken: 0 })
}

fn a_native_server_serves_a_guest_both_ways_at_once() -> Outcome {
    let ends = serve("visit", 1, MUCH)?;
    assert_eq!(ends, Ends { whole: 1, broken: 0 });
    Ok(())
}

fn a_guest_serves_a_thousand_native_connections() -> Outcome {
    let server = Server::start(THOUSAND, 1_000)?;
    harness::block_on(ends::visit(server.address, THOUSAND, 1_000))?;
    server.ends_with(Ends {
        whole: THOUSAND,
        broken: 0,
    })
}

fn a_native_server_serves_a_thousand_connections_of_a_guest() -> Outcome {
    let ends = serve("visit", THOUSAND, 1_000)?;
    assert_eq!(
        ends,
        Ends {
            whole: THOUSAND,
            broken: 0
        }
    );
    Ok(())
}

/// More than the buffers on the way hold, so that the middle is one for both sides.
const MEGABYTES: u64 = 16 << 20;

fn a_guest_outlives_the_resets_of_native_clients() -> Outcome {
    let server = Server::start(10, MEGABYTES)?;
    harness::block_on(ends::break_off(server.address, 10, MEGABYTES))?;
    server.ends_with(Ends { whole: 5, broken: 5 })
}

fn a_native_server_outlives_the_resets_of_a_guest() -> Outcome {
    let ends = serve("break off", 10, MEGABYTES)?;
    assert_eq!(ends, Ends { whole: 5, broken: 5 });
    Ok(())
}

fn what_a_guest_leaves_unsent_arrives_and_does_not_delay_its_end() -> Outcome {
    let mut leaver = Leaver::start()?;
    let left: u64 = leaver.line()?.trim_end().parse()?;
    let mut checked = Checked::default();
    let mut buffer = vec![0; 64 * 1024];
    loop {
        match leaver.silent.read(&mut buffer)? {
            0 => break,
            count => checked.check(&buffer[..count])?,
        }
    }
    assert_eq!(checked.count(), left);
    ends_well(leaver.guest)
}

fn a_peer_that_takes_nothing_keeps_a_guest_for_a_while_only() -> Outcome {
    let mut leaver = Leaver::start()?;
    leaver.line()?;
    let line = Instant::now();
    ends_well(leaver.guest)?;
    // It waits for ten seconds, and this thread may have got the line late.
    assert!(line.elapsed() >= Duration::from_secs(1), "it has not waited");
    Ok(())
}

/// A guest that serves.
struct Server {
    guest: Started,
    stdout: BufReader<ChildStdout>,
    address: SocketAddr,
}

impl Server {
    fn start(connections: usize, size: u64) -> Outcome<Server> {
        let args = ["end", "serve", &connections.to_string(), &size.to_string()];
        let mut guest = start(program(&args).stdout(Stdio::piped()))?;
        let mut stdout = BufReader::new(guest.stdout.take().expect("it is piped"));
        let address = line(&mut stdout)?.trim_end().parse()?;
        Ok(Server { guest, stdout, address })
    }

    /// Waits for its end, before which it says how its connections have ended.
    fn ends_with(mut self, ends: Ends) -> Outcome {
        assert_eq!(line(&mut self.stdout)?.trim_end(), ends.to_string());
        ends_well(self.guest)
    }
}

/// Serves a guest that visits.
fn serve(visit: &str, connections: usize, size: u64) -> Outcome<Ends> {
    harness::block_on(async {
        let listener = triga::net::TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?.to_string();
        let args = ["end", visit, &address, &connections.to_string(), &size.to_string()];
        let guest = start(&mut program(&args))?;
        let ends = ends::serve(listener, connections, size).await?;
        ends_well(guest)?;
        Ok(ends)
    })
}

/// A guest that leaves a connection with unsent bytes, and says how many it has left when it is about to end.
struct Leaver {
    guest: Started,
    stdout: BufReader<ChildStdout>,
    /// What it leaves.
    silent: TcpStream,
}

impl Leaver {
    fn start() -> Outcome<Leaver> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?.to_string();
        let mut guest = start(program(&["end", "leave", &address]).stdout(Stdio::piped()))?;
        let (silent, _) = listener.accept()?;
        let (busy, _) = listener.accept()?;
        thread::spawn(move || io::copy(&mut &busy, &mut &busy));
        let stdout = BufReader::new(guest.stdout.take().expect("it is piped"));
        Ok(Leaver { guest, stdout, silent })
    }

    fn line(&mut self) -> io::Result<String> {
        line(&mut self.stdout)
    }
}

fn line(stdout: &mut impl BufRead) -> io::Result<String> {
    let mut line = String::new();
    stdout.read_line(&mut line)?;
    Ok(line)
}
