//! Children, none of which outlives this process.
//!
//! On Unix each child leads a process group of its own, and it is the group that is ended: cargo's compilers and a test's
//! own children go with it. On Windows it is the child's tree, and Ctrl-C reaches every process through the console.

use std::io::{self, BufRead, BufReader};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

/// The children that run now. A signal's thread takes the lock and never gives it back, so that no child starts after it.
static RUNNING: Mutex<Vec<u32>> = Mutex::new(Vec::new());

/// A child that ends with this value.
#[derive(Debug)]
pub(crate) struct Running {
    /// For its streams; [`Running`]'s own methods wait for it.
    pub(crate) child: Child,
}

impl Running {
    /// Starts a command whose standard streams the caller has chosen.
    pub(crate) fn start(command: &mut Command) -> io::Result<Running> {
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(command, 0);
        let mut running = RUNNING.lock().unwrap_or_else(PoisonError::into_inner);
        let child = command.spawn().map_err(|error| {
            let program = command.get_program().to_string_lossy().into_owned();
            io::Error::new(error.kind(), format!("`{program}` could not be started: {error}"))
        })?;
        running.push(child.id());
        Ok(Running { child })
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Asks the child to end, as Ctrl-C does. Where there is no such request, it is ended.
    pub(crate) fn interrupt(&mut self) {
        interrupt(&mut self.child);
    }

    /// Waits for the child's end, for at most `limit`.
    pub(crate) fn wait(&mut self, limit: Duration) -> io::Result<ExitStatus> {
        let watch = Watch::start(self.id(), limit);
        let status = self.child.wait()?;
        watch.stop("it did not end")?;
        Ok(status)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        end_group(self.id());
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
        let mut running = RUNNING.lock().unwrap_or_else(PoisonError::into_inner);
        running.retain(|&id| id != self.child.id());
    }
}

/// Runs a command to its end, for at most `limit`, and hands on each line of both its output streams, in their order. A line
/// that a carriage return ends is one, too: that is how cargo shows its progress.
pub(crate) fn run(command: &mut Command, limit: Duration, mut each_line: impl FnMut(&str)) -> io::Result<ExitStatus> {
    let (reader, writer) = io::pipe()?;
    command.stdin(Stdio::null()).stdout(writer.try_clone()?).stderr(writer);
    let mut running = Running::start(command)?;
    // The command holds the pipe's writing end, and the pipe ends when it is closed.
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let watch = Watch::start(running.id(), limit);
    let mut reader = BufReader::new(reader);
    let mut line = Vec::new();
    while read_line(&mut reader, &mut line)? {
        each_line(&String::from_utf8_lossy(&line));
    }
    let status = running.child.wait()?;
    watch.stop("it did not end")?;
    Ok(status)
}

/// Runs a command that says little and returns its standard output.
pub(crate) fn output(command: &mut Command, limit: Duration) -> io::Result<String> {
    let mut said = String::new();
    let status = run(command, limit, |line| {
        said += line;
        said.push('\n');
    })?;
    if status.success() {
        return Ok(said);
    }
    let program = command.get_program().to_string_lossy();
    Err(io::Error::other(format!("`{program}`: {status}: {}", said.trim())))
}

/// Ends a child's group when its time is over. It only stops a hang: a limit is many times what the child needs.
pub(crate) struct Watch {
    stop: mpsc::Sender<()>,
    thread: thread::JoinHandle<()>,
    limit: Duration,
    expired: std::sync::Arc<AtomicBool>,
}

impl Watch {
    pub(crate) fn start(id: u32, limit: Duration) -> Watch {
        let (stop, stopped) = mpsc::channel();
        let expired = std::sync::Arc::new(AtomicBool::new(false));
        let flag = expired.clone();
        let thread = thread::spawn(move || {
            if stopped.recv_timeout(limit) == Err(RecvTimeoutError::Timeout) {
                flag.store(true, Ordering::SeqCst);
                end_group(id);
            }
        });
        Watch {
            stop,
            thread,
            limit,
            expired,
        }
    }

