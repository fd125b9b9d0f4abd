//! `portcullis mask`

use crate::harness::Machine;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;

const CUSTOMERS: &str = "id,name,email,status\n1,Anna Schmidt,anna@firm.org,open\n2,Ben Jones,ben@firm.org,open\n";

fn machine() -> Machine {
    let machine = Machine::new();
    machine.write("customers.csv", CUSTOMERS);
    // With a key of its own, a test knows what comes out.
    let key = machine.write("key", "07".repeat(32));
    fs::set_permissions(key, fs::Permissions::from_mode(0o600)).unwrap();
    machine
}

#[test]
fn the_copy_goes_to_standard_output_and_the_summary_beside_it() {
    let machine = machine();
    insta::assert_snapshot!(machine.run(&["mask", "customers.csv", "--key-file", "key"]), @r#"
    exit: 0
    --- stdout
    id,name,email,status
    9,Elra Dorska,ogte@padx.org.example,open
    3,Zuv Joro,xak@padx.org.example,open
    --- stderr
    customers.csv (csv, utf-8)
      id                          id (by name)              2 of 2 masked
      name                        name (by name)            2 of 2 masked
      email                       email (by name)           2 of 2 masked
      status                      category (by name)        left
    masked: 2 email, 2 id, 2 name
    "#);
}

#[test]
fn several_files_go_to_a_folder_and_nothing_is_written_over() {
    let machine = machine();
    machine.write("orders.jsonl", "{\"customer_id\":1,\"mail\":\"anna@firm.org\",\"note\":\"x\"}\n");
    let arguments = ["mask", "customers.csv", "orders.jsonl", "--output", "copies", "--key-file", "key"];
    insta::assert_snapshot!(machine.run(&arguments), @r#"
    exit: 0
    --- stdout
    customers.csv → copies/customers.csv (csv, utf-8)
      id                          id (by name)              2 of 2 masked
      name                        name (by name)            2 of 2 masked
      email                       email (by name)           2 of 2 masked
      status                      category (by name)        left
    orders.jsonl → copies/orders.jsonl (json, utf-8)
      customer_id                 id (by name)              1 of 1 masked
      mail                        email (by name)           1 of 1 masked
      note                        text (by name)            left
    masked: 3 email, 3 id, 2 name
    "#);
    let copy = |name: &str| fs::read_to_string(machine.project().join("copies").join(name)).unwrap();
    let mail = copy("customers.csv").lines().nth(1).unwrap().split(',').nth(2).unwrap().to_owned();
    assert!(copy("orders.jsonl").contains(&mail));
    insta::assert_snapshot!(machine.run(&arguments), @r#"
    exit: 2
    --- stderr
    error: there already is a file where the copy should go
      at  copies/customers.csv
      fix name another place, or remove it
    "#);
    assert_eq!(fs::read_to_string(machine.project().join("customers.csv")).unwrap(), CUSTOMERS);
}

#[test]
fn without_a_key_file_the_project_has_a_key_of_its_own() {
    let machine = machine();
    let one = machine.output(&["mask", "customers.csv"]).stdout;
    assert_eq!(machine.output(&["mask", "customers.csv"]).stdout, one);
    let keys: Vec<_> = fs::read_dir(machine.state().join("mask")).unwrap().map(|it| it.unwrap()).collect();
    assert_eq!(keys.len(), 1);
    assert_eq!(keys[0].metadata().unwrap().permissions().mode() & 0o777, 0o600);
    let mut elsewhere = machine.command(&["mask", "../project/customers.csv"]);
    let other = elsewhere.current_dir(machine.home()).output().unwrap();
    assert!(other.status.success() && other.stdout != one);
}

#[test]
fn columns_can_be_chosen_and_kept() {
    let machine = machine();
    let arguments = ["mask", "customers.csv", "--column", "status=secret", "--keep", "email", "--key-file", "key"];
    let copy = String::from_utf8(machine.output(&arguments).stdout).unwrap();
    assert!(copy.contains("anna@firm.org") && !copy.contains("open"), "{copy}");
    insta::assert_snapshot!(machine.run(&["mask", "customers.csv", "--column", "status=nothing"]), @r#"
    exit: 2
    --- stderr
    error: invalid value 'status=nothing' for '--column <NAME=KIND>': there is no such kind; the kinds are name, company, email, phone, date, address, postcode, id, national-id, card, account, money, location, machine, url, user, secret, text, category, timestamp, number, flag, keep
      fix for more information, try '--help'.
    "#);
}

#[test]
fn as_json_it_is_one_document_and_holds_no_value() {
    let machine = machine();
    let (exit, report) = machine.json(&["mask", "customers.csv", "--output", "copy.csv", "--key-file", "key"]);
    assert_eq!(exit, 0);
    let email = &report["files"][0]["columns"][2];
    assert_eq!((&email["name"], &email["kind"], &email["masked"]), (&"email".into(), &"email".into(), &2.into()));
    assert!(!report.to_string().contains("anna"));
    assert_eq!(machine.json(&["mask", "customers.csv"]).0, 2);
}

#[test]
fn what_can_not_be_masked_leaves_no_copy_behind() {
    let machine = machine();
    machine.write("broken.json", "{\"name\": \"Anna Schmidt\"");
    insta::assert_snapshot!(machine.run(&["mask", "broken.json", "--output", "copy.json", "--key-file", "key"]), @r#"
    exit: 3
    --- stderr
    error: the file could not be masked: the data end in the middle of a string or a statement that began in line 1
      at  broken.json
      why a copy that was masked only in part would be taken for one that is masked
      fix if it is in another format, name it: --format FORMAT
    "#);
    assert!(!machine.project().join("copy.json").exists());
    insta::assert_snapshot!(machine.run(&["mask", "customers.csv", "broken.json"]), @r#"
    exit: 2
    --- stderr
    error: several copies can't go to standard output
      fix name a folder with --output PATH
    "#);
    insta::assert_snapshot!(machine.run(&["mask", "."]), @r#"
    exit: 2
    --- stderr
    error: only a file can be copied, since it is read several times
      at  .
    "#);
}

#[test]
fn a_key_that_others_can_read_is_refused() {
    let machine = machine();
    fs::set_permissions(machine.project().join("key"), fs::Permissions::from_mode(0o644)).unwrap();
    insta::assert_snapshot!(machine.run(&["mask", "customers.csv", "--key-file", "key"]), @r#"
    exit: 2
    --- stderr
    error: other users can read the key
      at  key
      why whoever has the key can find out by trying what a value was
      fix chmod 600 key
    "#);
    let short = machine.write("short", "07");
    fs::set_permissions(short, fs::Permissions::from_mode(0o600)).unwrap();
    insta::assert_snapshot!(machine.run(&["mask", "customers.csv", "--key-file", "short"]), @r#"
    exit: 2
    --- stderr
    error: this is no key: it must have 32 bytes, or 64 hexadecimal digits
      at  short
      fix make one: head -c 32 /dev/urandom > short
    "#);
}

#[test]
fn a_value_of_one_file_does_not_stand_in_another_and_no_part_of_a_copy_is_left() {
    let machine = machine();
    machine.write("app.log", "2024-05-06 12:00 opened the account of Anna Schmidt for user=anna77\n");
    let arguments = ["mask", "customers.csv", "app.log", "--output", "copies", "--key-file", "key"];
    assert!(machine.output(&arguments).status.success());
    let names = fs::read_dir(machine.project().join("copies")).unwrap().map(|it| it.unwrap().file_name());
    let mut names: Vec<_> = names.collect();
    names.sort();
    assert_eq!(names, ["app.log", "customers.csv"]);
    let log = fs::read_to_string(machine.project().join("copies/app.log")).unwrap();
    assert!(log.starts_with("2024-05-06 12:00 opened the account of ") && !log.contains("Schmidt"), "{log}");
    assert!(!log.contains("anna77"), "{log}");
}
