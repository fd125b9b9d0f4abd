//! `[database]`: what may be asked of databases, of which tables, and how many rows.

use super::answers::word;
use super::{Answers, Asked};
use crate::pattern::name::Named;
use crate::rules::Said;
use crate::tier::Tier;
use portcullis_event::{Body, Db, DbOp, Verdict};

pub(crate) fn answer(tier: &Tier, asked: Asked<'_>, out: &mut Answers) {
    let Body::Db(db) = asked.body() else { return };
    let (key, what) = match db.op {
        DbOp::Connect => ("database.connect", "opening a session"),
        DbOp::Read => ("database.read", "reading rows"),
        DbOp::Write => ("database.write", "changing rows"),
        DbOp::Define => ("database.define", "changing the schema"),
        DbOp::Admin => ("database.admin", "administration"),
    };
    if let Some((answer, origin)) = tier.answer(key) {
        let verdict = answer.verdict();
        let fix = (verdict > Verdict::Allow).then(|| format!("set `{key}` to a looser answer in the highest policy"));
        out.consider(Said { verdict, rule: None, origin });
        let message = format!("{what} in a {} database: `{key}` says {}", db.system, says(verdict));
        out.gate(verdict, message, Some(origin), fix);
    }
    db.tables.iter().for_each(|name| table(tier, name, out));
    rows(tier, db, out);
}

fn says(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Allow | Verdict::AllowWithChanges => "yes",
        Verdict::Ask => "ask",
        Verdict::Deny => "no",
    }
}

/// `"Public"."Users"` and `public.users` are one table here: a denial must not depend on quotes.
fn table(tier: &Tier, written: &str, out: &mut Answers) {
    let unquoted: String = written.chars().filter(|c| !matches!(c, '"' | '`' | '[' | ']')).collect();
    let full = unquoted.to_lowercase();
    let (schema, bare) = full.rsplit_once('.').unwrap_or(("public", &full));
    let values = [Named::new(&full), Named::new(bare)];
    let said = values.into_iter().flat_map(|value| {
        let own_schema = value.name == full || schema == "public";
        tier.tables.hits(value).filter(move |said| own_schema || said.verdict > Verdict::Allow)
    });
    let said = said.max_by_key(|said| said.verdict).or_else(|| tier.tables.unlisted());
    if let Some(said) = said {
        out.consider(said);
        if said.verdict > Verdict::Allow {
            let (message, fix) = word(said, "database.tables", &format!("the table `{full}`"), &full);
            out.guard(said.verdict, message, Some(said.origin), fix);
        }
    }
}

fn rows(tier: &Tier, db: &Db, out: &mut Answers) {
    if let (Some(rows), Some((most, origin))) = (db.rows, tier.most("database.max-rows"))
        && rows > most
    {
        let fix = Some("ask for fewer rows, or raise `database.max-rows`".to_owned());
        out.guard(Verdict::Deny, format!("{rows} rows are more than {most}"), Some(origin), fix);
    }
}
