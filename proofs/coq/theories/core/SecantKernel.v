(* The exact step of the error, for any activation, over any commutative ring.

   S holds secant slopes: psi(z+) - psi(z) = S (z+ - z) entry by entry, with z the pre-activations before and z+ those
   after the step. *)
From mathcomp Require Import all_ssreflect all_algebra.
From mathcomp.algebra_tactics Require Import ring.
From FA.core Require Import Network.
Set Implicit Arguments. Unset Strict Implicit. Unset Printing Implicit Defensive.
Import GRing.Theory.
Local Open Scope ring_scope.

Section Secant.
Variables (R : comRingType) (n d p : nat) (psi dpsi : R -> R).
Variables (X : 'M[R]_(n, d)) (y : 'cV[R]_n) (b : 'cV[R]_p) (s eta lam : R).
Variables (W : 'M[R]_(p, d)) (be : 'cV[R]_p) (S : 'M[R]_(n, p)).
Notation e := (err psi X y s W be).
Notation W' := (fa_W psi dpsi X y b s eta W be).
Notation be' := (fa_beta psi X y s eta lam W be).
Notation z := (preact X W).
Notation z' := (preact X W').
Hypothesis secant : forall i r, psi (z' i r) - psi (z i r) = S i r * (z' i r - z i r).

(* The secant kernels: G~_ij = s^2 sum_r psi(z+_ir) psi(z_jr) and H~_ij = (x_i . x_j) s^2 sum_r beta_r b_r S_ir psi'(z_jr). *)
Definition secant_G : 'M[R]_n := \matrix_(i, j) (s ^+ 2 * \sum_r psi (z' i r) * psi (z j r)).
Definition secant_H : 'M[R]_n :=
  \matrix_(i, j) (gram X i j * s ^+ 2 * \sum_r be r 0 * b r 0 * S i r * dpsi (z j r)).

(* The step of the pre-activations: z+_ir - z_ir = - eta s b_r sum_j (x_i . x_j) e_j psi'(z_jr). *)
Lemma preact_step i r : z' i r - z i r = - (eta * s * b r 0) * \sum_j gram X i j * (e j 0 * dpsi (z j r)).
Proof.
rewrite ![preact _ _ _ _]mxE -sumrB.
transitivity (\sum_k - (eta * s * b r 0) * ((\sum_j e j 0 * dpsi (z j r) * X j k) * X i k)).
  by apply: eq_bigr => k _; rewrite [fa_W _ _ _ _ _ _ _ _ _ _ _]mxE; move: (\sum_j _) => u; ring.
rewrite -mulr_sumr; congr (_ * _).
under eq_bigr do rewrite mulr_suml.
rewrite exchange_big; apply: eq_bigr => j _ /=; rewrite [gram _ _ _]mxE mulr_suml.
by apply: eq_bigr => k _; rewrite [X^T _ _]mxE [RHS]mulrC -!mulrA [X j k * _]mulrC.
Qed.

(* One step maps the error by the secant kernels, with no remainder:
     e+ = (1 - eta lam) e - eta lam y - eta (G~ + (1 - eta lam) H~) e. *)
Theorem secant_kernel :
  err psi X y s W' be' =
    (1 - eta * lam) *: e - (eta * lam) *: y - eta *: ((secant_G + (1 - eta * lam) *: secant_H) *m e).
Proof.
apply/matrixP=> i l; rewrite (ord1 l) {l}.
pose A := \sum_r be r 0 * psi (z i r).
pose B := \sum_r be r 0 * (S i r * (z' i r - z i r)).
pose C := \sum_r psi (z' i r) * \sum_j e j 0 * psi (z j r).
have Ei : e i 0 = s * A - y i 0 by rewrite [LHS]mxE.
have E' : err psi X y s W' be' i 0 = (1 - eta * lam) * s * (A + B) - eta * s ^+ 2 * C - y i 0.
  rewrite [LHS]mxE /A /B /C -big_split !mulr_sumr -sumrB; congr (_ - _).
  apply: eq_bigr => r _; rewrite [fa_beta _ _ _ _ _ _ _ _ _ _]mxE /= -mulrDr -secant.
  by move: (\sum_j _) (psi _) (psi _) => *; ring.
have EG : (secant_G *m e) i 0 = s ^+ 2 * C.
  rewrite mxE /C mulr_sumr; under [RHS]eq_bigr do rewrite !mulr_sumr.
  rewrite [RHS]exchange_big; apply: eq_bigr => j _; rewrite [secant_G _ _]mxE mulr_sumr mulr_suml.
  by apply: eq_bigr => r _ /=; move: (e j 0) (psi (z' i r)) (psi (z j r)) => *; ring.
have EH : eta * (secant_H *m e) i 0 = - (s * B).
  rewrite mxE /B !mulr_sumr -sumrN.
  transitivity (\sum_j \sum_r eta * (gram X i j * s ^+ 2 * (be r 0 * b r 0 * S i r * dpsi (z j r)) * e j 0)).
    by apply: eq_bigr => j _; rewrite [secant_H _ _]mxE !mulr_sumr mulr_suml mulr_sumr; apply: eq_bigr.
  rewrite exchange_big; apply: eq_bigr => r _ /=; rewrite preact_step !mulr_sumr -sumrN; apply: eq_bigr => j _.
  by move: (gram X i j) (e j 0) (dpsi _) => *; ring.
have EM : (((secant_G + (1 - eta * lam) *: secant_H) *m e) i 0) = (secant_G *m e) i 0 + (1 - eta * lam) * (secant_H *m e) i 0.
  by rewrite mulmxDl -scalemxAl mxE [X in _ + X]mxE.
have EY : ((1 - eta * lam) *: e - (eta * lam) *: y - eta *: ((secant_G + (1 - eta * lam) *: secant_H) *m e)) i 0
    = (1 - eta * lam) * e i 0 - eta * lam * y i 0 - eta * (((secant_G + (1 - eta * lam) *: secant_H) *m e) i 0).
  by rewrite mxE [X in X + _]mxE [X in (X + _) + _]mxE [X in (_ + X) + _]mxE [X in (_ - X) + _]mxE [X in _ + X]mxE
    [X in _ - X]mxE.
rewrite E' EY EM EG Ei; set h := (secant_H *m e) i 0 in EH *.
have -> : (1 - eta * lam) * s * (A + B) = (1 - eta * lam) * (s * A) - (1 - eta * lam) * (eta * h) by rewrite EH; ring.
by clear EH E' EM EG EY Ei; move: A C h (y i 0) => *; ring.
Qed.
End Secant.
