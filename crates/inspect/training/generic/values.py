"""Values as people and programs make them: passwords, tokens, keys, and what stands in the same places and is none."""

import base64
import string

WORDS = """apple river stone tiger rocket winter summer coffee guitar monkey dragon silver shadow purple orange banana
pepper cookie falcon thunder wizard castle garden bridge hammer pencil window mirror basket turtle rabbit salmon copper
marble velvet ginger violet amber cactus desert island harbor anchor compass lantern candle whisper breeze sunset
moonlight galaxy planet meteor comet quartz ruby jasper maple cedar willow birch meadow valley canyon glacier lagoon
spirit phantom raven eagle sparrow badger otter panda koala lemur bison moose puffin walrus narwhal lobster""".split()
NAMES = """anna peter laura martin sofia daniel emma lucas julia marco elena victor nina oscar maria pavel irina carlos
lucia andrei yuki chen wei priya arjun fatima omar leila hans greta pierre chloe diego""".split()
DEFAULTS = """admin root test guest postgres mysql secret user toor oracle tiger redis rabbitmq demo default manager
system public sa vagrant welcome letmein qwerty abc123 123456 12345678 111111 passw0rd admin123 root123 test123
test1234 guest123 1q2w3e4r qwerty123 master hello superuser dbadmin tomcat jenkins""".split()
WALKS = "qwerty asdfgh zxcvbn qazwsx 1qaz2wsx q1w2e3r4 asdf1234 qweasd zaq12wsx poiuyt 1qazxsw2".split()
LEET = str.maketrans("aeios", "4310$")


