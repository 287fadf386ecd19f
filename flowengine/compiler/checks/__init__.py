"""The checks: one file each, and the one list of them."""

from __future__ import annotations

from flowengine.compiler.checks import (
    defined_twice,
    entry_parameters,
    header_handlers,
    header_settings,
    long_prompt,
    missing_audio,
    plain_braces,
    reserved_names,
    run_arguments,
    unknown_calendar,
    unknown_flow,
    unknown_step,
    unknown_variable,
    unused_flow,
    unused_parameter,
    unused_variable,
    when_values,
)
from flowengine.compiler.checks.check import Check

CHECKS: tuple[Check, ...] = (
    unknown_step.CHECK,
    unknown_flow.CHECK,
    unknown_variable.CHECK,
    unknown_calendar.CHECK,
    missing_audio.CHECK,
    defined_twice.CHECK,
    header_settings.CHECK,
    reserved_names.CHECK,
    run_arguments.CHECK,
    header_handlers.CHECK,
    unused_parameter.CHECK,
    unused_variable.CHECK,
    unused_flow.CHECK,
    when_values.CHECK,
    entry_parameters.CHECK,
    long_prompt.CHECK,
    plain_braces.CHECK,
)
"""Every check. The order is that of their codes; what is shown is put in the order of the files."""
