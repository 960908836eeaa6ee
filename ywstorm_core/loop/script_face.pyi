from collections.abc import Iterable, Mapping
from types import TracebackType
from typing import Any, NoReturn, Self, TypeAlias, final

from ywstorm_core.loop.exchange import Exchange
from ywstorm_core.loop.pending import Sleep
from ywstorm_core.loop.scenario import Scenario
from ywstorm_core.loop.task import CoroutineTask

__all__ = ["AbortRun", "Group", "ScriptFace"]

_Scalar: TypeAlias = str | bytes | float | None
_Params: TypeAlias = str | Mapping[str, _Scalar | list[Any] | tuple[_Scalar, ...]] | Iterable[tuple[str, _Scalar]]
_Headers: TypeAlias = Mapping[str, str | bytes | float]
_Body: TypeAlias = str | bytes | bytearray | memoryview
_Tags: TypeAlias = Mapping[str, str | float]

class AbortRun(BaseException):
    """`vu.abort` ends the run with it. Not an Exception, so that a script's `except Exception` lets it through."""

@final
class Group:
    """What `vu.group` returns."""

    def __enter__(self) -> Self: ...
    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None
    ) -> bool: ...

class ScriptFace(CoroutineTask):
    """The half of a virtual user that scripts know: see `VirtualUser`."""

    @property
    def id(self) -> int:
        """1 …, unique in the run and the same for any number of workers; 0 in setup and teardown."""
    @property
    def iteration(self) -> int:
        """0 …, counted by this virtual user."""
    @property
    def scenario(self) -> str:
        """Name of the scenario."""
    @property
    def scenario_context(self) -> Scenario:
        """The scenario's run-time side; scripts have no use for it."""
    @property
    def state(self) -> dict[str, Any]:
        """The script's own values of this virtual user, kept from one iteration to the next."""
    @property
    def data(self) -> Any:
        """What setup() returned: one object for all virtual users of a worker, not to be changed. None without one."""
    @property
    def env(self) -> dict[str, str]:
        """The OS environment, `-e` and the scenario's own variables, the latter winning."""
    @property
    def tags(self) -> dict[str, Any]:
        """Tags of every request, check and metric of this virtual user from now on; change it as needed."""
    def request(
        self,
        method: str,
        url: str,
        *,
        name: str | None = None,
        params: _Params | None = None,
        headers: _Headers | None = None,
        json: Any = None,
        form: _Params | None = None,
        body: _Body | None = None,
        tags: _Tags | None = None,
        timeout: float | str | None = None,
    ) -> Exchange:
        """
        Send a request now; `await` what this returns for the Response.

        A failure to connect, send or read does not raise: the Response then has status 0 and an `error`.

        Args:
            method: Such as "GET"; sent in upper case.
            url: A path, appended to the base URL ("http://h/api" and "/me" give "http://h/api/me"), or an absolute
                http URL.
            name: Tag `name`; by default the URL's path without query. Give one where paths hold ids.
            params: Appended as a query: lists repeat a name, None leaves one out.
            headers: Names in any case; Content-Length and Transfer-Encoding follow from the body and are refused.
            json: Body, sent as application/json. None sends none: give body=b"null" for that.
            form: Body, sent as application/x-www-form-urlencoded; written like *params*.
            body: Body; text is sent as UTF-8 with Content-Type text/plain unless *headers* says otherwise.
            tags: More tags of this request; they win over those of `vu.tags`.
            timeout: From the call to the last byte: seconds, 0 to 4e9, or text such as "1m30s"; by default that of
                `options()`, 60 s.

        Raises:
            ValueError: A URL, header, method or time-out that cannot be sent, or two bodies; nothing was sent.
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
        timeout: float | str | None = None,
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
        timeout: float | str | None = None,
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
        form: _Params | None = None,
        body: _Body | None = None,
        tags: _Tags | None = None,
        timeout: float | str | None = None,
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
        form: _Params | None = None,
        body: _Body | None = None,
        tags: _Tags | None = None,
        timeout: float | str | None = None,
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
        form: _Params | None = None,
        body: _Body | None = None,
        tags: _Tags | None = None,
        timeout: float | str | None = None,
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
        form: _Params | None = None,
        body: _Body | None = None,
        tags: _Tags | None = None,
        timeout: float | str | None = None,
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
        form: _Params | None = None,
        body: _Body | None = None,
        tags: _Tags | None = None,
        timeout: float | str | None = None,
    ) -> Exchange:
        """Send a DELETE: see `request`."""
    def check(self, name: str, ok: object, tags: _Tags | None = None) -> bool:
        """
        Count whether something is as it should be, in `checks`. A failed check fails nothing by itself.

        Args:
            name: Tag `check`.
            ok: Its truth value counts.

        Returns:
            That truth value, so that a script can go on from it.
        """
    def group(self, name: str) -> Group:
        """
        Tag what happens inside a `with` block with `group`, and add its length to `group_duration`.

        Groups nest: "checkout" inside "shop" is "shop::checkout".
        """
    def sleep(self, seconds: float | str) -> Sleep:
        """
        Pause: `await vu.sleep(1.5)`. Ends on an absolute deadline, counted from this call, and never early.

        Args:
            seconds: 0 to 4e9, or text such as "1m30s"; 0 lets others run.

        Raises:
            ValueError: Negative, NaN or too large, or no duration.
            TypeError: Neither a number nor text.
        """
    def abort(self, reason: object = "") -> NoReturn:
        """
        End the whole run: iterations get graceful_stop, teardown runs, the exit code is 108.

        Raises:
            AbortRun: Always.
        """
    def fail(self, reason: object = "") -> None:
        """Let the run go on and end with exit code 110, *reason* in its summary."""
