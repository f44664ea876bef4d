//! What only some places may use, and which places those are.

use super::Finding;
use super::rust::Use;

/// Something that has its places.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rule {
    /// A cfg that asks for the target.
    Cfg,
    Unsafe,
    /// `#[path]`
    Path,
    /// `std::sync` or `std::thread` in the core.
    Shim,
}

/// A place that may use something.
pub(super) struct Allowed {
    rule: Rule,
    /// A file, or a folder with all that is in it if it ends with `/`.
    place: &'static str,
    /// Why it has to be there.
    reason: &'static str,
}

/// Every exception there is. One that nothing needs any more is reported.
pub(super) const LIST: &[Allowed] = &[
    Allowed {
        rule: Rule::Cfg,
        place: "platform/src/select.rs",
        reason: "it chooses the platform",
    },
    Allowed {
        rule: Rule::Cfg,
        place: "platform/src/lib.rs",
        reason: "it hands on what only one platform has, for src/os",
    },
    Allowed {
        rule: Rule::Cfg,
        place: "platform/src/common/",
        reason: "a mechanism that two platforms share has the names of both: Unix has descriptors, Windows sockets",
    },
    Allowed {
        rule: Rule::Cfg,
        place: "platform/src/unix/",
        reason: "systems of one family tell of some things in ways of their own",
    },
    Allowed {
        rule: Rule::Cfg,
        place: "platform/src/wasip2/mod.rs",
        reason: "it refuses a build for more than one thread",
    },
    Allowed {
        rule: Rule::Cfg,
        place: "platform/src/sim/mod.rs",
        reason: "a simulation has local sockets where std has addresses for them",
    },
    Allowed {
        rule: Rule::Cfg,
        place: "platform/src/sim/local/",
        reason: "a simulation has local sockets where std has addresses for them",
    },
    Allowed {
        rule: Rule::Cfg,
        place: "platform/Cargo.toml",
        reason: "each platform brings its own dependencies",
    },
    Allowed {
        rule: Rule::Cfg,
        place: "src/sync.rs",
        reason: "it puts a model checker's atomics and locks in place of std's",
    },
    Allowed {
        rule: Rule::Cfg,
        place: "src/registration_set.rs",
        reason: "a model counts what no interface shows",
    },
    Allowed {
        rule: Rule::Cfg,
        place: "src/registration.rs",
        reason: "a model has a source that tells of urgent data",
    },
    Allowed {
        rule: Rule::Cfg,
        place: "tests/sim/",
        reason: "the simulator has tests where it is the platform",
    },
    Allowed {
        rule: Rule::Cfg,
        place: "tests/models/",
        reason: "there are models only with the model checker",
    },
    Allowed {
        rule: Rule::Cfg,
        place: "src/os/mod.rs",
        reason: "it chooses what only some platforms have",
    },
    Allowed {
        rule: Rule::Cfg,
        place: "examples/replicated_counter/main.rs",
        reason: "it is about simulated worlds: elsewhere the program says so",
    },
    Allowed {
        rule: Rule::Cfg,
        place: "examples/http_get.rs",
        reason: "a component's HTTP is WASI 0.2's own: elsewhere the program says so",
    },
    Allowed {
        rule: Rule::Cfg,
        place: "examples/http_hello.rs",
        reason: "a component's HTTP is WASI 0.2's own: elsewhere there is nothing to build",
    },
    Allowed {
        rule: Rule::Cfg,
        place: "tests/conformance/",
        reason: "a test that starts processes or counts descriptors is compiled where there are any",
    },
    Allowed {
        rule: Rule::Cfg,
        place: "ci/",
        reason: "the tool runs on a developer's machine, beside triga and not on it",
    },
    Allowed {
        rule: Rule::Cfg,
        place: "benches/",
        reason: "what the kernel counts is Linux's alone",
    },
    Allowed {
        rule: Rule::Unsafe,
        place: "platform/src/common/poll/call.rs",
        reason: "poll(2) takes pointers",
    },
    Allowed {
        rule: Rule::Unsafe,
        place: "fuzz/src/wasip1/host.rs",
        reason: "the words of WASI 0.1 are unions",
    },
    Allowed {
        rule: Rule::Path,
        place: "fuzz/src/",
        reason: "files of platforms that are not this machine's are fuzzed as they are",
    },
    Allowed {
        rule: Rule::Unsafe,
        place: "platform/src/unix/stdio/",
        reason: "std asks no description for its flags, no terminal for its device, and no socket not to block",
    },
    Allowed {
        rule: Rule::Unsafe,
        place: "platform/src/unix/fork.rs",
        reason: "forks are counted by a function that the system calls",
    },
    Allowed {
        rule: Rule::Unsafe,
        place: "platform/src/unix/kind.rs",
        reason: "std tells neither the type of a socket nor the mode of a descriptor",
    },
    Allowed {
        rule: Rule::Unsafe,
        place: "platform/src/unix/pipe.rs",
        reason: "std has no dup2",
    },
    Allowed {
        rule: Rule::Unsafe,
        place: "platform/src/unix/receive.rs",
        reason: "std's reads do not tell the flags of recvmsg",
    },
    Allowed {
        rule: Rule::Unsafe,
        place: "platform/src/unix/local.rs",
        reason: "mio lends no socket of std's",
    },
    Allowed {
        rule: Rule::Unsafe,
        place: "platform/src/unix/credentials.rs",
        reason: "std tells nobody's credentials yet",
    },
    Allowed {
        rule: Rule::Unsafe,
        place: "platform/src/sim/local/credentials.rs",
        reason: "std does not tell whose process this is",
    },
    Allowed {
        rule: Rule::Unsafe,
        place: "platform/src/unix/process.rs",
        reason: "std sends a child no other signal than SIGKILL",
    },
    Allowed {
        rule: Rule::Unsafe,
        place: "platform/src/unix/exit_kqueue.rs",
        reason: "changes and events of a kqueue go through pointers",
    },
    Allowed {
        rule: Rule::Unsafe,
        place: "platform/src/unix/exit_pidfd.rs",
        reason: "std opens no descriptor for a child",
    },
    Allowed {
        rule: Rule::Unsafe,
        place: "platform/src/unix/signal.rs",
        reason: "what runs in a handler is promised to be fit for it, and dispositions go through pointers",
    },
    Allowed {
        rule: Rule::Unsafe,
        place: "platform/src/unix/tests.rs",
        reason: "a test forks",
    },
    Allowed {
        rule: Rule::Unsafe,
        place: "platform/src/wasip1/host.rs",
        reason: "the host's functions take pointers",
    },
    Allowed {
        rule: Rule::Unsafe,
        place: "platform/src/wasip1/preopened.rs",
        reason: "the host opened the descriptor, and this takes it over once",
    },
    Allowed {
        rule: Rule::Unsafe,
        place: "platform/src/windows/local.rs",
        reason: "std has no socket of this kind",
    },
    Allowed {
        rule: Rule::Unsafe,
        place: "platform/src/windows/named_pipe.rs",
        reason: "std makes no named pipe, and mio takes a raw handle over",
    },
    Allowed {
        rule: Rule::Unsafe,
        place: "platform/src/windows/signal.rs",
        reason: "the console calls a function",
    },
    Allowed {
        rule: Rule::Unsafe,
        place: "platform/src/windows/socket.rs",
        reason: "mio polls a socket that is somebody else's",
    },
    Allowed {
        rule: Rule::Unsafe,
        place: "platform/src/windows/waitable.rs",
        reason: "the system calls a function when a wait is over",
    },
    Allowed {
        rule: Rule::Unsafe,
        place: "platform/src/windows/tests.rs",
        reason: "tests make handles of every kind",
    },
    Allowed {
        rule: Rule::Unsafe,
        place: "benches/",
        reason: "an allocator that counts, and peers whose interface is unsafe",
    },
    Allowed {
        rule: Rule::Path,
        place: "platform/src/select.rs",
        reason: "whichever platform is chosen is the module `platform`",
    },
    Allowed {
        rule: Rule::Path,
        place: "ci/src/wasmtime.rs",
        reason: "its tests are as long as it is",
    },
    Allowed {
        rule: Rule::Unsafe,
        place: "platform/src/common/cell_lock.rs",
        reason: "where there is one thread, a flag is a lock, which the compiler cannot know",
    },
    Allowed {
        rule: Rule::Unsafe,
        place: "platform/src/wasip2/linger.rs",
        reason: "a connection that is dropped may have to live on",
    },
    Allowed {
        rule: Rule::Unsafe,
        place: "platform/src/wasip2/pollables.rs",
        reason: "the list that goes to the host names pollables that their sources own",
    },
    Allowed {
        rule: Rule::Shim,
        place: "src/net/lookup/threads.rs",
        reason: "its test counts what no model sees",
    },
    Allowed {
        rule: Rule::Shim,
        place: "src/sync.rs",
        reason: "it is the shim",
    },
    Allowed {
        rule: Rule::Shim,
        place: "src/sync/",
        reason: "it is what the shim is made of",
    },
];

