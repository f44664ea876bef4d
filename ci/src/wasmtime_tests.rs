use super::*;

#[test]
fn versions_are_read() {
    let read = Version::from_answer;
    assert_eq!(read("wasmtime 36.0.20"), Some(Version(36, 0, 20)));
    assert_eq!(
        read("wasmtime 48.0.8 (0a1b2c3d4 2026-10-20)\n"),
        Some(Version(48, 0, 8))
    );
    assert_eq!(read("wasmtime 49.0.0-dev\n"), Some(Version(49, 0, 0)));
    assert_eq!(read("wasmtime-cli 17.0.1"), Some(Version(17, 0, 1)));
    for answer in [
        "",
        "wasmtime",
        "wasmtime 36",
        "wasmtime 36.0",
        "wasmtime x.y.z",
        "wasmer 4.2.0",
    ] {
        assert_eq!(read(answer), None, "{answer:?}");
    }
}

#[test]
fn fit_is_by_major_version() {
    let misfit = |need: &Need, major| need.misfit(Version(major, 0, 0));
    assert_eq!(misfit(&SOCKETS, 35), Some("too old"));
    assert_eq!(misfit(&SOCKETS, 36), None);
    assert_eq!(misfit(&SOCKETS, 46), None);
    assert_eq!(misfit(&SOCKETS, 47), Some("too new"));
    assert_eq!(misfit(&TODAY, 47), Some("too old"));
    assert_eq!(misfit(&TODAY, 48), None);
    assert_eq!(misfit(&TODAY, 60), None);
    for need in [&SOCKETS, &TODAY] {
        assert_eq!(need.misfit(need.pinned), None);
    }
}

/// Programs that only answer to `--version` stand in for wasmtimes.
#[cfg(unix)]
mod found {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    /// A folder for a test to itself, with a `PATH` and a cache in it. It goes when the test ends.
    struct Sandbox(PathBuf);

    impl Sandbox {
        fn new(name: &str) -> Sandbox {
            let folder = env::temp_dir().join(format!("triga-ci-{name}-{}", std::process::id()));
            fs::create_dir_all(folder.join("path")).unwrap();
            fs::create_dir_all(folder.join("cache")).unwrap();
            Sandbox(folder)
        }

        fn places(&self) -> Places {
            Places {
                path: self.0.join("path").into(),
                cache: self.0.join("cache"),
            }
        }

        fn put(&self, folder: &str, script: &str) {
            let folder = self.0.join(folder);
            fs::create_dir_all(&folder).unwrap();
            // A file that is open for writing cannot run, and a fork of another test may have inherited it: the shell
            // writes it, and no descriptor of it is ever here.
            let path = folder.join("wasmtime");
            let text = format!("#!/bin/sh\n{script}\n");
            let written = Command::new("sh")
                .args(["-c", "printf %s \"$1\" > \"$2\"", "sh", &text])
                .arg(&path)
                .status();
            assert!(written.unwrap().success());
            fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        }

        fn find(&self, need: &Need) -> (Option<Wasmtime>, Vec<String>) {
            let mut sentences = Vec::new();
            let found = self.places().find(need, |sentence| sentences.push(sentence.to_owned()));
            (found, sentences)
        }
    }

    impl Drop for Sandbox {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn path_comes_first() {
        let sandbox = Sandbox::new("path-first");
        sandbox.put("path", "echo wasmtime 40.0.1");
        sandbox.put("cache/wasmtime-36.0.20/bin", "echo wasmtime 36.0.20");
        let (found, sentences) = sandbox.find(&SOCKETS);
        assert_eq!(found.unwrap().version, Version(40, 0, 1));
        assert!(sentences.is_empty(), "{sentences:?}");
    }

    #[test]
    fn what_is_too_old_or_too_new_is_passed_over_with_a_sentence() {
        let sandbox = Sandbox::new("misfits");
        sandbox.put("path", "echo wasmtime 12.0.2");
        sandbox.put("cache/wasmtime-36.0.20/bin", "echo wasmtime 36.0.20");
        let (found, sentences) = sandbox.find(&SOCKETS);
        assert!(found.unwrap().path.starts_with(sandbox.places().cache));
        assert_eq!(sentences.len(), 1);
        assert!(
            sentences[0].contains("is wasmtime 12.0.2, too old; sockets on WASI 0.1 need wasmtime 36 to 46"),
            "{sentences:?}"
        );

        sandbox.put("path", "echo wasmtime 48.0.8");
        let (_, sentences) = sandbox.find(&SOCKETS);
        assert!(sentences[0].contains("is wasmtime 48.0.8, too new"), "{sentences:?}");
        let (found, sentences) = sandbox.find(&TODAY);
        assert_eq!(found.unwrap().version, Version(48, 0, 8));
        assert!(sentences.is_empty(), "{sentences:?}");
    }

    #[test]
    fn what_does_not_run_is_passed_over_with_a_sentence() {
        let sandbox = Sandbox::new("broken");
        sandbox.put("path", "echo cannot find libfoo >&2; exit 127");
        sandbox.put("cache/wasmtime-48.0.8-serve/bin", "echo hello");
        let (found, sentences) = sandbox.find(&TODAY);
        assert!(found.is_none());
        assert!(
            sentences[0].contains("does not run") && sentences[0].contains("libfoo"),
            "{sentences:?}"
        );
        assert!(
            sentences[1].contains("does not say its version, but: hello"),
            "{sentences:?}"
        );
    }

    #[test]
    fn an_interrupted_build_is_not_in_the_cache() {
        let sandbox = Sandbox::new("interrupted");
        let partial = sandbox.0.join("cache/.partial-36.0.20");
        sandbox.put("cache/.partial-36.0.20/root/bin", "echo wasmtime 36.0.20");
        assert!(sandbox.find(&SOCKETS).0.is_none());

        // The build that goes on from there replaces what cannot be used, and leaves nothing beside.
        sandbox.put("cache/wasmtime-36.0.20/bin", "exit 1");
        sandbox.places().accept(&SOCKETS, &partial).unwrap();
        assert_eq!(sandbox.find(&SOCKETS).0.unwrap().version, Version(36, 0, 20));
        assert!(!partial.exists());
    }

    #[test]
    fn another_version_than_the_pinned_is_not_accepted() {
        let sandbox = Sandbox::new("other-version");
        sandbox.put("cache/.partial-36.0.20/root/bin", "echo wasmtime 36.0.1");
        let partial = sandbox.0.join("cache/.partial-36.0.20");
        let error = sandbox.places().accept(&SOCKETS, &partial).unwrap_err();
        assert!(error.to_string().contains("36.0.1 instead of 36.0.20"), "{error}");
        assert!(sandbox.find(&SOCKETS).0.is_none());
    }

    #[test]
    fn a_cache_that_cannot_be_written_is_named() {
        let sandbox = Sandbox::new("no-cache");
        sandbox.put("cache/file", "");
        let places = Places {
            cache: sandbox.0.join("cache/file/wasmtime"),
            ..sandbox.places()
        };
        let mut job = Job::start("test", "self-test-cache", Duration::from_secs(60)).unwrap();
        let error = places.install(&SOCKETS, &mut job).unwrap_err();
        assert!(error.to_string().contains("cannot be written"), "{error}");
    }
}
