//! Evidence over HTTP and at the command line, on both databases: what comes from elsewhere.

mod replay;
mod support;
