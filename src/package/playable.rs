//! What browsers make of a file, by its ending.

/// What a browser does when it is sent to a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Playable {
    /// A page: it is shown and can run scripts.
    Page,
    /// It is shown or played, and cannot run scripts.
    Shown,
    /// Only some browsers play it; why.
    Doubtful(&'static str),
    /// No browser plays it, inside a page neither; why.
    Refused(&'static str),
    /// It is offered for download instead of shown; why.
    Download(&'static str),
}

const FLASH: &str = "browsers dropped Flash in 2020";
const JAVA: &str = "browsers run no Java applets";
const OLD_VIDEO: &str = "browsers do not play this kind of video";
const OLD_AUDIO: &str = "browsers do not play this kind of sound";
const OFFICE: &str = "browsers download documents of an office program instead of showing them";
const SERVER: &str = "pages that a server has to run do not run from a package";
const ARCHIVE: &str = "browsers download archives and programs instead of showing them";
const QUICKTIME: &str = "not every browser plays QuickTime video";
const MPEG: &str = "not every browser plays this kind of video";
const PICTURE: &str = "not every browser shows this kind of picture";

const ENDINGS: &[(&[&str], Playable)] = &[
    (&["html", "htm", "xhtml", "svg", "xml"], Playable::Page),
    (&["swf", "flv", "f4v", "f4p", "f4a", "fla"], Playable::Refused(FLASH)),
    (&["class", "jar", "jnlp"], Playable::Refused(JAVA)),
    (&["xap"], Playable::Refused("browsers dropped Silverlight in 2021")),
    (&["dcr", "dir", "dxr", "aam"], Playable::Refused("browsers dropped Shockwave in 2019")),
    (&["avi", "wmv", "asf", "rm", "rmvb", "ram", "divx", "vob"], Playable::Refused(OLD_VIDEO)),
    (&["wma", "ra", "mid", "midi", "aif", "aiff", "au"], Playable::Refused(OLD_AUDIO)),
    (&["mov", "qt"], Playable::Doubtful(QUICKTIME)),
    (&["mpg", "mpeg", "m2v", "mkv", "3gp", "3g2", "ogv"], Playable::Doubtful(MPEG)),
    (&["tif", "tiff", "heic", "heif", "jp2"], Playable::Doubtful(PICTURE)),
    (
        &["doc", "docx", "dot", "ppt", "pptx", "pps", "ppsx", "xls", "xlsx", "odt", "odp", "rtf"],
        Playable::Download(OFFICE),
    ),
    (&["php", "asp", "aspx", "jsp", "cfm", "cgi"], Playable::Download(SERVER)),
    (&["zip", "exe", "msi", "dmg", "7z", "rar", "apk"], Playable::Download(ARCHIVE)),
    (
        &[
            "pdf", "txt", "png", "jpg", "jpeg", "gif", "webp", "bmp", "mp4", "m4v", "webm", "mp3",
            "m4a", "ogg", "wav",
        ],
        Playable::Shown,
    ),
];

/// What browsers make of the file at a path; what is unknown is taken for a page.
pub(crate) fn playable(path: &str) -> Playable {
    let name = path.rsplit('/').next().unwrap_or(path);
    let ending = name.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase());
    let Some(ending) = ending else { return Playable::Page };
    let known = ENDINGS.iter().find(|(endings, _)| endings.contains(&ending.as_str()));
    known.map_or(Playable::Page, |(_, playable)| *playable)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn an_ending_is_listed_once_in_lower_case() {
        let mut seen = HashSet::new();
        for ending in ENDINGS.iter().flat_map(|(endings, _)| *endings) {
            assert!(seen.insert(ending), "{ending}");
            assert_eq!(*ending, ending.to_ascii_lowercase());
        }
    }

    #[test]
    fn the_ending_decides_in_any_letter_case() {
        for (path, expected) in [
            ("a/Index.HTM", Playable::Page),
            ("film.swf/index.html", Playable::Page),
            ("noending", Playable::Page),
            ("x.unknown", Playable::Page),
            ("a.PDF", Playable::Shown),
            ("a.SWF", Playable::Refused(FLASH)),
            ("a.b.Mov", Playable::Doubtful(QUICKTIME)),
            ("a.docx", Playable::Download(OFFICE)),
            ("a.php", Playable::Download(SERVER)),
        ] {
            assert_eq!(playable(path), expected, "{path}");
        }
    }
}
