"""What an isolated process runs in the tests: it executes its request, a program as JSON, and says ``done``."""

from __future__ import annotations

import json

from fa_theory.work.isolation import receive

if __name__ == "__main__":
    request, answers = receive()
    exec(json.loads(request), {"say": lambda line: answers.write(line.encode() + b"\n")})
    answers.write(b"done\n")
