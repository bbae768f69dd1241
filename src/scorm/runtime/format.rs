//! The data types of both run-time specifications, as named functions with parameters.
//!
//! A type never knows which element it checks: the table names it, here and in the browser.

use super::Strictness;
use super::fault::Fault;
use super::response::{self, Role};
use super::timespan::Timespan;
use serde::Serialize;
use serde_json::{Value, json};
use std::collections::HashSet;
use std::sync::LazyLock;

/// The type of an element.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum Format {
    /// `CMIString255`, `CMIString4096`, `characterstring (SPM: limit)`.
    Text {
        /// In characters; see [`length`].
        limit: usize,
    },
    /// `localized_string_type (SPM: limit)`: a `{lang=…}` prefix, then text.
    Localized {
        /// Of the text after the prefix.
        limit: usize,
    },
    /// SCORM 1.2 `CMIIdentifier`: printable characters without white space.
    CmiIdentifier {
        /// In characters.
        limit: usize,
    },
    /// `long_identifier_type`, `short_identifier_type`: a URI reference (RFC 3986).
    Identifier {
        /// In characters.
        limit: usize,
    },
    /// `language_type (SPM: limit)`: empty or an RFC 3066 tag of ISO 639.
    Language {
        /// In characters.
        limit: usize,
    },
    /// `CMIDecimal`, `real(10,7)`.
    Real {
        /// The smallest value.
        #[serde(skip_serializing_if = "Option::is_none")]
        min: Option<f64>,
        /// The largest value.
        #[serde(skip_serializing_if = "Option::is_none")]
        max: Option<f64>,
        /// Whether the empty string is a value (`CMIBlank`).
        blank: bool,
        /// Whether a lenient session takes numbers beyond the bounds: much content counts points.
        #[serde(skip_serializing_if = "std::ops::Not::not")]
        beyond: bool,
    },
    /// SCORM 1.2 `CMIInteger`, `CMISInteger`.
    Integer {
        /// The smallest value.
        min: i32,
        /// The largest value.
        max: i32,
    },
    /// SCORM 1.2 `CMITime`: `HH:MM:SS.SS` of a day.
    CmiTime,
    /// SCORM 1.2 `CMITimespan`.
    CmiTimespan,
    /// `time(second,10,0)`.
    Time,
    /// `timeinterval(second,10,2)`.
    Timeinterval,
    /// `CMIVocabulary`, `state`: one of the words.
    Words {
        /// The words.
        words: &'static [&'static str],
        /// Words beyond the specification that are accepted leniently.
        #[serde(skip_serializing_if = "<[_]>::is_empty")]
        also: &'static [&'static str],
        /// Whether a number will do too (`result`).
        #[serde(skip_serializing_if = "std::ops::Not::not")]
        or_real: bool,
    },
    /// `adl.nav.request`: one of the words, or `{target=ID}` and one of the others.
    Navigation {
        /// Requests without a target.
        words: &'static [&'static str],
        /// Requests without a target that are accepted leniently.
        #[serde(skip_serializing_if = "<[_]>::is_empty")]
        also: &'static [&'static str],
        /// Requests with a target.
        targeted: &'static [&'static str],
    },
    /// A learner's response or a correct response, in the format of the interaction's type.
    Response {
        /// Which of the two.
        role: Role,
        /// The element that holds the interaction's type.
        kind: &'static str,
    },
    /// `_children`.
    Children,
    /// `_count`.
    Count {
        /// Whether content adds entries to the collection.
        grows: bool,
    },
    /// `_version`.
    Version,
}

/// What was accepted beyond the letter of the specification.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Note {
    /// A text longer than the specification grants.
    Longer,
    /// A form that the specification does not have.
    Form,
}

impl Note {
    /// What an author is told.
    pub const fn text(self) -> &'static str {
        match self {
            Self::Longer => {
                "accepted, though longer than the specification allows content to rely on"
            }
            Self::Form => "accepted, though not in the form that the specification gives",
        }
    }

    pub(super) fn texts() -> Value {
        json!({ "longer": Self::Longer.text(), "form": Self::Form.text() })
    }
}