class Values:
    """Draws values with one generator of random numbers, so that a seed decides all of them."""

    def __init__(self, random):
        self.random = random

    def text(self, alphabet, least, most):
        return "".join(self.random.choice(alphabet) for _ in range(self.random.randint(least, most)))

    def number(self):
        return self.random.choice([str(self.random.randint(1, 99)), str(self.random.randint(1960, 2026)), "1", "12", "123", "1234", "007", "42"])

    def sign(self):
        return self.random.choice(["!", "!!", "#", "$", "@", "?", "*", "%", ".", "-", "_", "+", "&"])

    def word(self):
        word = self.random.choice(WORDS if self.random.random() < 0.7 else NAMES)
        return self.random.choice([word, word, word.capitalize(), word.upper()])

    def password(self):
        """A password that a person has chosen, or a program for them."""
        draw = self.random.random()
        word, other = self.word(), self.word()
        if draw < 0.14:
            return self.random.choice(DEFAULTS)
        if draw < 0.30:
            return word + self.number()
        if draw < 0.42:
            return word.capitalize() + self.random.choice(["", self.sign()]) + self.number() + self.sign()
        if draw < 0.50:
            return (word + self.random.choice(["", other])).translate(LEET) + self.random.choice(["", self.number(), self.sign()])
        if draw < 0.57:
            return word + self.random.choice(["", "-", "_", ".", ""]) + other + self.random.choice(["", self.number()])
        if draw < 0.63:
            return self.random.choice(WALKS) + self.random.choice(["", self.number(), self.sign()])
        if draw < 0.67:
            return self.random.choice(["my", "the", "i", "love"]) + word + self.random.choice(["pass", "pwd", "pw", self.number()])
        if draw < 0.71:
            return self.random.choice(["db", "app", "dev", "prod", "ftp"]) + self.random.choice(["pass", "pwd", "secret", "user"]) + self.number()
        if draw < 0.75:
            return self.random.choice([" ", "-", ""]).join(self.random.choice(WORDS) for _ in range(self.random.randint(3, 4)))
        if draw < 0.78:
            return self.text(string.digits, 4, 10)
        if draw < 0.90:
            return self.text(string.ascii_letters + string.digits, 8, 16)
        return self.text(string.ascii_letters + string.digits + "!#$%&*+-.:;=?@^_~", 8, 20)

    def token(self):
        """A token or key that a program has drawn."""
        draw = self.random.random()
        if draw < 0.25:
            return self.text("0123456789abcdef", 1, 1) + self.text("0123456789abcdef", *self.random.choice([(31, 31), (39, 39), (63, 63), (15, 15), (23, 23)]))
        if draw < 0.50:
            return self.text(string.ascii_letters + string.digits, 16, 48)
        if draw < 0.65:
            return base64.b64encode(self.random.randbytes(self.random.randint(12, 48))).decode()
        if draw < 0.75:
            return base64.urlsafe_b64encode(self.random.randbytes(self.random.randint(16, 40))).decode().rstrip("=")
        if draw < 0.83:
            return self.random.choice(["tok", "key", "app", "live", "svc", "pk", "usr"]) + self.random.choice(["_", "-"]) + self.text(string.ascii_letters + string.digits, 16, 32)
        if draw < 0.90:
            return self.text(string.ascii_uppercase + "234567", 16, 32)
        return self.text(string.ascii_lowercase + string.digits, 10, 25)

    def secret(self):
        """What signs cookies and tokens: drawn, or chosen."""
        draw = self.random.random()
        if draw < 0.35:
            return self.token()
        if draw < 0.55:
            return self.text(string.ascii_lowercase + string.digits + "!@#$%^&*(-_=+)", 50, 50)
        if draw < 0.80:
            return self.password()
        return "-".join(self.random.choice(WORDS) for _ in range(2)) + "-" + self.number()

    def identifier(self):
        """A name of something in a program."""
        parts = self.random.sample("""user account reset login form field name value input client server access api
            request response session config service provider handler manager type mode state store cache header label
            page view list item event role group policy scope grant flow method level entry model table column""".split(), self.random.randint(1, 3))
        credential = self.random.choice(["password", "token", "secret", "key", "auth", "credential", ""])
        if credential:
            parts.insert(self.random.randint(0, len(parts)), credential)
        style = self.random.random()
        if style < 0.35:
            return "_".join(parts)
        if style < 0.55:
            return parts[0] + "".join(part.capitalize() for part in parts[1:])
        if style < 0.70:
            return "".join(part.capitalize() for part in parts)
        if style < 0.82:
            return "-".join(parts)
        if style < 0.92:
            return ".".join(parts)
        return "_".join(parts).upper()

    def sentence(self):
        """A text that is shown to somebody."""
        return self.random.choice([
            "Enter your password", "Password", "Confirm password", "Your password has expired", "Forgot your password?", "New password",
            "Passwords do not match", "Invalid token", "Access token", "API key", "Secret key", "The token is not valid", "Please log in",
            "Passwort", "Mot de passe", "Contraseña", "Wachtwoord", "Hasło", "Senha", "Пароль", "Heslo", "Geheimnis", "Clave de acceso",
            "Reset", "Change", "Required", "Wrong password", "Show password", "Current password", "Login failed", "Sign in",
            "Passwort vergessen", "Jeton invalide", "Ungültig", "Nouveau mot de passe", "Must be at least 8 characters",
        ])

    def constant(self):
        """A word that sets something other than a credential."""
        return self.random.choice([
            "aes-256-cbc", "HS512", "sha512", "scrypt", "openid", "openid profile", "read:user", "user.read", "text/plain", "application/json",
            "X-Auth-Token", "X-Api-Key", "authorization-token", "urn:oauth:token", "/oauth/token", "/run/secrets/db", "secrets/db.txt",
            "keys/server.key", "invalid", "wrong", "missing", "expired", "primary", "secondary", "id", "uid", "sub", "email", "username",
            "lax", "strict", "httponly", "local", "remote", "redis-store", "memory", "file", "database", "vault", "keychain", "env",
            "hashed", "hidden-input", "form-control", "fa-key", "btn-reset", "password-input", "E1001", "ERR_AUTH", "auth/wrong-password",
            "errors.password.blank", "login.password.label", "v1", "v2beta1", "rw", "always", "2h", "30d", "3600", "86400", "1024", "256",
        ])

    def nothing(self):
        """A value that is no credential wherever it stands."""
        draw = self.random.random()
        if draw < 0.45:
            return self.identifier()
        if draw < 0.70:
            return self.sentence()
        return self.constant()
