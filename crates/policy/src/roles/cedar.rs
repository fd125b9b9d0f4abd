//! The policies in Cedar: read, held against the schema, and asked.

use super::{Action, Addition, ApprovalTarget, Authorization, Role};
use crate::diagnostic::Diagnostic;
use crate::source::{Origin, Text};
use cedar_policy::{
    Authorizer, Context, Decision, Effect, Entities, Entity, EntityId, EntityTypeName, EntityUid, Policy, PolicyId,
    PolicySet, Request, RestrictedExpression, Schema, ValidationMode, Validator,
};
use portcullis_event::{Risk, UserName};
use std::collections::{HashMap, HashSet};
use std::str::FromStr as _;

const SCHEMA: &str = include_str!("schema.cedarschema");
const POLICIES: &str = include_str!("approvals.cedar");

/// Policies that were checked.
#[derive(Debug)]
pub(crate) struct Rulebook {
    authorizer: Authorizer,
    policies: PolicySet,
    person: EntityTypeName,
    role: EntityTypeName,
    action: EntityTypeName,
    target: EntityTypeName,
}

/// Where a policy text stands, and how its bytes lie in the file.
struct Placed<'a> {
    origin: &'a Origin,
    text: &'a str,
    may_permit: bool,
    prefix: String,
}

impl Placed<'_> {
    /// A place in the policy text as a place in the file. A text with escapes is pointed at as a whole.
    fn at(&self, offset: usize, length: usize) -> Origin {
        let whole = self.origin.span.clone();
        let written = self.origin.text.written.get(whole.clone()).unwrap_or_default();
        match written.find(self.text) {
            Some(start) => {
                let from = whole.start + start + offset;
                Origin::new(&self.origin.text, from..from + length)
            }
            None => self.origin.clone(),
        }
    }

    fn problem(&self, title: &str, error: &dyn miette::Diagnostic) -> Diagnostic {
        let label = error.labels().and_then(|mut labels| labels.next());
        let origin = label.map_or_else(|| self.origin.clone(), |label| self.at(label.offset(), label.len()));
        let problem = Diagnostic::error(title, origin, error.to_string());
        match error.help() {
            Some(help) => problem.help(help.to_string()),
            None => problem,
        }
    }
}

impl Rulebook {
    /// Reads what ships and what files add.
    pub(crate) fn compile(additions: &[Addition]) -> Result<Self, Vec<Diagnostic>> {
        let shipped = Text::new("preset:approvals", POLICIES);
        let shipped = Origin::new(&shipped, 0..POLICIES.len());
        let mut placed =
            vec![Placed { origin: &shipped, text: POLICIES, may_permit: true, prefix: "preset".to_owned() }];
        placed.extend(additions.iter().enumerate().map(|(number, it)| Placed {
            origin: &it.origin,
            text: &it.text,
            may_permit: it.may_permit,
            prefix: format!("{}:{number}", it.origin),
        }));
        let mut problems = Vec::new();
        let mut policies = PolicySet::new();
        let mut homes = HashMap::new();
        for (number, it) in placed.iter().enumerate() {
            for policy in read(it, &mut problems) {
                homes.insert(policy.id().clone(), number);
                if let Err(error) = policies.add(policy) {
                    problems.push(it.problem("this policy can't be added", &error));
                }
            }
        }
        let schema = schema(&shipped).map_err(|problem| vec![problem])?;
        for error in Validator::new(schema).validate(&policies, ValidationMode::Strict).validation_errors() {
            if let Some(home) = homes.get(error.policy_id()).and_then(|&number| placed.get(number)) {
                let actions = Action::ALL.map(Action::name).join(", ");
                // Cedar's own guess changes from run to run.
                let help = format!(
                    "people are `Person`, in a `Role`; what they act on is a `Target`; the actions are {actions}"
                );
                problems.push(home.problem("this policy does not fit the schema of roles", error).help(help));
            }
        }
        if problems.is_empty() { Self::new(policies).map_err(|problem| vec![problem]) } else { Err(problems) }
    }

    fn new(policies: PolicySet) -> Result<Self, Diagnostic> {
        let name = |name: &str| {
            EntityTypeName::from_str(name).map_err(|error| {
                let origin = Origin::new(&Text::new("preset:approvals", POLICIES), 0..0);
                Diagnostic::error("the schema of roles can't be read", origin, error.to_string())
            })
        };
        Ok(Self {
            authorizer: Authorizer::new(),
            policies,
            person: name("Person")?,
            role: name("Role")?,
            action: name("Action")?,
            target: name("Target")?,
        })
    }

    /// Whether somebody may.
    pub(crate) fn ask(
        &self,
        who: &UserName,
        is_agent: bool,
        roles: &[Role],
        action: Action,
        on: &ApprovalTarget,
    ) -> Authorization {
        let asked = self.question(who, is_agent, roles, action, on);
        let (request, entities) = match asked {
            Ok(asked) => asked,
            Err(why) => return Authorization { allowed: false, because: vec![why] },
        };
        let response = self.authorizer.is_authorized(&request, &self.policies, &entities);
        let errors: Vec<String> = response.diagnostics().errors().map(ToString::to_string).collect();
        if !errors.is_empty() {
            return Authorization { allowed: false, because: errors };
        }
        let mut because: Vec<String> = response.diagnostics().reason().map(ToString::to_string).collect();
        because.sort();
        if because.is_empty() {
            because.push(format!("no role of {who} may {}", action.name()));
        }
        Authorization { allowed: response.decision() == Decision::Allow, because }
    }

