//! Hostile bytes in, checked course out: zip with limits, XML with limits, manifests to courses,
//! and an index of the files inside the zip.
//!
//! [`inspect`] judges a package as a good LMS does: what breaks the standard and can be played is
//! imported with warnings; what is hostile, unreadable or starts nothing is refused with a report
//! that an author can act on. Nothing is unpacked to disk. [`Listing::open`] gives access to the
//! files of a package that was accepted before.

mod archive;
pub mod codes;
mod difference;
mod finding;
mod index;
mod inspect;
mod limits;
mod listing;
mod manifest;
mod media;
mod mentions;
mod playable;
mod sizes;
mod source;
#[cfg(feature = "testkit")]
pub mod testkit;
mod write;
mod xml;

pub use archive::ArchiveError;
pub use difference::{Difference, FILES_LISTED_MAX, FileChange, FilesDifference, Side};
pub use finding::{Finding, Report, Severity, Standard};
pub use index::{Entry, Index, Match, Unpacked};
pub use inspect::{Accepted, Inspection, inspect};
pub use limits::Limits;
pub use listing::{Listed, Listing};
pub use media::{is_media, media_type};
pub use sizes::{Sizes, Weight, size_text};
pub use source::{ReadAt, Section};
pub use write::zip_of;
pub use xml::{XmlError, XmlErrorKind};
