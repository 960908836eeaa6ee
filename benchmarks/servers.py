"""The far ends: nginx with a configuration of its own in a temporary folder, or our null server; each on one core."""

import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.measure import pinned
from benchmarks.tools import BenchmarkError, tool

__all__ = ["BODY", "SERVERS", "nginx", "null_server", "secure_nginx"]

BODY = '{"id":"5f1c6a52-3d0b-4c57-9a6e-2f6f0c0b7a11","name":"Ada Lovelace","role":"PRIMARY","unread":3,"active":true}'
assert len(BODY) == 109, "the size that every figure here was measured with"

START_TIMEOUT_S = 10.0
STOP_TIMEOUT_S = 5.0

NGINX_CONF = """
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log {folder}/error.log error;
worker_rlimit_nofile 20000;
events {{ worker_connections 16384; multi_accept on; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    keepalive_timeout 300s;
    keepalive_requests 1000000000;
    tcp_nodelay on;
    server {{
        listen 127.0.0.1:{port} backlog=16384{tls};
        location / {{ default_type application/json; return 200 '{body}'; }}
    }}
}}
"""


NGINX_TLS = """ ssl;
        ssl_protocols TLSv1.3;
        ssl_certificate {folder}/certificate.pem;
        ssl_certificate_key {folder}/key.pem"""


@contextmanager
def nginx(core: int) -> Iterator[str]:
    """nginx as one process that answers everything with `BODY`; gives its URL."""
    with tempfile.TemporaryDirectory(prefix="ywstorm-bench-") as folder, _nginx(core, folder, "") as port:
        yield f"http://127.0.0.1:{port}"


@contextmanager
def secure_nginx(core: int) -> Iterator[str]:
    """The same over TLS 1.3, with a certificate that nobody but itself vouches for."""
    with tempfile.TemporaryDirectory(prefix="ywstorm-bench-") as folder:
        kind = [
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:prime256v1",
            "-noenc",
            "-subj",
            "/CN=localhost",
        ]
        files = ["-keyout", f"{folder}/key.pem", "-out", f"{folder}/certificate.pem"]
        subprocess.run([tool("openssl"), "req", *kind, *files], check=True, capture_output=True)
        with _nginx(core, folder, NGINX_TLS.format(folder=folder)) as port:
            yield f"https://127.0.0.1:{port}"


@contextmanager
def _nginx(core: int, folder: str, tls: str) -> Iterator[int]:
    port = _free_port()
    conf = Path(folder, "nginx.conf")
    conf.write_text(NGINX_CONF.format(folder=folder, port=port, body=BODY, tls=tls))
    process = subprocess.Popen(pinned(core, [tool("nginx"), "-p", folder, "-c", str(conf)]))
    try:
        _wait_for_port(process, port)
        yield port
    finally:
        _stop(process)


@contextmanager
def null_server(core: int) -> Iterator[str]:
    """The compiled server that does nothing but count; gives its URL."""
    command = [sys.executable, "-m", "ywstorm_core.nullserver", "--port", "0", "--body", str(len(BODY))]
    process = subprocess.Popen(pinned(core, command), stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None, "asked for a pipe above"
    try:
        line = process.stdout.readline()
        if not line.startswith("listening on "):
            raise BenchmarkError(f"the null server did not start: {line!r}")
        yield line.removeprefix("listening on ").strip()
    finally:
        _stop(process)
        process.stdout.close()


SERVERS = {"nginx": nginx, "null": null_server}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_for_port(process: subprocess.Popen[bytes], port: int) -> None:
    deadline_s = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline_s and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise BenchmarkError(f"nginx does not listen on port {port} (exit code {process.poll()})")


def _stop(process: subprocess.Popen[bytes] | subprocess.Popen[str]) -> None:
    process.terminate()
    try:
        process.wait(STOP_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
