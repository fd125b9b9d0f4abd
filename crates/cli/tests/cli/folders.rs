//! Folders get other names in a run, though they lie in a layer, whose kernel refuses it; and nobody gets further by that.

use crate::run::{Runner, runners};
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

/// A project with a folder that has a bit of everything.
fn set_up(folder: &Path) {
    fs::create_dir_all(folder.join("old/deep/er")).unwrap();
    fs::create_dir_all(folder.join("old/empty")).unwrap();
    for (name, text) in [("old/a.txt", "a\n"), ("old/deep/b.txt", "b\n"), ("old/deep/er/c.sh", "c\n"), ("other", "o\n")]
    {
        fs::write(folder.join(name), text).unwrap();
    }
    fs::set_permissions(folder.join("old/deep/er/c.sh"), fs::Permissions::from_mode(0o755)).unwrap();
    fs::set_permissions(folder.join("old/empty"), fs::Permissions::from_mode(0o750)).unwrap();
    std::os::unix::fs::symlink("deep/b.txt", folder.join("old/link")).unwrap();
    std::os::unix::fs::symlink("../a.txt", folder.join("old/deep/up")).unwrap();
    fs::create_dir_all(folder.join("full")).unwrap();
    fs::write(folder.join("full/it"), "it\n").unwrap();
    fs::create_dir_all(folder.join("target/empty")).unwrap();
}

fn says(runner: &Runner, script: &str) -> String {
    let output = runner.command().args(["run", "--hold", "--", "sh", "-ec", script]).output().unwrap();
    let (said, told) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{script}: {said}{told}");
    said.into_owned()
}

/// What Python says to a script in a project of this kind, for everybody.
fn python_says(script: &str, expected: &str) {
    for runner in runners() {
        set_up(&runner.machine.project());
        let preface = "import os, errno, ctypes, threading, subprocess, time
def tried(*names, **more):
    try:
        os.rename(*names, **more)
    except OSError as error:
        return errno.errorcode[error.errno]
    return 'done'
";
        let script = format!("python3 - <<'PYTHON'\n{preface}{script}\nPYTHON");
        assert_eq!(says(&runner, &script).trim_end(), expected, "{script}");
    }
}

/// Everything below a folder: names, permissions, times of folders and contents.
const LISTED: &str = "find . -mindepth 1 -printf '%P %y %m %l ' \\( -type d -printf '%T@\\n' -o -type f -exec cat {} \\; -o -printf '\\n' \\) | sort";

#[test]
fn a_folder_with_all_that_is_in_it_gets_another_name() {
    for runner in runners() {
        set_up(&runner.machine.project());
        let was = says(&runner, &format!("cd old; {LISTED}"));
        assert_eq!(was.lines().count(), 8, "{was}");
        let script = format!(
            "python3 -c 'import os; os.rename(\"old\", \"new/\")'; test ! -e old; ls -A; cd new; {LISTED}; stat -c %a ."
        );
        let root = fs::metadata(runner.machine.project().join("old")).unwrap().permissions().mode() & 0o7777;
        let expected = format!("full\nnew\nother\ntarget\n{was}{root:o}\n");
        assert_eq!(says(&runner, &script), expected);
    }
}

#[test]
fn what_was_renamed_arrives_in_the_project() {
    for runner in runners() {
        set_up(&runner.machine.project());
        // Once more, when it lies in the layer itself.
        let script = "mkdir within; python3 -c 'import os; os.rename(\"old\", \"within/new\"); os.rename(\"within\", \"inside\")'";
        let output = runner.command().args(["run", "--", "sh", "-ec", script]).output().unwrap();
        assert!(output.status.success(), "{}", runner.machine.show(&output));
        let output = runner.command().args(["changes", "apply", "--all"]).output().unwrap();
        assert!(output.status.success(), "{}", runner.machine.show(&output));
        let project = &runner.machine.project();
        assert!(!project.join("old").exists(), "{}", runner.machine.show(&output));
        assert_eq!(fs::read_to_string(project.join("inside/new/deep/er/c.sh")).unwrap(), "c\n");
        assert_eq!(fs::read_link(project.join("inside/new/link")).unwrap(), Path::new("deep/b.txt"));
    }
}

#[test]
fn git_moves_a_folder_and_so_does_node() {
    for runner in runners() {
        let project = &runner.machine.project();
        set_up(project);
        let git = |arguments: &[&str]| {
            let own = ["-c", "safe.directory=*", "-c", "user.name=A", "-c", "user.email=a@b"];
            let output = Command::new("git").current_dir(project).args(own).args(arguments).output().unwrap();
            assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        };
        git(&["init", "-q"]);
        git(&["add", "-A"]);
        git(&["commit", "-q", "-m", "one"]);
        let script = "git mv old lib; git status --porcelain | sort; node -e 'fs.renameSync(\"lib\", \"src\")'; ls src";
        let expected = "R  old/a.txt -> lib/a.txt\nR  old/deep/b.txt -> lib/deep/b.txt\nR  old/deep/er/c.sh -> lib/deep/er/c.sh\n\
            R  old/deep/up -> lib/deep/up\nR  old/link -> lib/link\na.txt\ndeep\nempty\nlink\n";
        assert_eq!(says(&runner, script), expected);
    }
}

