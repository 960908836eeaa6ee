from typing import Any, final

from ywstorm_core.loop.script_face import ScriptFace

__all__ = ["VirtualUser"]

@final
class VirtualUser(ScriptFace):
    """
    One virtual user: what a scenario's function gets, and all that a script needs to make requests.

    It has its own connections, its own `state` and its own context variables, and it is the running task of asyncio:
    `asyncio.timeout`, `gather`, `TaskGroup` and libraries on top of asyncio work inside a script. The run makes it.

    Example:
        @scenario(ConstantVUs(vus=50, duration="1m"))
        async def browse(vu: VU) -> None:
            r = await vu.get("/items", params={"page": 1}, tags={"endpoint": "items"})
            if vu.check("items listed", r.status == 200):
                with vu.group("details"):
                    for item in r.json()[:3]:
                        await vu.get(f"/items/{item['id']}", name="/items/:id")
            await vu.sleep(1.5)
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Raise TypeError: virtual users are made by the run."""
