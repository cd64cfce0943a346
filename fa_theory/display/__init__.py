"""What a notebook shows: claims, evidence, derivations, certificates, conjectures and runs as small pieces of HTML.

Nothing here is called by its name: objects have a ``_repr_html_`` (`fa_theory.shown`) that finds its writer here. The
pieces need no script, no style sheet and no network: formulas are MathML, plots are SVG, and all text is escaped.
"""
