# As much of the interface of `requests` as scripts use, on top of what every Python has.
import json as _json
import urllib.error
import urllib.parse
import urllib.request

__version__ = "2.32.3"


class RequestException(IOError):
    pass


class HTTPError(RequestException):
    pass


class ConnectionError(RequestException):
    pass


class Timeout(RequestException):
    pass


class exceptions:
    RequestException, HTTPError, ConnectionError, Timeout = RequestException, HTTPError, ConnectionError, Timeout


class Response:
    def __init__(self, url, status, headers, content):
        self.url, self.status_code, self.headers, self.content = url, status, headers, content
        self.encoding, self.reason = "utf-8", ""

    @property
    def text(self):
        return self.content.decode("utf-8", "replace")

    @property
    def ok(self):
        return self.status_code < 400

    def json(self, **_):
        return _json.loads(self.content)

    def raise_for_status(self):
        if not self.ok:
            raise HTTPError(str(self.status_code))

    def iter_content(self, size=1024, **_):
        yield self.content

    def iter_lines(self, **_):
        yield from self.content.splitlines()

    def close(self):
        pass

    __enter__ = lambda self: self
    __exit__ = lambda self, *_: None


def request(method, url, params=None, data=None, json=None, headers=None, auth=None, files=None, timeout=None, **_):
    headers = dict(headers or {})
    headers.setdefault("User-Agent", "python-requests/" + __version__)
    headers.setdefault("Accept", "*/*")
    if params:
        pairs = urllib.parse.urlencode(params, doseq=True) if not isinstance(params, str) else params
        url += ("&" if "?" in url else "?") + pairs
    body = None
    if json is not None:
        body = _json.dumps(json).encode()
        headers.setdefault("Content-Type", "application/json")
    elif files:
        values = files.values() if isinstance(files, dict) else [value for _, value in files]
        body = b""
        for value in values:
            value = value[1] if isinstance(value, tuple) else value
            value = value.read() if hasattr(value, "read") else value
            body += (value.encode() if isinstance(value, str) else value) + b"\n"
    elif data is not None:
        if hasattr(data, "read"):
            data = data.read()
        if not isinstance(data, (bytes, str)):
            data = urllib.parse.urlencode(data, doseq=True)
        body = data.encode() if isinstance(data, str) else data
    if isinstance(auth, tuple):
        import base64

        headers["Authorization"] = "Basic " + base64.b64encode(":".join(auth).encode()).decode()
    asked = urllib.request.Request(url, data=body, headers=headers, method=method.upper())
    try:
        with urllib.request.urlopen(asked, timeout=timeout if isinstance(timeout, (int, float)) else 10) as answer:
            return Response(url, answer.status, dict(answer.headers), answer.read())
    except urllib.error.HTTPError as error:
        return Response(url, error.code, dict(error.headers), error.read())
    except OSError as error:
        raise ConnectionError(str(error))


def get(url, params=None, **rest):
    return request("GET", url, params=params, **rest)


def post(url, data=None, json=None, **rest):
    return request("POST", url, data=data, json=json, **rest)


def put(url, data=None, **rest):
    return request("PUT", url, data=data, **rest)


def patch(url, data=None, **rest):
    return request("PATCH", url, data=data, **rest)


def delete(url, **rest):
    return request("DELETE", url, **rest)


def head(url, **rest):
    return request("HEAD", url, **rest)


class Session:
    def __init__(self):
        self.headers, self.auth, self.params, self.verify = {}, None, {}, True

    def request(self, method, url, headers=None, **rest):
        return request(method, url, headers={**self.headers, **(headers or {})}, auth=rest.pop("auth", self.auth), **rest)

    def get(self, url, **rest):
        return self.request("GET", url, **rest)

    def post(self, url, data=None, json=None, **rest):
        return self.request("POST", url, data=data, json=json, **rest)

    def put(self, url, **rest):
        return self.request("PUT", url, **rest)

    def delete(self, url, **rest):
        return self.request("DELETE", url, **rest)

    def mount(self, *_):
        pass

    def close(self):
        pass

    __enter__ = lambda self: self
    __exit__ = lambda self, *_: None


session = Session
