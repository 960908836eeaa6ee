from collections.abc import AsyncIterable, Iterable, Mapping, Sequence
from typing import Any, Protocol, TypeAlias, overload, type_check_only

from ywstorm_core.loop.batch import Batch
from ywstorm_core.loop.exchange import Exchange
from ywstorm_core.loop.scenario import Scenario
from ywstorm_core.loop.task import CoroutineTask
from ywstorm_core.net.cookies import CookieJar
from ywstorm_core.net.multipart import Form
from ywstorm_core.net.statuses import Statuses

__all__ = ["RequestFace"]

@type_check_only
class _Timeouts(Protocol):
    def to_dict(self) -> dict[str, Any]: ...

_Scalar: TypeAlias = str | bytes | float | None
_Params: TypeAlias = str | Mapping[str, _Scalar | list[Any] | tuple[_Scalar, ...]] | Iterable[tuple[str, _Scalar]]
_Form: TypeAlias = _Params | Form
_Headers: TypeAlias = Mapping[str, str | bytes | float]
_Piece: TypeAlias = str | bytes | bytearray | memoryview
_Body: TypeAlias = _Piece | Iterable[_Piece] | AsyncIterable[_Piece]
_Tags: TypeAlias = Mapping[str, str | float]
_Timeout: TypeAlias = float | str | _Timeouts | Mapping[str, float | str | None]
_Auth: TypeAlias = str | tuple[str, str]
_Item: TypeAlias = str | tuple[str, str] | tuple[str, str, dict[str, Any]]

