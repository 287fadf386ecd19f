"""What the API takes: bodies and queries, as the OpenAPI has them."""

import json
from typing import Annotated, Any, Literal, TypeVar

from aiohttp import web
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from flowengine.sandbox.telefonie.errors import ApiError, invalid

Status = Literal["queued", "ringing", "in-progress", "completed", "failed", "busy", "no-answer", "canceled"]


def _whole(value: Any) -> Any:
    """JSON has one kind of number: 30.0 is an integer too."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _from_query(value: Any) -> Any:
    """A query has only texts."""
    if isinstance(value, str) and value.isascii() and value.removeprefix("-").isdigit() and len(value) <= 18:
        return int(value)
    return value


Whole = Annotated[int, BeforeValidator(_whole)]
Uri = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|\\^`]+$")]
QueryInt = Annotated[int, BeforeValidator(_from_query)]


class _Body(BaseModel):
    # Strict: "30" is no integer and 1 no boolean. Unknown fields are let pass; the OpenAPI does not forbid them.
    model_config = ConfigDict(strict=True, extra="ignore")


class InitiateCall(_Body):
    """`initiateCall`."""

    to: str
    from_: str = Field(alias="from")
    url: str = ""
    method: Literal["GET", "POST"] = "POST"
    status_callback: str = ""
    timeout: Whole = 30
    record: bool = False


class UpdateCall(_Body):
    """`updateCall`. The OpenAPI leaves `method` open here; what is not GET means POST."""

    status: Literal["completed", "canceled"] | None = None
    url: str = ""
    method: str = "POST"


class CreateConference(_Body):
    """`createConference`."""

    friendly_name: str = ""
    max_participants: Whole = 250
    record: bool = False
    status_callback: str = ""


class AddParticipant(_Body):
    """`addConferenceParticipant`."""

    to: str
    from_: str = Field(alias="from")
    muted: bool = False


class Query(BaseModel):
    """A query."""

    # A filter that does not exist would quietly filter nothing: better refused.
    model_config = ConfigDict(extra="forbid")


class ListCalls(Query):
    """The query of `listCalls`."""

    status: Status | None = None
    direction: Literal["inbound", "outbound"] | None = None
    from_: str | None = Field(default=None, alias="from")
    to: str | None = None
    page: QueryInt = 1
    page_size: Annotated[QueryInt, Field(le=100)] = 50


class ListConferences(Query):
    """The query of `listConferences`."""

    status: Literal["init", "in-progress", "completed"] | None = None


Model = TypeVar("Model", bound=BaseModel)


async def read_body(request: web.Request, model: type[Model], *, required: bool = True, nulls: bool = False) -> Model:
    """The request's JSON body; with `nulls` a field may be null.

    Raises:
        ApiError: 400, it is no JSON object or not as the OpenAPI has it; 415, it says that it is no JSON.
    """
    raw = await request.read()
    if not raw and not required:
        return model()
    if not request.content_type.endswith("json"):
        raise ApiError(415, "unsupported_media_type", "The body is to be application/json.")
    try:
        document = json.loads(raw)
    except (ValueError, RecursionError):
        raise ApiError(400, "invalid_request", "The body is no JSON.") from None
    if not isinstance(document, dict):
        raise ApiError(400, "invalid_request", "The body is no JSON object.")
    # A field that is there must have its type; null is not one of them.
    if not nulls and (empty := [key for key, value in document.items() if value is None and _knows(model, key)]):
        raise ApiError(400, "invalid_request", f"{empty[0]}: null is not allowed", empty[0])
    try:
        return model.model_validate(document)
    except ValidationError as error:
        raise invalid(error) from None


def _knows(model: type[BaseModel], key: str) -> bool:
    return any(key in (name, field.alias) for name, field in model.model_fields.items())


def read_query(request: web.Request, model: type[Model]) -> Model:
    """The request's query.

    Raises:
        ApiError: 400, it is not as the OpenAPI has it.
    """
    try:
        return model.model_validate(dict(request.query))
    except ValidationError as error:
        raise invalid(error) from None
