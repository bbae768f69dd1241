//! Course files, straight from inside the stored zip: `/c/{session}/{path}`.
//!
//! A deflated file is sent as it lies in the archive, framed as gzip, to who takes gzip. Media is
//! always sent plain, so that players can seek: stored media by position in the archive, deflated
//! media from its inflated copy.

use crate::{
    accept::takes_gzip,
    problem::Problem,
    range::{Wanted, wanted},
    stream::{Source, Stretch, sized},
};
use actix_web::{
    HttpRequest, HttpResponse,
    body::BoxBody,
    http::{
        StatusCode,
        header::{self, HeaderMap, HeaderName},
    },
    web::{self, Data, ServiceConfig},
};
use app::{App, ContentError, ContentFile};
use blob::BlobReader;
use package::Entry;
use percent_encoding::percent_decode_str;
use std::{fs, io, io::Read, ops::Range, sync::Arc};

/// A session's path belongs to one course version, which never changes; the learner's browser
/// alone may keep what it got.
const CACHE: &str = "private, max-age=86400, immutable";
/// Bytes inflated at a time.
const INFLATED_CHUNK_BYTES: u64 = 128 * 1024;

/// The routes of course files.
pub(crate) fn routes(config: &mut ServiceConfig) {
    let resource = web::resource("/c/{session}/{path:.*}");
    config.service(resource.route(web::get().to(file)).route(web::head().to(file)));
}

async fn file(request: HttpRequest, app: Data<App>) -> Result<HttpResponse, Problem> {
    let (token, path) = session_and_path(request.path()).ok_or_else(Problem::not_found)?;
    let file = app.content_file(token, &path).await.map_err(refused)?;
    let media_type = file.entry.media_type();
    let is_media = package::is_media(media_type);
    let tag = entity_tag(&file.entry, goes_as_gzip(request.headers(), &file.entry, is_media));
    let answer = plan(request.headers(), &file.entry, is_media);
    let mut response = HttpResponse::build(answer.status());
    response
        .insert_header((header::CONTENT_TYPE, media_type))
        .insert_header((header::CACHE_CONTROL, CACHE))
        .insert_header((header::ETAG, tag))
        .insert_header((header::VARY, "accept-encoding"));
    let length = file.entry.length;
    if !file.entry.deflated || is_media {
        response.insert_header((header::ACCEPT_RANGES, "bytes"));
    }
    let body = match answer {
        Answer::NotModified => return Ok(response.finish()),
        Answer::Unsatisfiable => return Err(Problem::unsatisfiable(length)),
        Answer::Gzip => {
            response.insert_header((header::CONTENT_ENCODING, "gzip"));
            gzip(&file).await
        }
        Answer::Whole => plain(&app, &file, 0..length, false).await,
        Answer::Part(range) => {
            let (first, last) = (range.start, range.end.saturating_sub(1));
            let value = format!("bytes {first}-{last}/{length}");
            response.insert_header((header::CONTENT_RANGE, value));
            plain(&app, &file, range, true).await
        }
    };
    Ok(response.body(body?))
}

/// The session's token and the decoded path of a file in its package.
fn session_and_path(path: &str) -> Option<(&str, String)> {
    let (token, path) = path.strip_prefix("/c/")?.split_once('/')?;
    Some((token, percent_decode_str(path).decode_utf8().ok()?.into_owned()))
}

/// How a file is answered.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Answer {
    NotModified,
    Unsatisfiable,
    Gzip,
    Whole,
    Part(Range<u64>),
}

impl Answer {
    const fn status(&self) -> StatusCode {
        match self {
            Self::NotModified => StatusCode::NOT_MODIFIED,
            Self::Unsatisfiable => StatusCode::RANGE_NOT_SATISFIABLE,
            Self::Gzip | Self::Whole => StatusCode::OK,
            Self::Part(_) => StatusCode::PARTIAL_CONTENT,
        }
    }
}

/// Whether a request gets this file in its deflated coding.
fn goes_as_gzip(headers: &HeaderMap, entry: &Entry, is_media: bool) -> bool {
    let accepted = headers.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok());
    entry.deflated && !is_media && takes_gzip(accepted)
}

fn plan(headers: &HeaderMap, entry: &Entry, is_media: bool) -> Answer {
    let value = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    let as_gzip = goes_as_gzip(headers, entry, is_media);
    let tag = entity_tag(entry, as_gzip);
    if let Some(known) = value(header::IF_NONE_MATCH) {
        let same = |one: &str| one == "*" || one.trim_start_matches("W/") == tag;
        if known.split(',').map(str::trim).any(same) {
            return Answer::NotModified;
        }
    }
    if as_gzip {
        return Answer::Gzip;
    }
    // Ranges of a deflated file that is no media would cost inflating it: nobody asks for them.
    let seekable = is_media || !entry.deflated;
    let current = value(header::IF_RANGE).is_none_or(|known| known.trim() == tag);
    let range = value(header::RANGE).filter(|_| seekable && current);
    match wanted(range, entry.length) {
        Wanted::All => Answer::Whole,
        Wanted::Part(range) => Answer::Part(range),
        Wanted::Unsatisfiable => Answer::Unsatisfiable,
    }
}

/// Differs between the two codings of a file, as strong tags must.
fn entity_tag(entry: &Entry, as_gzip: bool) -> String {
    let coding = if as_gzip { "-gzip" } else { "" };
    format!("\"{:08x}-{:x}{coding}\"", entry.crc32, entry.length)
}