class RequestFace(CoroutineTask):
    """The part of a virtual user that makes requests: see `VirtualUser`."""

    @property
    def id(self) -> int:
        """1 …, unique in the run and the same for any number of workers; 0 in setup and teardown."""
    @property
    def scenario_context(self) -> Scenario:
        """The scenario's run-time side; scripts have no use for it."""
    @property
    def cookies(self) -> CookieJar:
        """What servers have set for this virtual user, and the script: sent back as browsers do it."""
    def request(
        self,
        method: str,
        url: str,
        *,
        name: str | None = None,
        params: _Params | None = None,
        headers: _Headers | None = None,
        json: Any = None,
        form: _Form | None = None,
        body: _Body | None = None,
        tags: _Tags | None = None,
        timeout: _Timeout | None = None,
        redirects: int | None = None,
        auth: _Auth | None = None,
        expected_statuses: Statuses | None = None,
    ) -> Exchange:
        """
        Send a request now; `await` what this returns for the Response.

        A failure to connect, send or read does not raise: the Response then has status 0 and an `error`.

        Args:
            method: Such as "GET"; sent in upper case.
            url: A path, appended to the base URL ("http://h/api" and "/me" give "http://h/api/me"), or an absolute
                http or https URL.
            name: Tag `name`; by default the URL's path without query. Give one where paths hold ids.
            params: Appended as a query: lists repeat a name, None leaves one out.
            headers: Names in any case; Content-Length and Transfer-Encoding follow from the body and are refused.
            json: Body, sent as application/json. None sends none: give body=b"null" for that.
            form: Body, sent as application/x-www-form-urlencoded; as multipart/form-data if a value is a `File`.
            body: Body; text is sent as UTF-8 with Content-Type text/plain unless *headers* says otherwise. An iterable
                or asynchronous iterable of pieces is sent in chunks, as fast as the connection takes them.
            tags: More tags of this request; they win over those of `vu.tags`.
            timeout: From the call to the last byte, redirects included: seconds, 0 to 4e9, or text such as "1m30s";
                or `Timeouts`, by phase. By default that of `options()`, 60 s.
            redirects: How many are followed, 0 to 100; by default `max_redirects` of `options()`. Each is a request of
                its own in all figures; the Response is the last one's.
            auth: ("user", "password") for Basic, "token" for Bearer.
            expected_statuses: Answers that are no failure: 200, "200-399", range(200, 400), or a list of these.

        Raises:
            ValueError: A URL, header, method or other value that cannot be sent, or two bodies; nothing was sent.
            TypeError: A value of another type.
            RuntimeError: This virtual user has ended.
        """
    def get(
        self,
        url: str,
        *,
        name: str | None = None,
        params: _Params | None = None,
        headers: _Headers | None = None,
        tags: _Tags | None = None,
        timeout: _Timeout | None = None,
        redirects: int | None = None,
        auth: _Auth | None = None,
        expected_statuses: Statuses | None = None,
    ) -> Exchange:
        """Send a GET: see `request`."""
    def head(
        self,
        url: str,
        *,
        name: str | None = None,
        params: _Params | None = None,
        headers: _Headers | None = None,
        tags: _Tags | None = None,
        timeout: _Timeout | None = None,
        redirects: int | None = None,
        auth: _Auth | None = None,
        expected_statuses: Statuses | None = None,
    ) -> Exchange:
        """Send a HEAD: see `request`."""
    def options(
        self,
        url: str,
        *,
        name: str | None = None,
        params: _Params | None = None,
        headers: _Headers | None = None,
        json: Any = None,
        form: _Form | None = None,
        body: _Body | None = None,
        tags: _Tags | None = None,
        timeout: _Timeout | None = None,
        redirects: int | None = None,
        auth: _Auth | None = None,
        expected_statuses: Statuses | None = None,
    ) -> Exchange:
        """Send an OPTIONS: see `request`."""
    def post(
        self,
        url: str,
        *,
        name: str | None = None,
        params: _Params | None = None,
        headers: _Headers | None = None,
        json: Any = None,
        form: _Form | None = None,
        body: _Body | None = None,
        tags: _Tags | None = None,
        timeout: _Timeout | None = None,
        redirects: int | None = None,
        auth: _Auth | None = None,
        expected_statuses: Statuses | None = None,
    ) -> Exchange:
        """Send a POST: see `request`."""
    def put(
        self,
        url: str,
        *,
        name: str | None = None,
        params: _Params | None = None,
        headers: _Headers | None = None,
        json: Any = None,
        form: _Form | None = None,
        body: _Body | None = None,
        tags: _Tags | None = None,
        timeout: _Timeout | None = None,
        redirects: int | None = None,
        auth: _Auth | None = None,
        expected_statuses: Statuses | None = None,
    ) -> Exchange:
        """Send a PUT: see `request`."""
    def patch(
        self,
        url: str,
        *,
        name: str | None = None,
        params: _Params | None = None,
        headers: _Headers | None = None,
        json: Any = None,
        form: _Form | None = None,
        body: _Body | None = None,
        tags: _Tags | None = None,
        timeout: _Timeout | None = None,
        redirects: int | None = None,
        auth: _Auth | None = None,
        expected_statuses: Statuses | None = None,
    ) -> Exchange:
        """Send a PATCH: see `request`."""
    def delete(
        self,
        url: str,
        *,
        name: str | None = None,
        params: _Params | None = None,
        headers: _Headers | None = None,
        json: Any = None,
        form: _Form | None = None,
        body: _Body | None = None,
        tags: _Tags | None = None,
        timeout: _Timeout | None = None,
        redirects: int | None = None,
        auth: _Auth | None = None,
        expected_statuses: Statuses | None = None,
    ) -> Exchange:
        """Send a DELETE: see `request`."""
    @overload
    def batch(self, requests: Mapping[str, _Item]) -> Batch:
        """
        Send several requests at once; `await` this for their Responses, in the same order or under the same keys.

        At most 6 run at once against one server; the others wait for their turn, which they show as `blocked`.

        Args:
            requests: Each is a URL to GET, or a method, a URL and, if needed, a dict of the keywords of `request`.

        Raises:
            ValueError, TypeError: One of them cannot be sent; nothing was.
        """
    @overload
    def batch(self, requests: Sequence[_Item]) -> Batch: ...
    def prepare(
        self,
        method: str,
        url: str,
        *,
        name: str | None = None,
        params: _Params | None = None,
        headers: _Headers | None = None,
        json: Any = None,
        form: _Form | None = None,
        body: _Body | None = None,
        tags: _Tags | None = None,
        timeout: _Timeout | None = None,
        redirects: int | None = None,
        auth: _Auth | None = None,
        expected_statuses: Statuses | None = None,
    ) -> Exchange:
        """Make a request without sending it; for `batch`, not for scripts."""
