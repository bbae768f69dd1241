//! Parameters of a query or a form, decoded.

use crate::problem::Problem;
use actix_web::{FromRequest, HttpRequest, dev::Payload, web::Query};
use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use std::{fmt, future, str::FromStr};

/// Names with values in the order they came.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Parameters(Vec<(String, String)>);

impl Parameters {
    /// Reads `application/x-www-form-urlencoded` text. What is not encoded well is refused, not
    /// guessed: two ids must not become one.
    pub(crate) fn parse(text: &str) -> Result<Self, Problem> {
        let mut escapes = text.split('%').skip(1);
        let whole = escapes.all(|rest| {
            rest.get(..2).is_some_and(|digits| digits.bytes().all(|b| b.is_ascii_hexdigit()))
        });
        if !whole || percent_decode_str(text).decode_utf8().is_err() {
            return Err(Problem::invalid("the parameters are not percent-encoded UTF-8"));
        }
        let pairs = Query::<Vec<(String, String)>>::from_query(text);
        pairs
            .map(|pairs| Self(pairs.into_inner()))
            .map_err(|error| Problem::invalid(format!("the parameters cannot be read: {error}")))
    }

    /// The first value of `name`, unless it is empty.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.pairs()
            .find(|(given, _)| *given == name)
            .map(|(_, value)| value.trim())
            .filter(|value| !value.is_empty())
    }

    /// The first value of `name` as it came, spaces and all; empty when there is none.
    pub(crate) fn raw(&self, name: &str) -> &str {
        self.pairs().find(|(given, _)| *given == name).map_or("", |(_, value)| value)
    }

    /// The value of `name` as a `T`.
    pub(crate) fn parsed<T>(&self, name: &str) -> Result<Option<T>, Problem>
    where
        T: FromStr,
        T::Err: fmt::Display,
    {
        let value = self.get(name).map(str::parse).transpose();
        value.map_err(|error: T::Err| Problem::invalid_at(name, error.to_string()))
    }

    /// All of them.
    pub(crate) fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// All values of `name`.
    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.pairs().filter(move |(given, _)| *given == name).map(|(_, value)| value)
    }

    /// Refuses a parameter that is not among `known`, since a misspelt filter must not list
    /// everything, and one that occurs twice, since one of its values would be passed over.
    pub(crate) fn only(&self, known: &[&str]) -> Result<(), Problem> {
        for (index, (name, _)) in self.pairs().enumerate() {
            if !known.contains(&name) {
                let known = known.join(", ");
                let detail = format!("no such parameter; there are: {known}");
                return Err(Problem::invalid_at(name, detail));
            }
            if self.pairs().take(index).any(|(before, _)| before == name) {
                return Err(Problem::invalid_at(name, "it occurs twice"));
            }
        }
        Ok(())
    }
}

/// `address` with one more parameter in its query.
pub(crate) fn push_parameter(address: &mut String, name: &str, value: &str) {
    address.push(if address.contains('?') { '&' } else { '?' });
    address.push_str(name);
    address.push('=');
    address.extend(utf8_percent_encode(value, NON_ALPHANUMERIC));
}

impl FromRequest for Parameters {
    type Error = actix_web::Error;
    type Future = future::Ready<Result<Self, Self::Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        future::ready(Self::parse(request.query_string()).map_err(Into::into))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_decoded_and_empty_ones_count_as_absent() {
        let parameters = Parameters::parse("person=J%C3%B6rg+M&from=&limit=5").unwrap();
        assert_eq!(parameters.get("person"), Some("Jörg M"));
        assert_eq!(parameters.get("from"), None);
        assert_eq!(parameters.parsed::<u32>("limit").unwrap(), Some(5));
        assert!(parameters.parsed::<u32>("person").is_err());
    }

    #[test]
    fn what_is_not_encoded_well_is_refused() {
        for text in ["a=%", "a=%4", "a=%zz", "a=%ff", "%c3=1", "a=%\u{e4}1"] {
            assert!(Parameters::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn what_is_pushed_is_read_back() {
        let mut address = "/a".to_owned();
        push_parameter(&mut address, "one", "1 & 2");
        push_parameter(&mut address, "two", "+");
        let (path, query) = address.split_once('?').unwrap();
        let read = Parameters::parse(query).unwrap();
        assert_eq!((path, read.raw("one"), read.raw("two")), ("/a", "1 & 2", "+"));
    }

    #[test]
    fn a_misspelt_filter_is_refused() {
        let parameters = Parameters::parse("perosn=x").unwrap();
        assert!(parameters.only(&["person"]).is_err());
        assert!(parameters.only(&["perosn"]).is_ok());
    }

    #[test]
    fn a_parameter_that_occurs_twice_is_refused() {
        let parameters = Parameters::parse("from=1&to=2&from=").unwrap();
        assert!(parameters.only(&["from", "to"]).is_err());
    }
}
