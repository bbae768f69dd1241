//! Which audit question a command asks.

use app::AuditQuestion;
use audit::world::WrittenInstant;
use audit::{Day, Zone};
use clap::Args;

/// The days, the as-of and the time zone of a question, as flags.
#[derive(Debug, Args)]
pub(super) struct Asked {
    /// First day [default: a year up to the last]
    #[arg(long, value_name = "DAY")]
    from: Option<Day>,
    /// Last day [default: that of the as-of]
    #[arg(long, value_name = "DAY")]
    to: Option<Day>,
    /// What was recorded by then [default: now]
    #[arg(long, value_name = "TIME")]
    as_of: Option<WrittenInstant>,
    /// Audit time zone [default: the organization's]
    #[arg(long, value_name = "ZONE")]
    tz: Option<Zone>,
}

impl Asked {
    /// The question that they ask.
    pub(super) fn question(&self) -> AuditQuestion {
        AuditQuestion {
            from: self.from,
            to: self.to,
            as_of: self.as_of.clone(),
            timezone: self.tz,
            ..AuditQuestion::default()
        }
    }
}
