//! `adlcp:prerequisites` of SCORM 1.2 (CAM 1.2, 2.3.2.5.5): an AICC script that says which items
//! come before one (AICC CMI001, 6.4).

use std::fmt;

/// How deep groups may nest; scripts are hostile input.
const DEPTH_MAX: usize = 32;
/// Bytes of a script; the standard has 200 characters.
const BYTES_MAX: usize = 4_000;

/// A script that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prerequisites(Expression);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Expression {
    /// The item is `passed` or `completed`.
    Done(String),
    /// The item has this status, or with `false` another one.
    Is(String, LessonStatus, bool),
    Not(Box<Self>),
    All(Vec<Self>),
    Any(Vec<Self>),
    /// So many of these at least.
    Some(usize, Vec<Self>),
}

/// `cmi.core.lesson_status` as scripts name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum LessonStatus {
    /// `passed`.
    Passed,
    /// `completed`.
    Completed,
    /// `browsed`.
    Browsed,
    /// `failed`.
    Failed,
    /// `not attempted`.
    NotAttempted,
    /// `incomplete`.
    Incomplete,
}

impl LessonStatus {
    const ALL: [Self; 6] = [
        Self::Passed,
        Self::Completed,
        Self::Browsed,
        Self::Failed,
        Self::NotAttempted,
        Self::Incomplete,
    ];

    /// Statuses are known by their first letter, whatever its case.
    fn parse(text: &str) -> Option<Self> {
        let text = text.to_ascii_lowercase();
        let is = |word: &str| text == word || (text.len() == 1 && word.starts_with(&text));
        Self::ALL.into_iter().find(|status| is(status.word()))
    }

    /// The standard's own word.
    const fn word(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Completed => "completed",
            Self::Browsed => "browsed",
            Self::Failed => "failed",
            Self::NotAttempted => "not attempted",
            Self::Incomplete => "incomplete",
        }
    }

    /// Whether a learner is done with an item of this status.
    pub const fn is_done(self) -> bool {
        matches!(self, Self::Passed | Self::Completed)
    }
}

/// Why a script cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScriptFault {
    /// Where, in characters from 1.
    pub column: usize,
    /// What is missing or wrong there.
    pub what: &'static str,
}

impl fmt::Display for ScriptFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at character {}", self.what, self.column)
    }
}

impl Prerequisites {
    /// Reads a script.
    pub fn parse(script: &str) -> Result<Self, ScriptFault> {
        if script.len() > BYTES_MAX {
            return Err(ScriptFault { column: 1, what: "the script is too long" });
        }
        let mut reader = Reader { text: script, at: 0, depth: 0 };
        let expression = reader.any()?;
        reader.skip_space();
        match reader.peek() {
            None => Ok(Self(expression)),
            Some(_) => Err(reader.fault("an operator is missing")),
        }
    }

    /// Whether the script holds; `status` tells that of an item.
    pub fn hold(&self, status: &impl Fn(&str) -> LessonStatus) -> bool {
        self.0.holds(status)
    }

    /// The script as a clause, such as `'One' is done and 'Two' is passed`; `title` tells what an
    /// item is called.
    pub fn words(&self, title: &impl Fn(&str) -> String) -> String {
        self.0.words(title)
    }

    /// The items that it names, in order.
    pub fn items(&self) -> Vec<&str> {
        let mut found = Vec::new();
        self.0.name(&mut found);
        found
    }
}

impl Expression {
    fn holds(&self, status: &impl Fn(&str) -> LessonStatus) -> bool {
        match self {
            Self::Done(item) => status(item).is_done(),
            Self::Is(item, wanted, is) => (status(item) == *wanted) == *is,
            Self::Not(inner) => !inner.holds(status),
            Self::All(parts) => parts.iter().all(|part| part.holds(status)),
            Self::Any(parts) => parts.iter().any(|part| part.holds(status)),
            Self::Some(count, parts) => {
                parts.iter().filter(|part| part.holds(status)).count() >= *count
            }
        }
    }

