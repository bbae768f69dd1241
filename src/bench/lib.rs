//! Loads a running LRS over HTTP and tells how it did: statements stored one by one and in
//! batches, read by id, by filters and page by page. Nothing here knows the server from inside, so
//! that it measures any LRS by the same requests. Learners in a SCORM course are of this service alone
//! (docs/runtime-protocol.md).

mod corpus;
mod http;
mod learners;
mod measure;
mod process;
mod report;
mod run;
mod scenario;
mod watch;

pub use corpus::Corpus;
pub use http::{Endpoint, EndpointError};
pub use learners::{Learners, Site, teach};
pub use report::{Report, Row, Stored, System};
pub use run::{BenchError, Plan, Target, run};
