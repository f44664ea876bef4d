//! What the fuzzer has found worth keeping.

use std::fs;
use std::path::Path;

/// Runs a target with every file of its corpus.
fn replay(name: &str, target: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(name);
    let mut count = 0;
    for file in fs::read_dir(&folder).expect("there is a corpus") {
        let path = file.expect("the folder can be read").path();
        let data = fs::read(&path).expect("the file can be read");
        if std::panic::catch_unwind(|| target(&data)).is_err() {
            panic!("{} is at odds with the model", path.display());
        }
        count += 1;
    }
    assert!(count > 10, "{count} files in {}", folder.display());
}

#[test]
fn operations_on_a_reactor_do_what_the_model_says() {
    replay("reactor", triga_fuzz::reactor);
}

#[test]
fn answers_of_poll_become_what_the_model_says() {
    replay("poll", triga_fuzz::poll);
}

#[test]
fn a_host_of_wasi_that_tells_too_much_is_understood() {
    replay("wasip1", triga_fuzz::wasip1);
}
