//! What failed tests said, out of the lines of a program that runs them.

use std::collections::VecDeque;

/// How many of the lines before its verdict a failed test shows, and as many after libtest's heading.
const SHOWN: usize = 12;

/// How many failed tests are shown whole. Of the others there is the name.
const TESTS: usize = 8;

/// Takes lines one by one, and keeps those of the tests that failed.
#[derive(Debug, Default)]
pub(crate) struct Failures {
    /// The lines of each failed test.
    failed: Vec<Vec<String>>,
    /// The lines since the last test began.
    current: VecDeque<String>,
    /// Whether a failed test's output follows, as libtest prints it after all the tests.
    is_output: bool,
}

impl Failures {
    pub(crate) fn take(&mut self, line: &str) {
        if is_test(line) {
            self.current.clear();
        }
        if line.starts_with("---- ") {
            self.is_output = true;
            self.failed.push(Vec::new());
        } else if line == "failures:" {
            self.is_output = false;
        }
        if self.is_output {
            let output = self.failed.last_mut().filter(|output| output.len() < SHOWN);
            if let Some(output) = output.filter(|_| !line.is_empty()) {
                output.push(line.to_owned());
            }
            return;
        }
        if self.current.len() == SHOWN {
            // Keep the test's name, which comes first.
            self.current.remove(1);
        }
        self.current.push_back(line.to_owned());
        if says_failed(line) {
            self.failed.push(self.current.drain(..).collect());
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.failed.is_empty()
    }

    /// The failed tests' lines, in their order.
    pub(crate) fn lines(&self) -> impl Iterator<Item = &str> {
        let shown = |(index, lines): (usize, &Vec<String>)| if index < TESTS { lines.len() } else { 1 };
        let tests = self.failed.iter().enumerate();
        tests.flat_map(move |test| test.1.iter().take(shown(test)).map(String::as_str))
    }
}

/// Whether a test begins with this line, as libtest and the conformance suite print it.
fn is_test(line: &str) -> bool {
    line.starts_with("test ") && line.contains(" ... ")
}

/// Whether a line ends a failed test. The suite's verdict has a line to itself when the test printed something.
fn says_failed(line: &str) -> bool {
    line.starts_with("FAILED (") || is_test(line) && line.contains(" ... FAILED")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(lines: &str) -> Vec<String> {
        let mut failures = Failures::default();
        lines.lines().for_each(|line| failures.take(line));
        failures.lines().map(str::to_owned).collect()
    }

    #[test]
    fn a_failed_test_is_shown_with_what_it_said_before_its_verdict() {
        let lines = "test one ... ok\nnoise\ntest two ... thread 'main' panicked at x.rs:1:\nleft: 1\nFAILED (it panicked)\ntest three ... ok";
        let expected = [
            "test two ... thread 'main' panicked at x.rs:1:",
            "left: 1",
            "FAILED (it panicked)",
        ];
        assert_eq!(shown(lines), expected);
    }

    #[test]
    fn a_long_output_keeps_the_name_and_the_end() {
        let noise: String = (0..100).map(|number| format!("{number}\n")).collect();
        let shown = shown(&format!("test one ... said:\n{noise}FAILED (no)\n"));
        assert_eq!(shown.len(), SHOWN);
        assert_eq!(shown[0], "test one ... said:");
        assert_eq!(shown[SHOWN - 2..], ["99", "FAILED (no)"]);
    }

    #[test]
    fn the_output_that_libtest_keeps_back_is_shown() {
        let lines = "test a ... FAILED\ntest b ... ok\n\nfailures:\n\n---- a stdout ----\n\npanicked\n\n\nfailures:\n    a\n\ntest result: FAILED. 1 passed";
        assert_eq!(shown(lines), ["test a ... FAILED", "---- a stdout ----", "panicked"]);
        assert!(shown("test b ... ok\nfailures of another kind").is_empty());
    }
}
