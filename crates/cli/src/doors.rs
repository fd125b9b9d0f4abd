//! Doors of a run: sockets by which what is inside asks the run outside.

use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::net::{UnixListener, UnixStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

/// Goes to a door from inside; `None` if there is none, and so no run.
pub(crate) fn knock(place: &str) -> Option<Result<UnixStream, String>> {
    match UnixStream::connect(place) {
        Ok(stream) => Some(Ok(stream)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => Some(Err(format!("the run outside can't be asked: {error}"))),
    }
}

/// Stands at a door for as long as the run lasts, for so many at once. Whoever comes beyond that is not answered, which is a no.
pub(crate) fn open(
    listener: OwnedFd,
    name: &'static str,
    most: usize,
    serve: impl Fn(UnixStream) -> io::Result<()> + Send + Sync + 'static,
) -> io::Result<()> {
    let listener = UnixListener::from(listener);
    let (open, serve) = (Arc::new(AtomicUsize::new(0)), Arc::new(serve));
    let accept = move || {
        for stream in listener.incoming() {
            let Ok(stream) = stream else {
                // Out of descriptors or memory: those that are open have to end first.
                thread::sleep(Duration::from_millis(20));
                continue;
            };
            let place = Place::take(&open, most);
            let serve = Arc::clone(&serve);
            let serve = move || {
                let Some(_place) = place else { return };
                // Whoever went away needs no answer.
                serve(stream).ok();
            };
            // Without a thread nobody answers either.
            drop(thread::Builder::new().name(name.to_owned()).spawn(serve));
        }
    };
    thread::Builder::new().name(format!("{name}-accept")).spawn(accept).map(drop)
}

/// A place among those that are answered, given back when it is dropped.
struct Place(Arc<AtomicUsize>);

impl Place {
    fn take(open: &Arc<AtomicUsize>, most: usize) -> Option<Self> {
        let before = open.fetch_add(1, Ordering::Relaxed);
        let place = Self(Arc::clone(open));
        (before < most).then_some(place)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
