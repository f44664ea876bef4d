//! triga beside its peers: `cargo bench -p triga-benches -- --help`.

#[cfg(not(target_os = "linux"))]
compile_error!("the benches compare with epoll, and read /proc: they are for Linux");

mod cli;
mod contender;
mod contenders;
mod counts;
mod load;
mod measure;
mod options;
mod subjects;
mod work;
mod worker;

use std::error::Error;
use std::process::ExitCode;

use crate::cli::{CommandLine, Mode};
use crate::measure::{affinity, descriptors};

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Box<dyn Error>> {
    let descriptors = descriptors::raise()?;
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [work::FLAG, ..] = *arguments.iter().map(String::as_str).collect::<Vec<_>>() {
        return Ok(worker::run(&arguments[1..])?);
    }
    if arguments.is_empty() {
        // `cargo bench` passes `--bench`. A `cargo test` of all targets passes nothing, and is not to measure for minutes.
        print!("{}", cli::HELP);
        return Ok(());
    }
    let CommandLine {
        mode,
        subjects,
        options,
    } = CommandLine::parse(descriptors)?;
    affinity::pin()?;
    match mode {
        Mode::Help => print!("{}", cli::HELP),
        Mode::Check => counts::check()?,
        Mode::Bless => counts::bless()?,
        Mode::Size => subjects::wasi::size::check()?,
        Mode::Count { instructions, syscalls } => counts::compare(&subjects, instructions, syscalls)?,
        Mode::Measure => {
            for subject in &subjects {
                (subject.run)(&options)?;
            }
        }
    }
    Ok(())
}