#[test]
fn what_no_kernel_would_do_is_refused_as_a_kernel_does_it() {
    python_says(
        "print(tried('old', 'full'), tried('old', 'other'), tried('old', 'old/deep/x'), tried('old', 'none/x'),
      tried('none', 'x'), tried('old', ''), tried('old/.', 'x'), tried('old/..', 'x'), tried('/etc', '/x'),
      tried('old', 'x' * 300), tried('old', '/tmp/old'), tried('old', '/proc/1/x'))
renameat2 = ctypes.CDLL(None, use_errno=True).renameat2
def two(old, new, flags):
    return 'done' if renameat2(-100, old, -100, new, flags) == 0 else errno.errorcode[ctypes.get_errno()]
print(two(b'old', b'target/empty', 1), two(b'old', b'full', 2), two(b'old', b'x', 64), two(8, b'x', 0))
print(sorted(os.listdir('.')), sorted(os.listdir('old')))",
        "ENOTEMPTY ENOTDIR EINVAL ENOENT ENOENT ENOENT EBUSY EBUSY EROFS ENAMETOOLONG EXDEV EXDEV\n\
         EEXIST EXDEV EINVAL EFAULT\n\
         ['full', 'old', 'other', 'target'] ['a.txt', 'deep', 'empty', 'link']",
    );
}

#[test]
fn folders_are_meant_as_their_caller_means_them() {
    python_says(
        "os.symlink('full', 'way')
full = os.open('full', os.O_RDONLY)
print(tried('old/deep', 'way/deep//'), tried('deep/er', 'er', src_dir_fd=full, dst_dir_fd=full))
os.chdir('target')
print(tried('../full/er', 'empty'), tried(os.getcwd() + '/empty', '/proc/self/cwd/../last'))
print(sorted(os.listdir('../full')), os.listdir('../last'), os.listdir('.'))",
        "done done\ndone done\n['deep', 'it'] ['c.sh'] []",
    );
}

/// Whoever gave up a right of its own does not get it back from process 1.
#[test]
fn behind_walls_of_its_own_nobody_renames_through_us() {
    python_says(
        "libc = ctypes.CDLL(None, use_errno=True)
# A domain that makes and removes no folders.
rights = ctypes.c_uint64(1 << 4 | 1 << 7)
ruleset = libc.syscall(444, ctypes.byref(rights), 8, 0)
child = os.fork()
if child == 0:
    libc.prctl(38, 1, 0, 0, 0)
    assert libc.syscall(446, ruleset, 0) == 0
    print(tried('old', 'new'), tried('old/deep', 'old/deeper'), flush=True)
    os._exit(0)
os.waitpid(child, 0)
print(sorted(os.listdir('.')), sorted(os.listdir('old')))",
        "EACCES EACCES\n['full', 'old', 'other', 'target'] ['a.txt', 'deep', 'empty', 'link']",
    );
}

/// A mask goes along, and what it stands for stays where it is whatever is applied.
#[test]
fn a_folder_with_a_masked_secret_takes_the_mask_along_and_not_the_secret() {
    for runner in runners() {
        let project = &runner.machine.project();
        set_up(project);
        fs::write(project.join("old/deep/.env"), "TOKEN=planted\n").unwrap();
        let script = "python3 -c 'import os; os.rename(\"old\", \"new\")'; cat new/deep/.env new/deep/b.txt";
        let said = says(&runner, script);
        assert!(said.contains("masked by Portcullis") && said.ends_with("b\n"), "{said}");
        let output = runner.command().args(["changes", "apply", "--all"]).output().unwrap();
        assert_eq!(
            fs::read_to_string(project.join("new/deep/b.txt")).unwrap(),
            "b\n",
            "{}",
            runner.machine.show(&output)
        );
        assert_eq!(fs::read_to_string(project.join("old/deep/.env")).unwrap(), "TOKEN=planted\n");
    }
}

/// Everybody asks at once, is killed while asking, and says other things meanwhile; whatever there was is there in the end.
#[test]
fn many_at_once_lose_nothing() {
    python_says(
        "for n in range(40):
    os.makedirs(f'many/{n}/a/b')
    open(f'many/{n}/a/b/it', 'w').write(str(n))
def go(n):
    for k in range(20):
        tried('old', f'old{n}'); tried(f'old{n}', 'old'); tried(f'many/{n}', f'many/x{n}'); tried(f'many/x{n}', f'many/{n}')
threads = [threading.Thread(target=go, args=(n,)) for n in range(8)]
[thread.start() for thread in threads]
for n in range(20):
    child = subprocess.Popen(['python3', '-c', 'import os\\nwhile True:\\n os.rename(\"full\", \"fuller\"); os.rename(\"fuller\", \"full\")'])
    time.sleep(0.02)
    child.kill(); child.wait()
[thread.join() for thread in threads]
found = [names for _, _, names in os.walk('.')]
print(sum(len(names) for names in found), sorted(name for name in os.listdir('.') if name.startswith('.')))",
        "47 []",
    );
}
