use super::{Space, from, space};
use crate::process::Process;

const STATUS: &str =
    "Name:\tVmSize: 1 kB\nVmPeak:\t   51072 kB\nVmSize:\t   47072 kB\nVmRSS:\t 4 kB\n";
const LIMITED: &str = "\
Limit                     Soft Limit           Hard Limit           Units
Max cpu time              unlimited            unlimited            seconds
Max address space         102400000            204800000            bytes
";

fn read(status: &str, limits: &str) -> Space {
    from(&Ok(status.into()), &Ok(limits.into()))
}

#[test]
fn the_kernels_figures_are_in_bytes_and_the_soft_limit_counts() {
    let space = read(STATUS, LIMITED);
    assert_eq!(space.current, Ok(47_072 << 10));
    assert_eq!(space.peak, Ok(51_072 << 10));
    assert_eq!(space.max, Ok(Some(102_400_000)));
    assert_eq!(
        space.line(),
        "Address space, resident or not: 48.2 MB now, 52.3 MB at its peak, of at most 102.4 MB (ulimit -v 100000)"
    );
}

#[test]
fn no_limit_is_told_from_one_that_is_not_known() {
    let none = read(STATUS, &LIMITED.replace("102400000", "unlimited"));
    assert_eq!(none.max, Ok(None));
    assert!(none.line().contains("; it has no limit (ulimit -v unlimited)"), "{}", none.line());
    for limits in ["", "Max address space", "Max address space  many  many  bytes"] {
        let unknown = read(STATUS, limits);
        assert!(unknown.max.is_err(), "{limits}");
        assert!(unknown.line().contains("; its limit (ulimit -v) is not known"), "{limits}");
    }
}

#[test]
fn what_the_kernel_does_not_tell_is_not_known() {
    // Another kernel has no VmPeak, and a number may be damaged.
    for status in ["VmSize:\t8 kB\n", "VmSize:\t8 kB\nVmPeak:\t8\n", "VmSize:\t8 kB\nVmPeak: x kB"]
    {
        let space = read(status, LIMITED);
        assert_eq!(space.current, Ok(8192), "{status}");
        assert!(space.peak.as_ref().unwrap_err().contains("VmPeak"), "{status}");
        assert!(space.line().contains("0.0 MB now, not known at its peak"), "{}", space.line());
    }
    let refused = from(&Err("refused".into()), &Err("refused".into()));
    assert_eq!((refused.current, refused.peak), (Err("refused".into()), Err("refused".into())));
    assert_eq!(refused.max, Err("refused".into()));
}

#[test]
fn its_own_is_what_its_mappings_add_up_to() {
    let process = Process::open(i32::try_from(std::process::id()).unwrap()).unwrap();
    let space = space(&process);
    let mapped: u64 = process.mappings().unwrap().iter().map(|one| one.end - one.start).sum();
    let current = space.current.unwrap();
    // Other tests run at the same time.
    assert!(current.abs_diff(mapped) < 256 << 20, "{current} for {mapped}");
    assert!(space.peak.unwrap() >= current);
    assert!(space.max.is_ok());
}
