//! The world of an organization: its statements' facts and its reference trail.

use crate::{App, AppError, AttestationQuery, Caller};
use audit::reference::{Entity, RequirementValue};
use audit::world::{Attesting, Requirement, SignedText};
use audit::{World, Zone};
use domain::{CourseId, OrganizationId, StatementId, Timestamp};
use std::collections::HashMap;

/// Attestations read at a time.
const PAGE_ATTESTATIONS: usize = 500;

impl App {
    /// The world of an organization, as good for any instant up to now; its settings are those in
    /// force at `as_of`.
    pub(crate) async fn world(
        &self,
        organization: OrganizationId,
        as_of: Timestamp,
    ) -> Result<World, AppError> {
        let facts = self.facts(organization).await?;
        let trail = self.trail(organization).await?;
        let built = tokio::task::spawn_blocking(move || trail.world(as_of));
        let (mut world, _) = built.await?;
        world.statements = facts;
        Ok(world)
    }

    /// What was signed, in words, of every attestation.
    pub(crate) async fn signed_texts(
        &self,
        caller: &Caller,
    ) -> Result<HashMap<StatementId, SignedText>, AppError> {
        let reader = Caller::operator(caller.organization);
        let mut query = AttestationQuery::default();
        let mut found = HashMap::new();
        loop {
            let page = self.attestations(&reader, &query, PAGE_ATTESTATIONS).await?;
            found.extend(page.items.into_iter().map(|row| {
                let from = row.signed_from.unwrap_or_default();
                let signed = SignedText {
                    signer_name: row.name,
                    statement_text: row.text,
                    ip: from.ip,
                    user_agent: from.user_agent,
                };
                (row.statement, signed)
            }));
            match page.next {
                Some(next) => query.after = Some(next),
                None => return Ok(found),
            }
        }
    }

    /// Whether a requirement that is in force asks for a signature under a pass of a course.
    pub(crate) async fn attestation_required(
        &self,
        organization: OrganizationId,
        course: CourseId,
    ) -> Result<bool, AppError> {
        let trail = self.trail(organization).await?;
        let now = self.clock.now();
        let (course, today) = (course.to_string(), Zone::UTC.day(now));
        let asks = |rules: &Requirement| {
            rules.attestation == Attesting::Required
                && rules.in_force().holds(today)
                && rules.courses.contains(&course)
        };
        let stated = trail.history(Entity::Requirement).filter(|row| row.visibility.at(now));
        let mut values = stated.filter_map(|row| row.asserted.read::<RequirementValue>().ok());
        Ok(values.any(|value| asks(&value.rules)))
    }
}
