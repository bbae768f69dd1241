//! Rows of completion facts.

use super::{Read, position};
use crate::{FactClaim, StoreError};

#[derive(Debug)]
pub struct FactRow {
    pub position: i64,
    pub actor: Option<i64>,
    pub fact: Vec<u8>,
}

impl TryFrom<FactRow> for crate::FactRow {
    type Error = StoreError;

    fn try_from(row: FactRow) -> Read<Self> {
        let position = position("completion_fact", "position", row.position)?;
        Ok(Self { position, actor: row.actor, fact: row.fact })
    }
}

#[derive(Debug)]
pub struct FactClaimRow {
    pub position: i64,
    pub stored: Option<String>,
    pub authority_key: Option<String>,
}

impl TryFrom<FactClaimRow> for FactClaim {
    type Error = StoreError;

    fn try_from(row: FactClaimRow) -> Read<Self> {
        let FactClaimRow { stored, authority_key, .. } = row;
        Ok(Self { position: position("claim", "position", row.position)?, stored, authority_key })
    }
}
