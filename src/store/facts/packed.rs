//! The form in which facts are stored: one run of bytes each, so that a page of thousands is one
//! value, joined by the database, and not a hundred thousand cells that a driver hands over.

use super::{CompletionFact, FactAbout, FactActor, Said};
use crate::{
    Position, StoreError,
    archive::{DecodeError, push_number, take_bytes, take_number},
};
use domain::{EvidenceVerb, RegistrationId, StatementId, Timestamp};
use uuid::Uuid;

/// Which members follow.
const ACTIVITY: u64 = 1;
const REGISTRATION: u64 = 1 << 1;
const SCALED: u64 = 1 << 2;
const DURATION: u64 = 1 << 3;
const REASON: u64 = 1 << 4;
const TIMESTAMP: u64 = 1 << 5;
/// What is so.
const PSEUDONYM: u64 = 1 << 6;
const GROUP: u64 = 1 << 7;
const ERASED: u64 = 1 << 8;
const ALL: u64 = (1 << 9) - 1;

impl CompletionFact {
    /// The bytes to store: the verb's number, flags, numbers in LEB128 with the sign in the lowest
    /// bit, ids as their 16 bytes, texts behind their length. A `timestamp` is the distance from the
    /// time of storing.
    pub fn pack(&self) -> Vec<u8> {
        let Self { said, .. } = self;
        let timestamp = said.timestamp.filter(|time| *time != self.recorded_at);
        let flag = |is_set: bool, flag: u64| if is_set { flag } else { 0 };
        let flags = flag(matches!(said.about, FactAbout::Activity(_)), ACTIVITY)
            | flag(said.registration.is_some(), REGISTRATION)
            | flag(said.scaled.is_some(), SCALED)
            | flag(said.duration.is_some(), DURATION)
            | flag(said.waiver_reason.is_some(), REASON)
            | flag(timestamp.is_some(), TIMESTAMP)
            | flag(matches!(self.actor, FactActor::Pseudonym(_)), PSEUDONYM)
            | flag(said.is_group, GROUP)
            | flag(self.erased, ERASED);
        let mut out = Vec::with_capacity(80);
        out.push(said.verb.number());
        push_number(flags, &mut out);
        push_number(self.position.index(), &mut out);
        out.extend_from_slice(self.id.uuid().as_bytes());
        match &self.actor {
            FactActor::Term(number) => push_signed(*number, &mut out),
            FactActor::Pseudonym(text) => push_text(text, &mut out),
        }
        match said.about {
            FactAbout::Activity(number) => push_signed(number, &mut out),
            FactAbout::Statement(id) => out.extend_from_slice(id.uuid().as_bytes()),
        }
        push_signed(self.authority, &mut out);
        push_signed(self.recorded_at.micros(), &mut out);
        if let Some(time) = timestamp {
            push_signed(time.micros() - self.recorded_at.micros(), &mut out);
        }
        if let Some(id) = said.registration {
            out.extend_from_slice(id.uuid().as_bytes());
        }
        if let Some(scaled) = said.scaled {
            out.extend_from_slice(&scaled.to_le_bytes());
        }
        for text in [&said.duration, &said.waiver_reason].into_iter().flatten() {
            push_text(text, &mut out);
        }
        out
    }

    /// Reads facts that were packed one behind the other.
    pub fn unpack_all(mut bytes: &[u8]) -> Result<Vec<Self>, StoreError> {
        let mut facts = Vec::with_capacity(bytes.len() / 64);
        while !bytes.is_empty() {
            let place = facts.len();
            let fact = unpack(&mut bytes).map_err(|error| {
                StoreError::inconsistent("completion_fact", "fact", format!("{place}"), error)
            })?;
            facts.push(fact);
        }
        Ok(facts)
    }
}

fn push_signed(number: i64, out: &mut Vec<u8>) {
    push_number(((number << 1) ^ (number >> 63)).cast_unsigned(), out);
}

fn push_text(text: &str, out: &mut Vec<u8>) {
    push_number(text.len() as u64, out);
    out.extend_from_slice(text.as_bytes());
}

type Taken<T> = Result<T, DecodeError>;

