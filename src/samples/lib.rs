//! The sample courses, embedded: small packages of our own for the first start, for people who
//! want to try something, and for tests. Their files live in `content/samples`, where a README
//! says what each shows.

/// A file inside a package: its path with `/` between the parts, and its bytes.
pub type File = (&'static str, &'static [u8]);

/// A course that comes with the binary.
#[derive(Debug, Clone, Copy)]
pub struct Sample {
    /// The name of its folder, stable: `phishing-basics`.
    pub name: &'static str,
    /// The title of its manifest's organization.
    pub title: &'static str,
    /// Made for tests of the player; not offered to people.
    pub for_tests: bool,
    /// Its files, the manifest first.
    pub files: &'static [File],
}

/// Files of `content/samples`: those of one course by their names in it, then shared ones, which
/// every package has under `shared/`.
macro_rules! files {
    ($course:literal: $($own:literal),+; shared: $($shared:literal),+) => {
        &[
            $(($own, include_bytes!(concat!("../../content/samples/", $course, "/", $own)))),+,
            $((
                concat!("shared/", $shared),
                include_bytes!(concat!("../../content/samples/shared/", $shared)),
            )),+,
        ]
    };
}

/// Imported when an empty store starts.
pub const FIRST: &Sample = &ALL[0];

/// Every sample, those for people first.
pub const ALL: &[Sample] = &[
    Sample {
        name: "phishing-basics",
        title: "Phishing basics",
        for_tests: false,
        files: files!("phishing-basics": "imsmanifest.xml", "index.html";
            shared: "course.css", "course.js", "scorm.js"),
    },
    Sample {
        name: "data-handling",
        title: "Handling data with care",
        for_tests: false,
        files: files!("data-handling":
            "imsmanifest.xml", "classify/index.html", "quiz/index.html", "share/index.html";
            shared: "course.css", "course.js", "scorm.js"),
    },
    Sample {
        name: "secure-coding",
        title: "Secure coding",
        for_tests: false,
        files: files!("secure-coding":
            "imsmanifest.xml", "assessment/index.html", "intro/index.html", "lesson/index.html";
            shared: "course.css", "course.js", "scorm.js"),
    },
    Sample {
        name: "incident-response",
        title: "The first hour of an incident",
        for_tests: false,
        files: files!("incident-response": "imsmanifest.xml", "card.html", "exercise.html";
            shared: "course.css", "course.js", "scorm.js"),
    },
    Sample {
        name: "api-probe-12",
        title: "API probe (SCORM 1.2)",
        for_tests: true,
        files: files!("api-probe-12": "imsmanifest.xml";
            shared: "course.css", "probe.html", "probe.js", "scorm.js"),
    },
    Sample {
        name: "api-probe-2004",
        title: "API probe (SCORM 2004)",
        for_tests: true,
        files: files!("api-probe-2004": "imsmanifest.xml";
            shared: "course.css", "probe.html", "probe.js", "scorm.js"),
    },
];

/// The sample with this name.
pub fn named(name: &str) -> Option<&'static Sample> {
    ALL.iter().find(|sample| sample.name == name)
}

impl Sample {
    /// The course as a package; the same files always give the same bytes.
    pub fn zip(&self) -> Vec<u8> {
        package::zip_of(self.files.iter().copied())
    }

