//! Functions of libraries that are told a password: which of their arguments it is.

use super::arguments::Arguments;
use crate::generic::shape::Literal;
use crate::generic::view::View;

/// The end of a function's name, and which argument the password is, from 0.
#[rustfmt::skip]
const FUNCTIONS: &[(&str, usize)] = &[
    ("mysql_real_connect", 3), ("mysqli_real_connect", 3), ("mysqli_connect", 2), ("mysql_connect", 2),
    ("mysql_pconnect", 2), ("new mysqli", 2), ("mysqldb.connect", 2), ("pymysql.connect", 2), ("pqsetdblogin", 6),
    ("oci_connect", 1), ("oci_pconnect", 1), ("cx_oracle.connect", 1), ("oracledb.connect", 1), ("odbc_connect", 2),
    ("ibase_connect", 2), ("drivermanager.getconnection", 2), ("sql.newinstance", 2), ("dbi->connect", 2),
    ("sqlconnect", 5), ("ftp_login", 2), ("imap_open", 2), ("ssh2_auth_password", 2), ("ldap_bind", 2),
    ("ldap_simple_bind_s", 2), ("ldap_simple_bind", 2), ("simple_bind_s", 1), ("new passwordauthentication", 1),
    ("new networkcredential", 1), ("usernamepasswordcredentials", 1), ("wifi.begin", 1), ("httpbasicauth", 1),
];

/// The password among the arguments of the call whose bracket ends here, if the function is one of these.
pub(super) fn password(view: View<'_>, bracket: usize, arguments: &Arguments) -> Option<(u8, Literal)> {
    let before = view.behind(bracket.saturating_sub(1), 40);
    let ends = |name: &str| {
        let start = before.len().checked_sub(name.len());
        let whole = |at: usize| !at.checked_sub(1).and_then(|it| before.get(it)).is_some_and(u8::is_ascii_alphanumeric);
        start.is_some_and(|at| whole(at) && before.get(at..).is_some_and(|it| it.eq_ignore_ascii_case(name.as_bytes())))
    };
    let (_, which) = FUNCTIONS.iter().find(|(name, _)| ends(name))?;
    Some((u8::try_from(*which).ok()?, arguments.get(*which)?.clone()))
}
