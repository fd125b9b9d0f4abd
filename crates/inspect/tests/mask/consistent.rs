//! Equal values become equal values, in every file and format; nothing else tells them apart.

use crate::copies::{copied, copy};
use portcullis_inspect::mask::{By, Choices, Format, Kind};
use std::collections::BTreeSet;

/// The fields of a plain CSV.
fn fields(text: &str) -> Vec<Vec<String>> {
    text.lines().map(|line| line.split(',').map(str::to_owned).collect()).collect()
}

const CUSTOMERS: &str = "id,first_name,last_name,email,phone,birth_date,status\n\
    101,Anna,Schmidt,anna.schmidt@firm.org,+49 30 1234567,1980-02-03,open\n\
    102,Ben,Jones,ben@firm.org,+1 212 867 5309,1975-12-31,open\n\
    103,Carla,Schmidt,carla@other.net,+49 170 7654321,1991-07-15,closed\n";

#[test]
fn rows_of_different_files_still_find_each_other() {
    let orders = "order_no,customer_id,amount,mail\nORD-2024-001,102,19.90,ben@firm.org\nORD-2024-002,101,7.00,anna.schmidt@firm.org\n";
    let (customers, orders) = (fields(&copy(CUSTOMERS, Format::Csv)), fields(&copy(orders, Format::Csv)));
    assert_eq!((&orders[1][1], &orders[1][3]), (&customers[2][0], &customers[2][3]));
    assert_eq!((&orders[2][1], &orders[2][3]), (&customers[1][0], &customers[1][3]));
    assert!(orders[1][0].starts_with("ORD-") && orders[1][0] != "ORD-2024-001");
    let json = copy("{\"customer\": {\"id\": 102, \"email\": \"ben@firm.org\"}}", Format::Json);
    assert!(json.contains(&customers[2][0]) && json.contains(&customers[2][3]), "{json}");
    let sql = copy("INSERT INTO customers (id, last_name) VALUES (103, 'Schmidt');", Format::Sql);
    assert!(sql.contains(&customers[3][0]) && sql.contains(&customers[3][2]), "{sql}");
    let text = copy("2024-01-01 mail to ben@firm.org failed\n", Format::Text);
    assert!(text.contains(&customers[2][3]), "{text}");
}

#[test]
fn what_is_left_is_left_and_what_is_masked_differs() {
    let (before, after) = (fields(CUSTOMERS), fields(&copy(CUSTOMERS, Format::Csv)));
    assert_eq!(before[0], after[0]);
    for (was, is) in before.iter().zip(&after).skip(1) {
        assert_eq!(was[6], is[6]);
        assert!((0..6).all(|place| was[place] != is[place]), "{is:?}");
        assert!(is[3].ends_with(".example"));
    }
    assert_eq!(after[1][2], after[3][2], "the same last name");
}

#[test]
fn another_key_gives_unrelated_data() {
    let (one, _) = copied(CUSTOMERS.as_bytes(), Format::Csv, &Choices::default(), 1, 7).unwrap();
    let (two, _) = copied(CUSTOMERS.as_bytes(), Format::Csv, &Choices::default(), 2, 7).unwrap();
    let (one, two) = (fields(str::from_utf8(&one).unwrap()), fields(str::from_utf8(&two).unwrap()));
    for (one, two) in one.iter().zip(&two).skip(1) {
        assert!((0..6).filter(|place| one[*place] != two[*place]).count() >= 5, "{one:?} {two:?}");
    }
}

#[test]
fn unique_columns_stay_unique() {
    let mut text = "id,email,username,card_number\n".to_owned();
    for n in 0..3000 {
        text += &format!("{n},user{n}@firm.org,u{n},40000000{:08}\n", n * 7919);
    }
    let copy = fields(&copy(&text, Format::Csv));
    for column in 0..4 {
        let values: BTreeSet<&String> = copy.iter().map(|row| &row[column]).collect();
        assert_eq!(values.len(), 3001, "{}", copy[0][column]);
    }
}

#[test]
fn names_that_must_be_unique_stay_unique() {
    let mut text = "CREATE TABLE t (name varchar(12) UNIQUE);\n".to_owned();
    let alphabet: Vec<char> = ('a'..='z').collect();
    let letters = |n: usize| -> String { [n / 26 % 26, n % 26].iter().map(|it| alphabet[*it]).collect() };
    for n in 0..600 {
        text += &format!("INSERT INTO t VALUES ('Anna{}');\n", letters(n));
    }
    let copy = copy(&text, Format::Sql);
    let values: BTreeSet<&str> = copy.lines().filter(|line| line.starts_with("INSERT")).collect();
    assert_eq!(values.len(), 600);
}

#[test]
fn dates_of_a_person_move_together() {
    let text = "customer_id,birth_date,hire_date\n7,1980-01-01,2010-01-01\n8,1980-01-01,2010-01-01\n";
    let copy = fields(&copy(text, Format::Csv));
    let ordinal = |date: &str| {
        let date: Vec<i64> = date.split('-').map(|it| it.parse().unwrap()).collect();
        date[0] * 372 + date[1] * 31 + date[2]
    };
    let days = |row: &Vec<String>| ordinal(&row[2]) - ordinal(&row[1]);
    assert!((days(&copy[1]) - 30 * 372).abs() < 10 && (days(&copy[2]) - 30 * 372).abs() < 10, "{copy:?}");
    assert_ne!(copy[1][1], copy[2][1]);
}

#[test]
fn references_are_masked_like_what_they_refer_to() {
    let text = "CREATE TABLE people (code varchar(20));\nCREATE TABLE visits (who varchar(20));\n\
        INSERT INTO people (code) VALUES ('AB-1234'),('CD-9999');\nINSERT INTO visits (who) VALUES ('AB-1234');\n\
        ALTER TABLE visits ADD FOREIGN KEY (who) REFERENCES people (code);\n";
    let copy = copy(text, Format::Sql);
    let values: Vec<&str> = copy.split('\'').skip(1).step_by(2).collect();
    assert_eq!(values[0], values[2]);
    assert_ne!(values[0], "AB-1234");
}

#[test]
fn choices_win_and_the_summary_says_what_was_done() {
    let mut choices = Choices::default();
    choices.choose("status", Kind::Secret);
    choices.choose("Email", Kind::Keep);
    let (out, done) = copied(CUSTOMERS.as_bytes(), Format::Csv, &choices, 1, 100).unwrap();
    let out = String::from_utf8(out).unwrap();
    assert!(out.contains("anna.schmidt@firm.org") && !out.contains("open"));
    let of = |name: &str| done.iter().find(|it| it.name == name).unwrap();
    assert_eq!((of("email").kind, of("email").by, of("email").masked), (Kind::Keep, By::Choice, 0));
    assert_eq!((of("status").values, of("status").masked), (3, 3));
    assert_eq!((of("birth_date").kind, of("birth_date").by), (Kind::Date, By::Name));
}

#[test]
fn text_is_masked_in_place() {
    let text = "id,notes\n1,\"write to anna@firm.org, use token abc123XYZ now\"\n2,nothing here\n";
    let (out, done) = copied(text.as_bytes(), Format::Csv, &Choices::default(), 1, 3).unwrap();
    let out = String::from_utf8(out).unwrap();
    assert!(out.contains("\"write to ") && out.contains(", use token ") && out.contains(" now\"\n"), "{out}");
    assert!(!out.contains("anna") && !out.contains("abc123XYZ"), "{out}");
    assert_eq!(done.iter().map(|it| it.found).sum::<u64>(), 2);
}
