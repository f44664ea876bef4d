//! Programs on hosts of a simulation, whose streams the test has.

use std::cell::Cell;
use std::time::Duration;

use triga::os::sim::{self, Host};
use triga::task::{Executor, JoinHandle};
use triga::time::sleep;

use super::{Input, Output};
use crate::harness::Outcome;
use crate::pattern::Checked;
use crate::program;

thread_local! {
    static PROGRAMS: Cell<u32> = const { Cell::new(0) };
}

/// A program that runs, and the other ends of its streams.
pub(super) struct Run {
    host: Host,
    executor: Executor,
    program: JoinHandle<Outcome>,
    /// What was taken of its output, and not read.
    taken: Vec<u8>,
}

impl Run {
    pub(super) fn start(args: &[&str], input: Input, output: Output) -> Outcome<Run> {
        PROGRAMS.set(PROGRAMS.get() + 1);
        let host = sim::host(&format!("program {}", PROGRAMS.get()));
        match input {
            Input::Open => host.type_in(b""),
            Input::Null => {}
            Input::File(bytes) => {
                host.type_in(&bytes);
                host.end_input();
            }
        }
        if !matches!(output, Output::File) {
            host.hold_output();
        }
        let args: Vec<String> = args.iter().map(|arg| (*arg).to_owned()).collect();
        let mut executor = Executor::new()?;
        let program = executor.block_on(async {
            host.spawn(async move {
                let args: Vec<&str> = args.iter().map(String::as_str).collect();
                program::of_streams(&args).await
            })
        })??;
        Ok(Run {
            host,
            executor,
            program,
            taken: Vec::new(),
        })
    }

    /// Writes to its input.
    pub(super) fn write(&mut self, bytes: &[u8]) -> Outcome {
        self.host.type_in(bytes);
        Ok(())
    }

    /// Writes to its input while its output is read, and ends the input.
    pub(super) fn write_all(&mut self, bytes: Vec<u8>) {
        self.host.type_in(&bytes);
        self.host.end_input();
    }

    pub(super) fn end_input(&mut self) {
        self.host.end_input();
    }

    /// Reads so many bytes of its output.
    pub(super) fn read(&mut self, count: usize) -> Outcome<Vec<u8>> {
        self.host.release_output();
        while self.taken.len() < count {
            self.go_on()?;
            self.taken.extend(self.host.take_output());
        }
        self.host.hold_output();
        Ok(self.taken.drain(..count).collect())
    }

    /// Reads so many bytes of what it says of errors.
    pub(super) fn read_errors(&mut self, count: usize) -> Outcome<Vec<u8>> {
        let mut errors = Vec::new();
        while errors.len() < count {
            self.go_on()?;
            errors.extend(self.host.take_errors());
        }
        assert_eq!(errors.len(), count);
        Ok(errors)
    }

    /// Waits for its end, and says how many bytes of the pattern it has written that were not read yet.
    pub(super) fn ends_with(mut self) -> Outcome<u64> {
        self.host.release_output();
        self.executor.block_on(self.program)???;
        self.taken.extend(self.host.take_output());
        let mut checked = Checked::default();
        checked.check(&self.taken)?;
        Ok(checked.count())
    }

    /// Lets the program run for a moment.
    fn go_on(&mut self) -> Outcome {
        assert!(!self.program.is_finished(), "the program ended early");
        Ok(self.executor.block_on(sleep(Duration::from_millis(1)))??)
    }
}
