//! `cargo ci table`: what the matrix says of the platforms, in the documents that people read and in the conformance suite.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::ExitCode;

use lexopt::prelude::*;
use proc_macro2::{TokenStream, TokenTree};

use crate::matrix::{Answer, Capability, How, KnownAs, PLATFORMS, Platform, ROWS, Row, Tier, expected};
use crate::paths::root;
use crate::{Result, Subcommand, complain, files, say};

pub(crate) const SUBCOMMAND: Subcommand = Subcommand {
    name: "table",
    summary: "the support table in the README and the crates' docs, written or compared",
    help: "\
cargo ci table [--check]: writes the support table of the matrix into README.md and the docs of both crates, and what each row
should meet into tests/conformance/expected.rs

The table stands between the markers <!-- support --> and <!-- /support -->. The columns of the matrix are compared with the variants of
triga::Capability; that each platform has what the matrix says is proved by `cargo ci gates`.

--check   writes nothing; what is not up to date is an error",
    run,
};

const BEGIN: &str = "<!-- support -->";
const END: &str = "<!-- /support -->";

/// The files that have the table, each with what its lines begin with.
const PLACES: [(&str, &str); 3] = [("README.md", ""), ("src/lib.rs", "//!"), ("platform/src/lib.rs", "//!")];

fn run(mut parser: lexopt::Parser) -> Result<ExitCode> {
    let mut only_check = false;
    while let Some(argument) = parser.next()? {
        match argument {
            Long("check") => only_check = true,
            argument => return Err(argument.unexpected().into()),
        }
    }
    if !only_check {
        for file in write(root())? {
            say(format_args!("written: {file}"));
        }
    }
    let lies = check(root())?;
    lies.iter().for_each(complain);
    Ok(if lies.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// What is not as the matrix says, in a sentence each.
pub(crate) fn check(root: &Path) -> Result<Vec<String>> {
    let mut lies = disagreements(&variants(&read(root, SUPPORT)?)?);
    let stale = stale(root)?.into_iter();
    lies.extend(stale.map(|(file, _)| format!("{file} is not what the matrix says: `cargo ci table` writes it")));
    Ok(lies)
}

/// Brings every file up to date, and says which were not.
fn write(root: &Path) -> Result<Vec<&'static str>> {
    let stale = stale(root)?;
    for (file, text) in &stale {
        files::replace(&root.join(file), text)?;
    }
    Ok(stale.into_iter().map(|(file, _)| file).collect())
}

/// The files that are not what the matrix says, each with what it should be.
fn stale(root: &Path) -> Result<Vec<(&'static str, String)>> {
    let mut stale = Vec::new();
    for (file, prefix) in PLACES {
        let text = read(root, file)?;
        let updated = updated(file, &text, prefix)?;
        if updated != text {
            stale.push((file, updated));
        }
    }
    // A file that is not there is not what it should be either.
    if read(root, expected::PATH).unwrap_or_default() != expected::text() {
        stale.push((expected::PATH, expected::text()));
    }
    Ok(stale)
}

fn read(root: &Path, file: &str) -> Result<String> {
    fs::read_to_string(root.join(file)).map_err(|error| format!("{file} cannot be read: {error}").into())
}

/// The file's text with the table as it should be.
fn updated(file: &str, text: &str, prefix: &str) -> Result<String> {
    let missing = || format!("{file} has no place for the support table: {BEGIN} and {END}, each on a line of its own");
    let line = |text: &str| format!("{prefix} {text}").trim().to_owned() + "\n";
    let (before, rest) = text.split_once(&line(BEGIN)).ok_or_else(missing)?;
    let (_, after) = rest.split_once(&line(END)).ok_or_else(missing)?;
    let table: String = markdown().lines().map(line).collect();
    Ok([before, &line(BEGIN), &table, &line(END), after].concat())
}

/// The table, and below it how far each target is taken.
fn markdown() -> String {
    let taken = |platform: &&&Platform| rows_of(platform).any(|row| row.cfgs.is_empty() && !is_not_yet(row));
    let platforms: Vec<&Platform> = PLATFORMS.iter().filter(taken).copied().collect();
    let shown = |capability: &Capability| {
        platforms
            .iter()
            .any(|platform| answer(platform, *capability) == Answer::Yes)
    };
    let capabilities: Vec<Capability> = Capability::ALL.into_iter().filter(shown).collect();

    // Platforms that differ in nothing that is shown share a column.
    let mut columns: Vec<(Vec<&Platform>, Vec<String>)> = Vec::new();
    for platform in platforms {
        let cells: Vec<String> = capabilities
            .iter()
            .map(|&capability| cell(answer(platform, capability)))
            .collect();
        match columns.iter_mut().find(|(_, known)| *known == cells) {
            Some((platforms, _)) => platforms.push(platform),
            None => columns.push((vec![platform], cells)),
        }
    }

    let mut table = line(
        columns
            .iter()
            .map(|(platforms, _)| joined(platforms, |platform| platform.title)),
        "",
    );
    table += &line(columns.iter().map(|_| "---".to_owned()), "---");
    table += &line(
        columns
            .iter()
            .map(|(platforms, _)| joined(platforms, |platform| platform.selector)),
        "selector",
    );
    for (index, capability) in capabilities.iter().enumerate() {
        table += &line(
            columns.iter().map(|(_, cells)| cells[index].clone()),
            capability.title(),
        );
    }
    table + "\n" + &tiers()
}

/// What is said of a capability. Every reason that the matrix has is one for a platform's users, too.
fn cell(answer: Answer) -> String {
    match answer {
        Answer::Yes => "yes".to_owned(),
        Answer::No(why) => format!("no ({why})"),
        Answer::Withheld(why) => format!("depends ({why})"),
        Answer::NotYet(why) => format!("not yet ({why})"),
    }
}

fn line(cells: impl Iterator<Item = String>, first: &str) -> String {
    let cells: Vec<String> = cells.collect();
    format!("| {first} | {} |\n", cells.join(" | "))
}

fn joined(platforms: &[&Platform], name: impl Fn(&Platform) -> &'static str) -> String {
    let mut names: Vec<&str> = Vec::new();
    for platform in platforms {
        if !names.contains(&name(platform)) {
            names.push(name(platform));
        }
    }
    names.join(", ")
}

/// The targets by how far they are taken.
fn tiers() -> String {
    let mut tiers: BTreeMap<Tier, Vec<&str>> = BTreeMap::new();
    let mut later = Vec::new();
    let mut known = BTreeSet::new();
    for row in ROWS.iter().filter(|row| !is_not_yet(row)) {
        if known.insert(row.target) {
            tiers.entry(row.tier).or_default().push(row.target);
        }
    }
    for row in ROWS.iter().filter(|row| is_not_yet(row)) {
        if known.insert(row.target) {
            later.push(row.target);
        }
    }
    let list = |targets: &[&str]| {
        targets
            .iter()
            .map(|target| format!("`{target}`"))
            .collect::<Vec<_>>()
            .join(", ")
    };
    let mut lines = String::new();
    for (tier, targets) in &tiers {
        let promise = match tier {
            Tier::First => "the whole suite runs on a developer's Linux",
            Tier::Second => "the suite runs where there is a runner",
            Tier::Third => "the crates are checked",
        };
        lines += &format!("* Tier {}, {promise}: {}.\n", tier.number(), list(targets));
    }
    if !later.is_empty() {
        lines += &format!("* Not yet: {}.\n", list(&later));
    }
    lines
}

fn rows_of(platform: &Platform) -> impl Iterator<Item = &'static Row> {
    ROWS.iter().filter(move |row| std::ptr::eq(row.platform, platform))
}

