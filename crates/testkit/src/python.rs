//! Packages for Python that tests compare with, or measure with: installed once by the client of the registry, into a folder
//! for what tests build.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// Python with these packages and nothing that they ask for; `name` tells them from other sets. `folder` is that for what
/// tests build.
pub fn with(folder: &Path, name: &str, packages: &[&str]) -> PathBuf {
    let python = |place: &Path| place.join("bin/python");
    let place = once(&folder.join(name), |place| {
        run(Command::new("python3").args(["-m", "venv"]).arg(place));
        let pip = ["-m", "pip", "install", "--quiet", "--no-deps", "--disable-pip-version-check"];
        run(Command::new(python(place)).args(pip).args(packages));
    });
    python(&place)
}

/// A public model that recognises injections: a small one, with two heads, as a folder. It is the one that `stackone-defender`
/// ships, under the Apache licence.
pub fn injection_model(folder: &Path) -> PathBuf {
    const PACKAGE: &str = "stackone-defender==0.9.4 \
                           --hash=sha256:97c206d989fd7e938bb8fd3cae80bcbf3350ef2a4ee5e4f1402f488489bc1cbb\n";
    let place = once(&folder.join("injection-model"), |place| {
        let wanted = place.join("wanted.txt");
        fs::write(&wanted, PACKAGE).unwrap_or_else(|error| unavailable(&error));
        // Its code is not run, so that any Python will do.
        let pip = ["-m", "pip", "download", "--quiet", "--no-deps", "--ignore-requires-python", "--require-hashes"];
        let pip = [pip.as_slice(), &["--disable-pip-version-check", "-r"]].concat();
        run(Command::new("python3").args(pip).arg(&wanted).arg("-d").arg(place));
        let wheel = place.join("stackone_defender-0.9.4-py3-none-any.whl");
        run(Command::new("python3").args(["-m", "zipfile", "-e"]).arg(wheel).arg(place));
    });
    place.join("stackone_defender/models/minilm-multihead-v5")
}

/// A folder in which `install` has put something; done once, also when tests run at the same time.
fn once(place: &Path, install: impl Fn(&Path)) -> PathBuf {
    fs::create_dir_all(place).unwrap_or_else(|error| unavailable(&error));
    let lock = File::create(place.join("lock")).and_then(|lock| lock.lock().map(|()| lock));
    let lock = lock.unwrap_or_else(|error| unavailable(&error));
    let done = place.join("done");
    if !done.exists() {
        install(place);
        fs::write(done, "").unwrap_or_else(|error| unavailable(&error));
    }
    drop(lock);
    place.to_owned()
}

/// What a program said that must not fail.
pub fn run(command: &mut Command) -> String {
    let Output { status, stdout, stderr } = command.output().unwrap_or_else(|error| unavailable(&error));
    if !status.success() {
        unavailable(&format!("{command:?}: {}", String::from_utf8_lossy(&stderr)));
    }
    String::from_utf8_lossy(&stdout).into_owned()
}

/// Ends the test: what it needs is not there.
#[expect(clippy::panic, reason = "a test that can't be carried out fails")]
fn unavailable(why: &dyn std::fmt::Display) -> ! {
    panic!("what the test compares with is not there: {why}")
}
