//! Course files over HTTP: straight from the zip, as gzip or as they are, in parts, and only to who
//! holds a session.

use flate2::read::GzDecoder;
use harness::Backend;
use harness::reqwest::header::{self, HeaderMap, HeaderName};
use harness::reqwest::{Method, Response, StatusCode};
use package::testkit::{RawArchive, RawEntry};
use std::io::{Read, Write};
use std::net::TcpStream;
use support::{Launch, Service};

const PROGRAM: &str = env!("CARGO_BIN_EXE_attestry");

const PAGE: &[u8] = b"<!doctype html><title>A page</title><p>The same words again and again: \
    again and again and again and again and again.";
const SCRIPT: &[u8] = b"export const answer = 42; // 42 42 42 42 42 42 42 42 42 42 42 42 42 42 42";
const MEDIA_BYTES: usize = 3 << 20;

/// Bytes that differ from place to place and deflate a little.
fn media() -> Vec<u8> {
    let mut state = 7_u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state.to_be_bytes()[0] & 0x3f
    };
    (0..MEDIA_BYTES).map(|_| next()).collect()
}

/// The probe course with files of every kind beside its own.
fn package() -> Vec<u8> {
    let sample = samples::named("api-probe-12").expect("the probe is a sample");
    let own = sample.files.iter().map(|(path, bytes)| RawEntry::deflated(path, bytes));
    let media = media();
    let more = [
        RawEntry::deflated("extra/page.html", PAGE),
        RawEntry::deflated("extra/script.js", SCRIPT),
        RawEntry::deflated("extra/video.mp4", &media),
        RawEntry::stored("extra/sound.mp3", &media),
        RawEntry::stored("extra/stored page.html", PAGE),
        RawEntry::stored("extra/Übung.css", b"p { margin: 0 }"),
    ];
    RawArchive::of(own.chain(more)).build()
}

/// A server with the course in it, and a session that plays it.
struct Playing {
    service: Service,
    launch: Launch,
    origin: String,
    session: String,
}

impl Playing {
    async fn start(backend: Backend) -> Self {
        let service = Service::start(PROGRAM, backend).await;
        let launch = service.launch(&service.import(package()).await).await;
        let (origin, _) = launch.url.split_once("/launch/").expect("the link is a launch link");
        let origin = origin.to_owned();
        let answer = service.client().get(&launch.url).send().await.expect("it answers");
        assert_eq!(answer.status(), StatusCode::SEE_OTHER);
        let location = text(answer.headers(), &header::LOCATION);
        let session = location.strip_prefix("/play/").and_then(|rest| rest.strip_suffix('/'));
        let session = session.expect("the link leads to the player").to_owned();
        Self { service, launch, origin, session }
    }

    async fn send(&self, method: Method, path: &str, headers: &[(&str, &str)]) -> Response {
        let address = format!("{}/c/{}/{path}", self.origin, self.session);
        let request = self.service.client().request(method, address);
        let request = headers.iter().fold(request, |all, (name, value)| all.header(*name, *value));
        request.send().await.expect("it answers")
    }

    async fn get(&self, path: &str, headers: &[(&str, &str)]) -> Response {
        self.send(Method::GET, path, headers).await
    }

    /// The status of a request whose target is sent exactly as it is: clients tidy paths up.
    fn status_of(&self, target: &str) -> u16 {
        let host = self.origin.trim_start_matches("http://");
        let (_, port) = host.rsplit_once(':').expect("the origin has a port");
        let mut stream = TcpStream::connect(format!("127.0.0.1:{port}")).expect("it listens");
        write!(stream, "GET {target} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n")
            .expect("it reads");
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).expect("it answers");
        let line = String::from_utf8_lossy(&answer);
        let status = line.split(' ').nth(1).and_then(|status| status.parse().ok());
        status.unwrap_or_else(|| panic!("{target}: no status in {line:?}"))
    }
}

