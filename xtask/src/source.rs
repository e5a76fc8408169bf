//! Reads the sources: for each file of `src/` the paths it names and the strings it holds, without
//! what is compiled for tests only.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::Context;
use proc_macro2::{Delimiter, Spacing, TokenStream, TokenTree};
use syn::visit::{self, Visit};

/// One file.
pub struct Source {
    /// From the root of the workspace.
    pub path: String,
    /// The crate's folder: `contexts/crm`.
    pub krate: String,
    /// First folder below `src`: `domain`, `interface`…
    pub layer: String,
    /// Lines before its tests.
    pub lines: usize,
    /// Paths in code, `a::b::c`, with their lines.
    pub paths: Vec<(String, usize)>,
    /// Strings outside of `html!`.
    pub strings: Vec<(String, usize)>,
    /// Strings that `html!` shows to people.
    pub shown: Vec<(String, usize)>,
}

impl Source {
    /// `crm` of `contexts/crm`, when it is a context.
    pub fn context(&self) -> Option<&str> {
        self.krate.strip_prefix("contexts/")
    }

    /// All strings, shown or not.
    pub fn all_strings(&self) -> impl Iterator<Item = &(String, usize)> {
        self.strings.iter().chain(&self.shown)
    }

    #[cfg(test)]
    pub fn parse(path: &str, text: &str) -> Source {
        read(path, text).expect("the example parses")
    }
}

/// All files of all crates but this one.
pub fn read_all(root: &Path) -> anyhow::Result<Vec<Source>> {
    let mut files = Vec::new();
    for group in ["crates", "contexts", "app"] {
        collect(&root.join(group), &mut files)?;
    }
    files.sort();
    files
        .iter()
        .map(|file| {
            let path = file.strip_prefix(root)?.to_string_lossy().into_owned();
            read(&path, &fs::read_to_string(file)?).with_context(|| format!("{path} does not parse"))
        })
        .collect()
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> anyhow::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        if path.is_dir() && !matches!(name.as_str(), "tests" | "examples" | "benches" | "target") {
            collect(&path, files)?;
        } else if name.ends_with(".rs") && path.components().any(|c| c.as_os_str() == "src") {
            files.push(path);
        }
    }
    Ok(())
}

fn read(path: &str, text: &str) -> anyhow::Result<Source> {
    let parts: Vec<&str> = path.split('/').collect();
    let src = parts.iter().position(|part| *part == "src").unwrap_or(0);
    let mut source = Source {
        path: path.to_owned(),
        krate: parts[..src].join("/"),
        layer: parts.get(src + 1).unwrap_or(&"").to_string(),
        lines: text
            .split("#[cfg(test)]")
            .next()
            .unwrap_or_default()
            .lines()
            .count(),
        paths: Vec::new(),
        strings: Vec::new(),
        shown: Vec::new(),
    };
    Reader(&mut source).visit_file(&syn::parse_file(text)?);
    Ok(source)
}

struct Reader<'a>(&'a mut Source);

fn is_test(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("test")
            || (attribute.path().is_ident("cfg")
                && attribute
                    .meta
                    .require_list()
                    .is_ok_and(|list| list.tokens.to_string() == "test"))
    })
}

impl<'ast> Visit<'ast> for Reader<'_> {
    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        if !is_test(&item.attrs) {
            visit::visit_item_mod(self, item);
        }
    }

    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        if !is_test(&item.attrs) {
            visit::visit_item_fn(self, item);
        }
    }

    // Comments are attributes too, and say what they like.
    fn visit_attribute(&mut self, _: &'ast syn::Attribute) {}

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        flatten(&item.tree, "", &mut self.0.paths);
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let text = path
            .segments
            .iter()
            .map(|s| s.ident.to_string())
            .collect::<Vec<_>>()
            .join("::");
        let line = path.segments.first().map_or(0, |s| s.ident.span().start().line);
        self.0.paths.push((text, line));
        visit::visit_path(self, path);
    }

    fn visit_lit_str(&mut self, literal: &'ast syn::LitStr) {
        self.0
            .strings
            .push((literal.value(), literal.span().start().line));
    }

    fn visit_macro(&mut self, item: &'ast syn::Macro) {
        if item.path.is_ident("html") || item.path.segments.last().is_some_and(|s| s.ident == "html") {
            html(item.tokens.clone(), self.0);
        } else {
            code(item.tokens.clone(), self.0);
        }
    }
}

fn flatten(tree: &syn::UseTree, prefix: &str, paths: &mut Vec<(String, usize)>) {
    let join = |name: &str| {
        if prefix.is_empty() {
            name.to_owned()
        } else {
            format!("{prefix}::{name}")
        }
    };
    match tree {
        syn::UseTree::Path(path) => flatten(&path.tree, &join(&path.ident.to_string()), paths),
        syn::UseTree::Name(name) => {
            paths.push((join(&name.ident.to_string()), name.ident.span().start().line))
        }
        syn::UseTree::Rename(rename) => {
            paths.push((join(&rename.ident.to_string()), rename.ident.span().start().line))
        }
        syn::UseTree::Glob(glob) => paths.push((join("*"), glob.star_token.spans[0].start().line)),
        syn::UseTree::Group(group) => group.items.iter().for_each(|item| flatten(item, prefix, paths)),
    }
}

