//! Which class of OCSF an event belongs to, and which of the class's activities it is.

use portcullis_event::{
    ApprovalStep, Body, ConfigOp, DbOp, FileOp, FindingKind, GitOp, IncidentStep, LedgerOp, LlmOp, Net, NetOp,
    PackageOp, PolicyOp, ProcessOp, SecretOp, SessionOp, SocketOp, ToolOp,
};

/// A class of OCSF 1.8.0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u16)]
pub(super) enum Class {
    BaseEvent = 0,
    FileSystemActivity = 1001,
    ProcessActivity = 1007,
    EventLogActivity = 1008,
    VulnerabilityFinding = 2002,
    DetectionFinding = 2004,
    IncidentFinding = 2005,
    DataSecurityFinding = 2006,
    ApplicationSecurityPostureFinding = 2007,
    AuthorizeSession = 3003,
    EntityManagement = 3004,
    NetworkActivity = 4001,
    HttpActivity = 4002,
    DnsActivity = 4003,
    ApplicationLifecycle = 6002,
    ApiActivity = 6003,
    DatastoreActivity = 6005,
}

impl Class {
    /// Its number.
    pub(super) fn uid(self) -> u16 {
        self as u16
    }

    /// The number of its category.
    pub(super) fn category_uid(self) -> u16 {
        self.uid() / 1000
    }

    /// Its name.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::BaseEvent => "Base Event",
            Self::FileSystemActivity => "File System Activity",
            Self::ProcessActivity => "Process Activity",
            Self::EventLogActivity => "Event Log Activity",
            Self::VulnerabilityFinding => "Vulnerability Finding",
            Self::DetectionFinding => "Detection Finding",
            Self::IncidentFinding => "Incident Finding",
            Self::DataSecurityFinding => "Data Security Finding",
            Self::ApplicationSecurityPostureFinding => "Application Security Posture Finding",
            Self::AuthorizeSession => "Authorize Session",
            Self::EntityManagement => "Entity Management",
            Self::NetworkActivity => "Network Activity",
            Self::HttpActivity => "HTTP Activity",
            Self::DnsActivity => "DNS Activity",
            Self::ApplicationLifecycle => "Application Lifecycle",
            Self::ApiActivity => "API Activity",
            Self::DatastoreActivity => "Datastore Activity",
        }
    }

    /// Whether it reports a finding, whose status is that of the finding and not of an action.
    pub(super) fn is_finding(self) -> bool {
        self.category_uid() == 2
    }

    /// Whether its events can say which model was involved.
    pub(super) fn knows_models(self) -> bool {
        matches!(self, Self::ProcessActivity | Self::ApiActivity | Self::DatastoreActivity)
    }
}

/// An activity that OCSF has no number for.
const OTHER: u8 = 99;

/// The class, the activity's number, and its name.
pub(super) fn classify(body: &Body) -> (Class, u8, &'static str) {
    let (class, (activity, name)) = match body {
        Body::Process(it) => (Class::ProcessActivity, process(it.op)),
        Body::File(it) => (Class::FileSystemActivity, file(it.op)),
        Body::Net(it) => net(it),
        Body::Llm(it) => (Class::ApiActivity, llm(it.op)),
        Body::Tool(it) => (Class::ApiActivity, tool(it.op)),
        Body::Secret(it) => secret(it.op),
        Body::Db(it) => (Class::DatastoreActivity, db(it.op)),
        Body::Socket(it) => (Class::ApiActivity, socket(it.op)),
        Body::Git(it) => (Class::ApiActivity, git(it.op)),
        Body::Package(it) => (Class::ApplicationLifecycle, package(it.op)),
        Body::Config(it) => (Class::ApplicationLifecycle, config(it.op)),
        Body::Session(it) => session(it.op),
        Body::Finding(it) => (finding(it.finding.kind), (1, "Create")),
        Body::Approval(it) => (Class::AuthorizeSession, approval(it.step)),
        Body::Incident(it) => incident(it.step),
        Body::Policy(it) => (Class::EntityManagement, policy(it.op)),
        Body::Ledger(it) => (Class::EventLogActivity, ledger(it.op)),
        Body::Note(_) => (Class::BaseEvent, (OTHER, "Note")),
        Body::Opaque(_) => (Class::BaseEvent, (0, "Unknown")),
    };
    (class, activity, name)
}