fn is_not_yet(row: &Row) -> bool {
    matches!(row.how, How::NotYet(_))
}

/// What the platform itself has, whatever a host withholds.
fn answer(platform: &Platform, capability: Capability) -> Answer {
    let listed = platform.answers.iter().find(|(of, _)| *of == capability);
    match (listed, capability.known_as()) {
        (Some((_, answer)), _) => *answer,
        (None, KnownAs::Nothing) => Answer::NotYet("triga has no such thing yet"),
        (None, _) => Answer::Yes,
    }
}

/// Where `triga::Capability` is.
const SUPPORT: &str = "platform/src/support.rs";

/// The variants of `Capability` in the source.
fn variants(source: &str) -> Result<BTreeSet<String>> {
    let tokens: TokenStream = source.parse().map_err(|error| format!("{SUPPORT}: {error}"))?;
    let mut tokens = tokens.into_iter().skip_while(|token| !is_word(token, "enum")).skip(1);
    if !tokens.next().is_some_and(|name| is_word(&name, "Capability")) {
        return Err(format!("the first enum of {SUPPORT} is not `Capability`").into());
    }
    let Some(TokenTree::Group(body)) = tokens.next() else {
        return Err(format!("`Capability` in {SUPPORT} has no variants").into());
    };
    // Its variants have no fields, so whatever else is a name is in an attribute's brackets.
    Ok(body.stream().into_iter().filter_map(word).collect())
}

