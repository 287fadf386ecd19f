"""Resources that are only kept: made, listed, read, changed and deleted, all in the same way."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from flowengine.sandbox.voipbin.api.reading import Shape, read_body, read_page
from flowengine.sandbox.voipbin.carrier import VoipbinCarrier
from flowengine.sandbox.voipbin.errors import not_found
from flowengine.sandbox.voipbin.names import NIL
from flowengine.sandbox.voipbin.tables import Resource

NUMBER_PATH = "/numbers/{id:(?!renew$)[^/]+}"
"""One number; `renew` is no id."""


def public(row: Resource) -> Resource:
    """What of a resource is shown."""
    return {name: value for name, value in row.items() if not name.startswith("_")}


@dataclass(frozen=True)
class Kind:
    """One kind of resource.

    Attributes:
        path: Of its list, without a slash.
        word: What one of them is called.
        create: The body that makes one; None where it is not made so.
        update: The body that changes one.
        defaults: Its fields beside those of the body.
        parts: Bodies that change a part, by the path below the resource.
        can_delete: Whether it can be deleted.
        optional: Whether a body may be missing.
        filters: Fields that a list can be asked for.
    """

    path: str
    word: str
    create: str | None = None
    update: str | None = None
    defaults: dict[str, Any] = field(default_factory=dict)
    parts: dict[str, str] = field(default_factory=dict)
    can_delete: bool = True
    optional: bool = False
    filters: str = ""


_OUTPLAN = "max_try_count_0*:int max_try_count_1*:int max_try_count_2*:int max_try_count_3*:int max_try_count_4*:int"
_TARGET = " ".join(f"destination_{number}*:address" for number in range(5))
_DIAL = f"source*:address dial_timeout*:int try_interval*:int {_OUTPLAN}"
_TRUNK = "name* detail* auth_types*:auth_types username* password* allowed_ips*:texts"
_QUEUE = (
    "name* detail* routing_method*:routing_method tag_ids*:uuids wait_flow_id* wait_timeout*:int service_timeout*:int"
)

KINDS: tuple[Kind, ...] = (
    Kind(
        "campaigns",
        "campaign",
        "name* detail* type*:campaign_type service_level*:int end_handle*:end_handle actions*:actions outplan_id* "
        "outdial_id* queue_id* next_campaign_id*",
        "name* detail* type*:campaign_type service_level*:int end_handle*:end_handle",
        {"status": "stop"},
        {
            "actions": "actions*:actions",
            "next_campaign_id": "next_campaign_id*",
            "resource_info": "outplan_id* outdial_id* queue_id* next_campaign_id*",
            "service_level": "service_level*:int",
            "status": "status*:campaign_status",
        },
    ),
    Kind("campaigncalls", "campaigncall"),
    Kind("outplans", "outplan", f"name* detail* {_DIAL}", "name* detail*", {}, {"dial_info": _DIAL}),
    Kind(
        "outdials",
        "outdial",
        "campaign_id* name* detail* data*",
        "name* detail*",
        {},
        {"campaign_id": "campaign_id*", "data": "data*"},
        optional=True,
    ),
    Kind(
        "extensions",
        "extension",
        "extension* password* name* detail*",
        "name* detail* password*",
        {"domain_name": "sandbox", "username": "", "direct_hash": ""},
    ),
    Kind("trunks", "trunk", f"{_TRUNK} domain_name*", _TRUNK),
    Kind(
        "queues",
        "queue",
        _QUEUE,
        _QUEUE,
        {
            "direct_hash": "",
            "wait_queuecall_ids": [],
            "service_queuecall_ids": [],
            "total_incoming_count": 0,
            "total_serviced_count": 0,
            "total_abandoned_count": 0,
        },
        {"routing_method": "routing_method*:routing_method", "tag_ids": "tag_ids*:uuids"},
        optional=True,
    ),
    Kind("queuecalls", "queuecall"),
    Kind("conferencecalls", "conferencecall", can_delete=False),
    Kind("recordings", "recording"),
    Kind("messages", "message"),
    Kind("emails", "email"),
    Kind("accesskeys", "accesskey", None, "name detail"),
    Kind("activeflows", "activeflow", can_delete=False),
    Kind("transcribes", "transcribe", filters="reference_type:transcribed reference_id:uuid"),
    Kind("billings", "billing", can_delete=False),
    Kind("numbers", "number", can_delete=False, optional=True),
    Kind("flows", "flow", None, "name* detail* actions*:actions on_complete_flow_id"),
    Kind(
        "conferences",
        "conference",
        None,
        "name* detail* data*:object timeout*:int pre_flow_id* post_flow_id*",
        can_delete=False,
    ),
    Kind("groupcalls", "groupcall", can_delete=False),
)

HASHED = ("conferences", "extensions", "flows", "queues")
"""Kinds whose public hash can be made anew."""


class Rows:
    """Handlers for all kinds."""

    def __init__(self, carrier: VoipbinCarrier) -> None:
        self._carrier = carrier
        self._account = carrier.account

    def routes(self) -> list[web.RouteDef]:
        """The paths that they serve."""
        routes: list[web.RouteDef] = []
        for kind in KINDS:
            many, one = f"/{kind.path}", f"/{kind.path}/{{id}}"
            if kind.path == "numbers":
                one = NUMBER_PATH
            routes += [web.get(many, self._list(kind)), web.get(one, self._get(kind))]
            if kind.create is not None:
                routes.append(web.post(many, self._create(kind, Shape(kind.create))))
            if kind.update is not None:
                routes.append(web.put(one, self._change(kind, Shape(kind.update))))
            routes += [
                web.put(f"{one}/{part}", self._change(kind, Shape(fields))) for part, fields in kind.parts.items()
            ]
            if kind.can_delete:
                routes.append(web.delete(one, self._delete(kind)))
            if kind.path in HASHED:
                routes.append(web.post(f"{one}/direct-hash-regenerate", self._hash(kind)))
        return routes

    def row(self, kind: str, word: str, key: str) -> Resource:
        """A resource.

        Raises:
            ApiError: 404.
        """
        row = self._account.tables[kind].get(key)
        if row is None:
            raise not_found(word)
        return row

    def page(self, request: web.Request, kind: str, keep: Callable[[Resource], bool] | None = None) -> web.Response:
        """A page of a list, of those that `keep` holds for."""
        size, token = read_page(request)
        rows, following = self._account.tables[kind].page(size, token)
        shown = [public(row) for row in rows if keep is None or keep(row)]
        return web.json_response({"result": shown, "next_page_token": following})

    def _list(self, kind: Kind) -> Any:
        shape = Shape(kind.filters)

        async def handler(request: web.Request) -> web.Response:
            wanted = shape.check(request.query)
            return self.page(
                request, kind.path, lambda row: all(row.get(name) == value for name, value in wanted.items())
            )

        return handler

    def _get(self, kind: Kind) -> Any:
        async def handler(request: web.Request) -> web.Response:
            return web.json_response(public(self.row(kind.path, kind.word, request.match_info["id"])))

        return handler

    def _create(self, kind: Kind, shape: Shape) -> Any:
        async def handler(request: web.Request) -> web.Response:
            fields = {**kind.defaults, **await read_body(request, shape)}
            if "actions" in fields:
                fields["actions"] = self._carrier.with_ids(fields["actions"])
            fields = {name: NIL if name.endswith("_id") and not value else value for name, value in fields.items()}
            row = self._account.add(kind.path, **_copied(fields))
            self._carrier.publish(f"{kind.word}_created", row)
            return web.json_response(public(row))

        return handler

    def _change(self, kind: Kind, shape: Shape) -> Any:
        async def handler(request: web.Request) -> web.Response:
            fields = await read_body(request, shape)
            row = self.row(kind.path, kind.word, request.match_info["id"])
            if "actions" in fields:
                fields["actions"] = self._carrier.with_ids(fields["actions"])
            self._account.tables[kind.path].change(row, **fields)
            self._carrier.publish(f"{kind.word}_updated", row)
            return web.json_response(public(row))

        return handler

    def _delete(self, kind: Kind) -> Any:
        async def handler(request: web.Request) -> web.Response:
            row = self.row(kind.path, kind.word, request.match_info["id"])
            self._account.tables[kind.path].delete(row)
            self._carrier.publish(f"{kind.word}_deleted", row)
            return web.json_response(public(row))

        return handler

    def _hash(self, kind: Kind) -> Any:
        async def handler(request: web.Request) -> web.Response:
            row = self.row(kind.path, kind.word, request.match_info["id"])
            self._account.tables[kind.path].change(row, direct_hash=self._account.new_id().replace("-", ""))
            return web.json_response(public(row))

        return handler


def _copied(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: list(value) if isinstance(value, list) else value for name, value in fields.items()}
