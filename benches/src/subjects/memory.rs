//! Memory for what waits: each sample from a process of its own, whose heap begins empty.

use std::io;

use super::Subject;
use crate::contender::Contender;
use crate::contenders::{self, Native};
use crate::measure::descriptors;
use crate::measure::side_by_side::{Measure, SideBySide};
use crate::options::Options;
use crate::work::{self, Work};

pub(crate) const SUBJECT: Subject = Subject { name: "memory", run };

fn run(options: &Options) -> io::Result<()> {
    let count = descriptors::at_most(options.scaled(100_000) as usize, options.descriptors, "idle sources");
    let table = |title: &str, heads: &[&str], work: Work| {
        SideBySide {
            title,
            unit: "",
            contenders: contenders::natively(),
            base: "tokio",
            // All but the resident pages comes out the same each time.
            rounds: options.rounds.min(3),
            measures: vec![Measure::new(heads, |contender: Native| figures(contender, work, count))],
        }
        .run()
    };
    table(
        &format!("memory of an idle registration, of {count}"),
        &["resident, B", "heap, B", "allocations", "and its handle, B"],
        Work::IdleRegistrations { count },
    )?;
    table(
        &format!("memory of an idle connection with its task, of {count}"),
        &["resident, B", "heap, B", "allocations"],
        Work::IdleConnections { count },
    )
}

/// Resident bytes, bytes on the heap and allocations for each, and what else the process prints.
fn figures(contender: &dyn Contender, work: Work, count: usize) -> io::Result<Vec<f64>> {
    let output = work::output(contender.name(), work)?;
    let numbers = output
        .split_whitespace()
        .map(|word| word.parse::<f64>().map_err(io::Error::other));
    let mut figures = numbers.collect::<io::Result<Vec<f64>>>()?;
    figures.iter_mut().take(3).for_each(|figure| *figure /= count as f64);
    Ok(figures)
}
