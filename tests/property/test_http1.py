"""
The parser under any answer and any cut.

Good answers are made from their parts and must come back as these; bad ones are good ones with some bytes changed.
"""

from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from tests.reference.http1 import Outcome, read, read_by_h11, read_by_llhttp
from tests.reference.http1_cases import BAD, GOOD

cuts = st.lists(st.integers(0, 400), max_size=12)
junk = st.binary(max_size=30)
token = st.text("abcXYZ019-_!#$%&'*+.^`|~", min_size=1, max_size=12)
value = st.text(st.characters(codec="latin-1", exclude_categories=["Cc"]), max_size=20).map(
    lambda text: text.strip(" \t")
)
FRAMING = {"content-length", "transfer-encoding", "connection", "keep-alive"}


@dataclass(frozen=True)
class Answer:
    """An answer that nobody can object to, and its parts."""

    data: bytes
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    is_keep_alive: bool


def harmless(fields: tuple[tuple[str, str], ...]) -> list[tuple[str, str]]:
    """The fields that frame nothing, names in lower case: h11 rewrites both the others' values and all names."""
    return [(name.lower(), text) for name, text in fields if name.lower() not in FRAMING]


@st.composite
def chunk_of(draw: st.DrawFn, body: bytes) -> bytes:
    """One chunk: its size in any case with zeros before it, perhaps an extension."""
    size = draw(st.sampled_from([f"{len(body):x}", f"{len(body):X}", f"000{len(body):x}"]))
    extension = draw(st.sampled_from(["", ";a", ";a=b", ';a="b;\\"c"']))
    return f"{size}{extension}\r\n".encode() + body + (b"\r\n" if body else b"")


@st.composite
def answers(draw: st.DrawFn) -> Answer:
    """Any status with a body, any harmless fields, framed by length or by chunks, perhaps after interim answers."""
    parts = draw(st.lists(st.binary(min_size=1, max_size=40), max_size=4))
    body = b"".join(parts)
    fields = [field for field in draw(st.lists(st.tuples(token, value), max_size=6)) if field[0].lower() not in FRAMING]
    if draw(st.booleans()):
        framing, payload = ("Content-Length", str(len(body))), body
    else:
        framing = ("transfer-encoding", "Chunked")
        trailers = draw(st.sampled_from([b"", b"X: 1\r\n", b"X: 1\r\nY:\r\n"]))
        payload = b"".join(draw(chunk_of(part)) for part in [*parts, b""]) + trailers + b"\r\n"
    fields.insert(draw(st.integers(0, len(fields))), framing)
    closes = draw(st.booleans())
    if closes:
        fields.append(("Connection", "close"))
    status = draw(st.integers(200, 599).filter(lambda status: status not in (204, 304)))
    interim = draw(
        st.sampled_from([b"", b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 103 E\r\nContent-Length: 9\r\n\r\n"])
    )
    lines = "".join(f"{name}: {text}\r\n" for name, text in fields)
    head = f"HTTP/1.1 {status} Reason\r\n{lines}\r\n".encode("latin-1")
    return Answer(interim + head + payload, status, tuple(fields), body, not closes)


@given(answers(), cuts, junk)
def test_a_good_answer_comes_back_as_its_parts(answer: Answer, cuts: list[int], junk: bytes) -> None:
    """However it is cut and whatever follows it."""
    expected = Outcome(0, answer.status, answer.headers, answer.body, len(answer.data), answer.is_keep_alive)

    assert read(answer.data + junk, cuts, closes=False) == expected


@given(answers())
def test_others_read_a_good_answer_alike(answer: Answer) -> None:
    """h11 and llhttp find the same status, fields, body, end and keep-alive."""
    ours = read(answer.data, closes=False)

    for theirs in (read_by_h11(answer.data), read_by_llhttp(answer.data)):
        assert (theirs.error, theirs.status, theirs.body, theirs.n_used) == (0, ours.status, ours.body, ours.n_used)
        assert theirs.is_keep_alive == ours.is_keep_alive
        assert harmless(theirs.headers) == harmless(answer.headers)


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """An answer of which a few bytes were changed, taken out or put in, at places that matter."""
    data = bytearray(draw(answers().map(lambda answer: answer.data) | st.sampled_from([row[1] for row in GOOD + BAD])))
    data = data[:2000]
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(data)))
        width = draw(st.integers(0, 2))
        data[at : at + width] = draw(
            st.sampled_from([b"", b"\r", b"\n", b"\r\n", b" ", b":", b",", b"0", b"9", b"\0", b";", b'"'])
        )
    return bytes(data)


@given(damaged(), cuts, st.booleans())
def test_cuts_never_matter(data: bytes, cuts: list[int], is_head: bool) -> None:
    """Good or bad: the same answer, or the same code, as in one piece."""
    assert read(data, cuts, is_head=is_head) == read(data, is_head=is_head)


@given(damaged())
def test_no_two_readers_disagree_on_where_an_answer_ends(data: bytes) -> None:
    """What both we and h11 accept, we understand alike: that is what keeps one answer from becoming two."""
    ours, theirs = read(data), read_by_h11(data)

    if ours.error == 0 and theirs.error == 0:
        assert (ours.status, ours.body, ours.n_used) == (theirs.status, theirs.body, theirs.n_used)


@given(st.binary(max_size=200), cuts)
def test_any_bytes_come_to_an_end(data: bytes, cuts: list[int]) -> None:
    """Whatever is sent, a close leaves either an answer or a code, the same for every cut."""
    outcome = read(data, cuts)

    assert outcome == read(data)
    assert outcome.error != -1
