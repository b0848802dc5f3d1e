//! Links in the project's Markdown files: what they name must be there, as must the heading
//! behind a `#`. Addresses on the net are not asked for.

use crate::Done;
use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};
use std::collections::BTreeMap;
use std::fs::read_to_string;
use std::path::{Component, Path, PathBuf};
use std::process::Command;

/// Says which links lead nowhere; whether there is none.
pub fn check() -> Done {
    let list = Command::new("git").args(["ls-files", "*.md"]).output()?;
    let mut pages = BTreeMap::new();
    for name in String::from_utf8(list.stdout)?.lines() {
        pages.insert(PathBuf::from(name), Page::read(&read_to_string(name)?));
    }
    let mut all_well = !pages.is_empty();
    for (path, page) in &pages {
        for link in &page.links {
            if let Err(why) = follow(path, link, &pages) {
                eprintln!("{}: the link {link}: {why}", path.display());
                all_well = false;
            }
        }
    }
    Ok(all_well)
}

/// What a page has.
struct Page {
    /// The headings, as links name them.
    headings: Vec<String>,
    /// Where its links and pictures lead, but for addresses on the net.
    links: Vec<String>,
}

impl Page {
    fn read(text: &str) -> Self {
        let mut page = Self { headings: Vec::new(), links: Vec::new() };
        let mut heading: Option<String> = None;
        for event in Parser::new_ext(text, Options::ENABLE_TABLES) {
            match event {
                Event::Start(Tag::Heading { .. }) => heading = Some(String::new()),
                Event::End(TagEnd::Heading(_)) => {
                    page.headings.extend(heading.take().as_deref().map(anchor));
                }
                Event::Text(text) | Event::Code(text) => {
                    if let Some(heading) = &mut heading {
                        heading.push_str(&text);
                    }
                }
                Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                    page.links.push(dest_url.into_string());
                }
                // `<img src="…">` and `<source srcset="…">`.
                Event::Html(html) | Event::InlineHtml(html) => {
                    for start in ["src=\"", "srcset=\""] {
                        let values = html.split(start).skip(1);
                        page.links.extend(values.filter_map(|v| Some(v.split_once('"')?.0.into())));
                    }
                }
                _ => (),
            }
        }
        page.links.retain(|link| !link.contains("://"));
        page
    }
}

/// A heading's text as a link names it.
fn anchor(heading: &str) -> String {
    let kept = |c: &char| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_');
    heading.to_lowercase().chars().filter(kept).map(|c| if c == ' ' { '-' } else { c }).collect()
}

fn follow(from: &Path, link: &str, pages: &BTreeMap<PathBuf, Page>) -> Result<(), &'static str> {
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
    use super::{Page, anchor, beside, follow};
    use std::collections::BTreeMap;
    use std::path::Path;

    #[test]
    fn headings_are_named_as_links_do() {
        assert_eq!(anchor("The variable GOSBRK"), "the-variable-gosbrk");
        assert_eq!(anchor("What's `a.b`, now?"), "whats-ab-now");
    }

    #[test]
    fn links_and_pictures_are_found_but_not_in_code() {
        let page = Page::read(
            "# A `b`\n[c](d.md#e) ![f](g.svg) <https://h>\n\n<img alt=\"x\" src=\"i.png\">\n\n\
             ```\n[no](j.md)\n```\n\n| [t](k.md) |\n|---|\n| [u](https://l) |\n",
        );
        assert_eq!(page.headings, ["a-b"]);
        assert_eq!(page.links, ["d.md#e", "g.svg", "i.png", "k.md"]);
    }

    #[test]
    fn a_link_that_leads_nowhere_is_one() {
        // Tests run in the folder of this crate.
        let path = Path::new("src/main.rs");
        let pages = BTreeMap::from([(path.to_owned(), Page::read("# Here\n"))]);
        assert_eq!(follow(path, "main.rs#here", &pages), Ok(()));
        assert_eq!(follow(path, "#here", &pages), Ok(()));
        assert_eq!(follow(path, "../Cargo.toml", &pages), Ok(()));
        assert!(follow(path, "#there", &pages).is_err());
        assert!(follow(path, "nobody.md", &pages).is_err());
        assert!(follow(path, "../Cargo.toml#here", &pages).is_err());
        assert_eq!(beside(Path::new("docs/a.md"), "../b/c.md"), Path::new("b/c.md"));
    }
}
