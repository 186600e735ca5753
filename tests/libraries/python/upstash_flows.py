"""upstash-redis against Redlite's REST API, whose address and token the environment has."""

import asyncio
import os
import sys

from upstash_redis import Redis
from upstash_redis.asyncio import Redis as AsyncRedis
from upstash_redis.errors import UpstashError


def raises(call, part) -> None:
    try:
        call()
    except UpstashError as error:
        assert part in str(error), str(error)
    else:
        raise AssertionError(f"no error with {part}")


def commands() -> None:
    redis = Redis.from_env()
    assert redis.set("greeting", "hello", ex=100) is True
    assert redis.get("greeting") == "hello"
    assert redis.ttl("greeting") == 100
    assert redis.get("nothing") is None
    assert redis.set("text", 'line\n"quoted" é 😀') is True
    assert redis.get("text") == 'line\n"quoted" é 😀'
    assert redis.incrbyfloat("f", 1.5) == 1.5
    assert redis.hset("h", values={"a": "1", "b": "2"}) == 2
    assert redis.hgetall("h") == {"a": "1", "b": "2"}
    assert redis.rpush("l", "x", "y", "z") == 3
    assert redis.lrange("l", 0, -1) == ["x", "y", "z"]
    assert redis.sadd("s", "m") == 1
    assert redis.smembers("s") == ["m"] or redis.smembers("s") == {"m"}
    assert redis.zadd("z", {"one": 1, "two": 2.5}) == 2
    assert redis.zrange("z", 0, -1, withscores=True) == [("one", 1.0), ("two", 2.5)]
    assert redis.geoadd("g", (13.361389, 38.115556, "Palermo")) == 1
    assert redis.geohash("g", "Palermo") == ["sqc8b49rny0"]
    assert redis.json.set("doc", "$", {"a": [1, 2]}) is True
    assert redis.json.get("doc", "$.a[0]") == [1]
    assert redis.xadd("stream", "*", {"k": "v"})
    assert redis.xlen("stream") == 1
    assert redis.eval("return {KEYS[1], ARGV[1]}", keys=["k"], args=["v"]) == ["k", "v"]
    assert redis.execute(["ECHO", "any command"]) == "any command"
    cursor, keys = redis.scan(0, match="gree*", count=100)
    assert (cursor, keys) == (0, ["greeting"])
    assert redis.delete("greeting", "nothing") == 1


def transactions() -> None:
    redis = Redis.from_env()
    pipeline = redis.pipeline()
    pipeline.set("a", 1)
    pipeline.incr("a")
    pipeline.get("a")
    assert pipeline.exec() == [True, 2, "2"]
    transaction = redis.multi()
    transaction.hset("h", "f", "v")
    transaction.hgetall("h")
    assert transaction.exec() == [1, {"f": "v"}]


def asynchronous() -> None:
    async def run():
        async with AsyncRedis.from_env() as redis:
            assert await redis.set("a", "b") is True
            assert await redis.get("a") == "b"
            assert await redis.pipeline().incr("n").incr("n").exec() == [1, 2]
            assert await asyncio.gather(*(redis.incr("m") for _ in range(50))) is not None
            assert await redis.get("m") == "50"

    asyncio.run(run())


def refused() -> None:
    redis = Redis.from_env()
    redis.set("text", "x")
    raises(lambda: redis.lpush("text", "y"), "WRONGTYPE")
    stranger = Redis(url=os.environ["UPSTASH_REDIS_REST_URL"], token="wrong", rest_retries=0)
    raises(lambda: stranger.get("text"), "WRONGPASS")


if __name__ == "__main__":
    {flow.__name__: flow for flow in (commands, transactions, asynchronous, refused)}[sys.argv[1]]()