    fn words(&self, title: &impl Fn(&str) -> String) -> String {
        let listed = |parts: &[Self], joint: &str| {
            let inner = parts.iter().map(|part| match part {
                Self::All(_) | Self::Any(_) => format!("({})", part.words(title)),
                _ => part.words(title),
            });
            inner.collect::<Vec<_>>().join(joint)
        };
        match self {
            Self::Done(item) => format!("{} is done", title(item)),
            Self::Is(item, status, is) => {
                let not = if *is { "" } else { "not " };
                format!("{} is {not}{}", title(item), status.word())
            }
            Self::Not(inner) => match &**inner {
                Self::Done(item) => format!("{} is not done", title(item)),
                inner => format!("it is not so that {}", inner.words(title)),
            },
            Self::All(parts) => listed(parts, " and "),
            Self::Any(parts) => listed(parts, " or "),
            Self::Some(count, parts) => {
                format!("at least {count} of these hold: {}", listed(parts, ", "))
            }
        }
    }

    fn name<'e>(&'e self, found: &mut Vec<&'e str>) {
        match self {
            Self::Done(item) | Self::Is(item, ..) => found.push(item),
            Self::Not(inner) => inner.name(found),
            Self::All(parts) | Self::Any(parts) | Self::Some(_, parts) => {
                for part in parts {
                    part.name(found);
                }
            }
        }
    }
}

struct Reader<'s> {
    text: &'s str,
    at: usize,
    depth: usize,
}

impl Reader<'_> {
    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn skip_space(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start().len();
    }

    fn take(&mut self, wanted: &str) -> bool {
        self.skip_space();
        let found = self.rest().starts_with(wanted);
        if found {
            self.at += wanted.len();
        }
        found
    }

    fn fault(&self, what: &'static str) -> ScriptFault {
        let before = self.text.get(..self.at).unwrap_or(self.text);
        ScriptFault { column: before.chars().count() + 1, what }
    }

    fn any(&mut self) -> Result<Expression, ScriptFault> {
        let mut parts = vec![self.all()?];
        while self.take("|") {
            parts.push(self.all()?);
        }
        Ok(joined(parts, Expression::Any))
    }

    fn all(&mut self) -> Result<Expression, ScriptFault> {
        let mut parts = vec![self.one()?];
        while self.take("&") {
            parts.push(self.one()?);
        }
        Ok(joined(parts, Expression::All))
    }

    fn one(&mut self) -> Result<Expression, ScriptFault> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err(self.fault("groups nest too deep"));
        }
        let read = self.part();
        self.depth -= 1;
        read
    }

    fn part(&mut self) -> Result<Expression, ScriptFault> {
        if self.take("~") {
            return Ok(Expression::Not(Box::new(self.one()?)));
        }
        if self.take("(") {
            let inner = self.any()?;
            return if self.take(")") { Ok(inner) } else { Err(self.fault("')' is missing")) };
        }
        if self.take("{") {
            return Ok(Expression::All(self.set()?));
        }
        let name = self.word()?;
        if self.take("*") {
            let count = name.parse().map_err(|_| self.fault("a number stands before '*'"))?;
            if !self.take("{") {
                return Err(self.fault("'{' is missing"));
            }
            return Ok(Expression::Some(count, self.set()?));
        }
        let is = if self.take("<>") {
            false
        } else if self.take("=") {
            true
        } else {
            return Ok(Expression::Done(name));
        };
        let status = self.status()?;
        Ok(Expression::Is(name, status, is))
    }

    /// The members of a set, after its `{`.
    fn set(&mut self) -> Result<Vec<Expression>, ScriptFault> {
        let mut members = vec![self.any()?];
        while self.take(",") {
            members.push(self.any()?);
        }
        if self.take("}") { Ok(members) } else { Err(self.fault("'}' is missing")) }
    }

    fn word(&mut self) -> Result<String, ScriptFault> {
        self.skip_space();
        let ends = |c: char| c.is_whitespace() || "&|~=<>{}(),*\"".contains(c);
        let rest = self.rest();
        let word = rest.split(ends).next().unwrap_or_default().to_owned();
        if word.is_empty() {
            return Err(self.fault("an item is missing"));
        }
        self.at += word.len();
        Ok(word)
    }

    fn status(&mut self) -> Result<LessonStatus, ScriptFault> {
        let text = if self.take("\"") {
            let inner = self.rest().split('"').next().unwrap_or_default().to_owned();
            self.at += inner.len();
            if !self.take("\"") {
                return Err(self.fault("'\"' is missing"));
            }
            inner
        } else {
            self.word()?
        };
        LessonStatus::parse(text.trim()).ok_or_else(|| self.fault("no lesson status stands before"))
    }
}

