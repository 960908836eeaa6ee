"""Who does what, and when."""

from contextlib import suppress

from ywstorm import VU, ConstantVUs, PerVUIterations, RampingVUs, Stage, scenario
from ywstorm.suites.ywmessaging import thresholds
from ywstorm.suites.ywmessaging.client import LoginFailed, log_in
from ywstorm.suites.ywmessaging.steps import (
    list_conversations,
    mark_read,
    read_conversation,
    read_me,
    read_summary,
    reply,
    send_to_all,
)

__all__ = ["arrive", "conversation", "smoke", "visit"]


async def arrive(vu: VU) -> None:
    """Log in, once for each virtual user; if that fails, its first iteration tries again."""
    with suppress(LoginFailed):
        await log_in(vu)


@scenario(
    PerVUIterations(vus=1, iterations=5, max_duration="2m"),
    on_start=arrive,
    thresholds=thresholds.SMOKE,
)
async def smoke(vu: VU) -> None:
    """Does every endpoint work? One user, slowly, everything checked."""
    with suppress(LoginFailed):
        await read_me(vu)
        await vu.sleep(1.0)
        await send_to_all(vu)
        await vu.sleep(1.0)
        conversation_ids = await list_conversations(vu)
        if vu.check("conversations: there is one", bool(conversation_ids)):
            await read_conversation(vu, conversation_ids[0])
        await vu.sleep(1.0)
        await read_summary(vu)
        await vu.sleep(1.0)


# One way of using the API, under three kinds of load.
@scenario(
    RampingVUs(start_vus=0, stages=[Stage("10s", 10), Stage("30s", 10), Stage("10s", 0)]),
    name="load",
    on_start=arrive,
    thresholds=thresholds.LOAD,
)
@scenario(
    RampingVUs(
        start_vus=1,
        stages=[
            Stage("5s", 1),
            Stage("5s", 50, name="surge"),
            Stage("10s", 50, name="peak"),
            Stage("5s", 0, name="recovery"),
        ],
    ),
    name="spike",
    on_start=arrive,
    thresholds=thresholds.SPIKE,
)
@scenario(
    ConstantVUs(vus=5, duration="5m"),
    name="soak",
    on_start=arrive,
    thresholds=thresholds.SOAK,
)
async def visit(vu: VU) -> None:
    """Send a message, look at the latest conversation, look at the figures."""
    with suppress(LoginFailed):
        await send_to_all(vu)
        await vu.sleep(0.5)
        conversation_ids = await list_conversations(vu)
        if conversation_ids:
            await read_conversation(vu, conversation_ids[0])
        await vu.sleep(0.5)
        await read_summary(vu)
        await vu.sleep(0.5)


@scenario(
    RampingVUs(start_vus=0, stages=[Stage("15s", 20), Stage("30s", 20), Stage("10s", 0)]),
    on_start=arrive,
    thresholds=thresholds.CONVERSATION,
)
async def conversation(vu: VU) -> None:
    """Pick a conversation, read it, answer, mark it as read: what users do most."""
    with suppress(LoginFailed):
        conversation_ids = await list_conversations(vu)
        if not conversation_ids:  # the server is in trouble: asking again at once would make it worse
            await vu.sleep(1.0)
            return
        conversation_id = vu.random.choice(conversation_ids)
        await read_conversation(vu, conversation_id)
        await reply(vu, conversation_id)
        await vu.sleep(0.5)
        await mark_read(vu, conversation_id)
        await vu.sleep(0.5)
