//! Who may approve what.

use crate::support::*;
use portcullis_event::*;
use portcullis_policy::*;

fn user(name: &str) -> UserName {
    UserName::parse(name).unwrap()
}

fn target(environment: &str) -> ApprovalTarget {
    ApprovalTarget {
        kind: "git".to_owned(),
        risk: Risk::High,
        environment: Some(environment.to_owned()),
        requester: Some(user("ada")),
    }
}

fn may(policy: &ValidPolicy, who: &str, roles: &[Role], action: Action, environment: &str) -> bool {
    policy.may(&user(who), roles, action, &target(environment)).allowed
}

#[test]
fn each_role_may_do_what_it_is_for_and_nothing_else() {
    let policy = load(&[]).unwrap();
    policy.check_roles().unwrap();
    let allowed = |role: Role| -> Vec<&str> {
        Action::ALL
            .into_iter()
            .filter(|&action| may(&policy, "bob", &[role], action, "dev"))
            .map(Action::name)
            .collect()
    };
    assert_eq!(allowed(Role::Viewer), ["view"]);
    assert_eq!(allowed(Role::Developer), ["view", "start", "request"]);
    assert_eq!(allowed(Role::Approver), ["view", "approve", "refuse", "revoke"]);
    assert_eq!(allowed(Role::Responder), ["view", "revoke", "halt", "resume", "revert"]);
    assert_eq!(allowed(Role::Auditor), ["view", "export"]);
    assert_eq!(allowed(Role::Admin).len(), Action::ALL.len());
}

#[test]
fn duties_stay_separate() {
    let policy = load(&[]).unwrap();
    assert!(!may(&policy, "ada", &[Role::Approver], Action::Approve, "dev"), "nobody approves their own");
    assert!(!may(&policy, "ada", &[Role::Admin], Action::Approve, "dev"), "not even an admin");
    assert!(!may(&policy, "bob", &[Role::Approver], Action::Approve, " PROD "), "production needs an admin");
    assert!(may(&policy, "bob", &[Role::Admin], Action::Approve, "prod"));
    assert!(!may(&policy, "bob", &[Role::Auditor, Role::Admin], Action::Approve, "dev"), "an auditor reads only");
    assert!(!may(&policy, "bob", &[], Action::View, "dev"));
}

#[test]
fn an_agent_never_answers_whatever_its_person_may() {
    let policy = load(&[]).unwrap();
    let mut agent = by_agent();
    agent.human = Some(user("bob"));
    for action in [Action::Approve, Action::Refuse, Action::Revoke, Action::Halt, Action::ChangePolicy, Action::Export]
    {
        assert!(!policy.may_act(&agent, &[Role::Admin], action, &target("dev")).allowed, "{action:?}");
    }
    assert!(!policy.may_act(&Actor::service("gateway"), &[Role::Admin], Action::Approve, &target("dev")).allowed);
}

#[test]
fn the_highest_layer_may_permit_and_lower_ones_may_only_forbid() {
    let permit =
        "[approvals]\npolicies = '''permit (principal in Role::\"viewer\", action == Action::\"halt\", resource);'''\n";
    let forbid = "[approvals]\npolicies = '''forbid (principal, action == Action::\"halt\", resource);'''\n";
    let open = layers(&[(Layer::Organisation, permit)]);
    assert!(may(&open, "bob", &[Role::Viewer], Action::Halt, "dev"));
    let both = layers(&[(Layer::Organisation, permit), (Layer::Repository, forbid)]);
    assert!(!may(&both, "bob", &[Role::Admin], Action::Halt, "dev"));
    for layers in
        [vec![Layer::Organisation, Layer::User], vec![Layer::User, Layer::Repository], vec![Layer::Repository]]
    {
        let lowest = *layers.last().unwrap();
        let sources: Vec<Source> = layers
            .iter()
            .map(|&layer| source(layer, if layer == lowest { permit } else { "mode = 'enforce'" }))
            .collect();
        let errors = load(&sources).unwrap_err();
        assert_eq!(errors[0].title(), "this layer may forbid, and never permit", "{layers:?}");
        assert_eq!((errors[0].line(), errors[0].column()), (2, 15));
    }
}

#[test]
fn a_policy_that_does_not_fit_the_schema_is_refused_with_its_place() {
    let text =
        "[approvals]\npolicies = '''\nforbid (principal, action, resource)\nwhen { principal.shoesize == 42 };\n'''\n";
    let errors = load(&[source(Layer::User, text)]).unwrap_err();
    assert_eq!((errors[0].line(), errors[0].title()), (4, "this policy does not fit the schema of roles"));
    let cedar =
        Source { layer: Layer::User, name: "a.cedar".into(), text: "forbid (principal".into(), format: Format::Cedar };
    let errors = load(&[cedar]).unwrap_err();
    assert_eq!((errors[0].file(), errors[0].title()), ("a.cedar", "this is not a Cedar policy"));
}

#[test]
fn a_policy_that_fails_while_it_is_asked_is_a_no() {
    let text = "[approvals]\npolicies = '''\npermit (principal, action == Action::\"view\", resource)\nwhen { 9223372036854775807 + 1 > 0 };\n'''\n";
    let policy = layers(&[(Layer::User, text)]);
    let answer = policy.may(&user("bob"), &[Role::Admin], Action::View, &target("dev"));
    assert!(!answer.allowed, "{answer}");
    assert!(answer.because[0].contains("overflow"), "{answer}");
}

#[test]
fn the_policys_own_list_of_roles_holds_as_well() {
    let policy = policy("[approvals]\nroles = [\"!approver\"]\n");
    assert_eq!(policy.approval_roles(), ["admin"]);
    assert!(!may(&policy, "bob", &[Role::Approver], Action::Approve, "dev"));
    assert!(may(&policy, "bob", &[Role::Admin], Action::Approve, "dev"));
}
