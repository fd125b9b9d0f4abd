//! Ways around the decoder that were tried, and do not work.

use crate::seen::found;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

const TOKEN: &str = "tok_4f9Zq8Lm2XcV7bN1";

fn shows(text: &str) {
    assert!(found(text.as_bytes(), TOKEN).is_some(), "{text}");
}

#[test]
fn a_path_before_the_base64_moves_its_groups() {
    for before in ["a/", "ab/", "abc/", "data-", "x_", "Basic/"] {
        shows(&format!("url = https://host.example/{before}{}", STANDARD.encode(format!("key is {TOKEN} and more"))));
    }
}

#[test]
fn one_escaped_letter_is_enough() {
    shows(&format!("x = \"\\u0074{}\"", &TOKEN[1..]));
    shows(&format!("x = \"{}\\x31\"", &TOKEN[..19]));
    shows(&format!("x = {}%31", &TOKEN[..19]));
    shows(&format!("<a title='{}&#49;'>", &TOKEN[..19]));
    shows(&format!("<a title='{}&#0049'>", &TOKEN[..19]));
}

#[test]
fn noise_around_the_text_does_not_hide_it() {
    let bytes = [&[0x9f; 50][..], TOKEN.as_bytes(), &[0x9f; 50]].concat();
    shows(&format!("blob = {}", STANDARD.encode(&bytes)));
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    shows(&format!("blob = {hex}"));
    shows(&format!("blob = a{hex}"));
}

#[test]
fn lines_of_odd_lengths_do_not_hide_it() {
    let line = STANDARD
        .encode(format!("a text that is long enough to be wrapped, with the key {TOKEN} in its middle, and more"));
    for width in [33, 37, 50, 63, 77] {
        let lines: Vec<&str> = line.as_bytes().chunks(width).map(|line| std::str::from_utf8(line).unwrap()).collect();
        for between in ["\n", "\n\t\t", "\\n", "\\r\\n", " \\\n  ", "\n# ", "\n// ", "\n * ", "\r\n", "\\\\n"] {
            shows(&format!("x: |\n  {}\nend", lines.join(between)));
        }
    }
}

#[test]
fn base64_over_string_literals_is_put_together_first() {
    let line = STANDARD.encode(format!("the key is {TOKEN}, and it is secret"));
    let (left, right) = line.split_at(31);
    shows(&format!("x = \"{left}\" +\n    \"{right}\""));
}

#[test]
fn text_in_another_script_is_decoded() {
    let text = format!("数据库的密码在这里数据库的密码在这里 {TOKEN}");
    shows(&format!("k: {}", STANDARD.encode(&text)));
}
