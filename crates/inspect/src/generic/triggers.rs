//! The literals that stand near a credential. Each is as rare as recall allows, for they are looked for in every text;
//! five bytes are cheaper to find than four. `build.rs` reads this file too, so it holds nothing else.

/// Lower-case literals of which one stands near each credential that can be found. They match in either case.
#[rustfmt::skip]
pub const TRIGGERS: &[&str] = &[
    // What passwords are called.
    "passw", "passp", "passc", "pass=", "pass:", "pass\"", "pass'", "pass ", "pass(", "pass]", "pass>", "pass_",
    "pass\\", "pass\t", "pass`", "_pwd", "pwd=", "pwd:", "pwd\"", "pwd'", "pwd ", "pwd]", "pwd>", "pwd(", "_pw =",
    "_pw=\"", "_pw='", "_pw: ", "_pw\":", "_pw':", "_pw']", " pw =", " pw=", " pw: ", "\"pw\"", "'pw'", "rootpw",
    "bindpw", "adminpw", "userpw", "kennwort", "senha", "contrase", "clave", "wachtwoord", "parol",
    "(pw ", "pw ==", "pw.eq", "pin ==", "pin.eq", "psk ", "key  ", "key_hex", "key_b64", "key_base64", "keyhex",
    // The same in other languages.
    "_de_pass", "de passe", "depasse", "haslo", "has\u{142}o", "heslo", "geslo", "salasana", "senord", "adgangskode",
    "jelsz", "lozinka", "sifre", "\u{15f}ifre", "mat_khau", "matkhau", "kata_sandi", "katasandi",
    "\u{430}\u{440}\u{43e}\u{43b}\u{44c}", "\u{5bc6}\u{7801}", "\u{5bc6}\u{78bc}", "\u{53e3}\u{4ee4}",
    "\u{4ee4}\u{724c}", "\u{5bc6}\u{94a5}", "\u{30d1}\u{30b9}\u{30ef}\u{30fc}\u{30c9}",
    "\u{be44}\u{bc00}\u{bc88}\u{d638}",
    // Secrets and tokens.
    "secret", "token", "crede", "creds", "mnemonic", "community", "psk=", "psk:", "psk\"", "psk'", "psk>",
    "masterauth", "pepper =", "pepper=", "pepper:",
    // What stands before a credential in a header, or belongs to one.
    "auth=", "auth:", "auth\"", "auth'", "auth =", "auth :", "auth(", "auth>", "auth]", "authoriz", "nonce", "salt=",
    "salt:", "salt\"", "salt'", "salt =", "salt :", "salt(", "salt>", "cookie", "sessionid", "session_id",
    "session-id", "sessid", ".sid=", "session=", "session\"", "session'",
    // Keys. The word is so common that what follows it has to be looked for as well.
    "_key=", "-key=", ".key=", "ikey=", "ekey=", "tkey=", "skey=", "nkey=", "hkey=", "rkey=", "ykey=", "key =",
    "key :", "key: ", "key:\"", "key:'", "key\":", "key':", "key\" ", "key' ", "key\",", "key',", "key\"]", "key']",
    "key\")", "key')", "key\">", "key=>", "key\\\"", "key</", "key`", "key(\"", "key('", "_key(", "-key ", "_key>",
    // Calls that take a user and a password in a row.
    "login(", "logon(", "connect(", "mysqli(", "connection(", "new pdo(", "basic(\"", "database('", "ftp(\"", "ftp('", "sequelize(",
    "new user(\"", "authenticate(", "ldap_bind(", "bind_s(", "imap_open(", "sql.newinstance(", "wifi.begin(",
    // Calls that take a key.
    "hmac.new(", "createhmac(", "jwt.encode(", "jwt.sign(", "jwt.verify(", "jwt.decode(",
    // Commands.
    " -u ", " -u'", " -u\"", "--user", " -p ", "mysql", "redis-cli", "ldapsearch", "ldapadd", "ldapmodify", "sqlcmd",
    "smbclient ", "rpcclient ", "winexe ", "smbget ", "unzip ", "zip -", "7z a ", "7z x ", "7za a ", "rar a ",
    "openssl enc ", "openssl aes", "openssl des", "schtasks ", "cmdkey ", "freerdp ", "rdesktop ", " -pw ", "sshpass ",
    "mosquitto_pub ", "mosquitto_sub ", "ipmitool ", "snmpwalk ", "snmpget ", "snmpset ", "rclone obscure ",
    "net user ", "wpa_passphrase ", "sqlplus ", "sqlldr ", "expdp ", "impdp ", " on >", "createuser ",
    "convertto-securestring", "net use ", "stats auth ", "isakmp key ", "-server key ", "eap \"", "xauth \"", "identified ",
    // Credentials in URLs. Three bytes are too few to look for, so the end of the scheme is there too.
    "l2://", "tp://", "ps://", "es://", "ql://", "db://", "rv://", "is://", "ss://", "qp://", "ap://", "sh://", "it://",
    "mb://", "tt://", "ts://", "s5://", "5h://", "s4://", "er://", "le://", "mq://", "ka://", "se://", "ke://",
    "ft://", "na://", "pg://", "ca://", "no://", "to://", "ch://", "av://", "vs://", "sp://", "mp://", "nc://",
    "dp://", "et://", "vn://", "hg://", "ed://", "lt://", "4j://", "+s://", "qs://", "pp://", "ip://", "ws://",
    "el://", "p3://", "si://", "te://", "rs://", "ow://", "ns://", "rc://", "fs://", "ph://", "in://",
    // Other connection strings, and files of passwords.
    "@tcp(", "@unix(", "thin:", ":5432:", "*:*:", "]:587 ", "]:465 ",
    // Headers.
    "bearer ", "basic ",
    // Hashes of passwords.
    "$2a$0", "$2a$1", "$2b$0", "$2b$1", "$2y$0", "$2y$1", "$apr1$", ":$1$", ":$5$", ":$6$", ":$y$", "{sha}", "{ssha",
    "$argon2", "$pbkdf2", "pbkdf2_", "$scrypt",
    // Private keys.
    "putty-user-key", "\"kty\"",
];
