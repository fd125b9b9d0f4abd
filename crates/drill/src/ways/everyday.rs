//! Work that must go on as usual within the walls.

use super::{Attempt, Category, Got, Here, Proof, Way, attempt, failed, nothing};
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::unix::net::{UnixListener, UnixStream};
use std::process::{Command, Stdio};

const fn works(id: &'static str, loses: &'static str, way: fn(&Here) -> Got) -> Attempt {
    attempt(Category::Everyday, id, loses, Way::By(way), Proof::Word)
}

pub(super) const ATTEMPTS: &[Attempt] = &[
    works("everyday-git", "a repository can be made and committed to", |here| {
        let folder = here.project("everyday-git");
        let folder = folder.to_string_lossy();
        says("git", &["init", "-q", &folder], "")?;
        let commit = [
            "-C",
            &folder,
            "-c",
            "user.name=a",
            "-c",
            "user.email=a@b.example",
            "commit",
            "-q",
            "--allow-empty",
            "-m",
            "x",
        ];
        says("git", &commit, "")
    }),
    works("everyday-shell", "pipes and here-documents work in a shell", |_| {
        says("sh", &["-c", "cat <<X | tr a b | grep -q bbb && echo it\naaa\nX"], "it")
    }),
    works("everyday-node", "JavaScript runs", |_| says("node", &["-e", "console.log('it' + 1)"], "it1")),
    works("everyday-python", "Python runs, with processes of its own", |_| {
        says(
            "python3",
            &[
                "-c",
                "import multiprocessing as m, subprocess as s\nq = m.SimpleQueue()\nprint(s.check_output(['echo', 'it']).decode())",
            ],
            "it",
        )
    }),
    works("everyday-compiler", "C is compiled and runs", |here| {
        let (source, program) = (here.project("src/main.c"), here.project("everyday-program"));
        says("cc", &[&source.to_string_lossy(), "-o", &program.to_string_lossy()], "")?;
        says(&program.to_string_lossy(), &[], "")
    }),
    works("everyday-terminal", "programs can open terminals", |_| {
        let flags = rustix::pty::OpenptFlags::RDWR | rustix::pty::OpenptFlags::NOCTTY;
        let master = rustix::pty::openpt(flags)?;
        rustix::pty::unlockpt(&master)?;
        // As libraries do it: not by the other end's name.
        let mut other = std::fs::File::from(rustix::pty::ioctl_tiocgptpeer(&master, flags)?);
        other.write_all(b"it")?;
        let mut heard = [0; 2];
        rustix::io::read(&master, &mut heard)?;
        expect(&heard, b"it")
    }),
    works("everyday-server", "a server can be started and asked on this machine's own address", |_| {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let mut caller = TcpStream::connect(listener.local_addr()?)?;
        caller.write_all(b"it")?;
        let mut heard = [0; 2];
        listener.accept()?.0.read_exact(&mut heard)?;
        expect(&heard, b"it")
    }),
    works("everyday-socket", "programs talk over a socket in the file system", |_| {
        let path = std::env::temp_dir().join(format!("portcullis-drill-{}", std::process::id()));
        let listener = UnixListener::bind(&path)?;
        UnixStream::connect(&path)?.write_all(b"it")?;
        let mut heard = [0; 2];
        listener.accept()?.0.read_exact(&mut heard)?;
        std::fs::remove_file(&path)?;
        expect(&heard, b"it")
    }),
    works("everyday-pair", "programs talk over a pair of sockets", |_| {
        let (mut one, mut other) = UnixStream::pair()?;
        one.write_all(b"it")?;
        let mut heard = [0; 2];
        other.read_exact(&mut heard)?;
        expect(&heard, b"it")
    }),
    works("everyday-lock", "files can be locked", |here| {
        let file = std::fs::File::create(here.project("everyday-lock"))?;
        rustix::fs::flock(&file, rustix::fs::FlockOperation::NonBlockingLockExclusive)?;
        rustix::fs::fcntl_lock(&file, rustix::fs::FlockOperation::NonBlockingLockExclusive)?;
        nothing()
    }),
    works("everyday-watch", "changes of files are noticed", |here| {
        use rustix::fs::inotify;
        let watch = inotify::init(inotify::CreateFlags::NONBLOCK)?;
        inotify::add_watch(&watch, here.project(""), inotify::WatchFlags::CREATE)?;
        std::fs::write(here.project("everyday-watched"), "x")?;
        if rustix::io::read(&watch, &mut [0; 512])? == 0 { Err(failed("nothing was noticed")) } else { nothing() }
    }),
];

fn expect(heard: &[u8], said: &[u8]) -> Got {
    if heard == said { nothing() } else { Err(failed("something else came than was said")) }
}

/// Runs a program; it must succeed and say this.
fn says(program: &str, arguments: &[&str], expected: &str) -> Got {
    let output = Command::new(program).args(arguments).stdin(Stdio::null()).output()?;
    if !output.status.success() {
        let told = String::from_utf8_lossy(&output.stderr).lines().last().unwrap_or_default().to_owned();
        return Err(failed(&format!("{program}: {told}")));
    }
    if String::from_utf8_lossy(&output.stdout).contains(expected) {
        nothing()
    } else {
        Err(failed("it said something else"))
    }
}
