//! Who may approve what, and do what else. People have roles; policies in Cedar say what a role may do.
//!
//! The rules that ship hold always. A `permit` may be added by the organisation, or by the user if there is no
//! organisation; everybody else may only `forbid`. The repository never grants anything: whoever can commit could.
//! A policy that can't be evaluated is a no: Cedar by itself would skip it.

mod cedar;

use crate::config::{EntryValue, Scalar};
use crate::diagnostic::Diagnostic;
use crate::policy::ValidPolicy;
use crate::source::{Format, Layer, Origin};
use crate::tier::Sheet;
use cedar::Rulebook;
use portcullis_event::{Actor, Risk, UserName};
use std::fmt;
use std::sync::OnceLock;

/// What a person is allowed to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Looks.
    Viewer,
    /// Works with agents.
    Developer,
    /// Answers when a person is asked.
    Approver,
    /// Stops sessions and undoes what they did.
    Responder,
    /// Runs all of it.
    Admin,
    /// Reads and exports everything, and changes nothing.
    Auditor,
}

impl Role {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Viewer, Self::Developer, Self::Approver, Self::Responder, Self::Admin, Self::Auditor];

    /// As it is written.
    pub fn name(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Developer => "developer",
            Self::Approver => "approver",
            Self::Responder => "responder",
            Self::Admin => "admin",
            Self::Auditor => "auditor",
        }
    }

    /// The role of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.name() == name)
    }
}

/// What somebody wants to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Action {
    /// Look at sessions, findings and records.
    View,
    /// Take records out.
    Export,
    /// Start an agent.
    Start,
    /// Ask for an approval.
    Request,
    /// Say yes.
    Approve,
    /// Say no.
    Refuse,
    /// Take a yes back.
    Revoke,
    /// Stop a session.
    Halt,
    /// Let it go on.
    Resume,
    /// Undo what it did.
    Revert,
    /// Change the policy.
    ChangePolicy,
    /// Change who has which role.
    ChangeRoles,
    /// Change secrets.
    ChangeSecrets,
    /// Erase what was kept of texts.
    EraseContent,
}

impl Action {
    /// All of them.
    pub const ALL: [Self; 14] = [
        Self::View,
        Self::Export,
        Self::Start,
        Self::Request,
        Self::Approve,
        Self::Refuse,
        Self::Revoke,
        Self::Halt,
        Self::Resume,
        Self::Revert,
        Self::ChangePolicy,
        Self::ChangeRoles,
        Self::ChangeSecrets,
        Self::EraseContent,
    ];

    /// As Cedar policies call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::View => "view",
            Self::Export => "export",
            Self::Start => "start",
            Self::Request => "request",
            Self::Approve => "approve",
            Self::Refuse => "refuse",
            Self::Revoke => "revoke",
            Self::Halt => "halt",
            Self::Resume => "resume",
            Self::Revert => "revert",
            Self::ChangePolicy => "change-policy",
            Self::ChangeRoles => "change-roles",
            Self::ChangeSecrets => "change-secrets",
            Self::EraseContent => "erase-content",
        }
    }
}

/// What it is done to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApprovalTarget {
    /// The kind of the event, such as `process`.
    pub kind: String,
    /// The harm that it could do.
    pub risk: Risk,
    /// Such as `prod`.
    pub environment: Option<String>,
    /// Whose agent asked.
    pub requester: Option<UserName>,
}

/// Whether somebody may.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authorization {
    /// Yes or no.
    pub allowed: bool,
    /// The policies that decided, or why there is no yes.
    pub because: Vec<String>,
}

impl fmt::Display for Authorization {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", if self.allowed { "yes" } else { "no" }, self.because.join("; "))
    }
}

/// Policies about roles that came with a file.
#[derive(Debug, Clone)]
pub(crate) struct Addition {
    pub(crate) origin: Origin,
    pub(crate) text: String,
    /// Whether it may grant something, or only forbid.
    pub(crate) may_permit: bool,
}

/// The policies about roles. Compiled when somebody asks, because most commands never do.
#[derive(Debug)]
pub(crate) struct Roles {
    additions: Vec<Addition>,
    rulebook: OnceLock<Result<Rulebook, Vec<Diagnostic>>>,
}

impl Roles {
    /// Takes the policies out of the sheets. Those that a file brings are compiled at once, so that what is wrong with
    /// them is told when the policy is loaded.
    pub(crate) fn new(sheets: &[(Layer, Format, Sheet)], problems: &mut Vec<Diagnostic>) -> Self {
        let highest = sheets.iter().map(|(layer, _, _)| *layer).min();
        let mut additions = Vec::new();
        for (layer, _, sheet) in sheets {
            let may_permit = Some(*layer) == highest && *layer != Layer::Repository;
            for entry in sheet.entries.iter().filter(|entry| entry.key == "approvals.policies") {
                if let EntryValue::Scalar(Ok(Scalar::Text(text))) = &entry.value {
                    let origin = Origin::new(&sheet.text, entry.span.clone());
                    additions.push(Addition { origin, text: text.clone(), may_permit });
                }
            }
        }
        let roles = Self { additions, rulebook: OnceLock::new() };
        if !roles.additions.is_empty()
            && let Err(wrong) = roles.rulebook()
        {
            problems.extend(wrong.iter().cloned());
        }
        roles
    }

    fn rulebook(&self) -> Result<&Rulebook, &Vec<Diagnostic>> {
        self.rulebook.get_or_init(|| Rulebook::compile(&self.additions)).as_ref()
    }
}

impl ValidPolicy {
    /// Compiles the policies about roles, which otherwise happens at the first question, and says what is wrong.
    pub fn check_roles(&self) -> Result<(), Vec<Diagnostic>> {
        self.roles.rulebook().map(drop).map_err(Clone::clone)
    }

    /// Whether a person may do something.
    pub fn may(&self, who: &UserName, roles: &[Role], action: Action, on: &ApprovalTarget) -> Authorization {
        self.may_act(&Actor::human(who.clone()), roles, action, on)
    }

    /// Whether somebody may do something: a person, or an agent in the name of one.
    pub fn may_act(&self, who: &Actor, roles: &[Role], action: Action, on: &ApprovalTarget) -> Authorization {
        let no = |why: String| Authorization { allowed: false, because: vec![why] };
        let Some(person) = &who.human else {
            return no("nobody is named who wants to do it".to_owned());
        };
        if action == Action::Approve {
            let listed = self.approval_roles();
            if !roles.iter().any(|role| listed.iter().any(|name| name == role.name())) {
                return no(format!("`approvals.roles` lets only these approve: {}", listed.join(", ")));
            }
        }
        match self.roles.rulebook() {
            Ok(rulebook) => rulebook.ask(person, !who.agents.is_empty(), roles, action, on),
            Err(wrong) => {
                no(wrong.first().map_or("the policies about roles can't be read".to_owned(), ToString::to_string))
            }
        }
    }
}
