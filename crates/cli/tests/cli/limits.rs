//! Limits of a run, as policy and `--limit` set them. What a run could do against them is tried by the drill's floods.

use crate::run::runners;
use std::time::Instant;

#[test]
fn a_limit_of_one_run_holds() {
    for runner in runners() {
        let script = "for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16; do sleep 5 & done; jobs -p | wc -l";
        let many = runner.command().args(["run", "--quiet", "--", "/bin/bash", "-c", script]).output().unwrap();
        assert_eq!(String::from_utf8_lossy(&many.stdout).trim(), "16");
        let limited = ["run", "--quiet", "--limit", "processes=8", "--", "/bin/bash", "-c", script];
        let few = runner.command().args(limited).output().unwrap();
        assert!(String::from_utf8_lossy(&few.stderr).contains("Resource temporarily unavailable"), "{few:?}");
    }
}

#[test]
fn a_run_that_goes_on_for_too_long_is_ended_though_nobody_reads_what_it_says() {
    for runner in runners() {
        let mut command = runner.command();
        command.args(["run", "--limit", "time=1s", "--", "/bin/sh", "-c", "trap '' TERM HUP; yes"]);
        let began = Instant::now();
        let mut run =
            command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped()).spawn().unwrap();
        let status = run.wait().unwrap();
        assert_eq!(status.code(), Some(137));
        assert!(began.elapsed().as_secs() >= 1);
        let told = std::io::read_to_string(run.stderr.take().unwrap()).unwrap();
        assert!(told.contains("it ran longer than 1 seconds (`limits.time`)"), "{told}");
        let log = runner.machine.command(&["log", "query"]).output().unwrap();
        assert!(String::from_utf8_lossy(&log.stdout).contains("limits.time"), "{log:?}");
    }
}

#[test]
fn a_limit_above_that_of_policy_is_refused_and_not_left_out() {
    for runner in runners() {
        runner.machine.write_user_policy("[limits]\nmemory = \"1GiB\"\n");
        let output = runner.command().args(["run", "--limit", "memory=2GiB", "true"]).output().unwrap();
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.code() == Some(2) && told.contains("can only be lower"), "{told}");
        for bad in ["memory", "memory=lots", "nothing=1", "memory=1\n[network]"] {
            let output = runner.command().args(["run", "--limit", bad, "true"]).output().unwrap();
            assert_eq!(output.status.code(), Some(2), "{bad}: {output:?}");
        }
    }
}