fn text(headers: &HeaderMap, name: &HeaderName) -> String {
    let value = headers.get(name).unwrap_or_else(|| panic!("no {name} in {headers:#?}"));
    value.to_str().expect("the header is ASCII").to_owned()
}

async fn bytes(answer: Response) -> Vec<u8> {
    answer.bytes().await.expect("the body is whole").to_vec()
}

#[tokio::test]
async fn deflated_files_go_out_as_gzip_to_who_takes_it_and_plain_to_others() {
    let playing = Playing::start(Backend::Sqlite).await;
    for (path, media_type, content) in
        [("extra/page.html", "text/html", PAGE), ("extra/script.js", "text/javascript", SCRIPT)]
    {
        let plain = playing.get(path, &[]).await;
        assert_eq!(plain.status(), StatusCode::OK, "{path}");
        assert!(!plain.headers().contains_key(header::CONTENT_ENCODING), "{path}");
        assert!(text(plain.headers(), &header::CONTENT_TYPE).starts_with(media_type), "{path}");
        let plain_tag = text(plain.headers(), &header::ETAG);
        assert_eq!(bytes(plain).await, content, "{path}");

        let packed = playing.get(path, &[("Accept-Encoding", "br, gzip;q=0.5")]).await;
        assert_eq!(text(packed.headers(), &header::CONTENT_ENCODING), "gzip", "{path}");
        assert_eq!(text(packed.headers(), &header::VARY).to_ascii_lowercase(), "accept-encoding");
        assert_ne!(text(packed.headers(), &header::ETAG), plain_tag, "codings differ");
        let length = text(packed.headers(), &header::CONTENT_LENGTH);
        let packed = bytes(packed).await;
        assert_eq!(length, packed.len().to_string(), "{path}");
        let mut unpacked = Vec::new();
        GzDecoder::new(&packed[..]).read_to_end(&mut unpacked).expect("it is gzip");
        assert_eq!(unpacked, content, "{path}");

        let refused = playing.get(path, &[("Accept-Encoding", "gzip;q=0, identity")]).await;
        assert!(!refused.headers().contains_key(header::CONTENT_ENCODING), "{path}");
        assert_eq!(bytes(refused).await, content, "{path}");
    }
    // What is stored is sent as it is stored.
    let gzip = [("Accept-Encoding", "gzip")];
    for path in ["extra/stored%20page.html", "extra/stored page.html"] {
        let stored = playing.get(path, &gzip).await;
        assert!(!stored.headers().contains_key(header::CONTENT_ENCODING));
        assert_eq!(bytes(stored).await, PAGE);
    }
    let named = playing.get("extra/%C3%9Cbung.css", &gzip).await;
    assert!(text(named.headers(), &header::CONTENT_TYPE).starts_with("text/css"));
    assert_eq!(bytes(named).await, b"p { margin: 0 }");
}

#[tokio::test]
async fn a_file_that_is_known_is_not_sent_again_and_head_tells_without_a_body() {
    let playing = Playing::start(Backend::Sqlite).await;
    for path in ["extra/page.html", "extra/video.mp4", "extra/sound.mp3"] {
        for coding in ["identity", "gzip"] {
            let coding = ("Accept-Encoding", coding);
            let first = playing.get(path, &[coding]).await;
            let (headers, body) = (first.headers().clone(), bytes(first).await);
            let tag = text(&headers, &header::ETAG);
            let again = playing.get(path, &[coding, ("If-None-Match", &tag)]).await;
            assert_eq!(again.status(), StatusCode::NOT_MODIFIED, "{path} {coding:?}");
            assert_eq!(text(again.headers(), &header::ETAG), tag);
            assert!(bytes(again).await.is_empty(), "{path}");
            let other = playing.get(path, &[coding, ("If-None-Match", "\"other\"")]).await;
            assert_eq!(other.status(), StatusCode::OK, "{path}");

            let head = playing.send(Method::HEAD, path, &[coding]).await;
            assert_eq!(head.status(), StatusCode::OK, "{path}");
            for name in [header::ETAG, header::CONTENT_TYPE, header::CONTENT_LENGTH] {
                assert_eq!(head.headers().get(&name), headers.get(&name), "{path} {name}");
            }
            assert_eq!(text(head.headers(), &header::CONTENT_LENGTH), body.len().to_string());
            assert!(bytes(head).await.is_empty(), "{path}");
        }
    }
}

