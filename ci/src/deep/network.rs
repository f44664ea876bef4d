//! Two network namespaces with a link between them.

use std::io::{self, Read, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::process::{self, Running};

/// The namespaces have no names: they are gone with the processes in them, which end with this value and with this process.
pub(super) struct Network {
    near: Namespace,
    far: Namespace,
}

impl Network {
    /// Where the far side may listen.
    pub(super) const FAR: &'static str = "10.77.0.2:7000";

    /// A link on which half of the packets get lost, each way.
    ///
    /// # Errors
    ///
    /// Errors of the system: only root may make it.
    pub(super) fn losing_half() -> io::Result<Network> {
        let (near, far) = (Namespace::new()?, Namespace::new()?);
        let link = "ip link add link0 type veth peer name link0 netns";
        near.run(&format!("{link} {}", far.holder.id()))?;
        for (side, address) in [(&near, "10.77.0.1/24"), (&far, "10.77.0.2/24")] {
            side.run(&format!("ip address add {address} dev link0"))?;
            side.run("ip link set link0 up")?;
            side.run("iptables-legacy -A INPUT -m statistic --mode random --probability 0.5 -j DROP")?;
            // A system gives up after some attempts, which half of the losses reach soon; and one that has closed a socket
            // gives up on telling so, for which the other end would wait for ever.
            for retries in ["syn_retries", "synack_retries", "retries2", "orphan_retries"] {
                side.run(&format!("sysctl -qw net.ipv4.tcp_{retries}=100"))?;
            }
            // TCP doubles its patience with each loss, which would take minutes. A kernel before 6.15 cannot be told to.
            let _ = side.run("sysctl -qw net.ipv4.tcp_rto_max_ms=1000");
        }
        Ok(Network { near, far })
    }

    /// A program on the near side.
    pub(super) fn near(&self, program: &Path) -> Command {
        self.near.command(program)
    }

    /// A program on the far side.
    pub(super) fn far(&self, program: &Path) -> Command {
        self.far.command(program)
    }
}

/// A network namespace, which is there for as long as a process is in it.
struct Namespace {
    /// It reads what this process writes, and ends when every writer is closed.
    holder: Running,
}

impl Namespace {
    fn new() -> io::Result<Namespace> {
        let unshare = || {
            let mut unshare = Command::new("unshare");
            unshare.arg("--net");
            unshare
        };
        // It says what is wrong, if anything is.
        process::output(unshare().arg("true"), Duration::from_secs(60))?;
        let mut cat = unshare();
        cat.arg("cat").stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut holder = Running::start(&mut cat)?;
        if let (Some(input), Some(output)) = (&mut holder.child.stdin, &mut holder.child.stdout) {
            // What comes back was in the namespace.
            input.write_all(b"\n")?;
            output.read_exact(&mut [0])?;
        }
        Ok(Namespace { holder })
    }

    fn command(&self, program: &Path) -> Command {
        let mut command = Command::new("nsenter");
        command.arg(format!("--net=/proc/{}/ns/net", self.holder.id()));
        command.arg(program);
        command
    }

    /// Runs a command whose words have no spaces in them.
    fn run(&self, command: &str) -> io::Result<()> {
        let mut words = command.split(' ');
        let program = words.next().unwrap_or_default();
        let mut inside = self.command(Path::new(program));
        process::output(inside.args(words), Duration::from_secs(60)).map(drop)
    }
}
