"""Writes a labelled set of files in the style of real ones, for training: one JSON object a line.

    python3 generate.py --files 3000 --seed 1 > generated.jsonl

The same forms hold credentials and what is none, so that no form gives the answer away; what differs is the name and the
value, as in life. A file's source is the form it was made from: train and test are parted by it.
"""

import argparse
import json
import random

from values import Values

PASSWORD_NAMES = """password passwd pwd pass db_password dbPassword DB_PASSWORD user_password admin_password rootPassword
MYSQL_ROOT_PASSWORD POSTGRES_PASSWORD smtp_pass mail.password ftpPassword redis_password keystore_password passphrase
spring.datasource.password LDAP_BIND_PASSWORD wifi_password mqttPassword sa_password proxy_pass""".split()
TOKEN_NAMES = """token access_token accessToken API_TOKEN auth_token bot_token refreshToken SLACK_TOKEN deploy_token
session_token apiToken bearerToken""".split()
KEY_NAMES = """api_key apiKey API_KEY x-api-key maps_api_key MAIL_API_KEY app_key accessKey encryption_key ENCRYPTION_KEY
privateKey signing_key hmac_key aes_key""".split()
SECRET_NAMES = """secret SECRET_KEY secret_key client_secret clientSecret JWT_SECRET jwtSecret app_secret webhook_secret
SESSION_SECRET secret_key_base oauth_client_secret shared_secret password_salt salt""".split()
ABOUT_NAMES = """password_field passwordLabel password_reset_url token_url tokenEndpoint token_type tokenType secret_name
secretName key_id keyId api_key_header password_min_length token_ttl credentials_path password_hash_algorithm auth_type
forgot_password invalid_password passwordPlaceholder password_policy public_key publicKey primary_key cache_key sort_key
password_hint secret_ref token_file auth_method passwordStrength reset_token_path key_file secretKeyRef csrf_token_name
partition_key storage_key authMode tokenName passwordError""".split()

