//! A site of somebody else: a few pages on a port of their own.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;

/// A path without the slash at its beginning, and what is there.
pub type File = (String, Vec<u8>);

/// Serves `files` until the process ends; the origin, under `host` (`127.0.0.1` or `localhost`,
/// which are two sites to a browser).
pub fn serve(host: &str, files: Vec<File>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let port = listener.local_addr().expect("it is bound").port();
    let files = Arc::new(files);
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let files = Arc::clone(&files);
            thread::spawn(move || answer(stream, &files));
        }
    });
    format!("http://{host}:{port}")
}

fn answer(mut stream: TcpStream, files: &[File]) -> Option<()> {
    let mut request = BufReader::new(stream.try_clone().ok()?).lines();
    let line = request.next()?.ok()?;
    while !request.next()?.ok()?.is_empty() {}
    let path = line.split(' ').nth(1)?.trim_start_matches('/').split('?').next()?;
    let found = files.iter().find(|(name, _)| name == path);
    let (status, body) = found.map_or(("404 Not Found", &[][..]), |(_, body)| ("200 OK", body));
    let kind = match path.rsplit('.').next() {
        Some("js" | "mjs") => "text/javascript",
        Some("json") => "application/json",
        _ => "text/html; charset=utf-8",
    };
    let length = body.len();
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\n\
         Connection: close\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body)).ok()
}
