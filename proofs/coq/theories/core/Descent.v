(* One output: the inner product of the gradient with respect to the hidden weights and the direction of feedback. *)
From mathcomp Require Import all_ssreflect all_algebra.
From mathcomp.algebra_tactics Require Import ring.
From FA.core Require Import Network SignConcordance.
Set Implicit Arguments. Unset Strict Implicit. Unset Printing Implicit Defensive.
Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Section Descent.
Variables (R : realFieldType) (n d p : nat) (dpsi : R -> R) (X : 'M[R]_(n, d)) (b be : 'cV[R]_p) (s : R).
Variables (e : 'cV[R]_n) (z : 'M[R]_(n, p)).
(* <pull beta, pull b> = s^2 sum_r b_r beta_r |sum_i e_i psi'(z_ir) x_i|^2, which is not negative if b_r beta_r >= 0 for all
   r; so it is if b_r = |M_r| sign beta_r for some M. *)
Theorem single_output_descent :
  let inner c := \sum_r \sum_k pull dpsi X s e z be r k * pull dpsi X s e z c r k in
  inner b = s ^+ 2 * (\sum_r b r 0 * be r 0 * \sum_k (\sum_i e i 0 * dpsi (z i r) * X i k) ^+ 2) /\
  ((forall r, 0 <= b r 0 * be r 0) -> 0 <= inner b) /\
  (forall M : 'cV[R]_p, 0 <= inner (\col_r (`|M r 0| * Num.sg (be r 0)))).
Proof.
move=> inner; split; [|split].
- rewrite /inner mulr_sumr; apply: eq_bigr => r _; rewrite !mulr_sumr; apply: eq_bigr => k _.
  by rewrite !mxE; move: (\sum_i _) (b r 0) (be r 0) => *; ring.
- exact: sign_concordance.
move=> M; apply: sign_concordance => r; rewrite mxE -mulrA mulr_ge0 // -normrEsg; exact: normr_ge0.
Qed.
End Descent.
