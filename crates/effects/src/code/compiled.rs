//! Calls of languages that are compiled first, or run on a machine of their own: what they are named after is a module.

use super::calls::Deed;

/// The deed behind a name.
pub(super) fn deed(name: &str, language: &str) -> Option<Deed> {
    let last = name.rsplit(['.', ':']).next().unwrap_or(name);
    match language {
        "go" => of_go(name),
        "rust" => of_rust(name, last),
        "java" | "jshell" | "groovy" | "scala" | "kotlin" => of_java(name, last),
        "csharp" => of_csharp(name),
        "julia" => of_julia(name, last),
        "c" => of_c(name),
        "swift" => of_swift(last),
        "nim" | "crystal" | "haskell" | "v" | "zig" | "d" => of_others(last),
        _ => None,
    }
}

/// Whether a language is one of these.
pub(super) fn is_one(language: &str) -> bool {
    matches!(
        language,
        "go" | "rust"
            | "java"
            | "jshell"
            | "groovy"
            | "scala"
            | "kotlin"
            | "csharp"
            | "c"
            | "swift"
            | "nim"
            | "crystal"
            | "haskell"
            | "v"
            | "zig"
            | "d"
    )
}

fn of_go(name: &str) -> Option<Deed> {
    Some(match name {
        "exec.Command" | "syscall.Exec" | "os.StartProcess" => Deed::Start,
        "os.RemoveAll" => Deed::DeleteTree,
        "os.Remove" | "syscall.Unlink" => Deed::Delete,
        "os.WriteFile" | "ioutil.WriteFile" | "os.Create" | "os.Truncate" => Deed::Write,
        "os.ReadFile" | "ioutil.ReadFile" | "os.Open" => Deed::Read,
        "os.Rename" => Deed::Rename,
        "os.Chmod" | "os.Chown" => Deed::Mode,
        "http.Get" | "http.Post" | "http.PostForm" => Deed::Fetch,
        "os.Environ" => Deed::Environment,
        _ => return None,
    })
}

fn of_rust(name: &str, last: &str) -> Option<Deed> {
    Some(match last {
        "new" if name.ends_with("Command::new") => Deed::Start,
        "remove_dir_all" => Deed::DeleteTree,
        "remove_file" | "remove_dir" => Deed::Delete,
        "write" if name.ends_with("fs::write") => Deed::Write,
        "create" if name.ends_with("File::create") => Deed::Write,
        "read_to_string" | "read" if name.contains("fs::") => Deed::Read,
        "open" if name.ends_with("File::open") => Deed::Read,
        "rename" | "copy" if name.contains("fs::") => Deed::Rename,
        "connect" if name.contains("TcpStream") => Deed::Connect,
        _ => return None,
    })
}

fn of_java(name: &str, last: &str) -> Option<Deed> {
    Some(match last {
        "exec" | "ProcessBuilder" => Deed::Start,
        "deleteDirectory" | "deleteRecursively" | "deleteDir" | "cleanDirectory" => Deed::DeleteTree,
        "delete" | "deleteIfExists" if name.starts_with("Files") => Deed::Delete,
        "write" | "writeString" | "FileWriter" | "FileOutputStream" if name.starts_with('F') => Deed::Write,
        "readString" | "readAllBytes" | "readAllLines" | "FileReader" | "FileInputStream" => Deed::Read,
        "URL" | "openStream" => Deed::Fetch,
        "Socket" => Deed::Connect,
        "getenv" if name == "System.getenv" => return None,
        "evaluate" if name.contains("GroovyShell") => Deed::Evaluate,
        _ => return None,
    })
}

fn of_csharp(name: &str) -> Option<Deed> {
    Some(match name.trim_start_matches("System.IO.").trim_start_matches("System.Diagnostics.") {
        "Process.Start" => Deed::Start,
        "Directory.Delete" => Deed::DeleteTree,
        "File.Delete" => Deed::Delete,
        "File.WriteAllText" | "File.WriteAllBytes" | "File.AppendAllText" => Deed::Write,
        "File.ReadAllText" | "File.ReadAllBytes" => Deed::Read,
        "File.Move" | "File.Copy" => Deed::Rename,
        _ => return None,
    })
}

fn of_julia(name: &str, last: &str) -> Option<Deed> {
    Some(match (name, last) {
        ("include" | "Base.include" | "evalfile", _) => Deed::Source,
        ("include_string" | "eval" | "Meta.parse", _) => Deed::Evaluate,
        (_, "download") | ("HTTP.get" | "HTTP.post" | "HTTP.request", _) => Deed::Fetch,
        ("rm" | "Base.rm" | "Base.Filesystem.rm", _) => Deed::DeleteTree,
        ("write", _) => Deed::Write,
        ("mv" | "cp", _) => Deed::Rename,
        ("cd", _) => Deed::Folder,
        _ => return None,
    })
}

fn of_c(name: &str) -> Option<Deed> {
    Some(match name {
        "system" | "popen" | "std::system" => Deed::Shell,
        "execl" | "execlp" | "execle" | "execv" | "execvp" | "execve" | "posix_spawn" => Deed::Start,
        "unlink" | "remove" | "rmdir" | "std::remove" => Deed::Delete,
        "remove_all" | "fs::remove_all" | "std::filesystem::remove_all" => Deed::DeleteTree,
        "fopen" => Deed::Open,
        _ => return None,
    })
}

fn of_swift(last: &str) -> Option<Deed> {
    Some(match last {
        "removeItem" => Deed::DeleteTree,
        "system" | "popen" => Deed::Shell,
        _ => return None,
    })
}

fn of_others(last: &str) -> Option<Deed> {
    Some(match last {
        "system" | "execCmd" | "execShellCmd" | "callCommand" | "readCreateProcess" | "shell" | "executeShell"
        | "execCmdEx" => Deed::Shell,
        "execProcess" | "startProcess" | "rawSystem" | "callProcess" | "spawnProcess" | "execute" => Deed::Start,
        "removeDir"
        | "rm_r"
        | "rm_rf"
        | "rmdir_all"
        | "rmdirRecurse"
        | "removeDirectoryRecursive"
        | "deleteTree"
        | "removePathForcibly" => Deed::DeleteTree,
        "removeFile" | "deleteFile" => Deed::Delete,
        "writeFile" => Deed::Write,
        "readFile" => Deed::Read,
        _ => return None,
    })
}
