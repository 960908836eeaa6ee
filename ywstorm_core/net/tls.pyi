from typing import Self, final

__all__ = ["TlsChannel", "TlsClient"]

@final
class TlsClient:
    """
    How this process speaks TLS: one context for all connections, TLS 1.2 at least.

    Args:
        insecure: Take any certificate, of whatever name.
        ca_file: Certificates (PEM) of the authorities to trust instead of the system's.
        client_cert: Own certificate (PEM), followed by its chain.
        client_key: Its private key (PEM), when it is not in *client_cert*.

    Raises:
        ValueError: A file cannot be read, or is not what it should be; the message names it.
    """

    def __new__(
        cls,
        *,
        insecure: bool = False,
        ca_file: str | None = None,
        client_cert: str | None = None,
        client_key: str | None = None,
    ) -> Self: ...

@final
class TlsChannel:
    """The TLS of one connection, for compiled callers."""
