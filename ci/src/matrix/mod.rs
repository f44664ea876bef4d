//! The matrix: which platforms there are, what each of them has, and how far each is taken. It is written down here and nowhere
//! else: the jobs of the workflow, the tables in the documents and the skips of the conformance suite are derived from it or
//! compared with it.
//!
//! * [`rows`]: a row for each target together with what runs it.
//! * [`platforms`]: what the code of each platform has, and why it lacks the rest.
//! * [`capability`]: the columns.
//! * [`expected`]: what the conformance suite should meet on each row.
//! * [`features`]: what the crates can be built with and without.

pub(crate) mod capability;
pub(crate) mod expected;
pub(crate) mod features;
pub(crate) mod platforms;
pub(crate) mod row;
pub(crate) mod rows;

pub(crate) use capability::{Capability, KnownAs};
pub(crate) use features::{FEATURES, Feature};
pub(crate) use platforms::{Answer, Fixture, PLATFORMS, Platform};
pub(crate) use row::{How, Row, Runner, Tier};
pub(crate) use rows::ROWS;

/// The row with this name.
pub(crate) fn row_named(name: &str) -> crate::Result<&'static Row> {
    let row = ROWS.iter().find(|row| row.name == name);
    row.ok_or_else(|| format!("the matrix has no row `{name}`").into())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn names_are_given_once() {
        let names: BTreeSet<&str> = ROWS.iter().map(|row| row.name).collect();
        assert_eq!(names.len(), ROWS.len());
        let titles: BTreeSet<&str> = PLATFORMS.iter().map(|platform| platform.title).collect();
        assert_eq!(titles.len(), PLATFORMS.len());
        let columns: BTreeSet<&str> = Capability::ALL.iter().map(|capability| capability.title()).collect();
        assert_eq!(columns.len(), Capability::ALL.len());
    }

    #[test]
    fn a_row_of_the_first_tier_is_run_or_says_why_not_yet() {
        for row in &ROWS {
            match row.how {
                How::Run(_) => assert!(
                    row.tier <= Tier::Second,
                    "{}: it runs, and is of the third tier",
                    row.name
                ),
                How::Check => assert_eq!(row.tier, Tier::Third, "{}: nothing runs it", row.name),
                How::NotYet(why) => assert!(why.len() > 20, "{}: a reason is a sentence", row.name),
            }
        }
    }

    #[test]
    fn every_platform_has_a_row_and_every_row_a_platform_of_the_list() {
        for &platform in &PLATFORMS {
            assert!(
                ROWS.iter().any(|row| std::ptr::eq(row.platform, platform)),
                "{}",
                platform.title
            );
        }
        for row in &ROWS {
            assert!(
                PLATFORMS.iter().any(|&platform| std::ptr::eq(row.platform, platform)),
                "{}",
                row.name
            );
        }
    }

    #[test]
    fn an_answer_is_given_once_and_has_a_reason() {
        for row in &ROWS {
            let mut answered = Vec::new();
            for &(capability, answer) in row.platform.answers.iter().chain(row.answers) {
                assert!(!answered.contains(&capability), "{}: {capability:?} twice", row.name);
                answered.push(capability);
                let why = answer.reason().expect("what a platform has is not listed");
                assert!(why.len() > 10, "{}: {capability:?}: {why}", row.name);
            }
        }
    }
}
