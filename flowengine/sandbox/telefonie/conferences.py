"""The operations on conferences and their participants."""

from collections.abc import Callable

from aiohttp import web

from flowengine.sandbox.documents.verbs import ConferenceTarget, Dial
from flowengine.sandbox.exchange import Exchange
from flowengine.sandbox.network.conference import Room
from flowengine.sandbox.telefonie.calls import require_dialable
from flowengine.sandbox.telefonie.errors import ApiError, not_found
from flowengine.sandbox.telefonie.owners import Owners
from flowengine.sandbox.telefonie.requests import (
    AddParticipant,
    CreateConference,
    ListConferences,
    read_body,
    read_query,
)
from flowengine.sandbox.telefonie.views import conference_view, participant_view


class Conferences:
    """Handlers over an exchange."""

    def __init__(self, exchange: Exchange, owners: Owners) -> None:
        self._exchange = exchange
        self._owners = owners
        self._services = exchange.services
        self._network = exchange.services.network

    def routes(self) -> list[web.RouteDef]:
        """The paths that they serve."""
        return [
            web.get("/conferences", self.list_conferences),
            web.post("/conferences", self.create_conference),
            web.get("/conferences/{conference_id}/participants", self.list_participants),
            web.post("/conferences/{conference_id}/participants", self.add_participant),
        ]

    async def list_conferences(self, request: web.Request) -> web.Response:
        """`listConferences`: the newest first."""
        query = read_query(request, ListConferences)
        rooms = [
            conference_view(room)
            for room in reversed(self._network.rooms.values())
            if query.status in (None, room.state.value) and self._owners.sees_room(request, room)
        ]
        return web.json_response({"conferences": rooms})

    async def create_conference(self, request: web.Request) -> web.Response:
        """`createConference`: a room without a name is called by its id."""
        wish = await read_body(request, CreateConference, required=False)
        room = self._network.new_room(wish.friendly_name, max(1, wish.max_participants))
        room.name = room.name or room.id
        self._owners.claim_room(request, room)
        self._services.on_room(room, wish.status_callback)
        if wish.record:
            self._services.record_room(room, _tell_recording(self._exchange, room, wish.status_callback))
        return web.json_response(conference_view(room), status=201)

    async def list_participants(self, request: web.Request) -> web.Response:
        """`listConferenceParticipants`."""
        room = self._room(request)
        members = [participant_view(room, member) for member in room.members.values()]
        return web.json_response({"participants": members})

    async def add_participant(self, request: web.Request) -> web.Response:
        """`addConferenceParticipant`: dials out, and who answers is in the room."""
        room = self._room(request)
        wish = await read_body(request, AddParticipant)
        require_dialable(self._exchange, to=wish.to, from_=wish.from_)
        if room.is_over:
            raise ApiError(409, "conference_is_over", "The conference is over.")
        if room.is_full:
            raise ApiError(409, "conference_is_full", f"All {room.seats} places are taken.")
        self._owners.require_money(request)
        self._owners.require(request, wish.from_)
        # The call carries out one verb: it enters the room, and is over when it leaves it.
        join = Dial(ConferenceTarget(room.id, muted=wish.muted))
        call = self._exchange.place(wish.from_, wish.to, target=(join,))
        self._owners.claim(request, call)
        view = {"call_id": call.leg.id, "conference_id": room.id, "muted": wish.muted, "hold": False}
        return web.json_response(view | {"status": call.leg.state.value}, status=201)

    def _room(self, request: web.Request) -> Room:
        key = request.match_info["conference_id"]
        room = self._network.rooms.get(key)
        if room is None or not self._owners.sees_room(request, room):
            raise not_found("conference", key)
        return room


def _tell_recording(exchange: Exchange, room: Room, callback: str) -> Callable[[str, int], None]:
    def recorded(url: str, seconds: int) -> None:
        fields = {"conference_id": room.id, "event": "recording-completed"}
        exchange.services.notify("", callback, fields | {"recording_url": url, "recording_duration": seconds})

    return recorded
