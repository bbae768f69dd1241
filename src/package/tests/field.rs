//! Real packages from the field, kept beside the repository: each is imported, or refused for the
//! reason that it is refused for by a good LMS. Skipped where they are absent.

use package::{Limits, Listing, codes::codes, inspect};
use scorm::manifest::Edition;
use std::{collections::BTreeSet, fs::File, path::PathBuf};

/// What is expected of a package.
enum Expected {
    /// Edition, items, launchable items.
    Plays(Edition, usize, usize),
    /// The code of the refusal.
    Refused(&'static str),
}
use Edition::{
    Scorm12, Scorm2004Fourth as Fourth, Scorm2004Second as Second, Scorm2004Third as Third,
};
use Expected::{Plays, Refused};

const EXPECTED: &[(&str, Expected)] = &[
    ("adapt_scorm12_mastery", Plays(Scorm12, 1, 1)),
    ("adl_photoshop_linear_2004_2nd", Plays(Second, 31, 23)),
    ("articulate_presenter09_nested", Plays(Scorm12, 1, 1)),
    ("articulate_rise_scorm12_bacon", Plays(Scorm12, 1, 1)),
    ("articulate_storyline360_portfolio", Plays(Scorm12, 1, 1)),
    // its start page is among the large files left out when it was collected
    ("camtasia8_2004_2nd_incomplete", Refused("nothing-launchable")),
    ("captivate_2004_4th", Plays(Fourth, 1, 1)),
    ("captivate_scorm12_quiz", Plays(Scorm12, 1, 1)),
    // manifests alone, without the files they name
    ("emp_AdlAttributes_SCORM20043rdEdition", Refused("nothing-launchable")),
    ("emp_CTS_CM-01-broken-default-org", Refused("nothing-launchable")),
    ("emp_ComplexNestedOrganization_SCORM12", Refused("nothing-launchable")),
    ("emp_MalformedXml_SCORM12", Refused("xml-not-well-formed")),
    ("emp_MinimalValid_SCORM20043rdEdition", Refused("nothing-launchable")),
    ("emp_MissingLaunchUrl_SCORM12", Refused("nothing-launchable")),
    ("emp_PrerequisitesTest_SCORM12", Plays(Scorm12, 4, 4)),
    // pages with children beneath them become children themselves
    ("exe_backslash", Plays(Scorm12, 19, 14)),
    ("exe_zh_tw", Plays(Scorm12, 5, 4)),
    ("flash_puzzlequiz_iso8859", Plays(Scorm12, 1, 1)),
    ("golf_ContentPackagingOneFilePerSCO_SCORM12", Plays(Scorm12, 22, 18)),
    ("golf_ContentPackagingOneFilePerSCO_SCORM20043rdEdition", Plays(Third, 22, 18)),
    ("golf_ContentPackagingSingleSCO_SCORM12", Plays(Scorm12, 1, 1)),
    ("golf_ContentPackagingSingleSCO_SCORM20042ndEdition", Plays(Second, 1, 1)),
    ("golf_ContentPackagingSingleSCO_SCORM20043rdEdition", Plays(Third, 1, 1)),
    ("golf_RunTimeAdvancedCalls_SCORM20043rdEdition", Plays(Third, 1, 1)),
    ("golf_RuntimeBasicCalls_SCORM12", Plays(Scorm12, 1, 1)),
    ("golf_RuntimeMinimumCalls_SCORM20043rdEdition", Plays(Third, 22, 18)),
    ("golf_SequencingForcedSequential_SCORM20043rdEdition", Plays(Third, 5, 5)),
    ("golf_SequencingPostTestRollup_SCORM20043rdEdition", Plays(Third, 5, 5)),
    ("golf_SequencingSimpleRemediation_SCORM20043rdEdition", Plays(Third, 9, 8)),
    ("h5p_lumi_flashcards", Plays(Scorm12, 1, 1)),
    ("ispring_2004_2nd", Plays(Second, 1, 1)),
    ("ispring_scorm12", Plays(Scorm12, 1, 1)),
    ("kotky_template_2004_3rd", Plays(Third, 1, 1)),
    ("moodle_badscorm", Refused("xml-not-well-formed")),
    ("moodle_complexscorm", Plays(Scorm12, 10, 8)),
    ("moodle_invalid", Refused("no-manifest")),
    ("moodle_singlescobasic_missingorg", Plays(Scorm12, 1, 1)),
    ("parent_dom_violation", Plays(Fourth, 1, 1)),
    ("react_mc", Plays(Scorm12, 1, 1)),
    ("reload_interink", Plays(Scorm12, 1, 1)),
    ("rspellen_completion", Plays(Scorm12, 10, 10)),
    ("rustici_driver_scorm12", Plays(Scorm12, 1, 1)),
    ("shareddata_2004_4th", Plays(Fourth, 1, 1)),
    ("simple-scorm-packager_1.2", Plays(Scorm12, 1, 1)),
    ("simple-scorm-packager_2004_4th_Edition", Plays(Fourth, 1, 1)),
    ("softchalk_quadratic", Plays(Scorm12, 1, 1)),
    ("suica_lmsinfo", Plays(Scorm12, 1, 1)),
    ("veda_scrom_nested2", Plays(Scorm12, 23, 19)),
    ("vish_incident10", Plays(Scorm12, 10, 10)),
    ("yesilay_bom", Plays(Scorm12, 1, 1)),
    ("derived/backslash_entry_names", Plays(Scorm12, 1, 1)),
    ("derived/billion_laughs", Refused("xml-doctype")),
    ("derived/file_case_mismatch", Plays(Scorm12, 1, 1)),
    ("derived/leading_whitespace_before_xmldecl", Plays(Scorm12, 1, 1)),
    ("derived/macosx_junk", Plays(Scorm12, 1, 1)),
    ("derived/manifest_upper_case", Plays(Scorm12, 1, 1)),
    ("derived/nested_root_folder", Plays(Scorm12, 1, 1)),
    ("derived/no_namespaces", Plays(Scorm12, 1, 1)),
    ("derived/s2004_ids_with_whitespace", Plays(Third, 1, 1)),
    ("derived/s2004_schemaversion_1_3", Plays(Second, 1, 1)),
    ("derived/truncated", Refused("archive-truncated")),
    ("derived/utf16le_bom", Plays(Scorm12, 1, 1)),
    ("derived/windows1251", Plays(Scorm12, 1, 1)),
    ("derived/zip_slip", Refused("path-traversal")),
];

/// The folder of packages: where the variable says, else beside the repository.
#[expect(clippy::disallowed_methods, reason = "a test may be told where its material is")]
fn packages() -> Option<PathBuf> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let shared = std::env::var("ATTESTRY_SHARED").map_or(root, PathBuf::from);
    Some(shared.join("packages")).filter(|folder| folder.is_dir())
}

