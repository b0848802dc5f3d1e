//! Code blocks. The first word behind the opening marks is a language. A second one says
//! who runs the block: CONTRIBUTING.md, "Commands in the docs".
//!
//! | block | what it is |
//! |---|---|
//! | `sh run` | `command/tests/docs` runs it |
//! | `sh tests/install.rs` | that file runs it, and so names the page |
//! | `sh` | nobody runs it |
//! | `go hello.go` | `command/tests/docs` writes it to that file |

use super::Page;
use std::fs::read_to_string;
use std::path::Path;

/// The languages of code blocks. What a program prints has none, or `text`.
const LANGUAGES: [&str; 9] = ["sh", "c", "go", "go.mod", "yaml", "html", "diff", "text", ""];

/// The code blocks of a page that say what cannot be.
pub fn faults(path: &Path, page: &Page) -> Vec<String> {
    let fault = |info: &String| {
        let why = look(path, info).err()?;
        Some(format!("the code block ```{info}: {why}"))
    };
    page.fences.iter().filter_map(fault).collect()
}

fn look(page: &Path, info: &str) -> Result<(), String> {
    let mut words = info.split(' ');
    let language = words.next().unwrap_or_default();
    if !LANGUAGES.contains(&language) {
        return Err(format!("the languages are {}", LANGUAGES.join(" ").trim_end()));
    }
    match (language, words.next(), words.next()) {
        (_, None, _) | ("sh", Some("run"), None) => Ok(()),
        ("sh", Some(test), None) => {
            let name = page.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            let source = read_to_string(test).map_err(|e| format!("{test}: {e}"))?;
            let names_it = source.contains(name);
            if names_it { Ok(()) } else { Err(format!("{test} does not name {name}")) }
        }
        (_, Some(file), None) if file.contains('.') && !file.contains('/') => Ok(()),
        _ => Err("behind the language may stand `run`, a test, or the name of a file".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::look;
    use std::path::Path;

    #[test]
    fn a_block_says_what_it_is() {
        let page = Path::new("docs/Cargo.toml");
        let is_well = |info| look(page, info).is_ok();
        // Tests run in the folder of this crate. This file names Cargo.toml.
        for info in ["", "text", "sh", "sh run", "go main.go", "sh src/docs/fences.rs"] {
            assert!(is_well(info), "{info}");
        }
        for info in ["shell", "sh walk", "sh run twice", "go a/main.go", "go main"] {
            assert!(!is_well(info), "{info}");
        }
        assert!(look(page, "sh src/docs/links.rs").is_ok());
        assert!(look(Path::new("docs/nobody.md"), "sh src/command.rs").is_err());
    }
}
