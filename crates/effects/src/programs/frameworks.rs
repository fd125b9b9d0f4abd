//! The tools of web frameworks: what they do to the database of a project, and code that they are handed.

use super::Handler;
use crate::evaluate::{Call, Machine, Value};
use portcullis_event::Hazard;

/// A tool, and the words of its line that empty a database.
struct Emptying {
    tool: &'static str,
    /// One of each group.
    all: &'static [&'static [&'static str]],
}

const fn empties(tool: &'static str, all: &'static [&'static [&'static str]]) -> Emptying {
    Emptying { tool, all }
}

const EMPTYING: [Emptying; 29] = [
    empties("manage.py", &[&["flush", "reset_db", "sqlflush", "reset_schema", "drop_test_database", "delete_all"]]),
    empties("manage.py", &[&["migrate"], &["zero"]]),
    empties("rails", RAILS),
    empties("rake", RAILS),
    empties("artisan", &[&["migrate:fresh", "migrate:refresh", "migrate:reset", "db:wipe"]]),
    empties("console", &[&["doctrine:database:drop", "doctrine:schema:drop", "d:d:d", "d:s:d"]]),
    empties("prisma", &[&["reset"]]),
    empties("prisma", &[&["push"], &["--force-reset", "--accept-data-loss"]]),
    empties("sequelize", &[&["db:drop", "db:migrate:undo:all"]]),
    empties("sequelize-cli", &[&["db:drop", "db:migrate:undo:all"]]),
    empties("typeorm", &[&["schema:drop"]]),
    empties("mikro-orm", &[&["schema:drop", "schema:fresh", "migration:fresh", "database:drop"]]),
    empties("knex", &[&["migrate:rollback"], &["--all"]]),
    empties("drizzle-kit", &[&["drop"]]),
    empties("flyway", &[&["clean"]]),
    empties("liquibase", &[&["drop-all", "dropall", "rollback"]]),
    empties("alembic", &[&["downgrade"], &["base"]]),
    empties("flask", &[&["downgrade"], &["base"]]),
    empties("mix", &[&["ecto.drop", "ecto.reset"]]),
    empties("diesel", &[&["reset", "drop"]]),
    empties("sqlx", &[&["drop", "reset"]]),
    empties("sea-orm-cli", &[&["fresh", "reset", "refresh"]]),
    empties("dbmate", &[&["drop"]]),
    empties("goose", &[&["reset", "down-to"]]),
    empties("migrate", &[&["drop"]]),
    empties("atlas", &[&["clean"]]),
    empties("drush", &[&["sql-drop", "sql:drop", "site-install"]]),
    empties("wp", &[&["db", "site"], &["reset", "drop", "empty", "clean"]]),
    empties("django-admin", &[&["flush"]]),
];

const RAILS: &[&[&str]] = &[&[
    "db:drop",
    "db:drop:all",
    "db:reset",
    "db:purge",
    "db:purge:all",
    "db:schema:load",
    "db:setup",
    "db:migrate:reset",
    "db:truncate_all",
    "db:seed:replant",
]];

/// Variables that say for which environment a tool works, or with which database.
const ENVIRONMENTS: [&str; 10] = [
    "RAILS_ENV",
    "RACK_ENV",
    "NODE_ENV",
    "APP_ENV",
    "MIX_ENV",
    "ENV",
    "DJANGO_SETTINGS_MODULE",
    "FLASK_ENV",
    "ASPNETCORE_ENVIRONMENT",
    "STAGE",
];

pub(super) fn handler(name: &str) -> Option<Handler> {
    (EMPTYING.iter().any(|it| it.tool == name)).then_some(tell as Handler)
}

fn tell(machine: &mut Machine<'_>, call: &Call) -> Value {
    let name = call.name();
    judge(machine, &name, call.args());
    if matches!(name.as_str(), "mix" | "migrate") {
        return super::packages::handler(&name).map_or_else(Value::hole, |handler| handler(machine, call));
    }
    Value::hole()
}

/// What a tool does with these words, by the name of its file: `manage.py`, `artisan`.
pub(super) fn judge(machine: &mut Machine<'_>, tool: &str, words: &[Value]) {
    let has = |group: &&[&str]| words.iter().any(|word| group.iter().any(|it| word.text.eq_ignore_ascii_case(it)));
    if EMPTYING.iter().any(|it| it.tool == tool && it.all.iter().all(has)) {
        judge_emptied(machine, tool, words);
    }
    handed_code(machine, tool, words);
}

/// What is emptied for tests is meant to be, unless the database is named as well; what others use never is.
fn judge_emptied(machine: &mut Machine<'_>, tool: &str, words: &[Value]) {
    let set: Vec<String> = ENVIRONMENTS
        .iter()
        .filter_map(|name| machine.scope.get(name))
        .flat_map(|values| values.into_iter().map(|value| value.text))
        .collect();
    let parts: Vec<String> = words
        .iter()
        .map(|word| word.text.as_str())
        .chain(set.iter().map(String::as_str))
        .flat_map(|text| text.split(|c: char| !c.is_ascii_alphanumeric()))
        .map(str::to_ascii_lowercase)
        .collect();
    let names = |list: &[&str]| parts.iter().any(|part| list.contains(&part.as_str()));
    let names_database =
        machine.scope.get("DATABASE_URL").is_some() || words.iter().any(|word| word.text.contains("://"));
    if names(&["prod", "production", "live", "prd"]) {
        machine.danger(Hazard::Infrastructure, format!("`{tool}` empties a database that others use"));
    } else if !names(&["test", "testing", "ci"]) || names_database {
        machine.danger(Hazard::Deployment, format!("`{tool}` empties a database"));
    }
}

/// `rails runner CODE`, `manage.py shell -c CODE`, `artisan tinker --execute CODE`.
fn handed_code(machine: &mut Machine<'_>, tool: &str, words: &[Value]) {
    let behind = |names: &[&str]| {
        let at = words.iter().position(|word| names.contains(&word.text.as_str()))?;
        words.get(at + 1).cloned()
    };
    let glued = |name: &str| words.iter().find_map(|word| word.behind(name));
    let (language, code) = match tool {
        "rails" | "rake" => ("ruby", behind(&["runner", "r", "-e", "--execute", "-E"])),
        "manage.py" | "django-admin" => ("python", behind(&["-c", "--command"]).or_else(|| glued("--command="))),
        "artisan" => ("php", behind(&["--execute"]).or_else(|| glued("--execute="))),
        "wp" => ("php", behind(&["eval"])),
        "drush" => ("php", behind(&["php:eval", "php-eval", "ev", "eval"])),
        "mix" => ("elixir", behind(&["-e", "--eval"])),
        _ => return,
    };
    if let Some(code) = code.filter(|code| code.text.contains(['(', '.', ';'])) {
        super::run_code_of(machine, language, &code);
    }
}
