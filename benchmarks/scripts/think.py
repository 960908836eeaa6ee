"""Thousands of VUs that think: an iteration lasts THINK seconds and the one request before it."""

from ywstorm import VU, ConstantVUs, env, options, scenario

THINK_S = float(env("THINK", "1"))

options(base_url=env("BASE_URL", "http://127.0.0.1:8080"))


@scenario(ConstantVUs(vus=10_000, duration="15s"))
async def think(vu: VU) -> None:
    r = await vu.get("/")
    vu.check("status is 200", r.status == 200)
    await vu.sleep(THINK_S)
