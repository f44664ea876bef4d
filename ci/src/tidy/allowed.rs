//! What only some places may use, and which places those are.

use super::rust::{Rule, Use};
use super::{Finding, predicate};

/// A place that may use something, and why it has to. The place is a file, or a folder with all that is in it if it ends with
/// `/`.
pub(super) struct Allowed(Rule, &'static str, &'static str);

/// Every exception there is: the rule, its place and the reason. An entry that nothing needs is reported.
#[rustfmt::skip]
pub(super) const LIST: &[Allowed] = &[
    Allowed(Rule::Cfg, "platform/src/select.rs", "it chooses the platform"),
    Allowed(Rule::Cfg, "platform/src/lib.rs", "it hands on what only one platform has, for src/os"),
    Allowed(Rule::Cfg, "platform/src/cache_line.rs", "a cache line is as long as the processor has it"),
    Allowed(Rule::Cfg, "platform/src/common/", "a mechanism that two platforms share has the names of both: Unix has descriptors, Windows sockets"),
    Allowed(Rule::Cfg, "platform/src/unix/", "systems of one family tell of some things in ways of their own"),
    Allowed(Rule::Cfg, "platform/src/wasip2/mod.rs", "it refuses a build for more than one thread"),
    Allowed(Rule::Cfg, "platform/src/sim/mod.rs", "a simulation has local sockets where std has addresses for them"),
    Allowed(Rule::Cfg, "platform/src/sim/local/", "a simulation has local sockets where std has addresses for them"),
    Allowed(Rule::Cfg, "platform/Cargo.toml", "each platform brings its own dependencies"),
    Allowed(Rule::Cfg, "src/sync.rs", "it puts a model checker's atomics and locks in place of std's"),
    Allowed(Rule::Cfg, "src/reactor/registration_set.rs", "a model counts what no interface shows"),
    Allowed(Rule::Cfg, "src/reactor/registration.rs", "a model has a source that tells of urgent data"),
    Allowed(Rule::Cfg, "src/reactor/page_table.rs", "its tests have a driver outside of a model"),
    Allowed(Rule::Cfg, "src/net/lookup/threads.rs", "its test has threads outside of a model"),
    Allowed(Rule::Cfg, "tests/sim/", "the simulator has tests where it is the platform"),
    Allowed(Rule::Cfg, "tests/models/", "there are models only with the model checker"),
    Allowed(Rule::Cfg, "src/os/mod.rs", "it chooses what only some platforms have"),
    Allowed(Rule::Cfg, "examples/replicated_counter/main.rs", "it is about simulated worlds: elsewhere the program says so"),
    Allowed(Rule::Cfg, "examples/http_get.rs", "a component's HTTP is WASI 0.2's own: elsewhere the program says so"),
    Allowed(Rule::Cfg, "examples/http_hello.rs", "a component's HTTP is WASI 0.2's own: elsewhere there is nothing to build"),
    Allowed(Rule::Cfg, "tests/conformance/", "a test that starts processes or counts descriptors is compiled where there are any"),
    Allowed(Rule::Cfg, "ci/", "the tool runs on a developer's machine, beside triga and not on it"),
    Allowed(Rule::Cfg, "benches/", "what the kernel counts is Linux's alone"),
    Allowed(Rule::Unsafe, "platform/src/common/poll/call.rs", "poll(2) takes pointers"),
    Allowed(Rule::Unsafe, "fuzz/src/wasip1/host.rs", "the words of WASI 0.1 are unions"),
    Allowed(Rule::Path, "fuzz/src/", "files of platforms that are not this machine's are fuzzed as they are"),
    Allowed(Rule::Unsafe, "platform/src/unix/stdio/", "std asks no description for its flags, no terminal for its device, and no socket not to block"),
    Allowed(Rule::Unsafe, "platform/src/unix/fork.rs", "forks are counted by a function that the system calls"),
    Allowed(Rule::Unsafe, "platform/src/unix/kind.rs", "std tells neither the type of a socket nor the mode of a descriptor"),
    Allowed(Rule::Unsafe, "platform/src/unix/pipe.rs", "std has no dup2"),
    Allowed(Rule::Unsafe, "platform/src/unix/receive.rs", "std's reads do not tell the flags of recvmsg"),
    Allowed(Rule::Unsafe, "platform/src/unix/local.rs", "mio lends no socket of std's"),
    Allowed(Rule::Unsafe, "platform/src/unix/credentials.rs", "std has no call for credentials yet"),
    Allowed(Rule::Unsafe, "platform/src/sim/local/credentials.rs", "std does not tell whose process this is"),
    Allowed(Rule::Unsafe, "platform/src/unix/process.rs", "std sends a child no other signal than SIGKILL"),
    Allowed(Rule::Unsafe, "platform/src/unix/exit_kqueue.rs", "changes and events of a kqueue go through pointers"),
    Allowed(Rule::Unsafe, "platform/src/unix/exit_pidfd.rs", "std opens no descriptor for a child"),
    Allowed(Rule::Unsafe, "platform/src/unix/signal.rs", "what runs in a handler is promised to be fit for it, and dispositions go through pointers"),
    Allowed(Rule::Unsafe, "platform/src/unix/tests.rs", "a test forks"),
    Allowed(Rule::Unsafe, "platform/src/wasip1/host.rs", "the host's functions take pointers"),
    Allowed(Rule::Unsafe, "platform/src/wasip1/preopened.rs", "the host opened the descriptor, and this takes it over once"),
    Allowed(Rule::Unsafe, "platform/src/windows/local.rs", "std has no socket of this kind"),
    Allowed(Rule::Unsafe, "platform/src/windows/named_pipe.rs", "std makes no named pipe, and mio takes a raw handle over"),
    Allowed(Rule::Unsafe, "platform/src/windows/signal.rs", "the console calls a function"),
    Allowed(Rule::Unsafe, "platform/src/windows/socket.rs", "mio polls a socket that is somebody else's"),
    Allowed(Rule::Unsafe, "platform/src/windows/waitable.rs", "the system calls a function when a wait is over"),
    Allowed(Rule::Unsafe, "platform/src/windows/tests.rs", "tests make handles of every kind"),
    Allowed(Rule::Unsafe, "benches/", "an allocator that counts, and peers whose interface is unsafe"),
    Allowed(Rule::Path, "platform/src/select.rs", "whichever platform is chosen is the module `platform`"),
    Allowed(Rule::Path, "ci/src/wasmtime.rs", "its tests are as long as it is"),
    Allowed(Rule::Unsafe, "platform/src/common/cell_lock.rs", "where there is one thread, a flag is a lock, which the compiler cannot know"),
    Allowed(Rule::Unsafe, "platform/src/wasip2/linger.rs", "a connection that is dropped may have to live on"),
    Allowed(Rule::Unsafe, "platform/src/wasip2/pollables.rs", "the list that goes to the host names pollables that their sources own"),
    Allowed(Rule::Shim, "src/net/lookup/threads.rs", "its test counts what no model sees"),
    Allowed(Rule::Shim, "src/sync.rs", "it is the shim"),
    Allowed(Rule::Shim, "src/sync/", "it is what the shim is made of"),
];

