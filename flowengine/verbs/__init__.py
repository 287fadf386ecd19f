"""The verbs of the language: one file each, and the one list of them.

A new verb is a file in this folder and its line in `VERBS`. Another package adds verbs through the entry point group
`flowengine.verbs`; a name that is taken fails loudly at start.
"""

from __future__ import annotations

from functools import cache
from importlib.metadata import entry_points

from flowengine.verbs import (
    answer,
    conference,
    emit,
    fetch,
    gather,
    hangup,
    language,
    log,
    menu,
    pause,
    play,
    queue,
    record,
    redirect,
    reject,
    say,
    send,
    sms,
    transfer,
)
from flowengine.verbs.base import Verb

VERBS: tuple[Verb, ...] = (
    say.VERB,
    play.VERB,
    pause.VERB,
    language.VERB,
    answer.VERB,
    hangup.VERB,
    reject.VERB,
    menu.VERB,
    gather.VERB,
    record.VERB,
    transfer.VERB,
    conference.VERB,
    queue.VERB,
    redirect.VERB,
    send.VERB,
    fetch.VERB,
    sms.VERB,
    log.VERB,
    emit.VERB,
)


class DuplicateVerbError(RuntimeError):
    """Two verbs have the same name."""


@cache
def all_verbs() -> dict[str, Verb]:
    """Our verbs and those that other packages add, by name.

    Raises:
        DuplicateVerbError: a name is taken twice.
    """
    verbs: dict[str, Verb] = {}
    added = [entry.load() for entry in entry_points(group="flowengine.verbs")]
    for verb in (*VERBS, *added):
        if verb.name in verbs:
            raise DuplicateVerbError(f"there are two verbs named {verb.name}")
        verbs[verb.name] = verb
    return verbs
