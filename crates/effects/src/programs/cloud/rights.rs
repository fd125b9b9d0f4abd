//! Who may do what in a cloud: roles and policies by which somebody becomes its administrator.

use crate::evaluate::Call;

/// Roles that may do everything, or give everything to others; small.
const POWERFUL: [&str; 24] = [
    "administratoraccess",
    "iamfullaccess",
    "poweruseraccess",
    "awsorganizationsfullaccess",
    "roles/owner",
    "roles/editor",
    "roles/iam.securityadmin",
    "roles/iam.serviceaccountadmin",
    "roles/iam.serviceaccountkeyadmin",
    "roles/iam.serviceaccounttokencreator",
    "roles/iam.serviceaccountuser",
    "roles/iam.organizationroleadmin",
    "roles/resourcemanager.projectiamadmin",
    "roles/resourcemanager.organizationadmin",
    "roles/resourcemanager.folderadmin",
    "roles/cloudkms.admin",
    "roles/secretmanager.admin",
    "roles/container.admin",
    "roles/compute.admin",
    "roles/storage.admin",
    "global administrator",
    "privileged role administrator",
    "user access administrator",
    "role based access control administrator",
];

/// Verbs that give rights whatever else is said.
const GIVING: [&str; 16] = [
    "update-assume-role-policy",
    "create-account-assignment",
    "attach-customer-managed-policy-reference-to-permission-set",
    "set-iam-policy",
    "set-default-policy-version",
    "access:add",
    "access:update",
    "teams:add",
    "members:add",
    "members:set",
    "orgs:invite",
    "create-grant",
    "accept-handshake",
    "add-role-to-instance-profile",
    "associate-admin-account",
    "enable-organization-admin-account",
];

/// What is said of a call that gives somebody rights over everything.
pub(super) fn given(call: &Call, words: &[String]) -> Option<&'static str> {
    let parts: Vec<String> = call
        .args()
        .iter()
        .flat_map(|word| word.text.to_ascii_lowercase().split(['=', ',']).map(str::to_owned).collect::<Vec<_>>())
        .collect();
    let is_powerful = |part: &String| {
        POWERFUL.iter().any(|role| part == role || part.rsplit_once('/').is_some_and(|(_, it)| it == *role))
    };
    let takes_away = words.iter().take(6).any(|word| {
        ["remove-", "detach-", "delete-", "list-", "get-", "describe-"].iter().any(|verb| word.starts_with(verb))
            || matches!(word.as_str(), "list" | "show" | "describe" | "delete" | "remove")
    });
    let squeezed: Vec<String> =
        call.args().iter().map(|word| word.text.to_ascii_lowercase().replace(char::is_whitespace, "")).collect();
    let everything = ["\"action\":\"*\"", "\"action\":[\"*\"]", "\"action\":\"iam:*\"", "\"action\":\"*:*\""];
    let writes_policy = squeezed.iter().any(|word| everything.iter().any(|part| word.contains(part)))
        && squeezed.iter().any(|word| word.contains("\"effect\":\"allow\"") || !word.contains("\"effect\""));
    // The names of Azure's roles are words of their own.
    let assigns = words.first().is_some_and(|word| word == "role")
        && words.get(1).is_some_and(|word| word == "assignment")
        && words.get(2).is_some_and(|word| matches!(word.as_str(), "create" | "update"))
        && parts.iter().any(|part| matches!(part.as_str(), "owner" | "contributor"));
    let gives = words.iter().take(6).any(|word| {
        ["add-", "attach-", "put-", "set-", "create", "update-"].iter().any(|verb| word.starts_with(verb))
            || word == "add"
    });
    if takes_away && !gives {
        return None;
    }
    if parts.iter().any(is_powerful) || writes_policy || assigns {
        return Some("somebody becomes administrator of an account");
    }
    words.iter().take(4).any(|word| GIVING.contains(&word.as_str())).then_some("somebody gets rights in an account")
}
