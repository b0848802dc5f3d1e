//! What the machine and the shell allow a program.

use super::Finding::{self, Fits, NoteWith, Problem};
use super::shown;
use crate::layout::Layout;
use crate::limits::{Kind, Limit};
use rustix::process::{Resource, getrlimit};
use std::fs::read_to_string;

/// Each thing with what was found.
pub fn findings(layout: Layout, tools: bool) -> [(&'static str, Finding); 6] {
    let limits = Limit::of_this_shell();
    let limit =
        |kind| limited(limits.iter().find(|limit| limit.kind == kind).copied(), layout, tools);
    let locked = getrlimit(Resource::Memlock).current.map(|bytes| bytes >> 10);
    let overcommit = read_to_string("/proc/sys/vm/overcommit_memory").unwrap_or_default();
    let huge = read_to_string("/sys/kernel/mm/transparent_hugepage/enabled").unwrap_or_default();
    [
        ("kernel", kernel(&rustix::system::uname().release().to_string_lossy())),
        ("vm.overcommit_memory", Fits(shown(overcommit.trim()))),
        ("transparent huge pages", huge_pages(&huge)),
        ("RLIMIT_AS", limit(Kind::AddressSpace)),
        ("RLIMIT_DATA", limit(Kind::Data)),
        ("RLIMIT_MEMLOCK", lockable(locked, layout)),
    ]
}

fn kernel(release: &str) -> Finding {
    let mut numbers = release.split(|c: char| !c.is_ascii_digit()).map(str::parse::<u32>);
    match (numbers.next(), numbers.next()) {
        (Some(Ok(major)), Some(Ok(minor))) if (major, minor) < (4, 17) => Problem(
            format!("Linux {release} is too old: it has no MAP_FIXED_NOREPLACE"),
            "use Linux 4.17 or later".into(),
        ),
        _ => Fits(format!("Linux {release}")),
    }
}

/// The setting is a line of words, with the one that is chosen in brackets.
fn huge_pages(setting: &str) -> Finding {
    let chosen = setting.split_whitespace().find_map(|word| {
        let word = word.strip_prefix('[')?;
        word.strip_suffix(']')
    });
    match chosen {
        None => Fits("not available".into()),
        Some("always") => NoteWith(
            "always: touching one byte of a heap can make 2 MiB resident".into(),
            "set GODEBUG=disablethp=1 to keep the heap of a Go program in small pages".into(),
        ),
        Some(other) => Fits(other.into()),
    }
}

fn limited(limit: Option<Limit>, layout: Layout, tools: bool) -> Finding {
    let Some(Limit { kind, kib }) = limit else { return Fits("unlimited".into()) };
    let what = format!("{kib} KiB of {} ({})", kind.name(), kind.command());
    let (name, least) = (layout.name(), layout.least_kib(kind));
    let to_build = if tools { kind.to_build_with_tools() } else { kind.to_build() };
    if kib < least {
        let compact =
            if kib >= Layout::Compact.least_kib(kind) { "use --layout compact, or " } else { "" };
        Problem(
            format!("{what}; a program in the layout {name} needs about {least} KiB to start"),
            format!("{compact}raise the limit to at least {least} KiB"),
        )
    } else if kib < to_build {
        NoteWith(
            format!(
                "{what}; enough to run a program in the layout {name}, but `go build` needs about \
                 {to_build} KiB"
            ),
            if tools || kib < kind.to_build_with_tools() {
                "build in a shell without this limit".into()
            } else {
                "run `gosbrk goroot --tools` once in a shell without this limit".into()
            },
        )
    } else {
        Fits(what)
    }
}

/// The limit in KiB on memory that a program locks.
fn lockable(kib: Option<u64>, layout: Layout) -> Finding {
    let Some(kib) = kib else { return Fits("unlimited".into()) };
    let what = format!("{kib} KiB of locked memory (ulimit -l)");
    let (name, least) = (layout.name(), layout.least_kib(Kind::AddressSpace));
    if kib >= least {
        return Fits(what);
    }
    NoteWith(
        format!("{what}; mlockall locks all address space, about {least} KiB in the layout {name}"),
        match layout {
            Layout::Plain => {
                "a program that calls mlockall needs --layout compact, or a higher limit"
            }
            Layout::Compact => "a program that calls mlockall may need a higher limit",
        }
        .into(),
    )
}

#[cfg(test)]
mod tests {
    use super::{Finding, huge_pages, kernel, limited, lockable};
    use crate::layout::Layout::{self, Compact, Plain};
    use crate::limits::Kind::{self, AddressSpace, Data};
    use crate::limits::Limit;

    /// The word that the finding's line begins with.
    fn word(finding: &Finding) -> String {
        finding.lines("").split(' ').next().unwrap().to_owned()
    }

    fn under(kind: Kind, kib: u64, layout: Layout) -> Finding {
        limited(Some(Limit { kind, kib }), layout, false)
    }

    #[test]
    fn old_kernels_do_not_fit() {
        for (release, want) in [
            ("4.16.18", "problem"),
            ("3.10.0-1160.el7", "problem"),
            ("4.17.0", "ok"),
            ("6.18.44-x", "ok"),
            ("?", "ok"),
        ] {
            assert_eq!(word(&kernel(release)), want, "{release}");
        }
    }

    #[test]
    fn limits_are_the_layouts() {
        for (kind, kib, layout, want) in [
            (AddressSpace, 600_000, Plain, "problem"),
            (AddressSpace, 1_400_000, Plain, "note"),
            (AddressSpace, 4_000_000, Plain, "ok"),
            (AddressSpace, 4_000, Compact, "problem"),
            (AddressSpace, 500_000, Compact, "note"),
            (AddressSpace, 4_000_000, Compact, "ok"),
            (Data, 800_000, Plain, "ok"),
            (Data, 40_000, Plain, "problem"),
            (Data, 4_000, Compact, "problem"),
            (Data, 100_000, Compact, "note"),
            (Data, 800_000, Compact, "ok"),
        ] {
            let finding = under(kind, kib, layout);
            assert_eq!(word(&finding), want, "{kind:?} {kib} {layout:?}: {finding:?}");
        }
        assert_eq!(word(&limited(None, Plain, false)), "ok");
    }

    #[test]
    fn tools_on_gosbrk_build_where_the_stock_ones_do_not() {
        let limit = Some(Limit { kind: AddressSpace, kib: 500_000 });
        let stock = limited(limit, Compact, false).lines("");
        assert!(stock.starts_with("note ") && stock.contains("gosbrk goroot --tools"), "{stock}");
        assert_eq!(word(&limited(limit, Compact, true)), "ok");
        let limit = Some(Limit { kind: AddressSpace, kib: 20_000 });
        assert_eq!(word(&limited(limit, Compact, true)), "note");
    }

    #[test]
    fn compact_is_advised_where_it_helps() {
        let advised = |kib| under(AddressSpace, kib, Plain).lines("").contains("--layout compact");
        assert!(advised(500_000));
        assert!(!advised(5_000), "it does not start there either");
    }

    #[test]
    fn huge_pages_for_everybody_are_worth_a_note() {
        for (setting, want) in [
            ("[always] madvise never\n", "note"),
            ("always [madvise] never\n", "ok"),
            ("always madvise [never]\n", "ok"),
            ("", "ok"),
        ] {
            assert_eq!(word(&huge_pages(setting)), want, "{setting}");
        }
    }

    #[test]
    fn what_may_be_locked_is_never_a_problem() {
        assert_eq!(word(&lockable(None, Plain)), "ok");
        assert_eq!(word(&lockable(Some(2_000_000), Plain)), "ok");
        for layout in [Plain, Compact] {
            assert_eq!(word(&lockable(Some(4_096), layout)), "note");
        }
        assert!(lockable(Some(4_096), Plain).lines("").contains("--layout compact"));
        assert!(!lockable(Some(4_096), Compact).lines("").contains("--layout compact"));
    }
}
