"""The hypotheses that several claims of the paper share."""

from fa_theory.claims.claim import Hypothesis

DYNAMICS = Hypothesis(
    "feedback alignment",
    r"$w_r^+ = w_r - \frac{\eta}{\sqrt p}\, b_r \sum_i e_i \psi'(w_r\cdot x_i)\, x_i$ and "
    r"$\beta_r^+ = (1-\eta\lambda)\beta_r - \frac{\eta}{\sqrt p} \sum_i e_i \psi(w_r\cdot x_i)$",
)
LINEAR = Hypothesis("linear activation", r"$\psi(x) = x$")
GAUSSIAN = Hypothesis("Gaussian initialisation", r"$W(0), \beta(0), b$ have independent $N(0,1)$ entries")
SPHERE = Hypothesis("unit data", r"$\|x_i\|_2 = 1$, with $x_i$ uniform on the sphere and $y_i \sim N(0,1)$")
UNREGULARISED = Hypothesis("no regularisation", r"$\lambda(t) = 0$ for all $t$")
