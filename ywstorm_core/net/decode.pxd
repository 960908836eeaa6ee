# Bodies without their Content-Encoding, bounded whatever they claim.
from libc.stdint cimport int64_t

# `encodings`: a str or a list of them, as the fields say. Raises DecodeError.
cpdef bytes decode(bytes body, object encodings, int64_t max_bytes=*)
