"""The peer: feedback alignment as the papers run it, a PyTorch loop in float32, one network at a time.

`with_autograd` is the published style: the output layer is an `autograd.Function` whose backward pass sends the error
through ``b``. `by_hand` writes the step out in eight tensor operations, which is the fastest plain PyTorch we know.
`compiled` gives the same step to ``torch.compile``.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache
from typing import Any

import torch
from torch import Tensor

from fa_theory.simulation.ensemble import Ensemble

Step = Callable[..., tuple[Tensor, Tensor]]

PSI = {"tanh": torch.tanh, "linear": lambda z: z}
SLOPE = {"tanh": lambda h: 1 - h * h, "linear": torch.ones_like}


class Output(torch.autograd.Function):
    """``f = ψ β / √p``, whose backward pass has b in the place of β."""

    @staticmethod
    def forward(ctx: Any, hidden: Tensor, beta: Tensor, b: Tensor) -> Tensor:
        ctx.save_for_backward(hidden, b)
        return hidden @ beta / math.sqrt(len(beta))

    @staticmethod
    def backward(ctx: Any, *upstream: Tensor) -> tuple[Tensor, Tensor, None]:
        (error,) = upstream
        hidden, b = ctx.saved_tensors
        scaled = error / math.sqrt(len(b))
        return scaled[:, None] * b, hidden.T @ scaled, None


def with_autograd(runs: Ensemble, steps: int, networks: int) -> list[float]:
    """The losses of the first networks at the end."""
    psi, eta, losses = PSI[runs.network.psi.name], float(runs.eta[0]), []
    for i in range(networks):
        X, y, W, beta, b = tensors(runs, i)
        W.requires_grad_()
        beta.requires_grad_()
        for _ in range(steps):
            loss = 0.5 * ((Output.apply(psi(X @ W.T), beta, b) - y) ** 2).sum()
            loss.backward()
            with torch.no_grad():
                W -= eta * W.grad
                beta -= eta * beta.grad
            W.grad = beta.grad = None
        with torch.no_grad():
            losses.append(0.5 * float(((psi(X @ W.T) @ beta / math.sqrt(len(b)) - y) ** 2).sum()))
    return losses


def by_hand(runs: Ensemble, steps: int, networks: int) -> list[float]:
    """The losses of the first networks at the end."""
    return _stepping(step, runs, steps, networks)


def compiled(runs: Ensemble, steps: int, networks: int) -> list[float]:
    """`by_hand` with a compiled step."""
    return _stepping(_compiled(), runs, steps, networks)


def step(name: str, eta: float, X: Tensor, y: Tensor, W: Tensor, beta: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
    """A step, in tensor operations."""
    root = math.sqrt(len(b))
    hidden = PSI[name](X @ W.T)
    e = hidden @ beta / root - y
    signal = torch.outer(e, b) * SLOPE[name](hidden)
    beta -= (eta / root) * (hidden.T @ e)
    W -= (eta / root) * (signal.T @ X)
    return W, beta


@cache
def _compiled() -> Step:
    made: Step = torch.compile(step, dynamic=False)
    return made


@torch.no_grad()
def _stepping(step: Step, runs: Ensemble, steps: int, networks: int) -> list[float]:
    name, eta, losses = runs.network.psi.name, float(runs.eta[0]), []
    for i in range(networks):
        X, y, W, beta, b = tensors(runs, i)
        for _ in range(steps):
            W, beta = step(name, eta, X, y, W, beta, b)
        losses.append(0.5 * float(((PSI[name](X @ W.T) @ beta / math.sqrt(len(b)) - y) ** 2).sum()))
    return losses


def tensors(runs: Ensemble, i: int) -> tuple[Tensor, ...]:
    """``X, y, W, β, b`` of network i."""
    net = runs.network
    return tuple(torch.tensor(A[i], dtype=torch.float32) for A in (runs.X, runs.y, net.W, net.beta, net.b))
