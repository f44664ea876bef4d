//! Two network namespaces with a link between them.

use std::fs;
use std::io;
use std::path::Path;
use std::process::{self as this, Command};
use std::time::Duration;

use crate::process;

/// The namespaces are gone with this value.
pub(super) struct Network {
    /// What both names begin with.
    prefix: String,
}

impl Network {
    /// Where the far side may listen.
    pub(super) const FAR: &'static str = "10.77.0.2:7000";

    /// A link on which half of the packets get lost, each way.
    ///
    /// # Errors
    ///
    /// What the system says: whoever is not root may not make it.
    pub(super) fn losing_half() -> io::Result<Network> {
        let network = Network {
            prefix: format!("triga-{}", this::id()),
        };
        let [near, far] = ["near", "far"].map(|side| format!("{}-{side}", network.prefix));
        for name in [&near, &far] {
            ip(&["netns", "add", name])?;
        }
        ip(&[
            "-n", &near, "link", "add", "link0", "type", "veth", "peer", "name", "link0", "netns", &far,
        ])?;
        for (name, address) in [(&near, "10.77.0.1/24"), (&far, "10.77.0.2/24")] {
            ip(&["-n", name, "address", "add", address, "dev", "link0"])?;
            ip(&["-n", name, "link", "set", "link0", "up"])?;
            let within = ["netns", "exec", name];
            let lose = "iptables-legacy -A INPUT -m statistic --mode random --probability 0.5 -j DROP";
            ip(&[&within[..], &lose.split(' ').collect::<Vec<_>>()].concat())?;
            // A system gives up after some attempts, which half of the losses reach soon; and one that has closed a socket gives up
            // on telling so, for which the other end would wait for ever.
            for retries in ["syn_retries", "synack_retries", "retries2", "orphan_retries"] {
                let setting = format!("net.ipv4.tcp_{retries}=100");
                ip(&[&within[..], &["sysctl", "-qw", &setting]].concat())?;
            }
            // TCP doubles its patience with each loss, which would take minutes. A kernel before 6.15 cannot be told to.
            let _ = ip(&[&within[..], &["sysctl", "-qw", "net.ipv4.tcp_rto_max_ms=1000"]].concat());
        }
        Ok(network)
    }

    /// A program on the near side.
    pub(super) fn near(&self, program: &Path) -> Command {
        self.at("near", program)
    }

    /// A program on the far side.
    pub(super) fn far(&self, program: &Path) -> Command {
        self.at("far", program)
    }

    fn at(&self, side: &str, program: &Path) -> Command {
        let mut command = Command::new("ip");
        command.args(["netns", "exec", &format!("{}-{side}", self.prefix)]);
        command.arg(program);
        command
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        for side in ["near", "far"] {
            let name = format!("{}-{side}", self.prefix);
            if fs::exists(format!("/run/netns/{name}")).unwrap_or(false) {
                // Nothing can be done about one that stays.
                let _ = ip(&["netns", "delete", &name]);
            }
        }
    }
}

fn ip(args: &[&str]) -> io::Result<()> {
    process::output(Command::new("ip").args(args), Duration::from_secs(60)).map(drop)
}
