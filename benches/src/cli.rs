//! The command line.

use lexopt::{Arg, Parser, ValueExt};

use crate::options::Options;
use crate::subjects::{self, Subject};

/// What `--help` prints.
pub(crate) const HELP: &str = "\
triga beside tokio, async-io, mio and a bare loop on epoll

usage: cargo bench -p triga-benches [-- [NAME…] [OPTION…]]

names: echo, ping-pong, pipes, register, wake, timers, memory; all of them if none is given
       wasip1, if it is named: triga, tokio and a bare loop on WASI 0.1 under wasmtime 36
       wasip2, if it is named: triga, tokio, wstd and a bare loop on WASI 0.2 under wasmtime 48

  --rounds N        how many rounds a median is taken of (15)
  --quick           a quarter of the work, five rounds: to see that it runs, not to quote
  --instructions    count user instructions instead, with valgrind's callgrind
  --syscalls        count system calls instead, with strace
  --check           count both for triga, and fail if a count is 5 % above the one in benches/figures.json
  --bless           count both for triga, and keep the counts there
  --size            build the components of `wasip2`, and fail if triga's is larger than the size that is kept
  --wasmtime PATH   the wasmtime of `wasip1` or `wasip2`, if it is neither on PATH nor in ~/.cache/triga
  --help            this
";

/// What is to be done.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    Measure,
    Count { instructions: bool, syscalls: bool },
    Check,
    Bless,
    Size,
    Help,
}

/// What the command line says.
pub(crate) struct CommandLine {
    pub(crate) mode: Mode,
    pub(crate) subjects: Vec<Subject>,
    pub(crate) options: Options,
}

impl CommandLine {
    /// Reads the command line.
    pub(crate) fn parse(descriptors: usize) -> Result<CommandLine, lexopt::Error> {
        let (mut instructions, mut syscalls, mut quick) = (false, false, false);
        let (mut mode, mut rounds, mut wasmtime, mut subjects) = (None, None, None, Vec::new());
        let mut parser = Parser::from_env();
        while let Some(argument) = parser.next()? {
            match argument {
                Arg::Long("rounds") => rounds = Some(parser.value()?.parse::<usize>()?),
                Arg::Long("quick") => quick = true,
                Arg::Long("instructions") => instructions = true,
                Arg::Long("syscalls") => syscalls = true,
                Arg::Long("check") => mode = Some(Mode::Check),
                Arg::Long("bless") => mode = Some(Mode::Bless),
                Arg::Long("size") => mode = Some(Mode::Size),
                Arg::Long("wasmtime") => wasmtime = Some(parser.value()?.into()),
                Arg::Long("help") | Arg::Short('h') => mode = Some(Mode::Help),
                // `cargo bench` adds this.
                Arg::Long("bench") => {}
                Arg::Value(name) => subjects.push(subject(&name.string()?)?),
                other => return Err(other.unexpected()),
            }
        }
        let count = (instructions || syscalls).then_some(Mode::Count { instructions, syscalls });
        let rounds = rounds.unwrap_or(if quick { 5 } else { 15 });
        if rounds == 0 {
            return Err("`--rounds` takes a number from 1 on".into());
        }
        Ok(CommandLine {
            mode: mode.or(count).unwrap_or(Mode::Measure),
            subjects: if subjects.is_empty() {
                subjects::USUAL.to_vec()
            } else {
                subjects
            },
            options: Options {
                rounds,
                wasmtime,
                descriptors,
                quick,
            },
        })
    }
}

fn subject(name: &str) -> Result<Subject, lexopt::Error> {
    let known = || subjects::USUAL.into_iter().chain(subjects::OTHERS);
    known().find(|subject| subject.name == name).ok_or_else(|| {
        let names: Vec<&str> = known().map(|subject| subject.name).collect();
        format!("there is no subject `{name}`: the names are {}", names.join(", ")).into()
    })
}
