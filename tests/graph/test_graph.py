"""Pictures of flows: every way is in them, in each form, and no text of a flow becomes markup."""

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

from flowengine.compiler.build import build, build_sources
from flowengine.compiler.drawing import FORMATS, Chart, chart_of, dot, mermaid, svg
from flowengine.compiler.drawing.layout import lay_out, without_circles
from flowengine.compiler.sources import Sources
from flowengine.language import tree

ROOT = Path(__file__).parents[2]
FLOW = """\
flow main:
    on failed -> bye
    on press 0 -> bye
    on hangup:
        log "gone"

start:
    say "Welcome to <b>{{ company }}</b> & \\"friends\\"."
    if open("office") -> menu_step
    else -> bye

menu_step:
    menu:
        say "For sales, press 1."
        when 1, "sales" -> bye
        when 5..7 -> checked
        when "*" -> menu_step
        on noinput:
            say "Hello?"
        on failed -> bye

checked:
    run verify("x") as ok:
        on failed -> bye
    transfer "+15551230001":
        on busy, noanswer:
            say "Busy."
            -> menu_step
        on declined:
            hangup
    -> bye

bye:
    say "Goodbye."
    hangup
"""
VERIFY = "flow verify(a)\n\nstart:\n    say a\n    return true\n"
SVG = "{http://www.w3.org/2000/svg}"


def parsed(text: str) -> tree.Flow:
    return build_sources(Sources(Path(), None, {"main.flow": text, "verify.flow": VERIFY})).flows["main"]


def chart(text: str = FLOW) -> Chart:
    return chart_of(parsed(text), text, "main.flow")


def test_nodes_and_ways() -> None:
    drawn = chart()
    assert [(node.id, node.kind) for node in drawn.nodes] == [
        ("on:failed", "handler"),
        ("on:press 0", "handler"),
        ("on:hangup", "handler"),
        ("step:start", "step"),
        ("step:menu_step", "step"),
        ("step:checked", "step"),
        ("step:bye", "step"),
        ("flow:verify", "subflow"),
    ]
    assert [(edge.source, edge.target, edge.kind, edge.labels) for edge in drawn.edges] == [
        ("on:failed", "step:bye", "goto", []),
        ("on:press 0", "step:bye", "goto", []),
        ("step:start", "step:menu_step", "goto", ['open("office")']),
        ("step:start", "step:bye", "goto", ["else"]),
        ("step:menu_step", "step:bye", "goto", ["1, sales", "failed"]),
        ("step:menu_step", "step:checked", "goto", ["5..7"]),
        ("step:checked", "flow:verify", "run", []),
        ("step:checked", "step:bye", "goto", ["verify failed · failed", "otherwise"]),
        ("step:checked", "step:menu_step", "goto", ["busy, noanswer"]),
    ]
    start, menu, checked = drawn.nodes[3:6]
    assert start.start
    assert menu.listens
    assert not checked.listens
    assert [(row.kind, row.text) for row in start.rows] == [("prompt", '“Welcome to <b>{company}</b> & "friends".”')]
    assert ("again", "*") in [(row.kind, row.text) for row in menu.rows]
    assert ("end", "declined: hangup") in [(row.kind, row.text) for row in checked.rows]


def test_json_is_the_whole_chart() -> None:
    value = json.loads(FORMATS["json"](chart()))
    assert (value["flow"], value["file"]) == ("main", "main.flow")
    ids = {node["id"] for node in value["nodes"]}
    assert all(edge["source"] in ids and edge["target"] in ids for edge in value["edges"])
    (menu,) = [node for node in value["nodes"] if node["id"] == "step:menu_step"]
    assert menu["span"] == {"line": 12, "column": 1, "end_line": 12, "end_column": 10}
    assert menu["rows"][0]["kind"] == "prompt"


def test_the_picture_is_well_formed_and_holds_every_step() -> None:
    text = svg(chart())
    root = ElementTree.fromstring(text)
    assert root.tag == f"{SVG}svg"
    assert root.get("role") == "img"
    assert root.findtext(f"{SVG}title") == "The call flow main"
    assert 'start to menu_step (open("office"))' in (root.findtext(f"{SVG}desc") or "")
    titles = {element.text for element in root.iter(f"{SVG}text") if element.get("class") == "title"}
    assert {"start", "menu_step", "checked", "bye", "run verify", "on failed"} <= titles
    # What a flow says stays text.
    assert not list(root.iter(f"{SVG}b"))
    assert "<script" not in text
    assert len([path for path in root.iter(f"{SVG}path") if "way" in (path.get("class") or "")]) == 9
    assert "prefers-color-scheme: dark" in text


