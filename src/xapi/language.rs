//! Which language of a map to show (Communication 2.1.3, Language Filtering Requirements).

use crate::json::Value;

/// The languages that a client prefers, best first, from `Accept-Language`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Languages(Vec<String>);

impl Languages {
    /// Reads the header (RFC 9110 section 12.5.4). What is not understood is skipped; ranges with
    /// weight zero are left out.
    pub fn parse(header: &str) -> Self {
        let mut ranges: Vec<(u16, &str)> = Vec::new();
        for part in header.split(',') {
            let mut fields = part.split(';').map(str::trim);
            let range = fields.next().unwrap_or_default();
            let weight = fields
                .find_map(|field| field.strip_prefix("q=").or_else(|| field.strip_prefix("Q=")))
                .map_or(Some(1000), thousandths);
            if let Some(weight @ 1..) = weight
                && !range.is_empty()
            {
                ranges.push((weight, range));
            }
        }
        // Stable, so that equal weights keep the order of the header.
        ranges.sort_by_key(|(weight, _)| std::cmp::Reverse(*weight));
        Self(ranges.into_iter().map(|(_, range)| range.to_owned()).collect())
    }

    /// The entry of a language map to show: the first that a range matches, or that is the
    /// language of a range without its region; else English, undetermined, or the map's first.
    pub(crate) fn choose<'a>(&self, map: Value<'a>) -> Option<(String, Value<'a>)> {
        let entry = |wanted: &dyn Fn(&str) -> bool| {
            map.members()
                .map(|(key, value)| (key.text().into_owned(), value))
                .find(|(tag, _)| wanted(tag))
        };
        let preferred = self.0.iter().find_map(|range| {
            entry(&|tag| range == "*" || tag.eq_ignore_ascii_case(range))
                .or_else(|| entry(&|tag| begins_with_subtags(tag, range)))
                .or_else(|| entry(&|tag| begins_with_subtags(range, tag)))
        });
        preferred
            .or_else(|| entry(&|tag| begins_with_subtags(tag, "en")))
            .or_else(|| entry(&|tag| tag.eq_ignore_ascii_case("und")))
            .or_else(|| entry(&|_| true))
    }
}

/// Whether `tag` is `prefix`, or goes on after it with another subtag.
fn begins_with_subtags(tag: &str, prefix: &str) -> bool {
    tag.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix))
        && matches!(tag.as_bytes().get(prefix.len()), None | Some(b'-'))
}

/// A weight from 0 to 1 with up to three decimals.
fn thousandths(weight: &str) -> Option<u16> {
    let (whole, fraction) = weight.split_once('.').unwrap_or((weight, ""));
    let digits = fraction.len() <= 3 && fraction.bytes().all(|b| b.is_ascii_digit());
    let fraction: u16 = format!("{fraction:0<3}").parse().ok().filter(|_| digits)?;
    match whole {
        "0" => Some(fraction),
        "1" if fraction == 0 => Some(1000),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::{Document, Limits};

    #[test]
    fn xapi_00172_the_best_language_is_chosen_for_each_map() {
        let map = r#"{"de":"1","en-GB":"2","en-US":"3","fr-CA":"4","zh-Hans":"5"}"#;
        let document = Document::parse(map.as_bytes(), Limits::default()).unwrap();
        for (header, tag) in [
            ("de", "de"),
            ("EN-us", "en-US"),
            ("en", "en-GB"),
            ("de-AT", "de"),
            ("fr", "fr-CA"),
            ("fr;q=0.5, de;q=0.9", "de"),
            ("it, fr-CA;q=0.2, zh;q=0.3", "zh-Hans"),
            ("de;q=0, fr-CA", "fr-CA"),
            ("it", "en-GB"),
            ("", "en-GB"),
            ("*", "de"),
            ("e", "en-GB"),
            ("de;q=nonsense, fr", "fr-CA"),
        ] {
            let chosen = Languages::parse(header).choose(document.root()).map(|(tag, _)| tag);
            assert_eq!(chosen.as_deref(), Some(tag), "{header}");
        }
    }
}
