"""Whom to trust, and what to call it when trust, or the handshake, fails: OpenSSL's words become our codes here."""

import ssl

__all__ = ["context_for", "failure_of"]

_UNKNOWN = 1300
_NOT_TLS = 1301
_ALERT = 1303
_VERSION_OR_CIPHER = 1304
_CLIENT_CERT_REQUIRED = 1314
_CHAIN_OTHER = 1315

# X509_V_ERR_* of OpenSSL's x509_vfy.h.
_VERIFY_CODES = {
    2: 1310,  # unable to get issuer certificate
    19: 1310,  # self-signed certificate in certificate chain: the root came along, but nobody trusts it
    20: 1310,  # unable to get local issuer certificate
    21: 1310,  # unable to verify the first certificate
    27: 1310,  # certificate not trusted
    62: 1311,  # hostname mismatch
    64: 1311,  # IP address mismatch
    9: 1312,  # not yet valid
    10: 1312,  # has expired
    18: 1313,  # self-signed certificate
}

# Alerts (RFC 8446 §6) by OpenSSL's name of the reason, which says who defined them first: SSLV3, TLSV1 or TLSV13.
_ALERTS = {
    "UNEXPECTED_MESSAGE": 10,
    "BAD_RECORD_MAC": 20,
    "RECORD_OVERFLOW": 22,
    "HANDSHAKE_FAILURE": 40,
    "BAD_CERTIFICATE": 42,
    "UNSUPPORTED_CERTIFICATE": 43,
    "CERTIFICATE_REVOKED": 44,
    "CERTIFICATE_EXPIRED": 45,
    "CERTIFICATE_UNKNOWN": 46,
    "ILLEGAL_PARAMETER": 47,
    "UNKNOWN_CA": 48,
    "ACCESS_DENIED": 49,
    "DECODE_ERROR": 50,
    "DECRYPT_ERROR": 51,
    "PROTOCOL_VERSION": 70,
    "INSUFFICIENT_SECURITY": 71,
    "INTERNAL_ERROR": 80,
    "INAPPROPRIATE_FALLBACK": 86,
    "USER_CANCELLED": 90,
    "NO_RENEGOTIATION": 100,
    "MISSING_EXTENSION": 109,
    "UNSUPPORTED_EXTENSION": 110,
    "UNRECOGNIZED_NAME": 112,
    "BAD_CERTIFICATE_STATUS_RESPONSE": 113,
    "UNKNOWN_PSK_IDENTITY": 115,
    "CERTIFICATE_REQUIRED": 116,
    "NO_APPLICATION_PROTOCOL": 120,
}
_NO_COMMON_GROUND = {70, 71, 86}

_LOCAL_CODES = {
    "WRONG_VERSION_NUMBER": _NOT_TLS,
    "RECORD_LAYER_FAILURE": _NOT_TLS,
    "UNSUPPORTED_PROTOCOL": _VERSION_OR_CIPHER,
    "WRONG_SSL_VERSION": _VERSION_OR_CIPHER,
    "VERSION_TOO_LOW": _VERSION_OR_CIPHER,
    "NO_PROTOCOLS_AVAILABLE": _VERSION_OR_CIPHER,
    "WRONG_CIPHER_RETURNED": _VERSION_OR_CIPHER,
    "UNKNOWN_CIPHER_RETURNED": _VERSION_OR_CIPHER,
    "DH_KEY_TOO_SMALL": _VERSION_OR_CIPHER,
    "BAD_SIGNATURE_TYPE": _VERSION_OR_CIPHER,
    "WRONG_SIGNATURE_TYPE": _VERSION_OR_CIPHER,
    "EXCESSIVE_MESSAGE_SIZE": _CHAIN_OTHER,  # OpenSSL's limit of 100 KB of certificates
    "UNSAFE_LEGACY_RENEGOTIATION_DISABLED": _VERSION_OR_CIPHER,
}


def failure_of(error: ssl.SSLError, has_met: bool, has_certificate: bool) -> tuple[int, str]:
    """
    What a failure is called.

    Args:
        has_met: The server had agreed on a version and a cipher before.
        has_certificate: The client has one of its own.

    Returns:
        ErrorCode and a line for people.
    """
    if isinstance(error, ssl.SSLCertVerificationError):
        return _VERIFY_CODES.get(error.verify_code, _CHAIN_OTHER), error.verify_message.rstrip(".")
    reason = error.reason or str(error)
    words = reason.lower().replace("_", " ")
    _, _, name = reason.partition("_ALERT_") if "_ALERT_" in reason else reason.partition("_")
    alert = _ALERTS.get(name, -1) if reason.startswith(("SSLV3_", "TLSV1_", "TLSV13_")) else -1
    if alert == -1:
        return _LOCAL_CODES.get(reason, _UNKNOWN), f"OpenSSL: {words}"
    text = f"alert {alert}: {name.lower().replace('_', ' ')}"
    if alert == _ALERTS["CERTIFICATE_REQUIRED"]:
        return _CLIENT_CERT_REQUIRED, text
    if alert == _ALERTS["HANDSHAKE_FAILURE"]:
        if not has_met:
            return _VERSION_OR_CIPHER, text
        if not has_certificate:  # all that TLS 1.2 can say
            return _CLIENT_CERT_REQUIRED, f"{text}, after the server's hello: it probably wants a client certificate"
    return _VERSION_OR_CIPHER if alert in _NO_COMMON_GROUND else _ALERT, text


def context_for(insecure: bool, ca_file: str | None, client_cert: str | None, client_key: str | None) -> ssl.SSLContext:
    """
    The context of a client: verifying unless *insecure*, TLS 1.2 at least, HTTP/1.1.

    Without *ca_file* it trusts what OpenSSL trusts, SSL_CERT_FILE and SSL_CERT_DIR included.

    Raises:
        ValueError: A file cannot be read, or is not what it should be; the message names it.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_RENEGOTIATION
    context.set_alpn_protocols(["http/1.1"])
    if insecure:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    elif ca_file is not None:
        context.verify_flags |= ssl.VerifyFlags.VERIFY_X509_PARTIAL_CHAIN  # whatever stands in the file is trusted
        try:
            context.load_verify_locations(ca_file)
        except OSError as error:
            raise ValueError(f"ca_file {ca_file}: {_words_of(error, 'certificate')}") from error
    else:
        context.load_default_certs()
    if client_cert is not None:
        try:
            context.load_cert_chain(client_cert, client_key, _refuse_password)
        except OSError as error:
            what = f"client_cert {client_cert}" + (f", client_key {client_key}" if client_key else "")
            raise ValueError(f"{what}: {_words_of(error, 'certificate with its key')}") from error
    elif client_key is not None:
        raise ValueError(f"client_key {client_key}: a client_cert is missing")
    return context


def _words_of(error: OSError, wanted: str) -> str:
    if not isinstance(error, ssl.SSLError):
        return error.strerror or str(error)
    if error.reason == "KEY_VALUES_MISMATCH":
        return "the key is not that of the certificate"
    return f"no {wanted} in PEM form is in it"


def _refuse_password() -> str:
    raise ValueError("client_key: the key is encrypted, and there is no way to give its password; decrypt it first")
