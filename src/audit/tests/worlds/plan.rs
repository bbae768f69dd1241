//! What a random world is made from: few small numbers, so that a failure shrinks to little.

use audit::Verb;
use audit::world::{Anchor, Attesting, Basis, Credit, ExceptionKind, ExitRule, Rule};
use proptest::collection::vec;
use proptest::option::{of, weighted};
use proptest::prelude::*;
use proptest::sample::select;

/// The last day on which anything begins, counted from the first day of the world.
const DAYS: u32 = 260;

/// When a row is known, in days; mostly always.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Known {
    pub(crate) recorded: Option<u32>,
    pub(crate) retracted: Option<u32>,
}

/// A range of days, of something that there are two of.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Range {
    pub(crate) which: usize,
    pub(crate) start: u32,
    pub(crate) days: Option<u32>,
    pub(crate) known: Known,
}

/// A statement.
#[derive(Debug, Clone)]
pub(crate) struct Deed {
    pub(crate) verb: Verb,
    pub(crate) course: usize,
    pub(crate) version: usize,
    /// Since the first day of the world.
    pub(crate) minutes: u32,
    /// From `timestamp` to `stored`; negative is a clock that runs ahead.
    pub(crate) delay: i32,
    /// Days from `stored` to when it became known.
    pub(crate) imported: Option<u32>,
    pub(crate) registration: Option<usize>,
    pub(crate) scaled: Option<u8>,
    pub(crate) seconds: Option<u32>,
    pub(crate) authority: usize,
    /// Sent again.
    pub(crate) again: bool,
    /// Days until it is voided.
    pub(crate) voided: Option<u32>,
}

/// A signature.
#[derive(Debug, Clone)]
pub(crate) struct Signing {
    pub(crate) course: usize,
    pub(crate) version: usize,
    pub(crate) minutes: u32,
    /// Days until it became known; none is at once.
    pub(crate) known: Option<u32>,
}

/// An exception.
#[derive(Debug, Clone)]
pub(crate) struct Excuse {
    pub(crate) requirement: usize,
    pub(crate) kind: ExceptionKind,
    pub(crate) range: Range,
    pub(crate) extended: u32,
}

#[derive(Debug, Clone)]
pub(crate) struct Somebody {
    pub(crate) access: Vec<Range>,
    pub(crate) employment: Vec<Range>,
    pub(crate) roles: Vec<Range>,
    pub(crate) deeds: Vec<Deed>,
    pub(crate) signings: Vec<Signing>,
    pub(crate) excuses: Vec<Excuse>,
}

/// A version: on which days it is accepted.
#[derive(Debug, Clone)]
pub(crate) struct Release {
    pub(crate) from: Option<u32>,
    pub(crate) until: Option<u32>,
    pub(crate) known: Known,
}

/// A retraining: of which course of the requirement, from which version and day on.
#[derive(Debug, Clone)]
pub(crate) struct Anew {
    pub(crate) course: usize,
    pub(crate) version: usize,
    pub(crate) on: u32,
    pub(crate) within: u32,
}

#[derive(Debug, Clone)]
pub(crate) struct Rules {
    pub(crate) courses: usize,
    pub(crate) rule: Rule,
    pub(crate) least: Option<u8>,
    pub(crate) basis: Basis,
    pub(crate) narrow: [bool; 3],
    pub(crate) from: Option<u32>,
    pub(crate) to: Option<u32>,
    pub(crate) within: u32,
    pub(crate) date: Option<u32>,
    pub(crate) recurrence: Option<&'static str>,
    pub(crate) anchor: Anchor,
    pub(crate) opens: Option<u32>,
    pub(crate) credit: Credit,
    pub(crate) exit: ExitRule,
    pub(crate) attestation: Attesting,
    pub(crate) anew: Vec<Anew>,
}

/// A world and a question about it.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    pub(crate) zone: &'static str,
    /// Whether the first two people claim one address.
    pub(crate) shared: bool,
    pub(crate) graded: bool,
    pub(crate) people: Vec<Somebody>,
    pub(crate) courses: Vec<Vec<Release>>,
    pub(crate) rules: Vec<Rules>,
    pub(crate) period: (u32, u32),
    pub(crate) as_of: u32,
}

fn known() -> impl Strategy<Value = Known> {
    prop_oneof![
        8 => Just(Known::default()),
        1 => (0..DAYS).prop_map(|day| Known { recorded: Some(day), retracted: None }),
        1 => (0..DAYS).prop_map(|day| Known { recorded: None, retracted: Some(day) }),
    ]
}

fn range(longest: u32) -> impl Strategy<Value = Range> {
    (0..2_usize, 0..DAYS, weighted(0.8, 0..longest), known())
        .prop_map(|(which, start, days, known)| Range { which, start, days, known })
}

