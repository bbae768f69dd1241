//! One transaction of the group commit: load, plan, apply.

use crate::{
    apply, connections::Connections, erasure, error::failed, load, organizations::Numbers,
};
use async_trait::async_trait;
use domain::{Clock, Entropy, OrganizationId, Timestamp};
use sqlx::{Connection, SqliteConnection};
use std::{borrow::Cow, collections::BTreeMap, sync::Arc, time::Duration};
use store::{Append, AppendError, Appended, Commit, StoreError, TermNumbers};

/// What the writer's task works with.
pub(crate) struct Committer {
    pub(crate) write: Connections,
    pub(crate) numbers: Arc<Numbers>,
    pub(crate) terms: TermNumbers,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) entropy: Arc<dyn Entropy>,
}

#[async_trait]
impl Commit for Committer {
    async fn commit(
        &self,
        units: &[Append],
        floor: Timestamp,
    ) -> Result<Vec<Result<Appended, AppendError>>, StoreError> {
        // In the order of ids, so that nodes that commit at once take the locks in one order.
        let mut shares: BTreeMap<OrganizationId, Vec<usize>> = BTreeMap::new();
        for (index, unit) in units.iter().enumerate() {
            shares.entry(unit.organization).or_default().push(index);
        }
        let mut connection = self.write.acquire().await?;
        let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await.map_err(failed)?;
        let mut answers: BTreeMap<usize, _> = BTreeMap::new();
        for (organization, indexes) in shares {
            let share: Cow<'_, [Append]> = if indexes.len() == units.len() {
                units.into()
            } else {
                indexes.iter().map(|index| units[*index].clone()).collect()
            };
            let outcomes = match self.share(&mut transaction, organization, &share, floor).await {
                Err(StoreError::Missing { what }) => {
                    share.iter().map(|_| Err(AppendError::Missing { what })).collect()
                }
                outcomes => outcomes?,
            };
            answers.extend(indexes.into_iter().zip(outcomes));
        }
        transaction.commit().await.map_err(failed)?;
        Ok(answers.into_values().collect())
    }
}

impl Committer {
    /// The units of one organization.
    async fn share(
        &self,
        connection: &mut SqliteConnection,
        organization: OrganizationId,
        units: &[Append],
        floor: Timestamp,
    ) -> Result<Vec<Result<Appended, AppendError>>, StoreError> {
        let number = self.numbers.get(connection, organization).await?;
        let mut outcomes = Vec::with_capacity(units.len());
        for (index, segment) in store::segments(units).enumerate() {
            // Later ones read what this transaction wrote, which may still be rolled back.
            let learn = index == 0;
            let part =
                self.segment(connection, organization, number, segment, floor, learn).await?;
            outcomes.extend(part);
        }
        Ok(outcomes)
    }

    /// Units that are decided together.
    async fn segment(
        &self,
        connection: &mut SqliteConnection,
        organization: OrganizationId,
        number: i64,
        units: &[Append],
        floor: Timestamp,
        learn: bool,
    ) -> Result<Vec<Result<Appended, AppendError>>, StoreError> {
        let terms = &self.terms;
        let world = load::world(connection, organization, number, units, terms, learn).await?;
        let now = self.clock.now().max(floor.plus(Duration::from_micros(1)));
        if let Some(erasure) = units.iter().find_map(|unit| unit.erase.as_ref()) {
            let affected = erasure::affected(connection, number, erasure).await?;
            let (plan, erased) =
                store::plan_erasure(world, erasure, &affected, now, &*self.entropy);
            apply::plan(connection, number, &plan).await?;
            erasure::apply(connection, number, erasure, &erased).await?;
            return Ok(plan.outcomes);
        }
        let plan = store::plan(world, units, now, &*self.entropy);
        if !plan.is_empty() {
            apply::plan(connection, number, &plan).await?;
        }
        Ok(plan.outcomes)
    }
}