fn word(token: TokenTree) -> Option<String> {
    match token {
        TokenTree::Ident(ident) => Some(ident.to_string()),
        _ => None,
    }
}

fn is_word(token: &TokenTree, word: &str) -> bool {
    matches!(token, TokenTree::Ident(ident) if ident == word)
}

/// Variants without a column, and columns without a variant.
fn disagreements(variants: &BTreeSet<String>) -> Vec<String> {
    let columns: BTreeSet<String> = Capability::ALL
        .into_iter()
        .filter_map(|capability| match capability.known_as() {
            KnownAs::Support(variant) => Some(variant.to_owned()),
            KnownAs::Name(_) | KnownAs::Nothing => None,
        })
        .collect();
    let unlisted = variants.difference(&columns).map(|variant| {
        format!("{SUPPORT} has the capability {variant}, and ci/src/matrix/capability.rs has no column for it")
    });
    let absent = columns.difference(variants).map(|column| {
        format!("ci/src/matrix/capability.rs has a column for the capability {column}, and {SUPPORT} does not know it")
    });
    unlisted.chain(absent).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scratch::Scratch;

    #[test]
    fn every_document_is_up_to_date() {
        assert_eq!(check(root()).unwrap(), [""; 0]);
    }

    #[test]
    fn a_table_that_was_edited_by_hand_is_found_and_written_again() {
        let scratch = Scratch::of_workspace("table");
        let whole = scratch.read("README.md");
        scratch.replace("README.md", "| UDP | yes |", "| UDP | no |");
        let lies = check(&scratch.root).unwrap();
        assert_eq!(lies.len(), 1, "{lies:?}");
        assert!(lies[0].starts_with("README.md is not what the matrix says"), "{lies:?}");
        assert_eq!(write(&scratch.root).unwrap(), ["README.md"]);
        assert_eq!(scratch.read("README.md"), whole);

        scratch.replace(expected::PATH, "Capability::Udp", "Capability::Names");
        assert_eq!(check(&scratch.root).unwrap().len(), 1);
        assert_eq!(write(&scratch.root).unwrap(), [expected::PATH]);

        scratch.replace("README.md", END, "");
        let error = check(&scratch.root).unwrap_err().to_string();
        assert!(
            error.starts_with("README.md has no place for the support table"),
            "{error}"
        );
    }

    #[test]
    fn a_capability_without_a_column_is_named() {
        let scratch = Scratch::of_workspace("table-capability");
        scratch.replace(
            SUPPORT,
            "    /// Datagrams.\n    Udp,",
            "    /// Messages in order.\n    Sctp,",
        );
        let lies = check(&scratch.root).unwrap();
        assert!(lies[0].contains("has the capability Sctp"), "{lies:?}");
        assert!(lies[1].contains("a column for the capability Udp"), "{lies:?}");
    }
}
