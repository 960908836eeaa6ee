"""64 VUs that ask as fast as they get answers: what one request and one check cost."""

from ywstorm import VU, ConstantVUs, env, options, scenario

options(base_url=env("BASE_URL", "http://127.0.0.1:8080"))


@scenario(ConstantVUs(vus=64, duration="5s"))
async def hello(vu: VU) -> None:
    r = await vu.get("/")
    vu.check("status is 200", r.status == 200)
