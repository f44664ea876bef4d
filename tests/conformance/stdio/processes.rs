//! Programs as processes, whose streams are pipes and files.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::process::Stdio;
use std::thread::{self, JoinHandle};

use super::{Input, Output, Started, ends_well, program, start};
use crate::harness::Outcome;
use crate::pattern::Checked;
use crate::temporary::Temporary;

/// A program that runs, and the other ends of its streams.
pub(super) struct Run {
    program: Started,
    _input: Temporary,
    output: Temporary,
    writer: Option<JoinHandle<io::Result<()>>>,
}

impl Run {
    pub(super) fn start(args: &[&str], input: Input, output: Output) -> Outcome<Run> {
        let mut command = program(args);
        let files = (Temporary::new("stdin"), Temporary::new("stdout"));
        command.stdin(match input {
            Input::Open => Stdio::piped(),
            Input::Null => Stdio::null(),
            Input::File(bytes) => {
                fs::write(&files.0.0, bytes)?;
                File::open(&files.0.0)?.into()
            }
        });
        command.stdout(match output {
            Output::Read | Output::ReadWithErrors => Stdio::piped(),
            Output::File => File::create(&files.1.0)?.into(),
        });
        if let Output::ReadWithErrors = output {
            command.stderr(Stdio::piped());
        }
        Ok(Run {
            program: start(&mut command)?,
            _input: files.0,
            output: files.1,
            writer: None,
        })
    }

    /// Writes to its input.
    pub(super) fn write(&mut self, bytes: &[u8]) -> Outcome {
        let stdin = self.program.stdin.as_mut().expect("its input is open");
        Ok(stdin.write_all(bytes)?)
    }

    /// Writes to its input while its output is read, and ends the input.
    pub(super) fn write_all(&mut self, bytes: Vec<u8>) {
        let mut stdin = self.program.stdin.take().expect("its input is open");
        self.writer = Some(thread::spawn(move || stdin.write_all(&bytes)));
    }

    pub(super) fn end_input(&mut self) {
        drop(self.program.stdin.take());
    }

    /// Reads so many bytes of its output.
    pub(super) fn read(&mut self, count: usize) -> Outcome<Vec<u8>> {
        let mut bytes = vec![0; count];
        let stdout = self.program.stdout.as_mut().expect("its output is a pipe");
        Ok(stdout.read_exact(&mut bytes).map(|()| bytes)?)
    }

    /// Reads so many bytes of what it says of errors.
    pub(super) fn read_errors(&mut self, count: usize) -> Outcome<Vec<u8>> {
        let mut bytes = vec![0; count];
        let stderr = self.program.stderr.as_mut().expect("it is a pipe");
        Ok(stderr.read_exact(&mut bytes).map(|()| bytes)?)
    }

    /// Waits for its end, and says how many bytes of the pattern it has written that were not read yet.
    pub(super) fn ends_with(mut self) -> Outcome<u64> {
        let written = self.program.stdout.take().map(checked).transpose()?;
        let writer = self.writer.take().map(|writer| writer.join().unwrap());
        writer.transpose()?;
        ends_well(self.program)?;
        match written {
            Some(count) => Ok(count),
            None => Ok(checked(File::open(&self.output.0)?)?),
        }
    }
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
