//! Text as it is set: cleaned of what has no shape, and broken into lines that fit.

use std::borrow::Cow;
use std::ops::Range;

use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

use crate::fonts::{Face, Fonts};

/// Text with every character one that can be drawn: letters with their accents in one, all white
/// space as spaces (a line feed stays, with a space before it, so that words are apart when the text is
/// taken out again), what is invisible by design left out, and what could
/// deceive a reader (control characters, signs that turn the direction, private characters) as a
/// replacement character, so that it is seen.
pub(crate) fn clean(text: &str) -> Cow<'_, str> {
    let plain = |character: char| matches!(character, ' '..='~' | '\u{A0}'..='\u{AC}' | '\u{AE}'..='\u{2FF}');
    if text.chars().all(plain) {
        return Cow::Borrowed(text);
    }
    let text = text.replace("\r\n", "\n");
    let cleaned = |text: &mut dyn Iterator<Item = char>| -> String {
        text.filter_map(clean_character).collect()
    };
    let cleaned = match is_nfc_quick(text.chars()) {
        IsNormalized::Yes => cleaned(&mut text.chars()),
        IsNormalized::No | IsNormalized::Maybe => cleaned(&mut text.chars().nfc()),
    };
    Cow::Owned(cleaned.replace('\n', " \n"))
}

fn clean_character(character: char) -> Option<char> {
    Some(match character {
        '\n' | '\u{A0}' => character,
        // where a word may be broken, how a sign is to look: nothing by themselves
        '\u{AD}' | '\u{200B}' | '\u{FE00}'..='\u{FE0F}' => return None,
        '\u{2028}' | '\u{2029}' | '\r' | '\u{85}' => '\n',
        '\u{202F}' | '\u{2007}' => '\u{A0}',
        _ if character.is_whitespace() => ' ',
        _ if is_invisible(character) => char::REPLACEMENT_CHARACTER,
        _ => character,
    })
}

/// Control characters, signs of direction and other format, private and non-characters.
fn is_invisible(character: char) -> bool {
    let code = u32::from(character);
    character.is_control()
        || matches!(character,
            '\u{200C}'..='\u{200F}'
            | '\u{202A}'..='\u{202E}'
            | '\u{2060}'..='\u{206F}'
            | '\u{061C}'
            | '\u{180E}'
            | '\u{FEFF}'
            | '\u{FFF0}'..='\u{FFFB}'
            | '\u{E000}'..='\u{F8FF}'
            | '\u{FDD0}'..='\u{FDEF}'
            | '\u{E0000}'..='\u{10FFFF}')
        || code & 0xFFFE == 0xFFFE
}

/// Characters after which a word that is too long may be broken.
fn may_break_after(character: char) -> bool {
    matches!(
        character,
        '-' | '/'
            | '_'
            | '.'
            | '@'
            | ':'
            | ','
            | ';'
            | '?'
            | '&'
            | '='
            | '|'
            | '\u{2013}'
            | '\u{2014}'
    )
}

/// One line under way.
struct Line {
    begin: usize,
    width: f32,
    /// After the last space.
    space: Option<usize>,
    /// After the last sign within a word.
    sign: Option<usize>,
}

impl Line {
    fn at(begin: usize) -> Self {
        Self { begin, width: 0.0, space: None, sign: None }
    }
}

/// The lines of cleaned text that are at most `width` points wide, as ranges of its bytes: broken
/// after spaces, else after a sign, else anywhere. Always at least one line. The space at its end
/// stays with a line, and may hang over its edge.
pub(crate) fn wrap(face: Face, size: f32, width: f32, text: &str) -> Vec<Range<usize>> {
    let fonts = Fonts::shared();
    let mut lines = Vec::new();
    let mut line = Line::at(0);
    for (at, character) in text.char_indices() {
        let next = at + character.len_utf8();
        if character == '\n' {
            lines.push(line.begin..at);
            line = Line::at(next);
            continue;
        }
        let advance = fonts.glyph(face, character).advance * size;
        while line.width + advance > width && at > line.begin && character != ' ' {
            let begin = line.space.or(line.sign).unwrap_or(at);
            lines.push(line.begin..begin);
            line = Line::at(begin);
            line.width = fonts.width(face, size, &text[begin..at]);
        }
        line.width += advance;
        if character == ' ' {
            line.space = Some(next);
        } else if may_break_after(character) {
            line.sign = Some(next);
        }
    }
    lines.push(line.begin..text.len());
    lines
}

/// Cleaned text in one line, cut with an ellipsis where it is wider than `width` points.
pub(crate) fn fit(face: Face, size: f32, width: f32, text: &str) -> String {
    let fonts = Fonts::shared();
    let text = clean(text).replace('\n', " ");
    if fonts.width(face, size, &text) <= width {
        return text;
    }
    let room = width - fonts.width(face, size, "…");
    let mut used = 0.0;
    let fits = |character: &char| {
        used += fonts.glyph(face, *character).advance * size;
        used <= room
    };
    let mut cut: String = text.chars().take_while(fits).collect();
    cut.truncate(cut.trim_end().len());
    cut.push('…');
    cut
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(width: f32, text: &str) -> Vec<&str> {
        wrap(Face::Mono, 10.0, width, text).into_iter().map(|line| &text[line]).collect()
    }

    #[test]
    fn lines_break_at_spaces_then_after_signs_then_anywhere() {
        // the mono face is 0.602 of its size wide: ten characters to 61 points
        assert_eq!(lines(61.0, "one two three"), ["one two ", "three"]);
        assert_eq!(lines(61.0, "see 2025-03-10 there"), ["see ", "2025-03-10 ", "there"]);
        assert_eq!(lines(61.0, "a/path/of-parts"), ["a/path/of-", "parts"]);
        assert_eq!(lines(61.0, "0123456789abcdef"), ["0123456789", "abcdef"]);
        assert_eq!(lines(61.0, "one\n\ntwo"), ["one", "", "two"]);
        assert_eq!(lines(61.0, ""), [""]);
        assert_eq!(lines(1.0, "abc"), ["a", "b", "c"]);
    }

    #[test]
    fn what_could_deceive_is_seen_and_what_is_nothing_is_left_out() {
        assert_eq!(clean("a\u{202E}b\u{0}c"), "a\u{FFFD}b\u{FFFD}c");
        assert_eq!(clean("soft\u{AD}hyphen\u{200B}"), "softhyphen");
        assert_eq!(clean("e\u{301}\tx\r\ny\u{3000}z"), "é x \ny z");
        assert!(matches!(clean("plain"), Cow::Borrowed("plain")));
    }

    #[test]
    fn text_that_does_not_fit_is_cut_with_an_ellipsis() {
        assert_eq!(fit(Face::Mono, 10.0, 61.0, "0123456789"), "0123456789");
        assert_eq!(fit(Face::Mono, 10.0, 61.0, "0123456789a"), "012345678…");
    }
}
