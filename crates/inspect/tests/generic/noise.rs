use super::found;

/// Nothing is found in any of these.
fn none(cases: &[(&str, &str)]) {
    let mut wrong = Vec::new();
    for (path, text) in cases {
        let found = found(path, text);
        if !found.is_empty() {
            wrong.push(format!("{path}: {text}\n    found {found:?}"));
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}

#[test]
fn what_stands_for_another_value_is_none() {
    none(&[
        ("a.yml", "password: ${DB_PASSWORD}\n"),
        ("a.yml", "password: {{ db_password }}\n"),
        ("a.yml", "password: <your-password>\n"),
        ("a.yml", "password: !vault |\n"),
        ("a.yml", "password: \"%env(DB_PASSWORD)%\"\n"),
        ("a.py", "password = os.environ['DB_PASSWORD']"),
        ("a.py", "password = getpass.getpass()"),
        ("a.py", "password = settings.DB_PASSWORD"),
        ("a.py", "login(user, password=password)"),
        ("a.py", r#"url = "postgres://%s:%s@%s/%s" % (user, password, host, name)"#),
        ("a.py", r#"url = f"postgres://{user}:{password}@{host}/app""#),
        ("a.js", "const password = process.env.DB_PASSWORD;"),
        ("a.js", "  password: req.body.password,"),
        ("a.js", "const url = `postgres://${user}:${password}@${host}/app`;"),
        ("a.json", r#""password": "%3A%40%60""#),
        ("a.json", r#""href": "http://%60%7B%7D:%60%7B%7D@server.net/""#),
        ("a.go", r#"password := os.Getenv("DB_PASSWORD")"#),
        ("a.java", "String password = request.getParameter(\"password\");"),
        ("a.tf", "  password = var.db_password"),
        ("a.sh", "export PASSWORD=$(cat /run/secrets/password)"),
        ("a.sh", "mysql -u root -p$MYSQL_PASSWORD"),
        ("a.sh", "curl -H \"Authorization: Bearer $TOKEN\" x"),
        ("a.cs", r#""Server=db;Password={0};""#),
        ("a.yml", "valueFrom:\n  secretKeyRef:\n    name: app-secrets\n    key: db-password\n"),
    ]);
}

#[test]
fn words_about_credentials_are_none() {
    none(&[
        ("a.py", r#"PASSWORD = "password""#),
        ("a.js", "const TOKEN_TYPE = 'access_token';"),
        ("a.java", r#"public static final String CLIENT_SECRET = "client_secret";"#),
        ("a.go", r#"const passwordField = "user_password_field""#),
        ("a.js", "  passwordLabel: 'Enter your password',"),
        ("a.html", r#"<input type="password" name="password" placeholder="Password">"#),
        ("a.html", r#"<label for="password">Password</label>"#),
        ("locales/de.json", r#""password": "Passwort","#),
        ("config/locales/fr.yml", "  password: Mot de passe\n"),
        ("a.py", r#"raise ValueError("Password: too short")"#),
        ("a.c", r#"printf("password: %s\n", password);"#),
        ("a.js", "console.log('token: ' + token);"),
        ("a.md", "The password is stored as a hash. The token expires after one hour.\n"),
        ("a.md", "Set `password` to the password of the user.\n"),
        ("a.py", r#"auth_type = "Bearer""#),
        ("a.http", "Proxy-Authenticate: Digest realm=\"x\"\r\n"),
        ("a.java", r#"builder.signatureAlgorithm(key, "RS256")"#),
        ("a.sql", "password VARCHAR(255) NOT NULL,"),
        ("a.css", "input[type=\"password\"]:focus { color: red }"),
        ("a.js", "keyboard = 'qwertz12'; monkey = 'bananas1'; bypass = 'yes1yes1';"),
        ("Cargo.toml", "needless_pass_by_value = \"warn\"\n"),
        ("a.c", r#"hdev->power_led = led_allocate_basic(hdev, power_activate, "power");"#),
        (".github/workflows/a.yml", "permissions:\n  id-token: write\n"),
    ]);
}

#[test]
fn values_of_other_kinds_are_none() {
    none(&[
        ("a.yml", "token_url: https://login.host.net/oauth/token\n"),
        ("a.yml", "password_file: /run/secrets/db_password\n"),
        ("a.yml", "ssl_key: certs/server.key\n"),
        ("a.yml", "token_ttl: 3600\n"),
        ("a.py", r#"user_id = "7d0c4a8e-93b1-4f6e-a2d5-1b8f3c7e9042""#),
        ("a.py", r#"commit = "0f3a9c1e7b5d2846f0a3c9e17b5d28464e8c1a7f""#),
        ("package.json", r#""js-tokens": "^4.0.0","#),
        ("package-lock.json", r#""integrity": "sha512-q8Zv0wKk3mPp7Xx5nNj2cHh9dDg1Rr4Ss6Tt8Uu0Vv2==","#),
        ("go.sum", "host.net/secrets v1.2.3 h1:q8Zv0wKk3mPp7Xx5nNj2cHh9dDg1Rr4Ss6Tt8Uu0Vv2=\n"),
        ("a.xml", r#"<assembly publicKeyToken="b77a5c561934e089"/>"#),
        ("a.js", "const EMAIL = /^[^@]+@[^@]+$/; const password = /^(?=.*[0-9]).{8,}$/;"),
        ("a.md", "see https://host.net/docs?page=2 and http://user@host.net/\n"),
        ("a.svg", r#"<path d="M10 10 L20 20" key="q8Zv0wKk3"/>"#),
        ("a.html", r#"<img src="data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAUA">"#),
        ("a.c", r#".key = "\x80\xea\xd3\xf1\x0a\x0b","#),
        (
            "aes_test.go",
            "{key: \"00f1c2\", nonce: \"8d\", plaintext: \"\", tag: \"9a3b\", key: \"0f3a9c1e7b5d2846f0a3c9e17b5d2846\"},",
        ),
        ("a.js", "<div key=\"item-42\" v-for=\"x in y\">"),
    ]);
}

#[test]
fn what_lets_nobody_in_is_none() {
    none(&[
        ("README.md", "![coverage](https://cover.net/gh/a/b/graph/badge.svg?token=Z92NHFQ70G)\n"),
        ("a.js", r#"login(user = "anonymous", password = "guest") {"#),
        ("a.py", "HOST_KEY = 'AAAAB3NzaC1yc2EAAAABIwAAAQEAsV0VMRbGmzhqxxayLRHmvnFvtyNqgbNKV46dU1bVFB3y'"),
        ("a.py", "__all__ = ('V3Saml2Password', 'V3ADFSPassword')"),
        ("a.py", r#"("v3AuthPass", "v3AuthPass"),"#),
        ("a.js", "      password = _auth$split2[1];\n"),
        ("a.js.map", r#"{"sourcesContent":["class A {\n  set(arg2) {\n    this.password = arg2;\n  }\n}"]}"#),
    ]);
}

#[test]
fn what_only_looks_like_it_is_found() {
    for (path, text) in [
        ("README.md", "curl https://cover.net/api/upload?token=Z92NHFQ70G\n"),
        ("a.js", r#"login(user = "anna", password = "guest4you") {"#),
        ("a.js", "// anonymous login is off\nconst password = 'b1ueMonday7';"),
        ("a.py", r#"("password", "b1ueMonday7Password"),"#),
        ("a.py", r#"("v3AuthPass", "b1ueMonday7"),"#),
        ("a.js", "const password = '_auth$plit2[1]';"),
        ("a.js.map", r#"{"sourcesContent":["this.password = 'b1ueMonday7';"]}"#),
    ] {
        assert_eq!(found(path, text).len(), 1, "{text}");
    }
}
