"""The network and the rules in LaTeX: quoted by hypotheses, and defined in the section Setting of the report."""

NETWORK = (
    r"f(x) = \frac{1}{\sqrt p}\, \beta^\top \psi(W x) = \frac{1}{\sqrt p} \sum_{r=1}^{p} \beta_r\, \psi(w_r\cdot x)"
)
"""Output of the network for one input."""

FIRST_STEP = r"w_r^+ = w_r - \frac{\eta}{\sqrt p}\, b_r \sum_i e_i \psi'(w_r\cdot x_i)\, x_i"
OUTPUT_STEP = r"\beta_r^+ = (1-\eta\lambda)\beta_r - \frac{\eta}{\sqrt p} \sum_i e_i \psi(w_r\cdot x_i)"
"""A step of feedback alignment: first layer, and output weights with regularisation."""

FIRST_FLOW = r"\dot w_r = -\frac{1}{\sqrt p}\, b_r \sum_i e_i \psi'(w_r\cdot x_i)\, x_i"
OUTPUT_FLOW = r"\dot\beta_r = -\frac{1}{\sqrt p} \sum_i e_i \psi(w_r\cdot x_i)"
"""The flow of feedback alignment without regularisation: the limit of small steps."""

STEP = rf"${FIRST_STEP}$ and ${OUTPUT_STEP}$"
FLOW = rf"${FIRST_FLOW}$ and ${OUTPUT_FLOW}$"
"""Both as text of a hypothesis."""
