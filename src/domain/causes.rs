//! Errors with what caused them.

use std::{error::Error, fmt};

/// Shows an error and its causes in one line, outermost first, each after a colon: for whoever runs
/// the program.
#[derive(Debug, Clone, Copy)]
pub struct Causes<'a>(pub &'a (dyn Error + 'static));

impl fmt::Display for Causes<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)?;
        let mut next = self.0.source();
        while let Some(cause) = next {
            write!(f, ": {cause}")?;
            next = cause.source();
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("the store did not answer")]
    struct Outer(#[source] Middle);

    #[derive(Debug, thiserror::Error)]
    #[error("the connection ended")]
    struct Middle(#[from] fmt::Error);

    #[test]
    fn all_causes_are_shown_once_in_their_order() {
        let error = Outer(Middle(fmt::Error));
        let line = Causes(&error).to_string();
        assert_eq!(line, format!("the store did not answer: the connection ended: {}", fmt::Error));
        assert_eq!(Causes(&fmt::Error).to_string(), fmt::Error.to_string());
    }
}
