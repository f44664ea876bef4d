//! The features of the crates: what each adds, what it needs, and where it is for.

/// A feature of one of the crates.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Feature {
    /// The package that has it.
    pub(crate) package: &'static str,
    pub(crate) name: &'static str,
    /// The features and dependencies that it turns on, as the manifest has them.
    pub(crate) needs: &'static [&'static str],
    /// What a program gets from it.
    pub(crate) adds: &'static str,
}

/// Every feature that a manifest declares, and no other. [`disagreements_with_manifests`] compares them.
pub(crate) const FEATURES: &[Feature] = &[];

/// The published crates' manifests.
const MANIFESTS: [(&str, &str); 2] = [
    ("triga", include_str!("../../../Cargo.toml")),
    ("triga-platform", include_str!("../../../platform/Cargo.toml")),
];

/// The features that a manifest declares, each with what it turns on.
fn declared(manifest: &str) -> Vec<(String, Vec<String>)> {
    let lines = manifest.lines().skip_while(|line| line.trim() != "[features]").skip(1);
    let section = lines.take_while(|line| !line.starts_with('['));
    // A list may span lines; outside of strings no `]` ends anything else.
    let mut features = Vec::new();
    let text: String = section
        .map(|line| line.split('#').next().unwrap_or_default())
        .collect::<Vec<_>>()
        .join(" ");
    for entry in text.split(']') {
        if let Some((name, list)) = entry.split_once('=') {
            let words = list.split('"').skip(1).step_by(2).map(str::to_owned);
            features.push((name.trim().trim_matches('"').to_owned(), words.collect()));
        }
    }
    features
}

/// What the table and the manifests disagree about, in a sentence each.
pub(crate) fn disagreements_with_manifests() -> Vec<String> {
    let of = |(package, manifest)| disagreements(FEATURES, package, manifest);
    MANIFESTS.into_iter().flat_map(of).collect()
}

fn disagreements(features: &[Feature], package: &str, manifest: &str) -> Vec<String> {
    let mut found = Vec::new();
    let declared = declared(manifest);
    for (name, needs) in &declared {
        match features
            .iter()
            .find(|feature| feature.package == package && feature.name == name)
        {
            None => found.push(format!(
                "{package} has the feature `{name}`, which ci/src/matrix/features.rs does not list"
            )),
            Some(feature) if feature.needs != *needs => found.push(format!(
                "{package}'s feature `{name}` turns on {needs:?}, and ci/src/matrix/features.rs says {:?}",
                feature.needs
            )),
            Some(_) => {}
        }
    }
    for feature in features.iter().filter(|feature| feature.package == package) {
        if !declared.iter().any(|(name, _)| name == feature.name) {
            found.push(format!(
                "ci/src/matrix/features.rs lists the feature `{}`, which {package} does not have",
                feature.name
            ));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_what_the_manifests_say() {
        assert_eq!(disagreements_with_manifests(), [""; 0]);
        for feature in FEATURES {
            assert!(MANIFESTS.iter().any(|(package, _)| *package == feature.package));
            assert!(feature.adds.len() > 10, "{}", feature.name);
        }
    }

    #[test]
    fn a_feature_without_a_line_is_named() {
        let manifest = "[package]\nname = \"x\"\n\n[features]\n# Signals.\nsignal = [\"dep:signal-hook\",\n  \"os\"]\nos = []\n\n[lints]\na = \"b\"\n";
        let os = Feature {
            package: "x",
            name: "os",
            needs: &[],
            adds: "what only some systems have",
        };
        let found = disagreements(&[os], "x", manifest);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].contains("`signal`"), "{found:?}");

        let signal = Feature {
            package: "x",
            name: "signal",
            needs: &["dep:signal-hook"],
            adds: "signals",
        };
        let gone = Feature { name: "gone", ..os };
        let found = disagreements(&[os, signal, gone], "x", manifest);
        assert!(found[0].contains(r#"["dep:signal-hook", "os"]"#), "{found:?}");
        assert!(found[1].contains("`gone`"), "{found:?}");
        assert_eq!(found.len(), 2);
    }
}
