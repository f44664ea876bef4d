//! Standard streams: programs of their own, in this process's hands.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;

use triga::Capability;

use crate::harness::{Outcome, programs};
use crate::pattern::{self, Checked};
use crate::program;
use crate::rows::Need;
use crate::temporary::Temporary;

const STDIO: Need = Need::Has(Capability::Stdio);
const OWN: Need = Need::OwnStreams;

programs![
    stdin_is_echoed_before_more_of_it_comes(STDIO, OWN),
    stdin_is_read_whole_with_buffers_of_any_size(STDIO, OWN),
    stdin_that_nobody_writes_to_ends_at_once(STDIO, OWN),
    stdin_may_be_the_null_device(STDIO, OWN),
    stdin_may_be_a_file(STDIO, OWN),
    a_silent_stdin_stops_neither_timers_nor_the_deadlines_beyond_them(STDIO, OWN),
    a_full_stdout_does_not_stop_other_tasks(STDIO, OWN, Need::UnhurriedStdout),
    stdout_may_be_a_file(STDIO, OWN),
];

/// What runs the programs, if it is not this one itself.
#[derive(Debug)]
pub(crate) struct Subject {
    /// A host, before its options.
    pub(crate) host: Vec<OsString>,
    /// The options that let the guest do what the row has.
    pub(crate) options: Vec<OsString>,
    /// The guest, before its own arguments.
    pub(crate) guest: Vec<OsString>,
    /// Whether the host blocks the guest while nobody reads its standard output.
    pub(crate) blocks_on_stdout: bool,
}

static SUBJECT: OnceLock<Subject> = OnceLock::new();

/// Lets the programs run in a guest.
pub(crate) fn set_subject(subject: Subject) {
    SUBJECT.set(subject).expect("the subject is set once");
}

/// Whether what runs the programs blocks them while nobody reads their standard output.
pub(crate) fn blocks_on_stdout() -> bool {
    SUBJECT.get().is_some_and(|subject| subject.blocks_on_stdout)
}

pub(crate) fn program(args: &[&str]) -> Command {
    match SUBJECT.get() {
        Some(subject) => subject.command(subject.options.iter(), args),
        None => program::command(args),
    }
}

/// As [`program`], in a host that has these options and no others.
pub(crate) fn program_in_host(options: &[&str], args: &[&str]) -> Command {
    let subject = SUBJECT.get().expect("there is a host");
    subject.command(options, args)
}

impl Subject {
    fn command(&self, options: impl IntoIterator<Item = impl AsRef<OsStr>>, args: &[&str]) -> Command {
        let mut command = Command::new(&self.host[0]);
        command.args(&self.host[1..]).args(options).args(&self.guest);
        command.arg("--program").args(args);
        command
    }
}

fn stdin_is_echoed_before_more_of_it_comes() -> Outcome {
    let mut child = start(program(&["echo", "64"]).stdin(Stdio::piped()).stdout(Stdio::piped()))?;
    let (mut stdin, mut stdout) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
    let mut from = 0;
    for size in (1..200).chain([4096, 4097, 8191, 8192, 8193, 1]) {
        let sent = pattern::bytes(from, size);
        stdin.write_all(&sent)?;
        let mut received = vec![0; size];
        stdout.read_exact(&mut received)?;
        assert!(sent == received, "{size} bytes came back as others");
        from += size as u64;
    }
    drop(stdin);
    ends_well(child)
}

fn stdin_is_read_whole_with_buffers_of_any_size() -> Outcome {
    for (size, count) in [(3, 20_000), (1000, 500_000), (100_000, 1_000_000)] {
        let mut child = start(
            program(&["echo", &size.to_string()])
                .stdin(Stdio::piped())
                .stdout(Stdio::piped()),
        )?;
        let mut stdin = child.stdin.take().unwrap();
        let writer = thread::spawn(move || stdin.write_all(&pattern::bytes(0, count)));
        assert_eq!(checked(child.stdout.take().unwrap())?, count as u64);
        writer.join().unwrap()?;
        ends_well(child)?;
    }
    Ok(())
}

