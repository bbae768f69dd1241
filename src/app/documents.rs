//! Documents (state, agent profiles, activity profiles) as clients read and write them.

use crate::{App, AppError, Caller};
use domain::{RegistrationId, Role, Scope};
use store::{
    Append, AppendError, Document, DocumentKey, DocumentKind, DocumentOwner, DocumentWrite,
    Expectation,
};
use xapi::{
    Content, DocumentMethod, DocumentQuery, DocumentResource, DocumentScope, MergeError,
    PreconditionError, Preconditions, ValidationError, Version, etag, merge_document,
};

/// Tries before a document that others keep changing is given up.
const TRIES_MAX: usize = 8;

/// A document cannot be read or written as asked.
#[derive(Debug, thiserror::Error)]
pub enum DocumentError {
    /// It is not in the state that the request demands.
    #[error(transparent)]
    Precondition(#[from] PreconditionError),
    /// What was posted cannot be merged with what is stored.
    #[error(transparent)]
    Merge(#[from] MergeError),
    /// What was sent as JSON is not.
    #[error(transparent)]
    Json(#[from] ValidationError),
    /// It could not be done.
    #[error(transparent)]
    App(#[from] AppError),
}

/// A write to a document.
#[derive(Debug)]
pub struct DocumentChange<'a> {
    /// Which resource.
    pub resource: DocumentResource,
    /// PUT, POST or DELETE.
    pub method: DocumentMethod,
    /// Which document.
    pub query: &'a DocumentQuery,
    /// What the request demands of its present state.
    pub preconditions: &'a Preconditions,
    /// What is sent; empty for DELETE.
    pub content: Content<'a>,
    /// By which version's rules.
    pub version: Version,
}

impl App {
    /// One document.
    pub async fn document(
        &self,
        caller: &Caller,
        query: &DocumentQuery,
    ) -> Result<Option<Document>, AppError> {
        caller.require_read(scope_of(query), &[Role::Author])?;
        let Some(key) = key_of(query) else { return Ok(None) };
        Ok(self.store.document(caller.organization, &key).await?)
    }

    /// The ids of the documents that the query is about.
    pub async fn document_ids(
        &self,
        caller: &Caller,
        query: &DocumentQuery,
    ) -> Result<Vec<String>, AppError> {
        caller.require_read(scope_of(query), &[Role::Author])?;
        let owner = owner_of(&query.scope);
        Ok(self.store.document_ids(caller.organization, &owner, query.since).await?)
    }

    /// Writes, merges or deletes one document; without an id, deletes all of a state's context.
    pub async fn change_document(
        &self,
        caller: &Caller,
        change: &DocumentChange<'_>,
    ) -> Result<(), DocumentError> {
        caller.require(scope_of(change.query), &[])?;
        let Some(key) = key_of(change.query) else {
            // Many have no entity tag of their own: none can be matched.
            change.preconditions.allow(change.version, change.resource, change.method, None)?;
            let mut append = Append::new(caller.organization);
            append.documents.push(DocumentWrite::Clear(owner_of(&change.query.scope)));
            self.store.append(append).await.map_err(AppError::from)?;
            return Ok(());
        };
        for _ in 0..TRIES_MAX {
            let current = self.store.document(caller.organization, &key).await;
            let current = current.map_err(AppError::from)?;
            let tag = current.as_ref().map(|document| document.etag.as_str());
            change.preconditions.allow(change.version, change.resource, change.method, tag)?;
            let document = self.changed(change, current.as_ref())?;
            let expect = tag.map_or(Expectation::Absent, |tag| Expectation::Etag(tag.to_owned()));
            let mut append = Append::new(caller.organization);
            append.documents.push(DocumentWrite::Set { key: key.clone(), expect, document });
            match self.store.append(append).await {
                Ok(_) => return Ok(()),
                // Somebody else wrote it since it was read: judge again.
                Err(AppendError::Precondition { .. }) => {}
                Err(other) => return Err(AppError::from(other).into()),
            }
        }
        Err(AppError::Contended.into())
    }

    fn changed(
        &self,
        change: &DocumentChange<'_>,
        current: Option<&Document>,
    ) -> Result<Option<Document>, DocumentError> {
        let stored = current.map(|document| Content {
            media_type: &document.content_type,
            bytes: &document.content,
        });
        let content = match change.method {
            DocumentMethod::Delete => return Ok(None),
            DocumentMethod::Post => merge_document(stored, change.content)?,
            DocumentMethod::Put | DocumentMethod::Get => change.content.bytes.to_vec(),
        };
        Ok(Some(self.new_document(change.content.media_type, content)))
    }

    /// A document as it is stored.
    pub(crate) fn new_document(&self, media_type: &str, content: Vec<u8>) -> Document {
        Document {
            content_type: media_type.to_owned(),
            etag: etag(&content),
            updated_at: self.clock.now(),
            content,
        }
    }
}

fn scope_of(query: &DocumentQuery) -> Scope {
    match query.scope {
        DocumentScope::State { .. } => Scope::State,
        DocumentScope::AgentProfile { .. } | DocumentScope::ActivityProfile { .. } => {
            Scope::Profile
        }
    }
}

fn owner_of(scope: &DocumentScope) -> DocumentOwner {
    match scope {
        DocumentScope::State { activity, agent, registration } => DocumentOwner {
            kind: DocumentKind::State,
            activity: activity.clone(),
            agent: agent.to_string(),
            registration: registration.map(RegistrationId::new),
        },
        DocumentScope::AgentProfile { agent } => DocumentOwner {
            kind: DocumentKind::AgentProfile,
            activity: String::new(),
            agent: agent.to_string(),
            registration: None,
        },
        DocumentScope::ActivityProfile { activity } => DocumentOwner {
            kind: DocumentKind::ActivityProfile,
            activity: activity.clone(),
            agent: String::new(),
            registration: None,
        },
    }
}

fn key_of(query: &DocumentQuery) -> Option<DocumentKey> {
    let id = query.id.clone()?;
    Some(DocumentKey { owner: owner_of(&query.scope), id })
}