/// The verdict on a value: accepted, perhaps with a note, or refused.
pub(super) type Verdict = Result<Option<Note>, Fault>;

/// The length of a text: UTF-16 code units, as browsers count.
pub(super) fn length(text: &str) -> usize {
    text.encode_utf16().count()
}

/// Longest text accepted leniently where the specification grants `limit`: 64 Ki characters, 1 Mi
/// where it grants 4,000 or more.
pub(super) const fn ceiling(limit: usize) -> usize {
    if limit >= 4_000 { 1 << 20 } else { 1 << 16 }
}

/// Judges a text's length against what the specification grants.
pub(super) fn within(text: &str, limit: usize, strictness: Strictness) -> Verdict {
    let length = length(text);
    if length <= limit {
        Ok(None)
    } else if strictness == Strictness::Lenient && length <= ceiling(limit) {
        Ok(Some(Note::Longer))
    } else {
        Err(Fault::TooLong)
    }
}

/// Accepts what fits; what does not fit is refused when strict, noted when lenient.
pub(super) fn loosely(fits: bool, strictness: Strictness) -> Verdict {
    match (fits, strictness) {
        (true, _) => Ok(None),
        (false, Strictness::Lenient) => Ok(Some(Note::Form)),
        (false, Strictness::Strict) => Err(Fault::Type),
    }
}

/// The note of two verdicts of which both accept.
pub(super) const fn either(one: Option<Note>, other: Option<Note>) -> Option<Note> {
    if one.is_some() { one } else { other }
}

fn exactly(fits: bool) -> Verdict {
    if fits { Ok(None) } else { Err(Fault::Type) }
}

impl Format {
    /// Judges a value that does not depend on another element ([`Format::Response`] does).
    pub(super) fn check(&self, value: &str, strictness: Strictness) -> Verdict {
        match *self {
            Self::Text { limit } => within(value, limit, strictness),
            Self::Localized { limit } => localized(value, limit, strictness),
            Self::CmiIdentifier { limit } => {
                let printable = |c: char| !c.is_whitespace() && !c.is_control();
                if value.trim().is_empty() {
                    return Err(Fault::Type);
                }
                let form = loosely(value.chars().all(printable), strictness)?;
                Ok(either(form, within(value, limit, strictness)?))
            }
            Self::Identifier { limit } => {
                exactly(is_uri(value))?;
                within(value, limit, strictness)
            }
            Self::Language { limit } => {
                exactly(value.is_empty() || is_language(value))?;
                within(value, limit, strictness)
            }
            Self::Real { blank: true, .. } if value.is_empty() => Ok(None),
            Self::Real { min, max, beyond, .. } => {
                real(value, min, max).or_else(|fault| match (fault, strictness) {
                    (Fault::Range, Strictness::Lenient) if beyond => Ok(Some(Note::Form)),
                    (fault, _) => Err(fault),
                })
            }
            Self::Integer { min, max } => integer(value, min, max),
            Self::CmiTime => cmi_time(value, strictness),
            Self::CmiTimespan => {
                exactly(Timespan::parse_scorm12(value).is_some())?;
                let hours = value.find(':').unwrap_or(0);
                loosely((2..=4).contains(&hours) && decimals(value) <= 2, strictness)
            }
            Self::Time => {
                exactly(is_time(value, is_loose_clock) || is_time(value, is_clock))?;
                loosely(is_time(value, is_clock), strictness)
            }
            Self::Timeinterval => {
                exactly(Timespan::parse_scorm2004(value).is_some())?;
                loosely(decimals(value) <= 2, strictness)
            }
            Self::Words { words, also, or_real } => {
                if words.contains(&value) || (or_real && parse_real(value).is_some()) {
                    return Ok(None);
                }
                exactly(also.contains(&value))?;
                loosely(false, strictness)
            }
            Self::Navigation { words, also, targeted } => {
                if words.contains(&value) || is_targeted(value, targeted) {
                    return Ok(None);
                }
                exactly(also.contains(&value))?;
                loosely(false, strictness)
            }
            Self::Response { .. } => response::check_untyped(value, strictness),
            Self::Children | Self::Count { .. } | Self::Version => Err(Fault::Keyword),
        }
    }

