//! As much of HTTP as chromedriver needs.

use serde_json::Value;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;

/// Sends a request, and gives the field `value` of the answer.
///
/// # Panics
/// When there is no answer, or none in JSON.
pub fn request(port: u16, method: &str, path: &str, body: Option<&Value>) -> Value {
    let body = body.map_or_else(String::new, Value::to_string);
    let mut stream = TcpStream::connect(("127.0.0.1", port)).expect("chromedriver listens");
    write!(
        stream,
        "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .expect("chromedriver reads");
    let mut answer = Vec::new();
    // The header says how long it is: chromedriver may keep the connection.
    let mut buffer = [0; 1 << 14];
    loop {
        let text = String::from_utf8_lossy(&answer);
        if let Some((head, rest)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| {
                let (name, value) = line.split_once(':')?;
                name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>())
            });
            if length.is_some_and(|length| length.is_ok_and(|length| rest.len() >= length)) {
                let value: Value = serde_json::from_str(rest).expect("JSON");
                return value["value"].clone();
            }
        }
        let count = stream.read(&mut buffer).expect("an answer");
        assert!(count > 0, "chromedriver hung up: {text}");
        answer.extend_from_slice(&buffer[..count]);
    }
}
