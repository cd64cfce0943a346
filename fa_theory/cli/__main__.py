"""``python -m fa_theory.cli``."""

from . import main

if __name__ == "__main__":
    main()
