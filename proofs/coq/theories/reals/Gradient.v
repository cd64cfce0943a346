(* On the real numbers of Coq: the pull-back of the errors through beta is the gradient of the loss. *)
From Coq Require Import Reals.
From Coquelicot Require Import Coquelicot.
From mathcomp Require Import all_ssreflect all_algebra.
From mathcomp.analysis Require Import Rstruct.
From mathcomp.algebra_tactics Require Import ring.
From FA.core Require Import Network SignConcordance BackPropagation.
Import Order.TTheory GRing.Theory Num.Theory.
Set Implicit Arguments. Unset Strict Implicit. Unset Printing Implicit Defensive.
Local Open Scope ring_scope.

Lemma is_derive_sum (I : finType) (F : I -> R -> R) (dF : I -> R) (x : R) :
  (forall i, is_derive (F i) x (dF i)) -> is_derive (fun t : R => \sum_i F i t) x (\sum_i dF i).
Proof.
move=> H; elim: (index_enum I) => [|i l IH].
  apply: (@is_derive_ext R_AbsRing R_NormedModule (fun=> 0 : R)) => [t|]; first by rewrite big_nil.
  by rewrite big_nil; exact: is_derive_const.
rewrite big_cons; apply: (@is_derive_ext R_AbsRing R_NormedModule (fun t : R => F i t + \sum_(j <- l) F j t)) => [t|]; first by rewrite big_cons.
exact: is_derive_plus.
Qed.
Lemma is_derive_times (c : R) (F : R -> R) (dF x : R) : is_derive F x dF -> is_derive (fun t : R => c * F t) x (c * dF).
Proof. by move=> H; exact: is_derive_scal. Qed.

Section Gradient.
Variables (n d p : nat) (psi dpsi : R -> R).
Hypothesis derivative : forall z, is_derive psi z (dpsi z).
Variables (X : 'M[R]_(n, d)) (y : 'cV[R]_n) (be : 'cV[R]_p) (s : R) (W D : 'M[R]_(p, d)).
Notation e V := (err psi X y s V be).
Notation at_ t := (W + (t : R) *: D).

Lemma preact_line i r t : preact X (at_ t) i r = preact X W i r + t * preact X D i r.
Proof.
rewrite ![preact _ _ _ _]mxE mulr_sumr -big_split; apply: eq_bigr => k _.
by rewrite !mxE mulrDl mulrA.
Qed.

Lemma err_line i : is_derive (fun t : R => e (at_ t) i 0) 0
  (s * \sum_r be r 0 * (preact X D i r * dpsi (preact X W i r))).
Proof.
apply: (@is_derive_ext R_AbsRing R_NormedModule (fun t : R => s * (\sum_r be r 0 * psi (preact X W i r + t * preact X D i r)) + - y i 0)) => [t|].
  by rewrite [e _ _ _]mxE; congr (_ * _ - _); apply: eq_bigr => r _; rewrite preact_line.
rewrite -[X in is_derive _ _ X]addr0; apply: is_derive_plus; last exact: is_derive_const.
apply: is_derive_times; apply: is_derive_sum => r; apply: is_derive_times.
set a := preact X W i r; set c := preact X D i r.
have H := @is_derive_comp _ _ psi (fun t : R => a + t * c) 0 (dpsi a) c.
apply: H; first by rewrite mul0r addr0.
rewrite -[X in is_derive _ _ X]add0r; apply: is_derive_plus; first exact: is_derive_const.
apply: (@is_derive_ext R_AbsRing R_NormedModule (fun t : R => c * t)) => [t|]; first exact: mulrC.
by rewrite -[X in is_derive _ _ X]mulr1; apply: is_derive_times; exact: is_derive_id.
Qed.

(* Along any direction D, the derivative of |e|^2/2 at W is the inner product of D with pull be. *)
Theorem pull_is_gradient : is_derive (fun t : R => loss psi X y be s (at_ t)) 0
  (\sum_r \sum_k D r k * pull dpsi X s (e W) (preact X W) be r k).
Proof.
pose de i := s * \sum_r be r 0 * (preact X D i r * dpsi (preact X W i r)).
have -> : \sum_r \sum_k D r k * pull dpsi X s (e W) (preact X W) be r k = 2%:R^-1 * \sum_i (de i * e W i 0 + e W i 0 * de i).
  transitivity (\sum_i \sum_r \sum_k D r k * (s * be r 0 * (e W i 0 * dpsi (preact X W i r) * X i k))).
    rewrite [RHS]exchange_big; apply: eq_bigr => r _ /=; rewrite [RHS]exchange_big; apply: eq_bigr => k _ /=.
    by rewrite [pull _ _ _ _ _ _ _ _]mxE !mulr_sumr.
  rewrite mulr_sumr; apply: eq_bigr => i _; have -> : 2%:R^-1 * (de i * e W i 0 + e W i 0 * de i) = e W i 0 * de i.
    by move: (de i) (e W i 0) => *; field.
  rewrite /de !mulr_sumr; apply: eq_bigr => r _; rewrite [preact X D i r]mxE !(mulr_suml, mulr_sumr); apply: eq_bigr => k _.
  by move: (D r k) (be r 0) (X i k) (dpsi _) (e W i 0) => *; ring.
apply: (@is_derive_ext R_AbsRing R_NormedModule (fun t : R => 2%:R^-1 * \sum_i e (at_ t) i 0 * e (at_ t) i 0)) => [t|].
  by rewrite /loss mulrC; congr (_ * _); apply: eq_bigr => i _; rewrite expr2.
apply: is_derive_times; apply: is_derive_sum => i.
have E0 : at_ 0 = W by rewrite scale0r addr0.
have L := err_line i; have := @is_derive_mult R_AbsRing _ _ 0 (de i) (de i) L L Rmult_comm.
by cbv beta; rewrite E0.
Qed.
End Gradient.
