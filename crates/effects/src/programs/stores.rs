//! Stores of data that others live by, and what their own tools remove from them: queues, keys, backups, disks of virtual
//! machines. A table, for these tools have nothing in common but that.

use super::Handler;
use crate::evaluate::{Call, Machine, Value};
use portcullis_event::Hazard;

/// A program, and the words of its line that make it remove something for good.
struct Removal {
    program: &'static str,
    /// One of each group.
    all: &'static [&'static [&'static str]],
    hazard: Hazard,
}

const fn gone(program: &'static str, all: &'static [&'static [&'static str]]) -> Removal {
    Removal { program, all, hazard: Hazard::Infrastructure }
}

/// What one developer's machine holds, and can be made again, at a cost.
const fn lost(program: &'static str, all: &'static [&'static [&'static str]]) -> Removal {
    Removal { program, all, hazard: Hazard::HistoryLoss }
}

const REMOVALS: [Removal; 80] = [
    gone("etcdctl", &[&["del", "rm", "rmdir"]]),
    gone("etcdctl", &[&["snapshot"], &["restore"]]),
    gone("consul", &[&["kv"], &["delete"]]),
    gone("zkcli", &[&["delete", "deleteall", "rmr"]]),
    gone("influx", &[&["delete"]]),
    gone("kafka-topics", &[&["--delete"]]),
    gone("kafka-consumer-groups", &[&["--delete", "--reset-offsets"]]),
    gone("kafka-delete-records", &[]),
    gone("rpk", &[&["topic", "cluster", "group"], &["delete"]]),
    gone("kcat", &[&["--delete"]]),
    gone("rabbitmqctl", &[&["reset", "force_reset", "delete_vhost", "delete_queue", "purge_queue", "delete_user"]]),
    gone("rabbitmqadmin", &[&["delete", "purge"]]),
    gone("nats", &[&["stream", "consumer", "kv", "object"], &["rm", "purge", "del", "delete"]]),
    gone("pulsar-admin", &[&["delete", "clear-backlog", "unload"]]),
    gone("velero", &[&["delete"]]),
    gone("borg", &[&["delete"]]),
    gone("borgmatic", &[&["delete", "rdelete"]]),
    gone("kopia", &[&["delete"]]),
    gone("rclone", &[&["delete", "deletefile", "purge", "rmdir", "rmdirs", "cleanup", "dedupe"]]),
    gone("duplicity", &[&["remove-older-than", "remove-all-but-n-full", "remove-all-inc-of-but-n-full"]]),
    gone("rdiff-backup", &[&["--remove-older-than"]]),
    gone("pgbackrest", &[&["stanza-delete", "expire"]]),
    gone("barman", &[&["delete"]]),
    gone("wal-g", &[&["delete"]]),
    gone("tmutil", &[&["delete", "deletelocalsnapshots", "deleteinprogress", "disable", "removedestination"]]),
    gone("wbadmin", &[&["delete"]]),
    gone("wmic", &[&["shadowcopy"], &["delete"]]),
    gone("vssadmin", &[&["delete", "resize"]]),
    gone("snapper", &[&["delete", "rm"]]),
    gone("timeshift", &[&["--delete", "--delete-all"]]),
    gone("btrfs", &[&["subvolume"], &["delete"]]),
    gone("xfs_repair", &[&["-L"]]),
    gone("ceph", &[&["rm", "purge", "delete", "destroy", "zap"]]),
    gone("rados", &[&["rm", "rmpool", "purge"]]),
    gone("rbd", &[&["rm", "purge"]]),
    gone("gluster", &[&["delete", "stop", "remove-brick"]]),
    gone("hdfs", &[&["-rm", "-rmr", "-expunge"]]),
    gone("hadoop", &[&["-rm", "-rmr", "-expunge"]]),
    gone("virsh", &[&["undefine", "vol-delete", "vol-wipe", "pool-delete"]]),
    // One state among others of a machine that goes on.
    lost("virsh", &[&["snapshot-delete"], &["--children", "--children-only"]]),
    gone("vboxmanage", &[&["unregistervm", "closemedium", "snapshot"], &["--delete", "delete"]]),
    gone("prlctl", &[&["delete"]]),
    gone("qm", &[&["destroy"]]),
    gone("pct", &[&["destroy"]]),
    gone("esxcli", &[&["delete", "remove", "unregister"]]),
    gone("govc", &[&["vm.destroy", "object.destroy", "datastore.rm"]]),
    gone("nomad", &[&["job", "stop", "system", "volume"], &["-purge", "gc", "delete"]]),
    gone("juju", &[&["destroy-model", "destroy-controller", "remove-application", "kill-controller"]]),
    gone("solr", &[&["delete"]]),
    gone("curator_cli", &[&["delete_indices", "delete_snapshots"]]),
    gone("airflow", &[&["db"], &["reset", "clean"]]),
    gone("temporal", &[&["delete", "terminate"]]),
    gone("pg_dropcluster", &[]),
    gone("ipmitool", &[&["power", "chassis"], &["off", "reset", "cycle"]]),
    gone("ldapdelete", &[]),
    gone("samba-tool", &[&["delete"]]),
    gone("netdom", &[&["remove"]]),
    gone("podman", &[&["system"], &["reset"]]),
    gone("docker", &[&["stack", "service", "swarm"], &["rm", "leave"]]),
    gone("lxc", &[&["delete", "rm"], &["--force", "-f", "project", "storage"]]),
    gone("incus", &[&["delete", "rm"], &["--force", "-f", "project", "storage"]]),
    gone("crictl", &[&["rm", "rmp", "rmi"], &["-a", "--all", "-fa", "-af"]]),
    gone("ctr", &[&["delete", "del", "rm", "remove"]]),
    gone("machinectl", &[&["remove", "clean"]]),
    gone("pg_resetwal", &[]),
    gone("mysql_upgrade", &[&["--force"]]),
    gone("nodetool", &[&["clearsnapshot", "removenode", "decommission", "assassinate"]]),
    gone("ipfs", &[&["repo"], &["gc"]]),
    gone("lxc-destroy", &[]),
    gone("lakectl", &[&["delete", "rm", "revert"]]),
    gone("dvc", &[&["gc"], &["-c", "--cloud"]]),
    lost("lxc", &[&["delete", "rm"]]),
    lost("incus", &[&["delete", "rm"]]),
    lost("multipass", &[&["delete", "purge"]]),
    lost("podman", &[&["machine", "pod"], &["rm", "reset"]]),
    lost("minikube", &[&["delete"], &["--all", "--purge"]]),
    lost("colima", &[&["delete"]]),
    lost("vagrant", &[&["destroy"]]),
    lost("limactl", &[&["delete", "rm"]]),
    lost("orb", &[&["delete", "reset"]]),
];

