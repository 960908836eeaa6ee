"""
The flags from which a plan is made, shared by ``run`` and ``inspect``: declared once, with sections for ``--help``.
"""

from collections.abc import Callable
from typing import Any, TypeVar

import click

from ywstorm.cli.names import ScenarioName, ScriptName
from ywstorm.script.flags import Flags

__all__ = ["SETTINGS", "SectionedCommand", "flags_of", "option", "plan_options"]

F = TypeVar("F", bound=Callable[..., Any])

SETTINGS = {"auto_envvar_prefix": "YWSTORM", "help_option_names": ["-h", "--help"]}


class _Listed(click.types.StringParamType):
    """Text with blanks in it, of which a variable holds several separated by semicolons."""

    envvar_list_splitter = ";"


class _SectionedOption(click.Option):
    """An option that knows under which heading ``--help`` shows it."""

    def __init__(self, *args: Any, section: str, bare: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.section = section
        self.bare = bare  # what it means without a value, which then has to follow a "="


class SectionedCommand(click.Command):
    """A command whose ``--help`` has its options under headings, in the order of their declaration."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Give options that may stand alone their value: click would take the next word for it."""
        options = [parameter for parameter in self.params if isinstance(parameter, _SectionedOption)]
        bare = {name: option.bare for option in options if option.bare for name in option.opts}
        return super().parse_args(ctx, [f"{word}={bare[word]}" if word in bare else word for word in args])

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        options = [parameter for parameter in self.get_params(ctx) if isinstance(parameter, click.Option)]
        sections: dict[str, list[tuple[str, str]]] = {}
        for parameter in sorted(options, key=lambda each: not isinstance(each, _SectionedOption)):  # --help: the last
            record = parameter.get_help_record(ctx)
            if record is not None:
                sections.setdefault(getattr(parameter, "section", "Other"), []).append(record)
        for section, records in sections.items():
            with formatter.section(section):
                formatter.write_dl(records)


def option(section: str, *names: str, **attributes: Any) -> Callable[[F], F]:
    """Declare an option under a heading; the rest is as in ``click.option``."""
    return click.option(*names, cls=_SectionedOption, section=section, **attributes)


def _path(section: str, name: str, **attributes: Any) -> Callable[[F], F]:
    """Declare an option that takes a file, which shells complete and we check."""
    return option(section, name, type=click.Path(), metavar="FILE", **attributes)


_PLAN, _REQUESTS, _TLS, _JUDGE = "Plan", "Requests", "TLS", "Judgement"

_CHOICES = ["per_vu", "shared", "per_iteration", "per_request"]

_DECLARATIONS: tuple[Callable[[Any], Any], ...] = (
    option(
        _PLAN,
        "--scenario",
        type=ScenarioName(),
        multiple=True,
        metavar="NAME",
        help="Run this one; repeatable. Default: all.",
    ),
    option(_PLAN, "-u", "--vus", type=int, metavar="N", help="VUs of the one scenario; of a ramp, its peak."),
    option(_PLAN, "-d", "--duration", metavar="DURATION", help="Its duration: 1m30s, or seconds; stages are scaled."),
    option(_PLAN, "-i", "--iterations", type=int, metavar="N", help="Let its VUs share this many iterations."),
    option(_PLAN, "-s", "--stage", multiple=True, metavar="5s:50", help="Make it a ramp of these stages; repeatable."),
    option(_PLAN, "--graceful-stop", metavar="DURATION", help="What running iterations get at the end."),
    option(_PLAN, "--workers", default="auto", show_default=True, metavar="auto|N", help="Processes; one per core."),
    option(_PLAN, "--no-setup", is_flag=True, help="Do not run setup()."),
    option(_PLAN, "--no-teardown", is_flag=True, help="Do not run teardown()."),
    option(_PLAN, "-e", "--env", multiple=True, metavar="NAME=VALUE", help="A variable for the script; repeatable."),
    option(_PLAN, "--seed", type=int, metavar="N", help="What the random numbers of all VUs follow from."),
    option(_REQUESTS, "--base-url", metavar="URL", help="What relative URLs are appended to."),
    option(_REQUESTS, "--timeout", metavar="DURATION", help="Total time of one request."),
    option(_REQUESTS, "--max-redirects", type=int, metavar="N", help="Redirects that a request follows; 0: none."),
    option(_REQUESTS, "--user-agent", metavar="TEXT", help="The User-Agent header; empty sends none."),
    option(_REQUESTS, "--expected-statuses", metavar="LIST", help="What is no failure: 200-299,404."),
    option(_REQUESTS, "--discard-response-bodies", is_flag=True, help="Do not keep bodies."),
    option(_REQUESTS, "--reset-cookies", is_flag=True, help="Begin each iteration without cookies."),
    option(_REQUESTS, "--connections", type=click.Choice(_CHOICES), help="Who keeps and uses them."),
    option(_REQUESTS, "--no-connection-reuse", is_flag=True, help="The same as --connections per_request."),
    option(_REQUESTS, "--no-vu-connection-reuse", is_flag=True, help="The same as --connections per_iteration."),
    option(_REQUESTS, "--host", multiple=True, metavar="NAME=ADDRESS", help="Where a name leads; repeatable."),
    option(_REQUESTS, "--dns-ttl", metavar="DURATION", help="How long an address is used before it is asked again."),
    option(
        _REQUESTS, "--http-debug", bare="headers", metavar="[=full]", help="Print heads of requests; full: and bodies."
    ),
    option(_TLS, "--insecure-skip-tls-verify", "--insecure", is_flag=True, help="Accept any certificate."),
    _path(_TLS, "--ca-file", help="Trust these certificates (PEM)."),
    _path(_TLS, "--client-cert", help="Show this certificate (PEM)."),
    _path(_TLS, "--client-key", help="Its key, if it is in a file of its own."),
    option(
        _JUDGE, "--threshold", type=_Listed(), multiple=True, metavar="'METRIC: EXPR'", help="One more; repeatable."
    ),
    option(_JUDGE, "--no-thresholds", is_flag=True, help="Do not evaluate thresholds."),
    option(
        _JUDGE,
        *("--tag", "--tags", "tag"),
        multiple=True,
        metavar="KEY=VALUE",
        help="A tag of all samples; repeatable.",
    ),
)


def plan_options(function: F) -> F:
    """Give a command the argument SCRIPT|SUITE and all flags that decide what runs, how, and what it is judged by."""
    for declare in reversed(_DECLARATIONS):
        function = declare(function)
    argument: Callable[[F], F] = click.argument("script", metavar="SCRIPT|SUITE", type=ScriptName())
    return argument(function)


def flags_of(given: dict[str, Any], **others: Any) -> Flags:
    """
    Put click's parameters, which are named after the variables, into our words.

    Args:
        given: What a command of `plan_options` got beside the script.
        others: Further fields of Flags.
    """
    renamed = dict(given)
    return Flags(
        scenarios=renamed.pop("scenario"),
        stages=tuple(stage for text in renamed.pop("stage") for stage in text.split(",")),
        tags=renamed.pop("tag"),
        thresholds=renamed.pop("threshold"),
        hosts=renamed.pop("host"),
        discard_bodies=renamed.pop("discard_response_bodies"),
        insecure=renamed.pop("insecure_skip_tls_verify"),
        run_setup=not renamed.pop("no_setup"),
        run_teardown=not renamed.pop("no_teardown"),
        has_thresholds=not renamed.pop("no_thresholds"),
        **renamed,
        **others,
    )