type Activity = (u8, &'static str);

fn process(op: ProcessOp) -> Activity {
    match op {
        ProcessOp::Start => (1, "Launch"),
        ProcessOp::Exit | ProcessOp::Kill => (2, "Terminate"),
    }
}

fn file(op: FileOp) -> Activity {
    match op {
        FileOp::Read | FileOp::List => (2, "Read"),
        FileOp::Write => (3, "Update"),
        FileOp::Delete => (4, "Delete"),
        FileOp::Rename => (5, "Rename"),
        FileOp::Link => (1, "Create"),
        FileOp::Mode => (7, "Set Security"),
    }
}

fn net(net: &Net) -> (Class, Activity) {
    let protocol = net.protocol.as_deref().unwrap_or_default();
    match net.op {
        NetOp::Resolve => (Class::DnsActivity, (1, "Query")),
        NetOp::Connect => (Class::NetworkActivity, (1, "Open")),
        NetOp::Listen => (Class::NetworkActivity, (7, "Listen")),
        NetOp::Request if protocol == "dns" => (Class::DnsActivity, (1, "Query")),
        NetOp::Response if protocol == "dns" => (Class::DnsActivity, (2, "Response")),
        NetOp::Request | NetOp::Response
            if net.method.is_some() || net.status.is_some() || protocol.starts_with("http") =>
        {
            (Class::HttpActivity, http(net.method.as_deref()))
        }
        NetOp::Request | NetOp::Response => (Class::NetworkActivity, (6, "Traffic")),
    }
}

fn http(method: Option<&str>) -> Activity {
    const METHODS: [Activity; 9] = [
        (1, "Connect"),
        (2, "Delete"),
        (3, "Get"),
        (4, "Head"),
        (5, "Options"),
        (6, "Post"),
        (7, "Put"),
        (8, "Trace"),
        (9, "Patch"),
    ];
    let Some(method) = method else { return (0, "Unknown") };
    METHODS.into_iter().find(|(_, name)| name.eq_ignore_ascii_case(method)).unwrap_or((OTHER, "Other"))
}

fn llm(op: LlmOp) -> Activity {
    match op {
        LlmOp::Request => (OTHER, "Model Request"),
        LlmOp::Response => (OTHER, "Model Response"),
        LlmOp::Embed => (OTHER, "Model Embedding"),
        LlmOp::CountTokens => (OTHER, "Token Count"),
    }
}

fn tool(op: ToolOp) -> Activity {
    match op {
        ToolOp::Call => (OTHER, "Tool Call"),
        ToolOp::Result => (OTHER, "Tool Result"),
        ToolOp::List => (2, "Read"),
    }
}

fn secret(op: SecretOp) -> (Class, Activity) {
    let activity = match op {
        SecretOp::Lease | SecretOp::Use => (2, "Read"),
        SecretOp::Renew | SecretOp::Rotate => (3, "Update"),
        SecretOp::Revoke => (11, "Deactivate"),
        SecretOp::Create => (1, "Create"),
        SecretOp::Delete => (4, "Delete"),
        SecretOp::Expose => return (Class::DataSecurityFinding, (1, "Create")),
    };
    (Class::EntityManagement, activity)
}

fn db(op: DbOp) -> Activity {
    match op {
        DbOp::Connect => (3, "Connect"),
        DbOp::Read => (1, "Read"),
        DbOp::Write => (5, "Write"),
        DbOp::Define => (OTHER, "Define"),
        DbOp::Admin => (OTHER, "Administer"),
    }
}

fn socket(op: SocketOp) -> Activity {
    match op {
        SocketOp::List | SocketOp::Read => (2, "Read"),
        SocketOp::Sign => (OTHER, "Sign"),
        SocketOp::Connect => (OTHER, "Connect"),
        SocketOp::Change => (3, "Update"),
    }
}

fn git(op: GitOp) -> Activity {
    match op {
        GitOp::Read | GitOp::Fetch => (2, "Read"),
        GitOp::Commit => (1, "Create"),
        GitOp::Branch | GitOp::Push | GitOp::Rewrite | GitOp::Configure => (3, "Update"),
    }
}

fn package(op: PackageOp) -> Activity {
    match op {
        PackageOp::Query => (OTHER, "Query"),
        PackageOp::Add => (OTHER, "Add"),
        PackageOp::Install => (1, "Install"),
        PackageOp::Remove => (2, "Remove"),
        PackageOp::Update => (8, "Update"),
    }
}

fn config(op: ConfigOp) -> Activity {
    match op {
        ConfigOp::Load => (3, "Start"),
        ConfigOp::Change => (8, "Update"),
        ConfigOp::Approve => (6, "Enable"),
        ConfigOp::Block => (7, "Disable"),
        ConfigOp::Drift => (OTHER, "Drift"),
    }
}

fn session(op: SessionOp) -> (Class, Activity) {
    match op {
        SessionOp::Start => (Class::ApplicationLifecycle, (3, "Start")),
        SessionOp::End => (Class::ApplicationLifecycle, (4, "Stop")),
        SessionOp::Revert => (Class::ApplicationLifecycle, (OTHER, "Revert")),
        SessionOp::Halt => (Class::EntityManagement, (9, "Disable")),
        SessionOp::Suspend => (Class::EntityManagement, (12, "Suspend")),
        SessionOp::Resume => (Class::EntityManagement, (13, "Resume")),
    }
}

fn finding(kind: FindingKind) -> Class {
    match kind {
        FindingKind::Secret | FindingKind::PersonalData | FindingKind::Marker => Class::DataSecurityFinding,
        FindingKind::Code => Class::ApplicationSecurityPostureFinding,
        FindingKind::Dependency => Class::VulnerabilityFinding,
        FindingKind::Injection | FindingKind::AgentConfig | FindingKind::Change => Class::DetectionFinding,
    }
}

fn approval(step: ApprovalStep) -> Activity {
    match step {
        ApprovalStep::Requested => (OTHER, "Request"),
        ApprovalStep::Granted => (1, "Assign Privileges"),
        ApprovalStep::Refused => (OTHER, "Refuse"),
        ApprovalStep::Expired => (OTHER, "Expire"),
        ApprovalStep::Used => (OTHER, "Use"),
        ApprovalStep::Revoked => (OTHER, "Revoke"),
    }
}

fn incident(step: IncidentStep) -> (Class, Activity) {
    match step {
        IncidentStep::Alert => (Class::DetectionFinding, (1, "Create")),
        IncidentStep::Opened => (Class::IncidentFinding, (1, "Create")),
        IncidentStep::Contained | IncidentStep::Eradicated | IncidentStep::Recovered | IncidentStep::Action => {
            (Class::IncidentFinding, (2, "Update"))
        }
        IncidentStep::Closed => (Class::IncidentFinding, (3, "Close")),
    }
}

fn policy(op: PolicyOp) -> Activity {
    match op {
        PolicyOp::Loaded => (10, "Activate"),
        PolicyOp::Changed => (3, "Update"),
        PolicyOp::Refused => (OTHER, "Refuse"),
        PolicyOp::Loosening => (OTHER, "Refuse Loosening"),
    }
}

fn ledger(op: LedgerOp) -> Activity {
    match op {
        LedgerOp::Created => (6, "Start"),
        LedgerOp::KeyRotated => (OTHER, "Rotate Key"),
        LedgerOp::SegmentSealed => (5, "Rotate"),
        LedgerOp::ContentErased | LedgerOp::RecordsPruned => (2, "Delete"),
        LedgerOp::Imported => (OTHER, "Import"),
    }
}