    /// The bytes of the file at `path`.
    pub fn file(&self, path: &str) -> Option<&'static [u8]> {
        self.files.iter().find(|(name, _)| *name == path).map(|(_, bytes)| *bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{collections::BTreeSet, fs, path::Path};

    /// The pages of a course: where each lies, and its text.
    fn pages(sample: &Sample) -> impl Iterator<Item = (&'static str, &'static str)> {
        let html = |path: &str| Path::new(path).extension().is_some_and(|end| end == "html");
        let found = sample.files.iter().filter(move |(path, _)| html(path));
        found.map(|(path, bytes)| (*path, str::from_utf8(bytes).unwrap()))
    }

    /// Every value of `attribute="…"` in `markup`.
    fn values<'a>(markup: &'a str, attribute: &str) -> Vec<&'a str> {
        let opening = format!(" {attribute}=\"");
        markup.split(&opening).skip(1).map(|rest| rest.split('"').next().unwrap()).collect()
    }

    fn files_below(folder: &Path, prefix: &str, found: &mut BTreeSet<String>) {
        for entry in fs::read_dir(folder).unwrap() {
            let entry = entry.unwrap();
            let name = format!("{prefix}{}", entry.file_name().to_str().unwrap());
            if entry.file_type().unwrap().is_dir() {
                files_below(&entry.path(), &format!("{name}/"), found);
            } else {
                found.insert(name);
            }
        }
    }

    #[test]
    fn every_file_of_every_folder_is_embedded() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../content/samples");
        let mut shared_in_use = BTreeSet::new();
        for sample in ALL {
            let mut on_disk = BTreeSet::new();
            files_below(&root.join(sample.name), "", &mut on_disk);
            let (shared, own): (BTreeSet<String>, BTreeSet<String>) = sample
                .files
                .iter()
                .map(|(path, _)| (*path).to_owned())
                .partition(|path| path.starts_with("shared/"));
            assert_eq!(own, on_disk, "{}", sample.name);
            shared_in_use.extend(shared);
        }
        let mut on_disk = BTreeSet::new();
        files_below(&root.join("shared"), "shared/", &mut on_disk);
        assert_eq!(shared_in_use, on_disk);
    }

    #[test]
    fn every_manifest_names_every_file_and_its_title() {
        for sample in ALL {
            let manifest = str::from_utf8(sample.file("imsmanifest.xml").unwrap()).unwrap();
            assert_eq!(sample.files[0].0, "imsmanifest.xml", "{}", sample.name);
            assert!(manifest.contains(&format!("<title>{}</title>", sample.title)));
            for (path, _) in &sample.files[1..] {
                let written = values(manifest, "href");
                let based = path.strip_prefix("classify/").unwrap_or(path);
                assert!(
                    written.contains(path) || written.contains(&based),
                    "{}: {path} is not in the manifest",
                    sample.name
                );
            }
        }
    }

    #[test]
    fn every_address_in_a_page_is_a_file_of_the_package() {
        for sample in ALL {
            for (page, markup) in pages(sample) {
                let folder = page.rsplit_once('/').map_or("", |(folder, _)| folder);
                for href in values(markup, "href").into_iter().chain(values(markup, "src")) {
                    let path = match href.strip_prefix("../") {
                        Some(rest) => rest.to_owned(),
                        None if folder.is_empty() => href.to_owned(),
                        None => format!("{folder}/{href}"),
                    };
                    assert!(sample.file(&path).is_some(), "{}: {page} has {href}", sample.name);
                }
            }
        }
    }

    #[test]
    fn every_question_can_be_answered_rightly() {
        for sample in ALL {
            for (page, markup) in pages(sample) {
                for question in markup.split("<fieldset").skip(1) {
                    let question = question.split("</fieldset>").next().unwrap();
                    let correct = values(question, "data-correct")[0];
                    let answers = values(question, "data-answer");
                    let written = question.contains("data-answer-text");
                    assert!(
                        written || correct.split(' ').all(|one| answers.contains(&one)),
                        "{}: {page}: {correct} is not among {answers:?}",
                        sample.name
                    );
                }
            }
        }
    }

    #[test]
    fn every_package_is_accepted_without_a_warning() {
        for sample in ALL {
            let zip = sample.zip();
            assert_eq!(zip, sample.zip(), "{}: the bytes differ", sample.name);
            let inspection = package::inspect(&zip.as_slice(), &package::Limits::default());
            let found = |least| {
                inspection.report.findings.iter().filter(move |finding| finding.severity >= least)
            };
            let worse = found(package::Severity::Warning).collect::<Vec<_>>();
            assert!(worse.is_empty(), "{}: {worse:#?}", sample.name);
            assert_eq!(inspection.report.title.as_deref(), Some(sample.title));
            let accepted = inspection.accepted.expect("there is no error");
            for (path, bytes) in sample.files {
                let length = accepted.index.get(path).map(|entry| entry.length);
                assert_eq!(length, u64::try_from(bytes.len()).ok(), "{}: {path}", sample.name);
            }
        }
    }

    #[test]
    fn the_first_sample_is_for_people() {
        assert!(!FIRST.for_tests);
        assert_eq!(named(FIRST.name).map(|sample| sample.title), Some("Phishing basics"));
    }
}
