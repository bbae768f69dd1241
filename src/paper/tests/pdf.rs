//! What is written is read back by another library.

use chrono::{DateTime, Utc};
use lopdf::Object;
use paper::{
    Anchor, Block, Cell, Column, Document, Drawing, Figure, Format, Frame, PaperError, Size,
    Status, Table, Tone,
};
use proptest::prelude::*;

const HASH: &str = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
const CHECKPOINT: &str = "acme 1204331 n3Vq0mJ7y5jvTqM0b0m8Cq0XG2m8m5V0yP0zJ0c1d2E=";

fn made() -> DateTime<Utc> {
    DateTime::from_timestamp(1_760_000_000, 0).expect("a time of the calendar")
}

fn document() -> Document {
    let mut document = Document::new("Register", "12 of 240 people have a gap", made());
    document.software = String::from("Attestry 9.9");
    document.frame = Frame::new()
        .pair("Period", "2025-01-01 to 2025-03-31")
        .pair("Time zone", "Europe/Zurich")
        .csv_sha256(HASH)
        .checkpoint(CHECKPOINT);
    document
}

fn people(rows: usize) -> Table {
    let columns =
        [Column::new("Person").weight(2.0), Column::new("Due").mono(), Column::new("Status")];
    let mut table = Table::new(columns);
    for row in 0..rows {
        let name = format!("Ørsted {row}, Zoë");
        let cells =
            [Cell::from(&name), Cell::from("2025-03-10"), Cell::status(Status::Late, "late")];
        table.row(cells).expect("a row of three cells");
    }
    table
}

fn read(document: &Document) -> lopdf::Document {
    let bytes = document.to_pdf().expect("a PDF");
    lopdf::Document::load_mem(&bytes).expect("a file that another library reads")
}

/// The text of each page.
fn pages(document: &Document) -> Vec<String> {
    let read = read(document);
    let numbers = read.get_pages().into_keys();
    numbers.map(|number| read.extract_text(&[number]).expect("text of a page")).collect()
}

fn text(document: &Document) -> String {
    pages(document).join("\n")
}

#[test]
fn every_page_has_the_tables_header_the_hash_the_checkpoint_and_its_number() {
    let mut document = document();
    document.heading("People").table(people(120));
    let pages = pages(&document);
    assert!(pages.len() > 2, "{} pages", pages.len());
    for (number, page) in (1..).zip(&pages) {
        for said in ["Person", "Due", HASH, CHECKPOINT, "Register", "12 of 240 people"] {
            assert!(page.contains(said), "page {number} lacks {said}: {page}");
        }
        let of = format!("Page {number} of {}", pages.len());
        assert!(page.contains(&of), "page {number} lacks {of}: {page}");
    }
    let text = pages.concat();
    for row in 0..120 {
        let name = format!("Ørsted {row}, Zoë");
        assert_eq!(text.matches(&name).count(), 1, "{name}");
    }
}

#[test]
fn the_frame_the_figures_and_the_words_stand_on_the_first_page() {
    let mut document = document();
    document
        .figures([Figure::new("228 of 240", "people with valid training").note("95.0 %")])
        .heading("How it came")
        .paragraph("Access was granted on 6 January.")
        .note("Denominator: access on any day.")
        .table(Table::new([Column::new("Person")]).empty("Nobody"));
    let pages = pages(&document);
    assert_eq!(pages.len(), 1);
    for said in [
        "Period",
        "2025-01-01 to 2025-03-31",
        "Europe/Zurich",
        "SHA-256 of the CSV",
        "228 of 240",
        "people with valid training",
        "95.0 %",
        "How it came",
        "6 January",
        "any day",
        "Nobody",
        "Page 1 of 1",
    ] {
        assert!(pages[0].contains(said), "{said}: {}", pages[0]);
    }
}