impl Rule {
    /// Whether a use is one that the rule is about.
    fn applies(self, found: &Use) -> bool {
        self == found.rule
            && match self {
                Rule::Cfg => found.condition.iter().flat_map(predicate::atoms).any(|atom| {
                    // The model checker is a dependency of models alone, whatever the target.
                    let is_for_models = found.file.ends_with("Cargo.toml") && atom.to_string() == "triga_loom";
                    predicate::is_of_target(atom) && !is_for_models
                }),
                Rule::Shim => found.file.starts_with("src/"),
                Rule::Unsafe | Rule::Path => true,
            }
    }

    fn sentence(self) -> &'static str {
        match self {
            Rule::Cfg => {
                "a target cfg belongs in platform/src/select.rs, in the parts that it chooses and in src/os/mod.rs: \
                 make the difference a constant or a value of the platform"
            }
            Rule::Unsafe => "`unsafe` belongs in the parts of triga-platform that cannot do without",
            Rule::Path => "`#[path]` hides where a module is: let the file have the module's name",
            Rule::Shim => {
                "the core's atomics, locks and threads come through src/sync.rs, so that a model checker can take \
                 their place"
            }
        }
    }
}

impl Allowed {
    fn covers(&self, file: &str) -> bool {
        self.1 == file || self.1.ends_with('/') && file.starts_with(self.1)
    }
}

/// The uses that are not on the list, and the entries that cover none.
pub(super) fn outside(uses: &[Use], list: &[Allowed]) -> Vec<Finding> {
    let mut needed = vec![false; list.len()];
    let mut findings = Vec::new();
    for found in uses.iter().filter(|found| found.rule.applies(found)) {
        let mut covered = false;
        for (allowed, needed) in list.iter().zip(&mut needed) {
            if allowed.0 == found.rule && allowed.covers(&found.file) {
                *needed = true;
                covered = true;
            }
        }
        if !covered {
            findings.push(Finding {
                file: found.file.clone(),
                line: found.line,
                what: found.rule.sentence().to_owned(),
            });
        }
    }
    let idle = list.iter().zip(&needed).filter(|(_, needed)| !**needed);
    findings.extend(idle.map(|(allowed, _)| Finding {
        file: "ci/src/tidy/allowed.rs".to_owned(),
        line: 1,
        what: format!(
            "{:?} is allowed in {} ({}), where nothing needs it any more: take the entry out",
            allowed.0, allowed.1, allowed.2
        ),
    }));
    findings
}

#[cfg(test)]
mod tests {
    use super::super::rust;
    use super::*;

    const HERE: &[Allowed] = &[
        Allowed(Rule::Cfg, "src/os/", "a folder"),
        Allowed(Rule::Unsafe, "src/a.rs", "a file"),
    ];

    fn found(file: &str, source: &str) -> Vec<String> {
        let uses = rust::uses(file, source).unwrap();
        outside(&uses, HERE).iter().map(Finding::to_string).collect()
    }

    #[test]
    fn what_is_outside_its_places_is_found_with_the_line() {
        let findings = found("src/b.rs", "\n#[cfg(windows)]\nmod x;\nuse std::thread;");
        assert!(findings[0].starts_with("src/b.rs:2: a target cfg"), "{findings:?}");
        assert!(
            findings[1].starts_with("src/b.rs:4: the core's atomics"),
            "{findings:?}"
        );
        // Only the core has the shim, and only the target has places.
        assert_eq!(
            found("platform/src/b.rs", "use std::thread; #[cfg(test)] mod x;").len(),
            HERE.len()
        );
    }

    #[test]
    fn an_entry_that_nothing_needs_is_found() {
        let findings = found("src/os/unix.rs", "#[cfg(unix)] mod x;");
        assert_eq!(
            findings,
            [
                "ci/src/tidy/allowed.rs:1: Unsafe is allowed in src/a.rs (a file), where nothing needs it any more: take the entry out"
            ]
        );
        assert_eq!(found("src/a.rs", "fn f() { unsafe { g() } }").len(), 1);
    }

    #[test]
    fn each_entry_has_its_reason() {
        assert!(LIST.iter().all(|allowed| allowed.2.len() > 10));
    }
}
