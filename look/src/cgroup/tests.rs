use super::{Kind, folder, nearest};
use std::fs;
use std::path::Path;

const V2: &str = "29 22 0:26 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw,nsdelegate";
const V1: &str = "36 32 0:30 /docker/ab /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory\n\
                  37 32 0:31 / /sys/fs/cgroup/cpu ro - cgroup cgroup rw,cpu";

#[test]
fn the_folder_is_the_mount_point_and_the_path() {
    let found = |own, mounts, kind| folder(own, mounts, kind).map(|(folder, _)| folder);
    let expected = Path::new("/sys/fs/cgroup/system.slice/a b.service");
    assert_eq!(found("0::/system.slice/a b.service", V2, Kind::V2).as_deref(), Some(expected));
    let v1 = "12:cpu,cpuacct:/docker/ab\n9:memory:/docker/ab/x\n0::/";
    assert_eq!(found(v1, V1, Kind::V1).as_deref(), Some(Path::new("/sys/fs/cgroup/memory/x")));
    assert_eq!(found("9:memory:/elsewhere", V1, Kind::V1), None);
    assert_eq!(found("0::/../other", V2, Kind::V2), None);
    assert_eq!(found("0::/", V1, Kind::V2), None);
}

#[test]
fn the_nearest_limit_above_counts() {
    let top = std::env::temp_dir().join(format!("gosbrk-look-cgroup-{}", std::process::id()));
    let inner = top.join("pod/container");
    fs::create_dir_all(&inner).unwrap();
    let write = |folder: &Path, current: &str, max: &str| {
        fs::write(folder.join("memory.current"), current).unwrap();
        fs::write(folder.join("memory.max"), max).unwrap();
    };
    write(&inner, "100\n", "max\n");
    assert_eq!(nearest(&inner, &top, Kind::V2).unwrap().max, None);
    write(&top.join("pod"), "300\n", "4096\n");
    let limit = nearest(&inner, &top, Kind::V2).unwrap();
    assert_eq!((limit.current, limit.max), (300, Some(4096)));
    write(&inner, "100\n", "200\n");
    assert_eq!(nearest(&inner, &top, Kind::V2).unwrap().current, 100);
    assert_eq!(nearest(&top.join("nowhere"), &top.join("nowhere"), Kind::V2), None);
    fs::remove_dir_all(top).unwrap();
}