/// The name without what says how the tool is written.
fn bare(name: &str) -> String {
    let lower = name.to_ascii_lowercase();
    let bare = [".sh", ".exe", ".bat", ".py"].iter().find_map(|ending| lower.strip_suffix(ending));
    bare.map(str::to_owned).unwrap_or(lower)
}

pub(super) fn handler(name: &str) -> Option<Handler> {
    let name = bare(name);
    if super::retention::knows(&name) {
        return Some(tell as Handler);
    }
    REMOVALS.iter().any(|removal| removal.program == name).then_some(tell as Handler)
}

/// Tells of what a call removes.
pub(super) fn tell(machine: &mut Machine<'_>, call: &Call) -> Value {
    let name = bare(&call.name());
    let words: Vec<String> = call.args().iter().map(|word| word.text.clone()).collect();
    let has = |group: &&[&str]| words.iter().any(|word| group.iter().any(|it| word.eq_ignore_ascii_case(it)));
    // `-n` is a rehearsal to few of these, and a name to the others.
    let rehearses = super::cloud::is_dry(call, &["--dry-run", "--dryrun"])
        || (matches!(name.as_str(), "borg" | "rclone" | "kopia") && words.iter().any(|word| word == "-n"));
    let asks_only = rehearses || words.iter().any(|word| word == "--help");
    for removal in REMOVALS.iter().filter(|removal| removal.program == name && !asks_only) {
        if removal.all.iter().all(has) {
            machine.danger(removal.hazard, format!("`{}` removes what it keeps", call.name()));
            break;
        }
    }
    super::retention::judge(machine, &name, call);
    Value::hole()
}
