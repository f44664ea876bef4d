//! Links of Markdown files, as far as they lead to files and headings of the workspace.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::{Finding, read};
use crate::Result;

/// A link, before anybody has looked where it leads.
#[derive(Debug, PartialEq, Eq)]
struct Link {
    line: usize,
    target: String,
}

/// What a Markdown file has for others to find, and where it leads itself.
#[derive(Debug, Default)]
struct Page {
    anchors: BTreeSet<String>,
    links: Vec<Link>,
    /// The lines of references that nothing defines, with their names.
    undefined: Vec<(usize, String)>,
}

/// The links of all Markdown files that lead to no file or no heading.
pub(super) fn dangling(root: &Path, files: &[(String, PathBuf)]) -> Result<Vec<Finding>> {
    let mut pages = BTreeMap::new();
    for (name, path) in files.iter().filter(|(name, _)| name.ends_with(".md")) {
        pages.insert(name.as_str(), Page::read(&read(path)?));
    }
    let mut findings = Vec::new();
    for (&name, page) in &pages {
        let finding = |line, what| Finding {
            file: name.to_owned(),
            line,
            what,
        };
        let undefined = page.undefined.iter();
        findings.extend(undefined.map(|(line, of)| finding(*line, format!("nothing defines the reference [{of}]"))));
        for Link { line, target } in &page.links {
            if target.contains("://") || target.starts_with("mailto:") {
                continue;
            }
            let (to, heading) = target.split_once('#').unwrap_or((target, ""));
            let there = if to.is_empty() {
                Some(name.to_owned())
            } else {
                resolve(name, to)
            };
            let Some(there) = there.filter(|there| root.join(there).exists()) else {
                findings.push(finding(*line, format!("the link leads to {to}, which is not there")));
                continue;
            };
            let has_heading = |page: &Page| page.anchors.contains(heading);
            if !heading.is_empty() && !pages.get(there.as_str()).is_some_and(has_heading) {
                let what = format!("the link leads to the heading #{heading}, which is not there");
                findings.push(finding(*line, what));
            }
        }
    }
    Ok(findings)
}

/// The name of a file, from the folder of the file that links to it.
fn resolve(from: &str, to: &str) -> Option<String> {
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    for part in to.split('/').filter(|part| !part.is_empty() && *part != ".") {
        if part == ".." {
            parts.pop()?;
        } else {
            parts.push(part);
        }
    }
    Some(parts.join("/"))
}

impl Page {
    fn read(text: &str) -> Page {
        let mut page = Page::default();
        let mut used = Vec::new();
        let mut defined = BTreeSet::new();
        let mut fence: Option<&str> = None;
        for (index, line) in text.lines().enumerate() {
            let (number, trimmed) = (index + 1, line.trim_start());
            let marks = ["```", "~~~"].into_iter().find(|marks| trimmed.starts_with(marks));
            if let Some(marks) = marks.filter(|marks| fence.is_none_or(|open| open == *marks)) {
                fence = if fence.is_none() { Some(marks) } else { None };
                continue;
            }
            if fence.is_some() {
                continue;
            }
            let title = trimmed.trim_start_matches('#');
            let level = trimmed.len() - title.len();
            if (1..=6).contains(&level) && title.starts_with(' ') {
                page.add_heading(title);
            }
            let spoken = without_code(line);
            if let Some((name, target)) = definition(&spoken) {
                defined.insert(name.to_lowercase());
                page.link(number, target);
                continue;
            }
            page.read_links(number, &spoken, &mut used);
        }
        page.undefined = used;
        page.undefined
            .retain(|(_, name)| !defined.contains(&name.to_lowercase()));
        page
    }

    /// The heading's anchor is made the way GitHub makes it.
    fn add_heading(&mut self, title: &str) {
        let kept = |c: &char| c.is_alphanumeric() || [' ', '-', '_'].contains(c);
        let slug: String = title.trim().chars().filter(kept).collect();
        let slug = slug.to_lowercase().replace(' ', "-");
        let again = (1..).map(|number| format!("{slug}-{number}"));
        let anchor = std::iter::once(slug.clone())
            .chain(again)
            .find(|anchor| !self.anchors.contains(anchor));
        self.anchors.extend(anchor);
    }

    /// `[text](target)` and `[text][reference]`.
    fn read_links(&mut self, line: usize, text: &str, used: &mut Vec<(usize, String)>) {
        for (index, _) in text.match_indices("](") {
            let target = &text[index + 2..];
            if let Some((target, _)) = target.split_once(')') {
                self.link(line, target);
            }
        }
        for (index, _) in text.match_indices("][") {
            let name = &text[index + 2..];
            if let Some((name, _)) = name.split_once(']').filter(|(name, _)| !name.is_empty()) {
                used.push((line, name.to_owned()));
            }
        }
    }

    fn link(&mut self, line: usize, target: &str) {
        // A title may follow.
        let target = target.split_whitespace().next().unwrap_or_default();
        let target = target.trim_start_matches('<').trim_end_matches('>').to_owned();
        self.links.push(Link { line, target });
    }
}

/// `[name]: target`
fn definition(line: &str) -> Option<(&str, &str)> {
    let (name, target) = line.strip_prefix('[')?.split_once("]: ")?;
    Some((name, target))
}

/// A line with spaces in the place of what stands between backticks.
fn without_code(line: &str) -> String {
    let pieces = line.split('`').collect::<Vec<_>>();
    // A backtick without another is only a character.
    let closed = pieces.len() % 2 == 1;
    let mut spoken = String::new();
    for (index, piece) in pieces.iter().enumerate() {
        if index % 2 == 0 || !closed && index == pieces.len() - 1 {
            spoken += piece;
        } else {
            spoken.push(' ');
        }
    }
    spoken
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_told_from_code() {
        let page = Page::read(
            "# One\nsee [a](A.md) and [b](b/ \"title\")\n```\n[c](C.md)\n```\n`[d](D.md)` [e](<E.md>)\n\
             [f][good] [g][bad] ![i](i.png)\n[good]: https://example.org\n",
        );
        let targets: Vec<_> = page
            .links
            .iter()
            .map(|link| (link.line, link.target.as_str()))
            .collect();
        assert_eq!(
            targets,
            [
                (2, "A.md"),
                (2, "b/"),
                (6, "E.md"),
                (7, "i.png"),
                (8, "https://example.org")
            ]
        );
        assert_eq!(page.undefined, [(7, "bad".to_owned())]);
    }

    #[test]
    fn headings_have_githubs_anchors() {
        let page =
            Page::read("# The way of one event\n## `turn`, and what it costs\n## Rooms\n## Rooms\n#no heading\n");
        let anchors: Vec<_> = page.anchors.iter().map(String::as_str).collect();
        assert_eq!(
            anchors,
            ["rooms", "rooms-1", "the-way-of-one-event", "turn-and-what-it-costs"]
        );
    }

    #[test]
    fn names_are_relative_to_the_folder() {
        assert_eq!(resolve("a/b.md", "../c.md").as_deref(), Some("c.md"));
        assert_eq!(resolve("a/b.md", "./c/d.md").as_deref(), Some("a/c/d.md"));
        assert_eq!(resolve("b.md", "../c.md"), None);
    }
}