fn unpack(bytes: &mut &[u8]) -> Taken<CompletionFact> {
    let (&verb, rest) = bytes.split_first().ok_or(DecodeError::Short)?;
    *bytes = rest;
    let verb = EvidenceVerb::from_number(verb).ok_or(DecodeError::Value)?;
    let flags = take_number(bytes)?;
    if flags & !ALL != 0 {
        return Err(DecodeError::Value);
    }
    let has = |flag| flags & flag != 0;
    let position = Position::new(take_number(bytes)?);
    let id = StatementId::new(take_id(bytes)?);
    let actor = if has(PSEUDONYM) {
        FactActor::Pseudonym(take_text(bytes)?)
    } else {
        FactActor::Term(take_signed(bytes)?)
    };
    let about = if has(ACTIVITY) {
        FactAbout::Activity(take_signed(bytes)?)
    } else {
        FactAbout::Statement(StatementId::new(take_id(bytes)?))
    };
    let authority = take_signed(bytes)?;
    let recorded_at = take_signed(bytes)?;
    let timestamp = take_if(has(TIMESTAMP), bytes, |bytes| {
        let distance = take_signed(bytes)?;
        Ok(Timestamp::from_micros(recorded_at.saturating_add(distance)))
    })?;
    let registration =
        take_if(has(REGISTRATION), bytes, |bytes| take_id(bytes).map(RegistrationId::new))?;
    let scaled = take_if(has(SCALED), bytes, |bytes| take_array(bytes).map(f64::from_le_bytes))?;
    let duration = take_if(has(DURATION), bytes, take_text)?;
    let waiver_reason = take_if(has(REASON), bytes, take_text)?;
    let is_group = has(GROUP);
    Ok(CompletionFact {
        position,
        id,
        actor,
        said: Said {
            verb,
            about,
            is_group,
            registration,
            scaled,
            duration,
            waiver_reason,
            timestamp,
        },
        recorded_at: Timestamp::from_micros(recorded_at),
        authority,
        erased: has(ERASED),
    })
}

fn take_if<T>(
    is_there: bool,
    bytes: &mut &[u8],
    take: impl FnOnce(&mut &[u8]) -> Taken<T>,
) -> Taken<Option<T>> {
    if is_there { take(bytes).map(Some) } else { Ok(None) }
}

fn take_signed(bytes: &mut &[u8]) -> Taken<i64> {
    let number = take_number(bytes)?;
    Ok((number >> 1).cast_signed() ^ -(number & 1).cast_signed())
}

fn take_array<const N: usize>(bytes: &mut &[u8]) -> Taken<[u8; N]> {
    let (array, rest) = bytes.split_first_chunk().ok_or(DecodeError::Short)?;
    *bytes = rest;
    Ok(*array)
}

fn take_id(bytes: &mut &[u8]) -> Taken<Uuid> {
    take_array(bytes).map(Uuid::from_bytes)
}

fn take_text(bytes: &mut &[u8]) -> Taken<String> {
    String::from_utf8(take_bytes(bytes)?.to_vec()).map_err(|_| DecodeError::Value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts() -> [CompletionFact; 2] {
        let id = |number| Uuid::from_u128(number);
        let recorded_at = Timestamp::from_micros(1_700_000_000_000_000);
        let least = CompletionFact {
            position: Position::FIRST,
            id: StatementId::new(id(1)),
            actor: FactActor::Term(7),
            said: Said {
                verb: EvidenceVerb::Voided,
                about: FactAbout::Statement(StatementId::new(id(2))),
                is_group: false,
                registration: None,
                scaled: None,
                duration: None,
                waiver_reason: None,
                timestamp: None,
            },
            recorded_at,
            authority: 3,
            erased: false,
        };
        let most = CompletionFact {
            position: Position::new(1 << 40),
            id: StatementId::new(id(u128::MAX)),
            actor: FactActor::Pseudonym("wJ2=".to_owned()),
            said: Said {
                verb: EvidenceVerb::Waived,
                about: FactAbout::Activity(i64::MAX),
                is_group: true,
                registration: Some(RegistrationId::new(id(9))),
                scaled: Some(-0.25),
                duration: Some("PT12M".to_owned()),
                waiver_reason: Some("geprüft".to_owned()),
                timestamp: Some(Timestamp::from_micros(-5)),
            },
            recorded_at,
            authority: i64::MIN,
            erased: true,
        };
        [least, most]
    }

    #[test]
    fn facts_unpack_to_what_was_packed() {
        let packed = facts().map(|fact| fact.pack());
        assert_eq!(CompletionFact::unpack_all(&packed.concat()).unwrap(), facts());
        assert!(packed[0].len() <= 50, "{} bytes", packed[0].len());
        for packed in packed {
            for end in 1..packed.len() {
                assert!(CompletionFact::unpack_all(&packed[..end]).is_err(), "{end}");
            }
            let mut other = packed.clone();
            other[0] = 0;
            assert!(CompletionFact::unpack_all(&other).is_err(), "no such verb");
        }
    }

    #[test]
    fn a_timestamp_that_is_the_time_of_storing_is_none() {
        let [mut fact, _] = facts();
        let without = fact.pack();
        fact.said.timestamp = Some(fact.recorded_at);
        assert_eq!(fact.pack(), without);
    }

    #[test]
    fn an_erasure_leaves_no_words_of_the_statement() {
        let [_, mut fact] = facts();
        fact.erase();
        assert_eq!((fact.erased, &fact.said.waiver_reason), (true, &None));
        fact.said.waiver_reason = Some("Tested Out".to_owned());
        fact.erase();
        assert_eq!(fact.said.waiver_reason.as_deref(), Some("Tested Out"));
    }
}
