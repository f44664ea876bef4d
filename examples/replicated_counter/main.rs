//! A replicated counter, tested in a thousand simulated worlds, with and without a bug.
//!
//! ```text
//! export RUSTFLAGS='--cfg triga_platform="sim"'
//! cargo run --example replicated_counter                                  a thousand seeds
//! cargo run --example replicated_counter -- --with-bug                    until a seed finds the bug
//! TRIGA_SEED=17 cargo run --example replicated_counter -- --with-bug      what happened with it
//! ```

#[cfg(triga_platform = "sim")]
mod check;
#[cfg(triga_platform = "sim")]
mod counter;
#[cfg(all(test, triga_platform = "sim"))]
mod tests;

#[cfg(not(triga_platform = "sim"))]
fn main() -> std::process::ExitCode {
    eprintln!(
        "this program runs in a simulated world: RUSTFLAGS='--cfg triga_platform=\"sim\"' cargo run --example replicated_counter"
    );
    std::process::ExitCode::from(2)
}

#[cfg(triga_platform = "sim")]
fn main() -> std::process::ExitCode {
    use std::env;
    use std::process::ExitCode;

    let with_bug = match &*env::args().skip(1).collect::<Vec<_>>() {
        [] => false,
        [word] if word == "--with-bug" => true,
        _ => {
            eprintln!("usage: `replicated_counter` or `replicated_counter --with-bug`");
            return ExitCode::from(2);
        }
    };
    for seed in triga::os::sim::seeds(0..1000) {
        let story = check::Story::default();
        if let Err(error) = check::check(seed, with_bug, &story) {
            for line in &*story.borrow() {
                println!("{line}");
            }
            eprintln!("error: {error}");
            return ExitCode::FAILURE;
        }
    }
    println!("nothing was lost");
    ExitCode::SUCCESS
}
