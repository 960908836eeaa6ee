"""
Load tests of the YWMESSAGING API, and the model of a script that has outgrown one file.

    ywstorm run ywmessaging --scenario smoke --base-url http://localhost:3000
    ywstorm run ywmessaging --scenario spike --with-target

Read it in this order: `scenarios` says who does what and when; `steps` is one coroutine for each endpoint, with its
checks; `client` sends a request as a logged-in user; `preparation` and its `probes` run once before the load, `cleanup`
once after it; `thresholds` are the promises that a run is judged by. What can be set from outside stands in `settings`.

A script of your own needs none of these files: one with ``options()`` and a ``@scenario`` is enough.
"""

from ywstorm import options
from ywstorm.suites.ywmessaging import cleanup, preparation, scenarios, settings

__all__ = ["cleanup", "preparation", "scenarios"]

options(base_url=f"{settings.ROOT}/api", setup_timeout=60 + 5 * settings.users_to_register())
