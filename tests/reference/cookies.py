"""
A cookie jar without memory or haste: every cookie is compared with every request, by the sentences of RFC 6265 §5.4.

It reads Set-Cookie values with the parser of the jar it is held against: what it checks is which cookies are kept, sent
and forgotten, and in which order, whatever the jar remembers of former requests.
"""

from dataclasses import dataclass

from ywstorm_core.net.set_cookie import parse_set_cookie
from ywstorm_core.net.url import Url, parse_url

__all__ = ["SlowJar"]


@dataclass
class Kept:
    """A cookie in the list; its place there is its age."""

    name: str
    value: str
    domain: str
    path: str
    is_host_only: bool
    is_secure: bool
    expires_s: float


class SlowJar:
    """For host names of two and more labels, and without limits: the cookies are few."""

    def __init__(self) -> None:
        self.cookies: list[Kept] = []

    def take(self, at: str, value: str, now_s: float) -> None:
        """One Set-Cookie value of the answer to *at*."""
        self._forget_expired(now_s)
        url, read = parse_url(at), parse_set_cookie(value, now_s)
        if read is None or (read.is_secure and not url.is_tls):
            return
        directory = url.path_and_query.split("?")[0].rsplit("/", 1)[0] or "/"
        new = Kept(
            read.name,
            read.value,
            read.domain or url.host,
            read.path or directory,
            read.domain == "",
            read.is_secure,
            read.expires_s,
        )
        if not _is_within(url.host, new.domain) or "." not in new.domain:
            return
        if not url.is_tls and any(_is_hidden_by(old, new) for old in self.cookies):
            return
        for old in self.cookies:
            if (old.name, old.domain, old.path, old.is_host_only) == (new.name, new.domain, new.path, new.is_host_only):
                old.value, old.is_secure, old.expires_s = new.value, new.is_secure, new.expires_s
                break
        else:
            self.cookies.append(new)
        self._forget_expired(now_s)

    def header(self, asked: str, now_s: float) -> str | None:
        """Value of the Cookie field."""
        self._forget_expired(now_s)
        url = parse_url(asked)
        sent = [cookie for cookie in self.cookies if _is_for(cookie, url)]
        sent.sort(key=lambda cookie: len(cookie.path), reverse=True)  # stable: the older first
        return "; ".join(f"{cookie.name}={cookie.value}" for cookie in sent) or None

    def _forget_expired(self, now_s: float) -> None:
        self.cookies = [cookie for cookie in self.cookies if cookie.expires_s > now_s]


def _is_within(host: str, domain: str) -> bool:
    return host.split(".")[-len(domain.split(".")) :] == domain.split(".")


def _is_path_within(path: str, parent: str) -> bool:
    return path == parent or path.startswith(parent if parent.endswith("/") else parent + "/")


def _is_hidden_by(old: Kept, new: Kept) -> bool:
    return (
        old.is_secure
        and old.name == new.name
        and (_is_within(old.domain, new.domain) or _is_within(new.domain, old.domain))
        and _is_path_within(new.path, old.path)
    )


def _is_for(cookie: Kept, url: Url) -> bool:
    is_host = url.host == cookie.domain if cookie.is_host_only else _is_within(url.host, cookie.domain)
    is_path = _is_path_within(url.path_and_query.split("?")[0], cookie.path)
    return is_host and is_path and (url.is_tls or not cookie.is_secure)
