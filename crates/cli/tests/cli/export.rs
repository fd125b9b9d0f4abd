//! `portcullis export`

use crate::harness::Machine;
use serde_json::Value;

const IMAGE: &str = "images.example/dev@sha256:0123456789abcdef";

fn exported(machine: &Machine, form: &str, more: &[&str]) -> (String, String) {
    let output = machine.output(&[["export", form, "--image", IMAGE].as_slice(), more].concat());
    let [out, err] = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap());
    assert_eq!(output.status.code(), Some(0), "{err}");
    (out, err)
}

#[test]
fn a_description_follows_policy_and_is_the_same_each_time() {
    let machine = Machine::new();
    machine.write_user_policy(
        "[network]\nboundary = 'allow-list'\nallow = ['api.mine.example:443', 'evil.example']\n[limits]\nmemory = '2GiB'\ntime = '1h'\n",
    );
    machine.write("portcullis.toml", "[network]\ndeny = ['evil.example']\n[limits]\nmemory = '1GiB'\n");
    for form in ["pod", "devcontainer"] {
        let (first, told) = exported(&machine, form, &["--proxy", "10.1.2.3:3128"]);
        assert_eq!(first, exported(&machine, form, &["--proxy", "10.1.2.3:3128"]).0, "{form}");
        assert!(first.contains("1073741824") && first.contains("10.1.2.3"), "{form}: {first}");
        assert!(!told.is_empty(), "{form}: in what it is less than a run is said");
        serde_json::from_str::<Value>(&first).unwrap();
    }
    let (pod, _) = exported(&machine, "pod", &[]);
    assert!(pod.contains("api.mine.example:443"), "{pod}");
    assert!(!pod.contains("evil.example"), "a host that a lower layer denies is not on the list: {pod}");
    assert!(!pod.contains("10.1.2.3"), "{pod}");
}

#[test]
fn what_is_no_image_and_no_address_is_refused() {
    let machine = Machine::new();
    for arguments in [
        ["export", "pod", "--image", "--privileged"].as_slice(),
        &["export", "pod", "--image", "a b"],
        &["export", "pod"],
        &["export", "pod", "--image", IMAGE, "--proxy", "proxy.example:3128"],
        &["export", "vm", "--image", IMAGE],
    ] {
        assert_eq!(machine.output(arguments).status.code(), Some(2), "{arguments:?}");
    }
}

#[test]
fn an_image_without_a_digest_is_remarked_on() {
    let output = Machine::new().output(&["export", "devcontainer", "--image", "debian:12"]);
    assert!(String::from_utf8_lossy(&output.stderr).contains("without a digest"));
}
