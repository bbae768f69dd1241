//! Evidence over HTTP and at the command line, on both databases: what comes from elsewhere, and what
//! is kept elsewhere.

mod attestation;
mod backup;
mod erasure;
mod feeds;
mod pack;
mod reference;
mod replay;
mod support;
mod versions;
