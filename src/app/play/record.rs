//! What a step of an attempt leaves behind: statements and documents, through the one pipeline.

use super::session::Play;
use crate::{
    App,
    statements::{account_authority, new_statement},
};
use domain::{CredentialId, SessionId, Timestamp};
use scorm::{
    profile::{
        Content, Context, Document, DocumentKind, Event, changed_documents, documents, report,
    },
    tree::ActivityIndex,
};
use serde_json::Value;
use store::{DocumentOwner, DocumentWrite, Expectation};
use xapi::{Statement, Version};

impl Play {
    /// Adds the statements and documents of a step, on an activity in a session, to what the
    /// request writes; those of a test are made and dropped. The tree must have taken the step in.
    /// `claimed` is when it happened by the browser's clock.
    pub(super) fn tell(
        &mut self,
        app: &App,
        (at, session): (ActivityIndex, SessionId),
        event: &Event<'_>,
        claimed: Option<Timestamp>,
    ) {
        let actor: Value = serde_json::from_str(&self.registration.fixed.actor)
            .expect("the launch checked that the actor is JSON");
        let course = self.course.clone();
        let version = &course.version;
        let context = Context {
            base: &self.organization.activity_base,
            course: version.course,
            version: version.version,
            course_title: &version.title,
            language: course.language.as_deref().unwrap_or("und"),
            actor: &actor,
            registration: self.registration.fixed.id,
            session,
            timestamp: self.now,
            claimed,
        };
        let rollup = self.settings.rollup;
        let made = report(&context, &course.tree, &mut self.state.tree, at, rollup, event);
        if self.is_test() {
            return;
        }
        if let Some(data) = event.after {
            let of = |data| documents(&context, &course.tree, &self.state.tree, at, data);
            let known = event.before.filter(|_| event.begins.is_none());
            let known = known.map(of).unwrap_or_default();
            let changed = changed_documents(&known, of(data));
            self.write_documents(app, changed);
        }
        self.write_statements(app, &made);
    }

    fn write_statements(&mut self, app: &App, made: &[Value]) {
        let id = CredentialId::parse(store::RUNTIME_AUTHORITY).expect("our own id is one");
        let authority = account_authority(&self.organization, &id);
        for value in made {
            // A mistake of ours in one statement must not cost the learner the rest.
            match Statement::parse(value.to_string().as_bytes(), Version::V1_0) {
                Ok(statement) => {
                    let stamped = statement.stamp(app.new_statement_id(), &authority);
                    self.append.statements.push(new_statement(&stamped, &id));
                }
                Err(error) => tracing::error!(
                    registration = %self.registration.fixed.id,
                    %error,
                    "run-time made a statement that is not valid"
                ),
            }
        }
    }

    fn write_documents(&mut self, app: &App, changed: Vec<Document>) {
        for Document { kind, activity, registration, id, content } in changed {
            let (media_type, bytes) = match content {
                Content::Json(value) => ("application/json", value.to_string().into_bytes()),
                Content::Text(text) => ("text/plain; charset=utf-8", text.into_bytes()),
            };
            let agent = match kind {
                DocumentKind::ActivityProfile => String::new(),
                DocumentKind::State | DocumentKind::AgentProfile => {
                    self.registration.fixed.actor_key.clone()
                }
            };
            let owner = DocumentOwner {
                kind: match kind {
                    DocumentKind::State => store::DocumentKind::State,
                    DocumentKind::ActivityProfile => store::DocumentKind::ActivityProfile,
                    DocumentKind::AgentProfile => store::DocumentKind::AgentProfile,
                },
                activity: activity.unwrap_or_default(),
                agent,
                registration,
            };
            self.append.documents.push(DocumentWrite::Set {
                key: store::DocumentKey { owner, id },
                expect: Expectation::Any,
                document: Some(app.new_document(media_type, bytes)),
            });
        }
    }
}
