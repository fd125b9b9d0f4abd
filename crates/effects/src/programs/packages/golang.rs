//! go: modules are named by the hosts that say where they lie.

use super::super::{Given, run_code_of, shells};
use crate::effect::Direction;
use crate::evaluate::{Call, Machine, Value};
use portcullis_event::Hazard;

pub(super) fn go(machine: &mut Machine<'_>, call: &Call) -> Value {
    let given = Given::read_front(call.args(), &["-C"]);
    let rest = Given::read(
        given.operands_from(1),
        &[
            "-o",
            "-exec",
            "-toolexec",
            "-ldflags",
            "-tags",
            "-run",
            "-gcflags",
            "-mod",
            "-modfile",
            "-count",
            "-timeout",
            "-coverprofile",
            "-bench",
            "-p",
        ],
    );
    for program in rest.values(&["-exec", "-toolexec"]) {
        machine.danger(Hazard::Loader, format!("go runs everything with {}", program.shown()));
        shells::run_with(machine, program, &[], &Value::default());
    }
    rest.values(&["-o"]).for_each(|file| machine.write_file(file));
    match given.operand(0).map(|verb| verb.text.as_str()) {
        Some("get" | "install") => {
            for package in rest.operands.iter().filter(|package| !package.starts_with(".")) {
                judge_module(machine, package);
                machine.package("go", &package.shown(), false);
            }
        }
        Some("run") => {
            rest.operands.iter().for_each(|file| super::super::compilers::look_into_written(machine, file));
            if rest.operands.first().is_some_and(|file| file.is("-")) {
                run_code_of(machine, "go", &call.stdin);
            }
            if let Some(package) = rest.operands.iter().find(|package| package.text.contains('@')) {
                judge_module(machine, package);
                machine.package("go", &package.shown(), false);
            }
        }
        Some("env") if given.operands_from(1).iter().any(|word| word.is("-w")) => {
            let text = Value::join(given.operands_from(1), " ").shown();
            if ["GOPROXY", "GONOSUMDB", "GONOSUMCHECK", "GOFLAGS", "GOINSECURE", "GOSUMDB"]
                .iter()
                .any(|name| text.contains(name))
            {
                machine.danger(Hazard::ForeignPackage, "modules come from elsewhere from now on");
            }
        }
        _ => {}
    }
    Value::hole()
}

/// A module of Go is named by the host that says where it lies; those of well-known owners say nothing.
fn judge_module(machine: &mut Machine<'_>, module: &Value) {
    const USUAL: [&str; 30] = [
        "github.com",
        "gitlab.com",
        "bitbucket.org",
        "codeberg.org",
        "git.sr.ht",
        "gitea.com",
        "golang.org",
        "google.golang.org",
        "cloud.google.com",
        "gopkg.in",
        "go.uber.org",
        "k8s.io",
        "sigs.k8s.io",
        "helm.sh",
        "istio.io",
        "go.opentelemetry.io",
        "go.etcd.io",
        "go.mongodb.org",
        "modernc.org",
        "rsc.io",
        "filippo.io",
        "mvdan.cc",
        "honnef.co",
        "gorm.io",
        "entgo.io",
        "gotest.tools",
        "gonum.org",
        "buf.build",
        "goa.design",
        "cuelang.org",
    ];
    let host = module.text.split(['/', '@']).next().unwrap_or_default();
    if host.contains('.') && module.text.contains('/') && !USUAL.contains(&host) {
        machine.network(Direction::In, &Value { text: host.to_owned(), taint: module.taint }, Some(443), "https");
        machine.danger(Hazard::ForeignPackage, format!("a module comes from {host}"));
    }
}