fn deed() -> impl Strategy<Value = Deed> {
    let verb = prop_oneof![
        10 => Just(Verb::Passed),
        3 => Just(Verb::Completed),
        3 => Just(Verb::Failed),
        1 => Just(Verb::Waived),
        1 => Just(Verb::Satisfied),
    ];
    // Near midnight, where zones differ, and at few instants, where statements meet.
    let hour = select(vec![0, 30, 8 * 60, 12 * 60, 22 * 60 + 30, 23 * 60 + 59]);
    let minutes = (0..DAYS, hour).prop_map(|(day, minute)| day * 24 * 60 + minute);
    let delay = prop_oneof![
        8 => Just(1),
        1 => select(vec![-60, -3, 600, 7 * 24 * 60, 7 * 24 * 60 + 1, 20 * 24 * 60]),
    ];
    let result = (weighted(0.6, 40..101_u8), weighted(0.2, 1..90_u32));
    let handling =
        (weighted(0.1, 0..40_u32), 0..3_usize, prop::bool::weighted(0.1), weighted(0.1, 0..40_u32));
    let about = (0..2_usize, 0..3_usize, weighted(0.8, 0..3_usize));
    (verb, about, minutes, delay, result, handling).prop_map(
        |(verb, (course, version, registration), minutes, delay, (scaled, seconds), handling)| {
            let (imported, authority, again, voided) = handling;
            Deed {
                verb,
                course,
                version,
                minutes,
                delay,
                imported,
                registration,
                scaled,
                seconds,
                authority,
                again,
                voided,
            }
        },
    )
}

fn signing() -> impl Strategy<Value = Signing> {
    (0..2_usize, 0..3_usize, 0..DAYS * 24 * 60, weighted(0.2, 0..30_u32))
        .prop_map(|(course, version, minutes, known)| Signing { course, version, minutes, known })
}

fn excuse() -> impl Strategy<Value = Excuse> {
    let kind = select(vec![ExceptionKind::Leave, ExceptionKind::Exempt]);
    (0..3_usize, kind, range(60), 0..60_u32).prop_map(|(requirement, kind, range, extended)| {
        Excuse { requirement, kind, range, extended }
    })
}

fn somebody() -> impl Strategy<Value = Somebody> {
    (
        vec(range(90), 0..4),
        vec(range(200), 0..3),
        vec(range(120), 0..3),
        vec(deed(), 0..12),
        vec(signing(), 0..6),
        vec(excuse(), 0..3),
    )
        .prop_map(|(access, employment, roles, deeds, signings, excuses)| Somebody {
            access,
            employment,
            roles,
            deeds,
            signings,
            excuses,
        })
}

fn release() -> impl Strategy<Value = Release> {
    (weighted(0.2, 0..150_u32), weighted(0.2, 100..DAYS), known())
        .prop_map(|(from, until, known)| Release { from, until, known })
}

fn rules() -> impl Strategy<Value = Rules> {
    let anew = (0..2_usize, 0..3_usize, 0..DAYS, 0..30_u32)
        .prop_map(|(course, version, on, within)| Anew { course, version, on, within });
    let what = (
        prop_oneof![3 => Just(1), 1 => Just(2), 1 => Just(0)],
        select(vec![Rule::Passed, Rule::Completed]),
        weighted(0.3, 50..90_u8),
        prop_oneof![3 => Just(Attesting::None), 1 => Just(Attesting::Required)],
    );
    let whom = (
        prop_oneof![4 => Just(Basis::Access), 1 => Just(Basis::Employment)],
        [prop::bool::weighted(0.15), prop::bool::weighted(0.15), prop::bool::weighted(0.15)],
        weighted(0.4, 0..100_u32),
        weighted(0.2, 80..DAYS),
    );
    let spans = vec!["P2W", "P1M", "P45D", "P2M", "P3M"];
    let when = (
        select(vec![0, 3, 7, 14, 30]),
        weighted(0.2, 0..DAYS),
        weighted(0.8, select(spans)),
        select(vec![Anchor::Completion, Anchor::Due]),
        of(0..40_u32),
    );
    let how = (
        prop_oneof![3 => Just(Credit::Valid), 1 => Just(Credit::None)],
        select(vec![ExitRule::DueByExit, ExitRule::Excuse]),
        vec(anew, 0..3),
    );
    (what, whom, when, how).prop_map(|(what, whom, when, how)| {
        let (courses, rule, least, attestation) = what;
        let (basis, narrow, from, to) = whom;
        let (within, date, recurrence, anchor, opens) = when;
        let (credit, exit, anew) = how;
        Rules {
            courses,
            rule,
            least,
            basis,
            narrow,
            from,
            to,
            within,
            date,
            recurrence,
            anchor,
            opens,
            credit,
            exit,
            attestation,
            anew,
        }
    })
}

/// Any world, and any question about it.
pub(crate) fn any_plan() -> impl Strategy<Value = Plan> {
    let zones = vec!["UTC", "Europe/Berlin", "America/Los_Angeles", "Pacific/Kiritimati"];
    let period = prop_oneof![
        4 => (0..DAYS, 20..120_u32),
        1 => (0..DAYS, Just(0)),
    ];
    (
        (select(zones), prop::bool::weighted(0.2), prop::bool::weighted(0.4)),
        vec(somebody(), 1..4),
        vec(vec(release(), 1..4), 2),
        vec(rules(), 1..4),
        period,
        DAYS / 3..DAYS + 40,
    )
        .prop_map(|((zone, shared, graded), people, courses, rules, period, as_of)| Plan {
            zone,
            shared,
            graded,
            people,
            courses,
            rules,
            period,
            as_of,
        })
}
