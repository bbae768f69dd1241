//! What a client sends to be stored: statements as JSON, or with the data of their attachments.

use super::StatementError;
use bytes::Bytes;
use std::collections::BTreeMap;
use store::NewAttachment;
use xapi::{
    Statement, ValidationError,
    multipart::{Multipart, check_without_parts},
    signature::check_signatures,
};

/// The body of a request to store statements, as it came.
#[derive(Debug, Clone)]
pub struct SentStatements {
    /// The whole `Content-Type`, with its parameters.
    pub content_type: String,
    /// The body.
    pub body: Bytes,
}

/// Statements that keep every rule, with the data of attachments by hash.
pub(super) struct Received {
    pub(super) statements: Vec<Statement>,
    pub(super) data: AttachmentData,
}

/// Attachments' data by their SHA-2 in lower-case hexadecimal; parts of the request's own bytes.
#[derive(Default)]
pub(super) struct AttachmentData(BTreeMap<String, Bytes>);

impl SentStatements {
    /// Checks everything that can be known without the store (Communication 1.5, Data 2.6).
    pub(super) fn receive(
        &self,
        read: impl FnOnce(&[u8]) -> Result<Vec<Statement>, ValidationError>,
    ) -> Result<Received, StatementError> {
        let essence = self.content_type.split(';').next().unwrap_or_default().trim();
        let received = match essence.to_ascii_lowercase().as_str() {
            "application/json" => {
                let statements = read(&self.body)?;
                check_without_parts(&statements)?;
                Received { statements, data: AttachmentData::default() }
            }
            "multipart/mixed" => {
                let multipart = Multipart::parse(&self.content_type, &self.body)?;
                let statements = read(multipart.statements)?;
                multipart.check(&statements)?;
                let data = multipart
                    .parts
                    .iter()
                    .map(|part| (part.sha2.to_ascii_lowercase(), self.body.slice_ref(part.bytes)));
                Received { data: AttachmentData(data.collect()), statements }
            }
            _ => return Err(StatementError::ContentType(self.content_type.clone())),
        };
        for (place, statement) in received.statements.iter().enumerate() {
            check_signatures(statement, |sha2| received.data.0.get(sha2).map(AsRef::as_ref))
                .map_err(|error| StatementError::Signature { place, error })?;
        }
        Ok(received)
    }
}

impl AttachmentData {
    /// The data that came for the attachments of one statement, each hash once.
    pub(super) fn of(&self, statement: &Statement) -> Vec<NewAttachment> {
        let mut found: Vec<NewAttachment> = Vec::new();
        for attachment in statement.attachments() {
            if let Some(content) = self.0.get(&attachment.sha2)
                && found.iter().all(|known| known.sha2 != attachment.sha2)
            {
                found.push(NewAttachment {
                    sha2: attachment.sha2.clone(),
                    media_type: attachment.content_type.clone(),
                    content: content.clone(),
                });
            }
        }
        found
    }
}
