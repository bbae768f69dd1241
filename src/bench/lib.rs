//! Loads a running LRS over HTTP and tells how it did: statements stored one by one and in
//! batches, read by id, by filters and page by page. Nothing here knows the server from inside, so
//! that it measures any LRS by the same requests.

mod corpus;
mod http;
mod measure;
mod process;
mod report;
mod run;
mod scenario;

pub use corpus::Corpus;
pub use http::{Endpoint, EndpointError};
pub use report::{Report, Row, System};
pub use run::{BenchError, Plan, Target, run};
