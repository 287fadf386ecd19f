"""What every carrier's client must keep to, whoever has written it: for the tests of one's own carrier.

```
def test_my_carrier_keeps_to_the_rules():
    assert problems(MyClient) == []
```
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator

from flowengine.carriers.client import TASKS, CarrierClient


def problems(client: type[CarrierClient]) -> list[str]:
    """What is wrong with a client, in sentences; nothing is sent."""
    return list(_problems(client))


def _problems(client: type[CarrierClient]) -> Iterator[str]:
    if not getattr(client, "name", ""):
        yield "it has no name"
    means = getattr(client, "means", None)
    if means is None:
        yield "it does not declare its means"
        return
    for task in (*means, *client.hints):
        if task not in TASKS:
            yield f"`{task}` is no task: there are {', '.join(TASKS)}"
    for task in client.hints:
        if task in means:
            yield f"`{task}` has a hint what to do instead, though it is declared"
    for task, method in TASKS.items():
        own, base = getattr(client, method), getattr(CarrierClient, method)
        if task in means and own is base:
            yield f"`{task}` is declared, and `{method}` is missing"
        if task not in means and own is not base:
            yield f"`{method}` is there, and `{task}` is not declared"
        if not inspect.iscoroutinefunction(own):
            yield f"`{method}` is no coroutine function"
        elif _parameters(own) != _parameters(base):
            yield f"`{method}` takes other parameters than the vocabulary has"


def _parameters(method: object) -> list[tuple[str, str]]:
    assert callable(method)
    return [(each.name, each.kind.name) for each in inspect.signature(method).parameters.values()]
