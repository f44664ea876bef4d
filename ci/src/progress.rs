//! What a long piece of work shows while it runs: a bar on a terminal, a line now and then in a log.

use std::io::{self, IsTerminal};
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use crate::complain;

/// How often a log gets a line.
const EVERY: Duration = Duration::from_secs(30);

/// All bars, one below the other.
static BARS: LazyLock<MultiProgress> = LazyLock::new(MultiProgress::new);

/// Prints something without the bars in between.
pub(crate) fn apart(print: impl FnOnce()) {
    BARS.suspend(print);
}

/// One piece of work under way. Dropping it takes the bar away.
#[derive(Debug)]
pub(crate) struct Progress {
    name: String,
    bar: ProgressBar,
    in_log: bool,
    start: Instant,
    said: Instant,
    counts: Option<(u64, u64)>,
}

impl Progress {
    pub(crate) fn start(name: impl Into<String>) -> Progress {
        let name = name.into();
        let bar = BARS.add(ProgressBar::new_spinner().with_message(name.clone()));
        bar.set_style(style("  {spinner} {msg}  {elapsed}"));
        bar.enable_steady_tick(Duration::from_millis(120));
        let in_log = !io::stderr().is_terminal();
        if in_log {
            complain(format_args!("  … {name}"));
        }
        Progress {
            name,
            bar,
            in_log,
            start: Instant::now(),
            said: Instant::now(),
            counts: None,
        }
    }

    /// Takes a line that cargo printed for what it says about the progress; returns whether it was nothing but that.
    pub(crate) fn takes(&mut self, line: &str) -> bool {
        let counts = cargo_counts(line);
        if counts.is_some_and(|(done, total)| done < total) {
            self.counts = counts;
        } else if counts.is_some() || line.trim_start().starts_with("Finished ") {
            self.counts = None;
        }
        self.draw();
        if self.in_log && self.said.elapsed() >= EVERY {
            self.said = Instant::now();
            let seconds = self.start.elapsed().as_secs();
            match self.counts {
                Some((done, total)) => complain(format_args!("  … {}: {done} of {total}, {seconds} s", self.name)),
                None => complain(format_args!("  … {}: {seconds} s", self.name)),
            }
        }
        counts.is_some()
    }

    fn draw(&self) {
        match self.counts {
            Some((done, total)) => {
                if self.bar.length() != Some(total) {
                    self.bar
                        .set_style(style("  {msg}  [{bar:30}] {pos} of {len}, {elapsed}"));
                    self.bar.set_length(total);
                }
                self.bar.set_position(done);
            }
            None if self.bar.length().is_some() => {
                self.bar.set_style(style("  {spinner} {msg}  {elapsed}"));
                self.bar.unset_length();
            }
            None => {}
        }
    }

    /// Prints a line beside the bar.
    pub(crate) fn note(&self, text: &str) {
        complain(format_args!("  … {}: {text}", self.name));
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
        BARS.remove(&self.bar);
    }
}

fn style(template: &str) -> ProgressStyle {
    // A template that does not parse is a mistake in this file, and the default style is good enough to see it.
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}

/// The counts of cargo's own progress bar: `Building [====>    ] 12/34: futures-util, slab`.
fn cargo_counts(line: &str) -> Option<(u64, u64)> {
    let (_, counts) = line.trim_start().strip_prefix("Building [")?.split_once("] ")?;
    let (done, rest) = counts.split_once('/')?;
    let total = rest.split(|c: char| !c.is_ascii_digit()).next()?;
    Some((done.trim().parse().ok()?, total.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::cargo_counts;

    #[test]
    fn cargo_says_how_far_it_is() {
        assert_eq!(
            cargo_counts("    Building [=====>     ] 12/345: futures-util, slab(build)"),
            Some((12, 345))
        );
        assert_eq!(cargo_counts("    Building [=====>     ]   7/34"), Some((7, 34)));
        assert_eq!(cargo_counts("   Compiling slab v0.4.12"), None);
        assert_eq!(cargo_counts("    Building [=====>     ] soon"), None);
    }
}
