//! The roster: people with their periods of employment, access and roles, a line for each.

use super::table::Line;
use super::{Mode, Work};
use crate::Day;
use crate::reference::{
    Absent, AccessValue, EmploymentValue, Entity, IdentityValue, Known, Part, PersonValue,
    RoleValue, difference,
};
use crate::world::{IdentityKind, PersonId};
use serde_json::json;
use std::collections::{BTreeMap, HashMap, HashSet};

pub(super) const COLUMNS: &[(&str, bool)] = &[
    ("person_id", true),
    ("name", true),
    ("email", false),
    ("account", false),
    ("idp_subject", false),
    ("employee_no", false),
    ("department", false),
    ("manager", false),
    ("employment_type", false),
    ("employment_start", false),
    ("employment_end", false),
    ("role", false),
    ("role_start", false),
    ("role_end", false),
    ("access_scope", false),
    ("access_start", false),
    ("access_end", false),
];

const IDENTITIES: [(&str, IdentityKind); 4] = [
    ("email", IdentityKind::Mbox),
    ("account", IdentityKind::Account),
    ("idp_subject", IdentityKind::IdpSubject),
    ("employee_no", IdentityKind::EmployeeNo),
];

/// A period: the entity, and the columns of what, from when and until when.
const PERIODS: [(Entity, &str, &str, &str); 3] = [
    (Entity::Employment, "employment_type", "employment_start", "employment_end"),
    (Entity::Role, "role", "role_start", "role_end"),
    (Entity::Access, "access_scope", "access_start", "access_end"),
];

/// A fault has been told of the line.
struct Told;

/// What the file says of one person.
struct Said<'l> {
    first: &'l Line,
    value: PersonValue,
    /// Names and periods, each with the line that says it first.
    parts: Vec<(u64, Part)>,
}

/// What the file says and the trail knows, by what is looked up for every line.
struct Register<'l> {
    /// People of the file, in its order.
    order: Vec<&'l str>,
    said: HashMap<&'l str, Said<'l>>,
    /// People whose lines were rejected: nothing of theirs has ended.
    spared: HashSet<String>,
    /// Mail addresses of the file, for managers who are named by theirs.
    mail: HashMap<String, &'l str>,
    /// Who has or had a name, by kind and value, as the trail knows it.
    owners: HashMap<(IdentityKind, String), Vec<(String, Part)>>,
}

pub(super) fn read(work: &mut Work<'_>, lines: &[Line]) {
    let mut register = Register {
        order: Vec::new(),
        said: HashMap::new(),
        spared: HashSet::new(),
        mail: mail(lines),
        owners: owners(work),
    };
    let in_file: HashSet<&str> = lines.iter().map(|line| line.cell("person_id")).collect();
    let is_nameless = work.faults.iter().any(|fault| fault.column.is_empty());
    for line in lines {
        let before = work.faults.len();
        take(work, &mut register, line, &in_file);
        if work.faults.len() > before {
            register.spared.insert(line.cell("person_id").to_owned());
        }
    }
    for person in std::mem::take(&mut register.order) {
        compare(work, &register, person);
    }
    if work.reading.mode == Mode::Full {
        if is_nameless || register.spared.contains("") {
            let remark = "a line does not say whom it is about, so nobody is taken to be absent";
            work.remarks.push(remark.to_owned());
        } else {
            absent(work, &register);
        }
    }
}

/// Whom the addresses of the file belong to.
fn mail(lines: &[Line]) -> HashMap<String, &str> {
    let found =
        lines.iter().map(|line| (line.cell("email").to_lowercase(), line.cell("person_id")));
    found.filter(|(address, _)| !address.is_empty()).collect()
}

fn owners(work: &Work<'_>) -> HashMap<(IdentityKind, String), Vec<(String, Part)>> {
    let mut found: HashMap<_, Vec<_>> = HashMap::new();
    for stated in work.trail.all_at(Entity::Identity, None) {
        let Some(part) = Part::of(Entity::Identity, &stated) else { continue };
        let Ok(said) = stated.asserted.read::<IdentityValue>() else { continue };
        let key = (said.kind, folded(said.kind, &said.value));
        found.entry(key).or_default().push((said.person.as_str().to_owned(), part));
    }
    found
}

/// A name as it is compared: addresses without regard to case.
fn folded(kind: IdentityKind, value: &str) -> String {
    match kind {
        IdentityKind::Mbox => value.strip_prefix("mailto:").unwrap_or(value).to_lowercase(),
        _ => value.to_owned(),
    }
}

