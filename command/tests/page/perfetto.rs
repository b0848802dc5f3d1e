//! `gosbrk trace export --perfetto` in Perfetto's own `trace_processor`, as its user interface
//! runs it in a browser. `tools/setup-perfetto.sh` gets that; `GOSBRK_PERFETTO` names its folder.

use crate::common::{scratch, skip, succeed};
use crate::programs::{self, gosbrk};
use gosbrk_look::model::ROWS;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};

/// Answers for the files of a folder, as long as the test runs. Gives the port.
fn serve(folder: PathBuf) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("its address").port();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let folder = folder.clone();
            // A browser that goes away in the middle is none of the test's business.
            std::thread::spawn(move || answer(stream, &folder).ok());
        }
    });
    port
}

fn answer(mut stream: TcpStream, folder: &Path) -> std::io::Result<()> {
    let mut lines = BufReader::new(stream.try_clone()?).lines();
    let first = lines.next().transpose()?.unwrap_or_default();
    while lines.next().transpose()?.is_some_and(|line| !line.is_empty()) {}
    let path = first.split(' ').nth(1).unwrap_or("/").split('?').next().unwrap_or("/");
    let name = if path == "/" { "index.html" } else { path.trim_start_matches('/') };
    let Ok(body) = std::fs::read(folder.join(name)) else {
        return stream.write_all(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
    };
    let kind = match name.rsplit('.').next() {
        Some("html") => "text/html",
        Some("js") => "text/javascript",
        Some("css") => "text/css",
        Some("json") => "application/json",
        Some("wasm") => "application/wasm",
        _ => "application/octet-stream",
    };
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes())?;
    stream.write_all(&body)
}

/// Asks `trace_processor`, once it has read the file.
const ASK: &str = "const engine = self.app?.trace?.engine; \
    if (!engine) return null; \
    const all = async (sql) => { \
        const result = await engine.query(sql), rows = []; \
        for (const it = result.iter({}); it.valid(); it.next()) \
            rows.push(result.columns().map((name) => String(it.get(name)))); \
        return rows; }; \
    const ask = async () => ({ \
        wrong: await all(\"select name, value from stats where severity != 'info' and value > 0\"), \
        counters: await all('select t.name, max(c.value) from counter c join track t on c.track_id = t.id group by 1'), \
        growths: await all(\"select count(*) from slice where name glob 'heap grew:*'\") }); \
    return ask();";

#[test]
fn trace_processor_reads_the_timeline() {
    let check = "the timeline in Perfetto's trace_processor";
    let Some(ui) = std::env::var_os("GOSBRK_PERFETTO").map(PathBuf::from) else {
        return skip(check, "GOSBRK_PERFETTO does not name it: see make test-perfetto");
    };
    let Some(browser) = crate::browser(check) else { return };
    let dir = scratch("page-perfetto");
    let trace = programs::record(&dir, "compact", "service", &["2"]);
    let name = "gosbrk-timeline.json";
    let timeline = ui.join(name);
    succeed(gosbrk().args(["trace", "export", "--perfetto", "-o"]).arg(&timeline).arg(&trace));
    let stat = succeed(gosbrk().args(["trace", "stat", "--json"]).arg(&trace));
    let stat: Value = serde_json::from_str(&stat).unwrap();

    let at = format!("http://127.0.0.1:{}/", serve(ui));
    browser.send("url", &json!({"url": format!("{at}#!/?url={at}{name}")}));
    let told = browser.wait("Perfetto has read the timeline", ASK);
    std::fs::remove_file(timeline).unwrap();

    assert_eq!(told["wrong"], json!([]), "{told}");
    let counters: BTreeMap<&str, f64> = told["counters"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| (row[0].as_str().unwrap(), row[1].as_str().unwrap().parse().unwrap()))
        .collect();
    for row in &ROWS {
        assert!(counters.contains_key(format!("{} bytes", row.name).as_str()), "{}", row.name);
    }
    let peak = stat["moments"]["peak"]["rss"].as_f64().unwrap();
    let highest = counters[format!("{} bytes", ROWS[9].name).as_str()];
    assert!((highest - peak).abs() < 1.0, "{highest} resident at the most, {peak} by stat");
    let growths = stat["heap_growths"].as_array().unwrap();
    let growths: u64 = growths.iter().map(|group| group["count"].as_u64().unwrap()).sum();
    assert_eq!(told["growths"], json!([[growths.to_string()]]));
}
