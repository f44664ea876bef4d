//! What a Rust source uses, of what only some places may use.
//!
//! It reads tokens, not text: what stands in a string or a comment is no use, and what stands in a macro is one.

use cargo_platform::CfgExpr;
use proc_macro2::{Delimiter, Group, Span, TokenStream, TokenTree};

use super::Finding;

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

/// A place that uses something.
#[derive(Debug)]
pub(super) struct Use {
    pub(super) rule: Rule,
    pub(super) file: String,
    pub(super) line: usize,
    /// The condition, if it is one.
    pub(super) condition: Option<CfgExpr>,
}

/// Every use in the source of one file.
pub(super) fn uses(file: &str, source: &str) -> Result<Vec<Use>, Finding> {
    let finding = |span: Span, what: &str| Finding {
        file: file.to_owned(),
        line: span.start().line,
        what: what.to_owned(),
    };
    let tokens: TokenStream = source
        .parse()
        .map_err(|error: proc_macro2::LexError| finding(error.span(), "these are no tokens of Rust"))?;
    let mut reader = Reader {
        file,
        uses: Vec::new(),
        unread: None,
    };
    reader.read(tokens);
    match reader.unread {
        Some(span) => Err(finding(span, "the condition of this cfg cannot be read")),
        None => Ok(reader.uses),
    }
}

struct Reader<'a> {
    file: &'a str,
    uses: Vec<Use>,
    /// Where there is a condition that is none.
    unread: Option<Span>,
}

impl Reader<'_> {
    fn read(&mut self, tokens: TokenStream) {
        let tokens: Vec<_> = tokens.into_iter().collect();
        for (index, token) in tokens.iter().enumerate() {
            let rest = &tokens[index + 1..];
            match token {
                TokenTree::Ident(ident) => self.read_word(&ident.to_string(), ident.span(), rest),
                TokenTree::Group(group) => {
                    let attribute = group.delimiter() == Delimiter::Bracket;
                    if attribute && tokens[..index].last().is_some_and(|token| is(token, '#')) {
                        self.read_attribute(group.stream());
                    }
                    self.read(group.stream());
                }
                TokenTree::Punct(_) | TokenTree::Literal(_) => {}
            }
        }
    }

    fn read_word(&mut self, word: &str, span: Span, rest: &[TokenTree]) {
        match (word, rest) {
            ("unsafe", _) => self.push(Rule::Unsafe, span),
            ("cfg", [TokenTree::Punct(bang), TokenTree::Group(group), ..]) if bang.as_char() == '!' => {
                self.read_condition(span, group.stream());
            }
            ("cfg", [TokenTree::Group(group), ..]) if in_parentheses(group) => {
                self.read_condition(span, group.stream());
            }
            ("cfg_attr", [TokenTree::Group(group), ..]) => {
                let mut tokens = group.stream().into_iter();
                let condition = tokens.by_ref().take_while(|token| !is(token, ',')).collect();
                self.read_condition(span, condition);
                self.read_attribute(tokens.collect());
            }
            ("std" | "core" | "alloc", [first, second, path, ..]) if is(first, ':') && is(second, ':') => {
                self.read_path(path);
            }
            _ => {}
        }
    }

    fn read_condition(&mut self, span: Span, tokens: TokenStream) {
        match tokens.to_string().parse() {
            Ok(condition) => {
                self.push(Rule::Cfg, span);
                if let Some(last) = self.uses.last_mut() {
                    last.condition = Some(condition);
                }
            }
            Err(_) => self.unread = self.unread.or(Some(span)),
        }
    }

    /// What stands between the brackets of an attribute, or behind the condition of a `cfg_attr`.
    fn read_attribute(&mut self, tokens: TokenStream) {
        let mut tokens = tokens.into_iter();
        if let (Some(TokenTree::Ident(name)), Some(equals)) = (tokens.next(), tokens.next())
            && name == "path"
            && is(&equals, '=')
        {
            self.push(Rule::Path, name.span());
        }
    }

    /// What follows `std::`: a name, or several in braces.
    fn read_path(&mut self, path: &TokenTree) {
        match path {
            TokenTree::Ident(name) if name == "sync" || name == "thread" => self.push(Rule::Shim, name.span()),
            TokenTree::Group(group) => {
                let mut first = true;
                for token in group.stream() {
                    if first {
                        self.read_path(&token);
                    }
                    first = is(&token, ',');
                }
            }
            _ => {}
        }
    }

    fn push(&mut self, rule: Rule, span: Span) {
        self.uses.push(Use {
            rule,
            file: self.file.to_owned(),
            line: span.start().line,
            condition: None,
        });
    }
}

pub(super) fn is(token: &TokenTree, character: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == character)
}

fn in_parentheses(group: &Group) -> bool {
    group.delimiter() == Delimiter::Parenthesis
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(rule: Rule, source: &str) -> Vec<usize> {
        let uses = uses("a.rs", source).unwrap();
        let uses = uses.iter().filter(|found| found.rule == rule);
        uses.map(|found| found.line).collect()
    }

    #[test]
    fn a_cfg_is_found_wherever_it_stands() {
        let source = "#[cfg(unix)]\nfn f() { if cfg!(windows) {} }\n#[cfg_attr(unix, inline)]\n#![cfg(test)]\n\
                      cfg_if! {\n if #[cfg(unix)] { } }\nmacro_rules! m { () => {\n #[cfg(windows)] mod x; } }";
        assert_eq!(lines(Rule::Cfg, source), [1, 2, 3, 4, 6, 8]);
    }

    #[test]
    fn text_is_no_use() {
        let source = "//! cfg(unix) unsafe\n/// #[path = \"x\"] std::sync\nconst S: &str = \"cfg!(unix) unsafe\";\n\
                      const R: &str = r#\"std::thread \" #[cfg(unix)]\"#;\n/* unsafe /* cfg(unix) */ */\n\
                      fn unsafe_code() { let cfg = 1; }";
        assert!(uses("a.rs", source).unwrap().is_empty());
    }

    #[test]
    fn paths_to_the_locks_of_std_are_found() {
        let source = "use std::sync::Arc;\nuse std::{io, thread};\nuse core::{fmt,\nsync::atomic};\nfn f() {\n\
                      ::std::thread::park() }\nuse std::{io::{sync}};\nuse crate::sync::Arc;\nuse std::task::sync;";
        assert_eq!(lines(Rule::Shim, source), [1, 2, 4, 6]);
    }

    #[test]
    fn unsafe_and_path_are_found() {
        assert_eq!(
            lines(Rule::Unsafe, "fn f() {\nunsafe { g() } }\nunsafe impl Send for X {}"),
            [2, 3]
        );
        let source = "#[path = \"x.rs\"]\nmod x;\n#[cfg_attr(test, path = \"y.rs\")]\nmod y;\nfn f() { path = 1; }";
        assert_eq!(lines(Rule::Path, source), [1, 3]);
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        assert_eq!(
            uses("a.rs", "fn f() {}\nfn g( {").unwrap_err().to_string(),
            "a.rs:2: these are no tokens of Rust"
        );
        let error = uses("a.rs", "\n#[cfg(some(unix))]\nmod x;").unwrap_err();
        assert_eq!(error.to_string(), "a.rs:2: the condition of this cfg cannot be read");
    }
}
