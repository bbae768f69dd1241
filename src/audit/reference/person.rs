//! A person whole: what an API gives and takes.

use super::{
    Absent, AccessValue, Change, Claim, EmploymentValue, Entity, Fault, IdentityValue, Part,
    PersonValue, RoleValue, Trail, checked, difference,
};
use crate::Day;
use crate::world::{IdentityKind, PersonId};
use domain::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// A person with everything that is known of them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PersonRecord {
    /// The name to show.
    pub name: String,
    /// Where the person works.
    #[serde(default)]
    pub department: Option<String>,
    /// Who is told when the person is late.
    #[serde(default)]
    pub manager: Option<PersonId>,
    /// How statements and other systems name the person.
    #[serde(default)]
    pub identities: Vec<IdentityLink>,
    /// When the person was employed, and how.
    #[serde(default)]
    pub employment: Vec<EmploymentSpan>,
    /// To what the person had access, and when.
    #[serde(default)]
    pub access: Vec<AccessTime>,
    /// Which roles the person had, and when.
    #[serde(default)]
    pub roles: Vec<RoleTime>,
}

/// A dated name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IdentityLink {
    /// What kind of name.
    pub kind: IdentityKind,
    /// The name.
    pub value: String,
    /// The first day of which it is true.
    #[serde(default)]
    pub from: Option<Day>,
    /// The last day.
    #[serde(default)]
    pub to: Option<Day>,
}

/// A time of employment.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EmploymentSpan {
    /// `employee`, `contractor` and the like.
    #[serde(rename = "type")]
    pub kind: String,
    /// The first day.
    pub start: Day,
    /// The last day.
    #[serde(default)]
    pub end: Option<Day>,
}

/// A time of access.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccessTime {
    /// To which system.
    pub scope: String,
    /// The first day.
    pub start: Day,
    /// The last day.
    #[serde(default)]
    pub end: Option<Day>,
}

/// A time in a role.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RoleTime {
    /// Which role.
    pub role: String,
    /// The first day.
    pub start: Day,
    /// The last day.
    #[serde(default)]
    pub end: Option<Day>,
}

impl PersonRecord {
    /// The person and the parts of them, as rows, each with the member that it comes from.
    fn rows(&self, id: &str) -> (Part, Vec<(String, Part)>) {
        let value = PersonValue {
            name: self.name.clone(),
            department: self.department.clone(),
            manager: self.manager.clone(),
        };
        let person = part(Entity::Person, json!(value), None, None);
        let owner = || PersonId::new(id);
        let mut parts = Vec::new();
        for (at, one) in self.identities.iter().enumerate() {
            let value = match one.kind {
                // One address, one text.
                IdentityKind::Mbox if !one.value.starts_with("mailto:") => {
                    format!("mailto:{}", one.value)
                }
                _ => one.value.clone(),
            };
            let value = IdentityValue { person: owner(), kind: one.kind, value };
            let row = part(Entity::Identity, json!(value), one.from, one.to);
            parts.push((format!("/identities/{at}"), row));
        }
        for (at, one) in self.employment.iter().enumerate() {
            let value = EmploymentValue { person: owner(), kind: one.kind.clone() };
            let row = part(Entity::Employment, json!(value), Some(one.start), one.end);
            parts.push((format!("/employment/{at}"), row));
        }
        for (at, one) in self.access.iter().enumerate() {
            let value = AccessValue { person: owner(), scope: one.scope.clone() };
            let row = part(Entity::Access, json!(value), Some(one.start), one.end);
            parts.push((format!("/access/{at}"), row));
        }
        for (at, one) in self.roles.iter().enumerate() {
            let value = RoleValue { person: owner(), role: one.role.clone() };
            let row = part(Entity::Role, json!(value), Some(one.start), one.end);
            parts.push((format!("/roles/{at}"), row));
        }
        (person, parts)
    }
}

const fn part(entity: Entity, value: Value, from: Option<Day>, to: Option<Day>) -> Part {
    Part { entity, value, from, to }
}

