//! Links of Markdown files, as far as they lead to files and headings of the workspace.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use pulldown_cmark::{BrokenLink, Event, LinkType, Options, Parser, Tag, TagEnd};

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
        let lines: Vec<usize> = text.match_indices('\n').map(|(at, _)| at).collect();
        let line = |at: usize| lines.partition_point(|end| *end < at) + 1;
        let mut page = Page::default();
        let mut undefined = Vec::new();
        // It is asked for the text in brackets alone, too, which is no reference if nothing defines it.
        let on_undefined = |link: BrokenLink<'_>| {
            if link.link_type == LinkType::Reference {
                undefined.push((line(link.span.start), link.reference.to_string()));
            }
            None
        };
        let parser = Parser::new_with_broken_link_callback(text, Options::ENABLE_TABLES, Some(on_undefined));
        for (_, definition) in parser.reference_definitions().iter() {
            page.links.push(Link {
                line: line(definition.span.start),
                target: definition.dest.to_string(),
            });
        }
        let mut heading = None;
        for (event, range) in parser.into_offset_iter() {
            match event {
                Event::Start(Tag::Heading { .. }) => heading = Some(String::new()),
                Event::End(TagEnd::Heading(_)) => page.add_heading(&heading.take().unwrap_or_default()),
                Event::Text(words) | Event::Code(words) => heading.iter_mut().for_each(|title| *title += &words),
                Event::Start(
                    Tag::Link {
                        link_type, dest_url, ..
                    }
                    | Tag::Image {
                        link_type, dest_url, ..
                    },
                ) if link_type != LinkType::Reference => {
                    page.links.push(Link {
                        line: line(range.start),
                        target: dest_url.into_string(),
                    });
                }
                _ => {}
            }
        }
        page.undefined = undefined;
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
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_told_from_code() {
        let page = Page::read(
            "# One\nsee [a](A.md) and [b](b/ \"title\")\n```\n[c](C.md)\n```\n`[d](D.md)` [e](<E.md>)\n\
             [f][good] [g][bad] [h] ![i](i.png)\n\n[good]: https://example.org\n",
        );
        let targets: Vec<_> = page
            .links
            .iter()
            .map(|link| (link.line, link.target.as_str()))
            .collect();
        assert_eq!(
            targets,
            [
                (9, "https://example.org"),
                (2, "A.md"),
                (2, "b/"),
                (6, "E.md"),
                (7, "i.png"),
            ]
        );
        assert_eq!(page.undefined, [(7, "bad".to_owned())]);
    }

    #[test]
    fn headings_have_githubs_anchors() {
        let page =
            Page::read("# The way of one event\n## `turn`, and what it costs\n## Modules\n## Modules\n#no heading\n");
        let anchors: Vec<_> = page.anchors.iter().map(String::as_str).collect();
        assert_eq!(
            anchors,
            ["modules", "modules-1", "the-way-of-one-event", "turn-and-what-it-costs"]
        );
    }

    #[test]
    fn names_are_relative_to_the_folder() {
        assert_eq!(resolve("a/b.md", "../c.md").as_deref(), Some("c.md"));
        assert_eq!(resolve("a/b.md", "./c/d.md").as_deref(), Some("a/c/d.md"));
        assert_eq!(resolve("b.md", "../c.md"), None);
    }
}
