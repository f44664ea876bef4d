//! How many tests a program says that it ran.

use std::ops::AddAssign;

/// How the closing line of the conformance suite begins.
pub(crate) const SUITE: &str = "conformance: ";

/// Tests by outcome.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) passed: u64,
    pub(crate) failed: u64,
    pub(crate) skipped: u64,
}

impl Counts {
    /// What a closing line says: libtest's, or that of the conformance suite.
    pub(crate) fn from_line(line: &str) -> Option<Counts> {
        let parts = if let Some(result) = line.strip_prefix("test result: ") {
            // `ok.` or `FAILED.` comes first.
            result.split_once(". ")?.1
        } else {
            line.strip_prefix(SUITE)?
        };
        let mut counts = Counts::default();
        let mut found = 0;
        for part in parts.split([',', ';']) {
            let Some((number, what)) = part.trim().split_once(' ') else {
                continue;
            };
            let count = match what {
                "passed" => &mut counts.passed,
                "failed" => &mut counts.failed,
                "skipped" | "ignored" => &mut counts.skipped,
                _ => continue,
            };
            *count = number.parse().ok()?;
            found += 1;
        }
        (found == 3).then_some(counts)
    }
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Counts) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
    }
}

impl std::fmt::Display for Counts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Counts {
            passed,
            failed,
            skipped,
        } = self;
        write!(f, "{passed} passed, {failed} failed, {skipped} skipped")
    }
}

#[cfg(test)]
mod tests {
    use super::Counts;

    fn counts(passed: u64, failed: u64, skipped: u64) -> Option<Counts> {
        Some(Counts {
            passed,
            failed,
            skipped,
        })
    }

    #[test]
    fn closing_lines_are_counted() {
        let libtest =
            "test result: FAILED. 5 passed; 2 failed; 1 ignored; 0 measured; 3 filtered out; finished in 0.01s";
        assert_eq!(Counts::from_line(libtest), counts(5, 2, 1));
        assert_eq!(
            Counts::from_line("conformance: 61 passed, 0 failed, 12 skipped"),
            counts(61, 0, 12)
        );
    }

    #[test]
    fn other_lines_are_not() {
        for line in [
            "test result::ok ... ok",
            "test result: ok. many passed; 0 failed; 0 ignored",
            "test result: ok. 5 passed; 0 failed",
            "conformance: wasip1-wasmtime36, 3 passed so far",
            "  conformance: 1 passed, 0 failed, 0 skipped",
            "61 passed, 0 failed, 12 skipped",
            "",
        ] {
            assert_eq!(Counts::from_line(line), None, "{line:?}");
        }
    }

    #[test]
    fn counts_add_up() {
        let mut sum = Counts::default();
        sum += Counts {
            passed: 1,
            failed: 2,
            skipped: 3,
        };
        sum += Counts {
            passed: 10,
            failed: 20,
            skipped: 30,
        };
        assert_eq!(sum.to_string(), "11 passed, 22 failed, 33 skipped");
    }
}
