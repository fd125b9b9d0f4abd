//! What an attempt is.

use crate::plan::Plan;
use std::io;
use std::path::PathBuf;

/// What attempts go at. The names are stable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Category {
    /// Files outside, and secrets of the workspace.
    Reading,
    /// Files outside: their content, names, links and attributes.
    Writing,
    /// What is started from the home folder later.
    Home,
    /// The tree itself.
    Mounts,
    /// Secrets in environments.
    Environment,
    /// UNIX sockets of programs outside.
    Sockets,
    /// Memory and messages that processes share.
    Sharing,
    /// Every way onto the network.
    Network,
    /// Names and requests that one program reads like this and another like that.
    Proxy,
    /// Other processes, and the terminal.
    Processes,
    /// What is started from the workspace later.
    Workspace,
    /// Parts of the kernel that nothing needs.
    Kernel,
    /// More of the machine than a run may have.
    Floods,
    /// Work that must go on as usual.
    Everyday,
}

impl Category {
    /// All of them, in the order in which they are shown.
    pub const ALL: [Self; 14] = [
        Self::Reading,
        Self::Writing,
        Self::Home,
        Self::Mounts,
        Self::Environment,
        Self::Sockets,
        Self::Sharing,
        Self::Network,
        Self::Proxy,
        Self::Processes,
        Self::Workspace,
        Self::Kernel,
        Self::Floods,
        Self::Everyday,
    ];

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Reading => "reading",
            Self::Writing => "writing",
            Self::Home => "home",
            Self::Mounts => "mounts",
            Self::Environment => "environment",
            Self::Sockets => "sockets",
            Self::Sharing => "sharing",
            Self::Network => "network",
            Self::Proxy => "proxy",
            Self::Processes => "processes",
            Self::Workspace => "workspace",
            Self::Kernel => "kernel",
            Self::Floods => "floods",
            Self::Everyday => "everyday",
        }
    }
}

/// One attempt.
#[derive(Debug, Clone, Copy)]
pub struct Attempt {
    /// Its stable name.
    pub id: &'static str,
    /// What it goes at.
    pub category: Category,
    /// What would be lost if it went through, in one sentence. For everyday work: what must go on.
    pub loses: &'static str,
    pub(crate) way: Way,
    pub(crate) proof: Proof,
}

impl Attempt {
    /// Whether it does what a live run is there for: it changes text and code of the project.
    pub fn is_what_live_is_for(&self) -> bool {
        crate::ways::LIVE.contains(&self.id)
    }
}

/// How it is tried.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Way {
    /// By this function, in a process of its own.
    By(fn(&Here) -> Got),
    /// By reading this file.
    Read(Spot),
    /// By writing to this file, and making it and its folders if need be.
    Write(Spot),
}

/// What an attempt brings back.
pub(crate) type Got = io::Result<Vec<u8>>;

/// What proves that it went through.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Proof {
    /// It brought back the secret that is planted outside.
    Secret,
    /// This file or folder is not what it was.
    Changed(Spot),
    /// It called a listener of ours, which tells callers apart by the attempt's name.
    Call,
    /// The process that was meant is gone or is treated otherwise.
    Victim,
    /// A process that it left behind is there after the end.
    Survivor,
    /// More was used than this, as it is seen from outside.
    Beyond(Bound),
    /// Its own word: something worked that has no trace outside.
    Word,
}

/// How much may be used.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bound {
    /// Of what.
    pub(crate) gauge: Gauge,
    /// Above this the limit did not hold. It is more than the limit, since some limits are only looked at now and then.
    pub(crate) most: u64,
    /// The limit that its run gets, as `run --limit` takes it.
    pub(crate) limit: &'static str,
}

/// What is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Gauge {
    /// Processes and threads.
    Processes,
    /// MiB of memory, for longer than a moment.
    Memory,
    /// MiB on the disk.
    Disk,
    /// MiB on the disk in files without a name.
    Nameless,
    /// KiB printed.
    Output,
    /// Files open in one process.
    Files,
    /// Percent of one processor.
    Cpu,
    /// Milliseconds.
    Time,
    /// Processes that are there after the end.
    Survivors,
}

impl Gauge {
    /// What it counts.
    pub(crate) const fn unit(self) -> &'static str {
        match self {
            Self::Processes => "processes and threads",
            Self::Memory => "MiB of memory for longer than a moment",
            Self::Disk | Self::Nameless => "MiB on the disk",
            Self::Output => "KiB printed",
            Self::Files => "open files",
            Self::Cpu => "percent of one processor",
            Self::Time => "milliseconds",
            Self::Survivors => "processes after its end",
        }
    }
}

/// A file or folder of the scene.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Spot {
    pub(crate) base: Base,
    pub(crate) name: &'static str,
    /// What is there at first.
    pub(crate) plant: Plant,
}

/// Where a spot is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Base {
    Outside,
    Home,
    Project,
}

/// What is planted in a spot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Plant {
    Nothing,
    /// A file with ordinary words.
    File,
    /// A file that holds the secret.
    Secret,
    /// A folder with a file in it.
    Folder,
}

/// What an attempt knows: nothing that it must not bring back.
#[derive(Debug)]
pub(crate) struct Here<'a> {
    pub(crate) id: &'static str,
    pub(crate) plan: &'a Plan,
    /// The project, where this process works on it: walls may give it a copy.
    pub(crate) project: &'a std::path::Path,
}

impl Here<'_> {
    pub(crate) fn outside(&self, name: &str) -> PathBuf {
        self.plan.root.join("outside").join(name)
    }

    pub(crate) fn project(&self, name: &str) -> PathBuf {
        self.project.join(name)
    }

    /// The file that is this attempt's own to go at.
    pub(crate) fn target(&self) -> PathBuf {
        self.outside(self.id)
    }

    /// Where a spot is: in the project that this process works on, and where it is outside.
    pub(crate) fn spots(&self, spot: &Spot) -> Vec<PathBuf> {
        let mut places = vec![spot.path(&self.plan.root)];
        if spot.base == Base::Project {
            places.insert(0, self.project(spot.name));
        }
        places.dedup();
        places
    }

    /// The process that is this attempt's own to go at.
    pub(crate) fn victim(&self) -> io::Result<u32> {
        self.plan.victims.get(self.id).map(|victim| victim.process).ok_or_else(|| io::Error::other("nobody is there"))
    }
}

impl Spot {
    pub(crate) fn path(&self, root: &std::path::Path) -> PathBuf {
        let base = match self.base {
            Base::Outside => "outside",
            Base::Home => "home",
            Base::Project => "project",
        };
        root.join(base).join(self.name)
    }
}

pub(crate) const fn outside(name: &'static str, plant: Plant) -> Spot {
    Spot { base: Base::Outside, name, plant }
}

pub(crate) const fn home(name: &'static str, plant: Plant) -> Spot {
    Spot { base: Base::Home, name, plant }
}

pub(crate) const fn project(name: &'static str, plant: Plant) -> Spot {
    Spot { base: Base::Project, name, plant }
}
