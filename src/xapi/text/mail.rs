//! `mailto:` IRIs of one mail address.

use super::is_iri;

/// The address of `mailto:local@domain` (XAPI-00038) with its domain in lower case, in which case
/// does not matter (Data 2.3.1); `None` for anything else.
pub(crate) fn mail_address(mbox: &str) -> Option<String> {
    let address = mbox.strip_prefix("mailto:")?;
    let (local, domain) = address.rsplit_once('@')?;
    let local_fits = !local.is_empty() && !local.contains(['@', ',', ';', ':', '/', '(', ')']);
    let domain_fits = !domain.is_empty()
        && domain.split('.').all(|label| {
            !label.is_empty()
                && label.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_'))
        });
    let fits = local_fits && domain_fits && !address.contains(['?', '#']) && is_iri(mbox);
    fits.then(|| format!("{local}@{}", domain.to_lowercase()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn xapi_00038_an_mbox_is_mailto_and_one_address() {
        for (mbox, address) in [
            ("mailto:a@example.com", "a@example.com"),
            ("mailto:A.b+c@Example.COM", "A.b+c@example.com"),
            ("mailto:o'neil@host", "o'neil@host"),
            ("mailto:ü@例え.jp", "ü@例え.jp"),
        ] {
            assert_eq!(mail_address(mbox).as_deref(), Some(address), "{mbox}");
        }
        for mbox in [
            "",
            "a@example.com",
            "mailto:",
            "mailto:a",
            "mailto:@example.com",
            "mailto:a@",
            "mailto:a@b@c",
            "mailto:a b@c",
            "mailto:a@b..c",
            "mailto:a@b?subject=c",
            "MAILTO:a@b.c",
            "mailto:a@b,c@d",
            "mailto://a@b.c",
        ] {
            assert_eq!(mail_address(mbox), None, "{mbox}");
        }
    }
}