#[test]
fn names_in_latin_greek_and_cyrillic_come_out_right_and_without_a_note() {
    let names = [
        "Łukasz Żółć-Świętochłowski",
        "Nguyễn Thị Ánh",
        "İpek Çağlayan",
        "Guðrún Þórðardóttir",
        "Αλεξάνδρα Παπαδοπούλου",
        "Щербаков Ёлка Ґанна Ђорђе",
        "Ștefan Țuțea",
        "Āboliņš Ķēniņš",
        "5 ≤ 7 → done €",
    ];
    let mut document = document();
    for name in names {
        document.paragraph(name);
    }
    // the same letters taken apart
    document.paragraph("Zoe\u{308} Nguye\u{302}\u{303}n");
    let text = text(&document);
    for name in names.into_iter().chain(["Zoë Nguyễn"]) {
        assert!(text.contains(name), "{name}: {text}");
    }
    assert!(!text.contains("fonts do not have"), "{text}");
}

fn hexadecimal(bytes: &[u8]) -> String {
    let pairs: Vec<String> = bytes.iter().map(|byte| format!("{byte:02X}")).collect();
    pairs.concat()
}

#[test]
fn a_character_without_a_glyph_is_a_box_that_can_be_copied_and_is_explained() {
    for said in ["李小龍", "محمد", "דוד", "🎓"] {
        let mut document = document();
        document.paragraph(said);
        let bytes = document.to_pdf().expect("a PDF");
        let read = lopdf::Document::load_mem(&bytes).expect("a file that can be read");
        let text = read.extract_text(&[1]).expect("text of a page");
        assert!(text.contains("fonts do not have"), "{said}: {text}");
        let first = said.chars().next().expect("a character").to_string();
        let content = read.get_page_content(read.get_pages()[&1]);
        let actual: Vec<u8> = [0xFE, 0xFF]
            .into_iter()
            .chain(first.encode_utf16().flat_map(u16::to_be_bytes))
            .collect();
        let hex = hexadecimal(&actual);
        let found = text.contains(&first)
            || content.windows(actual.len()).any(|window| window == actual)
            || String::from_utf8_lossy(&content).to_uppercase().contains(&hex);
        assert!(found, "{said} cannot be copied: {text}");
    }
}

#[test]
fn the_same_document_gives_the_same_bytes_and_another_answer_another_identity() {
    let build = |answer: &str| {
        let mut document = document();
        document.answer = answer.to_owned();
        document.table(people(60));
        document.to_pdf().expect("a PDF")
    };
    assert_eq!(build("12 people"), build("12 people"));
    let identity = |bytes: &[u8]| {
        let read = lopdf::Document::load_mem(bytes).expect("a file that can be read");
        let ids = read.trailer.get(b"ID").and_then(Object::as_array).expect("an identity");
        ids[0].as_str().expect("a text").to_vec()
    };
    assert_ne!(identity(&build("12 people")), identity(&build("13 people")));
}

fn metadata(read: &lopdf::Document) -> String {
    let catalog = read.catalog().expect("a catalog");
    let id = catalog.get(b"Metadata").and_then(Object::as_reference).expect("XMP metadata");
    let stream = read.get_object(id).and_then(Object::as_stream).expect("a stream");
    let plain = stream.decompressed_content().unwrap_or_else(|_| stream.content.clone());
    String::from_utf8(plain).expect("XMP is UTF-8")
}

#[test]
fn the_file_is_tagged_and_archivable_and_says_what_it_is() {
    let mut document = document();
    document.heading("People").table(people(3));
    let read = read(&document);
    let xmp = metadata(&read);
    assert!(xmp.contains("<pdfaid:part>2</pdfaid:part>"), "{xmp}");
    assert!(xmp.contains("<pdfaid:conformance>A</pdfaid:conformance>"), "{xmp}");
    assert!(xmp.contains("<pdfuaid:part>1</pdfuaid:part>"), "{xmp}");
    assert!(xmp.contains("2025-10-09T08:53:20"), "{xmp}");
    let catalog = read.catalog().expect("a catalog");
    assert!(catalog.has(b"StructTreeRoot") && catalog.has(b"Outlines"));
    let kinds = |kind: &[u8]| {
        let of_kind = |object: &&Object| {
            let found = object.as_dict().and_then(|dict| dict.get(b"S")).and_then(Object::as_name);
            found.is_ok_and(|found| found == kind)
        };
        read.objects.values().filter(of_kind).count()
    };
    assert_eq!((kinds(b"Table"), kinds(b"TH"), kinds(b"TR"), kinds(b"TD")), (1, 3, 4, 9));
    assert_eq!((kinds(b"H1"), kinds(b"H2")), (1, 1));
    let info = read.trailer.get(b"Info").and_then(Object::as_reference).expect("information");
    let info = read.get_dictionary(info).expect("a dictionary");
    let title = info.get(b"Title").and_then(Object::as_str).expect("a title");
    assert_eq!(title, b"Register");
}