/// Takes one line, or says what is wrong with it.
fn take<'l>(
    work: &mut Work<'_>,
    register: &mut Register<'l>,
    line: &'l Line,
    in_file: &HashSet<&str>,
) {
    let person = line.cell("person_id");
    let before = work.faults.len();
    let Some(value) = person_value(work, register, line) else { return };
    let also = |entity: Entity, id: &str| {
        entity == Entity::Person && in_file.contains(id) && !id.is_empty()
    };
    let row = Part { entity: Entity::Person, value: json!(value), from: None, to: None };
    work.sound(line, person, &row, &also);
    if let Some(said) = register.said.get(person)
        && said.value != value
    {
        let problem = format!("says something else of the person than line {}", said.first.number);
        work.fault(line.number, "person_id", problem);
    }
    let mut parts = identities(work, register, line);
    parts.extend(periods(work, line));
    let key = format!("{person}/new");
    for part in &parts {
        let before = work.faults.len();
        work.sound(line, &key, part, &also);
        for fault in &mut work.faults[before..] {
            fault.column = column_of(part, &fault.column).to_owned();
        }
    }
    if work.faults.len() > before {
        return;
    }
    let said = register.said.entry(person).or_insert_with(|| {
        register.order.push(person);
        Said { first: line, value, parts: Vec::new() }
    });
    for part in parts {
        if !said.parts.iter().any(|(_, known)| *known == part) {
            said.parts.push((line.number, part));
        }
    }
}

/// The column that a member of a part comes from.
fn column_of<'c>(part: &Part, member: &'c str) -> &'c str {
    if part.entity == Entity::Identity {
        let said = serde_json::from_value::<IdentityValue>(part.value.clone());
        let kind = said.ok().map(|said| said.kind);
        let column = IDENTITIES.iter().find(|(_, of)| Some(*of) == kind);
        return column.map_or(member, |(column, _)| column);
    }
    let period = PERIODS.iter().find(|(entity, ..)| *entity == part.entity);
    match (period, member) {
        (Some((_, _, start, _)), "start") => start,
        (Some((.., end)), "end") => end,
        (Some((_, what, ..)), "type" | "role" | "scope") => what,
        _ => member,
    }
}

/// The person itself. A column that the file lacks says nothing; an empty cell says that there is
/// none.
fn person_value(work: &mut Work<'_>, register: &Register<'_>, line: &Line) -> Option<PersonValue> {
    let person = line.cell("person_id");
    if person.is_empty() {
        work.fault(line.number, "person_id", "must not be empty");
        return None;
    }
    let known = work.trail.now(Entity::Person, person);
    let known: PersonValue = known.and_then(|known| known.read().ok()).unwrap_or_default();
    let given = |column: &str| {
        line.given(column).map(|cell| Some(cell.to_owned()).filter(|cell| !cell.is_empty()))
    };
    let manager = match given("manager") {
        None => known.manager,
        Some(None) => None,
        Some(Some(manager)) if manager.contains('@') => {
            let address = manager.to_lowercase();
            let Some(found) = by_address(work, register, &address) else {
                work.fault(line.number, "manager", "nobody has this address");
                return None;
            };
            Some(PersonId::new(found))
        }
        Some(Some(manager)) => Some(PersonId::new(manager)),
    };
    let department = given("department").unwrap_or(known.department);
    Some(PersonValue { name: line.cell("name").to_owned(), department, manager })
}

fn by_address(work: &Work<'_>, register: &Register<'_>, address: &str) -> Option<String> {
    if let Some(person) = register.mail.get(address) {
        return Some((*person).to_owned());
    }
    let owners = register.owners.get(&(IdentityKind::Mbox, address.to_owned()))?;
    let day = work.reading.taken_on;
    let mut now = owners.iter().filter(|(_, part)| holds(part, day));
    now.next().filter(|_| now.next().is_none()).map(|(person, _)| person.clone())
}

fn holds(part: &Part, day: Day) -> bool {
    part.from.is_none_or(|from| from <= day) && part.to.is_none_or(|to| day <= to)
}

