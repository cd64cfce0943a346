"""The tour of README.md: how it is read, and that it notices what is not as shown. CI runs it: ``.ci/tour.py``."""

from __future__ import annotations

import importlib.util
import re
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def guide() -> ModuleType:
    """The script as a module."""
    spec = importlib.util.spec_from_file_location("tour", ROOT / ".ci" / "tour.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["tour"] = module
    spec.loader.exec_module(module)
    return module


def test_every_block_of_the_readme_is_part_of_the_tour(guide: ModuleType) -> None:
    text = (ROOT / "README.md").read_text("utf-8")
    found = list(guide.steps(text))
    kinds = re.findall(r"^ *```(.*)$", text, re.MULTILINE)[::2]
    assert set(kinds) <= {"", "console", "console repository", "python"}
    assert sum(step.script is not None for step in found) == kinds.count("python") >= 2
    commands = [line for line in text.splitlines() if line.startswith("$ ")]
    assert len(commands) == sum(step.script is None for step in found) >= 20
    assert sum(bool(step.shown.strip()) for step in found) > 15


@pytest.mark.parametrize(
    ("shown", "printed", "same"),
    [
        ("rate 0.976", "rate 0.976", True),
        ("rate 0.976", "rate 0.977", False),
        ("rate 0.976", "rate 0.9763", False),
        ("rate 0.976…", "rate 0.9763", True),
        ("rate 0.976", "rate 0x976", False),
        ("a  b", "a b", True),
        ("a\n…\nz", "a\nz", True),
        ("a\n…\nz", "a\nb\n\nc\nz", True),
        ("a", "a\nb", False),
        ("a\nb", "a", False),
        ("done in 0.1 s", "done in 12.5 s", True),
        ("n = 3 samples", "n = 4 samples", False),
        ("out/x-649d4b44e72fe490.json", "out/x-0123456789abcdef.json", True),
        ("out/x-649d4b44e72fe490.json", "out/y-0123456789abcdef.json", False),
        ("[1, 2] (p^α)", "[1, 2] (p^α)", True),
    ],
)
def test_what_agrees(guide: ModuleType, shown: str, printed: str, same: bool) -> None:
    assert guide.agree(shown, printed) is same


README = """
```console
$ echo 1.25  # a number
1.25
$ cat numbers.txt 2>/dev/null  # exit code 1
$ make something
```

```python
# numbers_kept.py
from pathlib import Path

Path("numbers.txt").write_text("7\\n")
print(1 + 1)  # 2
print("x")
```

```console
$ cat numbers.txt numbers_kept.py
7
# numbers_kept.py
…
```
"""


def test_a_tour(guide: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    readme = tmp_path / "README.md"
    readme.write_text(README, "utf-8")
    assert guide.tour(readme, {}) == 0
    assert "make something: not run here" in capsys.readouterr().out
    assert guide.tour(readme, {"make something": "whatever"}) == 0
    assert list(tmp_path.iterdir()) == [readme]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("\n1.25\n", "\n1.26\n", "README.md:3: 'echo 1.25' should print"),
        ("# exit code 1", "# exit code 2", "ended with code 1, not 2"),
        ("# 2", "# 3", "'numbers_kept.py' should print"),
        ("\n7\n", "\n8\n", "should print"),
        ("1 + 1", "1 / 0", "'numbers_kept.py' ended with code 1, not 0"),
    ],
)
def test_what_is_not_as_shown_is_noticed(
    guide: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str], old: str, new: str, said: str
) -> None:
    readme = tmp_path / "README.md"
    assert README.count(old) == 1
    readme.write_text(README.replace(old, new), "utf-8")
    assert guide.tour(readme, {}) >= 1
    assert said in capsys.readouterr().out
