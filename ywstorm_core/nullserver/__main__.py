"""`python -m ywstorm_core.nullserver`: one line on stdout when it listens, then silence until SIGTERM or SIGINT."""

import argparse
import resource

from ywstorm_core.nullserver.server import NullServer

__all__ = ["main"]


def main() -> None:
    """Serve until told to stop; the descriptor limit is raised as far as the system lets it."""
    parser = argparse.ArgumentParser(prog="python -m ywstorm_core.nullserver", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument("--port", type=int, default=0, help="port to listen on; 0, the default, takes a free one")
    parser.add_argument(
        "--body", type=int, default=100, metavar="BYTES", help="size of the body (default: %(default)s)"
    )
    parser.add_argument("--delay-us", type=int, default=0, metavar="US", help="microseconds before each answer")
    options = parser.parse_args()
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    with NullServer(options.host, options.port, options.body, options.delay_us) as server:
        print(f"listening on http://{options.host}:{server.port}", flush=True)  # noqa: T201 - its one line of output
        server.run(stops_on_signals=True)


if __name__ == "__main__":
    main()
