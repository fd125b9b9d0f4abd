use super::{found, marked};

/// In each text the marked value is found, and nothing else, by a rule whose id ends so.
fn each(cases: &[(&str, &str, &str)]) {
    let mut wrong = Vec::new();
    for (path, rule, text) in cases {
        let (text, value) = marked(text);
        let found = found(path, &text);
        if found != [(*rule, value.clone())] {
            wrong.push(format!("{path}: {text}\n    found {found:?}"));
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}

#[test]
fn finds_passwords_in_the_assignments_of_programming_languages() {
    each(&[
        ("app/settings.py", "generic-password", r#"DB_PASSWORD = "«tr0ub4dor&3»""#),
        ("app/settings.py", "generic-password", "    'PASSWORD': '«Kestrel!1987»',\n    'HOST': 'db',"),
        ("app/db.py", "generic-password", r#"conn = connect(host="db", user="app", password="«b1ueMonday»")"#),
        ("app/db.py", "generic-password", r#"password: str = "«b1ueMonday»""#),
        ("app/db.py", "generic-password", r#"password = os.environ.get("DB") or "«b1ueMonday7»""#),
        ("src/db.js", "generic-password", "  password: '«b1ueMonday»',\n  user: 'app',"),
        ("src/db.ts", "generic-password", r#"const dbPassword: string = "«b1ueMonday»";"#),
        ("src/db.ts", "generic-password", "const password = process.env.DB_PASSWORD || '«b1ueMonday»';"),
        ("src/Db.java", "generic-password", r#"private static final String PASSWORD = "«b1ueMonday»";"#),
        ("src/Db.java", "generic-password", r#"props.put("password", "«b1ueMonday»");"#),
        ("src/Db.java", "generic-password", r#"config.setPassword("«b1ueMonday»");"#),
        ("src/Db.java", "generic-password", r#"@Value("${db.password:«b1ueMonday»}")"#),
        ("db.go", "generic-password", r#"	dbPassword := "«b1ueMonday»""#),
        ("db.go", "generic-password", r#"	Password: "«b1ueMonday»","#),
        ("db.rb", "generic-password", "  :password => \"«b1ueMonday»\","),
        ("db.rb", "generic-password", "  password { '«b1ueMonday7»' }"),
        ("db.php", "generic-password", "$db_password = '«b1ueMonday»';"),
        ("wp-config.php", "generic-password", "define('DB_PASSWORD', '«b1ueMonday»');"),
        ("Db.cs", "generic-password", r#"public string Password { get; set; } = "«b1ueMonday»";"#),
        ("Db.cs", "generic-password", r#"var password = @"«b1ueMonday»";"#),
        ("db.c", "generic-password", r#"static char wifi_password[32] = "«b1ueMonday»";"#),
        ("sketch.ino", "generic-password", r#"#define WIFI_PASSWORD "«b1ueMonday»""#),
        ("db.rs", "generic-password", r#"    let db_password = "«b1ueMonday»";"#),
        ("db.rs", "generic-password", r#"password: String::from("«b1ueMonday»"),"#),
        ("Db.kt", "generic-password", r#"private const val DB_PASSWORD = "«b1ueMonday»""#),
        ("Db.swift", "generic-password", r#"let dbPassword: String = "«b1ueMonday»""#),
        ("db.scala", "generic-password", r#"val password = "«b1ueMonday»""#),
        ("db.r", "generic-password", r#"password <- "«b1ueMonday»""#),
        ("db.lua", "generic-password", r#"["password"] = "«b1ueMonday»","#),
        ("db.pl", "generic-password", "my $password = '«b1ueMonday»';"),
        ("db.ex", "generic-password", r#"  password: "«b1ueMonday»","#),
    ]);
}

#[test]
fn finds_them_in_formats_of_settings() {
    each(&[
        ("config/database.yml", "generic-password", "  username: app\n  password: «b1ueMonday»\n"),
        ("docker-compose.yml", "generic-password", "      POSTGRES_PASSWORD: «b1ueMonday»\n"),
        ("docker-compose.yml", "generic-password", "      - MYSQL_ROOT_PASSWORD=«b1ueMonday»\n"),
        ("k8s/app.yaml", "generic-password", "  - name: DB_PASSWORD\n    value: «b1ueMonday»\n"),
        ("config.json", "generic-password", r#"{ "user": "app", "password": "«b1ueMonday»" }"#),
        ("env.json", "generic-password", r#"{ "name": "DB_PASSWORD", "value": "«b1ueMonday»" }"#),
        ("app.toml", "generic-password", r#"password = "«b1ueMonday»""#),
        ("app.ini", "generic-password", "[db]\npassword = «b1ueMonday»\n"),
        ("application.properties", "generic-password", "spring.datasource.password=«b1ueMonday»\n"),
        (".env", "generic-password", "DB_USER=app\nDB_PASSWORD=«b1ueMonday»\n"),
        ("context.xml", "generic-password", r#"<Resource username="app" password="«b1ueMonday»"/>"#),
        ("beans.xml", "generic-password", r#"<property name="password" value="«b1ueMonday»"/>"#),
        ("web.config", "generic-password", r#"<add key="SmtpPassword" value="«b1ueMonday»" />"#),
        ("settings.xml", "generic-password", "<username>app</username>\n<password>«b1ueMonday»</password>"),
        ("app.plist", "generic-password", "<key>password</key>\n<string>«b1ueMonday»</string>"),
        ("main.tf", "generic-password", r#"  master_password = "«b1ueMonday»""#),
        (
            "variables.tf",
            "generic-password",
            "variable \"admin_password\" {\n  type = string\n  default = \"«b1ueMonday7»\"\n}",
        ),
        ("variables.tf", "generic-password", "variable \"db_password\" {\n  default = \"«b1ueMonday7»\"\n}"),
        ("group_vars/all.yml", "generic-password", "mysql_root_password: \"«b1ueMonday»\"\n"),
        ("Dockerfile", "generic-password", "ENV DB_PASSWORD=«b1ueMonday»\n"),
        ("Dockerfile", "generic-password", "ENV DB_PASSWORD «b1ueMonday»\n"),
        (".netrc", "generic-password", "machine host.net login joe password «b1ueMonday»\n"),
        (".pgpass", "generic-password", "db.host.net:5432:app:joe:«b1ueMonday»\n"),
        ("wpa_supplicant.conf", "generic-key", "  ssid=\"home\"\n  psk=\"«b1ueMonday7»\"\n"),
        ("hibernate.cfg.xml", "generic-password", "<property name=\"db.password\">«b1ueMonday7»</property>"),
        ("redis.conf", "generic-password", "masterauth «b1ueMonday7»\n"),
        ("sasl_passwd", "generic-password", "[smtp.host.net]:587 joe:«b1ueMonday7»\n"),
        ("ipsec.secrets", "generic-password", "joe : EAP \"«b1ueMonday7»\"\n"),
        ("slapd.conf", "generic-password", "rootpw «b1ueMonday»\n"),
    ]);
}

#[test]
fn finds_them_in_commands_and_sql() {
    each(&[
        ("run.sh", "generic-password", "export PGPASSWORD=«b1ueMonday»\n"),
        ("run.sh", "generic-password", "PASSWORD=\"${PASSWORD:-«b1ueMonday»}\"\n"),
        ("run.sh", "generic-password", "tool --user joe --password «b1ueMonday» --quiet\n"),
        ("run.sh", "generic-password", "tool --password='«b1ueMonday»'\n"),
        ("run.sh", "generic-password", "mysql -u root -p«b1ueMonday» app < dump.sql\n"),
        ("run.sh", "generic-password", "sshpass -p '«b1ueMonday»' ssh joe@host\n"),
        ("run.sh", "generic-password", "curl -u joe:«b1ueMonday» https://host.net/\n"),
        ("run.sh", "generic-password", "echo '«b1ueMonday7»' | passwd --stdin joe\n"),
        ("run.sh", "generic-password", "echo \"joe:«b1ueMonday7»\" | chpasswd\n"),
        ("run.sh", "generic-password", "echo «b1ueMonday7» | docker login --username joe --password-stdin host.net\n"),
        ("run.sh", "generic-password", "htpasswd -b -c .htpasswd joe «b1ueMonday7»\n"),
        ("run.sh", "generic-password", "openssl rsa -in a.key -passin pass:«b1ueMonday7»\n"),
        ("run.sh", "generic-password", "lftp -u joe,«b1ueMonday7» sftp://host.net\n"),
        ("run.bat", "generic-password", "net use Z: \\\\host\\share «b1ueMonday7» /user:joe\n"),
        ("run.sh", "generic-password", "docker login -u joe -p «b1ueMonday» host.net\n"),
        ("run.sh", "generic-password", "redis-cli -h cache -a «b1ueMonday» ping\n"),
        (
            "run.ps1",
            "generic-password",
            "$s = ConvertTo-SecureString \"«b1ueMonday»\" -AsPlainText -Force; $password\n",
        ),
        ("init.sql", "generic-password", "CREATE USER joe WITH PASSWORD '«b1ueMonday»';"),
        ("init.sql", "generic-password", "CREATE USER 'joe'@'%' IDENTIFIED BY '«b1ueMonday»';"),
        ("init.sql", "generic-password", "CREATE USER joe IDENTIFIED BY «b1ueMonday»;"),
        ("Db.java", "generic-password", r#"DriverManager.getConnection("jdbc:x://db", "joe", "«b1ueMonday»");"#),
        ("login.py", "generic-password", r#"client.login("joe", "«b1ueMonday»")"#),
        ("login.go", "generic-password", r#"req.SetBasicAuth("joe", "«b1ueMonday»")"#),
        ("db.js", "generic-password", "const db = new Sequelize('app', 'joe', '«b1ueMonday7»', {});"),
        ("ftp.py", "generic-password", "ftp = ftplib.FTP('ftp.host.net', 'joe', '«b1ueMonday7»')"),
        ("auth.py", "generic-secret", "headers = {'Authorization': 'Token «q8Zv0wKk3mPp7Xx5nNj2cHh9dDg1»'}"),
        ("jwt.js", "generic-secret", "jwt.sign(it, process.env.JWT_SECRET || '«b1ueMonday7»');"),
        ("app.js", "generic-secret", "app.use(cookieParser('«q8Zv0wKk3mPp7Xx5»'));"),
        ("e2e.cy.js", "generic-password", "cy.get('input[name=password]').type('«b1ueMonday7»');"),
        ("e2e.py", "generic-password", "driver.find_element(By.ID, \"password\").send_keys(\"«b1ueMonday7»\")"),
        ("haproxy.cfg", "generic-password", "  stats auth admin:«b1ueMonday7»\n"),
        ("airflow.cfg", "generic-key", "fernet_key = «q8Zv0wKk3mPp7Xx5nNj2cHh9dDg1q8Zv0wKk3mPp7X4=»\n"),
        ("build.gradle", "generic-password", "    storePassword '«b1ueMonday7»'\n"),
        ("login.feature", "generic-password", "And I fill in \"Password\" with \"«b1ueMonday7»\"\n"),
        ("edge.cfg", "generic-password", "username joe privilege 15 password 0 «b1ueMonday7»\n"),
        ("edge.cfg", "generic-password", "crypto isakmp key «b1ueMonday7» address 10.0.0.1\n"),
        ("ks.cfg", "generic-password", "rootpw --plaintext «b1ueMonday7»\n"),
        ("unattend.xml", "generic-password", "<Password>\n <Value>«b1ueMonday7»</Value>\n</Password>"),
        ("users.csv", "generic-password", "name,password,mail\njoe,«b1ueMonday7»,\n"),
        ("login.js", "generic-password", "if (password === '«b1ueMonday»') {"),
    ]);
}

#[test]
fn finds_user_and_password_in_urls_and_connection_strings() {
    each(&[
        ("a.py", "generic-url-credentials", r#"URL = "postgres://joe:«b1ueMonday»@db.host.net:5432/app""#),
        (".env", "generic-url-credentials", "REDIS_URL=redis://:«b1ueMonday»@cache:6379/0\n"),
        ("a.js", "generic-url-credentials", "connect('mongodb+srv://joe:«b1ueMonday»@c0.host.net/app')"),
        ("a.yml", "generic-url-credentials", "amqp: amqp://worker:«b1ueMonday»@mq//\n"),
        ("a.sh", "generic-url-credentials", "git clone https://joe:«b1ueMonday»@git.host.net/a.git\n"),
        ("a.sh", "generic-url-credentials", "wget ftp://joe:«b1ue/Mon#day»@ftp.host.net/x\n"),
        ("a.go", "generic-url-credentials", r#"sql.Open("mysql", "joe:«b1ueMonday»@tcp(db:3306)/app")"#),
        ("a.java", "generic-url-credentials", r#""jdbc:oracle:thin:joe/«b1ueMonday»@db:1521:x""#),
        ("a.cs", "generic-password", r#""Server=db;Database=app;User Id=joe;Password=«b1ueMonday»;""#),
        ("a.cs", "generic-password", r#""Driver={X};Uid=joe;Pwd=«b1ueMonday»;""#),
        ("a.py", "generic-password", r#"connect("host=db user=joe password=«b1ueMonday» dbname=app")"#),
        ("a.java", "generic-password", r#""jdbc:mysql://db/app?user=joe&password=«b1ueMonday»&ssl=true""#),
    ]);
}

#[test]
fn finds_tokens_keys_and_secrets() {
    each(&[
        ("a.py", "generic-secret", r#"SECRET_KEY = "«q8(z!v0w^k3m#p7$x5n&j2c*h9)d4_g1+r6=t0yqub»""#),
        ("a.yml", "generic-secret", "  client_secret: «q8Zv0wKk3mPp7Xx5nNj2cHh9dDg1»\n"),
        ("a.yml", "generic-secret", "secret_key_base: «0f3a9c1e7b5d2846f0a3c9e17b5d28464e8c1a7f»\n"),
        ("a.js", "generic-api-key", "  apiKey: '«q8Zv0wKk3mPp7Xx5nNj2cHh9dDg1»',"),
        (".env", "generic-api-key", "MAIL_API_KEY=«q8Zv0wKk3mPp7Xx5nNj2cHh9dDg1»\n"),
        (".env", "generic-token", "DEPLOY_TOKEN=«q8Zv0wKk3mPp7Xx5nNj2cHh9dDg1»\n"),
        ("a.conf", "generic-key", "encryption_key = «0f3a9c1e7b5d2846f0a3c9e17b5d2846»\n"),
        ("a.sh", "generic-bearer-token", "curl -H 'Authorization: Bearer «q8Zv0wKk3mPp7Xx5nNj2cHh9dDg1»' x\n"),
        ("kubeconfig", "generic-token", "users:\n- name: joe\n  user:\n    token: «q8Zv0wKk3mPp7Xx5nNj2cHh9dDg1»\n"),
        ("a.yml", "generic-uuid", "client_secret: «7d0c4a8e-93b1-4f6e-a2d5-1b8f3c7e9042»\n"),
    ]);
}

#[test]
fn decodes_user_and_password_of_a_header() {
    let basic = ["am9lOmIx", "dWVNb25kYXk="].concat();
    let text = format!("Authorization: Basic {basic}\r\n");
    assert_eq!(found("request.http", &text), [("generic-basic-credentials", "joe:b1ueMonday".to_owned())]);
    assert_eq!(found("request.http", "Authorization: Basic dGhpcyBpcyBubyBwYWly\r\n"), []);
}

#[test]
fn finds_hashes_of_passwords_and_private_keys() {
    let crypt = ["$2y$", "10$nOUIs5kJ7naTuTFkBy1veu", "K0kSxUFXfuaOKdOKf9xYT0KKIGSJwFa"].concat();
    assert_eq!(found(".htpasswd", &format!("joe:{crypt}\n")), [("generic-password-hash", crypt)]);
    let salted = ["{SSHA}", "0c0blFTXXNuAMHECS4uxrj3ZieMoWImr"].concat();
    assert_eq!(found("u.ldif", &format!("x: {salted}\n")), [("generic-password-hash", salted)]);
    let key = r#"{ "kty": "EC", "crv": "P-256", "d": "q8Zv0wKk3mPp7Xx5nNj2cHh9dDg1Rr4Ss6Tt8Uu0Vv2", "use": "sig" }"#;
    assert_eq!(
        found("jwk.json", key),
        [("generic-private-key", "q8Zv0wKk3mPp7Xx5nNj2cHh9dDg1Rr4Ss6Tt8Uu0Vv2".to_owned())]
    );
    let words = "ranch oval tiny crisp velvet summit maple orbit canyon ladder pigeon frost";
    assert_eq!(found("w.txt", &format!("mnemonic = \"{words}\"\n")), [("generic-key", words.to_owned())]);
}

#[test]
fn finds_them_without_knowing_where_the_text_comes_from() {
    each(&[
        ("", "generic-password", "the db password is `«b1ueMonday7»`"),
        ("", "generic-password", "DB_PASSWORD=«b1ueMonday7»"),
        ("", "generic-password", r#"{"user": "joe", "password": "«b1ueMonday7»"}"#),
        ("", "generic-password", r#"{\"user\":\"joe\",\"password\":\"«b1ueMonday7»\"}"#),
        ("", "generic-url-credentials", "postgres://joe:«b1ueMonday7»@db.host.net/app"),
        ("", "generic-api-key", "export MAIL_API_KEY=«q8Zv0wKk3mPp7Xx5nNj2cHh9dDg1»"),
    ]);
}
