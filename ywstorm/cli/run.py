"""``ywstorm run``: from the command line to the exit code."""

import os
import sys
from contextlib import ExitStack
from dataclasses import replace
from typing import Any

import click

from ywstorm.cli.output import ends_well, say, warn
from ywstorm.cli.with_target import TargetProcess, base_url_conflicts, running_target
from ywstorm.errors import OptionsError
from ywstorm.live.lines import ProgressLines, output_line
from ywstorm.master.run import Outcome, execute
from ywstorm.report.json import write_summary
from ywstorm.report.text import render_text
from ywstorm.script.flags import Flags
from ywstorm.script.loader import load_script
from ywstorm.script.run_plan import RunPlan, resolve
from ywstorm.units import format_count
from ywstorm.verdict.exits import ExitCode, exit_code

__all__ = ["run"]

_SETTINGS = {"auto_envvar_prefix": "YWSTORM", "help_option_names": ["-h", "--help"]}


class _Listed(click.types.StringParamType):
    """Text with blanks in it, of which a variable holds several separated by semicolons."""

    envvar_list_splitter = ";"


@click.command(context_settings=_SETTINGS)
@click.argument("script", metavar="SCRIPT|SUITE")
@click.option("--scenario", multiple=True, metavar="NAME", help="Run this one; repeatable. Default: all.")
@click.option("-u", "--vus", type=int, metavar="N", help="VUs of the one scenario; a ramp is scaled to this peak.")
@click.option("-d", "--duration", metavar="DURATION", help="Its duration: 1m30s, or seconds; stages are scaled.")
@click.option("-i", "--iterations", type=int, metavar="N", help="Let its VUs share this many iterations.")
@click.option("--stage", multiple=True, metavar="5s:50", help="Make it a ramp of these stages; repeatable.")
@click.option("-e", "--env", multiple=True, metavar="NAME=VALUE", help="A variable for the script; repeatable.")
@click.option("--tag", "--tags", "tag", multiple=True, metavar="KEY=VALUE", help="A tag of all samples; repeatable.")
@click.option("--threshold", type=_Listed(), multiple=True, metavar="'METRIC: EXPR'", help="One more; repeatable.")
@click.option("--base-url", metavar="URL", help="What relative URLs are appended to.")
@click.option("--workers", default="auto", show_default=True, metavar="auto|N", help="Processes; auto: one per core.")
@click.option("--with-target", is_flag=True, help="Run against the reference API, started for this run.")
@click.option("--graceful-stop", metavar="DURATION", help="What running iterations get at the end.")
@click.option("--timeout", metavar="DURATION", help="Total time of one request.")
@click.option("--insecure-skip-tls-verify", is_flag=True, help="Accept any certificate.")
@click.option("--no-setup", is_flag=True, help="Do not run setup().")
@click.option("--no-teardown", is_flag=True, help="Do not run teardown().")
@click.option("--no-thresholds", is_flag=True, help="Do not evaluate thresholds.")
@click.option("--summary-trend-stats", metavar="LIST", help="Statistics of trends: avg,med,p(95),p(99.9).")
@click.option("--summary-export", metavar="FILE", help="Write the summary as JSON.")
@click.option("--no-color", is_flag=True, help="Print without colours.")
@click.option("-q", "--quiet", is_flag=True, help="Print no progress.")
@click.option("-v", "--verbose", is_flag=True, help="Print what helps to find a fault.")
@ends_well
def run(script: str, with_target: bool, no_color: bool, **given: Any) -> int:
    """
    Run a script or a suite: all scenarios, or those named.

    Every option has a variable: YWSTORM_VUS is --vus. A flag wins over its variable, and both over the script.
    Progress goes to stderr, the summary to stdout. Exit code 0 means that every promise was kept.
    """
    flags = _flags(given)
    with ExitStack() as stack:
        target: TargetProcess | None = None
        if with_target:
            conflicts = base_url_conflicts(flags.base_url, flags.variables())
            if conflicts:
                raise OptionsError([*conflicts, *flags.problems()])
            target = stack.enter_context(running_target())
            flags = replace(flags, base_url=target.url)
        outcome = _execute(resolve(load_script(script, flags.variables()), flags), target)
    code = _report(outcome, flags, has_color=not no_color)
    if target is not None and target.failure is not None:  # the run has its results all the same, and they are out
        raise target.failure
    return code


def _flags(given: dict[str, Any]) -> Flags:
    """Put click's parameters, which are named after the variables, into our words."""
    is_quiet, is_verbose = given.pop("quiet"), given.pop("verbose")
    return Flags(
        scenarios=given.pop("scenario"),
        stages=given.pop("stage"),
        tags=given.pop("tag"),
        thresholds=given.pop("threshold"),
        insecure=given.pop("insecure_skip_tls_verify"),
        run_setup=not given.pop("no_setup"),
        run_teardown=not given.pop("no_teardown"),
        has_thresholds=not given.pop("no_thresholds"),
        trend_stats=given.pop("summary_trend_stats"),
        verbosity=-1 if is_quiet else int(is_verbose),
        **given,
    )


def _execute(plan: RunPlan, target: TargetProcess | None) -> Outcome:
    """Run the plan, with progress and the workers' output on stderr."""
    for warning in plan.warnings:
        warn(warning)
    return execute(
        plan,
        on_progress=None if plan.verbosity < 0 else ProgressLines(say),
        on_output=lambda worker, text: say(output_line(worker, text)),
        read_target=None if target is None else target.counts,
    )


def _report(outcome: Outcome, flags: Flags, *, has_color: bool) -> int:
    """Print what came out, write it where it was asked for, and give the exit code."""
    for exception in outcome.exceptions:
        times = "once" if exception.count == 1 else f"{format_count(exception.count)} times"
        say(f"\n{exception.traceback.rstrip()}\n({times})")
    is_terminal = sys.stdout.isatty() and "NO_COLOR" not in os.environ
    click.echo(render_text(outcome.summary, color=has_color and is_terminal), nl=False, color=has_color and is_terminal)
    if flags.summary_export is None:
        return outcome.exit_code
    try:
        write_summary(outcome.summary, flags.summary_export)
    except OSError as error:
        say(f"error: --summary-export: {error}")
        return exit_code({ExitCode.NOT_DURABLE, ExitCode(outcome.exit_code)} - {ExitCode.PASSED})
    return outcome.exit_code
