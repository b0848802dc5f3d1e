//! Links: what they name must be there, as must the heading behind a `#`. Addresses on the
//! net are not asked for.

use super::{Page, Pages};
use std::path::{Component, Path, PathBuf};

/// The links of a page that lead nowhere.
pub fn faults(path: &Path, page: &Page, pages: &Pages) -> Vec<String> {
    let fault = |link: &String| {
        let why = follow(path, link, pages).err()?;
        Some(format!("the link {link}: {why}"))
    };
    page.links.iter().filter_map(fault).collect()
}

fn follow(from: &Path, link: &str, pages: &Pages) -> Result<(), &'static str> {
    let (file, heading) = link.split_once('#').unwrap_or((link, ""));
    let path = if file.is_empty() { from.to_owned() } else { beside(from, file) };
    if !path.exists() {
        return Err("there is no such file");
    }
    if heading.is_empty() {
        return Ok(());
    }
    let page = pages.get(&path).ok_or("it is no page, so it has no headings")?;
    if page.headings.iter().any(|h| h == heading) { Ok(()) } else { Err("no such heading") }
}

/// A path that is relative to the folder of another.
fn beside(from: &Path, file: &str) -> PathBuf {
    let mut path = from.parent().unwrap_or(Path::new("")).to_owned();
    for part in Path::new(file).components() {
        match part {
            Component::ParentDir => drop(path.pop()),
            part => path.push(part),
        }
    }
    path
}

#[cfg(test)]
mod tests {
    use super::{Page, Pages, beside, faults, follow};
    use std::path::Path;

    #[test]
    fn a_link_that_leads_nowhere_is_one() {
        // Tests run in the folder of this crate.
        let path = Path::new("src/main.rs");
        let pages = Pages::from([(path.to_owned(), Page::read("# Here\n[a](b.md)\n"))]);
        assert_eq!(follow(path, "main.rs#here", &pages), Ok(()));
        assert_eq!(follow(path, "#here", &pages), Ok(()));
        assert_eq!(follow(path, "../Cargo.toml", &pages), Ok(()));
        assert!(follow(path, "#there", &pages).is_err());
        assert!(follow(path, "nobody.md", &pages).is_err());
        assert!(follow(path, "../Cargo.toml#here", &pages).is_err());
        assert_eq!(beside(Path::new("docs/a.md"), "../b/c.md"), Path::new("b/c.md"));
        assert_eq!(
            faults(path, &pages[path], &pages),
            ["the link b.md: there is no such file".to_owned()]
        );
    }
}
