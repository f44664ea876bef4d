//! Standard streams that others share: nothing that they do blocks the program, and their descriptions are not changed.

use std::fs::{self, File, Permissions};
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::pty::openpty;
use nix::sys::signal::{self, Signal};
use nix::sys::stat::Mode;
use nix::sys::termios::{FlowArg, SetArg, cfmakeraw, tcflow, tcgetattr, tcsetattr};
use nix::unistd::{Pid, mkfifo};

use crate::harness::Outcome;
use crate::pattern::{self, Checked};
use crate::program::{command, this_program};
use crate::stdio::{Started, ends_well, start};
use crate::temporary::Temporary;

/// More bytes than any stream here takes without a reader.
const MUCH: usize = 1_000_000;

/// Two ends that are joined, each of them open for reading and writing.
struct Joined {
    /// What the program has.
    theirs: File,
    /// What the test has.
    ours: File,
}

/// A kind of stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// A terminal, which passes bytes on as they are.
    Terminal,
    /// The other side of one. No system opens that anew, so a thread has to read and write it.
    Master,
    Socket,
}

const KINDS: [Kind; 3] = [Kind::Terminal, Kind::Master, Kind::Socket];

impl Joined {
    fn new(kind: Kind) -> Outcome<Joined> {
        if kind == Kind::Socket {
            let (theirs, ours) = UnixStream::pair()?;
            return Ok(Joined {
                theirs: OwnedFd::from(theirs).into(),
                ours: OwnedFd::from(ours).into(),
            });
        }
        let pty = openpty(None, None)?;
        let mut modes = tcgetattr(&pty.slave)?;
        cfmakeraw(&mut modes);
        tcsetattr(&pty.slave, SetArg::TCSANOW, &modes)?;
        let (theirs, ours) = match kind {
            Kind::Terminal => (pty.slave, pty.master),
            _ => (pty.master, pty.slave),
        };
        Ok(Joined {
            theirs: theirs.into(),
            ours: ours.into(),
        })
    }

    /// The program's end, as one of its streams.
    fn stream(&self) -> io::Result<Stdio> {
        Ok(self.theirs.try_clone()?.into())
    }

    fn read(&mut self, count: usize) -> Outcome<Vec<u8>> {
        let mut bytes = vec![0; count];
        self.ours.read_exact(&mut bytes)?;
        Ok(bytes)
    }
}

/// A pipe, and neither end non-blocking.
fn pipe() -> io::Result<(File, File)> {
    let (sender, receiver) = mio::unix::pipe::new()?;
    sender.set_nonblocking(false)?;
    receiver.set_nonblocking(false)?;
    Ok((OwnedFd::from(receiver).into(), OwnedFd::from(sender).into()))
}

/// Whether a description blocks, as every one here does at first.
fn blocks(file: impl AsFd) -> Outcome<bool> {
    let flags = OFlag::from_bits_retain(fcntl(file, FcntlArg::F_GETFL)?);
    Ok(!flags.contains(OFlag::O_NONBLOCK))
}

/// Whether a thread serves a stream of the program, as far as the system tells.
fn is_on_thread(program: &Started, stream: &str) -> bool {
    let Ok(tasks) = fs::read_dir(format!("/proc/{}/task", program.id())) else {
        return true;
    };
    let mut names = tasks
        .flatten()
        .filter_map(|task| fs::read_to_string(task.path().join("comm")).ok());
    names.any(|name| name.trim() == stream)
}

pub(super) async fn a_stdout_of_any_kind_without_a_reader_stops_no_timer() -> Outcome {
    for kind in KINDS {
        let mut joined = Joined::new(kind)?;
        let mut program = start(
            command(&["stuffed", &MUCH.to_string()])
                .stdin(Stdio::null())
                .stdout(joined.stream()?)
                .stderr(Stdio::piped()),
        )?;
        let mut ticked = [0; 7];
        program.stderr.as_mut().unwrap().read_exact(&mut ticked)?;
        assert_eq!(&ticked, b"ticked\n", "{kind:?}");
        assert!(kind != Kind::Master || is_on_thread(&program, "triga stdout"));
        assert!(blocks(&joined.theirs)?, "{kind:?}");
        // All that was written is out, when the program has ended.
        let mut checked = Checked::default();
        while checked.count() < MUCH as u64 {
            let size = (MUCH as u64 - checked.count()).min(10_000);
            checked.check(&joined.read(size as usize)?)?;
        }
        ends_well(program)?;
        assert!(blocks(&joined.theirs)?, "{kind:?}");
    }
    Ok(())
}

