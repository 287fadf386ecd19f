"""The one layout: nothing of the meaning changes, a second time changes nothing, and it looks as it should."""

from pathlib import Path
from textwrap import dedent

import pytest
from hypothesis import given, settings
from markdown_it import MarkdownIt

from flowengine.diagnostics.pages import CODES
from flowengine.language.fmt import format_calls, format_flow
from flowengine.language.parser import parse_flow
from tests.language.shapes import shape_of_calls, shape_of_flow
from tests.strategies.flows import flow_texts

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("examples", "flows", "tests/language_reference", "tests/data")
FLOWS = sorted(path for folder in FOLDERS for path in (ROOT / folder).rglob("*.flow"))
CALLS = sorted(path for folder in FOLDERS for path in (ROOT / folder).rglob("*.call"))


def check_flow(text: str) -> str:
    """Lay a flow out, and see that the layout keeps its promises."""
    formatted = format_flow(text, "a.flow")
    assert formatted.diagnostics == ()
    assert shape_of_flow(formatted.text) == shape_of_flow(text)
    assert format_flow(formatted.text, "a.flow").text == formatted.text
    assert "\n\n\n" not in _without_texts(formatted.text)
    return formatted.text


def _without_texts(text: str) -> str:
    """The text up to its first long string: what stands in one is nobody's layout."""
    return text.partition('"""')[0]


@pytest.mark.parametrize("path", FLOWS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_flow_means_the_same(path: Path) -> None:
    check_flow(path.read_text("utf-8"))


@pytest.mark.parametrize("path", CALLS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_script_means_the_same(path: Path) -> None:
    text = path.read_text("utf-8")
    formatted = format_calls(text, "a.call")
    assert formatted.diagnostics == ()
    assert shape_of_calls(formatted.text) == shape_of_calls(text)
    assert format_calls(formatted.text, "a.call").text == formatted.text


@pytest.mark.parametrize("folder", ["examples", "flows"])
def test_what_people_copy_is_laid_out(folder: str) -> None:
    """Also the flows on the pages: they are what a reader begins with."""
    for path in (ROOT / folder).rglob("*.flow"):
        assert format_flow(path.read_text("utf-8"), path.name).text == path.read_text("utf-8")
    for path in (ROOT / folder).rglob("*.call"):
        assert format_calls(path.read_text("utf-8"), path.name).text == path.read_text("utf-8")


@pytest.mark.parametrize("code", CODES)
def test_the_right_examples_of_the_pages_are_laid_out(code: str) -> None:
    for block in CODES[code].right.blocks:
        if block.language == "flow":
            assert format_flow(block.text, "a.flow").text == block.text


@pytest.mark.parametrize(
    "page", [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))], ids=lambda page: page.name
)
def test_the_whole_flows_of_the_documents_mean_the_same(page: Path) -> None:
    tokens = MarkdownIt("commonmark").parse(page.read_text("utf-8"))
    blocks = [token.content for token in tokens if token.type == "fence" and token.info == "flow"]
    for block in blocks:
        # Pages on mistakes show broken flows, too, and some pages only parts of one.
        if parse_flow(block, page.name).diagnostics == ():
            check_flow(block)


@settings(max_examples=1000)
@given(flow_texts())
def test_generated_flows_mean_the_same(text: str) -> None:
    check_flow(text)


