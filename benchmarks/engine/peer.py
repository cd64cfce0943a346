"""The peer: feedback alignment as the papers run it, a PyTorch loop in float32, one network at a time.

The hidden layer is an `autograd.Function` whose backward pass sends the error through ``b``, as in the published
implementations of feedback alignment; the formulas, the initial weights and the data are those of our paths.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch

from fa_theory.simulation.ensemble import Ensemble

PSI = {"tanh": torch.tanh, "linear": lambda z: z, "relu": torch.relu}


class Output(torch.autograd.Function):
    """``f = ψ β / √p``, whose backward pass uses b in the place of β."""

    @staticmethod
    def forward(ctx: Any, hidden: torch.Tensor, beta: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
        ctx.save_for_backward(hidden, b)
        return hidden @ beta / math.sqrt(len(beta))

    @staticmethod
    def backward(ctx: Any, *upstream: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, None]:
        (error,) = upstream
        hidden, b = ctx.saved_tensors
        scaled = error / math.sqrt(len(b))
        return scaled[:, None] * b, hidden.T @ scaled, None


def follow(runs: Ensemble, steps: int) -> np.ndarray:
    """The losses at the end, one network after the other."""
    psi, losses = PSI[runs.network.psi.name], []
    for i in range(len(runs)):
        net, eta = runs.network, float(runs.eta[i])
        X, y, b = (torch.tensor(A[i], dtype=torch.float32) for A in (runs.X, runs.y, net.b))
        W, beta = (torch.tensor(A[i], dtype=torch.float32, requires_grad=True) for A in (net.W, net.beta))
        for t in range(steps + 1):
            loss = 0.5 * ((Output.apply(psi(X @ W.T), beta, b) - y) ** 2).sum()
            if t == steps:
                break
            loss.backward()
            with torch.no_grad():
                W -= eta * W.grad
                beta -= eta * (beta.grad + runs.schedule(t) * beta)
            W.grad = beta.grad = None
        losses.append(loss.item())
    return np.array(losses)