impl Trail {
    /// A person as known as of an instant; of an erased one the name is empty. Parts in the order of
    /// their days.
    pub fn person_at(&self, id: &str, as_of: Option<Timestamp>) -> Option<PersonRecord> {
        let stated = self.stated_at(Entity::Person, id, as_of)?;
        let said: PersonValue = stated.asserted.read().unwrap_or_default();
        let PersonValue { name, department, manager } = said;
        let mut record = PersonRecord { name, department, manager, ..PersonRecord::default() };
        for known in self.parts_of(id, as_of, |_| false) {
            let Part { entity, value, from, to } = known.part;
            let start = from.unwrap_or(Day::EVER);
            let text = |name: &str| value[name].as_str().unwrap_or_default().to_owned();
            match entity {
                Entity::Identity => {
                    let Ok(said) = serde_json::from_value::<IdentityValue>(value) else { continue };
                    let IdentityValue { kind, value, .. } = said;
                    record.identities.push(IdentityLink { kind, value, from, to });
                }
                Entity::Employment => {
                    record.employment.push(EmploymentSpan { kind: text("type"), start, end: to });
                }
                Entity::Access => {
                    record.access.push(AccessTime { scope: text("scope"), start, end: to });
                }
                _ => record.roles.push(RoleTime { role: text("role"), start, end: to }),
            }
        }
        record
            .identities
            .sort_by(|a, b| (a.kind, a.from, &a.value).cmp(&(b.kind, b.from, &b.value)));
        record.employment.sort_by(|a, b| (a.start, &a.kind).cmp(&(b.start, &b.kind)));
        record.access.sort_by(|a, b| (a.start, &a.scope).cmp(&(b.start, &b.scope)));
        record.roles.sort_by(|a, b| (a.start, &a.role).cmp(&(b.start, &b.role)));
        Some(record)
    }

    /// What is said so that a person is as wanted, whole: what is not in `wanted` was never so.
    /// `fresh` names new parts, below the person.
    pub fn set_person(
        &self,
        id: &str,
        wanted: &PersonRecord,
        fresh: &mut dyn FnMut() -> String,
    ) -> Result<Vec<Change>, Vec<Fault>> {
        let (person, parts) = wanted.rows(id);
        let also = |entity: Entity, other: &str| entity == Entity::Person && other == id;
        let mut faults = Vec::new();
        let claim =
            Claim { entity: Entity::Person, id, from: None, to: None, value: &person.value };
        faults.extend(checked(claim, self, &also).err().into_iter().flatten());
        let key = format!("{id}/new");
        for (place, part) in &parts {
            let Part { entity, value, from, to } = part;
            let claim = Claim { entity: *entity, id: &key, from: *from, to: *to, value };
            let found = checked(claim, self, &also).err().into_iter().flatten();
            // The id is the person's, and has been told.
            let found = found.filter(|fault| fault.pointer != "/id");
            faults.extend(
                found.map(|fault| Fault { pointer: format!("{place}{}", fault.pointer), ..fault }),
            );
        }
        if !faults.is_empty() {
            return Err(faults);
        }
        let mut changes = self.set(id, &person);
        let known = self.parts_of(id, None, |_| false);
        let parts: Vec<Part> = parts.into_iter().map(|(_, part)| part).collect();
        let mut below = || format!("{id}/{}", fresh());
        let found = difference(known, &parts, Absent::Retract, &mut below);
        changes.extend(found.into_iter().map(|(_, change)| change));
        Ok(changes)
    }

    /// What is said so that a person was never known: they and all their parts are taken back.
    pub fn take_back_person(&self, id: &str) -> Vec<Change> {
        let parts = self.parts_of(id, None, |_| false);
        let parts = parts.iter().flat_map(|known| self.take_back(known.part.entity, &known.id));
        self.take_back(Entity::Person, id).into_iter().chain(parts).collect()
    }
}