    /// The value as it is kept: a text that is the default language and nothing else is empty.
    pub(super) fn kept<'v>(&self, value: &'v str) -> &'v str {
        match self {
            Self::Localized { .. } | Self::Response { .. } if value == "{lang=en}" => "",
            _ => value,
        }
    }

    /// Whether only the LMS ever sets it, as a keyword.
    pub(super) const fn is_keyword(&self) -> bool {
        matches!(self, Self::Children | Self::Count { .. } | Self::Version)
    }
}

/// Reads a number: an optional sign, digits, an optional fraction; no exponent.
pub(super) fn parse_real(text: &str) -> Option<f64> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let plain = whole.bytes().chain(fraction.bytes()).all(|b| b.is_ascii_digit());
    if !plain || (whole.is_empty() && fraction.is_empty()) {
        return None;
    }
    text.parse().ok()
}

fn real(value: &str, min: Option<f64>, max: Option<f64>) -> Verdict {
    let number = parse_real(value).ok_or(Fault::Type)?;
    if min.is_some_and(|min| number < min) || max.is_some_and(|max| number > max) {
        return Err(Fault::Range);
    }
    Ok(None)
}

fn integer(value: &str, min: i32, max: i32) -> Verdict {
    let digits = value.strip_prefix(['+', '-']).unwrap_or(value);
    let fits = (1..=9).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
    exactly(fits)?;
    let number: i32 = value.parse().map_err(|_| Fault::Type)?;
    if (min..=max).contains(&number) { Ok(None) } else { Err(Fault::Range) }
}

fn localized(value: &str, limit: usize, strictness: Strictness) -> Verdict {
    let Some(rest) = value.strip_prefix("{lang=") else {
        return within(value, limit, strictness);
    };
    let (tag, text) = rest.split_once('}').ok_or(Fault::Type)?;
    exactly(is_language(tag))?;
    within(text, limit, strictness)
}

/// Whether a text is `{target=ID}` followed by one of `words`.
fn is_targeted(value: &str, words: &[&str]) -> bool {
    value
        .strip_prefix("{target=")
        .and_then(|rest| rest.split_once('}'))
        .is_some_and(|(target, word)| !target.is_empty() && words.contains(&word))
}

/// Whether a text is a URI reference as `long_identifier_type` wants it (SCORM 2004 RTE 4.1.1.3,
/// RFC 3986): no white space, no characters that must be percent-encoded, letters beyond ASCII
/// allowed; a scheme says something after its colon, and `urn:` a name space and a name.
pub(super) fn is_uri(text: &str) -> bool {
    const PUNCTUATION: &str = "-._~:/?#@!$&'()*+,;=%";
    let allowed = |c: char| {
        c.is_ascii_alphanumeric()
            || PUNCTUATION.contains(c)
            || (!c.is_ascii() && !c.is_control() && !c.is_whitespace())
    };
    if text.is_empty() || !text.chars().all(allowed) {
        return false;
    }
    match text.split_once(':') {
        Some((scheme, "")) => !scheme.bytes().all(|b| b.is_ascii_alphanumeric()),
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("urn") => {
            rest.split_once(':').is_some_and(|(space, name)| !space.is_empty() && !name.is_empty())
        }
        _ => true,
    }
}

/// Whether a text is a language tag (SCORM 2004 RTE 4.1.1.2; RFC 3066): a code of ISO 639-1 or
/// 639-2, `i` or `x`, then subtags of 1 to 8 letters and digits.
pub(super) fn is_language(tag: &str) -> bool {
    static CODES: LazyLock<HashSet<&str>> =
        LazyLock::new(|| LANGUAGES.split_ascii_whitespace().collect());
    let mut subtags = tag.split('-');
    let Some(code) = subtags.next().map(str::to_ascii_lowercase) else { return false };
    let subtag =
        |s: &str| (1..=8).contains(&s.len()) && s.bytes().all(|b| b.is_ascii_alphanumeric());
    match code.as_str() {
        "i" | "x" => tag.len() > 2 && subtags.all(subtag),
        code => CODES.contains(code) && subtags.all(subtag),
    }
}