#[test]
fn real_packages_are_imported_or_refused_for_a_true_reason() {
    let Some(folder) = packages() else {
        println!("skipped: no packages from the field beside the repository");
        return;
    };
    let mut wrong = Vec::new();
    for (name, expected) in EXPECTED {
        let Ok(file) = File::open(folder.join(format!("{name}.zip"))) else {
            println!("skipped: {name} is absent");
            continue;
        };
        let inspection = inspect(&file, &Limits::default());
        let report = &inspection.report;
        let found = match (&inspection.accepted, &report.edition) {
            (Some(_), Some(edition)) => {
                let (items, launchable) = (report.items, report.launchable_items);
                format!("plays {edition:?} {items} {launchable}")
            }
            _ => format!("refused {}", report.findings.first().map_or("", |one| one.code)),
        };
        let wanted = match expected {
            Plays(edition, items, launchable) => format!("plays {edition:?} {items} {launchable}"),
            Refused(code) => format!("refused {code}"),
        };
        if found != wanted {
            wrong.push(format!("{name}: {found}, not {wanted}: {:#?}", report.findings));
        }
        if let Some(accepted) = inspection.accepted {
            let again = Listing::open(&file, &Limits::default()).unwrap();
            for entry in accepted.index.entries() {
                let (listed, _) = again.find(&entry.path).unwrap();
                assert_eq!(listed.locate(&file).unwrap(), *entry, "{name}");
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn packages_that_nobody_expected_do_not_panic() {
    let Some(folder) = packages() else {
        println!("skipped: no packages from the field beside the repository");
        return;
    };
    let known: BTreeSet<String> = EXPECTED.iter().map(|(name, _)| format!("{name}.zip")).collect();
    for sub in ["", "derived/"] {
        let Ok(entries) = folder.join(sub).read_dir() else { continue };
        for entry in entries.filter_map(Result::ok) {
            let name = format!("{sub}{}", entry.file_name().to_string_lossy());
            if entry.path().extension().is_some_and(|end| end == "zip") && !known.contains(&name) {
                let report = inspect(&File::open(entry.path()).unwrap(), &Limits::default()).report;
                println!("no expectation for {name}: {report:?}");
            }
        }
    }
}

/// Paths that a manifest names, bases left aside.
fn hrefs(text: &str) -> BTreeSet<String> {
    let values = text.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next());
    values.filter_map(|href| href.split(['?', '#']).next()).map(str::to_owned).collect()
}

#[test]
fn every_manifest_of_the_conformance_suite_is_understood_whole() {
    let Some(folder) = packages().map(|folder| folder.join("../cts/manifests")) else {
        println!("skipped: no conformance suite beside the repository");
        return;
    };
    let mut count = 0;
    for case in folder.read_dir().into_iter().flatten().filter_map(Result::ok) {
        let Ok(text) = std::fs::read_to_string(case.path().join("imsmanifest.xml")) else {
            continue;
        };
        let mut files: BTreeSet<String> = hrefs(&text);
        files.remove("");
        let pages = files.iter().map(|path| (path.as_str(), "page"));
        let bytes = package::zip_of(pages.chain([("imsmanifest.xml", text.as_str())]));
        let inspection = inspect(&bytes, &Limits::default());
        let report = &inspection.report;
        // The cases ask for what surprises, too; what is read of them must not.
        let is_trap =
            |code: &str| codes().iter().any(|known| known.id == code && known.area == "Traps");
        let ours = |code: &str| {
            ["sequencing", "title", "identifier", "completion", "shared", "hide", "item-", "xml-"]
                .iter()
                .any(|kind| code.starts_with(kind))
        };
        let odd: Vec<_> =
            report.findings.iter().filter(|one| ours(one.code) && !is_trap(one.code)).collect();
        assert!(odd.iter().all(|one| one.code == "identifier-space"), "{case:?}: {odd:?}");
        let manifest =
            inspection.accepted.unwrap_or_else(|| panic!("{case:?} {report:?}")).manifest;
        assert_eq!(manifest.edition, Fourth, "{case:?}");
        count += 1;
    }
    println!("{count} manifests read");
}