/// The names on a line. One that the person has already is as it is known. A new one is good from
/// ever on, unless the person had another one of its kind, or somebody else had the same: then from
/// the day on which the file was taken.
fn identities(work: &Work<'_>, register: &Register<'_>, line: &Line) -> Vec<Part> {
    let person = line.cell("person_id");
    let day = work.reading.taken_on;
    let mut parts = Vec::new();
    for (column, kind) in IDENTITIES {
        let value = match (line.cell(column), kind) {
            ("", _) => continue,
            (address, IdentityKind::Mbox) => format!("mailto:{}", folded(kind, address)),
            (value, _) => value.to_owned(),
        };
        let owners = register.owners.get(&(kind, folded(kind, &value)));
        let owners = owners.map(Vec::as_slice).unwrap_or_default();
        let mut own = owners.iter().filter(|(owner, _)| owner == person);
        if let Some((_, part)) = own.find(|(_, part)| holds(part, day)) {
            parts.push(part.clone());
            continue;
        }
        let is_others = owners.iter().any(|(owner, _)| owner != person);
        let below = work.trail.history_below(Entity::Identity, person);
        let had_one = below
            .filter_map(|stated| stated.asserted.read::<IdentityValue>().ok())
            .any(|said| said.kind == kind);
        let from = (is_others || had_one).then_some(day);
        let value = json!(IdentityValue { person: PersonId::new(person), kind, value });
        parts.push(Part { entity: Entity::Identity, value, from, to: None });
    }
    parts
}

fn periods(work: &mut Work<'_>, line: &Line) -> Vec<Part> {
    let person = || PersonId::new(line.cell("person_id"));
    let mut parts = Vec::new();
    for (entity, what, start, end) in PERIODS {
        let (Ok(from), Ok(to)) = (day(work, line, start), day(work, line, end)) else {
            continue;
        };
        let text = line.cell(what).to_owned();
        if text.is_empty() {
            if from.is_some() || to.is_some() {
                work.fault(line.number, what, "is empty, but there is a day for it");
            }
            continue;
        }
        let value = match entity {
            Entity::Employment => json!(EmploymentValue { person: person(), kind: text }),
            Entity::Role => json!(RoleValue { person: person(), role: text }),
            _ => json!(AccessValue { person: person(), scope: text }),
        };
        parts.push(Part { entity, value, from, to });
    }
    parts
}

/// The day in a cell, `None` when the cell is empty; what is no day is told of the line.
fn day(work: &mut Work<'_>, line: &Line, column: &str) -> Result<Option<Day>, Told> {
    match line.cell(column) {
        "" => Ok(None),
        text => match text.parse() {
            Ok(day) => Ok(Some(day)),
            Err(error) => {
                work.fault(line.number, column, error.to_string());
                Err(Told)
            }
        },
    }
}

/// Says what is new of a person whom the file names.
fn compare(work: &mut Work<'_>, register: &Register<'_>, person: &str) {
    let Some(said) = register.said.get(person) else { return };
    let row = Part { entity: Entity::Person, value: json!(said.value), from: None, to: None };
    for change in work.trail.set(person, &row) {
        work.changes.push((Some(said.first.number), change));
    }
    let parts: Vec<Part> = said.parts.iter().map(|(_, part)| part.clone()).collect();
    let is_whole = work.reading.mode == Mode::Full && !register.spared.contains(person);
    let absent = if is_whole { ended(work) } else { Absent::Keep };
    differ(work, person, known(work, person), &parts, absent, |place| Some(said.parts[place].0));
}

/// Ends what goes on of people whom the file does not name.
fn absent(work: &mut Work<'_>, register: &Register<'_>) {
    let mut gone: BTreeMap<String, Vec<Known>> = BTreeMap::new();
    for stated in work.trail.all_at(Entity::Person, None) {
        if !register.said.contains_key(stated.id) && !register.spared.contains(stated.id) {
            gone.insert(stated.id.to_owned(), known(work, stated.id));
        }
    }
    let ended = ended(work);
    let mut people = 0;
    for (person, known) in gone {
        let before = work.changes.len();
        differ(work, &person, known, &[], ended, |_| None);
        people += u64::from(work.changes.len() > before);
    }
    if people > 0 {
        let remark = format!("{people} people are absent from the file: what went on of them ends");
        work.remarks.push(remark);
    }
}

/// The day before the file was taken is the last of what it leaves out.
fn ended(work: &Work<'_>) -> Absent {
    Absent::EndOn(work.reading.taken_on.previous())
}

fn known(work: &Work<'_>, person: &str) -> Vec<Known> {
    work.trail.parts_of(person, None, |feed| feed == work.reading.source)
}

fn differ(
    work: &mut Work<'_>,
    person: &str,
    known: Vec<Known>,
    parts: &[Part],
    absent: Absent,
    line_of: impl Fn(usize) -> Option<u64>,
) {
    let fresh = &mut work.fresh;
    let mut below = || format!("{person}/{}", fresh());
    let changes = difference(known, parts, absent, &mut below);
    let changes = changes.into_iter().map(|(place, change)| (place.and_then(&line_of), change));
    work.changes.extend(changes);
}
