//! The machine that a run is on, seen from within.

use crate::run::runners;
use std::fs;
use std::io::Write as _;
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::fs::PermissionsExt as _;

/// A service of this machine that greets whoever connects.
fn service() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        listener.incoming().flatten().for_each(|mut caller| drop(caller.write_all(b"reached\n")));
    });
    port
}

#[test]
fn a_port_of_the_machine_is_reached_if_policy_names_it_and_no_other_one() {
    let (opened, other) = (service(), service());
    for runner in runners() {
        runner
            .machine
            .write_user_policy(&format!("[network]\nallow = [\"*\", \"host.portcullis.internal:{opened}\"]\n"));
        let ask = |host: &str, port: u16| {
            let script = format!("exec 3<>/dev/tcp/{host}/{port} && head -c 8 <&3");
            let output = runner.command().args(["run", "--", "bash", "-c", &script]).output().unwrap();
            String::from_utf8_lossy(&output.stdout).into_owned()
        };
        assert_eq!(ask("host.portcullis.internal", opened), "reached\n");
        for (host, port) in [
            ("host.portcullis.internal", other),
            ("localhost", opened),
            ("127.0.0.1", opened),
            ("::1", opened),
            ("a.host.portcullis.internal", opened),
            ("portcullis", opened),
        ] {
            assert_eq!(ask(host, port), "", "{host}:{port}");
        }
    }
}

#[test]
fn a_program_that_is_there_and_not_shown_is_named_with_the_line_that_shows_it() {
    for runner in runners() {
        let folder = runner.machine.home().join(".tools/bin");
        fs::create_dir_all(&folder).unwrap();
        let program = folder.join("agent-of-mine");
        fs::write(&program, "#!/bin/sh\necho it runs\n").unwrap();
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
        let run = || {
            let mut command = runner.command();
            command.env("PATH", format!("{}:/usr/bin:/bin", folder.display())).args(["run", "--", "agent-of-mine"]);
            command.output().unwrap()
        };
        let refused = run();
        let told = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert_eq!(refused.status.code(), Some(127), "{told}");
        assert!(told.contains("agent-of-mine is not among what a run sees"), "{told}");
        assert!(told.contains("add `~/.tools` to `files.read`"), "{told}");
        runner.machine.write_user_policy("[files]\nread = [\"~/.tools\"]\n");
        assert_eq!(String::from_utf8_lossy(&run().stdout), "it runs\n");
    }
}

#[test]
fn a_repository_hides_no_secret_by_calling_a_folder_like_a_store_of_packages() {
    for runner in runners() {
        runner.machine.write(".cargo/registry/.env", "TOKEN=planted\n");
        runner.machine.write(".pyenv/versions/.env", "TOKEN=planted\n");
        let output =
            runner.command().args(["run", "--", "sh", "-c", "cat .cargo/registry/.env .pyenv/versions/.env"]).output();
        let seen = String::from_utf8_lossy(&output.unwrap().stdout).into_owned();
        assert!(!seen.contains("planted") && seen.matches("masked by Portcullis").count() == 2, "{seen}");
    }
}
