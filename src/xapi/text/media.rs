//! Internet media types (RFC 2046, RFC 9110 section 8.3.1).

/// Whether `text` is `type/subtype` with any parameters (XAPI-00105).
pub fn is_media_type(text: &str) -> bool {
    let mut parts = text.split(';');
    let essence = parts.next().unwrap_or_default().trim_end();
    essence.split_once('/').is_some_and(|(kind, subtype)| is_token(kind) && is_token(subtype))
        && parts.all(|parameter| {
            let parameter = parameter.trim();
            parameter.is_empty()
                || parameter.split_once('=').is_some_and(|(name, value)| {
                    let quoted = value.len() >= 2 && value.starts_with('"') && value.ends_with('"');
                    is_token(name) && (quoted || is_token(value))
                })
        })
}

fn is_token(text: &str) -> bool {
    !text.is_empty()
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn xapi_00105_a_content_type_is_a_media_type() {
        for text in ["text/plain", "text/plain; charset=ascii", "application/vnd.a+json;b=\"c d\""]
        {
            assert!(is_media_type(text), "{text}");
        }
        for text in ["", "text", "text/", "/plain", "text/pl ain", "text/plain; charset", "a/b/c"] {
            assert!(!is_media_type(text), "{text}");
        }
    }
}
