//! A statement that is accepted is stamped, read back the same, and shown in every format.

use domain::{StatementId, Timestamp};
use xapi::{
    AgentId, Authority, BatchLimits, Format, Languages, Statement, Version, format_statement,
    parse_batch,
};

pub(crate) fn check(data: &[u8]) {
    let authority = Authority::new(AgentId::Account {
        home_page: "http://l.example/".into(),
        name: "k".into(),
    });
    let id: StatementId = "fd41c918-b88b-4b20-a0a5-a4c32391aaa0".parse().expect("it is a UUID");
    for version in Version::ALL {
        let _ = parse_batch(data, version, BatchLimits::default());
        let Ok(sent) = Statement::parse(data, version) else { continue };
        let bytes = sent.clone().stamp(id, &authority).finish(Timestamp::UNIX_EPOCH);
        let read = Statement::parse(&bytes, version).expect("what is stored can be read");
        assert!(sent.same_as(&read) && read.same_as(&sent), "storing changed it");
        let again = read.stamp(id, &authority).finish(Timestamp::UNIX_EPOCH);
        assert!(again == bytes, "stamping again changed it");
        let text = std::str::from_utf8(&bytes).expect("what is stored is UTF-8");
        for format in [Format::Exact, Format::Ids, Format::Canonical] {
            let shown = format_statement(text, format, &Languages::parse("de"), &|_| None)
                .expect("what is stored can be shown");
            assert!(Statement::parse(shown.as_bytes(), version).is_ok(), "{shown}");
        }
    }
}