def laid_out(body: str) -> str:
    """The layout of the statements of one step, without the step."""
    lines = dedent(body).strip("\n").split("\n")
    text = check_flow("flow a\n\nstart:\n" + "\n".join(f"    {line}" if line else line for line in lines) + "\n")
    return dedent(text.removeprefix("flow a\n\nstart:\n"))


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("set a=b+1", "set a = b + 1"),
        ("set a.b   =  -x+ - y*( 1-2 )", "set a.b = -x + -y * (1 - 2)"),
        ("set a = 1 -3", "set a = 1 - 3"),
        ("if not(x)and(y|default( 1 ,boolean = true ))->b", "if not (x) and (y | default(1, boolean=true)) -> b"),
        ("gather x digits = 4..8 where = (x|luhn)", "gather x digits=4..8 where=(x | luhn)"),
        ("pause -2s", "pause -2s"),
        ("set a = [1,2 ,]", "set a = [1, 2]"),
        ('set a = {"k" :1}', 'set a = {"k": 1}'),
        ("set a = { }", "set a = {}"),
        ("set a = f( )", "set a = f()"),
        ("if a   ->b", "if a -> b"),
        ("run verify( x,tries = 2 )  as  y", "run verify(x, tries=2) as y"),
        ('match x :\n  when 1 , "a"->b\n  else  ->  c', 'match x:\n    when 1, "a" -> b\n    else -> c'),
        ("on_no_verb  # behind", "on_no_verb  # behind"),
        ("log x# behind", "log x  # behind"),
    ],
)
def test_one_statement(written: str, expected: str) -> None:
    assert laid_out(written) == f"{expected}\n"


def test_brackets_that_were_broken_stay_broken() -> None:
    written = """
    set a = [1,
      "two", [3, 4] ]
    set b = (1
      + 2
      + 3)
    set c = f({
      "k": 1})
    set d = [
    ]
    """
    assert laid_out(written) == dedent(
        """\
        set a = [
            1,
            "two",
            [3, 4],
        ]
        set b = (
            1
            + 2
            + 3
        )
        set c = f({
            "k": 1,
        })
        set d = []
        """
    )


def test_comments_in_brackets() -> None:
    written = """
    set a = [ # the first
      1 # one
      , 2, # two
      # before three
      3
      # the last
    ]
    """
    assert laid_out(written) == dedent(
        """\
        set a = [  # the first
            1,  # one
            2,  # two
            # before three
            3,
            # the last
        ]
        """
    )


def test_comments_stay_with_their_block() -> None:
    written = """\
# at the top

flow a:
  # in the header
  language "en"
# about the step
start:
  # the first
  if x:

      say "a"

      # the last of the block
    # odd
  # before else
  else:
      say "b"
# at the margin
  hangup
  # the last of the step
# at the end"""
    assert (
        check_flow(written)
        == """\
# at the top

flow a:
    # in the header
    language "en"

# about the step
start:
    # the first
    if x:
        say "a"

        # the last of the block
    # odd
    # before else
    else:
        say "b"
    # at the margin
    hangup
    # the last of the step

# at the end
"""
    )


def test_blank_lines() -> None:
    written = '\n\nflow a\n\n\n\nstart:\n\n    say "a"\n\n\n    say "b"\nend:\n    hangup\n\n\n'
    assert check_flow(written) == 'flow a\n\nstart:\n    say "a"\n\n    say "b"\n\nend:\n    hangup\n'


def test_texts_are_left_as_they_are() -> None:
    text = 'say """\n      Hi  {{a|b}}\n   there   \n   """   loop = 2'
    assert 'say """\n      Hi  {{a|b}}\n   there   \n   """ loop=2' in check_flow(f"flow a\n\nstart:\n {text}\n")


def test_line_ends_and_the_byte_order_mark() -> None:
    assert format_flow("\ufeffflow a\r\n\r\nstart:\r\n  hangup", "a").text == "flow a\n\nstart:\n    hangup\n"


def test_what_cannot_be_read_is_left_alone() -> None:
    text = 'flow a\n\nstart:\n  say "x\n  hangup'
    formatted = format_flow(text, "a.flow")
    assert formatted.text == text
    assert [finding.code for finding in formatted.diagnostics] == ["FE103"]
    broken = format_calls('call "a":\n  hear x y"', "a.call")
    assert [finding.code for finding in broken.diagnostics] == ["FE103"]


def test_scripts() -> None:
    written = (
        'call "a":\n  flow b\n  given  x=3\n  given fetch "u"  status = 404\n  press 0123 # keys\ncall "b":\n  flow b'
    )
    expected = (
        'call "a":\n    flow b\n    given x = 3\n    given fetch "u" status=404\n    press 0123  # keys\n\n'
        'call "b":\n    flow b\n'
    )
    assert format_calls(written, "a.call").text == expected