pub(super) async fn a_stdin_of_any_kind_that_is_silent_stops_no_timer() -> Outcome {
    for kind in KINDS {
        let mut joined = Joined::new(kind)?;
        let program = start(command(&["patient"]).stdin(joined.stream()?).stdout(joined.stream()?))?;
        assert_eq!(joined.read(8)?, b"waiting\n", "{kind:?}");
        assert!(kind != Kind::Master || is_on_thread(&program, "triga stdin"));
        assert!(blocks(&joined.theirs)?, "{kind:?}");
        joined.ours.write_all(b"there it is\n")?;
        assert_eq!(joined.read(12)?, b"there it is\n", "{kind:?}");
        ends_well(program)?;
        assert!(blocks(&joined.theirs)?, "{kind:?}");
    }
    Ok(())
}

/// As by Ctrl-S and Ctrl-Q.
pub(super) async fn a_terminal_that_is_stopped_stops_no_timer_and_goes_on() -> Outcome {
    const FEW: usize = 10_000;
    let mut joined = Joined::new(Kind::Terminal)?;
    tcflow(&joined.theirs, FlowArg::TCOOFF)?;
    let mut program = start(
        command(&["stuffed", &FEW.to_string()])
            .stdin(Stdio::null())
            .stdout(joined.stream()?)
            .stderr(Stdio::piped()),
    )?;
    let mut ticked = [0; 7];
    program.stderr.as_mut().unwrap().read_exact(&mut ticked)?;
    assert_eq!(&ticked, b"ticked\n");
    tcflow(&joined.theirs, FlowArg::TCOON)?;
    assert!(joined.read(FEW)? == pattern::bytes(0, FEW));
    ends_well(program)
}

pub(super) async fn what_a_program_does_not_read_is_left_to_the_next() -> Outcome {
    for kind in KINDS {
        let mut joined = Joined::new(kind)?;
        joined.ours.write_all(b"onetwosix")?;
        for word in [b"one", b"two", b"six"] {
            let program = start(command(&["take", "3"]).stdin(joined.stream()?).stdout(joined.stream()?))?;
            assert_eq!(joined.read(3)?, word, "{kind:?}");
            ends_well(program)?;
        }
    }
    Ok(())
}

/// The program is told of input, and another reader of the stream takes it away at every moment after that.
pub(super) async fn input_that_another_reader_takes_stops_nothing() -> Outcome {
    const ROUNDS: u64 = 10_000;
    let path = Temporary::new("fifo");
    mkfifo(&path.0, Mode::S_IRWXU)?;
    let open = || {
        let mut options = File::options();
        options.custom_flags(OFlag::O_NONBLOCK.bits()).read(true);
        options.open(&path.0)
    };
    let mut other = open()?;
    let mut writer = File::options().write(true).open(&path.0)?;
    let stdin = File::open(&path.0)?;
    let mut program = start(
        command(&["answer"])
            .stdin(stdin.try_clone()?)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped()),
    )?;
    let mut answers = program.stderr.take().unwrap();
    let mut stdout = program.stdout.take().unwrap();
    answers.read_exact(&mut [0])?;
    for round in 0..ROUNDS {
        writer.write_all(b"!")?;
        let written = Instant::now();
        while written.elapsed() < Duration::from_micros(round % 100) {
            std::hint::spin_loop();
        }
        if other.read(&mut [0]).is_err() {
            // The program was first.
            stdout.read_exact(&mut [0])?;
        }
        signal::kill(Pid::from_raw(program.id() as i32), Signal::SIGUSR1)?;
        answers.read_exact(&mut [0])?;
    }
    assert!(blocks(&stdin)?);
    drop(writer);
    ends_well(program)
}

pub(super) async fn a_fifo_whose_writer_has_gone_is_at_its_end() -> Outcome {
    let path = Temporary::new("fifo");
    mkfifo(&path.0, Mode::S_IRWXU)?;
    let writer = File::options().read(true).write(true).open(&path.0)?;
    let stdin = File::open(&path.0)?;
    drop(writer);
    let program = start(command(&["echo", "64"]).stdin(stdin).stdout(Stdio::piped()))?;
    ends_well(program)
}

