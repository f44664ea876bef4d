//! valgrind's callgrind and strace, around a process of this program.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{self, Child, Command, Stdio};

use crate::load::Load;
use crate::work::{self, Work};

/// What counts.
#[derive(Clone, Copy)]
pub(super) enum Tool {
    Callgrind,
    Strace,
}

impl Tool {
    /// What it counts.
    pub(super) fn unit(self) -> &'static str {
        match self {
            Tool::Callgrind => "user instructions",
            Tool::Strace => "system calls",
        }
    }

    /// How many there are in a process that does this work, from its start to its end.
    pub(super) fn total(self, contender: &str, work: Work) -> io::Result<f64> {
        let report = Report(env::temp_dir().join(format!("triga-benches.{}", process::id())));
        let mut child = self
            .command(&report.0)
            .arg(env::current_exe()?)
            .args(work::arguments(contender, work))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| self.missing(error))?;
        if let Err(error) = drive(&mut child, work) {
            // It may wait for connections that do not come any more.
            let _ = child.kill();
            let _ = child.wait();
            return Err(error);
        }
        let status = child.wait()?;
        if !status.success() {
            return Err(io::Error::other(format!(
                "{}, watched by {}, ended with {status}",
                contender,
                self.name()
            )));
        }
        self.read(&report.0)
    }

    fn name(self) -> &'static str {
        match self {
            Tool::Callgrind => "valgrind",
            Tool::Strace => "strace",
        }
    }

    fn command(self, report: &Path) -> Command {
        let mut command = Command::new(self.name());
        match self {
            Tool::Callgrind => {
                let mut out = OsString::from("--callgrind-out-file=");
                out.push(report);
                command.args(["--tool=callgrind", "--quiet"]).arg(out)
            }
            Tool::Strace => command.args(["-f", "-c", "-o"]).arg(report),
        };
        command
    }

    fn read(self, report: &Path) -> io::Result<f64> {
        let text = fs::read_to_string(report)?;
        let word = match self {
            Tool::Callgrind => text.lines().find_map(|line| line.strip_prefix("totals: ")),
            // The columns are: share, seconds, microseconds a call, calls, and perhaps errors.
            Tool::Strace => text
                .lines()
                .find(|line| line.ends_with(" total"))
                .and_then(|line| line.split_whitespace().nth(3)),
        };
        word.and_then(|word| word.trim().parse().ok())
            .ok_or_else(|| io::Error::other(format!("the report of {} has no total", self.name())))
    }

    fn missing(self, error: io::Error) -> io::Error {
        if error.kind() != io::ErrorKind::NotFound {
            return error;
        }
        let name = self.name();
        io::Error::new(
            io::ErrorKind::NotFound,
            format!(
                "{name} is needed to count {} and is not installed: `apt-get install {name}`",
                self.unit()
            ),
        )
    }
}

/// A server is given the load that it waits for.
fn drive(child: &mut Child, work: Work) -> io::Result<()> {
    let Work::Echo { connections, waves } = work else {
        return Ok(());
    };
    let mut address = String::new();
    if let Some(stdout) = child.stdout.take() {
        BufReader::new(stdout).read_line(&mut address)?;
    }
    let address = address
        .trim()
        .parse()
        .map_err(|_| io::Error::other("the server did not say where it listens"))?;
    Load::connect(address, connections)?.run(waves)
}

/// The file that a tool writes; it goes when this does.
struct Report(PathBuf);

impl Drop for Report {
    fn drop(&mut self) {
        // It is not there if the tool did not start.
        let _ = fs::remove_file(&self.0);
    }
}