    /// Ends the watch, with an error if it had to act.
    pub(crate) fn stop(self, what: &str) -> io::Result<()> {
        // The thread may have ended already.
        let _ = self.stop.send(());
        let _ = self.thread.join();
        if !self.expired.load(Ordering::SeqCst) {
            return Ok(());
        }
        Err(io::Error::new(
            io::ErrorKind::TimedOut,
            format!("{what} within {} s and was ended", self.limit.as_secs()),
        ))
    }
}

/// Lets Ctrl-C, a hang-up or a request to end take the children along.
#[cfg(unix)]
pub(crate) fn end_children_on_signals() -> io::Result<()> {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    let mut signals = signal_hook::iterator::Signals::new([SIGHUP, SIGINT, SIGTERM])?;
    thread::spawn(move || {
        if let Some(signal) = signals.forever().next() {
            let running = RUNNING.lock().unwrap_or_else(PoisonError::into_inner);
            running.iter().for_each(|&id| end_group(id));
            // The line that a progress bar stands on.
            let _ = io::Write::write_all(&mut io::stderr(), b"\n");
            std::process::exit(128 + signal);
        }
    });
    Ok(())
}

/// The console hands Ctrl-C to every process that it has.
#[cfg(not(unix))]
pub(crate) fn end_children_on_signals() -> io::Result<()> {
    Ok(())
}

#[cfg(unix)]
fn interrupt(child: &mut Child) {
    use nix::sys::signal::{Signal, kill};
    // The only error that can come is that it has ended.
    let _ = kill(nix::unistd::Pid::from_raw(child.id().cast_signed()), Signal::SIGINT);
}

#[cfg(not(unix))]
fn interrupt(child: &mut Child) {
    // The only error that can come is that it has ended.
    let _ = child.kill();
}

#[cfg(unix)]
fn end_group(id: u32) {
    use nix::sys::signal::{Signal, killpg};
    // The only error is `ESRCH`: the group is empty.
    let _ = killpg(nix::unistd::Pid::from_raw(id.cast_signed()), Signal::SIGKILL);
}

/// Windows has no process groups to end, but a tool that ends a tree.
#[cfg(not(unix))]
fn end_group(id: u32) {
    // Its failure means that the tree has ended.
    let _ = Command::new("taskkill")
        .args(["/T", "/F", "/PID", &id.to_string()])
        .output();
}

fn read_line(reader: &mut impl BufRead, line: &mut Vec<u8>) -> io::Result<bool> {
    line.clear();
    loop {
        let buffer = reader.fill_buf()?;
        if buffer.is_empty() {
            return Ok(!line.is_empty());
        }
        let end = buffer.iter().position(|&byte| byte == b'\n' || byte == b'\r');
        line.extend_from_slice(&buffer[..end.unwrap_or(buffer.len())]);
        let newline = end.is_some_and(|end| buffer[end] == b'\n');
        let used = end.map_or(buffer.len(), |end| end + 1);
        reader.consume(used);
        if newline || end.is_some() && !line.is_empty() {
            return Ok(true);
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::time::Instant;

    /// A shell that says who its child is, and waits for it.
    fn family() -> Command {
        let mut shell = Command::new("sh");
        shell.args(["-c", "sleep 600 & echo $!; wait"]);
        shell
    }

    fn ends(id: &str) -> bool {
        let start = Instant::now();
        while start.elapsed() < Duration::from_secs(30) {
            let pid = nix::unistd::Pid::from_raw(id.trim().parse().unwrap());
            // What has ended may still wait for somebody to ask for its status.
            let state = std::fs::read_to_string(format!("/proc/{pid}/stat"));
            if nix::sys::signal::kill(pid, None).is_err() || state.is_ok_and(|state| state.contains(") Z ")) {
                return true;
            }
            thread::sleep(Duration::from_millis(10));
        }
        false
    }

    #[test]
    fn a_hang_is_ended_with_its_children() {
        let mut child = String::new();
        let error = run(&mut family(), Duration::from_secs(1), |line| child += line).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        assert!(error.to_string().contains("did not end within 1 s"), "{error}");
        assert!(ends(&child));
    }

    #[test]
    fn a_drop_ends_the_children_too() {
        let mut running = Running::start(family().stdout(Stdio::piped())).unwrap();
        let mut child = String::new();
        BufReader::new(running.child.stdout.take().unwrap())
            .read_line(&mut child)
            .unwrap();
        drop(running);
        assert!(ends(&child));
    }

    #[test]
    fn lines_end_with_either_character() {
        let mut lines = Vec::new();
        let mut printf = Command::new("printf");
        printf.arg("one\\rtwo\\r\\n\\nthree\\n\\r\\rfour");
        run(&mut printf, Duration::from_secs(60), |line| lines.push(line.to_owned())).unwrap();
        assert_eq!(lines, ["one", "two", "", "", "three", "four"]);
    }
}
