//! What a newcomer sees when a policy is wrong. Each mistake is told with its place and what to do.

use crate::support::*;
use portcullis_policy::*;

/// Everything that is told about a file, one after the other.
fn told(text: &str) -> String {
    let all = match load(&[Source::toml(Layer::User, "portcullis.toml", text)]) {
        Ok(policy) => policy.warnings().cloned().collect(),
        Err(all) => all,
    };
    all.iter().map(|it| it.render(false)).collect::<Vec<_>>().join("\n\n")
}

#[test]
fn a_section_with_a_slip() {
    insta::assert_snapshot!(told("[netwrok]\nallow = []\n"), @r#"
error: there is no key or section `netwrok`
 --> portcullis.toml:1:2
  |
1 | [netwrok]
  |  ^^^^^^^ not known
  |
  = help: did you mean `network`?
"#);
}

#[test]
fn a_key_with_a_slip() {
    insta::assert_snapshot!(told("[network]\nallow-hosts = [\"a.example\"]\nalow = []\n"), @r#"
error: there is no key `allow-hosts` in `network`
 --> portcullis.toml:2:1
  |
2 | allow-hosts = ["a.example"]
  | ^^^^^^^^^^^ not known
  |
  = help: known here: boundary, allow, ask, deny, self-hosted, listen

error: there is no key `alow` in `network`
 --> portcullis.toml:3:1
  |
3 | alow = []
  | ^^^^ not known
  |
  = help: did you mean `allow`?
"#);
}

#[test]
fn a_key_in_the_wrong_section() {
    insta::assert_snapshot!(told("[commands]\nread = [\"./\"]\n"), @r#"
error: there is no key `read` in `commands`
 --> portcullis.toml:2:1
  |
2 | read = ["./"]
  | ^^^^ not known
  |
  = help: did you mean `files.read`?
"#);
}

#[test]
fn a_key_with_underscores() {
    insta::assert_snapshot!(told("[ledger]\non_audit_failure = \"deny\"\n"), @r#"
error: there is no key `on_audit_failure` in `ledger`
 --> portcullis.toml:2:1
  |
2 | on_audit_failure = "deny"
  | ^^^^^^^^^^^^^^^^ not known
  |
  = help: did you mean `on-audit-failure`?
"#);
}

#[test]
fn a_text_where_a_list_belongs() {
    insta::assert_snapshot!(told("[network]\nallow = \"a.example\"\n"), @r#"
error: `network.allow` must be a list, such as `["…"]`
 --> portcullis.toml:2:9
  |
2 | allow = "a.example"
  |         ^^^^^^^^^^^ this is a text
  |
  = help: write `["a.example"]`
"#);
}

#[test]
fn a_number_where_a_size_belongs() {
    insta::assert_snapshot!(told("[limits]\nmemory = 4\n"), @r#"
error: `limits.memory` must be a text in quotes
 --> portcullis.toml:2:10
  |
2 | memory = 4
  |          ^ this is a whole number
  |
  = help: write `"4"`, with a unit if it has one
"#);
}

#[test]
fn a_size_without_a_unit() {
    insta::assert_snapshot!(told("[limits]\nmemory = \"4 gigs\"\n"), @r#"
error: `limits.memory` can't be read
 --> portcullis.toml:2:10
  |
2 | memory = "4 gigs"
  |          ^^^^^^^^ "4 gigs" is not a size: write a whole number and a unit, such as `512MiB` or `4GiB`
"#);
}

#[test]
fn a_time_that_is_none() {
    insta::assert_snapshot!(told("[ledger]\nretention = { content = \"thirty days\" }\n"), @r#"
error: `ledger.retention.content` can't be read
 --> portcullis.toml:2:25
  |
2 | retention = { content = "thirty days" }
  |                         ^^^^^^^^^^^^^ "thirty days" is not a time: write a whole number and a unit, such as `90s`, `15m`, `8h`, `30d` or `1y`
"#);
}

#[test]
fn a_negative_limit() {
    insta::assert_snapshot!(told("[limits]\nprocesses = -1\n"), @r#"
error: `limits.processes` must be a whole number, not negative
 --> portcullis.toml:2:13
  |
2 | processes = -1
  |             ^^ this is negative
"#);
}

#[test]
fn a_wrong_word() {
    insta::assert_snapshot!(told("mode = \"enforced\"\n"), @r#"
error: `mode` can't be `enforced`
 --> portcullis.toml:1:8
  |
1 | mode = "enforced"
  |        ^^^^^^^^^^ not one of the words
  |
  = help: did you mean `enforce`? it can be `observe`, `enforce`
"#);
}

#[test]
fn a_wrong_preset() {
    insta::assert_snapshot!(told("preset = \"paranoid\"\n"), @r#"
error: `preset` can't be `paranoid`
 --> portcullis.toml:1:10
  |
1 | preset = "paranoid"
  |          ^^^^^^^^^^ not one of the words
  |
  = help: it can be `standard`, `strict`, `air-gapped`, `local-only`
"#);
}

#[test]
fn a_word_without_quotes() {
    insta::assert_snapshot!(told("mode = enforce\n"), @r#"
error: this is not TOML
 --> portcullis.toml:1:8
  |
1 | mode = enforce
  |        ^^^^^^^ string values must be quoted, expected literal string
  |
  = help: texts stand in quotes: "like this"
"#);
}

#[test]
fn a_list_that_is_never_closed() {
    insta::assert_snapshot!(told("[files]\nread = [\"./\"\n"), @r#"
error: this is not TOML
 --> portcullis.toml:2:13
  |
2 | read = ["./"
  |             ^ unclosed array, expected `]`
"#);
}

#[test]
fn a_key_twice() {
    insta::assert_snapshot!(told("[files]\nread = [\"./\"]\nread = [\"/tmp\"]\n"), @r#"
error: a key is written twice
 --> portcullis.toml:3:1
  |
3 | read = ["/tmp"]
  | ^^^^ duplicate key
  |
  = help: put both values into one list, or remove one
"#);
}

#[test]
fn a_pattern_with_braces() {
    insta::assert_snapshot!(told("[files]\ndeny = [\"*.{pem,key}\"]\n"), @r#"
error: "*.{pem,key}" can't stand in `files.deny`
 --> portcullis.toml:2:9
  |
2 | deny = ["*.{pem,key}"]
  |         ^^^^^^^^^^^^^ braces have no meaning here
  |
  = help: write one entry for each alternative, or `\{` if the name really holds a brace
"#);
}

#[test]
fn a_pattern_that_leads_out() {
    insta::assert_snapshot!(told("[files]\nread = [\"../other\"]\n"), @r#"
error: "../other" can't stand in `files.read`
 --> portcullis.toml:2:9
  |
2 | read = ["../other"]
  |         ^^^^^^^^^^ `..` leads out of the folder
  |
  = help: write the path that is meant, without `..`
"#);
}

#[test]
fn a_url_where_a_host_belongs() {
    insta::assert_snapshot!(told("[network]\nallow = [\"https://api.example/v1\"]\n"), @r#"
error: "https://api.example/v1" can't stand in `network.allow`
 --> portcullis.toml:2:10
  |
2 | allow = ["https://api.example/v1"]
  |          ^^^^^^^^^^^^^^^^^^^^^^^^ not a valid host: this is a URL
  |
  = help: write the host only, without `https://` and without a path
"#);
}

#[test]
fn a_star_in_the_middle_of_a_host() {
    insta::assert_snapshot!(told("[network]\nallow = [\"api.*.example\"]\n"), @r#"
error: "api.*.example" can't stand in `network.allow`
 --> portcullis.toml:2:10
  |
2 | allow = ["api.*.example"]
  |          ^^^^^^^^^^^^^^^ not a valid host: only letters, digits, '-' and '_' (write other scripts in their xn-- form)
  |
  = help: `*` stands alone (any host) or in front, as in `*.example.com` (every host below it)
"#);
}

#[test]
fn a_port_that_is_none() {
    insta::assert_snapshot!(told("[network]\nallow = [\"a.example:https\"]\n"), @r#"
error: "a.example:https" can't stand in `network.allow`
 --> portcullis.toml:2:10
  |
2 | allow = ["a.example:https"]
  |          ^^^^^^^^^^^^^^^^^ `https` is not a port
  |
  = help: a port is a number from 1 to 65535
"#);
}

#[test]
fn a_command_with_shell_syntax() {
    insta::assert_snapshot!(told("[commands]\ndeny = [\"curl | sh\"]\n"), @r#"
error: "curl | sh" can't stand in `commands.deny`
 --> portcullis.toml:2:9
  |
2 | deny = ["curl | sh"]
  |         ^^^^^^^^^^^ `|` is shell syntax
  |
  = help: a pattern is made of words; write one entry for each command
"#);
}

#[test]
fn a_version_that_is_none() {
    insta::assert_snapshot!(told("[skills]\nallow = [{ name = \"pdf\", version = \"latest\" }]\n"), @r#"
error: { name = "pdf", version = "latest" } can't stand in `skills.allow`
 --> portcullis.toml:2:10
  |
2 | allow = [{ name = "pdf", version = "latest" }]
  |          ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ not a version requirement: unexpected character 'l' while parsing major version number
  |
  = help: write for example `>=2.0.0`, `^1.2`, `=1.4.2` or `>=1, <3`
"#);
}

#[test]
fn a_version_where_none_belongs() {
    insta::assert_snapshot!(told("[network]\nallow = [{ name = \"a.example\", version = \"1\" }]\n"), @r#"
error: `network.allow` knows no versions or sources
 --> portcullis.toml:2:10
  |
2 | allow = [{ name = "a.example", version = "1" }]
  |          ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ this entry has a `version` or a `source`
  |
  = help: leave them out; `name` and `reason` are enough
"#);
}

#[test]
fn an_entry_without_a_name() {
    insta::assert_snapshot!(told("[skills]\nallow = [{ version = \"1\" }]\n"), @r#"
error: `name` is missing
 --> portcullis.toml:2:12
  |
2 | allow = [{ version = "1" }]
  |            ^^^^^^^ in this table
  |
  = help: add `name = "…"`
"#);
}

#[test]
fn the_same_thing_allowed_and_denied() {
    insta::assert_snapshot!(told("[network]\nboundary = \"allow-list\"\nallow = [\"a.example\"]\ndeny = [\"a.example\"]\n"), @r#"
error: `a.example` is on `network.allow` and on `network.deny`
 --> portcullis.toml:4:9
  |
3 | allow = ["a.example"]
  |          ----------- here it is on `network.allow`
4 | deny = ["a.example"]
  |         ^^^^^^^^^^^ here it is on `network.deny`
  |
  = help: keep the one that is meant
"#);
}

#[test]
fn the_same_thing_twice() {
    insta::assert_snapshot!(told("[network]\nallow = [\"a.example\", \"b.example\", \"a.example\"]\n"), @r#"
warning: `a.example` is on `network.allow` twice
 --> portcullis.toml:2:36
  |
2 | allow = ["a.example", "b.example", "a.example"]
  |          ----------- here first    ^^^^^^^^^^^ again
  |
  = help: remove one of them
"#);
}

#[test]
fn something_allowed_that_a_denial_covers() {
    insta::assert_snapshot!(told("[network]\nallow = [\"api.evil.example\"]\ndeny = [\"*.evil.example\"]\n"), @r#"
warning: `api.evil.example` is allowed in vain
 --> portcullis.toml:2:10
  |
2 | allow = ["api.evil.example"]
  |          ^^^^^^^^^^^^^^^^^^ `network.allow` allows it
3 | deny = ["*.evil.example"]
  |         ---------------- this denies it, and a denial is stronger
  |
  = help: remove one of the two
"#);
}

#[test]
fn requiring_walls_while_only_observing() {
    insta::assert_snapshot!(told("mode = \"observe\"\n[sandbox]\nrequire = \"full\"\n"), @r#"
error: nothing is required while it is only observed
 --> portcullis.toml:3:11
  |
1 | mode = "observe"
  |        --------- nothing is carried out in this mode
2 | [sandbox]
3 | require = "full"
  |           ^^^^^^ this needs `mode = "enforce"`
  |
  = help: enforce it, or leave `sandbox.require` out until the pilot is over
"#);
}

#[test]
fn a_list_that_the_boundary_makes_pointless() {
    insta::assert_snapshot!(told("[network]\nboundary = \"air-gapped\"\nallow = [\"models.corp.example\"]\n"), @r#"
error: `network.allow` has no effect with this boundary
 --> portcullis.toml:3:10
  |
2 | boundary = "air-gapped"
  |            ------------ with `air-gapped` only hosts in `self-hosted` may be reached
3 | allow = ["models.corp.example"]
  |          ^^^^^^^^^^^^^^^^^^^^^ this allows nothing more
  |
  = help: move the hosts that you run yourself to `self-hosted`
"#);
}

#[test]
fn a_list_beside_an_answer_that_makes_it_pointless() {
    insta::assert_snapshot!(told("[tools]\nallow = [\"Read\"]\notherwise = \"allow\"\n"), @r#"
error: `tools.allow` has no effect
 --> portcullis.toml:2:10
  |
2 | allow = ["Read"]
  |          ^^^^^^ this is allowed anyway
3 | otherwise = "allow"
  |             ------- whatever is on no list is allowed
  |
  = help: write `otherwise = "deny"` if only the list is meant, or remove the list
"#);
}

#[test]
fn a_role_that_nobody_has() {
    insta::assert_snapshot!(told("[approvals]\nroles = [\"aprover\"]\n"), @r#"
error: there is no role `aprover`
 --> portcullis.toml:2:10
  |
2 | roles = ["aprover"]
  |          ^^^^^^^^^ nobody has it
  |
  = help: did you mean `approver`? the roles are viewer, developer, approver, responder, admin, auditor
"#);
}

#[test]
fn an_empty_file() {
    insta::assert_snapshot!(told("# nothing yet\n"), @r#"
warning: this policy is empty
 --> portcullis.toml:1:1
  |
1 | # nothing yet
  | ^ nothing is said here
  |
  = help: write for example `preset = "standard"`, or remove the file
"#);
}

#[test]
fn bytes_that_are_no_text() {
    insta::assert_snapshot!(told("mode = \"\u{fffd}\u{fffd}\"\n"), @r#"
error: this is not a text in UTF-8
 --> portcullis.toml:1:9
  |
1 | mode = "��"
  |         ^ the bytes here are not UTF-8
  |
  = help: save the file as UTF-8, without a binary part
"#);
}

#[test]
fn a_policy_about_roles_with_a_mistake() {
    insta::assert_snapshot!(told("[approvals]\npolicies = '''\nforbid (principal, action == Action::\"aprove\", resource);\n'''\n"), @r#"
error: this policy does not fit the schema of roles
 --> portcullis.toml:3:30
  |
3 | forbid (principal, action == Action::"aprove", resource);
  |                              ^^^^^^^^^^^^^^^^ for policy `portcullis.toml:2:0:policy0`, unrecognized action `Action::"aprove"`
  |
  = help: people are `Person`, in a `Role`; what they act on is a `Target`; the actions are view, export, start, request, approve, refuse, revoke, halt, resume, revert, change-policy, change-roles, change-secrets, erase-content
"#);
}

#[test]
fn all_mistakes_are_told_and_not_only_the_first() {
    let text =
        "mode = \"on\"\n[network]\nalow = []\ndeny = [\"a b\", \"https://x\"]\n[limits]\ntime = 5\nmemory = \"1\"\n";
    let errors = load(&[source(Layer::User, text)]).unwrap_err();
    let lines: Vec<u32> = errors.iter().map(Diagnostic::line).collect();
    assert_eq!(lines, [1, 3, 4, 4, 6, 7], "{}", told(text));
}

#[test]
fn a_line_of_a_lower_layer_without_effect() {
    let org = source(Layer::Organisation, "[git]\nforce = \"deny\"\n");
    let repository = source(Layer::Repository, "[git]\nforce = \"allow\"\n[network]\nallow = [\"evil.example\"]\n");
    let policy = load(&[org, repository]).unwrap();
    let all: Vec<String> = policy.loosenings().iter().map(|it| it.render(false)).collect();
    insta::assert_snapshot!(all.join("\n\n"), @r#"
warning: this line has no effect: the policy at /etc/portcullis/portcullis.toml:2 is stricter
 --> portcullis.toml:2:9
  |
2 | force = "allow"
  |         ^^^^^^^ `git.force` can only be tightened here
  |
 ::: /etc/portcullis/portcullis.toml:2:9
  |
2 | force = "deny"
  |         ------ this one holds
  |
  = help: remove the line, or ask whoever keeps the higher policy

warning: this line has no effect: the policy at preset:standard:60 is stricter
 --> portcullis.toml:4:10
  |
4 | allow = ["evil.example"]
  |          ^^^^^^^^^^^^^^ `network.allow` can only be tightened here
  |
  = help: above, evil.example needs a person's yes: no list of `network` names it; remove the line, or ask whoever keeps the higher policy
"#);
}
