"""The wheel: what is not Python must be in it, too, and a checkout does not show when it is missing."""

import subprocess
import sys
import zipfile
from pathlib import Path

from flowengine.web.page import built_files
from tests.house.project import PACKAGE, ROOT


def test_the_wheel_carries_the_grammar_the_pages_the_web_phone_and_the_types(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(tmp_path)],
        cwd=ROOT,
        check=True,
        capture_output=True,
        timeout=60,
    )
    [wheel] = tmp_path.glob("*.whl")
    carried = set(zipfile.ZipFile(wheel).namelist())
    grammar = {f"flowengine/grammar/{file.name}" for file in (ROOT / "grammar").glob("*.lark")}
    pages = {f"flowengine/diagnostics/pages/{file.name}" for file in (PACKAGE / "diagnostics" / "pages").glob("*.md")}
    phone = {f"flowengine/web/page/{name}" for name in built_files()}
    assert grammar
    assert {"flowengine/py.typed"} | grammar | pages | phone <= carried
    assert any(name.endswith("/licenses/LICENSE") for name in carried)
