//! What a row of the matrix is.

use super::{Answer, Capability, Fixture, KnownAs, Platform};
use crate::wasmtime::Need;

/// A target together with what runs it.
#[derive(Debug)]
pub(crate) struct Row {
    /// What it is called on the command line, in the workflow, and in the environment of the programs that it runs.
    pub(crate) name: &'static str,
    pub(crate) target: &'static str,
    pub(crate) platform: &'static Platform,
    pub(crate) tier: Tier,
    /// How far it is taken.
    pub(crate) how: How,
    /// The toolchain, if it is not the one of `rust-toolchain.toml`.
    pub(crate) toolchain: Option<&'static str>,
    /// The linker, if it is not the one that rustc takes by itself.
    pub(crate) linker: Option<&'static str>,
    /// Debian's packages, for the linker and the runner.
    pub(crate) packages: &'static [&'static str],
    /// What else the packages have to bring: programs by their names, files by their absolute paths.
    pub(crate) brings: &'static [&'static str],
    /// `--cfg` flags that the whole build gets.
    pub(crate) cfgs: &'static [&'static str],
    /// Variables of the programs that it runs.
    pub(crate) env: &'static [(&'static str, &'static str)],
    /// How long its tests may take once they are built. It only stops a hang.
    pub(crate) minutes: u64,
    /// The image of GitHub on which the workflow runs it.
    pub(crate) image: &'static str,
    /// What it has otherwise than its platform.
    pub(crate) answers: &'static [(Capability, Answer)],
    /// What its tests have to do without, besides what the platform's have.
    pub(crate) without: &'static [Fixture],
}

/// How much is promised.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Tier {
    /// The whole suite runs on a developer's Linux.
    First,
    /// The suite runs where there is a runner, and the crates are checked elsewhere.
    Second,
    /// The crates are checked.
    Third,
}

impl Tier {
    pub(crate) fn number(self) -> u8 {
        self as u8 + 1
    }
}

/// How far a row is taken.
#[derive(Debug, Clone, Copy)]
pub(crate) enum How {
    /// The suite is built and run.
    Run(Runner),
    /// The crates are checked, warnings denied.
    Check,
    /// Nothing is done yet, for this reason. Such a row never passes. A target begins like this; none is there at the moment.
    #[allow(dead_code)]
    NotYet(&'static str),
}

/// What runs a row's programs.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Runner {
    /// The machine itself, if its system and processor are the target's.
    Machine,
    /// As `Machine`, with another program around them.
    Under(&'static [&'static str]),
    /// The machine itself, though its own target is another: this one.
    MachineOf(&'static str),
    /// `qemu-user`, statically linked, with the libraries in a folder.
    Qemu {
        program: &'static str,
        sysroot: &'static str,
    },
    Wine,
    Wasmtime(&'static Need),
    /// Node's `node:wasi`.
    Node,
}

impl Row {
    /// Whether it has a capability, or why not.
    pub(crate) fn answer(&self, capability: Capability) -> Answer {
        let listed = self.answers.iter().chain(self.platform.answers);
        match listed.copied().find(|(of, _)| *of == capability) {
            Some((_, answer)) => answer,
            None if capability.known_as() == KnownAs::Nothing => Answer::NotYet("triga has no such thing yet"),
            None => Answer::Yes,
        }
    }

    /// What sets its cfgs, for rustc or rustdoc.
    pub(crate) fn flags(&self) -> String {
        let flags: Vec<_> = self.cfgs.iter().map(|cfg| format!("--cfg {cfg}")).collect();
        flags.join(" ")
    }

    /// Whether its programs have connections.
    pub(crate) fn has_sockets(&self) -> bool {
        let sockets = [Capability::TcpListen, Capability::PreopenedSockets];
        sockets
            .into_iter()
            .any(|capability| self.answer(capability) == Answer::Yes)
    }

    /// The programs, files and folders that its packages bring, unless the machine runs it by itself.
    pub(crate) fn probes(&self) -> impl Iterator<Item = &'static str> {
        let runner = match self.how {
            How::Run(Runner::Qemu { program, sysroot }) => [Some(program), Some(sysroot)],
            How::Run(Runner::Under(words)) => [words.first().copied(), None],
            _ => [None, None],
        };
        let named = self.linker.into_iter().chain(runner.into_iter().flatten());
        named.chain(self.brings.iter().copied())
    }

    /// What its tests have to do without.
    pub(crate) fn without(&self) -> impl Iterator<Item = Fixture> {
        self.platform.without.iter().chain(self.without).copied()
    }
}
