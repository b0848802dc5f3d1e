use super::{PATH, Path, Version, group, least};

/// What a list of groups says, read a few bytes at a time.
fn found(list: &str, mount: &str) -> Option<(Version, String)> {
    let mut rest = list.as_bytes();
    let mut path = Path { bytes: [0; PATH], used: 0 };
    let read = |into: &mut [u8]| {
        let n = rest.len().min(into.len()).min(7);
        let (now, then) = rest.split_at(n);
        into[..n].copy_from_slice(now);
        rest = then;
        Some(n)
    };
    let version = group(read, mount.as_bytes(), &mut path)?;
    let path = path.bytes.get(..path.used).unwrap_or_default();
    Some((version, String::from_utf8(path.to_vec()).unwrap()))
}

#[test]
fn the_group_is_found_in_either_version() {
    for (list, version, path) in [
        ("0::/user.slice/a\n", Version::Two, "/c/user.slice/a"),
        ("0::/\n", Version::Two, "/c/"),
        ("9:cpu,memory,pids:/a/b\n3:cpuset:/x\n", Version::One, "/c/memory/a/b"),
        ("9:memory_x,x:/x\n3:memory:/\n0::/y\n", Version::One, "/c/memory/"),
        ("2:name=systemd:/x\n0::/a:b\n", Version::Two, "/c/a:b"),
        ("0::/without an end", Version::Two, "/c/without an end"),
    ] {
        assert_eq!(found(list, "/c"), Some((version, path.to_owned())), "{list}");
    }
    for list in ["", "\n", "9:memor:/x\n", "9:memorys:/x\n", "1:name=systemd:/\n"] {
        assert_eq!(found(list, "/c"), None, "{list}");
    }
}

/// The least limit below a mount, of the group at a path in it.
fn least_of(mount: &std::path::Path, group: &str, version: Version) -> Option<usize> {
    let mount = mount.to_str().unwrap();
    let mut path = Path { bytes: [0; PATH], used: 0 };
    path.add(mount.as_bytes());
    path.add(group.as_bytes());
    least(&mut path, mount.len(), version)
}

#[test]
fn the_least_limit_of_all_groups_above_counts() {
    let mount = std::env::temp_dir().join(format!("gosbrk-cgroup-{}", std::process::id()));
    std::fs::create_dir_all(mount.join("a/b/c")).unwrap();
    let limit = |group: &str, text: &str| {
        std::fs::write(mount.join(group).join("memory.max"), text).unwrap();
    };
    let two = |group| least_of(&mount, group, Version::Two);
    assert_eq!(two("/a/b/c"), None);
    limit("a/b/c", "max\n");
    assert_eq!(two("/a/b/c"), Some(usize::MAX));
    assert_eq!(two("/a/b"), None);
    limit("a", "4096000\n");
    assert_eq!(two("/a/b/c"), Some(4_096_000));
    limit("a/b", "8192000\n");
    assert_eq!(two("/a/b/c"), Some(4_096_000));
    limit("", "1000\n");
    assert_eq!(two("/a/b/c"), Some(1000));
    assert_eq!(two("/"), Some(1000));
    limit("", "nonsense\n");
    assert_eq!(two("/"), None);
    // A container may see its own group as the root of all.
    assert_eq!(two("/docker/0123"), None);
    limit("", "2000\n");
    assert_eq!(two("/docker/0123"), Some(2000));
    assert_eq!(least_of(&mount, "/a", Version::One), None);
    std::fs::write(mount.join("a/memory.limit_in_bytes"), "3000\n").unwrap();
    assert_eq!(least_of(&mount, "/a", Version::One), Some(3000));
    // Too long to be known.
    assert_eq!(two(&format!("/{}", "x".repeat(PATH))), None);
    std::fs::remove_dir_all(mount).unwrap();
}
