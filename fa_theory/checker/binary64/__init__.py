"""Verified binary64: products, norms and activations by NumPy, each with a proved bound on its error.

What is trusted: additions, subtractions, multiplications, divisions and square roots of NumPy, and sums and products
inside its matrix products, are rounded to nearest as IEEE 754 says, with or without fused operations; a matrix product
adds up the products of its entries in some order, and does nothing else (no Strassen, no lower precision).
`environment` tests this as well as it can be tested. No function of NumPy or of the system's library is used for ψ.

``u = 2^-53``, ``γ_k = ku/(1 − ku)``. Bounds hold for every order of summation, with or without fused multiply-add, with
subnormal numbers, and for zeros of both signs. Whatever overflows gives infinite or undefined bounds, which nobody
accepts: the callers ask whether bounds are finite.
"""
