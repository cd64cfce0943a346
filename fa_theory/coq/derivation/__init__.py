"""Proof documents as Coq files, rule by rule.

`record` replays a document and keeps how every theorem was made, `shallow` prints formulas as Coq reads them,
`identity` proves identities of indexed sums, `steps` proves every rule, `export` writes the file.
"""
