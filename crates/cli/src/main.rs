//! The one binary. Everything is in the library, where tests can reach it.

fn main() -> std::process::ExitCode {
    portcullis_cli::main()
}