# Each form: its path, the lines around, and the line with {name} and {value}; {other} is another line's name.
FORMS = {
    "python": (["src/settings.py", "app/config.py", "main.py"], ['{name} = "{value}"', "{name} = '{value}'", "    '{name}': '{value}',", 'client = Client(host="db", user="app", {name}="{value}")', 'os.environ["{name}"] = "{value}"', '{name}: str = "{value}"', 'config.set("{name}", "{value}")']),
    "python-test": (["tests/test_login.py", "test_api.py"], ['    {name} = "{value}"', '    client.login(username="joe", {name}="{value}")', '    data = {{"email": "a@b.org", "{name}": "{value}"}}', '    assert response["{name}"] == "{value}"']),
    "javascript": (["src/config.js", "lib/db.ts", "app/auth.ts"], ["  {name}: '{value}',", "const {name} = '{value}';", '  "{name}": "{value}",', "config.{name} = '{value}';", "export const {name} = `{value}`;", "if (body.{name} === '{value}') {{", "process.env.{name} = '{value}';", "const k = process.env.{name} || '{value}';"]),
    "javascript-test": (["spec/user.spec.js", "test/auth.test.ts", "cypress/e2e/login.cy.ts"], ["    {name}: '{value}',", "  await user.set('{name}', '{value}');", "    .send({{ name: 'joe', {name}: '{value}' }})", "  cy.get('#{name}').type('{value}');"]),
    "java": (["src/main/java/org/app/Config.java", "src/Db.java"], ['    private static final String {name} = "{value}";', '    props.put("{name}", "{value}");', '    config.set{Name}("{value}");', '    String {name} = "{value}";', '    if ("{value}".equals({name})) {{', '    @Value("${{{name}:{value}}}")', '    builder.{name}("{value}")']),
    "java-test": (["src/test/java/org/app/LoginTest.java"], ['        String {name} = "{value}";', '        user.set{Name}("{value}");', '        params.put("{name}", "{value}");', '        assertEquals("{value}", user.get{Name}());']),
    "go": (["cmd/main.go", "internal/store/db.go"], ['\t{name} := "{value}"', '\t{Name}: "{value}",', 'const {name} = "{value}"', '\t"{name}": "{value}",', '\tos.Setenv("{name}", "{value}")', 'var {name} string = "{value}"', '\tif {name} == "{value}" {{']),
    "ruby": (["config/initializers/app.rb", "lib/client.rb", "db/seeds.rb"], ["  {name}: '{value}',", '  :{name} => "{value}",', "  config.{name} = '{value}'", '{name} = "{value}"', "ENV['{name}'] ||= '{value}'", "  {name} {{ '{value}' }}"]),
    "php": (["src/config.php", "app/Db.php", "wp-config.php"], ["    '{name}' => '{value}',", "define('{name}', '{value}');", "${name} = '{value}';", "$this->{name} = \"{value}\";", "putenv('{name}={value}');"]),
    "csharp": (["src/App/Startup.cs", "Data/Context.cs"], ['    public const string {Name} = "{value}";', '    {Name} = "{value}",', '    var {name} = "{value}";', '    options.{Name} = "{value}";', '    public string {Name} {{ get; set; }} = "{value}";', '    "Server=db;Database=app;User Id=app;{Name}={value};"']),
    "c": (["src/main.c", "firmware/config.h", "sketch.ino"], ['#define {NAME} "{value}"', 'const char *{name} = "{value}";', 'static char {name}[32] = "{value}";', '    set_{name}("{value}");', '    if (strcmp({name}, "{value}") == 0)']),
    "rust": (["src/main.rs", "src/config.rs"], ['    let {name} = "{value}";', 'const {NAME}: &str = "{value}";', '        {name}: "{value}".into(),', '    {name}: String::from("{value}"),', '    .{name}("{value}")']),
    "kotlin-swift": (["app/src/main/java/Api.kt", "Sources/App/Config.swift"], ['    val {name} = "{value}"', '    private const val {NAME} = "{value}"', '    let {name}: String = "{value}"', '    {name} = "{value}",', '    static let {name} = "{value}"']),
    "shell": (["deploy.sh", "scripts/setup.sh", "entrypoint.sh"], ["export {NAME}={value}", '{NAME}="{value}"', "{name}='{value}'", "mysql -u root -p'{value}' app", "tool --{flag} {value} --verbose", "tool --{flag}={value}", "curl -u admin:{value} https://host.internal/api", 'echo "{name}: {value}"', "${{{NAME}:-{value}}}"]),
    "powershell": (["install.ps1"], ['${name} = "{value}"', '$s = ConvertTo-SecureString "{value}" -AsPlainText -Force', "Connect-It -User admin -{Name} '{value}'"]),
    "yaml": (["config/app.yml", "values.yaml", "config/database.yml"], ["{name}: {value}", '  {name}: "{value}"', "    {name}: '{value}'", "  - name: {NAME}\n    value: {value}", '      - {NAME}={value}', "#  {name}: {value}"]),
    "compose": (["docker-compose.yml", "compose.yaml"], ["      {NAME}: {value}", "      - {NAME}={value}", '      {NAME}: "{value}"']),
    "json": (["config.json", "appsettings.json", "data/users.json"], ['  "{name}": "{value}",', '    "{Name}": "{value}"', '  {{"name": "{NAME}", "value": "{value}"}},', '"ConnectionStrings": {{ "Default": "Server=db;Uid=app;{Name}={value};" }}']),
    "properties": (["src/main/resources/application.properties", "conf/app.ini", ".env", ".env.local", "app.conf", "settings.toml"], ["{name}={value}", "{name} = {value}", "{NAME}={value}", '{name} = "{value}"', "#{name}={value}", "{name}: {value}"]),
    "xml": (["pom.xml", "conf/server.xml", "web.config", "beans.xml"], ["  <{name}>{value}</{name}>", '  <add key="{Name}" value="{value}" />', '  <property name="{name}" value="{value}"/>', '  <user name="joe" {name}="{value}" />', "  <key>{name}</key>\n  <string>{value}</string>"]),
    "terraform": (["main.tf", "variables.tf", "prod.tfvars"], ['  {name} = "{value}"', 'variable "{name}" {{\n  default = "{value}"\n}}']),
    "docker": (["Dockerfile"], ["ENV {NAME}={value}", "ENV {NAME} {value}", "ARG {NAME}={value}"]),
    "sql": (["schema.sql", "init/01-users.sql"], ["CREATE USER app WITH PASSWORD '{value}';", "CREATE USER 'app'@'%' IDENTIFIED BY '{value}';", "ALTER ROLE app PASSWORD '{value}';", "INSERT INTO settings VALUES ('{name}', '{value}');"]),
    "markdown": (["README.md", "docs/setup.md", "INSTALL.rst"], ["- {name}: `{value}`", "    {NAME}={value}", "The {name} is `{value}`.", "| **{name}** | `{value}` |", "Log in as `admin` with {name} `{value}`.", '{name} = "{value}"']),
    "html": (["templates/login.html", "views/form.erb"], ['  <input type="text" name="{name}" value="{value}">', '  <label for="{name}">{value}</label>', "  <script>var {name} = '{value}';</script>"]),
    "locale": (["locales/de.json", "config/locales/fr.yml", "i18n/messages_es.properties", "lang/en.php"], ['  "{name}": "{value}",', "  {name}: {value}", "{name}={value}", "    '{name}' => '{value}',"]),
    "url": (["src/app.py", ".env", "README.md", "config.js", "docker-compose.yml"], ['DATABASE_URL = "postgres://app:{value}@db.internal:5432/app"', "REDIS_URL=redis://:{value}@cache:6379/0", "AMQP=amqp://worker:{value}@mq/", "  uri: mongodb+srv://root:{value}@cluster0.host.net/app", "git clone https://joe:{value}@git.host.net/app.git", "https://api.host.net/v1/list?{name}={value}&page=2"]),
    "prompt": ([None], ["{name}: {value}", '{name} = "{value}"', "my {name} is {value}", "{NAME}={value}", '"{name}": "{value}"', "here is the {name}: `{value}`"]),
}
AROUND = {
    "#": ["# Settings", "# TODO: move", "debug = true", "timeout = 30", "name = app"],
    "python": ["import os", "DEBUG = True", "HOST = 'localhost'", "USER = 'app'", "def connect():", "    return session", "TIMEOUT = 30"],
    "c-like": ["import config from './config';", "// settings", "const host = 'localhost';", "  user: 'app',", "  port: 5432,", "}", "function connect() {", "  return pool;"],
    "settings": ["host: localhost", "port: 5432", "user: app", "database: app", "debug: false", "timeout: 30", "name: service"],
    "prose": ["", "Some words about this.", "## Setup", "Run it, then open the page.", "Then log in."],
}
KINDS = {
    "javascript": "c-like", "java": "c-like", "csharp": "c-like", "go": "c-like", "kotlin-swift": "c-like", "rust": "c-like", "c": "c-like", "php": "c-like",
    "python": "python", "ruby": "#", "shell": "#", "powershell": "#", "docker": "#", "terraform": "#", "markdown": "prose", "prompt": "prose", "html": "prose",
}


