"""VUs that ask once and then hold their connection: what a VU weighs, and how fast they start."""

from ywstorm import VU, ConstantVUs, env, options, scenario

options(base_url=env("BASE_URL", "http://127.0.0.1:8080"))


@scenario(ConstantVUs(vus=1000, duration="5s"), graceful_stop=0)
async def idle(vu: VU) -> None:
    await vu.get("/")
    await vu.sleep(3600)
