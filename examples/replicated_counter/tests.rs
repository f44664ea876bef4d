//! The bug is found, and there is no other.

use std::io;

use triga::os::sim;

use crate::check::{self, Story};

/// What is said of a seed, and what happened with it.
fn checked(seed: u64, with_bug: bool) -> (io::Result<()>, Vec<String>) {
    let story = Story::default();
    let outcome = check::check(seed, with_bug, &story);
    (outcome, story.take())
}

#[test]
fn no_seed_of_a_thousand_has_the_counter_lose_an_addition() {
    for seed in sim::seeds(0..1000) {
        let (outcome, story) = checked(seed, false);
        assert!(outcome.is_ok(), "{outcome:?}: {story:#?}");
    }
}

#[test]
fn the_bug_is_found_within_a_thousand_seeds_and_its_seed_replays_it() {
    let found = (0..1000).find(|seed| checked(*seed, true).0.is_err());
    let seed = found.expect("a seed finds the bug");
    let (outcome, story) = checked(seed, true);
    let error = outcome.unwrap_err().to_string();
    assert!(error.ends_with("are counted"), "{error}");
    assert!(story.last().is_some_and(|line| line.ends_with(&error)), "{story:#?}");
    assert_eq!(checked(seed, true).1, story);
    assert!(checked(seed, false).0.is_ok(), "it is not the bug that fails");

    // The readme shows the end of it.
    let readme = include_str!("../../README.md").replace('\r', "");
    let shown = story[story.len().saturating_sub(8)..].join("\n");
    let shown =
        format!("{shown}\nerror: {error}\nthe simulation ended early with seed {seed}: TRIGA_SEED={seed} replays it\n");
    assert!(
        readme.contains(&shown),
        "README.md shows something else than this:\n{shown}"
    );
}
