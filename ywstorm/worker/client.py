"""From the options of a run to the rules by which its requests are made: what the compiled client has to know."""

from ywstorm.config import Options
from ywstorm.units import NS_PER_S, parse_duration
from ywstorm_core.loop.engine import Engine
from ywstorm_core.loop.rules import Limits, RequestRules

__all__ = ["configure", "request_rules"]


def request_rules(engine: Engine, options: Options) -> RequestRules:
    """Make the rules that all scenarios of a worker share."""
    return RequestRules(
        limits=Limits(**options.timeouts.in_ns()),  # type: ignore[arg-type]  # the total is never None
        expected=options.expected_table,
        user_agent=options.user_agent,
        max_redirects=options.max_redirects,
        keeps_body=not options.discard_bodies,
        keeps_connections=options.connections != "per_request",
        keeps_between=options.connections != "per_iteration",
        keeps_cookies=not options.reset_cookies,
        shared=engine.shared if options.connections == "shared" else None,
        seed=options.seed,
        parse_duration=parse_duration,
    )


def configure(engine: Engine, options: Options) -> None:
    """Tell *engine* how to find servers, whom to trust, and what to print."""
    ttl_s = None if options.dns_ttl is None else parse_duration(options.dns_ttl) / NS_PER_S
    engine.resolver.configure(options.hosts, ttl_s)
    engine.configure_tls(
        insecure=options.insecure,
        ca_file=options.ca_file,
        client_cert=options.client_cert,
        client_key=options.client_key,
        is_needed=options.base_url.startswith("https:"),
    )
    if options.http_debug is not None:
        from ywstorm.worker.http_debug import HttpDebug  # hardly any run needs it

        engine.on_exchange = HttpDebug(has_bodies=options.http_debug == "full")
