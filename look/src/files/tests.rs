use super::{mapped, numbers, opened};
use crate::process::Process;
use std::fs::{self, File};

fn me() -> Process {
    Process::open(i32::try_from(std::process::id()).unwrap()).unwrap()
}

#[test]
fn an_open_file_is_found_also_without_its_name() {
    let path = std::env::temp_dir().join(format!("gosbrk open {}", std::process::id()));
    fs::write(&path, "text").unwrap();
    let file = File::open(&path).unwrap();
    let name = path.to_str().unwrap();
    let find = |name: &str| opened(&me()).unwrap().into_iter().find(|file| file.name == name);
    assert_eq!(fs::read(find(name).unwrap().path).unwrap(), b"text");
    fs::remove_file(&path).unwrap();
    assert!(find(name).is_none());
    assert_eq!(fs::read(find(&format!("{name} (deleted)")).unwrap().path).unwrap(), b"text");
    drop(file);
    assert!(find(&format!("{name} (deleted)")).is_none());
}

#[test]
fn a_program_has_its_own_file_mapped() {
    let own = std::env::current_exe().unwrap();
    let all = mapped(&me()).unwrap();
    let found: Vec<_> = all.iter().filter(|file| file.name == own.to_str().unwrap()).collect();
    assert_eq!(found.len(), 1);
    assert_eq!(fs::metadata(&found[0].path).unwrap().len(), fs::metadata(&own).unwrap().len());
}

#[test]
fn a_process_knows_its_number() {
    assert_eq!(numbers(&me())[0], u64::from(std::process::id()));
}
