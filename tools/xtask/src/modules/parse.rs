//! Reads which modules a crate has and what each of them names, token by token.

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::path::Path;

/// A path that stands in a module, from the root of the crate.
#[derive(Debug)]
pub struct Used {
    pub path: Vec<String>,
    pub line: usize,
}

/// A module: a file, with the modules that stand in it in braces.
#[derive(Debug)]
pub struct Module {
    /// The names on the way to it.
    pub path: Vec<String>,
    /// Where it is.
    pub file: String,
    /// What it names of its crate.
    pub uses: Vec<Used>,
    /// What `use` brings into it, by the name there.
    pub names: BTreeMap<String, Vec<String>>,
    /// The modules of files of their own.
    children: Vec<String>,
}

/// All modules of a crate, without those that are for tests only.
///
/// # Errors
/// A file is not there, or has something that is not Rust.
pub fn krate(root: &Path) -> Result<Vec<Module>, Box<dyn Error>> {
    let mut modules = Vec::new();
    let mut to_read = vec![(Vec::new(), root.to_owned(), root.with_file_name(""))];
    while let Some((path, file, dir)) = to_read.pop() {
        let text = fs::read_to_string(&file).map_err(|e| format!("{}: {e}", file.display()))?;
        let tokens = text.parse().map_err(|e| format!("{}: {e}", file.display()))?;
        let mut module = Module::new(path, &file.to_string_lossy());
        module.read(&tokens);
        for name in &module.children {
            let (flat, folder) = (dir.join(format!("{name}.rs")), dir.join(name));
            let file = if flat.exists() { flat } else { folder.join("mod.rs") };
            to_read.push(([&module.path[..], std::slice::from_ref(name)].concat(), file, folder));
        }
        modules.push(module);
    }
    Ok(modules)
}

impl Module {
    /// One in which nothing was read yet.
    pub fn new(path: Vec<String>, file: &str) -> Self {
        let (uses, names, children) = (Vec::new(), BTreeMap::new(), Vec::new());
        Self { path, file: file.to_owned(), uses, names, children }
    }

    /// Reads what stands in it.
    pub fn read(&mut self, tokens: &TokenStream) {
        let here = self.path.clone();
        let tokens: Vec<_> = tokens.clone().into_iter().collect();
        self.block(&tokens, &here);
        // Once more, since `use` may stand before the modules inside that it names.
        let children = self.children.clone();
        self.uses.clear();
        self.names.clear();
        self.block(&tokens, &here);
        self.children = children;
    }

    /// Reads tokens that stand in the module `here`, which is this one or inside it.
    fn block(&mut self, tokens: &[TokenTree], here: &[String]) {
        let mut at = 0;
        while let Some(token) = tokens.get(at) {
            let rest = &tokens[at..];
            at += match token {
                TokenTree::Punct(mark) if mark.as_char() == '#' && is_for_tests(rest) => {
                    item_end(rest)
                }
                TokenTree::Group(group) => {
                    self.block(&group.stream().into_iter().collect::<Vec<_>>(), here);
                    1
                }
                TokenTree::Ident(word) if word == "mod" => self.module(rest, here),
                TokenTree::Ident(word) if word == "use" => self.tree(&rest[1..], here, &[]) + 1,
                TokenTree::Ident(word) if is_start(&word.to_string()) => self.inline(rest, here),
                _ => 1,
            };
        }
    }

    /// `mod name;` and `mod name { … }`. Gives how many tokens it is.
    fn module(&mut self, tokens: &[TokenTree], here: &[String]) -> usize {
        let Some(TokenTree::Ident(name)) = tokens.get(1) else { return 1 };
        match tokens.get(2) {
            Some(TokenTree::Group(inside)) => {
                let inside: Vec<_> = inside.stream().into_iter().collect();
                self.block(&inside, &[here, &[name.to_string()]].concat());
            }
            _ => self.children.push(name.to_string()),
        }
        3
    }

