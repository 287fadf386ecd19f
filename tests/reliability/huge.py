"""Projects far larger than any that people write."""

from __future__ import annotations

from pathlib import Path

STEPS_A_FLOW = 1_000


def write_graph(root: Path, steps: int) -> None:
    """Flows of a thousand steps each, in each of which a caller presses 1 to go on to the next."""
    for flow in range(max(1, steps // STEPS_A_FLOW)):
        count = min(steps, STEPS_A_FLOW)
        rows = [f"flow graph_{flow}:", "    on failed -> bye", ""]
        for step in range(count):
            following = f"s{step + 1}" if step + 1 < count else "bye"
            rows += [
                f"s{step}:",
                "    menu:",
                f'        say "You are at {step}. To go on, press 1."',
                f"        when 1 -> {following}",
                "",
            ]
        rows += ["bye:", '    say "Goodbye."', "    hangup", ""]
        (root / "flows" / f"graph_{flow}.flow").write_text("\n".join(rows))


def write_menu(root: Path, choices: int) -> None:
    """One menu with so many choices of five digits, each of which leads somewhere else."""
    rows = ["flow wide:", "    on failed -> bye", "", "start:", "    menu:", '        say "Enter the number."']
    rows += [f"        when {10_000 + choice} -> s{choice}" for choice in range(choices)]
    for choice in range(choices):
        rows += [f"s{choice}:", "    -> start" if choice % 2 else "    -> bye"]
    rows += ["bye:", '    say "Goodbye."', "    hangup", ""]
    (root / "flows" / "wide.flow").write_text("\n".join(rows))