def boxes(text: str) -> list[tuple[float, float, float, float]]:
    root = ElementTree.fromstring(text)
    wanted = ("box", "outline", "ground")
    return [
        (float(rect.get("x", 0)), float(rect.get("y", 0)), float(rect.get("width", 0)), float(rect.get("height", 0)))
        for rect in root.iter(f"{SVG}rect")
        if rect.get("class") in wanted
    ]


def overlap(a: tuple[float, float, float, float], b: tuple[float, float, float, float]) -> bool:
    return a[0] < b[0] + b[2] and b[0] < a[0] + a[2] and a[1] < b[1] + b[3] and b[1] < a[1] + a[3]


def large(steps: int) -> str:
    """A flow of many steps, in which most lead on to three others and all to the end."""
    rows = ["flow main:", "    on failed -> bye", ""]
    for number in range(steps):
        rows += [f"s{number}:", "    menu:", f'        say "This is the step number {number} of them all."']
        below = [inner for inner in range(3 * number + 1, 3 * number + 4) if inner < steps]
        rows += [f'        when {key}, "choice {inner}" -> s{inner}' for key, inner in enumerate(below, 1)]
        rows += ["        when 8 -> s0", "        when 9 -> bye", ""]
    return "\n".join([*rows, "bye:", '    say "Goodbye."', "    hangup", ""])


@pytest.mark.parametrize("steps", [1, 5, 20, 80])
def test_nothing_overlaps(steps: int) -> None:
    text = svg(chart(large(steps)))
    placed = boxes(text)
    assert len(placed) > steps
    for index, one in enumerate(placed):
        assert not any(overlap(one, other) for other in placed[index + 1 :])


def test_a_picture_is_the_same_every_time() -> None:
    assert svg(chart(large(30))) == svg(chart(large(30)))


def test_a_large_flow_reads_downwards_and_points_with_signs() -> None:
    root = ElementTree.fromstring(svg(chart(large(80))))
    assert float(root.get("height", 0)) > float(root.get("width", 0))
    assert any(element.get("href") == "#step-bye" for element in root.iter(f"{SVG}a"))
    assert any(element.get("id") == "step-bye" for element in root.iter(f"{SVG}g"))


def test_mermaid_and_dot_hold_no_sign_of_their_own_from_a_text() -> None:
    drawn = mermaid(chart())
    assert drawn.startswith('---\ntitle: "main"\n---\nflowchart TD\n')
    assert "<b>" not in drawn
    assert drawn.count("-->") + drawn.count("-.->") == 9
    text = dot(chart())
    assert text.startswith('digraph "main" {')
    assert '\\"friends\\"' in text
    assert text.count(" -> ") == 9


@pytest.mark.parametrize(
    "project", [ROOT / "flows", *sorted((ROOT / "examples").glob("*/"))], ids=lambda path: path.name
)
def test_every_flow_of_the_project_can_be_drawn(project: Path) -> None:
    built = build(project)
    for flow in built.flows.values():
        file = flow.name.span.file
        drawn = chart_of(flow, built.sources.flows[file], file)
        for form in FORMATS.values():
            assert form(drawn)
        ElementTree.fromstring(svg(drawn))


def test_circles_are_opened_where_they_close() -> None:
    assert without_circles(3, [(0, 1), (1, 2), (2, 0)]) == [False, False, True]
    assert without_circles(4, [(0, 1), (0, 2), (1, 3), (2, 3)]) == [False] * 4


def test_a_long_arrow_goes_through_every_layer() -> None:
    layout = lay_out([(10, 10)] * 3, [(0, 1), (1, 2), (0, 2)], (5.0,))
    assert [layout.items[index].layer for index in layout.chains[2]] == [0, 1, 2]
    assert [layout.items[index].layer for index in (0, 1, 2)] == [0, 1, 2]


def test_a_flow_of_one_step_and_no_way() -> None:
    text = 'flow main\n\nstart:\n    say "Hello."\n    hangup\n'
    assert len(boxes(svg(chart(text)))) == 1
