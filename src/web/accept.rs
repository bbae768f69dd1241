//! `Accept` and `Accept-Encoding` (RFC 9110, section 12.5).

/// Whether `header` (an `Accept-Encoding`) takes content in gzip.
pub(crate) fn takes_gzip(header: Option<&str>) -> bool {
    let quality = |wanted: &str| {
        weighted(header.unwrap_or_default()).find(|(name, _)| name.eq_ignore_ascii_case(wanted))
    };
    let found = quality("gzip").or_else(|| quality("x-gzip")).or_else(|| quality("*"));
    found.is_some_and(|(_, quality)| quality > 0.0)
}

/// Which of `offered` (media types without parameters, the best liked first) `header` (an
/// `Accept`) prefers; the first when there is no header; `None` when it takes none of them.
pub(crate) fn preferred<'a>(header: Option<&str>, offered: &[&'a str]) -> Option<&'a str> {
    let Some(header) = header.filter(|header| !header.trim().is_empty()) else {
        return offered.first().copied();
    };
    let rated = offered.iter().map(|offer| (*offer, quality_of(header, offer)));
    let best = rated.filter(|(_, quality)| *quality > 0.0);
    best.fold(None, |best: Option<(&str, f32)>, next| match best {
        Some(best) if best.1 >= next.1 => Some(best),
        _ => Some(next),
    })
    .map(|(offer, _)| offer)
}

/// The weight of the most specific media range that `offer` falls in.
fn quality_of(header: &str, offer: &str) -> f32 {
    let kind = offer.split('/').next().unwrap_or_default();
    let specific = |range: &str| match range.split_once('/') {
        _ if range.eq_ignore_ascii_case(offer) => Some(2),
        Some((main, "*")) if main.eq_ignore_ascii_case(kind) => Some(1),
        Some(("*", "*")) => Some(0),
        _ => None,
    };
    let matching = weighted(header).filter_map(|(range, q)| Some((specific(range)?, q)));
    matching.max_by_key(|(specific, _)| *specific).map_or(0.0, |(_, quality)| quality)
}

/// The elements of a header with their weights; a weight that is no number counts as none given.
fn weighted(header: &str) -> impl Iterator<Item = (&str, f32)> {
    header.split(',').map(|element| {
        let mut parts = element.split(';').map(str::trim);
        let name = parts.next().unwrap_or_default();
        let weight = parts.find_map(|part| part.strip_prefix("q=").or(part.strip_prefix("Q=")));
        (name, weight.and_then(|weight| weight.parse().ok()).unwrap_or(1.0))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gzip_is_sent_only_to_those_who_take_it() {
        for header in ["gzip", "deflate, gzip;q=0.5", "x-gzip", "*", "br;q=1.0, GZIP"] {
            assert!(takes_gzip(Some(header)), "{header}");
        }
        for header in ["", "identity", "br", "gzip;q=0", "*;q=0", "gzip;q=0, *"] {
            assert!(!takes_gzip(Some(header)), "{header}");
        }
        assert!(!takes_gzip(None));
    }

    #[test]
    fn the_most_specific_media_range_decides() {
        let offered = ["application/json", "text/csv"];
        for (header, expected) in [
            (None, Some("application/json")),
            (Some("*/*"), Some("application/json")),
            (Some("text/csv"), Some("text/csv")),
            (Some("text/*;q=0.3, application/json;q=0.2"), Some("text/csv")),
            (Some("text/csv;q=0, */*"), Some("application/json")),
            (Some("application/json;q=0.5, text/csv"), Some("text/csv")),
            (Some("image/png"), None),
        ] {
            assert_eq!(preferred(header, &offered), expected, "{header:?}");
        }
    }
}
