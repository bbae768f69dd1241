//! Names in DOS and Windows code pages: which one is it?

use encoding_rs::Encoding;
use std::collections::HashSet;

/// An encoding that zip tools have written names in without saying so.
pub(super) enum CodePage {
    /// IBM 437, what APPNOTE D.1 prescribes; not in the Encoding Standard.
    Cp437,
    /// IBM 850, DOS in Western Europe; not in the Encoding Standard.
    Cp850,
    /// One of the Encoding Standard.
    Web(&'static Encoding),
}

/// 0x80 to 0xFF of IBM 437.
const CP437: &str = "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u{a0}";
/// 0x80 to 0xFF of IBM 850.
const CP850: &str = "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜø£Ø×ƒáíóúñÑªº¿®¬½¼¡«»░▒▓│┤ÁÂÀ©╣║╗╝¢¥┐└┴┬├─┼ãÃ╚╔╩╦╠═╬¤ðÐÊËÈıÍÎÏ┘┌█▄¦Ì▀ÓßÔÒõÕµþÞÚÛÙýÝ¯´\u{ad}±‗¾¶§÷¸°¨·¹³²■\u{a0}";

/// In order of preference when nothing else tells them apart.
static PAGES: [CodePage; 16] = [
    CodePage::Cp437,
    CodePage::Cp850,
    CodePage::Web(encoding_rs::WINDOWS_1252),
    CodePage::Web(encoding_rs::IBM866),
    CodePage::Web(encoding_rs::WINDOWS_1251),
    CodePage::Web(encoding_rs::WINDOWS_1250),
    CodePage::Web(encoding_rs::SHIFT_JIS),
    CodePage::Web(encoding_rs::GBK),
    CodePage::Web(encoding_rs::BIG5),
    CodePage::Web(encoding_rs::EUC_KR),
    CodePage::Web(encoding_rs::WINDOWS_1253),
    CodePage::Web(encoding_rs::WINDOWS_1254),
    CodePage::Web(encoding_rs::WINDOWS_1255),
    CodePage::Web(encoding_rs::WINDOWS_1256),
    CodePage::Web(encoding_rs::WINDOWS_1257),
    CodePage::Web(encoding_rs::WINDOWS_874),
];

impl CodePage {
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Cp437 => "IBM437",
            Self::Cp850 => "IBM850",
            Self::Web(encoding) => encoding.name(),
        }
    }

    /// The text of these bytes; U+FFFD for what the code page does not have.
    pub(super) fn decode(&self, bytes: &[u8]) -> String {
        match self {
            Self::Cp437 => by_table(bytes, CP437),
            Self::Cp850 => by_table(bytes, CP850),
            Self::Web(encoding) => encoding.decode_without_bom_handling(bytes).0.into_owned(),
        }
    }
}

fn by_table(bytes: &[u8], upper: &str) -> String {
    let upper: Vec<char> = upper.chars().collect();
    let decode = |byte: &u8| match byte.checked_sub(0x80) {
        None => char::from(*byte),
        Some(at) => upper.get(usize::from(at)).copied().unwrap_or('\u{fffd}'),
    };
    bytes.iter().map(decode).collect()
}

/// The code page with which most names are ones that the manifest names; else the one with which
/// they look most like words.
pub(super) fn choose(names: &[&[u8]], hrefs: &[String]) -> &'static CodePage {
    let wanted: HashSet<String> = hrefs.iter().flat_map(|href| segments(href)).collect();
    let score = |page: &CodePage| {
        let decoded: Vec<String> = names.iter().map(|name| page.decode(name)).collect();
        let found = |name: &&String| segments(name).any(|segment| wanted.contains(&segment));
        let oddities: usize = decoded.iter().map(|name| oddities(name)).sum();
        (decoded.iter().filter(found).count(), std::cmp::Reverse(oddities))
    };
    let mut best = &PAGES[0];
    let mut best_score = score(best);
    for page in &PAGES[1..] {
        let this = score(page);
        if this > best_score {
            (best, best_score) = (page, this);
        }
    }
    best
}

/// The segments of a path that are not plain ASCII, folded.
fn segments(path: &str) -> impl Iterator<Item = String> {
    path.split(['/', '\\']).filter(|segment| !segment.is_ascii()).map(super::names::folded)
}

/// How unlike words a text is: what is no letter, accents beside accents in Latin, Latin letters
/// beside others, capitals behind small letters.
fn oddities(text: &str) -> usize {
    let mut odd = 0;
    let mut before = ' ';
    for c in text.chars() {
        let (accented, accented_before) = (is_latin(c), is_latin(before));
        odd += match c {
            '\u{fffd}' => 10,
            _ if c.is_ascii() => 0,
            _ if !c.is_alphabetic() => 3,
            _ if accented && accented_before => 2,
            _ if !accented && (before.is_ascii_alphabetic() || accented_before) => 2,
            _ if c.is_uppercase() && before.is_lowercase() => 2,
            // Two bytes make one ideograph, so such texts have fewer chances to look odd.
            '\u{2e80}'.. => 1,
            _ => 0,
        };
        if c.is_ascii_alphabetic()
            && before.is_alphabetic()
            && !before.is_ascii()
            && !accented_before
        {
            odd += 2;
        }
        before = c;
    }
    odd
}

/// Latin letters beyond ASCII.
fn is_latin(c: char) -> bool {
    matches!(c, '\u{c0}'..='\u{24f}') && c.is_alphabetic()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(page: &CodePage, text: &str) -> Vec<u8> {
        match page {
            CodePage::Web(encoding) => encoding.encode(text).0.into_owned(),
            CodePage::Cp437 => to_bytes(text, CP437),
            CodePage::Cp850 => to_bytes(text, CP850),
        }
    }

    fn to_bytes(text: &str, upper: &str) -> Vec<u8> {
        let byte = |c: char| match upper.chars().position(|one| one == c) {
            Some(at) => u8::try_from(at + 0x80).unwrap(),
            None => u8::try_from(u32::from(c)).unwrap(),
        };
        text.chars().map(byte).collect()
    }

    #[test]
    fn the_dos_tables_have_128_characters() {
        assert_eq!((CP437.chars().count(), CP850.chars().count()), (128, 128));
    }

    #[test]
    fn the_manifest_decides_which_code_page_it_is() {
        let cases = [
            (0, "größe.html"),
            (1, "Ávila.html"),
            (2, "größe.html"),
            (3, "Урок.html"),
            (4, "Урок.html"),
            (5, "žluťoučký.html"),
            (6, "日本語.html"),
            (7, "课程.html"),
            (8, "課程.html"),
            (9, "한국어.html"),
            (10, "μάθημα.html"),
        ];
        for (at, text) in cases {
            let raw = bytes(&PAGES[at], text);
            let page = choose(&[&raw], &[format!("folder/{text}")]);
            assert_eq!(page.decode(&raw), text);
        }
    }

    #[test]
    fn without_a_manifest_words_are_preferred() {
        for (at, text) in [(0, "größe.html"), (3, "Урок первый.html"), (4, "Урок первый.html")]
        {
            let raw = bytes(&PAGES[at], text);
            assert_eq!(choose(&[&raw], &[]).decode(&raw), text);
        }
    }
}
