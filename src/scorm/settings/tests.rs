use super::*;
use serde_json::json;

fn choices(value: &Value) -> Choices {
    Choices::parse(value.as_object().unwrap()).unwrap()
}

#[test]
fn each_setting_is_described_once_and_in_order() {
    let described: Vec<&str> = ABOUT.iter().map(|about| about.name).collect();
    assert_eq!(described, NAMES);
}

#[test]
fn what_a_description_offers_can_be_chosen_and_its_default_is_offered() {
    for (about, built_in, _) in InForce::default().each() {
        let offered: Vec<Value> = match about.kind {
            Kind::Words(words) => words.iter().map(|(word, _)| json!(word)).collect(),
            Kind::Number { min, max, .. } => vec![json!("none"), json!(min), json!(max)],
            Kind::Instant { .. } => vec![json!("none"), json!("2026-01-01T00:00:00.000Z")],
            Kind::Text { max, .. } => {
                let longest = "é".repeat(max as usize);
                vec![json!("none"), json!("I, {name}, did {course}.\nAll."), json!(longest)]
            }
        };
        assert!(offered.contains(&built_in), "{}: {built_in}", about.name);
        for value in offered {
            let chosen = choices(&json!({ about.name: value }));
            assert_eq!(json!(chosen), json!({ about.name: value }));
        }
    }
}

#[test]
fn a_choice_that_cannot_be_made_says_what_is_expected() {
    let said = json!({
        "strictness": "soft", "attempts_max": 0, "mastery_score": 100.5, "opens_at": "soon",
        "window": null, "colour": "red", "attestation_text": " ",
    });
    let errors = Choices::parse(said.as_object().unwrap()).unwrap_err();
    let mut told: Vec<String> = errors.iter().map(ToString::to_string).collect();
    told.sort();
    assert_eq!(
        told,
        [
            "attempts_max must be a whole number from 1 to 1000, or \"none\"",
            "attestation_text must be a text of at most 2000 characters, or \"none\"",
            "colour is no setting",
            "mastery_score must be a whole number from 0 to 100, or \"none\"",
            "opens_at must be an RFC 3339 instant, or \"none\"",
            "strictness must be \"lenient\" or \"strict\"",
        ]
    );
}

#[test]
fn a_nearer_level_decides_and_each_value_says_where_it_comes_from() {
    let organization = choices(&json!({ "strictness": "strict", "attempts_max": 3 }));
    let course = choices(&json!({ "attempts_max": "none", "contents": "hidden" }));
    let launch = choices(&json!({ "contents": "shown" }));
    let inherited = InForce::inherit([
        (Level::Organization, &organization),
        (Level::Course, &course),
        (Level::Launch, &launch),
    ]);
    let seen = |name: &str| {
        let found = inherited.each().find(|(about, ..)| about.name == name);
        found.map(|(_, value, level)| (value, level)).unwrap()
    };
    assert_eq!(seen("strictness"), (json!("strict"), Level::Organization));
    assert_eq!(seen("attempts_max"), (json!("none"), Level::Course));
    assert_eq!(seen("contents"), (json!("shown"), Level::Launch));
    assert_eq!(seen("rollup"), (json!("every-sco-done"), Level::BuiltIn));
    let kept: InForce = serde_json::from_value(json!(inherited)).unwrap();
    assert_eq!(kept, inherited);
}

#[test]
fn a_course_is_open_from_its_first_instant_until_before_its_last() {
    let at = |seconds: i64| Timestamp::from_micros(seconds * 1_000_000);
    let settings = Settings {
        opens_at: NoneOr::Is(at(10)),
        closes_at: NoneOr::Is(at(20)),
        ..Settings::default()
    };
    assert_eq!(settings.closed(at(9)), Some(Closed::Until(at(10))));
    assert_eq!(settings.closed(at(10)), None);
    assert_eq!(settings.closed(at(19)), None);
    assert_eq!(settings.closed(at(20)), Some(Closed::Since(at(20))));
    assert_eq!(Settings::default().closed(at(0)), None);
}

/// A row of the guide's table.
fn row(about: &About) -> String {
    let values = match about.kind {
        Kind::Words(words) => {
            let each: Vec<String> =
                words.iter().map(|(word, meaning)| format!("`{word}`: {meaning}")).collect();
            each.join("; ")
        }
        Kind::Number { min, max, unit, none } => {
            format!("{min} to {max}, {unit}; `none`: {none}")
        }
        Kind::Instant { none } => format!("an RFC 3339 instant; `none`: {none}"),
        Kind::Text { max, none } => {
            format!("a text of at most {max} characters; `none`: {none}")
        }
    };
    format!("| `{}` | {}. {} | {values} |", about.name, about.title, about.help)
}

#[test]
fn the_guide_describes_each_setting() {
    let guide = include_str!("../../../docs/guide/settings.md");
    let described: Vec<&str> = guide.lines().filter(|line| line.starts_with("| `")).collect();
    let rows: Vec<String> = ABOUT.iter().map(row).collect();
    assert!(described == rows, "docs/guide/settings.md must hold\n{}", rows.join("\n"));
}