    fn question(
        &self,
        who: &UserName,
        is_agent: bool,
        roles: &[Role],
        action: Action,
        on: &ApprovalTarget,
    ) -> Result<(Request, Entities), String> {
        let uid = |kind: &EntityTypeName, id: &str| EntityUid::from_type_name_and_id(kind.clone(), EntityId::new(id));
        let text = |text: &str| RestrictedExpression::new_string(text.to_owned());
        let parents: HashSet<EntityUid> = roles.iter().map(|role| uid(&self.role, role.name())).collect();
        let person = HashMap::from([
            ("name".to_owned(), text(who.as_str())),
            ("agent".to_owned(), RestrictedExpression::new_bool(is_agent)),
        ]);
        let risk = match on.risk {
            Risk::Low => "low",
            Risk::High => "high",
        };
        let environment = on.environment.as_deref().unwrap_or_default().trim().to_lowercase();
        let target = HashMap::from([
            ("kind".to_owned(), text(&on.kind)),
            ("risk".to_owned(), text(risk)),
            ("environment".to_owned(), text(&environment)),
            ("requester".to_owned(), text(on.requester.as_ref().map_or("", UserName::as_str))),
        ]);
        let principal = uid(&self.person, who.as_str());
        let resource = uid(&self.target, "asked");
        let entities = [
            Entity::new(principal.clone(), person, parents).map_err(|error| error.to_string())?,
            Entity::new(resource.clone(), target, HashSet::new()).map_err(|error| error.to_string())?,
        ];
        let entities = Entities::from_entities(entities.into_iter().chain(self.actions()), None);
        let entities = entities.map_err(|error| error.to_string())?;
        let action = uid(&self.action, action.name());
        let request = Request::new(principal, action, resource, Context::empty(), None);
        Ok((request.map_err(|error| error.to_string())?, entities))
    }

    /// The groups that actions are in, as the schema has them.
    fn actions(&self) -> Vec<Entity> {
        Action::ALL
            .into_iter()
            .map(|action| {
                let group = EntityUid::from_type_name_and_id(self.action.clone(), EntityId::new(group(action)));
                let uid = EntityUid::from_type_name_and_id(self.action.clone(), EntityId::new(action.name()));
                Entity::new_no_attrs(uid, HashSet::from([group]))
            })
            .collect()
    }
}

/// The group of the schema that an action is in.
fn group(action: Action) -> &'static str {
    match action {
        Action::View | Action::Export => "read",
        Action::Approve | Action::Refuse | Action::Revoke => "answer",
        Action::Halt | Action::Resume | Action::Revert => "respond",
        Action::Start | Action::Request => "work",
        Action::ChangePolicy | Action::ChangeRoles | Action::ChangeSecrets | Action::EraseContent => "administer",
    }
}

fn schema(shipped: &Origin) -> Result<Schema, Diagnostic> {
    Schema::from_str(SCHEMA)
        .map_err(|error| Diagnostic::error("the schema of roles can't be read", shipped.clone(), error.to_string()))
}

/// The policies of one text, each under a name that says where it is from.
fn read(placed: &Placed<'_>, problems: &mut Vec<Diagnostic>) -> Vec<Policy> {
    let set = match PolicySet::from_str(placed.text) {
        Ok(set) => set,
        Err(errors) => {
            problems.extend(errors.iter().map(|error| placed.problem("this is not a Cedar policy", error)));
            return Vec::new();
        }
    };
    if set.templates().next().is_some() {
        let title = "templates of policies are not read";
        let problem = Diagnostic::error(title, placed.origin.clone(), "a template stands in here");
        problems.push(problem.help("write out the person or role in the place of `?principal` and `?resource`"));
    }
    let mut out = Vec::new();
    for policy in set.policies() {
        if policy.effect() == Effect::Permit && !placed.may_permit {
            problems.push(grants(placed, policy));
            continue;
        }
        let name = policy.annotation("id").map_or_else(|| policy.id().to_string(), ToOwned::to_owned);
        out.push(policy.new_id(PolicyId::new(format!("{}:{name}", placed.prefix))));
    }
    out
}

fn grants(placed: &Placed<'_>, policy: &Policy) -> Diagnostic {
    // Cedar numbers policies in the order of the text, and hands them out in any order.
    let number = policy.id().to_string().trim_start_matches("policy").parse().unwrap_or(0usize);
    let origin = match statement(placed.text, number) {
        Some(start) => placed.at(start, "permit".len()),
        None => placed.origin.clone(),
    };
    Diagnostic::error("this layer may forbid, and never permit", origin, "this would grant something")
        .help("ask whoever keeps the highest policy to permit it, or write a `forbid`")
}

/// Where the effect of the policy with that number stands.
fn statement(text: &str, number: usize) -> Option<usize> {
    let mut at = 0;
    let mut found = Vec::new();
    for line in text.split_inclusive('\n') {
        let code = line.trim_start();
        if code.starts_with("permit") || code.starts_with("forbid") {
            found.push(at + line.len() - code.len());
        }
        at += line.len();
    }
    found.get(number).copied().filter(|&start| text.get(start..).is_some_and(|rest| rest.starts_with("permit")))
}