#[tokio::test]
async fn media_is_sent_in_parts_whether_stored_or_deflated() {
    let playing = Playing::start(Backend::Sqlite).await;
    let whole = media();
    let size = whole.len();
    for (path, media_type) in [("extra/video.mp4", "video/mp4"), ("extra/sound.mp3", "audio/mpeg")]
    {
        let all = playing.get(path, &[("Accept-Encoding", "gzip")]).await;
        assert_eq!(all.status(), StatusCode::OK, "{path}");
        assert_eq!(text(all.headers(), &header::CONTENT_TYPE), media_type);
        assert_eq!(text(all.headers(), &header::ACCEPT_RANGES), "bytes");
        assert!(!all.headers().contains_key(header::CONTENT_ENCODING), "{path}");
        let tag = text(all.headers(), &header::ETAG);
        assert!(bytes(all).await == whole, "{path} differs");

        let middle = size / 2;
        for (range, part) in [
            ("bytes=0-0".to_owned(), 0..1),
            ("bytes=0-1023".to_owned(), 0..1024),
            (format!("bytes={middle}-{}", middle + 70_000), middle..middle + 70_001),
            (format!("bytes={}-", size - 10), size - 10..size),
            ("bytes=-500".to_owned(), size - 500..size),
            (format!("bytes=100-{}", size * 2), 100..size),
        ] {
            let headers = [("Range", range.as_str()), ("Accept-Encoding", "gzip")];
            let answer = playing.get(path, &headers).await;
            assert_eq!(answer.status(), StatusCode::PARTIAL_CONTENT, "{path} {range}");
            assert!(!answer.headers().contains_key(header::CONTENT_ENCODING), "{path}");
            let stated = text(answer.headers(), &header::CONTENT_RANGE);
            assert_eq!(stated, format!("bytes {}-{}/{size}", part.start, part.end - 1));
            assert!(bytes(answer).await == whole[part], "{path} {range}");
        }
        let beyond = format!("bytes={size}-");
        let answer = playing.get(path, &[("Range", &beyond)]).await;
        assert_eq!(answer.status(), StatusCode::RANGE_NOT_SATISFIABLE, "{path}");
        assert_eq!(text(answer.headers(), &header::CONTENT_RANGE), format!("bytes */{size}"));
        let part = [("Range", "bytes=5-9"), ("If-Range", tag.as_str())];
        assert_eq!(playing.get(path, &part).await.status(), StatusCode::PARTIAL_CONTENT);
        let changed = [("Range", "bytes=5-9"), ("If-Range", "\"another\"")];
        assert_eq!(playing.get(path, &changed).await.status(), StatusCode::OK);
    }
}

#[tokio::test]
async fn a_path_leads_to_files_of_the_package_or_nowhere() {
    let playing = Playing::start(Backend::Sqlite).await;
    assert_eq!(playing.get("extra/none.html", &[]).await.status(), StatusCode::NOT_FOUND);
    let session = &playing.session;
    assert_eq!(playing.status_of(&format!("/c/{session}/extra/page.html")), 200);
    for path in [
        "../../../etc/passwd",
        "../../etc/passwd",
        "..%2f..%2f..%2fetc%2fpasswd",
        "%2e%2e/%2e%2e/etc/passwd",
        "extra/../../../etc/passwd",
        "..\\..\\etc\\passwd",
        "..%5c..%5cetc%5cpasswd",
        "/etc/passwd",
        "%2fetc%2fpasswd",
        "extra/page.html%00",
        "%c0%ae%c0%ae/etc/passwd",
        "%FF",
        "C:/windows",
        "",
        "extra/",
        "extra",
    ] {
        let status = playing.status_of(&format!("/c/{session}/{path}"));
        assert!([400, 404].contains(&status), "{path}: {status}");
    }
}

