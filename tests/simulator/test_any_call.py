"""Whatever people do, in whatever order: a call goes on or is over, and nothing else."""

from hypothesis import given
from hypothesis import strategies as st

from flowengine.core.session import dump, load
from flowengine.simulator.line import CannotError, Setup, finished
from flowengine.simulator.phone import Phone
from flowengine.simulator.world import Answer
from tests.simulator.flows import CONFERENCE, FETCH, GATHER, MENU, QUEUE, RECORD, TRANSFER
from tests.simulator.running import scripts

PROGRAMS = [scripts(flow, "").program for flow in (MENU, GATHER, RECORD, TRANSFER, QUEUE, CONFERENCE, FETCH)]

keys = st.text("0123456789*#", min_size=1, max_size=8)
seconds = st.floats(0, 20_000, allow_nan=False)
actions = st.one_of(
    st.tuples(st.just("press"), st.tuples(keys)),
    st.tuples(st.just("speak"), st.tuples(st.text(max_size=20))),
    st.tuples(st.just("wait"), st.tuples(st.none() | seconds)),
    st.tuples(st.just("leave"), st.tuples(seconds, st.text(max_size=20), st.booleans())),
    st.tuples(
        st.just("peer"), st.tuples(st.sampled_from(["busy", "noanswer", "declined", "failed", "answered"]), seconds)
    ),
    st.tuples(st.just("hangup"), st.just(())),
)


@given(st.sampled_from(PROGRAMS), st.lists(actions, max_size=12))
def test_a_call_survives_anything(program: object, done: list[tuple[str, tuple[object, ...]]]) -> None:
    phone = Phone(program, Setup("main", "+15557650001", "+15551230000", 1_767_610_800.0))  # type: ignore[arg-type]
    phone.give(Answer("*", body={"state": "sent"}, delay=1))
    finished(phone.start())
    for name, arguments in done:
        before, over = phone.now, phone.ended
        try:
            finished(getattr(phone, name)(*arguments))
        except CannotError:
            assert name in ("press", "speak", "leave", "peer")
        assert phone.now >= before
        assert over is None or (phone.ended, phone.due) == (over, None)
        assert phone.doing
        _, session = phone.look()
        assert load(dump(session)) == session
    finished(phone.wait(5 * 3600.0))
    assert phone.ended is not None, "the longest time of a call ends every call"
