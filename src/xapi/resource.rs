//! The answers of the agents and about resources (Communication 2.4, 2.8).

use crate::{AgentId, Version, json::write_string};
use std::collections::BTreeSet;

/// The Person object of an agent (XAPI-00236 to 00249): every name and identifier known of it, each
/// once and in a fixed order.
pub fn person_json<'a>(
    ids: impl IntoIterator<Item = &'a AgentId>,
    names: impl IntoIterator<Item = &'a str>,
) -> String {
    let mut lists: [(&str, Vec<String>); 5] = [
        ("name", Vec::new()),
        ("mbox", Vec::new()),
        ("mbox_sha1sum", Vec::new()),
        ("openid", Vec::new()),
        ("account", Vec::new()),
    ];
    let text = |value: &str| {
        let mut out = String::new();
        write_string(&mut out, value);
        out
    };
    for name in names.into_iter().collect::<BTreeSet<_>>() {
        lists[0].1.push(text(name));
    }
    for id in ids.into_iter().collect::<BTreeSet<_>>() {
        match id {
            AgentId::Mbox(address) => lists[1].1.push(text(&format!("mailto:{address}"))),
            AgentId::MboxSha1(hash) => lists[2].1.push(text(hash)),
            AgentId::OpenId(uri) => lists[3].1.push(text(uri)),
            AgentId::Account { home_page, name } => lists[4].1.push(format!(
                "{{\"homePage\":{},\"name\":{}}}",
                text(home_page),
                text(name)
            )),
        }
    }
    let mut out = String::from("{\"objectType\":\"Person\"");
    for (name, values) in lists.iter().filter(|(_, values)| !values.is_empty()) {
        out.push_str(",\"");
        out.push_str(name);
        out.push_str("\":[");
        out.push_str(&values.join(","));
        out.push(']');
    }
    out.push('}');
    out
}

/// What the about resource says (XAPI-00316 to 00318): the versions spoken, and extensions, each an
/// IRI with a number.
pub fn about_json(extensions: &[(&str, u64)]) -> String {
    let versions = Version::ALL.map(|version| format!("\"{version}\""));
    let mut out = format!("{{\"version\":[{}],\"extensions\":{{", versions.join(","));
    for (index, (iri, number)) in extensions.iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        write_string(&mut out, iri);
        out.push(':');
        out.push_str(&number.to_string());
    }
    out.push_str("}}");
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// XAPI-00237 to 00242, XAPI-00246.
    #[test]
    fn xapi_00236_a_person_has_each_identifier_in_an_array() {
        let ids = [
            "mbox:a@b.c",
            "account:http://h.example/|n\"",
            "mbox:a@b.c",
            "openid:http://o.example/",
            "sha1:ebd31e95054c018b10727ccffd2ef2ec3a016ee9",
        ]
        .map(|text| text.parse::<AgentId>().unwrap());
        assert_eq!(
            person_json(&ids, ["B", "A", "B"]),
            r#"{"objectType":"Person","name":["A","B"],"mbox":["mailto:a@b.c"],"mbox_sha1sum":["ebd31e95054c018b10727ccffd2ef2ec3a016ee9"],"openid":["http://o.example/"],"account":[{"homePage":"http://h.example/","name":"n\""}]}"#
        );
    }

    /// XAPI-00316 to 00318, XAPI-00320.
    #[test]
    fn xapi_00317_about_names_the_versions_spoken() {
        let limits = [("urn:x:a", 1), ("urn:x:b", 20)];
        let expected = r#"{"version":["1.0.3","2.0.0"],"extensions":{"urn:x:a":1,"urn:x:b":20}}"#;
        assert_eq!(about_json(&limits), expected);
        assert_eq!(about_json(&[]), r#"{"version":["1.0.3","2.0.0"],"extensions":{}}"#);
    }
}