#[tokio::test]
async fn only_a_session_opens_a_course_and_a_link_makes_one_once() {
    for backend in Backend::ALL {
        if let Some(why) = backend.missing() {
            harness::skip(&why);
            continue;
        }
        let playing = Playing::start(backend).await;
        assert_eq!(playing.get("extra/page.html", &[]).await.status(), StatusCode::OK);
        let client = playing.service.client();
        let again = client.get(&playing.launch.url).send().await.expect("it answers");
        assert_eq!(again.status(), StatusCode::FORBIDDEN, "the link was used");
        assert!(text(again.headers(), &header::CONTENT_TYPE).starts_with("text/html"));
        for path in ["/launch/unknown", "/c/unknown/extra/page.html", "/play/unknown/"] {
            let answer = client.get(format!("{}{path}", playing.origin)).send().await;
            let answer = answer.expect("it answers");
            assert_eq!(answer.status(), StatusCode::FORBIDDEN, "{path}");
        }
        // The session that the link made goes on.
        assert_eq!(playing.get("extra/page.html", &[]).await.status(), StatusCode::OK);
    }
}

#[tokio::test]
async fn both_origins_set_their_security_headers_and_content_sets_no_cookie() {
    let playing = Playing::start(Backend::Sqlite).await;
    let client = playing.service.client();
    let main = client.get(playing.service.main("/")).send().await.expect("it answers");
    let policy = text(main.headers(), &header::CONTENT_SECURITY_POLICY);
    assert!(policy.contains("default-src 'none'"), "{policy}");
    assert!(policy.contains("frame-ancestors 'none'"), "{policy}");
    assert_eq!(text(main.headers(), &header::X_CONTENT_TYPE_OPTIONS), "nosniff");
    assert_eq!(text(main.headers(), &header::CACHE_CONTROL), "no-store");
    assert_eq!(text(main.headers(), &header::REFERRER_POLICY), "same-origin");

    let session = &playing.session;
    for path in [
        format!("/play/{session}/"),
        format!("/play/{session}/rte/table.json"),
        format!("/c/{session}/extra/page.html"),
        format!("/c/{session}/none"),
        "/c/unknown/page.html".to_owned(),
        "/launch/unknown".to_owned(),
        "/healthz".to_owned(),
        "/nothing".to_owned(),
    ] {
        let answer = client.get(format!("{}{path}", playing.origin)).send().await;
        let answer = answer.expect("it answers");
        let headers = answer.headers();
        assert!(!headers.contains_key(header::SET_COOKIE), "{path}");
        let policy = text(headers, &header::CONTENT_SECURITY_POLICY);
        // The refused learner's page does nothing that a frame around it could misuse.
        let part =
            if path.starts_with("/launch/") { "default-src 'none'" } else { "frame-ancestors" };
        assert!(policy.contains(part), "{path}: {policy}");
        assert_eq!(text(headers, &header::REFERRER_POLICY), "same-origin", "{path}");
        if !path.starts_with("/c/") {
            assert_eq!(text(headers, &header::X_CONTENT_TYPE_OPTIONS), "nosniff", "{path}");
        }
    }
    // The console and the APIs are not on the content origin.
    for path in ["/courses", "/api/v1/courses", "/xapi/about", "/sign-in"] {
        let answer = client.get(format!("{}{path}", playing.origin)).send().await;
        assert_eq!(answer.expect("it answers").status(), StatusCode::NOT_FOUND, "{path}");
    }
}
