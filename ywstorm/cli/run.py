"""``ywstorm run``: from the command line to the exit code."""

import os
import sys
from contextlib import ExitStack
from dataclasses import replace
from typing import Any

import click

from ywstorm.cli.output import OutputError, ends_well, print_data, say, warn
from ywstorm.cli.plan_options import SETTINGS, SectionedCommand, flags_of, option, plan_options
from ywstorm.cli.progress import shown_progress
from ywstorm.cli.terminal import has_color
from ywstorm.cli.with_target import TargetProcess, base_url_conflicts, running_target, target_arguments
from ywstorm.errors import OptionsError, Problem
from ywstorm.live.lines import output_line
from ywstorm.master.run import Outcome, execute
from ywstorm.metrics.summary import Summary
from ywstorm.report.json import write_summary
from ywstorm.report.text import render_text
from ywstorm.script.flags import Flags
from ywstorm.script.loader import load_script
from ywstorm.script.run_plan import RunPlan, resolve
from ywstorm.units import format_count
from ywstorm.verdict.exits import ExitCode, exit_code

__all__ = ["run"]

_TARGET, _OUTPUT = "Target", "Output"


@click.command(cls=SectionedCommand, context_settings=SETTINGS)
@plan_options
@option(_TARGET, "--with-target", is_flag=True, help="Run against the reference API, started for this run.")
@option(_TARGET, "--target-args", metavar="'ARGS'", help="Its own flags, with --with-target: '--pool 10'.")
@option(_OUTPUT, "--summary-trend-stats", metavar="LIST", help="Statistics of trends: avg,med,p(95),p(99.9).")
@option(_OUTPUT, "--summary-export", type=click.Path(), metavar="FILE", help="Write the summary as JSON.")
@option(_OUTPUT, "--no-color", is_flag=True, help="Print without colours, as with the variable NO_COLOR.")
@option(_OUTPUT, "-q", "--quiet", is_flag=True, help="Print no progress.")
@option(_OUTPUT, "-v", "--verbose", is_flag=True, help="Print what helps to find a fault.")
@ends_well
def run(
    script: str,
    with_target: bool,
    target_args: str | None,
    summary_trend_stats: str | None,
    no_color: bool,
    quiet: bool,
    verbose: bool,
    **given: Any,
) -> int:
    """
    Run a script or a suite: all scenarios, or those named.

    Every option has a variable: YWSTORM_VUS is --vus. A flag wins over its variable, and both over the script.
    Progress goes to stderr, the summary to stdout. Exit code 0 means that every promise was kept.
    """
    flags = flags_of(given, trend_stats=summary_trend_stats, verbosity=-1 if quiet else int(verbose))
    with ExitStack() as stack:
        target: TargetProcess | None = None
        _check_target_flags(with_target, target_args, flags)
        if with_target:
            target = stack.enter_context(running_target(target_arguments(target_args)))
            flags = replace(flags, base_url=target.url)
        outcome = _execute(resolve(load_script(script, flags.variables()), flags), target, no_color=no_color)
    code = _report(outcome, flags, no_color=no_color)
    if target is not None and target.failure is not None:  # the run has its results all the same, and they are out
        raise target.failure
    return code


def _check_target_flags(with_target: bool, target_args: str | None, flags: Flags) -> None:
    """Refuse what cannot be together, with all that is wrong with other flags."""
    conflicts = base_url_conflicts(flags.base_url, flags.variables()) if with_target else []
    if target_args is not None and not with_target:
        conflicts.append(Problem("--target-args", "is of no use without --with-target"))
    if conflicts:
        raise OptionsError([*conflicts, *flags.problems()])


def _execute(plan: RunPlan, target: TargetProcess | None, *, no_color: bool) -> Outcome:
    """Run the plan, with progress and the workers' output on stderr."""
    for warning in plan.warnings:
        warn(warning)
    with shown_progress(is_quiet=plan.verbosity < 0, no_color=no_color) as (on_progress, print_line):
        return execute(
            plan,
            on_progress=on_progress,
            on_output=lambda worker, text: print_line(output_line(worker, text)),
            read_target=None if target is None else target.counts,
        )


def _report(outcome: Outcome, flags: Flags, *, no_color: bool) -> int:
    """Print what came out, write it where it was asked for, and give the exit code."""
    for exception in outcome.exceptions:
        times = "once" if exception.count == 1 else f"{format_count(exception.count)} times"
        say(f"\n{exception.traceback.rstrip()}\n({times})")
    color = has_color(os.environ, is_terminal=sys.stdout.isatty(), no_color=no_color)
    code = ExitCode(outcome.exit_code)
    try:
        print_data(render_text(outcome.summary, color=color), color=color)
    except OutputError as error:  # what else was asked for can still be done
        say(f"error: {error}")
        code = _not_durable(code)
    if flags.summary_export is not None and not _is_exported(outcome.summary, flags.summary_export):
        code = _not_durable(code)
    return code


def _is_exported(summary: Summary, path: str) -> bool:
    """Write the summary as JSON; say what went wrong, if it did."""
    try:
        write_summary(summary, path)
    except OSError as error:
        say(f"error: --summary-export: {error}")
        return False
    return True


def _not_durable(code: ExitCode) -> ExitCode:
    """The exit code when results are lost beside what *code* says."""
    return ExitCode(exit_code({ExitCode.NOT_DURABLE, code} - {ExitCode.PASSED}))
