"""Tags, stages and metrics of a script's own: whatever was tagged can be asked about, and adds up."""

import pytest

from tests.e2e.run_of import Ended, counting_server, run

TAGGED = """
sent = Counter("messages_sent")
queue = Gauge("queue_length")
accepted = Rate("accepted")
size = Trend("body_size", unit="bytes")

options(tags={"team": "blue"})

@scenario(
    RampingVUs(start_vus=4, stages=[Stage("300ms", 4, name="calm"), Stage("300ms", 4, name="peak")]),
    tags={"flow": "main"},
    thresholds={"http_reqs": ["count>0"], "http_reqs{stage:peak}": ["count>0"], "checks{check:even}": ["rate<1"]},
)
async def spike(vu: VU) -> None:
    vu.tags["half"] = "odd" if vu.id % 2 else "even"
    with vu.group("outer"), vu.group("inner"):
        response = await vu.get("/items/7", name="GET /items/:id", tags={"endpoint": "item"})
    await vu.get("/plain?page=1")
    vu.check("even", vu.iteration % 2 == 0)
    sent.add(vu)
    sent.add(vu, 2, tags={"kind": "double"})
    queue.add(vu, vu.iteration)
    accepted.add(vu, response.ok)
    size.add(vu, len(response.body))
    await vu.sleep(0.02)

@scenario(PerVUIterations(vus=1, iterations=2), thresholds={"http_reqs": ["count==2"]})
async def other(vu: VU) -> None:
    await vu.head("/")
"""

# Any tag can be asked about without having been declared, in a threshold that always holds.
SELECTORS = {
    "http_reqs{endpoint:item}": "half of spike",
    "http_reqs{name:GET /items/:id}": "half of spike",
    "http_reqs{name:/plain}": "half of spike",
    "http_reqs{group:outer::inner}": "half of spike",
    "http_reqs{method:HEAD}": "other",
    "http_reqs{scenario:other}": "other",
    "http_reqs{status:200}": "everything",
    "http_reqs{team:blue}": "everything",
    "http_reqs{run:7}": "everything",
    "http_reqs{flow:main}": "spike",
    "http_reqs{expected_response:true,flow:main}": "spike",
}


@pytest.fixture(scope="module")
def tagged(tmp_path_factory: pytest.TempPathFactory) -> Ended:
    flags = [flag for selector in SELECTORS for flag in ("--threshold", f"{selector}: count>0")]
    flags += [
        "--threshold",
        "http_reqs{endpoint:item,half:odd}: count>0",
        "--threshold",
        "http_reqs{stage:calm}: count>0",
    ]
    flags += ["--threshold", "messages_sent{kind:double}: count>0", "--tag", "run=7"]
    with counting_server() as server:
        return run(tmp_path_factory.mktemp("tagged"), TAGGED, "--base-url", server.url, "--workers", "2", *flags)


def count(ended: Ended, selector: str) -> int:
    """What the summary says of ``metric{tag:value,…}``."""
    metric, _, inside = selector.rstrip("}").partition("{")
    tags = dict(pair.split(":", 1) for pair in inside.split(",")) if inside else {}
    return int(ended.metric(metric, **tags)["count"])


@pytest.mark.parametrize(("selector", "part"), SELECTORS.items(), ids=SELECTORS)
def test_any_tag_selects(tagged: Ended, selector: str, part: str) -> None:
    n_all = count(tagged, "http_reqs")
    parts = {"everything": n_all, "other": 2, "spike": n_all - 2, "half of spike": (n_all - 2) // 2}

    assert count(tagged, selector) == parts[part]


def test_stages_share_the_requests_and_tags_of_vus_narrow_them(tagged: Ended) -> None:
    calm, peak = count(tagged, "http_reqs{stage:calm}"), count(tagged, "http_reqs{scenario:spike,stage:peak}")
    item, odd = count(tagged, "http_reqs{endpoint:item}"), count(tagged, "http_reqs{endpoint:item,half:odd}")

    assert calm > 0
    assert calm + peak == count(tagged, "http_reqs{flow:main}")
    assert 0 < odd < item


def test_thresholds_of_a_scenario_are_about_its_own_samples(tagged: Ended) -> None:
    own = [each for each in tagged.summary["thresholds"] if each["scenario"]]

    assert {(each["scenario"], each["metric"], each["passed"]) for each in own} == {
        ("spike", "http_reqs", True),
        ("spike", "checks", True),
        ("other", "http_reqs", True),
    }
    assert all(each["tags"]["scenario"] == each["scenario"] for each in own)


def test_metrics_of_ones_own_are_added_up(tagged: Ended) -> None:
    n = count(tagged, "iterations") - 2

    assert count(tagged, "messages_sent") == 3 * n
    assert count(tagged, "messages_sent{kind:double}") == 2 * n
    assert tagged.metric("accepted") == {"rate": 1.0, "passes": n, "fails": 0}
    assert tagged.metric("body_size")["count"] == count(tagged, "group_duration") // 2 == n
    assert (tagged.metric("body_size")["min"], tagged.metric("queue_length")["min"]) == (100, 0)
