//! What outlives a registration: global objectives and shared data stores of a learner that the
//! manifest holds global to the system (SN 3.10.2, CAM 4th edition 3.4.1.14). They are kept in one
//! agent profile document of the learner.

use super::{PlayError, session::Play};
use crate::App;
use scorm::tree::{ActivityTree, ObjectiveProgress, TreeState};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use store::{DocumentKey, DocumentKind, DocumentOwner, DocumentWrite, Expectation};

/// The document.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct Lasting {
    /// Global objectives by identifier.
    objectives: BTreeMap<String, ObjectiveProgress>,
    /// Shared data stores by identifier.
    stores: BTreeMap<String, String>,
}

impl Lasting {
    /// Reads the document, which any client that may write agent profiles can have written: what is
    /// not ours in it must neither keep a learner from a course nor get into the tracking model.
    fn read(content: &[u8]) -> Self {
        let mut read: Self = serde_json::from_slice(content).unwrap_or_else(|error| {
            tracing::warn!(%error, "a learner's global objectives cannot be read; none are taken");
            Self::default()
        });
        read.objectives.retain(|_, progress| progress.is_in_range());
        read
    }

    /// What a registration knows of it.
    fn of(tree: &ActivityTree, state: &TreeState) -> Self {
        let objectives = state.globals().filter(|_| tree.objectives_global_to_system());
        let stores = state.shared().filter(|_| tree.shared_data_global_to_system());
        Self {
            objectives: objectives.map(|(id, known)| (id.to_owned(), *known)).collect(),
            stores: stores.map(|(id, store)| (id.to_owned(), store.to_owned())).collect(),
        }
    }
}

/// What was read, so that what a request changes in it can be told.
#[derive(Debug, Default)]
pub(super) struct Known {
    read: Lasting,
    etag: Option<String>,
    /// What the registration knew when the request began.
    before: Lasting,
}

impl App {
    /// Brings in what other registrations of the learner know. A test neither finds anything of it
    /// nor leaves anything: for it, the registration is the system.
    pub(super) async fn bring_in_lasting(&self, play: &mut Play) -> Result<(), PlayError> {
        if !play.keeps_results() || play.is_test() || !has_lasting(&play.course.tree) {
            return Ok(());
        }
        let found = self.store.document(play.organization.id, &key_of(play)).await?;
        let mut known = Known::default();
        if let Some(document) = found {
            known.read = Lasting::read(&document.content);
            known.etag = Some(document.etag);
        }
        let course = play.course.clone();
        for (id, progress) in &known.read.objectives {
            if course.tree.objectives_global_to_system() && course.tree.maps_objective(id) {
                play.state.tree.set_global(id, *progress);
            }
        }
        for (id, store) in &known.read.stores {
            if course.tree.shared_data_global_to_system() && course.tree.maps_store(id) {
                play.state.tree.set_shared(id, store);
            }
        }
        known.before = Lasting::of(&course.tree, &play.state.tree);
        play.lasting = Some(known);
        Ok(())
    }

    /// Keeps what the request changed in it. Another registration that writes at the same time is
    /// met by trying again.
    pub(super) fn keep_lasting(&self, play: &mut Play) {
        let Some(known) = play.lasting.take() else { return };
        let now = Lasting::of(&play.course.tree, &play.state.tree);
        if now == known.before {
            return;
        }
        let mut kept = known.read;
        kept.objectives.extend(now.objectives);
        kept.stores.extend(now.stores);
        let content = serde_json::to_vec(&kept).expect("texts and numbers are plain data");
        play.append.documents.push(DocumentWrite::Set {
            key: key_of(play),
            expect: known.etag.map_or(Expectation::Absent, Expectation::Etag),
            document: Some(self.new_document("application/json", content)),
        });
    }
}

fn has_lasting(tree: &ActivityTree) -> bool {
    (tree.objectives_global_to_system() && tree.maps_objectives())
        || (tree.shared_data_global_to_system() && tree.maps_stores())
}

fn key_of(play: &Play) -> DocumentKey {
    let owner = DocumentOwner {
        kind: DocumentKind::AgentProfile,
        activity: String::new(),
        agent: play.registration.fixed.actor_key.clone(),
        registration: None,
    };
    DocumentKey { owner, id: scorm::profile::extension("global-to-system") }
}
