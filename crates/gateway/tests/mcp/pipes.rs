//! Messages over pipes.

use crate::kit::Words;
use portcullis_gateway::mcp::{Ended, Session, relay};
use std::io::{BufRead as _, BufReader, Write as _, pipe};
use std::sync::{Arc, Mutex};
use std::thread;

#[test]
fn what_one_side_says_the_other_hears_until_one_of_them_ends() {
    for client_first in [true, false] {
        let (from_client, mut client) = pipe().unwrap();
        let (server_in, to_server) = pipe().unwrap();
        let (from_server, mut server) = pipe().unwrap();
        let (client_in, mut to_client) = pipe().unwrap();
        let first = Arc::new(Mutex::new(None));
        let told = Arc::clone(&first);
        let session = Mutex::new(Session::new(Arc::new(Words::default())));
        let gate = thread::spawn(move || {
            relay(session, (from_client, &mut to_client), (from_server, to_server), |who| {
                *told.lock().unwrap() = Some(who);
            })
        });
        let mut heard = BufReader::new(server_in).lines();
        let mut answers = BufReader::new(client_in).lines();
        for _ in 0..100 {
            client.write_all(b"{\"jsonrpc\":\"2.0\",\"id\":1,\r\"method\":\"ping\"}\n").unwrap();
            assert_eq!(heard.next().unwrap().unwrap(), r#"{"jsonrpc":"2.0","id":1, "method":"ping"}"#);
            server.write_all(b"noise\n{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}\n").unwrap();
            assert_eq!(answers.next().unwrap().unwrap(), r#"{"jsonrpc":"2.0","id":1,"result":{}}"#);
        }
        if client_first {
            drop(client);
            assert!(heard.next().is_none(), "the server is told that nothing more comes");
            drop(server);
        } else {
            drop(server);
            assert!(heard.next().is_none());
        }
        gate.join().unwrap().unwrap();
        assert_eq!(*first.lock().unwrap(), Some(if client_first { Ended::Client } else { Ended::Server }));
    }
}
