//! How a command ends when it does not do what it was asked.

use domain::Causes;
use std::error::Error;
use std::process::ExitCode;

/// A command failed.
#[derive(Debug)]
pub struct Failure {
    /// 1: the answer is no; 2: wrong usage or unreadable input; 3: could not.
    pub code: u8,
    /// What it was about to do; reads after "failed to".
    pub doing: String,
    /// Why it did not work.
    pub cause: Box<dyn Error + Send + Sync>,
}

impl Failure {
    /// Wrong usage or unreadable input.
    pub fn usage(doing: impl Into<String>, cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self { code: 2, doing: doing.into(), cause: cause.into() }
    }

    /// `attestry: failed to …: …: …` on one line.
    pub fn line(&self) -> String {
        format!("attestry: failed to {}: {}", self.doing, Causes(&*self.cause))
    }

    /// The exit code for the shell.
    pub fn exit_code(&self) -> ExitCode {
        ExitCode::from(self.code)
    }
}

/// For `map_err`: something outside did not work (exit code 3).
pub fn could_not<E: Into<Box<dyn Error + Send + Sync>>>(
    doing: impl Into<String>,
) -> impl FnOnce(E) -> Failure {
    let doing = doing.into();
    move |cause| Failure { code: 3, doing, cause: cause.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_is_one_line_with_all_its_causes() {
        let cause = std::io::Error::other(std::fmt::Error);
        let failure = could_not("open the database")(cause);
        assert!(failure.line().starts_with("attestry: failed to open the database: "));
        assert!(!failure.line().contains('\n'));
        assert_eq!(failure.code, 3);
    }
}
