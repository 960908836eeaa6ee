"""What is measured beside the built-in metrics."""

from ywstorm import Counter, Trend

__all__ = [
    "analytics_duration",
    "api_errors",
    "auth_failures",
    "auth_successes",
    "conversation_fetch_duration",
    "message_send_duration",
    "successful_requests",
]

auth_successes = Counter("auth_successes")
auth_failures = Counter("auth_failures")

successful_requests = Counter("successful_requests")  # answered with a status below 400
api_errors = Counter("api_errors")  # answered with 400 or above, or not at all

message_send_duration = Trend("message_send_duration", unit="ms")  # messages and replies
conversation_fetch_duration = Trend("conversation_fetch_duration", unit="ms")  # the list
analytics_duration = Trend("analytics_duration", unit="ms")