#[test]
fn a_very_long_table_is_written_without_tags_and_stays_archivable() {
    let mut document = document();
    document.table(people(paper::TAGGED_CELLS_MAX / 3 + 1));
    let bytes = document.to_pdf().expect("a PDF");
    let read = lopdf::Document::load_mem(&bytes).expect("a file that can be read");
    assert!(!read.catalog().expect("a catalog").has(b"StructTreeRoot"));
    let xmp = metadata(&read);
    assert!(xmp.contains("<pdfaid:conformance>U</pdfaid:conformance>"), "{xmp}");
    assert!(!xmp.contains("pdfuaid:part"), "{xmp}");
}

#[test]
fn a_cell_longer_than_a_page_runs_on_over_the_next_ones_and_loses_nothing() {
    let numbers: Vec<String> = (0..2_000).map(|number| format!("{number:04} ")).collect();
    let long = numbers.concat();
    assert_eq!(long.len(), 10_000);
    let mut table = Table::new([Column::new("Short"), Column::new("Long")]);
    table.row(["before", long.as_str()]).expect("a row");
    table.row(["after", &"x".repeat(10_000)]).expect("a row");
    let mut document = document();
    document.format = Format { size: Size::Letter, landscape: true };
    document.table(table);
    let pages = pages(&document);
    assert!(pages.len() > 3, "{} pages", pages.len());
    let text = pages.concat();
    for number in 0..2_000 {
        assert!(text.contains(&format!("{number:04}")), "{number:04}");
    }
    assert!(text.matches('x').count() >= 10_000);
}

#[test]
fn a_sheet_has_the_size_that_was_asked_for() {
    for (size, landscape, expected) in [
        (Size::A4, false, (595.28, 841.89)),
        (Size::A4, true, (841.89, 595.28)),
        (Size::Letter, false, (612.0, 792.0)),
    ] {
        let mut document = document();
        document.format = Format { size, landscape };
        let read = read(&document);
        let page = read.get_dictionary(read.get_pages()[&1]).expect("a page");
        let sheet = page.get(b"MediaBox").and_then(Object::as_array).expect("a size");
        let side = |at: usize| sheet[at].as_float().expect("a number");
        assert!((side(2) - expected.0).abs() < 0.1 && (side(3) - expected.1).abs() < 0.1);
    }
}

#[test]
fn what_does_not_fit_a_table_is_refused_and_leaves_it_as_it_was() {
    let mut table = people(2);
    let refused = table.row(["one", "two"]);
    assert_eq!(refused, Err(PaperError::Columns { row: 3, expected: 3, found: 2 }));
    let refused = table.row(["one", "two", "three", "four"]);
    assert_eq!(refused, Err(PaperError::Columns { row: 3, expected: 3, found: 4 }));
    assert_eq!(table.rows(), 2);
    let huge = "x".repeat(paper::TABLE_BYTES_MAX);
    assert_eq!(table.row([huge.as_str(), "", ""]), Err(PaperError::TooLong));
    assert_eq!(table.rows(), 2);
    table.row(["one", "two", "three"]).expect("a row of three cells");
    let mut document = document();
    document.table(table).table(Table::new([]));
    assert_eq!(document.to_pdf(), Err(PaperError::ColumnCount { found: 0 }));
}

