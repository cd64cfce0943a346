(* A network given by rational numbers: the object of a certificate.

   The dynamics are those of Network, with s = 1/sqrt p and without weight decay. *)
From Coq Require Import ZArith QArith Qreduction Qabs.
From mathcomp Require Import all_ssreflect all_algebra.
From mathcomp.algebra_tactics Require Import ring.
From FA.core Require Import Network FrobeniusNorm DyadicRationals RationalMatrices RationalBounds.
Set Implicit Arguments. Unset Strict Implicit. Unset Printing Implicit Defensive.
Import Order.TTheory GRing.Theory Num.Theory.
Local Close Scope Q_scope. Local Close Scope Z_scope.
Delimit Scope Z_scope with zz. Delimit Scope Q_scope with qq.
Local Open Scope ring_scope.

(* n samples of dimension d, p hidden neurons; X, y, W, beta, b and eta. *)
Record network := Network {
  samples : nat; dimension : nat; width : nat;
  inputs : qmx; targets : seq Q; hidden : qmx; output : seq Q; feedback : seq Q; step_size : Q }.

Section Meaning.
Variables (R : rcfType) (psi dpsi : R -> R) (N : network).
Notation n := (samples N). Notation d := (dimension N). Notation p := (width N).
(* 1/sqrt p. *)
Definition root : R := (Num.sqrt p%:R)^-1.
Definition matrix_X : 'M[R]_(n, d) := mxq R n d (inputs N).
Definition vector_y : 'cV[R]_n := colq R n (targets N).
Definition vector_b : 'cV[R]_p := colq R p (feedback N).
Definition initial : 'M[R]_(p, d) * 'cV[R]_p := (mxq R p d (hidden N), colq R p (output N)).
(* The state after t steps of feedback alignment from the initial state, and its error. *)
Definition state_after t :=
  iter t (fa_step psi dpsi matrix_X vector_y vector_b root (QR R (step_size N)) 0) initial.
Definition error_after t : 'cV[R]_n := err psi matrix_X vector_y root (state_after t).1 (state_after t).2.
End Meaning.

(* 1/p as a rational number. *)
Definition qinv (p : nat) : Q := Qmake 1 (Pos.of_nat p).
(* Whether 1/sqrt p is within tau of the rational number s. *)
Definition root_check (p : nat) (s tau : Q) : bool :=
  [&& (0 < p)%N, Qle_bool q0 (qsub s tau), Qle_bool q0 (qadd s tau),
      Qle_bool (qmul (qsub s tau) (qsub s tau)) (qinv p) & Qle_bool (qinv p) (qmul (qadd s tau) (qadd s tau))].

Section Root.
Variables (R : rcfType) (N : network).
Notation QR := (QR R). Notation p := (width N).
Lemma PR_of_nat q : (0 < q)%N -> PR R (Pos.of_nat q) = q%:R.
Proof.
elim: q => // q IH _; case: q IH => [|q] IH; first by [].
by rewrite Nat2Pos.inj_succ // PR_succ IH // -[in RHS]addn1 natrD.
Qed.
Lemma QR_qinv q : (0 < q)%N -> QR (qinv q) = q%:R^-1.
Proof. by move=> q0; rewrite /qinv /RationalMatrices.QR /= PR_of_nat // div1r. Qed.
Lemma root_ge0 : 0 <= root R N. Proof. by rewrite invr_ge0 sqrtr_ge0. Qed.
Lemma root_sqr : root R N ^+ 2 = p%:R^-1.
Proof. by rewrite exprVn sqr_sqrtr // ler0n. Qed.
Lemma root_near s tau : root_check p s tau -> `|root R N - QR s| <= QR tau.
Proof.
case/and5P => p0 /(QR_ge0 R) l0 /(QR_ge0 R) u0 /(QR_le R) l2 /(QR_le R) u2.
rewrite !QRmul !(QRadd, QRsub) QR_qinv // -root_sqr expr2 in l0 u0 l2 u2.
have r0 := root_ge0.
rewrite ler_distl; apply/andP; split.
  by rewrite -(@ler_sqr _ (_ - _)) ?nnegrE // !expr2.
by rewrite -(@ler_sqr _ (root R N)) ?nnegrE // !expr2.
Qed.
End Root.
