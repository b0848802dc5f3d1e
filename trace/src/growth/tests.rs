use crate::file::Trace;
use crate::sample;
use crate::stat::Stat;

#[test]
fn the_programs_own_function_is_named_first() {
    let trace = Trace::new(Box::new(sample::write(Vec::new(), 3000).unwrap())).unwrap();
    let stat = Stat::of(&trace, None, |_| ()).unwrap();
    let groups = stat.growths.groups();
    let said: Vec<_> = groups.iter().map(|group| group.stack.sentence()).collect();
    let [index, handle] = ["main.loadIndex", "main.handle in encoding/json.(*Decoder).Decode"];
    assert!(said.contains(&index.to_owned()) && said.contains(&handle.to_owned()), "{said:?}");
    // The runtime's own functions say nothing.
    let handle = &groups.iter().find(|group| group.stack.sentence() == handle).unwrap().stack;
    assert_eq!(
        handle.names(),
        ["encoding/json.(*Decoder).refill", "encoding/json.(*Decoder).Decode", "main.handle"]
    );
    assert_eq!(handle.own, Some(2));
    let bytes: u64 = groups.iter().map(|group| group.bytes).sum();
    assert_eq!(bytes, stat.growths.all.iter().map(|one| one.bytes).sum::<u64>());
    assert!(groups.windows(2).all(|two| two[0].bytes >= two[1].bytes));
}

mod own {
    use super::super::Stack;
    use crate::file::Trace;
    use crate::format::header::Header;
    use crate::write::Writer;

    fn sentence(frames: &[(&str, &str)]) -> String {
        let mut to = Writer::new(Vec::new(), &Header::default()).unwrap();
        let pcs: Vec<u64> = (1..=frames.len() as u64).collect();
        for (pc, (name, file)) in pcs.iter().zip(frames) {
            to.function(*pc, name, file, 1).unwrap();
        }
        let trace = Trace::new(Box::new(to.finish().unwrap())).unwrap();
        Stack::new(&trace, &pcs).sentence()
    }

    #[test]
    fn is_known_by_its_file() {
        let said = sentence(&[
            ("runtime.newobject", "/go/src/runtime/malloc.go"),
            ("strings.Repeat", "/go/src/strings/strings.go"),
            ("server/api.Handle", "/home/me/server/api/api.go"),
        ]);
        assert_eq!(said, "server/api.Handle in strings.Repeat");
    }

    #[test]
    fn is_known_by_its_package_without_files() {
        let said = sentence(&[
            ("runtime.newobject", "runtime/malloc.go"),
            ("encoding/json.Marshal", "encoding/json/encode.go"),
            ("example.com/server/api.Handle", "example.com/server/api/api.go"),
        ]);
        assert_eq!(said, "example.com/server/api.Handle in encoding/json.Marshal");
    }

    #[test]
    fn is_not_made_up() {
        let collector = [("runtime.gcBgMarkWorker", "/go/src/runtime/mgc.go")];
        assert_eq!(sentence(&collector), "runtime.gcBgMarkWorker");
        assert_eq!(sentence(&[]), "not recorded");
    }
}
