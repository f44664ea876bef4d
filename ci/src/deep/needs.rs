//! What checks need, and how it comes to be there.

use crate::cargo;
use crate::job::Job;
use crate::steps::NotHere;
use crate::toolchain::{self, NIGHTLY};
use crate::{Result, debian, machine};

/// Something that a check cannot do without.
#[derive(Debug, Clone, Copy)]
pub(super) enum Need {
    /// A machine of this target.
    Machine(&'static str),
    /// The nightly toolchain, with these components.
    Nightly(&'static [&'static str]),
    /// A program, by the name that Debian's package has, too.
    Program(&'static str),
    /// A program, and Debian's package that brings it.
    Package(&'static str, &'static str),
    /// A program that cargo installs, and its version.
    Tool(&'static str, &'static str),
}

impl Need {
    /// Makes sure that it is there, if anything may be installed.
    pub(super) fn ensure(self, job: &mut Job, may_install: bool) -> Result<()> {
        match self {
            Need::Machine(target) if machine::host() == target => Ok(()),
            Need::Machine(target) => {
                Err(NotHere(format!("it runs on {target}, and this machine is {}", machine::host())).into())
            }
            Need::Nightly(components) => nightly(job, components, may_install),
            Need::Program(name) => debian::programs(job, &[name], may_install),
            Need::Package(program, package) => debian::from_debian(job, &[program], &[package], may_install),
            Need::Tool(name, version) => tool(job, name, version, may_install),
        }
    }
}

fn nightly(job: &mut Job, components: &[&str], may_install: bool) -> Result<()> {
    if toolchain::has_components(NIGHTLY, components) {
        return Ok(());
    }
    if may_install {
        return toolchain::install(job, NIGHTLY, "--component", components);
    }
    let listed: String = components.iter().map(|name| format!(" --component {name}")).collect();
    Err(NotHere::missing(
        &format!("Rust {NIGHTLY}{}", listed.replace(" --component", " with")),
        &format!("rustup toolchain install {NIGHTLY} --profile minimal{listed}"),
    ))
}

fn tool(job: &mut Job, name: &str, version: &str, may_install: bool) -> Result<()> {
    if machine::has(name) {
        return Ok(());
    }
    let install = ["install", name, "--version", version, "--locked"];
    if !may_install {
        return Err(NotHere::missing(name, &format!("cargo {}", install.join(" "))));
    }
    job.note(&format!("{name} {version} is built once, which takes minutes"));
    // It has to run here, whatever the checkout is built for.
    job.run(cargo::cargo().env_remove("CARGO_BUILD_TARGET").args(install))
}
