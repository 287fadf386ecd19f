"""Every filter, test and function of the language by its name: what it takes and gives, and what it is for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from flowengine.expressions import functions
from flowengine.expressions.signature import Signature

_FILTERS = (
    Signature("abs", "The number without its sign.", takes="number", gives="number"),
    Signature("batch", "The items in lists of so many each.", 1, 2, ("linecount", "fill_with"), "list", "list"),
    Signature("capitalize", "The text with its first letter large and the others small.", takes="text", gives="text"),
    Signature("center", "The text in the middle of so many characters.", 0, 1, ("width",), "text", "text"),
    Signature("count", "How many items, keys or characters there are.", gives="number"),
    Signature("d", "The value, or another one where it is missing.", 0, 2, ("default_value", "boolean")),
    Signature("default", "The value, or another one where it is missing.", 0, 2, ("default_value", "boolean")),
    Signature(
        "dictsort",
        "The pairs of a dict, in the order of their keys or values.",
        0,
        3,
        ("case_sensitive", "by", "reverse"),
        "dict",
        "list",
    ),
    Signature("e", "The text with the characters of markup escaped.", takes="text", gives="text"),
    Signature("escape", "The text with the characters of markup escaped.", takes="text", gives="text"),
    Signature("filesizeformat", "A number of bytes as `13 kB`.", 0, 1, ("binary",), "number", "text"),
    Signature("first", "The first item of a list."),
    Signature("float", "The number that a text holds.", 0, 1, ("default",), gives="number"),
    Signature("forceescape", "The text with the characters of markup escaped.", takes="text", gives="text"),
    Signature("format", "The text with `%s` and the like filled in.", 0, None, (), "text", "text"),
    Signature(
        "groupby",
        "Pairs of a value and the list of items that have it under a key.",
        1,
        3,
        ("attribute", "default", "case_sensitive"),
        "list",
        "list",
    ),
    Signature("indent", "The text with its lines moved in.", 0, 3, ("width", "first", "blank"), "text", "text"),
    Signature("int", "The whole number that a text holds.", 0, 2, ("default", "base"), gives="number"),
    Signature("items", "The pairs of key and value of a dict.", takes="dict", gives="list"),
    Signature("join", "The items as one text, with another between them.", 0, 2, ("d", "attribute"), "list", "text"),
    Signature("last", "The last item of a list."),
    Signature("length", "How many items, keys or characters there are.", gives="number"),
    Signature("list", "The items, or the characters of a text, as a list.", gives="list"),
    Signature("lower", "The text in small letters.", takes="text", gives="text"),
    Signature("map", "Each item through a filter, or its value under a key.", 0, None, ("attribute",), "list", "list"),
    Signature("max", "The largest item.", 0, 2, ("case_sensitive", "attribute"), "list"),
    Signature("min", "The smallest item.", 0, 2, ("case_sensitive", "attribute"), "list"),
    Signature("pprint", "The value written out, to look for a mistake.", gives="text"),
    Signature("reject", "The items for which a test is false.", 0, None, (), "list", "list"),
    Signature("rejectattr", "The items for whose key a test is false.", 1, None, (), "list", "list"),
    Signature("replace", "The text with one part exchanged.", 2, 3, ("old", "new", "count"), "text", "text"),
    Signature("reverse", "The items or characters from the end to the start."),
    Signature("round", "The number, rounded.", 0, 2, ("precision", "method"), "number", "number"),
    Signature("safe", "The text itself: what is put into markup is escaped all the same.", takes="text", gives="text"),
    Signature("select", "The items for which a test is true.", 0, None, (), "list", "list"),
    Signature("selectattr", "The items for whose key a test is true.", 1, None, (), "list", "list"),
    Signature("slice", "The items in so many lists.", 1, 2, ("slices", "fill_with"), "list", "list"),
    Signature("sort", "The items in order.", 0, 3, ("reverse", "case_sensitive", "attribute"), "list", "list"),
    Signature("string", "The value as a text.", gives="text"),
    Signature("striptags", "The text without markup.", takes="text", gives="text"),
    Signature("sum", "The items added up.", 0, 2, ("attribute", "start"), "list", "number"),
    Signature("title", "The text with every word beginning with a large letter.", takes="text", gives="text"),
    Signature("tojson", "The value as JSON.", 0, 1, ("indent",), gives="text"),
    Signature("trim", "The text without spaces at its ends.", 0, 1, ("chars",), "text", "text"),
    Signature(
        "truncate",
        "The text, cut to so many characters.",
        0,
        4,
        ("length", "killwords", "end", "leeway"),
        "text",
        "text",
    ),
    Signature("unique", "The items without repetitions.", 0, 2, ("case_sensitive", "attribute"), "list", "list"),
    Signature("upper", "The text in large letters.", takes="text", gives="text"),
    Signature("urlencode", "The text, or the pairs of a dict, percent-encoded for a URL.", gives="text"),
    Signature(
        "urlize",
        "The text with its URLs as links.",
        0,
        5,
        ("trim_url_limit", "nofollow", "target", "rel", "extra_schemes"),
        "text",
        "text",
    ),
    Signature("wordcount", "How many words a text has.", takes="text", gives="number"),
    Signature(
        "wordwrap",
        "The text in lines of so many characters.",
        0,
        4,
        ("width", "break_long_words", "wrapstring", "break_on_hyphens"),
        "text",
        "text",
    ),
    Signature("xmlattr", "The pairs of a dict as attributes of markup.", 0, 1, ("autospace",), "dict", "text"),
)

_TESTS = (
    Signature("!=", "Whether the two differ.", 1, 1, ("b",)),
    Signature("<", "Whether it is less.", 1, 1, ("b",)),
    Signature("<=", "Whether it is less or equal.", 1, 1, ("b",)),
    Signature("==", "Whether the two are equal.", 1, 1, ("b",)),
    Signature(">", "Whether it is more.", 1, 1, ("b",)),
    Signature(">=", "Whether it is more or equal.", 1, 1, ("b",)),
    Signature("boolean", "Whether it is true or false."),
    Signature("callable", "Whether it can be called, which no value can."),
    Signature("defined", "Whether there is such a name or key."),
    Signature("divisibleby", "Whether the number divides it.", 1, 1, ("num",), "number"),
    Signature("eq", "Whether the two are equal.", 1, 1, ("b",)),
    Signature("equalto", "Whether the two are equal.", 1, 1, ("b",)),
    Signature("escaped", "Whether it is markup, which no value is."),
    Signature("even", "Whether the number is even.", takes="number"),
    Signature("false", "Whether it is false."),
    Signature("filter", "Whether there is a filter of that name.", takes="text"),
    Signature("float", "Whether it is a number with a fraction."),
    Signature("ge", "Whether it is more or equal.", 1, 1, ("b",)),
    Signature("greaterthan", "Whether it is more.", 1, 1, ("b",)),
    Signature("gt", "Whether it is more.", 1, 1, ("b",)),
    Signature("in", "Whether it is one of the items.", 1, 1, ("seq",)),
    Signature("integer", "Whether it is a whole number."),
    Signature("iterable", "Whether a `for` can go through it."),
    Signature("le", "Whether it is less or equal.", 1, 1, ("b",)),
    Signature("lessthan", "Whether it is less.", 1, 1, ("b",)),
    Signature("lower", "Whether the text is in small letters.", takes="text"),
    Signature("lt", "Whether it is less.", 1, 1, ("b",)),
    Signature("mapping", "Whether it is a dict."),
    Signature("ne", "Whether the two differ.", 1, 1, ("b",)),
    Signature("none", "Whether it is none."),
    Signature("number", "Whether it is a number."),
    Signature("odd", "Whether the number is odd.", takes="number"),
    Signature("sameas", "Whether it is the very same value: `true`, `false` or `none`.", 1, 1, ("other",)),
    Signature("sequence", "Whether it is a list, a dict or a text."),
    Signature("string", "Whether it is a text."),
    Signature("test", "Whether there is a test of that name.", takes="text"),
    Signature("true", "Whether it is true."),
    Signature("undefined", "Whether there is no such name or key."),
    Signature("upper", "Whether the text is in large letters.", takes="text"),
)


def _by_name(signatures: Iterable[Signature]) -> Mapping[str, Signature]:
    return MappingProxyType({signature.name: signature for signature in signatures})


FILTERS = _by_name((*_FILTERS, *(function.signature for function in functions.FILTERS.values())))
"""Jinja2's filters and those of the language, by name."""

TESTS = _by_name(_TESTS)
"""The tests of `is`, by name."""

FUNCTIONS = _by_name(function.signature for function in functions.FUNCTIONS.values())
"""The functions of the language, by name."""