fn drawing(label: &str) -> Drawing {
    let mut drawing = Drawing::new(400.0, 60.0, label);
    drawing
        .rect(0.0, 0.0, 400.0, 20.0, Tone::Tint)
        .hatch(100.0, 0.0, 50.0, 20.0, Tone::Bad)
        .mark(10.0, 10.0, 8.0, Status::Pending)
        .dashed([(0.0, 40.0), (400.0, 40.0)], 0.5, Tone::Rule)
        .text((200.0, 55.0), 8.0, Anchor::Middle, Tone::Ink, label)
        .fitted((0.0, 30.0), 8.0, 40.0, Tone::Quiet, label);
    drawing
}

#[test]
fn a_picture_is_the_same_on_paper_and_in_the_page() {
    let drawing = drawing("<Ørsted> & \"Zoë\" of the claims department");
    let svg = drawing.to_svg();
    let label = "&lt;Ørsted&gt; &amp; &quot;Zoë&quot; of the claims department";
    assert!(svg.contains(&format!("aria-label=\"{label}\"")), "{svg}");
    assert!(svg.contains(&format!("text-anchor=\"middle\" fill=\"var(--ink, #1b1d20)\">{label}")));
    assert!(svg.contains("…</text>"), "{svg}");
    assert!(!svg.contains("style") && !svg.contains("<Ørsted"), "{svg}");
    let mut document = document();
    document.picture(drawing);
    let text = text(&document);
    assert!(text.contains("<Ørsted> & \"Zoë\" of the claims department"), "{text}");
}

#[test]
fn a_document_of_nothing_is_still_a_document() {
    let empty = Document::new("", "", made());
    assert_eq!(pages(&empty).len(), 1);
    let mut document = Document::new(" ", "\u{AD}", made());
    document.language = String::new();
    document
        .heading("")
        .subheading("\u{A0}")
        .paragraph("")
        .figures([])
        .figures([Figure::default()]);
    document.picture(Drawing::new(f32::NAN, f32::INFINITY, ""));
    let mut table = Table::new([Column::new(""), Column::new("")]);
    table.row(["", ""]).expect("a row of two cells");
    document.table(table);
    // the picture is as high as a page, and the table behind it
    assert_eq!(read(&document).get_pages().len(), 3);
}

/// Text of all kinds: letters of many scripts, signs that turn the direction, control and private
/// characters, very long words.
fn hostile() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "\\PC{0,80}",
        "[\u{0}-\u{1F}\u{202A}-\u{202E}\u{2066}-\u{2069}\u{E000}\u{FFFE}\u{FEFF}a ]{0,40}",
        "[a-zа-я\u{300}-\u{36F}\n\t-]{0,300}",
        Just("\u{10FFFF}\u{F0000}\u{1F468}\u{200D}\u{1F393}".to_owned()),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn no_text_breaks_a_document_and_the_same_text_gives_the_same_bytes(
        said in proptest::collection::vec(hostile(), 12),
        columns in 1_usize..=24,
        landscape: bool,
    ) {
        let build = || {
            let at = |index: usize| said[index % said.len()].as_str();
            let mut document = Document::new(at(0), at(1), made());
            document.format.landscape = landscape;
            document.software = at(2).to_owned();
            document.frame = Frame::new().pair(at(3), at(4)).csv_sha256(at(5)).checkpoint(at(6));
            document.heading(at(7)).subheading(at(8)).paragraph(at(9)).note(at(10));
            document.figures([Figure::new(at(11), at(0)).note(at(1))]).picture(drawing(at(2)));
            let mut table = Table::new((0..columns).map(|column| Column::new(at(column))));
            for row in 0..4 {
                table.row((0..columns).map(|column| at(row + column))).expect("a row that fits");
            }
            document.push(Block::Table(table));
            document.to_pdf()
        };
        let bytes = build();
        prop_assert!(bytes.is_ok(), "{:?}", bytes.err());
        prop_assert_eq!(&bytes, &build());
        let read = lopdf::Document::load_mem(&bytes.unwrap_or_default());
        prop_assert!(read.is_ok_and(|read| !read.get_pages().is_empty()));
    }
}
