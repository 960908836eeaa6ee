"""The promises of each scenario. Times are milliseconds; a scenario's thresholds see its own samples only."""

__all__ = ["CONVERSATION", "LOAD", "SMOKE", "SOAK", "SPIKE"]

_EVERY = {
    "http_req_duration{endpoint:conversations}": ["p(95)<1000"],
    "conversation_fetch_duration": ["p(95)<1000"],
    "message_send_duration": ["p(95)<2000"],
    "auth_failures": ["count==0"],
}
_FEW_FAILURES = {"http_req_failed": ["rate<0.01"]}
_VISIT = {
    "http_req_duration{endpoint:message}": ["p(95)<2000"],
    "http_req_duration{endpoint:analytics}": ["p(95)<1000"],
    "analytics_duration": ["p(95)<1000"],
}

SMOKE = {
    **_EVERY,
    **_FEW_FAILURES,
    **_VISIT,
    "http_req_duration": ["max<1000"],
    "checks": ["rate==1"],
}
LOAD = {
    **_EVERY,
    **_FEW_FAILURES,
    **_VISIT,
    "http_req_duration": ["p(95)<500", "p(99)<1000"],
}
SPIKE = {
    **_EVERY,
    **_VISIT,
    "http_req_failed{stage:peak}": ["rate<0.05"],
    "http_req_duration{stage:peak}": ["max<5000"],
    "http_req_duration{stage:recovery}": ["p(95)<1000"],
}
SOAK = {
    **_EVERY,
    **_FEW_FAILURES,
    **_VISIT,
}
CONVERSATION = {
    **_EVERY,
    **_FEW_FAILURES,
    "http_req_duration{endpoint:reply}": ["p(95)<2000"],
    "http_req_duration{endpoint:conversation}": ["p(95)<1000"],
}