async fn gzip(file: &ContentFile) -> Result<BoxBody, Problem> {
    let entry = &file.entry;
    let range = entry.offset..entry.offset.saturating_add(entry.packed);
    let stretch = Stretch::new(file.package.clone(), range)
        .framed(Entry::GZIP_HEADER.to_vec(), entry.gzip_trailer().to_vec());
    stretch.body().await.map_err(Problem::unreadable)
}

/// The unpacked bytes in `range`; `seeks` when the client jumps about in the file.
async fn plain(
    app: &App,
    file: &ContentFile,
    range: Range<u64>,
    seeks: bool,
) -> Result<BoxBody, Problem> {
    let length = range.end.saturating_sub(range.start);
    if let Some((offset, length)) = file.entry.stored_range(range.start, length) {
        let stretch = Stretch::new(file.package.clone(), offset..offset.saturating_add(length));
        return stretch.body().await.map_err(Problem::unreadable);
    }
    if seeks && let Some(inflated) = app.seekable(file).await? {
        let reader = Arc::new(Inflated { file: inflated, size: file.entry.length });
        return Stretch::new(reader, range).body().await.map_err(Problem::unreadable);
    }
    let (entry, source) = (file.entry.clone(), file.source());
    let reading = web::block(move || entry.unpack_range(source, range.start, length));
    let reader = reading.await.map_err(Problem::internal)?.map_err(Problem::internal)?;
    Ok(sized(length, Inflating { reader }))
}

/// An inflated copy of a media file.
#[derive(Debug)]
struct Inflated {
    file: fs::File,
    size: u64,
}

impl BlobReader for Inflated {
    fn size(&self) -> u64 {
        self.size
    }

    fn read_exact_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        std::os::unix::fs::FileExt::read_exact_at(&self.file, buffer, offset)
    }
}

/// A file that is inflated while it is sent.
struct Inflating<R> {
    reader: R,
}

impl<R: Read + Send + 'static> Source for Inflating<R> {
    fn next_chunk(&mut self) -> io::Result<Vec<u8>> {
        let mut chunk = Vec::new();
        self.reader.by_ref().take(INFLATED_CHUNK_BYTES).read_to_end(&mut chunk)?;
        Ok(chunk)
    }
}

fn refused(error: ContentError) -> Problem {
    match error {
        ContentError::UnknownSession => Problem::new(
            StatusCode::FORBIDDEN,
            "unknown-session",
            "this course session is over; start the course again from where you began",
        ),
        ContentError::NoFile(_) => Problem::not_found(),
        ContentError::App(error) => error.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::http::header::HeaderValue;

    fn entry(deflated: bool) -> Entry {
        let path = "a".to_owned();
        Entry { path, offset: 0, packed: 10, length: 100, deflated, crc32: 0xab }
    }

    fn answer(pairs: &[(HeaderName, &'static str)], deflated: bool, is_media: bool) -> Answer {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.insert(name.clone(), HeaderValue::from_static(value));
        }
        plan(&headers, &entry(deflated), is_media)
    }

    #[test]
    fn deflated_files_go_out_as_gzip_to_who_takes_it_unless_they_are_media() {
        let gzip = [(header::ACCEPT_ENCODING, "gzip, br")];
        assert_eq!(answer(&gzip, true, false), Answer::Gzip);
        assert_eq!(answer(&gzip, true, true), Answer::Whole);
        assert_eq!(answer(&gzip, false, false), Answer::Whole);
        assert_eq!(answer(&[], true, false), Answer::Whole);
    }

    #[test]
    fn ranges_work_in_stored_files_and_in_all_media() {
        let range = [(header::RANGE, "bytes=10-19")];
        assert_eq!(answer(&range, false, false), Answer::Part(10..20));
        assert_eq!(answer(&range, true, true), Answer::Part(10..20));
        assert_eq!(answer(&range, true, false), Answer::Whole);
        assert_eq!(answer(&[(header::RANGE, "bytes=100-")], true, true), Answer::Unsatisfiable);
    }

    #[test]
    fn a_range_of_an_older_file_gives_the_whole_new_one() {
        let with = |tag| [(header::RANGE, "bytes=0-0"), (header::IF_RANGE, tag)];
        assert_eq!(answer(&with("\"000000ab-64\""), false, false), Answer::Part(0..1));
        assert_eq!(answer(&with("\"00000000-64\""), false, false), Answer::Whole);
        assert_eq!(answer(&with("W/\"000000ab-64\""), false, false), Answer::Whole);
    }

    #[test]
    fn a_known_tag_is_not_sent_again_and_belongs_to_its_coding() {
        let known = |tag| answer(&[(header::IF_NONE_MATCH, tag)], true, false);
        assert_eq!(known("\"x\", W/\"000000ab-64\""), Answer::NotModified);
        assert_eq!(known("*"), Answer::NotModified);
        assert_eq!(known("\"000000ab-64-gzip\""), Answer::Whole);
    }

    #[test]
    fn paths_are_decoded_once() {
        let expected = Some(("tok", "a b/ü%20.js".to_owned()));
        assert_eq!(session_and_path("/c/tok/a%20b/%C3%BC%2520.js"), expected);
        assert_eq!(session_and_path("/c/tok/%FF"), None);
        assert_eq!(session_and_path("/c/tok"), None);
    }
}
