//! `portcullis log witness serve`: a witness on the network, by the protocol of C2SP tlog-witness. It watches the logs
//! whose keys it was given, and no other.

use super::key;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::invocation::Invocation;
use crate::output::View;
use crate::page::{Page, Tone};
use clap::Args;
use portcullis_ledger::disk::RealDisk;
use portcullis_ledger::note::Verifier;
use portcullis_ledger::witness::{Witness, http};
use serde::Serialize;
use std::io::Write as _;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;

/// Is a witness on the network, until it is interrupted.
#[derive(Debug, Args)]
pub(crate) struct Serve {
    /// Where to listen
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:7480")]
    listen: SocketAddr,
    /// The witness's name, such as example.com/witness
    #[arg(long, default_value = "portcullis/witness")]
    name: String,
    /// The key of a log to watch: the content of its keys/ledger.pub; may be given several times
    #[arg(long, value_name = "KEY", value_parser = key)]
    trust: Vec<Verifier>,
}

/// What others need to know about the witness.
#[derive(Debug, Serialize)]
struct Listening {
    url: String,
    key: String,
}

impl Serve {
    pub(crate) fn run(self, invocation: &Invocation) -> Result<Exit, Failure> {
        let home = invocation.home()?;
        home.ensure()?;
        let witness = Witness::open(Arc::new(RealDisk), &home.path().join("witness"), &self.name)?;
        for key in &self.trust {
            witness.trust(key)?;
        }
        let failed = |error| Failure::io("listen", None, &error).at(self.listen.to_string());
        let listener = TcpListener::bind(self.listen).map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        invocation.output.put(&Listening { url: format!("http://{address}"), key: witness.verifier().to_string() })?;
        http::serve(&listener, &Arc::new(witness), tell).map_err(failed)?;
        Ok(Exit::Success)
    }
}

/// What the witness did goes to standard error; a line that can't be written is no reason to stop witnessing.
fn tell(line: &str) {
    drop(writeln!(std::io::stderr(), "{}", crate::printable::printable(line)));
}

impl View for Listening {
    fn write(&self, page: &mut Page) {
        page.put(Tone::Good, "listening").put(Tone::Plain, format!(" at {}", self.url)).end();
        page.put(Tone::Faint, "  key ").put(Tone::Plain, &self.key).end();
    }
}
