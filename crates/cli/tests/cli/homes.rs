//! `portcullis run` and home folders: by every name that they have, and those of others.

use crate::mounted::among;
use crate::run::runners;
use std::fs;
use std::os::unix::fs::symlink;

#[test]
fn a_home_behind_a_link_is_the_one_that_policy_speaks_of() {
    for runner in runners() {
        let machine = &runner.machine;
        let (home, link) = (machine.home(), machine.bin().join("people"));
        symlink(machine.home().parent().unwrap(), &link).unwrap();
        let written = link.join("home");
        machine.write_user_policy("[files]\nread = ['~/notes', '~/tools']\ndeny = ['~/notes/private']\n");
        for name in [".ssh", "notes/private", "tools"] {
            fs::create_dir_all(home.join(name)).unwrap();
        }
        for name in [".ssh/id_rsa", "notes/private/plan.txt", "notes/plan.txt"] {
            fs::write(home.join(name), format!("planted in {name}\n")).unwrap();
        }
        symlink("/bin/echo", home.join("tools/say")).unwrap();
        let (real, written) = (home.display(), written.display());
        let script = format!(
            "say found; echo $HOME; for home in ~ {real} {written}; do cat $home/notes/plan.txt; \
             cat $home/.ssh/id_rsa $home/notes/private/plan.txt; echo changed > $home/notes/private/plan.txt; done; true"
        );
        for has_state in [true, false] {
            let mut command = runner.command();
            command.env("HOME", format!("{written}")).env("PATH", format!("{written}/tools:/usr/bin:/bin"));
            if !has_state {
                command.env_remove("PORTCULLIS_HOME");
            }
            let output = command.args(["run", "--", "sh", "-c", &script]).output().unwrap();
            let said = String::from_utf8_lossy(&output.stdout).into_owned();
            let told = String::from_utf8_lossy(&output.stderr).into_owned();
            assert!(output.status.success(), "{told}");
            assert!(said.starts_with(&format!("found\n{real}\n")), "{said}{told}");
            assert_eq!(said.matches("planted in notes/plan.txt").count(), 3, "{said}{told}");
            assert_eq!(said.matches("planted").count(), 3, "{said}{told}");
            assert!(said.contains("masked by Portcullis"), "{said}{told}");
        }
        assert_eq!(
            fs::read_to_string(home.join("notes/private/plan.txt")).unwrap(),
            "planted in notes/private/plan.txt\n"
        );
    }
}

#[test]
fn nobody_s_home_is_a_workspace_whatever_home_says() {
    for runner in runners() {
        let machine = &runner.machine;
        machine.write("ada/.git/HEAD", "ref: refs/heads/main\n");
        machine.write("ada/notes/plan.txt", "planted\n");
        machine.write("ada/project/.git/HEAD", "ref: refs/heads/main\n");
        machine.write("ada/project/plan.txt", "of the project\n");
        let home = machine.project().join("ada");
        let accounts = machine.bin().join("passwd");
        let text = format!("root:x:0:0:root:/root:/bin/sh\nada:x:4242:4242::{}:/bin/sh\n", home.display());
        fs::write(&accounts, text).unwrap();
        let mounts = format!("mount --bind {} /etc/passwd", accounts.display());
        let run = |folder: &str| {
            let mut command = among(&runner, &mounts);
            let output =
                command.current_dir(machine.project().join(folder)).args(["run", "--", "cat", "plan.txt"]).output();
            let output = output.unwrap();
            (output.status.code(), String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned())
        };
        for folder in ["ada", "ada/notes", "."] {
            let (status, said) = run(folder);
            assert_eq!(status, Some(2), "{folder}: {said}");
            assert!(said.contains("too wide to be a workspace") && said.contains("`ada`"), "{folder}: {said}");
        }
        fs::remove_dir_all(home.join(".git")).unwrap();
        let (status, said) = run("ada/project");
        assert!(status == Some(0) && said.contains("of the project"), "{said}");
    }
}
