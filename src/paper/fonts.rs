//! The three faces, which glyph stands for a character, and how wide it is.
//!
//! Every character is set by its own glyph at its own width, without kerning and ligatures: columns
//! of figures stay columns, and a line that was measured is the line that is drawn.

use skrifa::charmap::Charmap;
use skrifa::instance::{LocationRef, Size};
use skrifa::metrics::GlyphMetrics;
use skrifa::{FontRef, MetadataProvider};
use std::sync::LazyLock;

/// A face of the document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Face {
    Sans,
    Bold,
    Mono,
}

impl Face {
    pub(crate) const ALL: [Self; 3] = [Self::Sans, Self::Bold, Self::Mono];

    /// The font file.
    pub(crate) fn bytes(self) -> &'static [u8] {
        match self {
            Self::Sans => notosans::REGULAR_TTF,
            Self::Bold => notosans::BOLD_TTF,
            Self::Mono => dejavu::sans_mono::regular(),
        }
    }
}

/// How a character is set.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Glyph {
    pub(crate) face: Face,
    pub(crate) id: u32,
    /// In parts of the font's size.
    pub(crate) advance: f32,
    /// No face has the character: this is the sign for that.
    pub(crate) replaced: bool,
}

/// What is shown for a character that no face has: an empty box.
pub(crate) const REPLACEMENT: char = '\u{25A1}';

/// Characters whose glyphs are looked up once: Latin with its diacritics, Greek, Cyrillic.
const EARLY: usize = 0x530;

struct Loaded {
    charmap: Charmap<'static>,
    metrics: GlyphMetrics<'static>,
}

impl Loaded {
    fn new(face: Face) -> Self {
        let font = FontRef::new(face.bytes()).expect("a font of the build can be read");
        let whole = LocationRef::default();
        Self { charmap: font.charmap(), metrics: font.glyph_metrics(Size::new(1.0), whole) }
    }

    /// Glyph and width; none for a character that the font does not have.
    fn glyph(&self, character: char) -> Option<(u32, f32)> {
        let id = self.charmap.map(character).filter(|id| id.to_u32() != 0)?;
        Some((id.to_u32(), self.metrics.advance_width(id)?))
    }
}

/// All faces, with the glyphs of the usual characters at hand.
pub(crate) struct Fonts {
    loaded: [Loaded; 3],
    early: [Vec<Glyph>; 3],
    replacement: Glyph,
}

static FONTS: LazyLock<Fonts> = LazyLock::new(Fonts::load);

impl Fonts {
    /// The fonts of the build, read once.
    pub(crate) fn shared() -> &'static Self {
        &FONTS
    }

    fn load() -> Self {
        let loaded = Face::ALL.map(Loaded::new);
        let (id, advance) = loaded[Face::Mono as usize]
            .glyph(REPLACEMENT)
            .expect("the mono face has the geometric shapes");
        let replacement = Glyph { face: Face::Mono, id, advance, replaced: true };
        let mut fonts = Self { loaded, early: [const { Vec::new() }; 3], replacement };
        fonts.early = Face::ALL.map(|face| {
            let code_points = 0..u32::try_from(EARLY).expect("a small number");
            let characters = code_points.filter_map(char::from_u32);
            characters.map(|character| fonts.find(face, character)).collect()
        });
        fonts
    }

    /// The glyph for a character of cleaned text.
    pub(crate) fn glyph(&self, face: Face, character: char) -> Glyph {
        let early = self.early[face as usize].get(character as usize);
        early.copied().unwrap_or_else(|| self.find(face, character))
    }

    fn find(&self, face: Face, character: char) -> Glyph {
        let order = match face {
            Face::Sans => [Face::Sans, Face::Mono],
            Face::Bold => [Face::Bold, Face::Mono],
            Face::Mono => [Face::Mono, Face::Sans],
        };
        if is_from_right(character) || character == char::REPLACEMENT_CHARACTER {
            return self.replacement;
        }
        let found = order.into_iter().find_map(|face| {
            let (id, advance) = self.loaded[face as usize].glyph(character)?;
            Some(Glyph { face, id, advance, replaced: false })
        });
        found.unwrap_or(self.replacement)
    }

    /// How wide cleaned text is at a size, in points.
    pub(crate) fn width(&self, face: Face, size: f32, text: &str) -> f32 {
        text.chars().map(|character| self.glyph(face, character).advance).sum::<f32>() * size
    }
}

/// Scripts written from the right: their letters would stand in the wrong order and unjoined, so
/// that what the mono face has of them is not used.
fn is_from_right(character: char) -> bool {
    matches!(character,
        '\u{0590}'..='\u{08FF}'
        | '\u{FB1D}'..='\u{FDFF}'
        | '\u{FE70}'..='\u{FEFE}'
        | '\u{10800}'..='\u{10FFF}'
        | '\u{1E800}'..='\u{1EFFF}')
}
