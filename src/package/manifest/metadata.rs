//! What the package says about itself: LOM in any of its bindings, inline or in a file.

use super::{context::Context, href::Base};
use crate::{
    codes,
    xml::{self, Element},
};
use scorm::manifest::Metadata;

/// Reads the `metadata` child of an element.
pub(super) fn read(context: &mut Context<'_, '_>, owner: &Element<'_>, base: &Base) -> Metadata {
    let Some(element) = owner.child("metadata") else { return Metadata::default() };
    let mut metadata = element.child("lom").map(lom).unwrap_or_default();
    let Some(location) = element.child("location") else { return metadata };
    let Some(written) = location.content() else { return metadata };
    metadata.location = Some(written.to_owned());
    let Some(left) = context.external_left.checked_sub(1) else { return metadata };
    context.external_left = left;
    let Some(path) = context.locate(base, written) else {
        let message = format!("the metadata file {written:?} is not in the package");
        context.tell(&codes::METADATA_MISSING, location.offset, message);
        return metadata;
    };
    let limits = context.around.limits;
    let text = (context.around.external)(&path);
    let parsed = text.as_deref().map(|text| xml::parse(text, limits).map(|found| lom(&found.root)));
    match parsed {
        Some(Ok(found)) => fill(&mut metadata, found),
        Some(Err(error)) => {
            let message = format!("the metadata file {path:?} was ignored: {error}");
            context.tell(&codes::METADATA_UNREADABLE, location.offset, message);
        }
        None => {
            let message = format!("the metadata file {path:?} is too large");
            context.tell(&codes::METADATA_UNREADABLE, location.offset, message);
        }
    }
    metadata
}

/// What inline metadata leaves open, a file may say.
fn fill(metadata: &mut Metadata, other: Metadata) {
    let Metadata { title, description, language, keywords, version, typical_learning_time, .. } =
        other;
    for (mine, others) in [
        (&mut metadata.title, title),
        (&mut metadata.description, description),
        (&mut metadata.language, language),
        (&mut metadata.version, version),
        (&mut metadata.typical_learning_time, typical_learning_time),
    ] {
        *mine = mine.take().or(others);
    }
    if metadata.keywords.is_empty() {
        metadata.keywords = keywords;
    }
}

/// LOM 1.0 and the IMS bindings before it name the same things alike but for letter case.
fn lom(lom: &Element<'_>) -> Metadata {
    let general = lom.child("general");
    let of = |name: &str| general.and_then(|general| text(general.child(name)?));
    let keywords = general.into_iter().flat_map(|general| general.all("keyword"));
    let time = lom.child("educational").and_then(|all| all.child("typicallearningtime"));
    let duration = |time: &Element<'_>| {
        let inner = time.child("duration").or_else(|| time.child("datetime"));
        text(inner.unwrap_or(time))
    };
    Metadata {
        title: of("title"),
        description: of("description"),
        language: of("language"),
        keywords: keywords.filter_map(text).collect(),
        version: lom.child("lifecycle").and_then(|all| text(all.child("version")?)),
        typical_learning_time: time.and_then(duration),
        location: None,
    }
}

/// A text in its first language: `<string language>`, `<langstring xml:lang>` or bare.
fn text(element: &Element<'_>) -> Option<String> {
    let inner = || element.children.iter().find_map(Element::content);
    element.content().or_else(inner).map(str::to_owned)
}