pub(super) async fn a_pipe_without_a_reader_is_broken() -> Outcome {
    let (reader, stdout) = pipe()?;
    drop(reader);
    let mut program = start(command(&["print", "10"]).stdout(stdout).stderr(Stdio::piped()))?;
    fails_with("BrokenPipe", &mut program)
}

pub(super) async fn a_stream_of_the_other_direction_is_refused() -> Outcome {
    let (reader, writer) = pipe()?;
    let mut program = start(
        command(&["print", "10"])
            .stdout(reader.try_clone()?)
            .stderr(Stdio::piped()),
    )?;
    fails_with("Bad file descriptor", &mut program)?;
    let mut program = start(
        command(&["echo", "10"])
            .stdin(writer)
            .stdout(Stdio::null())
            .stderr(Stdio::piped()),
    )?;
    fails_with("Bad file descriptor", &mut program)
}

#[track_caller]
fn fails_with(word: &str, program: &mut Started) -> Outcome {
    let mut errors = String::new();
    program.stderr.take().unwrap().read_to_string(&mut errors)?;
    assert!(errors.contains(word), "{errors}");
    assert!(!program.wait()?.success());
    Ok(())
}

pub(super) async fn streams_that_are_closed_are_empty() -> Outcome {
    for redirections in ["<&-", "<&- >&-", "<&- >&- 2>&-"] {
        let status = Command::new("sh")
            .args(["-c", &format!("exec \"$@\" {redirections}"), "sh"])
            .args(this_program())
            .args(["--program", "echo", "64"])
            .status()?;
        assert!(status.success(), "{redirections}: {status}");
    }
    Ok(())
}

pub(super) async fn stdout_may_be_a_device_without_end() -> Outcome {
    ends_well(start(command(&["print", &MUCH.to_string()]).stdout(Stdio::null()))?)?;
    let zero = File::open("/dev/zero")?;
    let mut program = start(command(&["take", "100000"]).stdin(zero).stdout(Stdio::piped()))?;
    let mut bytes = Vec::new();
    program.stdout.take().unwrap().read_to_end(&mut bytes)?;
    assert_eq!(bytes, vec![0; 100_000]);
    ends_well(program)
}

/// Both streams go to one pipe, and what is written to it stays in order.
pub(super) async fn two_streams_may_be_one() -> Outcome {
    let (mut reader, writer) = pipe()?;
    let program = start(
        command(&["print both", "50000"])
            .stdout(writer.try_clone()?)
            .stderr(writer),
    )?;
    let mut bytes = Vec::new();
    reader.read_to_end(&mut bytes)?;
    assert_eq!(bytes.len(), 100_000);
    let expected = pattern::bytes(0, 50_000);
    for (expected, both) in expected.chunks(5_000).zip(bytes.chunks(10_000)) {
        assert!(both[..5_000] == *expected && both[5_000..] == *expected);
    }
    ends_well(program)
}

/// Where there is no `/proc`, or where it may not be used, a thread takes its place.
pub(super) async fn a_pipe_that_may_not_be_opened_anew_does_not_block() -> Outcome {
    let path = Temporary::new("fifo");
    mkfifo(&path.0, Mode::S_IRWXU)?;
    let both = File::options().read(true).write(true).open(&path.0)?;
    let mut ours = File::open(&path.0)?;
    let theirs = File::options().write(true).open(&path.0)?;
    drop(both);
    // An open description stays open. Root may open everything.
    fs::set_permissions(&path.0, Permissions::from_mode(0o000))?;
    let mut stuffed = command(&["stuffed", &MUCH.to_string()]);
    if nix::unistd::geteuid().is_root() {
        stuffed.uid(65_534);
    }
    let mut program = start(stuffed.stdin(Stdio::null()).stdout(theirs).stderr(Stdio::piped()))?;
    let mut ticked = [0; 7];
    program.stderr.as_mut().unwrap().read_exact(&mut ticked)?;
    assert_eq!(&ticked, b"ticked\n");
    assert!(is_on_thread(&program, "triga stdout"));
    // Its commands would keep the fifo open.
    drop(stuffed);
    let mut bytes = Vec::new();
    ours.read_to_end(&mut bytes)?;
    assert!(bytes == pattern::bytes(0, MUCH));
    ends_well(program)
}
