//! What `cargo ci demo` says about the rows: a table, what does not fit into it, and how it all went.

use std::process::ExitCode;

use crate::measure::{Figures, Idle};
use crate::table::{Side, Table};
use crate::{Error, say};

/// What became of a row.
pub(crate) enum Outcome {
    Served(Figures),
    Failed(Error),
    /// It cannot run here.
    NotRun(Error),
}

/// The rows so far, by what they are called in the table.
pub(crate) struct Report {
    table: Table<5>,
    rows: Vec<(String, Outcome)>,
    /// Whether the last line on the screen is one of the table.
    in_table: bool,
}

impl Report {
    pub(crate) fn new() -> Report {
        Report {
            table: Table::new([
                ("platform", Side::Left, 26),
                ("load", Side::Left, 16),
                ("round trips/s", Side::Right, 0),
                ("CPU per round trip", Side::Right, 0),
                ("CPU, 100 idle connections", Side::Right, 0),
            ]),
            rows: Vec::new(),
            in_table: false,
        }
    }

    /// Prints a row, and the others again if something was said since.
    pub(crate) fn add(&mut self, title: String, outcome: Outcome) {
        self.rows.push((title, outcome));
        let shown = if self.in_table {
            self.rows.len() - 1
        } else {
            say(format_args!("\n{}", self.table.header()));
            0
        };
        for (title, outcome) in &self.rows[shown..] {
            say(self.table.row(cells(title, outcome)));
        }
        self.in_table = true;
    }

    pub(crate) fn say(&mut self, lines: &[String]) {
        if !lines.is_empty() {
            say(format_args!("\n  {}", lines.join("\n  ")));
            self.in_table = false;
        }
    }

    /// Says why there are dashes, and how it all went.
    pub(crate) fn close(self) -> ExitCode {
        for (title, outcome) in &self.rows {
            if let Some(remark) = remark(outcome) {
                say(format_args!("\n  {title}: {remark}"));
            }
        }
        let count = |is: fn(&Outcome) -> bool| self.rows.iter().filter(|(_, outcome)| is(outcome)).count();
        let served = count(|outcome| matches!(outcome, Outcome::Served(_)));
        let failed = count(|outcome| matches!(outcome, Outcome::Failed(_)));
        let not_run = count(|outcome| matches!(outcome, Outcome::NotRun(_)));
        say(format_args!(
            "\n{served} served with every byte right, {failed} failed, {not_run} not run"
        ));
        if failed == 0 && served > 0 {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        }
    }
}

fn cells(title: &str, outcome: &Outcome) -> [String; 5] {
    let dash = || "–".to_owned();
    let title = title.to_owned();
    match outcome {
        Outcome::Served(figures) => {
            let cpu = figures
                .cpu_per_trip
                .map_or_else(dash, |time| format!("{:.2} µs", time.as_nanos() as f64 / 1e3));
            let idle = match figures.idle {
                Idle::Connections(Some(share)) => percent(share),
                Idle::Connections(None) | Idle::Stream(_) => dash(),
            };
            [
                title,
                figures.load.clone(),
                grouped(figures.trips_per_second),
                cpu,
                idle,
            ]
        }
        Outcome::Failed(_) => [title, "FAILED".to_owned(), dash(), dash(), dash()],
        Outcome::NotRun(_) => [title, "not run".to_owned(), dash(), dash(), dash()],
    }
}

/// What does not fit into the table.
fn remark(outcome: &Outcome) -> Option<String> {
    let figures = match outcome {
        Outcome::Served(figures) => figures,
        Outcome::Failed(error) => return Some(format!("FAILED: {error}")),
        Outcome::NotRun(error) => return Some(format!("not run: {error}")),
    };
    if figures.cpu_per_trip.is_none() {
        return Some("CPU is not measured: that needs Linux's /proc/PID/task/*/schedstat".to_owned());
    }
    match figures.idle {
        Idle::Connections(_) => None,
        Idle::Stream(share) => {
            let share = share.map_or_else(String::new, |share| format!(" (idle, it takes {} CPU)", percent(share)));
            Some(format!("no sockets on this host, so no connections: one stream{share}"))
        }
    }
}

fn percent(share: f64) -> String {
    format!("{:.1} %", share * 100.0)
}

/// A number with its digits in groups of three.
fn grouped(number: f64) -> String {
    let digits = format!("{number:.0}");
    let mut grouped = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped() {
        assert_eq!(
            ["7", "999", "1,000", "123,456", "1,234,567"],
            [7., 999., 1e3, 123_456., 1_234_567.].map(grouped)
        );
    }

    #[test]
    fn only_a_served_row_counts_as_served() {
        let served = || {
            Outcome::Served(Figures {
                load: String::new(),
                trips_per_second: 1.0,
                cpu_per_trip: None,
                idle: Idle::Stream(None),
            })
        };
        let not_run = || Outcome::NotRun("offline".into());
        let failed = || Outcome::Failed("wrong bytes".into());
        let code = |outcomes: Vec<Outcome>| {
            let mut report = Report::new();
            outcomes
                .into_iter()
                .for_each(|outcome| report.add("row".to_owned(), outcome));
            report.close()
        };
        assert_eq!(code(vec![served(), not_run()]), ExitCode::SUCCESS);
        assert_eq!(code(vec![not_run()]), ExitCode::FAILURE);
        assert_eq!(code(vec![served(), failed()]), ExitCode::FAILURE);
        assert_eq!(code(vec![]), ExitCode::FAILURE);
    }

    #[test]
    fn what_is_not_measured_is_a_dash_with_a_reason() {
        let mut figures = Figures {
            load: "1 stream".to_owned(),
            trips_per_second: 12_345.6,
            cpu_per_trip: None,
            idle: Idle::Connections(None),
        };
        let unmeasured = Outcome::Served(figures);
        assert_eq!(cells("row", &unmeasured), ["row", "1 stream", "12,346", "–", "–"]);
        assert!(remark(&unmeasured).unwrap().contains("CPU is not measured"));
        figures = Figures {
            load: "1 stream".to_owned(),
            trips_per_second: 1.0,
            cpu_per_trip: Some(std::time::Duration::from_nanos(12_345)),
            idle: Idle::Stream(Some(0.5)),
        };
        let stream = Outcome::Served(figures);
        assert_eq!(cells("row", &stream)[3..], ["12.35 µs", "–"]);
        assert!(remark(&stream).unwrap().contains("50.0 % CPU"));
    }
}
