"""The embedded VoIPBIN's account, through our own client: logins, money, errors in both shapes, pages."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from flowengine.carriers.voipbin import rest
from flowengine.carriers.voipbin.models import Address
from flowengine.runtime.http.rest import CarrierError, NoCreditError, NotFoundError, RestClient, UnauthorisedError
from flowengine.sandbox.voipbin import VoipbinAccount
from tests.sandbox.voipbin_stage import AGENT, CALLER, KEY, LINE, Stage, action, stage

SOURCE = Address(target=CALLER)
USER = ("sandbox@voipbin.example", "sandbox")


@asynccontextmanager
async def client(
    user: tuple[str, str] | None = None, *more: VoipbinAccount, **account: Any
) -> AsyncIterator[tuple[RestClient, Stage]]:
    """Our client, with an access key or a login; `more` are other customers."""
    async with stage(*more, **account) as all_of_it:
        base = f"{all_of_it.sandbox.url}/v1.0"
        login = rest.login(base, *user) if user else None
        yield RestClient(all_of_it.client, base, {}, query={} if user else KEY, login=login), all_of_it


def logins(all_of_it: Stage) -> list[int]:
    """Counts logins from now on."""
    account, count = all_of_it.sandbox.voipbin.account, [0]
    log_in = account.log_in

    def counted(username: str, password: str) -> str | None:
        count[0] += 1
        return log_in(username, password)

    account.log_in = counted  # type: ignore[method-assign]
    return count


async def test_a_token_is_asked_for_once_and_once_more_when_it_is_refused() -> None:
    async with client(USER) as (api, all_of_it):
        count = logins(all_of_it)
        for _ in range(3):
            await api.run(rest.get_customer())
        assert count == [1]
        all_of_it.sandbox.voipbin.account.forget_logins()
        assert (await api.run(rest.get_customer())).id
        assert count == [2]


async def test_a_token_is_valid_for_seven_days() -> None:
    async with client(USER) as (api, all_of_it):
        count = logins(all_of_it)
        await api.run(rest.get_customer())
        await all_of_it.clock.advance(7 * 86_400 - 1)
        await api.run(rest.get_customer())
        assert count == [1]
        await all_of_it.clock.advance(2)
        await api.run(rest.get_customer())
        assert count == [2]


async def test_what_is_refused_after_another_login_is_refused() -> None:
    async with client(USER) as (api, all_of_it):
        count = logins(all_of_it)
        account = all_of_it.sandbox.voipbin.account
        account.knows_token = lambda _token: False  # type: ignore[method-assign]
        with pytest.raises(UnauthorisedError) as refused:
            await api.run(rest.get_customer())
        assert refused.value.code == "INVALID_CREDENTIALS"
        assert count == [2]


async def test_a_wrong_password_is_a_bare_400() -> None:
    async with client((USER[0], "wrong")) as (api, all_of_it):
        count = logins(all_of_it)
        with pytest.raises(CarrierError) as refused:
            await api.run(rest.get_customer())
        assert refused.value.status == 400
        assert count == [1]


async def test_an_access_key_in_the_header_is_taken_for_a_token() -> None:
    async with stage() as all_of_it:
        api = RestClient(all_of_it.client, f"{all_of_it.sandbox.url}/v1.0", {"Authorization": "Bearer vb_sandbox"})
        with pytest.raises(UnauthorisedError):
            await api.run(rest.get_customer())


async def test_an_access_key_is_told_once_and_can_be_revoked() -> None:
    async with client() as (api, all_of_it):
        made = await api.run(rest.create_accesskey("ours"))
        assert made.token.startswith("vb_")
        listed = (await api.run(rest.list_accesskeys())).result
        assert not any(key.token for key in listed)
        other = RestClient(all_of_it.client, f"{all_of_it.sandbox.url}/v1.0", {}, query={"accesskey": made.token})
        await other.run(rest.get_customer())
        await api.run(rest.delete_accesskey(made.id))
        with pytest.raises(UnauthorisedError):
            await other.run(rest.get_customer())


# --------------------------------------------------------------------------------------------------------------- money


async def test_calls_messages_and_numbers_are_charged() -> None:
    async with client() as (api, all_of_it):
        phone = await all_of_it.call(action("answer"), action("sleep", duration=600_000))
        await all_of_it.clock.advance(61)
        phone.hang_up()
        await all_of_it.clock.settle()
        await api.run(rest.send_message(SOURCE, [Address(target=AGENT)], "x" * 200))
        (number,) = (await api.run(rest.list_available_numbers("US", page_size=1))).result
        await api.run(rest.buy_number(number.number))
        page = await api.run(rest.list_billings())
        charged = {row.reference_type: (row.billable_units, row.amount_credit) for row in page.result}
        # Two minutes, since a minute that was begun counts; two parts of a text; a number.
        assert charged == {"call": (2, -20_000), "sms": (2, -20_000), "number": (1, -5_000_000)}
        account = await api.run(rest.get_billing_account())
        assert account.balance_credit == 100_000_000 - 5_040_000
        assert (await api.run(rest.get_billing(page.result[0].id))).amount_credit == page.result[0].amount_credit


async def test_without_money_nothing_that_costs_is_done() -> None:
    async with client(balance=0) as (api, all_of_it):
        for operation in (
            rest.create_calls(SOURCE, [Address(target=AGENT)]),
            rest.send_message(SOURCE, [Address(target=AGENT)], "Hello"),
            rest.buy_number("+15558880000"),
        ):
            with pytest.raises(NoCreditError) as refused:
                await api.run(operation)
            assert refused.value.code == "INSUFFICIENT_BALANCE"
        assert all_of_it.ringing == []


@pytest.mark.parametrize("account", [{"verified": False}, {"countries": ("+49",)}, {"countries": ()}])
async def test_calls_out_need_a_verified_customer_and_a_country_that_is_allowed(account: dict[str, Any]) -> None:
    async with client(**account) as (api, all_of_it):
        with pytest.raises(CarrierError) as refused:
            await api.run(rest.create_calls(SOURCE, [Address(target=AGENT)]))
        assert (refused.value.status, refused.value.code) == (400, "INVALID_ARGUMENT")
        assert all_of_it.ringing == []
        await all_of_it.call(action("answer"))
        # A line of our own is no outside phone.
        assert len((await api.run(rest.create_calls(SOURCE, [Address(target=LINE)]))).calls) == 1


# -------------------------------------------------------------------------------------------------------------- errors


@pytest.mark.parametrize(("errors", "code"), [("code", "FLOW_NOT_FOUND"), ("document", "flow_not_found")])
async def test_errors_are_read_in_both_shapes(errors: str, code: str) -> None:
    async with client(errors=errors) as (api, all_of_it):
        with pytest.raises(NotFoundError) as refused:
            await api.run(rest.get_flow("00000000-0000-4000-8000-000000000000"))
        assert refused.value.code == code
        assert "There is no such flow." in str(refused.value)
        _, body = await all_of_it.ask("GET", "/flows/nonsense")
        assert isinstance(body["error"], dict if errors == "code" else str)


async def test_too_many_requests_are_put_off_and_done() -> None:
    async with client(requests=2) as (api, all_of_it):
        for _ in range(2):
            await api.run(rest.get_customer())
        status, body = await all_of_it.ask("GET", "/customer")
        assert (status, body["error"]["reason"]) == (429, "RATE_LIMIT_EXCEEDED")
        assert body["error"]["details"] == [{"limited_by": "customer"}]


# --------------------------------------------------------------------------------------------------------------- pages


@pytest.mark.parametrize("times", ["iso", "space"])
async def test_pages_hold_everything_once_the_newest_first(times: str) -> None:
    async with client(times=times) as (api, _):
        names = [f"flow {number}" for number in range(7)]
        for name in names:
            await api.run(rest.create_flow(name, []))
        found: list[str] = []
        token, pages = "", 0
        while True:
            page = await api.run(rest.list_flows(token, 3))
            found += [flow.name for flow in page.result]
            pages += 1
            token = page.next_page_token
            if not token:
                break
            # The token of a page holds a space and colons, which have to be encoded.
            assert " " in token
            assert ":" in token
        assert (found, pages) == (names[::-1], 3)


async def test_a_resource_that_is_deleted_is_in_no_list() -> None:
    async with client() as (api, _):
        flow = await api.run(rest.create_flow("f", []))
        await api.run(rest.delete_flow(flow.id))
        assert (await api.run(rest.list_flows())).result == []
        with pytest.raises(NotFoundError):
            await api.run(rest.get_flow(flow.id))


# ----------------------------------------------------------------------------------------------------------- customers

OTHER = VoipbinAccount(
    accesskeys=("vb_other",),
    username="other@voipbin.example",
    password="other",
    numbers={"+15551230009": []},
    balance=0,
    requests=3,
)


async def test_customers_see_nothing_of_each_other() -> None:
    async with client(None, OTHER) as (api, all_of_it):
        theirs = RestClient(all_of_it.client, f"{all_of_it.sandbox.url}/v1.0", {}, query={"accesskey": "vb_other"})
        flow = await api.run(rest.create_flow("ours", []))
        assert [found.name for found in (await api.run(rest.list_flows())).result] == ["ours"]
        with pytest.raises(NotFoundError):
            await theirs.run(rest.get_flow(flow.id))
        assert [found.number for found in (await theirs.run(rest.list_numbers())).result] == ["+15551230009"]
        with pytest.raises(NoCreditError):
            await theirs.run(rest.send_message(SOURCE, [Address(target=AGENT)], "Hello"))
        # Their limit of requests is not ours.
        for _ in range(4):
            assert (await api.run(rest.get_billing_account())).balance_credit == 100_000_000


async def test_each_customer_logs_in_with_a_name_of_its_own() -> None:
    async with stage(OTHER) as all_of_it:
        base = f"{all_of_it.sandbox.url}/v1.0"
        ids = []
        for user in (USER, ("other@voipbin.example", "other")):
            api = RestClient(all_of_it.client, base, {}, login=rest.login(base, *user))
            customer = await api.run(rest.get_customer())
            assert customer.email == user[0]
            ids.append(customer.id)
        assert len(set(ids)) == 2
        api = RestClient(all_of_it.client, base, {}, login=rest.login(base, USER[0], "other"))
        with pytest.raises(CarrierError) as refused:
            await api.run(rest.get_customer())
        assert refused.value.status == 400
