"""A document without the steps, hypotheses, lemmas and names that its conclusion does not need."""

from __future__ import annotations

from typing import Any

Json = Any


def pruned(document: dict[str, Json]) -> dict[str, Json]:
    """The same proof, shorter."""
    steps = {step["as"]: step for step in document["steps"]}
    tables = ("hypotheses", "axioms", "uses")
    todo: list[Json] = [document["concludes"], *document.get("defined", [])]
    needed: set[str] = set()
    while todo:
        for name in _facts(todo.pop()):
            if name in needed:
                continue
            needed.add(name)
            if name in steps:
                step = steps[name]
                todo += [_operands(step)]
    out = dict(document)
    out["steps"] = [step for step in document["steps"] if step["as"] in needed]
    for table in tables:
        out[table] = {name: x for name, x in document.get(table, {}).items() if name in needed}
    lemmas: set[str] = set()
    open_ = [x["lemma"] for x in out["uses"].values()]
    while open_:
        name = open_.pop()
        if name not in lemmas:
            lemmas.add(name)
            open_ += [x["lemma"] for x in document["lemmas"][name].get("uses", {}).values()]
    out["lemmas"] = {name: x for name, x in document.get("lemmas", {}).items() if name in lemmas}
    said = _texts([out[k] for k in ("steps", "hypotheses", "axioms", "uses")]) | _texts(document.get("defined", []))
    for table in ("indices", "tensors", "functions"):
        out[table] = {name: x for name, x in document.get(table, {}).items() if name in said}
    return {k: v for k, v in out.items() if v or k == "steps"}


def _operands(step: dict[str, Json]) -> list[Json]:
    """Facts that a step refers to."""
    match step["rule"]:
        case "combine":
            return [step.get("rewrite", []), [[i["use"], i.get("sign", [])] for i in step.get("items", [])]]
        case "induction":
            return [step["base"], step["step"]]
        case "cases":
            return [step["low"], step["high"]]
        case "discharge":
            return [step["use"], step["hyp"]]
        case "drop":
            return [step["use"], step["defs"]]
        case _:
            return [step["use"]]


def _facts(x: Json) -> set[str]:
    """Names of facts in references."""
    match x:
        case str():
            return {x}
        case dict():
            return _facts(x["by"]) | _facts(x.get("given", []))
        case ["ax", *_]:
            return set()
        case list():
            return set().union(*map(_facts, x))
        case _:
            return set()


def _texts(x: Json) -> set[str]:
    match x:
        case str():
            return {x}
        case dict():
            return set(x) | _texts(list(x.values()))
        case list():
            return set().union(*map(_texts, x))
        case _:
            return set()
