//! A broker with one door, and a road that writes down what it is asked.

use portcullis_event::Socket;
use portcullis_gateway::egress::Denial;
use portcullis_gateway::sockets::{Answer, Door, Notice, Road, Service, Settings, Sockets};
use std::io::{Read as _, Write as _};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Allows what it is told to, and writes everything down.
#[derive(Default)]
pub(crate) struct Record {
    pub(crate) allows: Vec<&'static str>,
    pub(crate) asked: Mutex<Vec<Socket>>,
    pub(crate) told: Mutex<Vec<Notice>>,
}

impl Road for Record {
    fn ask(&self, asked: &Socket) -> Answer {
        self.asked.lock().unwrap().push(asked.clone());
        let word = serde_json::to_value(asked.op).unwrap();
        if self.allows.iter().any(|it| word == *it) {
            Answer::Allow
        } else {
            Answer::Deny(Denial {
                reasons: vec!["no (policy:1)".to_owned()],
                fix: Some("add a line".to_owned()),
                lasting: None,
            })
        }
    }

    fn shows_key(&self, _: &str, name: &str) -> bool {
        name == "work"
    }

    fn servers(&self, _: &[u8]) -> Vec<String> {
        vec!["forge.example".to_owned()]
    }

    fn told(&self, notice: &Notice) {
        self.told.lock().unwrap().push(notice.clone());
    }
}

/// A program outside, and a broker before it.
pub(crate) struct Scene {
    pub(crate) record: Arc<Record>,
    pub(crate) heard: Arc<Mutex<Vec<Vec<u8>>>>,
    folder: tempfile::TempDir,
    sockets: Option<Sockets>,
}

/// What the program outside does with one connection.
pub(crate) type Serve = fn(UnixStream, &Mutex<Vec<Vec<u8>>>);

impl Scene {
    pub(crate) fn new(service: Service, allows: &[&'static str], settings: Settings, serve: Serve) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (inside, outside) = (folder.path().join("inside"), folder.path().join("outside"));
        let real = UnixListener::bind(&outside).unwrap();
        let heard = Arc::new(Mutex::new(Vec::new()));
        let record_of_all = Arc::clone(&heard);
        std::thread::spawn(move || {
            for stream in real.incoming().flatten() {
                let record_of_all = Arc::clone(&record_of_all);
                std::thread::spawn(move || serve(stream, &record_of_all));
            }
        });
        let record = Arc::new(Record { allows: allows.to_vec(), ..Record::default() });
        let door = Door { listener: UnixListener::bind(inside).unwrap(), service, outside };
        let road: Arc<dyn Road> = Arc::clone(&record) as _;
        let sockets = Sockets::open(vec![door], road, settings).unwrap();
        Self { record, heard, folder, sockets: Some(sockets) }
    }

    pub(crate) fn door(&self) -> PathBuf {
        self.folder.path().join("inside")
    }

    pub(crate) fn connect(&self) -> UnixStream {
        let stream = UnixStream::connect(self.door()).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        stream
    }

    /// Says something, nothing more, and gives all that is answered.
    pub(crate) fn say(&self, bytes: &[u8]) -> Vec<u8> {
        let mut stream = self.connect();
        stream.write_all(bytes).ok();
        stream.shutdown(std::net::Shutdown::Write).ok();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).ok();
        answer
    }

    pub(crate) fn heard(&self) -> Vec<Vec<u8>> {
        self.heard.lock().unwrap().clone()
    }

    /// Ends the broker, after which everything has been told.
    pub(crate) fn end(&mut self) {
        drop(self.sockets.take());
    }
}
