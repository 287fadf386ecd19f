"""The language server, driven by a real client over its standard streams, on files with and without mistakes."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_lsp
from lsprotocol import types
from pytest_lsp import ClientServerConfig, LanguageClient, client_capabilities

MAIN = """\
flow main(name="Ada"):
    on failed -> lost

start:
    set greeting = "Hello"
    say "{{ greeting }} {{ name | upper }} \N{MUSICAL SYMBOL G CLEF} {{ greeting }}"
    run helper(greeting) as answer:
        on failed -> lost
    menu:
        say "To go on, press 1."
        when 1
    -> done

done:
    say "{{ answer }}"
    hangup

lost:
    hangup
"""
HELPER = """\
flow helper(text)

start:
    return text
"""
CALL = """\
call "it ends":
    flow main
    hear "Hello"
    press 1
    expect hangup
"""


@pytest_lsp.fixture(config=ClientServerConfig(server_command=[sys.executable, "-m", "flowengine", "lsp", "--stdio"]))
async def client(lsp_client: LanguageClient, tmp_path: Path) -> AsyncIterator[None]:
    (tmp_path / "flows").mkdir()
    (tmp_path / "flowengine.toml").write_text('[vars]\ncompany = "Acme"\n', "utf-8")
    (tmp_path / "flows/main.flow").write_text(MAIN, "utf-8")
    (tmp_path / "flows/helper.flow").write_text(HELPER, "utf-8")
    (tmp_path / "main.call").write_text(CALL, "utf-8")
    await lsp_client.initialize_session(
        types.InitializeParams(
            capabilities=client_capabilities("visual-studio-code"),
            workspace_folders=[types.WorkspaceFolder(tmp_path.as_uri(), "project")],
        )
    )
    yield
    await lsp_client.shutdown_session()


def open_file(client: LanguageClient, path: Path, text: str | None = None) -> str:
    """Open a file in the editor, with another text than the one on disk if one is given."""
    uri = path.as_uri()
    content = path.read_text("utf-8") if text is None else text
    client.text_document_did_open(types.DidOpenTextDocumentParams(types.TextDocumentItem(uri, "flow", 1, content)))
    return uri


def change(client: LanguageClient, uri: str, text: str) -> None:
    client.text_document_did_change(
        types.DidChangeTextDocumentParams(
            types.VersionedTextDocumentIdentifier(2, uri), [types.TextDocumentContentChangeWholeDocument(text)]
        )
    )


async def diagnostics(client: LanguageClient, uri: str, *, some: bool) -> list[types.Diagnostic]:
    """The findings of a file, as soon as there are some, or none."""
    for _ in range(100):
        found = client.diagnostics.get(uri)
        if found is not None and bool(found) is some:
            return list(found)
        await asyncio.sleep(0.02)
    pytest.fail(f"the findings of {uri} stayed {client.diagnostics.get(uri)}")


def at(text: str, what: str, nth: int = 0, offset: int = 0) -> types.Position:
    """The position of the nth `what` in a text, in UTF-16 code units."""
    index = -1
    for _ in range(nth + 1):
        index = text.index(what, index + 1)
    line = text.count("\n", 0, index)
    row = text[text.rfind("\n", 0, index) + 1 : index]
    return types.Position(line, len(row.encode("utf-16-le")) // 2 + offset)


def document(uri: str) -> types.TextDocumentIdentifier:
    return types.TextDocumentIdentifier(uri)


async def test_findings_come_and_go_as_one_types(client: LanguageClient, tmp_path: Path) -> None:
    uri = open_file(client, tmp_path / "flows/main.flow", MAIN.replace("    hangup\n\nlost", "    hangpu\n\nlost"))
    found = await diagnostics(client, uri, some=True)
    wrong = next(finding for finding in found if finding.code == "FE201")
    assert wrong.range == types.Range(types.Position(15, 4), types.Position(15, 10))
    assert "did you mean `hangup`?" in wrong.message
    change(client, uri, MAIN)
    await diagnostics(client, uri, some=False)


async def test_a_mistake_in_one_file_is_shown_in_another(client: LanguageClient, tmp_path: Path) -> None:
    uri = open_file(client, tmp_path / "flows/helper.flow", HELPER.replace("flow helper(text)", "flow helper()"))
    other = (tmp_path / "flows/main.flow").as_uri()
    assert await diagnostics(client, other, some=True)
    change(client, uri, HELPER)
    await diagnostics(client, other, some=False)


async def test_a_quick_fix_writes_what_was_meant(client: LanguageClient, tmp_path: Path) -> None:
    text = MAIN.replace("when 1", "when 1 -> dnoe")
    uri = open_file(client, tmp_path / "flows/main.flow", text)
    found = [f for f in await diagnostics(client, uri, some=True) if f.code == "FE204"]
    actions = await client.text_document_code_action_async(
        types.CodeActionParams(document(uri), found[0].range, types.CodeActionContext(found))
    )
    assert actions
    action = actions[0]
    assert isinstance(action, types.CodeAction)
    assert action.title == "Write done"
    assert action.edit is not None
    assert action.edit.changes is not None
    edit = action.edit.changes[uri][0]
    assert (edit.new_text, edit.range) == ("done", found[0].range)


@pytest.mark.parametrize(
    ("line", "wanted", "unwanted"),
    [
        ("    ga", "gather", "done"),
        ("    -> ", "done", "gather"),
        ("    run ", "helper", "done"),
        ("    gather x di", "digits=", "done"),
        ('    say "{{ ', "greeting", "gather"),
        ('    say "{{ ', "company", "done"),
        ('    say "{{ name | ', "money", "greeting"),
        ("    if name is ", "defined", "greeting"),
        ("    if ", "open", "digits="),
    ],
)
async def test_completion(client: LanguageClient, tmp_path: Path, line: str, wanted: str, unwanted: str) -> None:
    text = MAIN.replace("    -> done\n\ndone", f"{line}\n    -> done\n\ndone")
    uri = open_file(client, tmp_path / "flows/main.flow", text)
    place = at(text, f"{line}\n")
    result = await client.text_document_completion_async(
        types.CompletionParams(document(uri), types.Position(place.line, len(line)))
    )
    assert isinstance(result, types.CompletionList)
    labels = {item.label for item in result.items}
    assert wanted in labels
    assert unwanted not in labels


async def test_completion_knows_the_outcomes_of_the_verb_around(client: LanguageClient, tmp_path: Path) -> None:
    text = MAIN.replace("        when 1\n", "        when 1\n        on \n")
    uri = open_file(client, tmp_path / "flows/main.flow", text)
    place = at(text, "        on \n")
    result = await client.text_document_completion_async(
        types.CompletionParams(document(uri), types.Position(place.line, 11))
    )
    assert isinstance(result, types.CompletionList)
    assert [item.label for item in result.items] == ["noinput", "nomatch", "failed"]


async def test_completion_in_a_call_script(client: LanguageClient, tmp_path: Path) -> None:
    uri = open_file(client, tmp_path / "main.call", CALL + "    he\n")
    words = await client.text_document_completion_async(types.CompletionParams(document(uri), types.Position(5, 6)))
    assert isinstance(words, types.CompletionList)
    assert {"hear", "press", "expect"} <= {item.label for item in words.items}
    change(client, uri, CALL.replace("flow main", "flow "))
    flows = await client.text_document_completion_async(types.CompletionParams(document(uri), types.Position(1, 9)))
    assert isinstance(flows, types.CompletionList)
    assert [item.label for item in flows.items] == ["helper", "main"]


@pytest.mark.parametrize(
    ("what", "nth", "told"),
    [
        ("say", 0, "Speak a text"),
        ("upper", 0, "filter"),
        ("greeting", 0, "variable `greeting`"),
        ("name", 1, "parameter `name`"),
        ("helper", 0, "flow `helper(text)`"),
        ("done", 0, "step `done`"),
    ],
)
async def test_hover(client: LanguageClient, tmp_path: Path, what: str, nth: int, told: str) -> None:
    uri = open_file(client, tmp_path / "flows/main.flow")
    shown = await client.text_document_hover_async(types.HoverParams(document(uri), at(MAIN, what, nth, 1)))
    assert shown is not None
    assert isinstance(shown.contents, types.MarkupContent)
    assert told in shown.contents.value


async def test_hover_over_a_finding_tells_what_it_means(client: LanguageClient, tmp_path: Path) -> None:
    text = MAIN.replace("    hangup\n\nlost", "    hangpu\n\nlost")
    uri = open_file(client, tmp_path / "flows/main.flow", text)
    shown = await client.text_document_hover_async(types.HoverParams(document(uri), at(text, "hangpu")))
    assert shown is not None
    assert isinstance(shown.contents, types.MarkupContent)
    assert shown.contents.value.startswith("**FE201")


async def test_definition_and_references_across_files(client: LanguageClient, tmp_path: Path) -> None:
    uri = open_file(client, tmp_path / "flows/main.flow")
    there = await client.text_document_definition_async(types.DefinitionParams(document(uri), at(MAIN, "helper")))
    assert isinstance(there, list)
    first = there[0]
    assert isinstance(first, types.Location)
    assert first.uri == (tmp_path / "flows/helper.flow").as_uri()
    used = await client.text_document_references_async(
        types.ReferenceParams(
            context=types.ReferenceContext(include_declaration=True),
            text_document=document(uri),
            position=at(MAIN, "main"),
        )
    )
    assert used is not None
    assert {location.uri for location in used} == {uri, (tmp_path / "main.call").as_uri()}


async def test_rename_counts_in_the_editors_units(client: LanguageClient, tmp_path: Path) -> None:
    uri = open_file(client, tmp_path / "flows/main.flow")
    edit = await client.text_document_rename_async(
        types.RenameParams(document(uri), at(MAIN, "greeting"), "salutation")
    )
    assert edit is not None
    assert edit.changes is not None
    changed = edit.changes[uri]
    # Four places; the last in its line stands behind a character of two code units.
    assert sorted(c.range.start.character for c in changed if c.range.start.line == 5) == [
        at(MAIN, "greeting", 1).character,
        at(MAIN, "greeting", 2).character,
    ]
    assert len(changed) == 4


async def test_rename_of_a_step_leaves_other_flows_alone(client: LanguageClient, tmp_path: Path) -> None:
    uri = open_file(client, tmp_path / "flows/main.flow")
    edit = await client.text_document_rename_async(types.RenameParams(document(uri), at(MAIN, "start"), "begin"))
    assert edit is not None
    assert edit.changes is not None
    assert list(edit.changes) == [uri]
    assert len(edit.changes[uri]) == 1


@pytest.mark.parametrize("name", ["done", "two words", "if", "1st"])
async def test_a_rename_that_would_break_is_refused(client: LanguageClient, tmp_path: Path, name: str) -> None:
    uri = open_file(client, tmp_path / "flows/main.flow")
    with pytest.raises(Exception, match=r"name|already"):
        await client.text_document_rename_async(types.RenameParams(document(uri), at(MAIN, "lost"), name))


async def test_symbols(client: LanguageClient, tmp_path: Path) -> None:
    uri = open_file(client, tmp_path / "flows/main.flow")
    found = await client.text_document_document_symbol_async(types.DocumentSymbolParams(document(uri)))
    assert found
    flow = found[0]
    assert isinstance(flow, types.DocumentSymbol)
    assert (flow.name, [child.name for child in flow.children or []]) == ("main", ["name", "start", "done", "lost"])


async def test_formatting(client: LanguageClient, tmp_path: Path) -> None:
    ugly = HELPER.replace("    return text", "       return   text")
    uri = open_file(client, tmp_path / "flows/helper.flow", ugly)
    edits = await client.text_document_formatting_async(
        types.DocumentFormattingParams(document(uri), types.FormattingOptions(tab_size=4, insert_spaces=True))
    )
    assert edits
    assert edits[0].new_text == HELPER
    change(client, uri, HELPER.replace("flow helper", "flow"))
    assert not await client.text_document_formatting_async(
        types.DocumentFormattingParams(document(uri), types.FormattingOptions(tab_size=4, insert_spaces=True))
    )
