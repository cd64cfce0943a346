"""Discovery against known theorems: which are found, whether anything printed is false, and how long it takes.

    python benchmarks/discovery.py [--deep]

Each line is a rule with the quantities that are known to be conserved, or to decrease. They are hidden from the search,
which gets the formulas of the rule alone. A false claim would be one whose proof the checker does not accept, or one
for a rule that is labelled as conserving nothing. The times are CPU seconds of the search, without the proofs.
"""

from __future__ import annotations

import json
import sys
import time

from fa_theory.checker.proof import replay
from fa_theory.discovery.documents import conserved_by_flow, decreasing_along_flow
from fa_theory.discovery.invariants import invariants
from fa_theory.discovery.monotone import monotone
from fa_theory.discovery.named import LinearNetwork, formulas
from fa_theory.discovery.plasticity import parse
from fa_theory.discovery.text import shown

GIROTTI = "state w1 w2\nconstant m\ninput x e\nw1' = - m e x\nw2' = - w1 e x"
RK, NEURON = "W1W1ᵀ − W2ᵀB2 − B2ᵀW2", "½Σ_k W1[r,k]² − Σ_a B2[a,r]·W2[a,r]"
DECAYED = {"g W2 − g B2", "g² W1W1ᵀ − g² B2ᵀB2"}
TURNING = "g W1U1ᵀ + g W2ᵀU2 − g U1W1ᵀ − g U2ᵀW2"
BALANCED = "W1W1ᵀ − W2ᵀW2"
CONSERVED: list[tuple[str, str, int, set[str]]] = [
    ("Robertson & Koyejo; Lillicrap et al.", formulas("fa"), 4, {RK}),
    ("Robertson & Koyejo, neurons", formulas("fa", LinearNetwork(2, "homogeneous")), 4, {NEURON}),
    ("Robertson & Koyejo, three layers", formulas("fa", LinearNetwork(3)), 4, {RK, "W2W2ᵀ − W3ᵀB3 − B3ᵀW3"}),
    ("Girotti et al.", GIROTTI, 4, {"½w1² − w2 m"}),
    ("balanced layers", formulas("bp"), 4, {BALANCED}),
    ("balanced layers, three", formulas("bp", LinearNetwork(3)), 4, {BALANCED, "W2W2ᵀ − W3ᵀW3"}),
    ("balanced neurons", formulas("bp", LinearNetwork(2, "homogeneous")), 4, {"Σ_k W1[r,k]² − Σ_a W2[a,r]²"}),
    ("Kolen & Pollack", formulas("kolen-pollack"), 4, {"W2 − B2", "W1W1ᵀ − B2ᵀB2"}),
    ("Kolen & Pollack, decay", formulas("kolen-pollack", LinearNetwork(decay="all")), 3, DECAYED),
    ("Marcotte et al.: heavy ball", formulas("bp", LinearNetwork(momentum=True)), 3, {TURNING}),
    ("DFA: last hidden layer", formulas("dfa", LinearNetwork(3)), 4, {"W2W2ᵀ − W3ᵀB3 − B3ᵀW3"}),
    ("nothing: any activation", formulas("fa", LinearNetwork(2, "any")), 4, set()),
    ("nothing: equal decay", formulas("fa", LinearNetwork(decay="all")), 4, set()),
    ("nothing: decay of the output", formulas("fa", LinearNetwork(decay="output")), 4, set()),
    ("nothing: heavy ball, neurons", formulas("fa", LinearNetwork(2, "homogeneous", momentum=True)), 3, set()),
]  # fmt: skip
DECREASING: list[tuple[str, str, int, int, bool, set[str]]] = [
    ("linear FA", formulas("fa"), 4, 2, False, {"½‖B2ᵀW2‖² − ⟨B2W1, T⟩"}),
    ("linear FA, three layers", formulas("fa", LinearNetwork(3)), 6, 3, False, {"½‖B2ᵀB3ᵀW3‖² − ⟨B3B2W1, T⟩"}),
    ("linear DFA, three layers", formulas("dfa", LinearNetwork(3)), 4, 2, False, {"½‖B2ᵀW3‖² − ⟨B2W1, T⟩"}),
    ("loss of backpropagation", formulas("bp"), 2, 3, True, {"½‖E‖²"}),
]


def main() -> int:
    """Print the table, and 1 if something known is missed or something false is claimed."""
    hits = wanted = claims = accepted = extra = 0
    for name, text, degree, known in CONSERVED:
        rule, start = parse(text), time.process_time()
        result = invariants(rule, degree)
        spent = time.process_time() - start
        found = {shown(each.polynomial, rule) for each in result.found}
        for each in result.found:
            accepted += bool(replay(json.dumps(conserved_by_flow(rule, each.polynomial, each.labels))))
        most = result.bound.most if result.bound else 0
        print(f"{name:36} {len(found & known)}/{len(known)} found, {len(found - known)} more, {spent:6.2f} s, bound "
              f"{result.independent}/{most}")  # fmt: skip
        hits, wanted, claims, extra = (
            hits + len(found & known),
            wanted + len(known),
            claims + len(found),
            extra + (not known and bool(found)),
        )
    for name, text, degree, square, fixed, known in DECREASING:
        rule, start = parse(text), time.process_time()
        falls = monotone(rule, degree, square_degree=square, fixed=fixed)
        spent = time.process_time() - start
        found = {shown(each.polynomial, rule) for each in falls.found}
        for one in falls.found:
            documents = decreasing_along_flow(rule, one, fixed=fixed)
            accepted += all(replay(json.dumps(document)) for document in documents)
        print(f"{name:36} {len(found & known)}/{len(known)} found, {len(found - known)} more, {spent:6.2f} s")
        hits, wanted, claims = hits + len(found & known), wanted + len(known), claims + len(found)
    print(
        f"recall {hits}/{wanted}, proofs accepted {accepted}/{claims}, claims for rules that conserve nothing: {extra}"
    )
    if "--deep" in sys.argv:
        neurons = formulas("fa", LinearNetwork(2, "homogeneous"))
        deep = formulas("fa", LinearNetwork(3))
        for label, text in (("two layers", formulas("fa")), ("neurons", neurons), ("three layers", deep)):
            for degree in (4, 6):
                start = time.process_time()
                result = invariants(parse(text), degree)
                most = max(each.classes for each in result.searched)
                print(f"FA, {label}, degree {degree}: {time.process_time() - start:.2f} s, up to {most} monomials")
    return int(hits < wanted or accepted < claims or extra > 0)


if __name__ == "__main__":
    sys.exit(main())