    /// `crate::a::b` in the middle of code. Gives how many tokens it is.
    fn inline(&mut self, tokens: &[TokenTree], here: &[String]) -> usize {
        let mut words = Vec::new();
        let mut at = 0;
        while let Some(TokenTree::Ident(word)) = tokens.get(at) {
            words.push(word.to_string());
            at += 1;
            if !is_colons(&tokens[at..]) {
                break;
            }
            at += 2;
        }
        if words.len() > 1 {
            self.add(&words, here, &tokens[0]);
        }
        at.max(1)
    }

    /// What `use` names, one path for each name it brings in. Gives how many tokens.
    fn tree(&mut self, tokens: &[TokenTree], here: &[String], before: &[String]) -> usize {
        let mut words = before.to_owned();
        let mut at = 0;
        let mut renamed = None;
        while let Some(token) = tokens.get(at) {
            at += 1;
            match token {
                TokenTree::Ident(word) if word == "as" => {
                    renamed = tokens.get(at).map(ToString::to_string);
                    at += 1;
                }
                TokenTree::Ident(word) => words.push(word.to_string()),
                TokenTree::Group(group) => {
                    let inside: Vec<_> = group.stream().into_iter().collect();
                    let mut from = 0;
                    while from < inside.len() {
                        from += self.tree(&inside[from..], here, &words);
                    }
                    words.clear();
                }
                TokenTree::Punct(mark) if [',', ';'].contains(&mark.as_char()) => break,
                _ => {}
            }
        }
        if words.len() > before.len() {
            if words.last().is_some_and(|word| word == "self") {
                words.pop();
            }
            let name = renamed.or_else(|| words.last().cloned()).unwrap_or_default();
            if let Some(path) = self.add(&words, here, &tokens[0]) {
                self.names.insert(name, path);
            }
        }
        at
    }

    /// Notes that a path is named in `here`. Gives it from the root of the crate; none
    /// if it begins in another crate.
    fn add(&mut self, words: &[String], here: &[String], at: &TokenTree) -> Option<Vec<String>> {
        let supers = words.iter().take_while(|word| *word == "super").count();
        let path = match words.first()?.as_str() {
            "crate" => words[1..].to_vec(),
            "self" => [here, &words[1..]].concat(),
            "super" => {
                let up = &here[..here.len().saturating_sub(supers)];
                [up, &words[supers..]].concat()
            }
            // A module inside this one.
            name if self.children.iter().any(|child| child == name) => [here, words].concat(),
            _ => return None,
        };
        self.uses.push(Used { path: path.clone(), line: at.span().start().line });
        Some(path)
    }
}

fn is_start(word: &str) -> bool {
    ["crate", "self", "super"].contains(&word)
}

fn is_colons(tokens: &[TokenTree]) -> bool {
    let colon = |token: Option<&TokenTree>| matches!(token, Some(TokenTree::Punct(mark)) if mark.as_char() == ':');
    colon(tokens.first()) && colon(tokens.get(1))
}

/// Whether tokens begin with `#[cfg(test)]`.
fn is_for_tests(tokens: &[TokenTree]) -> bool {
    let is_group = |token: Option<&TokenTree>, text: &str| {
        let Some(TokenTree::Group(group)) = token else { return false };
        let said: String = group.stream().to_string().split_whitespace().collect();
        group.delimiter() == Delimiter::Bracket && said == text
    };
    is_group(tokens.get(1), "cfg(test)")
}

/// How many tokens an item has, with its attributes; also if it is a field.
fn item_end(tokens: &[TokenTree]) -> usize {
    let mut is_item = false;
    for (i, token) in tokens.iter().enumerate() {
        match token {
            TokenTree::Ident(word) => {
                is_item |= ["fn", "impl", "struct", "enum", "trait", "type", "const", "static"]
                    .contains(&word.to_string().as_str());
            }
            TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => return i + 1,
            TokenTree::Punct(mark) if mark.as_char() == ';' => return i + 1,
            TokenTree::Punct(mark) if mark.as_char() == ',' && !is_item => return i + 1,
            _ => {}
        }
    }
    tokens.len()
}
