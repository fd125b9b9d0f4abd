//! What code does with everything at once: tables, buckets, processes. It is told by words that say nothing else, whatever
//! the library is that they belong to.

use crate::evaluate::{Machine, Value, markers};
use crate::programs;
use portcullis_event::Hazard;

/// What code does with everything at once, by words that say nothing else.
pub(super) fn sweeping(machine: &mut Machine<'_>, language: &str, code: &str) {
    let has = |words: &[&str]| words.iter().any(|word| code.contains(word));
    let squeezed: String = code.chars().filter(|c| !c.is_whitespace()).collect();
    let empties = [
        "objects.all().delete(",
        ".delete_all",
        ".destroy_all",
        "deleteMany({})",
        "deleteMany()",
        "delete_many({})",
        ".dropDatabase(",
        ".drop_database(",
        ".drop_all(",
        ".dropSchema(",
        ".flushall(",
        ".flushdb(",
        "::truncate()",
    ];
    if empties.iter().any(|word| squeezed.contains(word)) {
        machine.danger(Hazard::Infrastructure, format!("{language} empties a database"));
    }
    let walks = ["rglob(", "os.walk(", ".iterdir(", "glob(", "readdirSync(", "Dir.glob", "Dir.children", "scandir("];
    let removes = ["unlink", "os.remove(", "rmtree(", "rmSync(", "rm_rf", "File.delete", "remove_tree"];
    let homes = [
        "Path.home()",
        "expanduser(\"~\")",
        "expanduser('~')",
        "homedir()",
        "Dir.home",
        "environ[\"HOME\"]",
        "environ['HOME']",
        "getenv(\"HOME\")",
        "getenv('HOME')",
        "env.HOME",
        "$ENV{HOME}",
        "ENV['HOME']",
    ];
    if [&walks[..], &removes, &homes].iter().all(|words| words.iter().any(|word| squeezed.contains(word))) {
        machine.danger(Hazard::Destruction, format!("{language} removes what it finds in the home"));
    }
    let hides = [
        "getattr(__import__(",
        "getattr(os,'",
        "getattr(os,\"",
        "__builtins__",
        "globals()[",
        "call_user_func(",
        "global[\"ev",
        "global['ev",
        "globalThis[",
    ];
    let joins = ["'+'", "\"+\"", "'.'", "chr(", "[::-1]", "strrev(", "reverse"];
    if hides.iter().any(|word| squeezed.contains(word)) && joins.iter().any(|word| squeezed.contains(word)) {
        machine.danger(Hazard::DecodedCode, format!("{language} puts the name of what it calls together"));
    }
    if language == "osascript" && squeezed.contains("loginitem") {
        machine.danger(Hazard::Persistence, "something is started at every login");
    }
    let speaks_to_cloud = has(&[
        "boto3",
        "google.cloud",
        "azure.",
        "@aws-sdk",
        "aws-sdk",
        "@google-cloud",
        "@azure/",
        "Aws::",
        "kubernetes",
    ]);
    let removes = [
        ".delete(",
        "delete_bucket",
        "delete_object",
        "delete_db",
        "delete_table",
        "delete_stack",
        "delete_user",
        "delete_cluster",
        "delete_collection_namespaced",
        "delete_namespace",
        "terminate_instances",
        "begin_delete(",
        ".terminate(",
        "DeleteBucket",
        "DeleteObject",
        "DeleteTable",
        "TerminateInstances",
        "DeleteDBInstance",
    ];
    if speaks_to_cloud && removes.iter().any(|word| code.contains(word)) {
        machine.danger(Hazard::Infrastructure, format!("{language} removes something in a cloud"));
    }
    let forks = [
        "forkwhilefork",
        "whileTrue:os.fork()",
        "while1:os.fork()",
        "loop{fork}",
        "while(1){fork",
        "for(;;){fork",
        "while1{fork",
    ];
    if forks.iter().any(|word| squeezed.contains(word)) {
        machine.danger(Hazard::Exhaustion, format!("{language} starts itself again and again"));
    }
    if language == "osascript" && squeezed.contains("hiddenanswer") {
        machine.danger(Hazard::CredentialAccess, "a person is asked for a password");
    }
}

/// Whether a call hands a statement to a database; `is_method`: it stands behind what another call gives.
pub(super) fn takes_statement(name: &str, is_method: bool) -> bool {
    let last = name.rsplit(['.', ':']).next().unwrap_or(name);
    (is_method || name.contains(['.', ':']))
        && matches!(
            last,
            "execute"
                | "executemany"
                | "executescript"
                | "exec"
                | "query"
                | "run"
                | "raw"
                | "sql"
                | "command"
                | "unsafe"
                | "$executeRawUnsafe"
                | "$queryRawUnsafe"
                | "executeRaw"
                | "executeUpdate"
                | "exec_query"
                | "statement"
                | "exec_driver_sql"
        )
}

/// Whether a statement that is handed over takes everything away.
pub(super) fn removes_rows(arguments: &[Value]) -> bool {
    // `text("…")` is a part of it.
    arguments.first().is_some_and(|first| {
        let text = first.text.trim_start_matches(markers::is_reserved);
        programs::empties(text)
    })
}
