//! Many seeds, and what is said of the one that fails.

use std::env;
use std::ffi::OsString;
use std::io;
use std::process::{Command, Output};
use std::time::Duration;

use triga::os::sim::{self, World};
use triga::time::{Instant, sleep};

/// Fails with some seeds: with those that have a name looked up too soon.
async fn race() -> io::Result<()> {
    let start = Instant::now();
    triga::net::lookup("localhost", 7).await.map(drop)?;
    assert!(start.elapsed() > Duration::from_micros(12), "the race is lost");
    sleep(Duration::from_secs(1)).await
}

#[test]
#[ignore = "it fails, for another test to look at how"]
fn fails_in_a_loop() {
    for seed in sim::seeds(0..1000) {
        println!("tried {seed}");
        sim::run(seed, World::new(), race()).unwrap().unwrap();
    }
}

#[test]
#[ignore = "it fails, for another test to look at how"]
fn fails_with_an_error() -> io::Result<()> {
    for seed in sim::seeds(0..1000) {
        sim::run(seed, World::new(), async {
            triga::net::lookup("nobody", 7).await.map(drop)
        })??;
    }
    Ok(())
}

#[test]
#[ignore = "it fails, for another test to look at how"]
fn fails_in_one_run() {
    sim::run(17, World::new(), async { panic!("for once") }).unwrap()
}

/// Runs one of the tests that fail, in a process of its own.
fn run(test: &str, seed: Option<&str>) -> Output {
    // What runs the programs of another processor.
    let runner = env::var("TRIGA_RUNNER").unwrap_or_default();
    let mut words: Vec<OsString> = runner.split_whitespace().map(OsString::from).collect();
    words.push(env::current_exe().unwrap().into());
    let mut command = Command::new(&words[0]);
    command.args(&words[1..]);
    command.args(["--exact", test, "--ignored", "--nocapture"]);
    command.env_remove("TRIGA_SEED");
    command.envs(seed.map(|seed| ("TRIGA_SEED", seed)));
    command.output().unwrap()
}

/// The seed with which a test says that it failed. It says so once.
fn seed_of(output: &Output) -> String {
    let text = String::from_utf8_lossy(&output.stderr);
    let said: Vec<&str> = text.matches(" replays it").collect();
    assert_eq!(said.len(), 1, "{text}");
    let (before, _) = text.split_once(" replays it").unwrap();
    let (_, seed) = before.rsplit_once("TRIGA_SEED=").unwrap();
    assert!(before.contains(&format!("with seed {seed}:")), "{text}");
    seed.to_owned()
}

#[test]
#[cfg_attr(miri, ignore = "Miri starts no programs")]
fn the_seed_of_a_failure_is_said_and_replays_it_alone() {
    let failed = run("seeds::fails_in_a_loop", None);
    assert!(!failed.status.success());
    let seed = seed_of(&failed);
    let tried = String::from_utf8_lossy(&failed.stdout).matches("tried").count();
    assert_eq!(seed, (tried - 1).to_string());
    assert!(tried > 1, "the first seed is none that fails");

    let replayed = run("seeds::fails_in_a_loop", Some(&seed));
    assert!(!replayed.status.success());
    assert_eq!(seed_of(&replayed), seed);
    assert_eq!(String::from_utf8_lossy(&replayed.stdout).matches("tried").count(), 1);

    let other = run("seeds::fails_in_a_loop", Some("0"));
    assert!(other.status.success(), "{other:?}");

    // The last seed that there is makes a run as well.
    let last = run("seeds::fails_in_a_loop", Some(&u64::MAX.to_string()));
    assert!(String::from_utf8_lossy(&last.stdout).contains("tried 18446744073709551615"));
}

#[test]
#[cfg_attr(miri, ignore = "Miri starts no programs")]
fn the_seed_of_an_error_is_said() {
    let failed = run("seeds::fails_with_an_error", None);
    assert!(!failed.status.success());
    assert_eq!(seed_of(&failed), "0");
}

#[test]
#[cfg_attr(miri, ignore = "Miri starts no programs")]
fn the_seed_of_a_run_that_panics_is_said() {
    let failed = run("seeds::fails_in_one_run", None);
    assert!(!failed.status.success());
    assert_eq!(seed_of(&failed), "17");
}

#[test]
#[cfg_attr(miri, ignore = "Miri starts no programs")]
fn a_seed_that_is_no_number_is_refused() {
    let failed = run("seeds::fails_in_a_loop", Some("seventeen"));
    assert!(!failed.status.success());
    let text = String::from_utf8_lossy(&failed.stderr);
    assert!(text.contains("TRIGA_SEED is `seventeen`"), "{text}");
}