/// SCORM 1.2 `CMITime` (RTE 3.4.2); leniently one digit of hours and any fraction.
fn cmi_time(value: &str, strictness: Strictness) -> Verdict {
    let mut parts = value.splitn(3, ':');
    let (Some(hours), Some(minutes), Some(seconds)) = (parts.next(), parts.next(), parts.next())
    else {
        return Err(Fault::Type);
    };
    let (seconds, fraction) = seconds.split_once('.').unwrap_or((seconds, "0"));
    let fits = below(hours, 24, 1..=2)
        && below(minutes, 60, 2..=2)
        && below(seconds, 60, 2..=2)
        && below(fraction, u32::MAX, 1..=9);
    exactly(fits)?;
    loosely(hours.len() == 2 && fraction.len() <= 2, strictness)
}

/// How many digits follow the point of a duration.
fn decimals(text: &str) -> usize {
    text.split_once('.').map_or(0, |(_, rest)| rest.bytes().take_while(u8::is_ascii_digit).count())
}

/// Whether a text is so many digits that make a number below `bound`.
fn below(text: &str, bound: u32, digits: std::ops::RangeInclusive<usize>) -> bool {
    digits.contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_digit())
        && text.parse::<u32>().is_ok_and(|n| n < bound)
}

/// Whether a text is a `time(second,10,0)` (SCORM 2004 RTE 4.1.1.6):
/// `YYYY[-MM[-DD[Thh[:mm[:ss[.s[TZD]]]]]]]`, years 1970 to 2038, at most two decimals, a zone
/// only after decimals.
fn is_time(text: &str, is_clock: fn(&str) -> bool) -> bool {
    let (date, clock) = match text.split_once('T') {
        Some((date, clock)) => (date, Some(clock)),
        None => (text, None),
    };
    let mut fields = date.split('-');
    let year = fields.next().and_then(|y| number(y, 4, 1970, 2038));
    let month = fields.next().map(|m| number(m, 2, 1, 12));
    let day = fields.next().map(|d| number(d, 2, 1, 31));
    let Some(year) = year else { return false };
    let fits = match (month, day) {
        (None | Some(Some(_)), None) => clock.is_none(),
        (Some(Some(month)), Some(Some(day))) => {
            day <= days_in(year, month) && clock.is_none_or(is_clock)
        }
        _ => false,
    };
    fits && fields.next().is_none()
}

fn is_clock(text: &str) -> bool {
    let Some((clock, rest)) = text.split_once('.') else {
        let fields: Vec<&str> = text.split(':').collect();
        let ok = |at: usize, max| fields.get(at).is_none_or(|f| number(f, 2, 0, max).is_some());
        return fields.len() <= 3 && ok(0, 23) && ok(1, 59) && ok(2, 59);
    };
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    let zone = rest.get(digits..).unwrap_or("");
    (1..=2).contains(&digits) && clock.len() == 8 && is_clock(clock) && is_zone(zone)
}

/// A time of day as browsers print it (`toISOString`): three decimals and `Z`. ADL's conformance cases
/// refuse what else comes near: a zone without decimals, three decimals without a zone.
fn is_loose_clock(text: &str) -> bool {
    let clock = text.strip_suffix('Z').and_then(|text| text.split_once('.'));
    clock.is_some_and(|(clock, fraction)| {
        clock.len() == 8 && is_clock(clock) && below(fraction, u32::MAX, 3..=3)
    })
}

fn is_zone(text: &str) -> bool {
    if text.is_empty() || text == "Z" {
        return true;
    }
    let Some(offset) = text.strip_prefix(['+', '-']) else { return false };
    let (hours, minutes) = offset.split_once(':').unwrap_or((offset, "00"));
    number(hours, 2, 0, 23).is_some() && number(minutes, 2, 0, 59).is_some()
}

fn number(text: &str, digits: usize, min: u32, max: u32) -> Option<u32> {
    let fits = text.len() == digits && text.bytes().all(|b| b.is_ascii_digit());
    text.parse().ok().filter(|n| fits && (min..=max).contains(n))
}

