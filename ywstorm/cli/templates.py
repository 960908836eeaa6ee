"""
What ``ywstorm new`` writes: scripts by the name of their template, with THIS_FILE where their own name goes.
"""

__all__ = ["TEMPLATES"]

_MINIMAL = '''\
"""
A load test: ten virtual users that call one endpoint for ten seconds.

    ywstorm run THIS_FILE --base-url http://localhost:3000/api
    ywstorm run THIS_FILE --with-target        (against the reference API that ywstorm brings along)
    ywstorm run THIS_FILE -u 50 -d 1m          (other numbers, for once)
"""

from ywstorm import VU, ConstantVUs, env, options, scenario

options(
    base_url=env("BASE_URL", "http://localhost:3000/api"),
    thresholds={
        "http_req_failed": ["rate<0.01"],  # the run fails (exit code 99) when one request in a hundred does,
        "http_req_duration": ["p(95)<500"],  # or when one in twenty takes longer than 500 ms
    },
)


@scenario(ConstantVUs(vus=10, duration="10s"))
async def visit(vu: VU) -> None:
    """One iteration of one virtual user; it begins again when it has ended."""
    r = await vu.get("/health", name="GET /health")  # requests of one name are one row of the report
    vu.check("status is 200", r.status == 200)  # counted, and shown; it fails nothing by itself
    await vu.sleep(1.0)  # a user reads what he got
'''

_FULL = '''\
"""
A load test with most of what a script can say; delete what you do not need.

    ywstorm run THIS_FILE --base-url http://localhost:3000/api
    ywstorm run THIS_FILE --with-target        (against the reference API that ywstorm brings along)
    ywstorm run THIS_FILE --scenario ramp --stage 10s:50 --stage 10s:0
    ywstorm inspect THIS_FILE                  (what would run, without running it)
"""

from ywstorm import (
    VU,
    ConstantArrivalRate,
    ConstantVUs,
    Counter,
    RampingVUs,
    Stage,
    Trend,
    env,
    options,
    scenario,
    setup,
    teardown,
)

# Metrics of your own, at module level.
answers = Counter("answers")
body_size = Trend("body_size", unit="bytes")

# Options of every run; flags win over them. Variables come from -e NAME=VALUE, then from the environment.
options(
    base_url=env("BASE_URL", "http://localhost:3000/api"),
    timeout="10s",
    tags={"team": env("TEAM", "unknown")},  # of all samples
    thresholds={
        "http_req_failed": ["rate<0.01"],
        "http_req_duration{endpoint:health}": ["p(95)<500", "p(99)<1500"],  # of the requests with this tag
        "checks": [{"threshold": "rate>0.9", "abort_on_fail": True, "delay_abort_eval": "5s"}],  # do not go on for long
        "answers": ["count>0"],
    },
)


@setup
async def prepare(vu: VU) -> dict[str, str]:
    """Run once before the load; what it returns (JSON-like) is `vu.data` of every virtual user."""
    r = await vu.get("/health", name="GET /health")
    if not r.ok:
        vu.abort(f"is the service running? {r.error or r.status}")
    return {"path": "/health"}


@teardown
async def tidy_up(vu: VU) -> None:
    """Run once after the load, also when it was interrupted."""
    print(f"tidying up after {vu.data['path']}")  # what scripts print appears on stderr


async def arrive(vu: VU) -> None:
    """Run once for each virtual user, before its first iteration; `vu.state` is its own."""
    vu.state["greeting"] = f"I am user {vu.id}"


async def call(vu: VU) -> None:
    """What all scenarios do."""
    r = await vu.get(vu.data["path"], name="GET /health", tags={"endpoint": "health"})
    if vu.check("status is 200", r.status == 200):
        answers.add(vu)
        body_size.add(vu, len(r.body))
        vu.check("it is well", r.json()["status"] == "ok")


# A closed model: each user waits for its answer before it goes on, so a slow service gets less load.
@scenario(ConstantVUs(vus=5, duration="5s"), on_start=arrive)
async def steady(vu: VU) -> None:
    await call(vu)
    await vu.sleep(0.5)


# Stages are straight lines to a number of users; a stage with a name can have thresholds of its own.
@scenario(
    RampingVUs(start_vus=1, stages=[Stage("3s", 10), Stage("4s", 10, name="peak"), Stage("3s", 0)]),
    start_time="5s",
    on_start=arrive,
    thresholds={"http_req_failed{stage:peak}": ["rate<0.05"]},
)
async def ramp(vu: VU) -> None:
    with vu.group("visit"):
        await call(vu)
        await vu.sleep(0.2)


# An open model: iterations start by the clock, however slow the service is, as visitors of a site do.
@scenario(ConstantArrivalRate(rate=20, time_unit="1s", duration="5s", max_vus=50), start_time="15s", graceful_stop="5s")
async def arrivals(vu: VU) -> None:
    await call(vu)
'''

TEMPLATES = {"minimal": _MINIMAL, "full": _FULL}
