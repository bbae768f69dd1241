//! The `attestry` binary.

use std::process::ExitCode;

fn main() -> ExitCode {
    attestry::cli::main(std::env::args_os(), std::env::vars_os())
}
