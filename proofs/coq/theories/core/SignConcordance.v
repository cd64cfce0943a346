(* If b and beta agree in all signs, feedback alignment descends: its step has a non-negative inner product with the
   gradient with respect to the hidden weights. *)
From mathcomp Require Import all_ssreflect all_algebra.
From mathcomp.algebra_tactics Require Import ring.
Set Implicit Arguments. Unset Strict Implicit. Unset Printing Implicit Defensive.
Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Section Concord. 
Variables (R : realFieldType) (n d p : nat).
Variables (dpsi : R -> R) (X : 'M[R]_(n, d)) (b be : 'cV[R]_p) (s : R) (e : 'cV[R]_n) (h : 'M[R]_(n, p)).
(* What errors e, sent back through weights c, pull on the hidden weights. `pull be` is the gradient of |e|^2/2 (see
   BackPropagation), `pull b` the direction of feedback alignment. *)
Definition pull (c : 'cV[R]_p) : 'M[R]_(p, d) :=
  \matrix_(r, k) (s * c r 0 * \sum_i e i 0 * dpsi (h i r) * X i k).
(* If b_r beta_r >= 0 for every neuron, the two have a non-negative inner product. *)
Theorem sign_concordance : (forall r, 0 <= b r 0 * be r 0) ->
  0 <= \sum_r \sum_k pull be r k * pull b r k.
Proof.
move=> H; apply: sumr_ge0 => r _; apply: sumr_ge0 => k _; rewrite !mxE.
set z := \sum_i _; rewrite (_ : _ * _ = (b r 0 * be r 0) * (s * z) ^+ 2); last ring.
by rewrite mulr_ge0 ?sqr_ge0.
Qed.
End Concord.