fn stdin_that_nobody_writes_to_ends_at_once() -> Outcome {
    let mut child = start(program(&["echo", "64"]).stdin(Stdio::piped()))?;
    drop(child.stdin.take());
    ends_well(child)
}

fn stdin_may_be_the_null_device() -> Outcome {
    ends_well(start(program(&["echo", "64"]).stdin(Stdio::null()))?)
}

fn stdin_may_be_a_file() -> Outcome {
    let file = Temporary::new("stdin");
    fs::write(&file.0, pattern::bytes(0, 100_000))?;
    let mut child = start(
        program(&["echo", "999"])
            .stdin(File::open(&file.0)?)
            .stdout(Stdio::piped()),
    )?;
    assert_eq!(checked(child.stdout.take().unwrap())?, 100_000);
    ends_well(child)
}

fn a_silent_stdin_stops_neither_timers_nor_the_deadlines_beyond_them() -> Outcome {
    let mut child = start(program(&["patient"]).stdin(Stdio::piped()).stdout(Stdio::piped()))?;
    let mut stdin = child.stdin.take().unwrap();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    stdout.read_line(&mut line)?;
    assert_eq!(line, "waiting\n");
    stdin.write_all(b"there it is\n")?;
    line.clear();
    stdout.read_line(&mut line)?;
    assert_eq!(line, "there it is\n");
    ends_well(child)
}

fn a_full_stdout_does_not_stop_other_tasks() -> Outcome {
    let mut child = start(
        program(&["stuffed", "1000000"])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped()),
    )?;
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    stderr.read_line(&mut line)?;
    assert_eq!(line, "ticked\n");
    assert_eq!(checked(child.stdout.take().unwrap())?, 1_000_000);
    ends_well(child)
}

fn stdout_may_be_a_file() -> Outcome {
    let file = Temporary::new("stdout");
    ends_well(start(program(&["print", "100000"]).stdout(File::create(&file.0)?))?)?;
    assert_eq!(checked(File::open(&file.0)?)?, 100_000);
    Ok(())
}

/// A program that is ended if its test fails.
pub(crate) struct Started(Child);

/// The program that runs, or nothing.
static RUNNING: AtomicU32 = AtomicU32::new(0);

pub(crate) fn start(command: &mut Command) -> io::Result<Started> {
    let child = command.spawn()?;
    RUNNING.store(child.id(), Ordering::SeqCst);
    Ok(Started(child))
}

/// Ends the program that runs, for a process that goes without dropping anything.
#[cfg(all(unix, not(triga_platform = "sim")))]
pub(crate) fn end_running() {
    let id = RUNNING.load(Ordering::SeqCst);
    if id != 0 {
        // It may have ended by itself.
        let _ = nix::sys::signal::kill(nix::unistd::Pid::from_raw(id as i32), nix::sys::signal::SIGKILL);
    }
}

impl std::ops::Deref for Started {
    type Target = Child;

    fn deref(&self) -> &Child {
        &self.0
    }
}

impl std::ops::DerefMut for Started {
    fn deref_mut(&mut self) -> &mut Child {
        &mut self.0
    }
}

impl Drop for Started {
    fn drop(&mut self) {
        // It has mostly ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
        RUNNING.store(0, Ordering::SeqCst);
    }
}

pub(crate) fn ends_well(mut child: Started) -> Outcome {
    let status = child.wait()?;
    assert!(status.success(), "the program ended with {status}");
    Ok(())
}

/// Reads to the end, and says how many bytes of the pattern there were.
fn checked(mut stream: impl Read) -> io::Result<u64> {
    let mut checked = Checked::default();
    let mut buffer = vec![0; 10_000];
    loop {
        let count = stream.read(&mut buffer)?;
        if count == 0 {
            return Ok(checked.count());
        }
        checked.check(&buffer[..count])?;
    }
}
