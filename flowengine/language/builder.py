"""Makes trees while the parser parses: one method a rule of the grammar, named as the rule or its alias."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from lark import Token, Transformer
from msgspec.structs import replace

from flowengine.diagnostics import Diagnostic, Span
from flowengine.expressions import tree as ex
from flowengine.language import call_tree, strings, tree
from flowengine.language.mistakes import ELSE_IF, LEFT_OUT, NUMBER
from flowengine.language.neighbours import beside_each_other
from flowengine.language.problems import finding

if TYPE_CHECKING:
    from flowengine.language.grammar import Grammar

RESERVED_NAME = "FE122"
ORDER = "FE123"
NO_PARENT = "FE116"
SINGLE_QUOTES = "FE115"

_STATEMENTS = ("if", "elif", "else", "match", "when", "on", "set", "run", "as", "return", "fail")
_OPERATORS = ("and", "or", "not", "in", "is")
RESERVED = frozenset([*_STATEMENTS, *_OPERATORS, "true", "false", "none"])
"""The words of the language, which name nothing except after a dot."""

_JOINING = frozenset([*_OPERATORS, "if", "else"])
_MOST_DIGITS = 15
_SECONDS = {"s": 1, "m": 60, "h": 3600}
_ORDER = "a value without a name stands after one with a name"
_PARENTS = {"elif": "`if`", "else": "`if` or `match`"}
_CONSTANTS = {"true": True, "false": False, "none": None}
_LIKE_CONSTANTS = {"True": "true", "False": "false", "None": "none", "null": "none", "nil": "none"}
_ELSE_IF = ("elsif", "elseif", "elseIf")
_LOOPS = ("for", "while", "foreach", "until", "repeat")

Children = list[Any]


class Builder(Transformer[Token, Any]):
    """`file` and the offsets place the text that is parsed: a part of a file, or of a string in it."""

    def __init__(self, grammar: Grammar) -> None:
        super().__init__()
        self.grammar = grammar
        self.file = ""
        self.line_offset = 0
        self.column_offset = 0
        self.scripts = False
        self.found: list[Diagnostic] = []

    def begin(self, file: str, rows_before: int = 0, *, scripts: bool = False) -> None:
        """Begin with another text: the name of its file, and how many rows of the file stand above it."""
        self.file = file
        self.line_offset, self.column_offset = rows_before, 0
        self.scripts = scripts
        self.found = []

    # -------------------------------------------------------------------------------------------------------- places

    def span(self, token: Token) -> Span:
        """The place of a token in its file."""
        line, column = token.line or 1, token.column or 1
        end_line, end_column = token.end_line or line, token.end_column or column
        return Span(
            self.file,
            line + self.line_offset,
            column + (self.column_offset if line == 1 else 0),
            end_line + self.line_offset,
            end_column + (self.column_offset if end_line == 1 else 0),
        )

    def problem(self, code: str, message: str, span: Span, hint: str | None = None) -> None:
        """Keep a finding that does not end the parse."""
        self.found.append(finding(code, message, span, hint))

    def word(self, token: Token) -> tree.Word:
        """A name; a reserved word is none."""
        span = self.span(token)
        if token.value in RESERVED:
            hint = "an argument that is more than a value stands in parentheses" if token.value in _JOINING else None
            self.problem(RESERVED_NAME, f"`{token}` is a word of the language: it cannot be a name", span, hint)
        return tree.Word(str(token), span)

    def _end(self, children: Children, start: Span) -> Span:
        """From `start` to the end of the last child that has a place."""
        for child in reversed(children):
            if isinstance(child, Token):
                return start.to(self.span(child))
            if isinstance(child, tuple) and child:
                child = child[-1]
            span = getattr(child, "span", None)
            if isinstance(span, Span):
                return start.to(span)
        return start

    # --------------------------------------------------------------------------------------------------- expressions

    def binary(self, c: Children) -> ex.Expr:
        left, sign, right = c
        return ex.Binary(str(sign), left, right, left.span.to(right.span))

    def negate(self, c: Children) -> ex.Expr:
        return ex.Unary("not", c[1], self.span(c[0]).to(c[1].span))

    def sign(self, c: Children) -> ex.Expr:
        return ex.Unary(str(c[0]), c[1], self.span(c[0]).to(c[1].span))

    def compared(self, c: Children) -> tuple[str, ex.Expr]:
        return str(c[0]), c[1]

    def compared_not_in(self, c: Children) -> tuple[str, ex.Expr]:
        return "not in", c[2]

    def compare(self, c: Children) -> ex.Expr:
        return ex.Compare(c[0], tuple(c[1:]), c[0].span.to(c[-1][1].span))

    def conditional(self, c: Children) -> ex.Expr:
        otherwise = c[4] if len(c) > 3 else None
        return ex.Conditional(c[0], c[2], otherwise, c[0].span.to((otherwise or c[2]).span))

    def filter(self, c: Children) -> ex.Expr:
        of, _, name, called = c
        args, keywords, end = called or ((), (), self.span(name))
        return ex.Filter(of, str(name), args, keywords, of.span.to(end), self.span(name))

    def test_name(self, c: Children) -> Token:
        return c[0]  # type: ignore[no-any-return]

    def test(self, c: Children) -> ex.Expr:
        of, _, negated, name = c
        return self._test(of, negated, name, (), (), self.span(name))

    def test_args(self, c: Children) -> ex.Expr:
        of, _, negated, name, (args, keywords, end) = c
        return self._test(of, negated, name, args, keywords, end)

    def test_bare(self, c: Children) -> ex.Expr:
        of, _, negated, name, arg = c
        return self._test(of, negated, name, (arg,), (), arg.span)

    def _test(
        self, of: Any, negated: Token | None, name: Token, args: tuple[Any, ...], keywords: tuple[Any, ...], end: Span
    ) -> ex.Expr:
        return ex.Test(of, str(name), args, keywords, negated is not None, of.span.to(end), self.span(name))

    def attribute(self, c: Children) -> ex.Expr:
        of, token = c
        span = self.span(token)
        key = Span(span.file, span.line, span.column + 1, span.end_line, span.end_column)
        return ex.Attribute(of, str(token)[1:], of.span.to(span), key)

    def item(self, c: Children) -> ex.Expr:
        return ex.Item(c[0], c[2], c[0].span.to(self.span(c[3])))

    def name(self, c: Children) -> ex.Expr:
        word = self.word(c[0])
        constant = _LIKE_CONSTANTS.get(word.text)
        if constant is not None:
            self.problem(LEFT_OUT, f"`{word.text}` is written `{constant}`", word.span)
            return ex.Literal(_CONSTANTS[constant], word.span, constant)
        return ex.Name(word.text, word.span)

    def call(self, c: Children) -> ex.Expr:
        word = self.word(c[0])
        args, keywords, end = c[1]
        return ex.Call(ex.Name(word.text, word.span), args, keywords, word.span.to(end))

    def call_args(self, c: Children) -> tuple[tuple[ex.Expr, ...], tuple[ex.Keyword, ...], Span]:
        args: list[ex.Expr] = []
        keywords: list[ex.Keyword] = []
        for child in c:
            if isinstance(child, ex.Keyword):
                keywords.append(child)
            elif child is not None and not isinstance(child, Token):
                args.append(child)
                if keywords:
                    self.problem(ORDER, _ORDER, child.span)
        return tuple(args), tuple(keywords), self.span(c[-1])

    def keyword(self, c: Children) -> ex.Keyword:
        return ex.Keyword(str(c[0]), c[2], self.span(c[0]).to(c[2].span))

    def group(self, c: Children) -> ex.Expr:
        expr, span = c[1], self.span(c[0]).to(self.span(c[2]))
        if isinstance(expr, ex.Literal) and isinstance(expr.value, str):
            return replace(expr, span=span, text=f"({expr.text})")  # no longer a text as an argument: it stays plain
        return replace(expr, span=span)  # type: ignore[no-any-return]

    def list_of(self, c: Children) -> ex.Expr:
        items = tuple(child for child in c if child is not None and not isinstance(child, Token))
        return ex.ListOf(items, self.span(c[0]).to(self.span(c[-1])))

    def pair(self, c: Children) -> tuple[ex.Expr, ex.Expr]:
        return c[0], c[2]

    def dict_of(self, c: Children) -> ex.Expr:
        pairs = tuple(child for child in c if isinstance(child, tuple))
        return ex.DictOf(pairs, self.span(c[0]).to(self.span(c[-1])))

    def string(self, c: Children) -> ex.Expr:
        return strings.plain(self, c[0])

    def number(self, c: Children) -> ex.Expr:
        return ex.Literal(self._number(c[0], str(c[0])), self.span(c[0]), str(c[0]))

    def negative(self, c: Children) -> ex.Expr:
        return self.duration(c) if c[0][-1].isalpha() else self.number(c)

    def duration(self, c: Children) -> ex.Expr:
        token = c[0]
        unit = "ms" if token.endswith("ms") else token[-1]
        count = self._number(token, token[: -len(unit)])
        seconds = count / 1000 if unit == "ms" else count * _SECONDS[unit]
        whole = int(seconds) if seconds == int(seconds) else seconds
        return ex.Duration(whole, self.span(token), str(token))

    def range_of(self, c: Children) -> ex.Expr:
        low, _, high = c[0].partition("..")
        return ex.Range(int(self._number(c[0], low)), int(self._number(c[0], high)), self.span(c[0]))

    def _number(self, token: Token, written: str) -> int | float:
        if len(written) > _MOST_DIGITS:
            message = f"a number has {_MOST_DIGITS} digits at most"
            self.problem(NUMBER, message, self.span(token), "what is not counted with is a text: put it in quotes")
            return 0
        return float(written) if "." in written else int(written)

    def constant(self, c: Children) -> ex.Expr:
        return ex.Literal(_CONSTANTS[str(c[0])], self.span(c[0]), str(c[0]))

    def single_quoted(self, c: Children) -> ex.Expr:
        written = str(c[0])[1:-1].replace('"', '\\"')
        hint = f'write `"{written}"`' if len(written) <= 30 else None
        self.problem(SINGLE_QUOTES, "a text as an argument stands in double quotes", self.span(c[0]), hint)
        return strings.plain(self, c[0])

    def argument_of(self, expr: ex.Expr) -> ex.Expr:
        """An argument of a verb: its strings are templates, also those of a list or dict; in scripts they are plain."""
        if self.scripts:
            return expr
        match expr:
            case ex.Literal(value=str(), text=raw) if raw.startswith('"'):
                return strings.template(self, expr)
            case ex.ListOf(items=items):
                return ex.ListOf(tuple(self.argument_of(item) for item in items), expr.span)
            case ex.DictOf(items=pairs):
                return ex.DictOf(tuple((key, self.argument_of(value)) for key, value in pairs), expr.span)
        return expr

    def only_expression(self, c: Children) -> ex.Expr:
        return c[0]  # type: ignore[no-any-return]

    # ------------------------------------------------------------------------------------------------------ templates

    def tag_if(self, c: Children) -> tuple[str, Any]:
        return "if", c[1]

    def tag_elif(self, c: Children) -> tuple[str, Any]:
        return "elif", c[1]

    def tag_for(self, c: Children) -> tuple[str, Any]:
        names = [child for child in c[1:-2] if isinstance(child, Token) and child.type == "NAME"]
        return "for", (tuple(ex.Name(self.word(name).text, self.span(name)) for name in names), c[-1])

    def tag_set(self, c: Children) -> tuple[str, Any]:
        return "set", (ex.Name(self.word(c[1]).text, self.span(c[1])), c[3])

    # ----------------------------------------------------------------------------------------------------- statements

    def broken(self, _: Children) -> None:
        """A line that has its finding already."""

    def block(self, c: Children) -> tree.Block:
        return _statements(c[1:])

    def goto_block(self, c: Children) -> tree.Block:
        return (self.goto(c),)

    def goto(self, c: Children) -> tree.Goto:
        word = self.word(c[1])
        return tree.Goto(word, self.span(c[0]).to(word.span))

    def set(self, c: Children) -> tree.Set:
        path = []
        for token in c[2:-2]:
            span = self.span(token)
            path.append(
                tree.Word(str(token)[1:], Span(span.file, span.line, span.column + 1, span.end_line, span.end_column))
            )
        return tree.Set(self.word(c[1]), tuple(path), c[-1], self.span(c[0]).to(c[-1].span))

    def if_(self, c: Children) -> tree.If:
        start = self.span(c[0])
        first = tree.Branch(c[1], c[2], self._end([c[2]], start))
        branches = [first, *(child for child in c[3:-2] if isinstance(child, tree.Branch))]
        return tree.If(tuple(branches), c[-1], self._end([c[-1]] if c[-1] else [branches[-1]], start))

    def elif_(self, c: Children) -> tree.Branch:
        return tree.Branch(c[1], c[2], self._end([c[2]], self.span(c[0])))

    def match_(self, c: Children) -> tree.Match:
        cases = tuple(child for child in c[3:-2] if isinstance(child, tree.When))
        last = c[-1] or cases or c[1]
        return tree.Match(c[1], cases, c[-1], self._end([last], self.span(c[0])))

    def when(self, c: Children) -> tree.When:
        body = c[-1] if isinstance(c[-1], tuple) else None
        values = tuple(
            child
            for child in c[1:]
            if child is not None and not isinstance(child, Token) and not isinstance(child, tuple)
        )
        return tree.When(values, body, self._end([body or values], self.span(c[0])))

    def trigger(self, c: Children) -> tree.Trigger:
        token, argument = c
        word = tree.Word(str(token), self.span(token))
        return tree.Trigger(word, argument, word.span if argument is None else word.span.to(argument.span))

    def on(self, c: Children) -> tree.On:
        triggers = tuple(child for child in c if isinstance(child, tree.Trigger))
        return tree.On(triggers, c[-1], self._end([c[-1]], self.span(c[0])))

    def run(self, c: Children) -> tree.Run:
        flow = self.word(c[1])
        args, keywords, end = c[2] or ((), (), flow.span)
        options = tuple(tree.Option(tree.Word(k.name, _first(k.span, k.name)), k.value, k.span) for k in keywords)
        result = self.word(c[4]) if c[4] is not None else None
        body = _statements(child for child in c[5:] if not isinstance(child, Token))
        start = self.span(c[0])
        span = self._end([body], start) if body else start.to(result.span if result else end)
        return tree.Run(flow, args, options, result, body, span)

    def return_(self, c: Children) -> tree.Return:
        start = self.span(c[0])
        return tree.Return(c[1], start if c[1] is None else start.to(c[1].span))

    def fail(self, c: Children) -> tree.Fail:
        start = self.span(c[0])
        reason = None if c[1] is None else self.argument_of(c[1])
        return tree.Fail(reason, start if reason is None else start.to(reason.span))

    def option(self, c: Children) -> tree.Option:
        value = self.argument_of(c[2])
        return tree.Option(self.word(c[0]), value, self.span(c[0]).to(value.span))

    def verb(self, c: Children) -> tree.Verb | None:
        colon = next((i for i, child in enumerate(c) if isinstance(child, Token) and child.type == "COLON"), None)
        body = None if colon is None else _statements(c[colon + 1 :])
        args, options = self._arguments(c[0], c[1:colon])
        if c[0] in _PARENTS:
            self.problem(NO_PARENT, f"`{c[0]}` has no {_PARENTS[c[0]]} above it", self.span(c[0]))
            return None
        if c[0] in _ELSE_IF:
            self.problem(ELSE_IF, f"`{c[0]}` is written `elif`", self.span(c[0]))
            return None
        if c[0] in _LOOPS and body is not None:
            hint = "a step that goes to itself with `->` is one; a text may have `{% for %}`"
            self.problem(LEFT_OUT, "the language has no loops", self.span(c[0]), hint)
            return None
        word = self.word(c[0])
        return tree.Verb(word, args, options, body, self._end([body] if body else c[:colon], word.span))

    def _arguments(self, word: Token, written: Children) -> tuple[tuple[ex.Expr, ...], tuple[tree.Option, ...]]:
        args: list[ex.Expr] = []
        options: list[tree.Option] = []
        before: Any = None
        told = False
        for child in written:
            beside = beside_each_other(str(word), self.span(word), before, child)
            if beside is not None:
                if not told:
                    self.problem(*beside)
                told = True
            if isinstance(child, tree.Option):
                options.append(child)
            else:
                if options and not told:
                    self.problem(ORDER, _ORDER, child.span, f"write it before `{options[0].name.text}=`")
                args.append(self.argument_of(child))
            before = child
        return tuple(args), tuple(options)

    # ----------------------------------------------------------------------------------------------------- the file

    def parameter(self, c: Children) -> tree.Parameter:
        word = self.word(c[0])
        default = c[2]
        return tree.Parameter(word, default, word.span if default is None else word.span.to(default.span))

    def parameters(self, c: Children) -> tuple[tree.Parameter, ...]:
        return tuple(child for child in c if isinstance(child, tree.Parameter))

    def setting(self, c: Children) -> tree.Setting:
        return tree.Setting(self.word(c[0]), c[1], self.span(c[0]).to(c[1].span))

    def header(self, c: Children) -> tree.Flow:
        flow, name, parameters = c[0], c[1], c[2]
        settings = tuple(child for child in c[3:] if isinstance(child, tree.Setting))
        handlers = tuple(child for child in c[3:] if isinstance(child, tree.On))
        span = self._end([child for child in c if child is not None], self.span(flow))
        return tree.Flow(self.word(name), parameters or (), settings, handlers, (), (), span)

    def step(self, c: Children) -> tree.Step:
        word = self.word(c[0])
        return tree.Step(word, c[1], self._end([c[1]], word.span))

    # ------------------------------------------------------------------------------------------------- call scripts

    def script(self, c: Children) -> call_tree.Script:
        name = strings.plain(self, c[1])
        lines = tuple(child for child in c[3:] if child is not None)
        return call_tree.Script(str(name.value), name.span, lines, self._end([lines], self.span(c[0])))

    def line_of(self, word: Token, written: Children) -> call_tree.Line:
        args, options = self._arguments(word, written)
        start = self.span(word)
        return call_tree.Line(tree.Word(str(word), start), args, options, self._end(written, start))

    def line(self, c: Children) -> call_tree.Line:
        return self.line_of(c[0], c[1:])

    def given_value(self, c: Children) -> call_tree.GivenValue:
        return call_tree.GivenValue(self.word(c[1]), c[3], self.span(c[0]).to(c[3].span))

    def expect_that(self, c: Children) -> call_tree.ExpectThat:
        left, sign, right = c[1:]
        test = ex.Compare(left, ((str(sign), right),), left.span.to(right.span))
        return call_tree.ExpectThat(test, self.span(c[0]).to(right.span))

    def expect_verb(self, c: Children) -> call_tree.ExpectVerb:
        line = self.line_of(c[1], c[2:])
        return call_tree.ExpectVerb(line.word, line.args, line.options, self.span(c[0]).to(line.span))


def _first(span: Span, text: str) -> Span:
    return Span(span.file, span.line, span.column, span.line, span.column + len(text))


def _statements(children: Iterable[Any]) -> tree.Block:
    """The statements of a block, without those that have their finding already."""
    return tuple(child for child in children if child is not None)
