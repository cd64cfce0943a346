"""``python -m fa_theory``, and the command ``fa-theory``."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line; without its libraries, say in one line how to get them."""
    from .extras import explained

    try:
        from .cli import main as run

        run()
    except ModuleNotFoundError as error:
        missing = explained(error)
        if missing is None:
            raise
        print(f"fa-theory: {missing}. To recheck documents no more is needed: fa-theory-check FILE…", file=sys.stderr)
        sys.exit(2)


if __name__ == "__main__":
    main()
