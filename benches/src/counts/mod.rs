//! What does not depend on the machine's mood: user instructions and system calls, counted from outside.

mod kept;
mod tool;

use std::io;

pub(crate) use kept::{bless, check};
use tool::Tool;

use crate::contender::Contender;
use crate::contenders::{self};
use crate::measure::table;
use crate::subjects::Subject;
use crate::work::Work;

/// A kind of step that is counted.
struct Count {
    name: &'static str,
    subject: &'static str,
    /// How many steps more the second of two runs takes. What they differ by is what the steps cost, without what starting,
    /// connecting and ending costs.
    steps: u64,
    work: fn(u64) -> Work,
}

const COUNTS: [Count; 9] = [
    Count {
        name: "hop of the ping-pong, 1 pair",
        subject: "ping-pong",
        steps: 20_000,
        work: |steps| Work::PingPong {
            pairs: 1,
            rounds: steps / 2,
        },
    },
    Count {
        name: "hop of the ping-pong, 50 pairs",
        subject: "ping-pong",
        steps: 50_000,
        work: |steps| Work::PingPong {
            pairs: 50,
            rounds: steps / 2 / 50,
        },
    },
    Count {
        name: "hop over a pipe",
        subject: "pipes",
        steps: 20_000,
        work: |steps| Work::Pipes { rounds: steps / 2 },
    },
    Count {
        name: "echo, 1 busy",
        subject: "echo",
        steps: 4_000,
        work: |steps| Work::Echo {
            connections: 1,
            waves: steps,
        },
    },
    Count {
        name: "echo, 50 busy",
        subject: "echo",
        steps: 20_000,
        work: |steps| Work::Echo {
            connections: 50,
            waves: steps / 50,
        },
    },
    Count {
        name: "register + deregister",
        subject: "register",
        steps: 12_800,
        work: |steps| Work::Register { times: steps },
    },
    Count {
        name: "wake while running + turn",
        subject: "wake",
        steps: 10_000,
        work: |steps| Work::Wake { turns: steps },
    },
    Count {
        name: "timer, an earlier one live",
        subject: "timers",
        steps: 12_800,
        work: |steps| Work::Timers {
            earlier: true,
            times: steps,
        },
    },
    Count {
        name: "timer, none live",
        subject: "timers",
        steps: 12_800,
        work: |steps| Work::Timers {
            earlier: false,
            times: steps,
        },
    },
];

impl Count {
    /// How much one step takes.
    fn step(&self, contender: &dyn Contender, tool: Tool) -> io::Result<f64> {
        let once = tool.total(contender.name(), (self.work)(self.steps))?;
        let twice = tool.total(contender.name(), (self.work)(2 * self.steps))?;
        Ok((twice - once) / self.steps as f64)
    }
}

/// Prints the counts of every contender side by side.
pub(crate) fn compare(subjects: &[Subject], instructions: bool, syscalls: bool) -> io::Result<()> {
    if instructions {
        compare_with(Tool::Callgrind, subjects)?;
    }
    if syscalls {
        compare_with(Tool::Strace, subjects)?;
    }
    Ok(())
}

fn compare_with(tool: Tool, subjects: &[Subject]) -> io::Result<()> {
    let names = contenders::ALL.iter().map(|contender| contender.name().to_owned());
    let head: Vec<String> = std::iter::once(String::new()).chain(names).collect();
    let named = |count: &&Count| subjects.iter().any(|subject| subject.name == count.subject);
    let mut rows = Vec::new();
    for count in COUNTS.iter().filter(named) {
        eprintln!("{}: {} …", tool.unit(), count.name);
        let mut row = vec![count.name.to_owned()];
        for contender in contenders::ALL {
            let has_it = match count.subject {
                "timers" => contender.timers().is_some(),
                "pipes" => contender.pipes(0).is_some(),
                _ => true,
            };
            row.push(if has_it {
                table::number(count.step(contender, tool)?)
            } else {
                "–".into()
            });
        }
        rows.push(row);
    }
    table::print(&format!("{} for a step", tool.unit()), &head, &rows);
    if COUNTS.iter().filter(named).any(|count| count.subject == "echo") {
        println!(
            "  A watched server is slower than its load. async-io tries to read before it waits, finds the next message there, \
             and waits less than it otherwise would."
        );
    }
    Ok(())
}
