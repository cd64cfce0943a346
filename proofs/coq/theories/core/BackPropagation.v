(* What backpropagation computes: the change of the loss when the hidden weights move, exactly, by secant slopes.

   The loss |e|^2/2 changes by the inner product of the movement with the errors, sent back through the output weights beta,
   where errors are means of those before and after, and slopes are secant slopes. As the movement tends to 0 this is `pull be`
   of SignConcordance, the gradient; theories/reals/Gradient.v says so for the derivative. *)
From mathcomp Require Import all_ssreflect all_algebra.
From mathcomp.algebra_tactics Require Import ring.
From FA.core Require Import Network.
Set Implicit Arguments. Unset Strict Implicit. Unset Printing Implicit Defensive.
Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Section BackPropagation.
Variables (R : realFieldType) (n d p : nat) (psi : R -> R).
Variables (X : 'M[R]_(n, d)) (y : 'cV[R]_n) (be : 'cV[R]_p) (s : R) (W D : 'M[R]_(p, d)) (S : 'M[R]_(n, p)).
Notation e W := (err psi X y s W be).
Definition loss V : R := (\sum_i e V i 0 ^+ 2) / 2%:R.
Hypothesis secant : forall i r,
  psi (preact X (W + D) i r) - psi (preact X W i r) = S i r * (preact X (W + D) i r - preact X W i r).

Lemma err_move i : e (W + D) i 0 - e W i 0 = \sum_r \sum_k D r k * (s * be r 0 * (S i r * X i k)).
Proof.
transitivity (s * \sum_r be r 0 * (psi (preact X (W + D) i r) - psi (preact X W i r))).
  rewrite ![err _ _ _ _ _ _ _ _]mxE opprB addrA subrK -mulrBr -sumrB; congr (_ * _).
  by apply: eq_bigr => r _; rewrite mulrBr.
rewrite mulr_sumr; apply: eq_bigr => r _; rewrite secant.
have -> : preact X (W + D) i r - preact X W i r = \sum_k D r k * X i k.
  by rewrite ![preact _ _ _ _]mxE -sumrB; apply: eq_bigr => k _; rewrite mxE mulrDl addrC addKr.
rewrite !mulr_sumr; apply: eq_bigr => k _.
by move: (D r k) (be r 0) (S i r) (X i k) => *; ring.
Qed.

(* The loss changes by the inner product of the movement D with the errors sent back, with no remainder. *)
Theorem backpropagation : loss (W + D) - loss W =
  \sum_r \sum_k D r k * (s * be r 0 * \sum_i (e W i 0 + e (W + D) i 0) / 2%:R * S i r * X i k).
Proof.
rewrite /loss -mulrBl -sumrB mulr_suml.
transitivity (\sum_i \sum_r \sum_k D r k * (s * be r 0 * ((e W i 0 + e (W + D) i 0) / 2%:R * S i r * X i k))).
  apply: eq_bigr => i _; have := err_move i; move: (e W i 0) (e (W + D) i 0) => u v E.
  have -> : (v ^+ 2 - u ^+ 2) / 2%:R = (u + v) / 2%:R * (v - u) by field.
  rewrite E mulr_sumr; apply: eq_bigr => r _; rewrite mulr_sumr; apply: eq_bigr => k _.
  by move: (D r k) (be r 0) (S i r) (X i k) ((u + v) / 2%:R) => *; ring.
rewrite exchange_big; apply: eq_bigr => r _ /=; rewrite exchange_big; apply: eq_bigr => k _ /=.
by rewrite !mulr_sumr.
Qed.
End BackPropagation.