const fn days_in(year: u32, month: u32) -> u32 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => {
            29
        }
        2 => 28,
        _ => 31,
    }
}

/// The codes of ISO 639-1 and 639-2, withdrawn ones included.
pub(super) const LANGUAGES: &str = "\
    aa aar ab abk ace ach ada ady ae af afa afh afr ak aka akk alb ale alg am amh an ang anp \
    apa ar ara arc arg arm arn arp art arw as asm ast ath aus av ava ave awa ay aym az aze ba \
    bad bai bak bal bam ban baq bas bat be bej bel bem ben ber bg bh bho bi bih bik bin bis bla \
    bm bn bnt bo bod bos br bra bre bs btk bua bug bul bur byn ca cad cai car cat cau ce ceb \
    cel ces ch cha chb che chg chi chk chm chn cho chp chr chu chv chy cmc cnr co cop cor cos \
    cpe cpf cpp cr cre crh crp cs csb cu cus cv cy cym cze da dak dan dar day de del den deu \
    dgr din div doi dra dsb dua dum dut dv dyu dz dzo ee efi egy eka el ell elx en eng enm eo \
    epo es est et eu eus ewe ewo fa fan fao fas fat ff fi fij fil fin fiu fj fo fon fr fra fre \
    frm fro frr frs fry ful fur fy ga gaa gay gba gd gem geo ger gez gil gl gla gle glg glv gmh \
    gn goh gon gor got grb grc gre grn gsw gu guj gv gwi ha hai hat hau haw he heb her hi hil \
    him hin hit hmn hmo ho hr hrv hsb ht hu hun hup hy hye hz ia iba ibo ice id ido ie ig ii \
    iii ijo ik iku ile ilo in ina inc ind ine inh io ipk ira iro is isl it ita iu iw ja jav jbo \
    ji jpn jpr jrb jv jw ka kaa kab kac kal kam kan kar kas kat kau kaw kaz kbd kg kha khi khm \
    kho ki kik kin kir kj kk kl km kmb kn ko kok kom kon kor kos kpe kr krc krl kro kru ks ku \
    kua kum kur kut kv kw ky la lad lah lam lao lat lav lb lez lg li lim lin lit ln lo lol loz \
    lt ltz lu lua lub lug lui lun luo lus lv mac mad mag mah mai mak mal man mao map mar mas \
    may mdf mdr men mg mga mh mi mic min mis mk mkd mkh ml mlg mlt mn mnc mni mno mo moh mol \
    mon mos mr mri ms msa mt mul mun mus mwl mwr my mya myn myv na nah nai nap nau nav nb nbl \
    nd nde ndo nds ne nep new ng nia nic niu nl nld nn nno no nob nog non nor nqo nr nso nub nv \
    nwc ny nya nym nyn nyo nzi oc oci oj oji om or ori orm os osa oss ota oto pa paa pag pal \
    pam pan pap pau peo per phi phn pi pl pli pol pon por pra pro ps pt pus qu que raj rap rar \
    rm rn ro roa roh rom ron ru rum run rup rus rw sa sad sag sah sai sal sam san sas sat sc \
    scc scn sco scr sd se sel sem sg sga sgn sh shn si sid sin sio sit sk sl sla slk slo slv sm \
    sma sme smi smj smn smo sms sn sna snd snk so sog som son sot spa sq sqi sr srd srn srp srr \
    ss ssa ssw st su suk sun sus sux sv sw swa swe syc syr ta tah tai tam tat te tel tem ter \
    tet tg tgk tgl th tha ti tib tig tir tiv tk tkl tl tlh tli tmh tn to tog ton tpi tr ts tsi \
    tsn tso tt tuk tum tup tur tut tvl tw twi ty tyv udm ug uga uig uk ukr umb und ur urd uz \
    uzb vai ve ven vi vie vo vol vot wa wak wal war was wel wen wln wo wol xal xh xho yao yap \
    yi yid yo yor ypk za zap zbl zen zgh zh zha zho znd zu zul zun zxx zza";
