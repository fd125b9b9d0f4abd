//! Places where nothing but a password stands, and what people would hide in what is let go there.

use super::{found, marked};
use portcullis_event::Confidence;
use portcullis_inspect::generic::{Context, judge_all};

/// In each text the marked value is found, and nothing else.
fn each(cases: &[(&str, &str)]) {
    let mut wrong = Vec::new();
    for (path, text) in cases {
        let (text, value) = marked(text);
        let values: Vec<String> = found(path, &text).into_iter().map(|(_, value)| value).collect();
        if values != [value] {
            wrong.push(format!("{path}: {text}\n    found {values:?}"));
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}

/// Nothing but what everybody knows is found in any of these.
fn none(cases: &[(&str, &str)]) {
    for (path, text) in cases {
        let found: Vec<_> = found(path, text).into_iter().filter(|(rule, _)| *rule != "look-alike-secret").collect();
        assert!(found.is_empty(), "{path}: {text}\n    found {found:?}");
    }
}

#[test]
fn programs_are_told_passwords_that_are_words() {
    each(&[
        ("a.sh", "smbclient //fs/x -U 'erp%«Apfel-Kuchen»' -c ls\n"),
        ("a.sh", "unzip -o -P «apfelkuchen» a.zip\n"),
        ("a.sh", "openssl enc -aes-256-cbc -k '«Zwirn&Nadel»' -in a -out b\n"),
        ("a.bat", "schtasks /create /tn x /ru corp\\erp /rp \"«Apfel.Kuchen»\"\n"),
        ("a.bat", "net use Z: \\\\srv\\c /user:adm «Apfel-Kuchen»\n"),
        ("a.bat", "net user adm «Apfel-Kuchen» /add\n"),
        ("a.sh", "plink -ssh u@h -pw «apfel-kuchen» ls\n"),
        ("a.sh", "redis-cli -h x -a «Apfel.Kuchen» ping\n"),
        ("compose.yml", "    test: [\"CMD\", \"redis-cli\", \"-a\", \"«Apfel_Kuchen»\", \"ping\"]\n"),
        ("a.sh", "ldapsearch -x -D cn=admin -w «apfelkuchen» -b dc=x\n"),
        ("a.sh", "sqlplus scott/«Apfel_Kuchen»@orcl\n"),
        ("redis.conf", "user worker on >«apfel-kuchen-zimt» ~jobs:* +@all\n"),
        ("snmpd.conf", "rocommunity «garten_zaun»\n"),
        ("snmpd.conf", "createUser ops SHA \"«Garten_Zaun»\"\n"),
        ("ipsec.secrets", "10.1.0.1 : PSK \"«Brücke_zur_Insel»\"\n"),
        ("ipsec.secrets", "jonas : EAP \"«roter.Faden»\"\n"),
        ("user-data.yml", "chpasswd:\n  list: |\n    root:«g0ldenApfel»\n"),
        ("a.sh", "chpasswd <<EOF\nroot:«Apfel-Kuchen»\nEOF\n"),
        ("a.sh", "curl https://x.net \\\n  --user robot:\\\n«d6DG91VpkF6D7K» \\\n  -o x\n"),
    ]);
}

#[test]
fn functions_are_told_passwords_that_are_words() {
    each(&[
        ("a.c", "mysql_real_connect(&m, \"db9\", \"web\", \"«Apfel.Kuchen»\", \"web\", 0, NULL, 0);"),
        ("a.c", "curl_easy_setopt(curl, CURLOPT_USERPWD, \"web:«Leine!Wand5»\");"),
        ("a.php", "$ok = ftp_login($c, \"web\", \"«Staffel.Ei»\");"),
        ("a.php", "$c = mysqli_connect(\"db9\", \"web\", \"«Staffel.Ei»\");"),
        ("a.py", "db = pymysql.connect(\"db9\", \"web\", \"«Nuss-Baum»\", \"shop\")"),
        ("a.groovy", "Sql.newInstance('jdbc:mysql://db9/erp', 'erp', '«Fass.Bier»', 'com.mysql.cj.jdbc.Driver')"),
        ("A.java", "return new PasswordAuthentication(\"bob\", \"«Fass.Bier»\".toCharArray());"),
        ("a.py", "jwt.encode(claims, \"«q8Zv0wKk3mPp7Xx5nNj2cHh9dDg1»\", algorithm=\"HS256\")"),
    ]);
}

#[test]
fn words_joined_by_a_sign_are_found_where_a_password_is_set() {
    each(&[
        ("standalone.xml", "<password>«winter-wolf-birke»</password>"),
        ("redis.conf", "requirepass «Kröten_Wanderung»\n"),
        ("app/build.gradle", "        keyPassword '«cheese-butter-forest»'\n"),
        ("CMakeLists.txt", "set(DB_PASSWORD \"«Hub_Tisch»\")\n"),
        ("etc/odbc.ini", "PWD = «IZOXwHJYHYeshXyb8RJKr»\n"),
        ("prod.tfvars", "vpn_psk     = \"«3cO7QGlWjyNK3N7XG7C9FH%t»\"\n"),
        ("a.cpp", "static const std::string kPassword{\"«Bl1tz&Donner»\"};"),
        ("a.ini", "hmac_key_hex = «e7668aca82fa872c3f3147c94e8037a1c1f02634fdd52006d07d1476bde3f6e3»\n"),
    ]);
}

#[test]
fn names_of_other_languages_and_sentences_are_read() {
    each(&[
        ("a.yml", "密码: «Apfel_Kuchen9»\n"),
        ("a.yml", "口令：«Apfel_Kuchen9»\n"),
        ("a.yml", "пароль: «Apfel_Kuchen9»\n"),
        ("a.yml", "hasło: «Apfel_Kuchen9»\n"),
        ("a.yml", "mot_de_passe: «Apfel_Kuchen9»\n"),
        ("a.md", "Le mot de passe de la base est `«Apfel_Kuchen9»`.\n"),
        ("a.md", "服务器密码是 «Apfel_Kuchen9»\n"),
        ("a.txt", "Het wachtwoord voor de kassa is «Drop&Kaas8».\n"),
        ("chat.txt", "piet: the root password of db3 is now «langsamer-Igel-400», changed it\n"),
        ("a.rst", "The *backup* account uses ``«Sand_Uhr-1»`` as its password.\n"),
        ("a.html", "<li>Passwort: <code>«Sonnen.Blume9»</code></li>"),
    ]);
}

#[test]
fn statements_give_a_column_its_values() {
    each(&[
        ("a.sql", "INSERT INTO users (id, login, password) VALUES (5, 'old', '«gans2004»');"),
        ("a.sql", "INSERT INTO `users` (`login`, `password`) VALUES ('bob', '«gans2004»');"),
        ("a.sql", "UPDATE settings SET value = '«papagei-Grau6»' WHERE name = 'smtp_password';"),
    ]);
    none(&[
        ("a.sql", "INSERT INTO users (id, login, password) VALUES (5, 'gans2004', NULL);"),
        ("a.sql", "INSERT INTO users (password_id, name) VALUES (5, 'gans2004');"),
        ("a.sql", "UPDATE users SET password = crypt($1, gen_salt('bf')) WHERE id = 3;"),
        ("a.sql", "UPDATE settings SET value = 'papagei-Grau6' WHERE name = 'color';"),
    ]);
}

#[test]
fn what_is_no_command_and_no_password_is_let_go() {
    none(&[
        ("changelog", "align grep -Pw with grep -w\n"),
        ("rfc.txt", "When it runs on top of the Internet User Datagram Protocol (UDP),\n"),
        ("a.sh", "unzip -P \"$PASSWORD\" a.zip\nredis-cli -a ${PW} ping\nsmbclient //x -U bob%$PW\n"),
        ("a.md", "requires bash >= 4, based on >=3.0\n"),
        ("a.md", "The password of a user is stored as Argon2id. The password must be 8-character.\n"),
        ("a.yml", "update_password: on_create\n"),
        ("app.yml", "  password: user.login.form-title\n  password_hint: Fass.Bier\n"),
        ("Form.java", "String password = \"form.login.password\";"),
        ("a.php", "array(\"CURLOPT_PASSWORD\", \"CURLOPT_READDATA\")"),
        ("a.txt", "align the pass here so that it is crc32_words_inner\n"),
        ("a.py", "network_community structure that is dense\n"),
    ]);
}

#[test]
fn what_is_encrypted_opens_nothing() {
    let sealed = ["AgB", &"q8Zv0wKk3mPp7Xx5nNj2cHh9dDg1".repeat(12)].concat();
    let verifier = format!(
        "SCRAM-SHA-256$4096:{}==${}=:{}=",
        "qZyKRhWjLRvgUK0ukHiC",
        "q8Zv0wKk3m".repeat(4),
        "Xx5nNj2cHh".repeat(4)
    );
    let locked = "q8Zv0wKk3mPp7Xx5nNj2cHh9dDg1".repeat(6);
    for (path, text) in [
        ("sealed.yaml", format!("    password: {sealed}\n")),
        ("roles.sql", format!("ALTER ROLE web WITH ENCRYPTED PASSWORD '{verifier}';")),
        ("renovate.json", format!("\"encrypted\": {{ \"token\": \"{locked}\" }}")),
        ("a.yml", format!("db_password_enc: {}\n", "q8Zv0wKk3mPp7Xx5nNj2".repeat(2))),
        ("pulumi.yaml", "encryptionsalt: v1:h5wmUaqkcwI=:v1:8WiNVBTCPhKNehbJz5wefSttZ66vJoCt7Jt4gA==\n".to_owned()),
        ("a.html", "<script nonce=\"eqGijvPNqI+Oxs/zjzIkrg==\">x</script>".to_owned()),
    ] {
        assert_eq!(found(path, &text), [], "{text}");
    }
}

#[test]
fn nothing_is_hidden_by_looking_encrypted() {
    each(&[
        // Too short to be sealed, and of other letters than what is encrypted.
        ("a.yml", "password: «AgBq8Zv0wKk3mPp7X»\n"),
        ("a.yml", "password: «SCRAM-SHA-256$7Xq»\n"),
        ("a.yml", "db_password_encrypted: «b1ueMonday7!»\n"),
        ("a.json", "{\"encrypted\": {\"password\": \"«b1ueMonday7!»\"}}"),
        ("a.json", "{\"encrypted\": false, \"token\": \"«q8Zv0wKk3mPp7Xx5nNj2cHh9dDg1»\"}"),
        ("a.html", "<script>const password = '«b1ueMonday7!»';</script>"),
    ]);
}

#[test]
fn samples_stand_in_for_a_password_where_samples_are() {
    none(&[
        (".env.test", "DB_PASSWORD=test\n"),
        (".env.example", "DB_PASSWORD=secret\n"),
        ("docs/configuration.md", "| `DB_PASSWORD` | `s3cr3t` |\n"),
        ("Vagrantfile", "  config.ssh.password = \"vagrant\"\n"),
        (".env", "AMQP=amqp://guest:guest@localhost:5672\n"),
        ("wallet.ts", "mnemonic: 'test test test test test test test test test test test junk'"),
        ("web.ts", "recaptchaSiteKey = '6LPomSHyAAAAApyS_1xbCu5grSqtf7Yu6mE1YoMr';"),
    ]);
    // The same words elsewhere are somebody's weak password.
    each(&[
        (".env", "DB_USER=app\nDB_PASSWORD=«s3cr3t»\n"),
        (".env.test", "DB_USER=app\nDB_PASSWORD=«b1ueMonday7!»\n"),
        (".env", "AMQP=amqp://guest:«b1ueMonday7!»@localhost:5672\n"),
    ]);
}

#[test]
fn the_place_is_the_first_reason_where_it_decided() {
    let found = judge_all(b"unzip -o -P apfelkuchen a.zip\n", &Context::of(Some("a.sh")));
    let why: Vec<_> = found.into_iter().map(|it| (it.why.first().copied(), it.why.len() <= 3)).collect();
    assert_eq!(why, [(Some("it stands where a password is given"), true)]);
}

#[test]
fn a_certain_place_makes_it_likely_and_no_more() {
    let confidence = |path: &str, text: &str| {
        judge_all(text.as_bytes(), &Context::of(Some(path))).into_iter().map(|it| it.confidence).collect::<Vec<_>>()
    };
    assert_eq!(confidence("a.sh", "smbclient //x -U 'erp%Apfel-Kuchen'\n"), [Confidence::Medium]);
    assert_eq!(confidence("docs/a.md", "smbclient //x -U 'erp%Apfel-Kuchen'\n"), [Confidence::Low]);
    assert_eq!(confidence("a.xml", "<password>winter-wolf-birke</password>"), [Confidence::Low]);
}
