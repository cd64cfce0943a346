"""What Moskovitz, Litwin-Kumar & Abbott (2018) state, and what settles it."""

from __future__ import annotations

from fa_theory.claims.coverage import PaperStatement

STATEMENTS = (
    PaperStatement(
        "Sign-symmetric feedback: uSF, frSF, brSF, and strict normalisation.",
        ("moskovitz2018.sign-symmetric-feedback",),
    ),
    PaperStatement(
        "It makes an acute angle with the weights.",
        ("moskovitz2018.acute-angle", "moskovitz2018.uniform-angle"),
    ),
    PaperStatement(
        "The angle of random weights has a limit, and wide layers are near it.",
        ("moskovitz2018.angle-constants", "moskovitz2018.angle-finite-size", "moskovitz2018.angle-deviation"),
    ),
    PaperStatement(
        "Errors sent back by it agree with those of backpropagation.",
        ("moskovitz2018.isotropic-errors", "moskovitz2018.wide-layers-descend"),
    ),
    PaperStatement(
        "Its steps descend.",
        (
            "moskovitz2018.single-output-descent",
            "moskovitz2018.several-outputs-descent",
            "moskovitz2018.parallel-feedback",
        ),
    ),
    PaperStatement(
        "Strict normalisation removes the mismatch of norms.",
        ("moskovitz2018.strict-normalisation", "moskovitz2018.norm-mismatch"),
    ),
    PaperStatement(
        "Plain feedback alignment fails in deep convolutional networks, where sign-symmetric feedback is close to "
        "backpropagation; mechanisms that promote alignment are critical in depth.",
        ("moskovitz2018.deep-error-signals", "moskovitz2018.plain-feedback-fails"),
        unsettled="measured in small networks on digits; fa-theory simulate moskovitz2018-depth takes other images",
    ),
)
