"""Documents near a proof: one or two small changes to what it declares, assumes, concludes or does."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

Json = Any
Path = tuple[Any, ...]

SWAPPED = {"sqrt": "abs", "abs": "sqrt", "inv": "abs", "max": "max", "op": "op"}
WORDS = {"+", "*", "-", "^", "^t", "sum", "size", "delta", "num", "fn", "mean", "d", "differentiable", "of"}


@dataclass
class Sites:
    """Places of a document by what stands there."""

    terms: list[Path] = field(default_factory=list)
    indices: list[Path] = field(default_factory=list)
    formulas: list[Path] = field(default_factory=list)
    sums: list[Path] = field(default_factory=list)


def at(document: Json, path: Path) -> Json:
    """What stands at a place."""
    for step in path:
        document = document[step]
    return document


def put(document: Json, path: Path, new: Json) -> None:
    """Put something else there."""
    at(document, path[:-1])[path[-1]] = new


class Near:
    """Changes of one document, by a seed.

    ``offer(where)`` gives a changed copy and says what was changed; ``where`` is one of ``conclusion``, ``hypotheses``,
    ``steps``, ``declarations``, ``lemmas``.
    """

    def __init__(self, document: Json, seed: int) -> None:
        self.text = json.dumps(document)
        self.random = random.Random(seed)

    def offer(self, where: str) -> tuple[str, Json] | None:
        """A changed document, or None if there is nothing of this kind to change."""
        document = json.loads(self.text)
        said = self.change(document, where)
        if said and self.random.random() < 0.1:
            said += "; " + (self.change(document, self.random.choice(("conclusion", "hypotheses", "steps"))) or "")
        if not said or json.dumps(document) == self.text:
            return None
        return f"{where}: {said}", document

    def change(self, document: Json, where: str) -> str:
        match where:
            case "conclusion":
                return self.conclusion(document)
            case "hypotheses":
                return self.hypotheses(document)
            case "steps":
                return self.steps(document)
            case "declarations":
                return self.declarations(document)
            case _:
                lemmas = document.get("lemmas", {})
                if not lemmas:
                    return ""
                name = self.random.choice(sorted(lemmas))
                kind = self.random.choice(("conclusion", "hypotheses", "steps", "declarations"))
                said = self.change(lemmas[name], kind)
                return said and f"{name}: {kind}: {said}"

    # what is changed

    def conclusion(self, document: Json) -> str:
        """The formulas that the last steps speak of."""
        goals: list[Path] = []
        for k in range(len(document["steps"]) - 1, -1, -1):
            step = document["steps"][k]
            for name in ("goal", "goals"):
                if name in step:
                    many = range(len(step[name])) if name == "goals" else ()
                    goals += [("steps", k, name, m) for m in many] or [("steps", k, name)]
            if len(goals) >= 2 or (step["as"] == document["concludes"] and goals):
                break
        return self.formula(document, self.random.choice(goals)) if goals else ""

    def hypotheses(self, document: Json) -> str:
        """One of them changed, exchanged with another, or said to be trivial."""
        names = sorted(document.get("hypotheses", {}))
        if not names:
            return ""
        name = self.random.choice(names)
        what = self.random.random()
        if what < 0.1:
            document["hypotheses"][name] = {"say": [0, "<=", 0]}
            return f"{name} dropped"
        if what < 0.15 and len(names) > 1:
            other = self.random.choice([n for n in names if n != name])
            table = document["hypotheses"]
            table[name], table[other] = table[other], table[name]
            return f"{name} and {other} exchanged"
        return f"{name}: " + self.formula(document, ("hypotheses", name))

    def declarations(self, document: Json) -> str:
        """Axes, sorts, numbers of arguments, laws."""
        names = [
            (kind, name) for kind in ("tensors", "indices", "functions", "laws") for name in document.get(kind, {})
        ]
        names += [("uses", name) for name, use in document.get("uses", {}).items() if use["sorts"]]
        if not names:
            return ""
        kind, name = self.random.choice(names)
        sorts = [*document.get("sorts", []), "time", "real"]
        table = document[kind]
        match kind:
            case "tensors":
                axes = table[name]
                if axes and self.random.random() < 0.7:
                    k = self.random.randrange(len(axes))
                    self.random.choice((lambda: put(axes, (k,), self.random.choice(sorts)), axes.reverse, axes.pop))()
                else:
                    axes.append(self.random.choice(sorts))
            case "indices":
                table[name] = self.random.choice(sorts)
            case "functions":
                table[name] += self.random.choice((-1, 1))
            case "laws":
                law = table[name]
                if law["kind"] == "iid":
                    law["kind"] = "gauss"
                    del law["axis"]
                else:
                    law.update(kind="iid", axis=self.random.choice(sorts))
            case _:
                use = table[name]["sorts"]
                use[self.random.choice(sorted(use))] = self.random.choice(sorts)
        return f"{kind} {name} → {table[name]}"

    def steps(self, document: Json) -> str:
        """Another fact, factor, rule, order, number; a step or an operand left out."""
        steps = document["steps"]
        if not steps:
            return ""
        k = self.random.randrange(len(steps))
        step = steps[k]
        facts = [s["as"] for s in steps[:k]] + list(document.get("hypotheses", {})) + list(document.get("uses", {}))
        places = [path for path in _facts(step, ("steps", k)) if isinstance(at(document, path), str)]
        chance = self.random.random()
        if chance < 0.25 and places and facts:
            path, fact = self.random.choice(places), self.random.choice(facts)
            put(document, path, fact)
            return f"step {step['as']}: {path[2:]} → {fact}"
        if chance < 0.45 and step.get("items"):
            m = self.random.randrange(len(step["items"]))
            item = step["items"][m]
            if self.random.random() < 0.3:
                del step["items"][m]
                return f"step {step['as']}: item {m} left out"
            name = self.random.choice([key for key in item if key != "use"] or ["times"])
            if name == "times":
                item["times"] = self.random.choice((["-", item.get("times", 1)], 2, ["*", 2, item.get("times", 1)]))
                if "times" in item and self.random.random() < 0.5:
                    item.pop("sign", None)
                return f"step {step['as']}: item {m}: times {item['times']}"
            del item[name]
            return f"step {step['as']}: item {m} without {name}"
        if chance < 0.55 and step.get("rewrite"):
            m = self.random.randrange(len(step["rewrite"]))
            del step["rewrite"][m]
            return f"step {step['as']}: rewriting {m} left out"
        if chance < 0.6:
            del steps[k]
            return f"step {step['as']} left out"
        if chance < 0.65 and len(steps) > 1:
            other = self.random.randrange(len(steps))
            steps[k], steps[other] = steps[other], steps[k]
            return f"steps {k} and {other} exchanged"
        if chance < 0.7:
            document["concludes"] = self.random.choice([s["as"] for s in steps])
            return f"concludes {document['concludes']}"
        if chance < 0.75 and document.get("defined"):
            m = self.random.randrange(len(document["defined"]))
            del document["defined"][m]
            return f"defined {m} left out"
        lists = [path for path in _lists(step, ("steps", k)) if len(at(document, path)) > 1]
        if chance < 0.85 and lists:
            path = self.random.choice(lists)
            self.random.shuffle(at(document, path))
            return f"step {step['as']}: {path[2:]} in another order"
        if step["rule"] == "induction" and chance < 0.9:
            step["which"] = self.random.randint(0, 4)
            return f"step {step['as']}: which {step['which']}"
        found = _sites(step, ("steps", k))
        return self.inside(document, found)

    def formula(self, document: Json, path: Path) -> str:
        """A relation, a side, a premise, a variable, or something inside."""
        found = Sites()
        _formula(at(document, path), path, found)
        formula = at(document, self.random.choice(found.formulas))
        chance = self.random.random()
        said = formula["say"]
        if chance < 0.15:
            said[1] = self.random.choice([r for r in ("<=", "<", "=") if r != said[1]])
            return f"{said[1]} for another relation"
        if chance < 0.25:
            said[0], said[2] = said[2], said[0]
            return "sides exchanged"
        if chance < 0.35 and formula.get("if"):
            k = self.random.randrange(len(formula["if"]))
            del formula["if"][k]
            return f"premise {k} dropped"
        if chance < 0.4 and formula.get("all"):
            k = self.random.randrange(len(formula["all"]))
            del formula["all"][k]
            return f"variable {k} not bound"
        if chance < 0.47:
            m = self.random.choice((0, 2))
            said[m] = self.random.choice((["+", said[m], 1], ["-", said[m], "1/7"], ["*", 2, said[m]], ["-", said[m]]))
            return f"side {m} changed"
        return self.inside(document, found)

    def inside(self, document: Json, found: Sites) -> str:
        """A term or an index somewhere."""
        kinds = [kind for kind in (found.terms, found.terms, found.indices) if kind]
        if not kinds:
            return ""
        path = self.random.choice(self.random.choice(kinds))
        old = at(document, path)
        new = self.index(document, old) if path in found.indices else self.term(document, old)
        if new is not None:
            put(document, path, new)
        return f"{json.dumps(old)[:80]} → {json.dumps(new)[:80]}"

    def index(self, document: Json, old: Json) -> Json:
        """Another one of its sort, a time one step off, a number."""
        indices = document.get("indices", {})
        if isinstance(old, int):
            return old + self.random.choice((1, -1)) if old else 1
        name, offset = (old[0], old[1]) if isinstance(old, list) else (old, 0)
        sort = indices.get(name)
        if sort == "time" and self.random.random() < 0.7:
            return self.random.choice(([name, offset + 1], [name, max(offset - 1, 0)] if offset > 1 else name, 0))
        same = [other for other, its in indices.items() if its == sort and other != name]
        return self.random.choice(same or list(indices))

    def term(self, document: Json, old: Json) -> Json:
        """Another term in its place."""
        tensors, sorts = document.get("tensors", {}), document.get("sorts", [])
        if isinstance(old, int):
            return self.random.choice((old + 1, old - 1, -old))
        if isinstance(old, str) and old not in tensors:
            return self.random.choice((f"-{old}".replace("--", ""), 1, ["*", 2, old], ["^", old, 2]))
        name = old if isinstance(old, str) else old[0]
        if name in tensors:
            same = [other for other, axes in tensors.items() if axes == tensors[name] and other != name]
            swap = [name, *reversed(old[1:])] if isinstance(old, list) and len(old) > 2 else ["-", old]
            other = self.random.choice(same) if same else None
            changed = [other, *old[1:]] if isinstance(old, list) else other
            return self.random.choice([x for x in (changed, swap, ["*", 2, old], 0) if x is not None])
        match old:
            case ["+", *terms] if terms:
                k = self.random.randrange(len(terms))
                less = [t for m, t in enumerate(terms) if m != k]
                return self.random.choice((["+", *less], ["+", *less, ["-", terms[k]]]))
            case ["*", *terms] if terms:
                k = self.random.randrange(len(terms))
                less = [t for m, t in enumerate(terms) if m != k]
                return self.random.choice((["*", *less], ["+", *terms], ["*", *terms, terms[k]]))
            case ["-", a]:
                return a
            case ["-", a, b]:
                return self.random.choice((["-", b, a], ["+", a, b], a))
            case ["^", base, k]:
                return ["^", base, k + self.random.choice((1, -1))]
            case ["^t", base, time]:
                return self.random.choice((["^t", base, self.index(document, time)], base))
            case ["sum", [*names], body]:
                k = self.random.randrange(len(names)) if names else 0
                less = [n for m, n in enumerate(names) if m != k]
                return self.random.choice((["sum", less, body], ["*", 2, old], ["^", old, 2]))
            case ["size", sort, *power]:
                other = self.random.choice(sorts)
                return self.random.choice((["size", other, *power], ["size", sort], ["size", sort, "-1/2"], 1))
            case ["fn", function, *arguments]:
                if function in SWAPPED:
                    new = SWAPPED[function]
                else:
                    new = self.random.choice(list(document.get("functions", {})) or [function])
                return self.random.choice(
                    (["fn", new, *reversed(arguments)], arguments[0] if arguments else 0, ["-", old])
                )
            case ["mean", law, names, body]:
                return self.random.choice((body, ["mean", law, [*reversed(names)], body], ["*", 2, old]))
            case ["num", time]:
                return self.random.choice((["num", self.index(document, time)], ["-", old]))
            case _:
                return ["-", old]


def _facts(x: Json, path: Path) -> Iterator[Path]:
    """Where facts stand in a step."""
    match x:
        case dict():
            for name, inner in x.items():
                here = (*path, name)
                if name in ("use", "by", "sign", "low", "high", "hyp"):
                    yield here if isinstance(inner, str) else (*here, "by") if isinstance(inner, dict) else here
                if name in ("given", "rewrite", "base", "step", "defs") and isinstance(inner, list):
                    yield from ((*here, k) for k in range(len(inner)))
                yield from _facts(inner, here)
        case list():
            for k, inner in enumerate(x):
                yield from _facts(inner, (*path, k))
        case _:
            pass


def _lists(x: Json, path: Path) -> Iterator[Path]:
    """Lists of operands in a step."""
    if isinstance(x, dict):
        for name, inner in x.items():
            if name in ("given", "base", "step", "at", "goals", "over", "split") and isinstance(inner, list):
                yield (*path, name)
            if name in ("use", "items", "by"):
                yield from _lists(inner, (*path, name))
    elif isinstance(x, list):
        for k, inner in enumerate(x):
            yield from _lists(inner, (*path, k))


def _sites(step: Json, path: Path) -> Sites:
    """Formulas and terms of a step."""
    found = Sites()

    def look(x: Json, here: Path) -> None:
        match x:
            case {"say": _}:
                _formula(x, here, found)
            case dict():
                for name, inner in x.items():
                    if name == "times":
                        _term(inner, (*here, name), found)
                    elif name == "at" and isinstance(inner, list):
                        for k, one in enumerate(inner):
                            if one is not None:
                                _term(one, (*here, name, k), found)
                    else:
                        look(inner, (*here, name))
            case list():
                for k, inner in enumerate(x):
                    look(inner, (*here, k))
            case _:
                pass

    look(step, path)
    return found


def _formula(x: Json, path: Path, found: Sites) -> None:
    found.formulas.append(path)
    for k, premise in enumerate(x.get("if", [])):
        _formula(premise, (*path, "if", k), found)
    for k in (0, 2):
        _term(x["say"][k], (*path, "say", k), found)


def _term(x: Json, path: Path, found: Sites) -> None:
    if not isinstance(x, list):
        found.terms.append(path)
        return
    if x and x[0] == "of":
        _term(x[2], (*path, 2), found)
        return
    found.terms.append(path)
    here: Sequence[int]
    match x:
        case [("+" | "*" | "-"), *_]:
            here = range(1, len(x))
        case ["^", *_]:
            here = (1,)
        case ["^t", _, _]:
            found.indices.append((*path, 2))
            here = (1,)
        case ["sum", _, _]:
            here = (2,)
        case ["size", *_]:
            here = ()
        case ["fn", *_]:
            here = range(2, len(x))
        case ["mean", _, _, _]:
            here = (3,)
        case [("d" | "differentiable"), _, _, _]:
            found.indices.append((*path, 3))
            here = (2,)
        case [_, *rest]:
            found.indices += [(*path, k + 1) for k in range(len(rest))]
            here = ()
        case _:
            here = ()
    for k in here:
        _term(x[k], (*path, k), found)
