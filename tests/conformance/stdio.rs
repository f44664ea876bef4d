//! Standard streams: programs of their own, whose streams the test has at their other ends.

#[cfg(not(triga_platform = "sim"))]
mod processes;
#[cfg(triga_platform = "sim")]
mod simulated;

use std::ffi::{OsStr, OsString};
use std::io;
use std::process::{Child, Command};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

#[cfg(not(triga_platform = "sim"))]
use processes::Run;
#[cfg(triga_platform = "sim")]
use simulated::Run;

use triga::Capability;

use crate::harness::{Outcome, programs};
use crate::numbers::many;
use crate::pattern;
use crate::program;
use crate::rows::Need;

const STDIO: Need = Need::Has(Capability::Stdio);

programs![
    stdin_is_echoed_before_more_of_it_comes(STDIO),
    stdin_is_read_whole_with_buffers_of_any_size(STDIO),
    stdin_without_a_writer_ends_at_once(STDIO),
    stdin_may_be_the_null_device(STDIO),
    stdin_may_be_a_file(STDIO),
    a_silent_stdin_stops_neither_timers_nor_the_deadlines_beyond_them(STDIO),
    a_full_stdout_does_not_stop_other_tasks(STDIO, Need::UnhurriedStdout),
    stdout_may_be_a_file(STDIO),
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
    /// Whether the host blocks the guest while its standard output is not read.
    pub(crate) blocks_on_stdout: bool,
}

static SUBJECT: OnceLock<Subject> = OnceLock::new();

/// Lets the programs run in a guest.
pub(crate) fn set_subject(subject: Subject) {
    SUBJECT.set(subject).expect("the subject is set once");
}

/// Whether what runs the programs blocks them while their standard output is not read.
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

/// What a program reads.
enum Input {
    /// What the test writes, until it ends it.
    Open,
    Null,
    /// These bytes, which are there before the program starts.
    File(Vec<u8>),
}

/// What becomes of what a program writes.
enum Output {
    /// It waits until the test reads it.
    Read,
    /// So does what it writes to standard error.
    ReadWithErrors,
    File,
}

fn stdin_is_echoed_before_more_of_it_comes() -> Outcome {
    let mut program = Run::start(&["echo", "64"], Input::Open, Output::Read)?;
    let mut from = 0;
    for size in (1..many(200)).chain([4096, 4097, 8191, 8192, 8193, 1]) {
        let sent = pattern::bytes(from, size);
        program.write(&sent)?;
        assert!(sent == program.read(size)?, "{size} bytes came back as others");
        from += size as u64;
    }
    program.end_input();
    assert_eq!(program.ends_with()?, 0);
    Ok(())
}

fn stdin_is_read_whole_with_buffers_of_any_size() -> Outcome {
    for (size, count) in [(3, many(20_000)), (1000, many(500_000)), (100_000, many(1_000_000))] {
        let mut program = Run::start(&["echo", &size.to_string()], Input::Open, Output::Read)?;
        program.write_all(pattern::bytes(0, count));
        assert_eq!(program.ends_with()?, count as u64);
    }
    Ok(())
}

fn stdin_without_a_writer_ends_at_once() -> Outcome {
    let mut program = Run::start(&["echo", "64"], Input::Open, Output::Read)?;
    program.end_input();
    assert_eq!(program.ends_with()?, 0);
    Ok(())
}

fn stdin_may_be_the_null_device() -> Outcome {
    let program = Run::start(&["echo", "64"], Input::Null, Output::Read)?;
    assert_eq!(program.ends_with()?, 0);
    Ok(())
}

fn stdin_may_be_a_file() -> Outcome {
    let input = Input::File(pattern::bytes(0, many(100_000)));
    let program = Run::start(&["echo", "999"], input, Output::Read)?;
    assert_eq!(program.ends_with()?, many(100_000) as u64);
    Ok(())
}

fn a_silent_stdin_stops_neither_timers_nor_the_deadlines_beyond_them() -> Outcome {
    let mut program = Run::start(&["patient"], Input::Open, Output::Read)?;
    assert_eq!(program.read(8)?, b"waiting\n");
    program.write(b"there it is\n")?;
    assert_eq!(program.read(12)?, b"there it is\n");
    assert_eq!(program.ends_with()?, 0);
    Ok(())
}

fn a_full_stdout_does_not_stop_other_tasks() -> Outcome {
    let count = many(1_000_000);
    let mut program = Run::start(&["stuffed", &count.to_string()], Input::Null, Output::ReadWithErrors)?;
    assert_eq!(program.read_errors(7)?, b"ticked\n");
    assert_eq!(program.ends_with()?, count as u64);
    Ok(())
}

fn stdout_may_be_a_file() -> Outcome {
    let count = many(100_000);
    let program = Run::start(&["print", &count.to_string()], Input::Null, Output::File)?;
    assert_eq!(program.ends_with()?, count as u64);
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