def camel(name):
    parts = [part for part in name.replace("-", "_").replace(".", "_").split("_") if part]
    return "".join(part if any(c.islower() for c in part) and part[0].isupper() else part[0].upper() + part[1:] for part in (p.lower() if p.isupper() else p for p in parts))


def draw(values):
    """A name, a value, and whether the value is a credential."""
    choose = values.random.random
    if choose() < 0.5:
        names, value = values.random.choice([
            (PASSWORD_NAMES, values.password), (PASSWORD_NAMES, values.password), (TOKEN_NAMES, values.token),
            (KEY_NAMES, values.token), (SECRET_NAMES, values.secret),
        ])
        return values.random.choice(names), value(), True
    if choose() < 0.55:
        names = values.random.choice([PASSWORD_NAMES, TOKEN_NAMES, KEY_NAMES, SECRET_NAMES])
        return values.random.choice(names), values.nothing(), False
    name = values.random.choice(ABOUT_NAMES)
    return name, values.nothing() if choose() < 0.8 else values.token(), False


def line(form, values):
    """One line of a form, its credential's place in it if it has one."""
    name, value, true = draw(values)
    pattern = values.random.choice(FORMS[form][1])
    if form == "locale" and true:
        value, true = values.sentence(), False
    fields = {"name": name, "Name": camel(name), "NAME": name.replace("-", "_").replace(".", "_").upper(), "flag": name.replace("_", "-").replace(".", "-").lower(), "value": "\0"}
    if "-" in name or "." in name:
        if form not in ("yaml", "properties", "json", "url", "markdown", "prompt", "html", "xml", "shell"):
            fields["name"] = name.replace("-", "_").replace(".", "_")
    text = pattern.format(**fields)
    quoted = any(mark in pattern for mark in ('"{value}', "'{value}", "`{value}"))
    if not quoted and form != "locale":
        value = value.replace(" ", "_" if values.random.random() < 0.5 else "").replace("#", "1").replace(";", "2")
    value = value.replace('"', "").replace("'", "").replace("`", "").replace("\\", "")
    if "://" in pattern:
        value = value.replace("@", "1").replace("/", "2").replace(" ", "").replace("?", "3").replace("#", "4").replace(":", "5")
        # In front of a host, what is no credential is a placeholder, and those never reach the model.
        true = true or "?{name}" not in pattern
    at = text.index("\0")
    text = text.replace("\0", value)
    return text, (at, at + len(value)) if true else None


def file(form, values):
    paths, _ = FORMS[form]
    around = AROUND[KINDS.get(form.removesuffix("-test"), "settings")]
    text, spans = "", []
    for _ in range(values.random.randint(1, 4)):
        for _ in range(values.random.randint(0, 3)):
            text += values.random.choice(around) + "\n"
        written, span = line(form, values)
        if span:
            start = len((text + written[: span[0]]).encode())
            spans.append([start, start + len(written[span[0] : span[1]].encode())])
        text += written + "\n"
    row = {"source": f"generated-{form}", "text": text, "spans": spans}
    path = values.random.choice(paths)
    if path is not None and values.random.random() > 0.1:
        row["path"] = path
    return row


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--files", type=int, default=3000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    values = Values(random.Random(options.seed))
    forms = sorted(FORMS)
    for number in range(options.files):
        print(json.dumps(file(forms[number % len(forms)], values), ensure_ascii=False))


if __name__ == "__main__":
    main()