/// Attributes whose value people read or hear.
const READ_ATTRIBUTES: [&str; 4] = ["title", "alt", "placeholder", "label"];

/// Markup: strings stand for text, unless they belong to an expression, an attribute or a pattern.
fn html(tokens: TokenStream, source: &mut Source) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let mut n = 0;
    while n < tokens.len() {
        if let Some(end) = end_of_let(&tokens, n) {
            code(tokens[n..end].iter().cloned().collect(), source);
            n = end;
            continue;
        }
        match &tokens[n] {
            TokenTree::Group(group) if group.delimiter() == Delimiter::Brace && is_markup(&tokens, n) => {
                html(group.stream(), source);
            }
            TokenTree::Group(group) => code(group.stream(), source),
            TokenTree::Literal(literal) => {
                if let Ok(text) = syn::parse_str::<syn::LitStr>(&literal.to_string()) {
                    let entry = (text.value(), literal.span().start().line);
                    if is_text(&tokens, n) {
                        source.shown.push(entry)
                    } else {
                        source.strings.push(entry)
                    }
                }
            }
            _ => {}
        }
        n += 1;
    }
}

/// `@let name = expression;` is code: where it ends.
fn end_of_let(tokens: &[TokenTree], n: usize) -> Option<usize> {
    let is_at = matches!(&tokens[n], TokenTree::Punct(p) if p.as_char() == '@');
    let is_let = matches!(tokens.get(n + 1), Some(TokenTree::Ident(i)) if i == "let");
    let end = tokens[n..]
        .iter()
        .position(|t| matches!(t, TokenTree::Punct(p) if p.as_char() == ';'));
    (is_at && is_let).then_some(n + end.unwrap_or(tokens.len() - n - 1) + 1)
}

/// A block holds markup unless it is the value of an attribute that nobody reads.
fn is_markup(tokens: &[TokenTree], n: usize) -> bool {
    match attribute(tokens, n) {
        Some(name) => READ_ATTRIBUTES.contains(&name.as_str()),
        // `."is-" { … }` and `#{ … }` build a class or an id.
        None => {
            !matches!(n.checked_sub(1).and_then(|i| tokens.get(i)), Some(TokenTree::Punct(p)) if "#.".contains(p.as_char()))
        }
    }
}

/// The last word of the attribute whose value stands at `n`: `label` of `aria-label=…`.
fn attribute(tokens: &[TokenTree], n: usize) -> Option<String> {
    let is_equals = matches!(n.checked_sub(1).and_then(|i| tokens.get(i)), Some(TokenTree::Punct(p)) if p.as_char() == '=');
    match n.checked_sub(2).and_then(|i| tokens.get(i)) {
        Some(TokenTree::Ident(ident)) if is_equals => Some(ident.to_string()),
        _ => None,
    }
}

fn is_text(tokens: &[TokenTree], n: usize) -> bool {
    let punct = |i: Option<usize>| match i.and_then(|i| tokens.get(i)) {
        Some(TokenTree::Punct(p)) => Some(p.as_char()),
        _ => None,
    };
    let before = punct(n.checked_sub(1));
    let is_pattern = matches!(tokens.get(n + 1), Some(TokenTree::Punct(p)) if (p.as_char() == '=' && p.spacing() == Spacing::Joint) || p.as_char() == '|');
    match before {
        // `."class"`, `#"id"`, and what follows `|` in a pattern.
        Some('.' | '#' | '|') => false,
        Some('=') => attribute(tokens, n).is_some_and(|name| READ_ATTRIBUTES.contains(&name.as_str())),
        _ => !is_pattern,
    }
}

/// Code inside a macro: strings, and paths as far as tokens show them.
fn code(tokens: TokenStream, source: &mut Source) {
    let mut path: Option<(String, usize)> = None;
    let mut colons = 0;
    for token in tokens {
        match token {
            TokenTree::Ident(ident) => {
                let line = ident.span().start().line;
                match path.take() {
                    Some((text, at)) if colons == 2 => path = Some((format!("{text}::{ident}"), at)),
                    other => {
                        source.paths.extend(other);
                        path = Some((ident.to_string(), line));
                    }
                }
                colons = 0;
            }
            TokenTree::Punct(p) if p.as_char() == ':' => colons += 1,
            TokenTree::Group(group) => {
                source.paths.extend(path.take());
                code(group.stream(), source);
            }
            TokenTree::Literal(literal) => {
                source.paths.extend(path.take());
                if let Ok(text) = syn::parse_str::<syn::LitStr>(&literal.to_string()) {
                    source.strings.push((text.value(), literal.span().start().line));
                }
            }
            TokenTree::Punct(_) => source.paths.extend(path.take()),
        }
    }
    source.paths.extend(path);
}
