"""GV1, GV2: matrix factorisation ``Y ≈ ZW`` by feedback alignment."""

from __future__ import annotations

from functools import cache

from fa_theory.symbolic.proof import Fact, ProofWriter, item, library
from fa_theory.symbolic.proof.flow import Flow
from fa_theory.symbolic.proof.notation import Assertion, Expression, IndexName, d, forall, of, size, total

MUTANTS_OF_COLUMNS = ("a start elsewhere", "more than 0")
MUTANTS_OF_LIMIT = ("all of Y", "a Z that moves")

Time = IndexName | int


@cache
def columns() -> ProofWriter:
    """Prove that ``νᵀZ`` stays 0 if ``νᵀY = 0``: the columns of Z stay in the column space of Y."""
    P = ProofWriter("The left factor stays in the column space of the target")
    P.sorts("n", "r", "m")
    i, q, j = P.index("i", "n"), P.index("q", "r"), P.index("j", "m")
    flow = Flow(P, "s", "t")
    s, t = flow.s, flow.t
    Y, nu = P.tensor("Y", "n", "m"), P.tensor("nu", "n")
    Z, Z_rate, W = P.tensor("Z", "real", "n", "r"), P.tensor("Z.", "real", "n", "r"), P.tensor("W", "real", "r", "m")
    E = P.tensor("E", "real", "n", "m")
    flow.moves(Z, Z_rate)
    P.assume("ERROR", forall(t, i, j, E(t, i, j).equals(Y(i, j) - total(q, Z(t, i, q) * W(t, q, j)))), "error")
    pulled = total(j, E(t, i, j) * W(t, q, j))
    move = P.assume("FLOW_Z", forall(t, i, q, d(s, Z(s, i, q), t).equals(pulled)), "flow of Z")
    P.show("velocity of Z", forall(t, i, q, Z_rate(t, i, q).equals(pulled)), Fact("Z rate")(t, i, q), move(t, i, q))

    def outside(value: Expression | int) -> Assertion:
        return forall(j, total(i, nu(i) * Y(i, j)).equals(value))

    P.assume("OUTSIDE", outside(0), "ν is orthogonal to all columns of Y")

    def seen(at: Time, q: IndexName) -> Expression:
        return total(i, nu(i) * Z(at, i, q))

    def start(value: int) -> Assertion:
        return forall(q, seen(0, q).equals(value))

    P.assume("START", start(0), "and to all columns of Z at the start, as from zero")
    body = total(q, seen(s, q) ** 2)
    rate = flow.rate(body)
    image = total(q, seen(t, q) * W(t, q, j))
    falls = P.show(
        "it cannot grow",
        d(s, body, t) <= 0,
        rate.equation,
        item(Fact("OUTSIDE")(j), image, over=[j]),
        P.signed(total(j, image**2)),
        rewrite=["velocity of Z", "ERROR"],
        reason="νᵀE = −νᵀZW, so the rate of ‖νᵀZ‖² is −2‖νᵀZW‖²",
    )
    every = [P.generalise("it is differentiable", rate.smooth, t), P.generalise("it never grows", falls, t)]
    less = P.use(library.flow_decreasing())(of(s, body), t, given=every)
    found = P.show(
        "νᵀZ stays 0",
        forall(t, total(q, seen(t, q) ** 2) <= 0),
        less,
        item(Fact("START")(q), seen(0, q), over=[q]),
        reason="it is 0 at the start",
    )
    found = P.drop("without Z.", found, "Z rate")
    zero = [forall(i, q, Z(0, i, q).equals(0)), forall(i, j, Y(i, j).equals(0))]
    P.conclude(found, defined=[Fact("Z differentiable")], witness=zero)
    ones = [
        forall(i, j, Y(i, j).equals(0)),
        forall(i, nu(i).equals(1)),
        forall(i, q, Z(0, i, q).equals(size("n", -1))),
    ]
    P.mutant("a start elsewhere", {"START": start(1)}, witness=ones)
    lost = [forall(i, q, Z(0, i, q).equals(0)), forall(i, nu(i).equals(0))]
    P.mutant("more than 0", {}, conclusion=forall(t, total(q, seen(t, q) ** 2) + 1 <= 0), witness=lost)
    return P


@cache
def limit() -> ProofWriter:
    """Prove ``E = Y − YΠ`` and so ``‖E‖² = ‖Y‖² − ‖YΠ‖²`` where Z rests, Π the projection on the row space of W."""
    P = ProofWriter("Where matrix factorisation rests")
    P.sorts("n", "r", "m")
    i, q, (j, h) = P.index("i", "n"), P.index("q", "r"), P.indices("j h", "m")
    Y, Z, W, E = P.tensor("Y", "n", "m"), P.tensor("Z", "n", "r"), P.tensor("W", "r", "m"), P.tensor("E", "n", "m")
    Pi, M = P.tensor("Pi", "m", "m"), P.tensor("M", "r", "m")
    P.assume("ERROR", forall(i, j, E(i, j).equals(Y(i, j) - total(q, Z(i, q) * W(q, j)))), "error")

    def rests(value: Expression | int) -> Assertion:
        return forall(i, q, total(j, E(i, j) * W(q, j)).equals(value))

    P.assume("RESTS", rests(0), "Z does not move: EWᵀ = 0")
    P.assume("ROWS", forall(q, h, total(j, W(q, j) * Pi(j, h)).equals(W(q, h))), "Π keeps the rows of W")
    P.assume("SPAN", forall(j, h, Pi(j, h).equals(total(q, W(q, j) * M(q, h)))), "its columns are in their span")

    def form(share: int) -> Assertion:
        seen = total(j, Y(i, j) * Pi(j, h))
        return forall(i, h, E(i, h).equals(Y(i, h) - (seen if share else 0 * seen)))

    found = P.show(
        "the error that is left",
        form(1),
        Fact("ERROR")(i, h),
        item(Fact("ROWS")(q, h), Z(i, q), over=[q]),
        item(Fact("RESTS")(i, q), M(q, h), over=[q]),
        item(Fact("ERROR")(i, j), Pi(j, h), over=[j]),
        item(Fact("SPAN")(j, h), E(i, j), over=[j]),
        reason="EΠ = 0, and ZWΠ = ZW",
    )
    inverse = size("m", -1) * size("r", -1)
    exact = [
        forall(q, j, W(q, j).equals(1)),
        forall(q, j, M(q, j).equals(inverse)),
        forall(i, q, Z(i, q).equals(total(j, Y(i, j)) * inverse)),
    ]
    P.conclude(found, witness=exact)
    P.mutant("all of Y", {}, conclusion=form(0), witness=exact)
    moving = [*exact[:2], forall(i, q, Z(i, q).equals(0))]
    P.mutant("a Z that moves", {"RESTS": rests(total(j, E(i, j) * W(q, j)))}, witness=moving)
    return P
