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

/// The table, then its notes, and how far each target is taken.
fn markdown() -> String {
    let taken = |platform: &&&Platform| rows_of(platform).any(|row| row.cfgs.is_empty() && !is_not_yet(row));
    let platforms: Vec<&Platform> = PLATFORMS.iter().filter(taken).copied().collect();

    let is_somewhere = |capability: &Capability| {
        let mut answers = platforms.iter().map(|platform| answer(platform, *capability));
        answers.any(|answer| answer == Answer::Yes)
    };
    let capabilities: Vec<Capability> = Capability::ALL.into_iter().filter(is_somewhere).collect();

    // Platforms that differ in nothing share a column.
    let mut columns: Vec<(Vec<&Platform>, Vec<Answer>)> = Vec::new();
    for &platform in &platforms {
        let of = |&capability: &Capability| answer(platform, capability);
        let answers: Vec<Answer> = capabilities.iter().map(of).collect();
        match columns.iter_mut().find(|(_, known)| *known == answers) {
            Some((platforms, _)) => platforms.push(platform),
            None => columns.push((vec![platform], answers)),
        }
    }

    // Capabilities that are there and missing alike share a row.
    let mut rows: Vec<(Vec<&str>, Vec<Answer>)> = Vec::new();
    for (index, capability) in capabilities.iter().enumerate() {
        let answers: Vec<Answer> = columns.iter().map(|(_, answers)| answers[index]).collect();
        match rows.iter_mut().find(|(_, known)| *known == answers) {
            Some((titles, _)) => titles.push(capability.title()),
            None => rows.push((vec![capability.title()], answers)),
        }
    }

    let mut notes = Notes::default();
    let headings: Vec<&str> = columns.iter().map(|(platforms, _)| platforms[0].heading).collect();
    let mut table = format!(
        "| | {} |\n|{}\n",
        headings.join(" | "),
        " --- |".repeat(headings.len() + 1)
    );
    let selectors: Vec<String> = columns.iter().map(|(platforms, _)| selectors(platforms)).collect();
    table += &format!("| selector | {} |\n", selectors.join(" | "));
    for (titles, answers) in &rows {
        let marks: Vec<String> = answers.iter().map(|answer| notes.mark(*answer)).collect();
        table += &format!("| {} | {} |\n", titles.join(", "), marks.join(" | "));
    }
    format!("{table}\n{}\n{}{}", notes.list(), members(&columns), tiers())
}

/// The reasons why something is not there, each once.
#[derive(Default)]
struct Notes(Vec<String>);

impl Notes {
    /// What a cell says: a tick, or a dash with the number of the reason.
    fn mark(&mut self, answer: Answer) -> String {
        let note = match answer {
            Answer::Yes => return "✓".to_owned(),
            Answer::No(why) => why.to_owned(),
            Answer::Withheld(why) => format!("depends on the host: {why}"),
            Answer::NotYet(why) => format!("not yet: {why}"),
        };
        let index = self.0.iter().position(|known| *known == note).unwrap_or_else(|| {
            self.0.push(note);
            self.0.len() - 1
        });
        format!("– <sup>{}</sup>", index + 1)
    }

    fn list(&self) -> String {
        let notes = self.0.iter().enumerate();
        notes.map(|(index, note)| format!("{}. {note}\n", index + 1)).collect()
    }
}

fn selectors(platforms: &[&Platform]) -> String {
    let mut names: Vec<&str> = Vec::new();
    for platform in platforms {
        if !names.contains(&platform.selector) {
            names.push(platform.selector);
        }
    }
    names.join(", ")
}

/// The platforms of each column that has another heading.
fn members(columns: &[(Vec<&Platform>, Vec<Answer>)]) -> String {
    let mut lines = String::new();
    for (platforms, _) in columns {
        let titles: Vec<&str> = platforms.iter().map(|platform| platform.title).collect();
        if titles != [platforms[0].heading] {
            lines += &format!("* {}: {}.\n", platforms[0].heading, titles.join(", "));
        }
    }
    lines
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
        scratch.replace("README.md", "| UDP, names | ✓ |", "| UDP, names | – |");
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
