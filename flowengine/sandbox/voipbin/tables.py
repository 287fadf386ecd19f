"""Resources of the account: kept in tables, newest first, deleted by a mark."""

from collections import OrderedDict
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from flowengine.sandbox.clock import Clock

Resource = dict[str, Any]
_TOKEN = "%Y-%m-%d %H:%M:%S.%f"  # noqa: S105 - the form of a page's token


class Times:
    """Writes times, none of them twice: lists are paged by them."""

    def __init__(self, clock: Clock, form: Literal["iso", "space"]) -> None:
        self._clock = clock
        self._form = form
        self._last = datetime.min.replace(tzinfo=UTC)

    def write(self, moment: datetime) -> str:
        """A time as the API has it."""
        text = moment.astimezone(UTC).strftime(_TOKEN)
        return text.replace(" ", "T") + "Z" if self._form == "iso" else text

    def at(self, moment: float) -> str:
        """A Unix time as the API has it."""
        return self.write(datetime.fromtimestamp(moment, UTC))

    @property
    def never(self) -> str:
        """What stands where there is no time yet."""
        return self.write(datetime(9999, 1, 1, tzinfo=UTC))

    def now(self) -> str:
        """The present time, later than any given before."""
        self._last = max(self._clock.wall(), self._last + timedelta(microseconds=1))
        return self.write(self._last)


class Table:
    """The resources of one kind. Those that are deleted can still be read, and are in no list."""

    def __init__(self, times: Times, keep: int) -> None:
        self.rows: OrderedDict[str, Resource] = OrderedDict()
        self._times = times
        self._keep = keep

    def add(self, row: Resource) -> Resource:
        """Keep a new resource, with its times. The oldest is forgotten when there are too many."""
        now = self._times.now()
        row |= {"tm_create": now, "tm_update": now, "tm_delete": self._times.never}
        self.rows[row["id"]] = row
        while len(self.rows) > self._keep:
            self.rows.popitem(last=False)
        return row

    def change(self, row: Resource, **fields: Any) -> Resource:
        """Change a resource."""
        row.update(fields, tm_update=self._times.now())
        return row

    def delete(self, row: Resource) -> Resource:
        """Mark a resource as deleted."""
        now = self._times.now()
        row.update(tm_delete=now, tm_update=now)
        return row

    def get(self, key: str) -> Resource | None:
        """The resource with this id, unless it is deleted."""
        row = self.rows.get(key)
        return None if row is None or not self.keeps(row) else row

    def keeps(self, row: Resource) -> bool:
        """Whether a resource is not deleted."""
        return bool(row["tm_delete"] == self._times.never)

    def page(self, size: int, token: str) -> tuple[list[Resource], str]:
        """A page, newest first, and the token of the next; empty when there is none."""
        found = [row for row in reversed(self.rows.values()) if self.keeps(row)]
        if token:
            found = [row for row in found if _token(row) < token]
        more = len(found) > size
        return found[:size], _token(found[size - 1]) if more and size else ""


def _token(row: Resource) -> str:
    created: str = row["tm_create"]
    return created.replace("T", " ").removesuffix("Z")
