//! What has to be compiled for the whole matrix: each target once, and once more for each set of flags.

use std::fmt;

use crate::Result;
use crate::matrix::{How, Platform, ROWS, Row};

/// A target together with the flags that change what is compiled for it.
#[derive(Debug, Clone)]
pub(crate) struct Build {
    pub(crate) target: &'static str,
    pub(crate) cfgs: &'static [&'static str],
    pub(crate) platform: &'static Platform,
}

impl Build {
    /// Every build of the matrix that can be made.
    pub(crate) fn all() -> Vec<Build> {
        let mut builds: Vec<Build> = Vec::new();
        for &Row {
            target,
            cfgs,
            platform,
            how,
            ..
        } in &ROWS
        {
            let known = |build: &Build| build.target == target && build.cfgs == cfgs;
            if !matches!(how, How::NotYet(_)) && !builds.iter().any(known) {
                builds.push(Build { target, cfgs, platform });
            }
        }
        builds
    }

    /// Those of the builds that are for one of these targets.
    pub(crate) fn of(targets: &[&str]) -> Vec<Build> {
        let mut builds = Build::all();
        builds.retain(|build| targets.contains(&build.target));
        builds
    }

    /// The builds of the targets with these names; all of them if there is none.
    pub(crate) fn selected(targets: &[String]) -> Result<Vec<Build>> {
        let mut builds = Build::all();
        for target in targets {
            if builds.iter().any(|build| build.target == target) {
                continue;
            }
            let reason = ROWS.iter().find(|row| row.target == target).map(|row| row.how);
            return Err(match reason {
                Some(How::NotYet(why)) => format!("{target} cannot be built: {why}").into(),
                _ => {
                    let known: Vec<_> = builds
                        .iter()
                        .filter(|build| build.cfgs.is_empty())
                        .map(|build| build.target)
                        .collect();
                    lexopt::Error::from(format!(
                        "there is no target `{target}` (there are {})",
                        known.join(", ")
                    ))
                    .into()
                }
            });
        }
        builds.retain(|build| targets.is_empty() || targets.iter().any(|target| build.target == target));
        Ok(builds)
    }

    /// Whether its public names are its own: flags that choose no platform change none.
    pub(crate) fn has_own_names(&self) -> bool {
        self.cfgs.iter().all(|cfg| cfg.starts_with("triga_platform="))
    }

    /// A name for files.
    pub(crate) fn slug(&self) -> String {
        self.cfgs.iter().fold(self.target.to_owned(), |slug, cfg| {
            slug + "-" + &cfg.replace('=', "-").replace('"', "")
        })
    }

    /// What rustc has to be told.
    pub(crate) fn flags(&self) -> String {
        self.cfgs.iter().map(|cfg| format!(" --cfg {cfg}")).collect()
    }
}

impl fmt::Display for Build {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.target)?;
        self.cfgs.iter().try_for_each(|cfg| write!(f, " with {cfg}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_that_is_not_there_is_named() {
        let error = Build::selected(&["pdp11-unknown-unix7".to_owned()]).unwrap_err();
        assert!(error.is::<lexopt::Error>());
        assert!(error.to_string().contains("`pdp11-unknown-unix7`"), "{error}");
        assert!(Build::selected(&[]).unwrap().len() > 10);
    }
}
