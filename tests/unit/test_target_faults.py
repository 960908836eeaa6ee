"""Rules of faults on purpose: how they are read, and whom they strike."""

import pytest

from ywstorm.servers.ywmessaging.faults import Effect, Fault, Faults, parse_fault

RULES = {
    "POST /messages/send:delay=200ms": Fault("POST", "/messages/send", delay_s=0.2),
    "GET /analytics/summary:status=500,rate=0.1": Fault("GET", "/analytics/summary", status=500, rate=0.1),
    "GET /api/auth/me:close": Fault("GET", "/auth/me", hang_up="close"),
    "* /messages/*:reset,delay=1.5,rate=1": Fault("*", "/messages/*", delay_s=1.5, hang_up="reset"),
    "GET /messages/conversations/:id:delay=1m": Fault("GET", "/messages/conversations/:id", delay_s=60.0),
    "  * *:status=429 ": Fault("*", "*", status=429),
}


@pytest.mark.parametrize(("text", "expected"), RULES.items())
def test_a_rule_is_read(text: str, expected: Fault) -> None:
    assert parse_fault(text) == expected


MISTAKES = {
    "": "'' is not a fault: write 'METHOD PATH:EFFECT'",
    "GET /auth/me": "is not a fault: write",
    "/auth/me:close": "is not a fault: write",
    "GET auth/me:close": "is not a fault: write",
    "get /auth/me:close": "is not a fault: write",
    "GET /auth/me:close, rate=1": "is not a fault: write",
    "GET /messages/conversations/:id": "has the unknown effect 'id': write delay=DURATION",
    "GET /auth/me:": "has the unknown effect ''",
    "GET /auth/me:slow=1s": "has the unknown effect 'slow'",
    "GET /auth/me:rate=0.5": "does nothing: give it a delay, a status, close or reset",
    "GET /auth/me:delay": "'' is not a duration",
    "GET /auth/me:delay=fast": "'fast' is not a duration",
    "GET /auth/me:delay=1s,delay=2s": "says 'delay' twice",
    "GET /auth/me:status=200": "a fault's status is 400 to 599, not '200'",
    "GET /auth/me:status=": "a fault's status is 400 to 599, not ''",
    "GET /auth/me:status=500,close": "ends a request both by status and by close",
    "GET /auth/me:close,reset": "ends a request both by close and by reset",
    "GET /auth/me:close=1s": "close takes no value",
    "GET /auth/me:close,rate=0": "a fault's rate is a share above 0 and at most 1, not '0'",
    "GET /auth/me:close,rate=1.1": "not '1.1'",
    "GET /auth/me:close,rate=10%": "not '10%'",
    "GET /auth/me:close,rate=nan": "not 'nan'",
}


@pytest.mark.parametrize(("text", "message"), MISTAKES.items())
def test_a_mistake_is_named_with_its_rule(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=r".") as caught:
        parse_fault(text)

    assert message in str(caught.value)


FITS = {
    ("GET /auth/me:close", "GET /auth/me"): True,
    ("GET /auth/me:close", "POST /auth/me"): False,
    ("GET /auth/me:close", "GET /auth/me/more"): False,
    ("* /auth/me:close", "POST /auth/me"): True,
    ("GET /auth/*:close", "GET /auth/me"): True,
    ("GET /auth/*:close", "GET /messages/history"): False,
    ("* *:close", "GET /auth/me"): True,
    ("* *:close", "(unknown)"): True,
    ("GET *:close", "(unknown)"): False,
}


@pytest.mark.parametrize(("rule", "endpoint"), FITS)
def test_a_rule_fits_endpoints(rule: str, endpoint: str) -> None:
    assert parse_fault(rule).fits(endpoint) is FITS[rule, endpoint]


STRIKES = {
    ("GET /auth/me:delay=1s",): Effect(1.0),
    ("GET /auth/me:delay=1s", "* *:delay=2s"): Effect(3.0),
    ("GET /auth/me:delay=1s", "* *:status=500"): Effect(1.0, status=500),
    ("GET /auth/me:status=404", "* *:status=500"): Effect(0.0, status=404),
    ("GET /auth/me:close", "* *:status=500"): Effect(0.0, hang_up="close"),
    ("GET /auth/login:close",): None,
    (): None,
}


@pytest.mark.parametrize(("rules", "expected"), STRIKES.items())
def test_every_rule_that_fits_is_applied_and_the_first_end_counts(
    rules: tuple[str, ...], expected: Effect | None
) -> None:
    assert Faults([parse_fault(rule) for rule in rules]).strike("GET /auth/me") == expected


def test_a_rate_is_kept_and_the_dice_are_seeded() -> None:
    def struck(seed: int) -> list[bool]:
        faults = Faults([parse_fault("GET /auth/me:close,rate=0.25")], seed)
        return [faults.strike("GET /auth/me") is not None for _ in range(4000)]

    assert 900 < sum(struck(1)) < 1100
    assert struck(1) == struck(1)
    assert struck(1) != struck(2)