impl Rule {
    /// Whether a use is one that the rule is about.
    fn applies(self, found: &Use) -> bool {
        self == found.rule
            && match self {
                Rule::Cfg => found.predicate.iter().flat_map(|of| of.atoms()).any(|atom| {
                    // The model checker is a dependency of models alone, whatever the target.
                    let is_for_models = found.file.ends_with("Cargo.toml") && atom.name == "triga_loom";
                    atom.is_of_target() && !is_for_models
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
        self.place == file || self.place.ends_with('/') && file.starts_with(self.place)
    }
}

/// The uses that are not on the list, and the entries that cover none.
pub(super) fn outside(uses: &[Use], list: &[Allowed]) -> Vec<Finding> {
    let mut needed = vec![false; list.len()];
    let mut findings = Vec::new();
    for found in uses.iter().filter(|found| found.rule.applies(found)) {
        let mut covered = false;
        for (allowed, needed) in list.iter().zip(&mut needed) {
            if allowed.rule == found.rule && allowed.covers(&found.file) {
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
            allowed.rule, allowed.place, allowed.reason
        ),
    }));
    findings
}

#[cfg(test)]
mod tests {
    use super::super::rust;
    use super::*;

    const HERE: &[Allowed] = &[
        Allowed {
            rule: Rule::Cfg,
            place: "src/os/",
            reason: "a folder",
        },
        Allowed {
            rule: Rule::Unsafe,
            place: "src/a.rs",
            reason: "a file",
        },
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
        assert!(LIST.iter().all(|allowed| allowed.reason.len() > 10));
    }
}
