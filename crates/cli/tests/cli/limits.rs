//! Limits of a run, as policy and `--limit` set them. What a run could do against them is tried by the drill's floods.

use crate::run::runners;
use std::fs;
use std::process::Stdio;
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
        let mut run = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
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

#[test]
fn what_is_printed_is_counted_and_arrives_as_it_was() {
    let script = "for i in 1 2 3 4 5 6 7 8; do echo out $i; echo error $i >&2; done; head -c 200000 /dev/zero";
    for runner in runners() {
        let file = runner.machine.project().join("../printed");
        // Both streams into one file, into a file and a pipe, and into two pipes.
        for limit in [&[][..], &["--limit", "output=1MiB"]] {
            let together = fs::File::create(&file).unwrap();
            let mut command = runner.command();
            command.arg("run").arg("--quiet").args(limit).args(["--", "/bin/sh", "-c", script]);
            command.stdout(together.try_clone().unwrap()).stderr(together);
            assert!(command.status().unwrap().success());
            let text = fs::read(&file).unwrap();
            assert_eq!(text.len(), 200_000 + 8 * (6 + 8));
            assert!(text.starts_with(b"out 1\nerror 1\nout 2\nerror 2\n"), "{limit:?}");
            let apart = command.stdout(Stdio::piped()).stderr(fs::File::create(&file).unwrap()).output().unwrap();
            assert_eq!((apart.stdout.len(), fs::read(&file).unwrap().len()), (200_000 + 8 * 6, 8 * 8), "{limit:?}");
            let pipes = command.stdout(Stdio::piped()).stderr(Stdio::piped()).output().unwrap();
            assert_eq!((pipes.stdout.len(), pipes.stderr.len()), (200_000 + 8 * 6, 8 * 8), "{limit:?}");
        }
    }
}

#[test]
fn what_prints_too_much_is_ended() {
    for runner in runners() {
        for (script, status) in [("yes; echo never", 137), ("head -c 100000 /dev/zero", 0)] {
            let arguments = ["run", "--quiet", "--limit", "output=64KiB", "--", "/bin/sh", "-c", script];
            let output = runner.command().args(arguments).output().unwrap();
            assert!(output.stdout.len() < 64 * 1024 + 4096 + 1, "{}", output.stdout.len());
            let told = String::from_utf8_lossy(&output.stderr);
            assert!(told.contains("it printed more than 64 KiB (`limits.output`)"), "{status}: {told}");
        }
    }
}

#[test]
fn who_stops_reading_ends_what_prints_as_without_a_limit() {
    for runner in runners() {
        let mut command = runner.command();
        command.args(["run", "--quiet", "--limit", "output=1GiB", "--", "/bin/sh", "-c", "yes; echo $? > status"]);
        let mut run = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut begin = [0; 4];
        std::io::Read::read_exact(&mut run.stdout.take().unwrap(), &mut begin).unwrap();
        assert_eq!(&begin, b"y\ny\n");
        assert!(run.wait().unwrap().success());
    }
}

#[test]
fn processor_time_is_held_by_a_group_or_by_processors_that_nobody_inside_can_change() {
    for runner in runners() {
        let script = "nproc; cat /proc/self/cgroup; taskset -c 0-63 true && echo changed";
        let limited = ["run", "--limit", "cpu-percent=50", "--", "/bin/sh", "-c", script];
        let output = runner.command().args(limited).output().unwrap();
        let (said, told) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        if told.contains("the run is held to one processor") {
            assert!(said.starts_with("1\n") && !said.contains("changed"), "{said}");
        } else {
            assert!(said.lines().any(|line| line.contains(":/") && line.contains("/portcullis-")), "{said}{told}");
        }
    }
}
