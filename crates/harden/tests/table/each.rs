use crate::support::{files, wanted};
use portcullis_harden::{ATTESTATIONS, Change, Content, Format, Proof, Scope, Setting, Tool, changed, prove, settings};
use std::collections::BTreeSet;

/// Every setting with every scope in which it is wanted.
fn all() -> impl Iterator<Item = (&'static Setting, Scope, Change)> {
    let scopes = [Scope::Managed, Scope::Project, Scope::User];
    settings().flat_map(move |setting| {
        scopes.into_iter().filter_map(move |scope| Some((setting, scope, setting.wanted(&wanted(), scope)?)))
    })
}

/// Whether there is something to say of it in an empty file: what is only changed where it is there holds where it is not.
fn is_absolute(change: &Change) -> bool {
    !matches!(change, Change::Within { .. })
}

#[test]
fn each_fails_before_it_is_written_and_holds_after() {
    for (setting, scope, change) in all() {
        let proof = |text: Option<&str>| prove(setting, &wanted(), scope, &files(setting.book, scope, text)).unwrap();
        if is_absolute(&change) {
            assert_ne!(proof(None), Proof::Holds, "{} {scope:?}", setting.id);
        }
        let new = changed(setting, &change, "").unwrap_or_else(|error| panic!("{}: {error}", setting.id));
        assert_eq!(new.is_some(), is_absolute(&change), "{} {scope:?}", setting.id);
        let Some(new) = new else { continue };
        assert_eq!(proof(Some(&new)), Proof::Holds, "{} {scope:?}: {new}", setting.id);
        assert_eq!(changed(setting, &change, &new), Ok(None), "{} is written twice", setting.id);
    }
}

#[test]
fn each_fails_where_its_file_is_broken() {
    for (setting, scope, _) in all() {
        let broken = match setting.book.format {
            Format::Json | Format::JsonWithComments | Format::Jsonc => "{ \"a\": ",
            Format::Toml => "a = = 1\n",
            Format::Yaml => "{ flow: true }\n",
            Format::Lines => "# portcullis: end\n",
            Format::Prose | Format::Own => "<!-- portcullis: end -->\n",
        };
        let proof = prove(setting, &wanted(), scope, &files(setting.book, scope, Some(broken))).unwrap();
        assert_ne!(proof, Proof::Holds, "{} {scope:?}", setting.id);
    }
}

#[test]
fn each_switch_fails_where_a_file_that_the_tool_believes_before_says_something_else() {
    let mut tried = 0;
    for (setting, scope, change) in all() {
        let Change::Is { value, .. } = &change else { continue };
        let places = setting.book.places;
        let at = places.iter().position(|place| place.scope == scope).unwrap();
        let Some(before) = at.checked_sub(1) else { continue };
        let new = changed(setting, &change, "").unwrap().unwrap();
        let other = if value.is_boolean() { (!value.as_bool().unwrap()).to_string() } else { "\"loose\"".to_owned() };
        let mut files = files(setting.book, scope, Some(&new));
        files[before].content = Content::Text(new.replace(&value.to_string(), &other));
        if setting.book.format == Format::Yaml {
            files[before].content = Content::Text(format!("{}: {other}\n", setting.shown_key()));
        }
        let proof = prove(setting, &wanted(), scope, &files).unwrap();
        assert_eq!(proof, Proof::Overridden(files[before].path.clone()), "{} {scope:?}", setting.id);
        tried += 1;
    }
    assert!(tried > 40, "{tried}");
}

#[test]
fn what_others_can_change_of_the_machine_is_not_believed() {
    for (setting, scope, change) in all().filter(|it| it.1 == Scope::Managed && is_absolute(&it.2)) {
        let new = changed(setting, &change, "").unwrap().unwrap();
        let mut files = files(setting.book, scope, Some(&new));
        for file in &mut files {
            file.open = true;
        }
        let proof = prove(setting, &wanted(), scope, &files).unwrap();
        assert!(matches!(proof, Proof::Open(_)), "{}", setting.id);
    }
}

#[test]
fn all_settings_of_a_file_hold_together() {
    for (first, scope, _) in all() {
        let of_book = || all().filter(|(setting, of, _)| std::ptr::eq(setting.book, first.book) && *of == scope);
        let mut text = String::new();
        for (setting, _, change) in of_book() {
            if let Some(new) = changed(setting, &change, &text).unwrap() {
                text = new;
            }
        }
        for (setting, _, _) in of_book() {
            let proof = prove(setting, &wanted(), scope, &files(setting.book, scope, Some(&text))).unwrap();
            assert_eq!(proof, Proof::Holds, "{}: {text}", setting.id);
        }
    }
}

#[test]
fn there_are_as_many_as_we_say_and_each_has_one_name() {
    let ids: Vec<&str> = settings().map(|it| it.id).chain(ATTESTATIONS.iter().map(|it| it.id)).collect();
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len());
    let tools: BTreeSet<Tool> = settings().map(|it| it.book.tool).collect();
    assert!(settings().count() >= 100 && tools.len() >= 13, "{} of {}", settings().count(), tools.len());
    for tool in tools {
        assert!(settings().any(|it| it.book.tool == tool && !it.stops.is_empty()));
    }
}

#[test]
fn each_is_wanted_somewhere() {
    for setting in settings() {
        let scopes = [Scope::Managed, Scope::Project, Scope::User];
        let is_wanted = scopes.into_iter().any(|scope| setting.wanted(&wanted(), scope).is_some());
        assert!(is_wanted || cfg!(not(target_os = "linux")), "{}", setting.id);
    }
}