fn joined(mut parts: Vec<Expression>, join: fn(Vec<Expression>) -> Expression) -> Expression {
    match parts.pop() {
        Some(only) if parts.is_empty() => only,
        Some(last) => {
            parts.push(last);
            join(parts)
        }
        None => join(parts),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A passed, B completed, C failed, D incomplete, anything else not attempted.
    fn status(item: &str) -> LessonStatus {
        match item {
            "A" => LessonStatus::Passed,
            "B" => LessonStatus::Completed,
            "C" => LessonStatus::Failed,
            "D" => LessonStatus::Incomplete,
            _ => LessonStatus::NotAttempted,
        }
    }

    #[test]
    fn scripts_hold_as_aicc_says() {
        for (script, holds) in [
            ("A", true),
            ("B", true),
            ("C", false),
            ("E", false),
            ("A&B", true),
            ("A & C", false),
            ("A|C", true),
            ("C|D", false),
            ("~C", true),
            ("~A", false),
            ("A&~C", true),
            ("C|A&B", true),
            ("(C|A)&D", false),
            ("A=\"passed\"", true),
            ("A=passed", true),
            ("B=\"passed\"", false),
            ("B=C", true),
            ("A=\"completed\"", false),
            ("C<>\"passed\"", true),
            ("E=\"not attempted\"", true),
            ("D = i", true),
            ("{A,B}", true),
            ("{A,C}", false),
            ("2*{A,B,C}", true),
            ("3*{A,B,C}", false),
            ("1*{C, A&B}", true),
            ("~(A&C)", true),
            ("~~A", true),
        ] {
            let read = Prerequisites::parse(script);
            let read = read.unwrap_or_else(|fault| panic!("{script}: {fault}"));
            assert_eq!(read.hold(&status), holds, "{script}");
        }
    }

    #[test]
    fn what_is_no_script_is_told_with_its_place() {
        for (script, column, what) in [
            ("", 1, "an item is missing"),
            ("A &", 4, "an item is missing"),
            ("A B", 3, "an operator is missing"),
            ("(A", 3, "')' is missing"),
            ("{A,B", 5, "'}' is missing"),
            ("A=\"great\"", 10, "no lesson status stands before"),
            ("A=\"passed", 10, "'\"' is missing"),
            ("x*{A}", 3, "a number stands before '*'"),
            ("2*A", 3, "'{' is missing"),
        ] {
            let fault = Prerequisites::parse(script).unwrap_err();
            assert_eq!((fault.column, fault.what), (column, what), "{script}");
        }
        let deep = "(".repeat(1_000);
        assert_eq!(Prerequisites::parse(&deep).unwrap_err().what, "groups nest too deep");
    }

    #[test]
    fn items_are_named_in_order() {
        let read = Prerequisites::parse("A&(B=\"passed\"|2*{C,~D})").unwrap();
        assert_eq!(read.items(), ["A", "B", "C", "D"]);
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(script in "[AB&|~=<>{}(),*\"1 é]{0,40}") {
            if let Ok(read) = Prerequisites::parse(&script) {
                read.hold(&status);
            }
        }
    }
}
