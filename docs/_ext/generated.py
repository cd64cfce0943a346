"""Pages that are written at every build, into a folder that git ignores."""

from __future__ import annotations

from pathlib import Path

FOLDER = Path(__file__).parent.parent / "generated"


def write(pages: dict[str, str]) -> None:
    """Write pages by their path below `FOLDER`, and touch only what has changed, so that Sphinx reads no page twice."""
    for name, content in pages.items():
        path = FOLDER / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists() or path.read_text("utf-8") != content:
            path.write_text(content, "utf-8")
    below = {Path(name).parts[0] for name in pages}
    stale = {str(path.relative_to(FOLDER)) for folder in below for path in (FOLDER / folder).rglob("*.*")} - set(pages)
    for name in stale:
        (FOLDER / name).unlink()
