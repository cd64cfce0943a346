(* The error of a linear network obeys a closed recursion, exactly, for all n, d, p and over any commutative ring. *)
From mathcomp Require Import all_ssreflect all_algebra.
From mathcomp.algebra_tactics Require Import ring.
From FA.core Require Import Network.
Set Implicit Arguments. Unset Strict Implicit. Unset Printing Implicit Defensive.
Import GRing.Theory.
Local Open Scope ring_scope.

Section Linear.
Variables (R : comRingType) (n d p : nat).
Variables (X : 'M[R]_(n, d)) (y : 'cV[R]_n) (b : 'cV[R]_p) (s eta lam : R).
Notation preact := (preact X).
Notation err := (err idfun X y s).
Notation fa_W := (fa_W idfun (fun=> 1) X y b s eta).
Notation fa_beta := (fa_beta idfun X y s eta lam).
Notation K := (gram X).
Implicit Types (W : 'M[R]_(p, d)) (be : 'cV[R]_p).

(* The error, the two rules and a step of the pre-activations, in matrices. *)
Lemma lin_errE W be : err W be = s *: (preact W *m be) - y.
Proof.
apply/matrixP=> i j; rewrite !mxE (ord1 j); congr (_ * _ - _).
by apply: eq_bigr => r _; rewrite !mxE /= mulrC.
Qed.
Lemma lin_WE W be : fa_W W be = W - (eta * s) *: (b *m (err W be)^T *m X).
Proof.
apply/matrixP=> r k; rewrite !mxE -mulrA; congr (_ - _ * _).
rewrite mulr_sumr; apply: eq_bigr => i _.
by rewrite [in RHS]mxE big_ord1 !mxE mulr1 mulrA.
Qed.
Lemma lin_betaE W be :
  fa_beta W be = (1 - eta * lam) *: be - (eta * s) *: ((preact W)^T *m err W be).
Proof.
apply/matrixP=> r j; rewrite !mxE (ord1 j); congr (_ - _ * _).
by apply: eq_bigr => i _; rewrite !mxE /= mulrC.
Qed.

(* The inner product b . beta. *)
Definition align (be : 'cV[R]_p) : R := (b^T *m be) 0 0.
(* The kernel of the output weights, G = s^2 (X W^T)(X W^T)^T. *)
Definition Gmx W : 'M[R]_n := s ^+ 2 *: (preact W *m (preact W)^T).
(* The kernel of the hidden weights, H = s^2 (b . beta) K. *)
Definition Hmx be : 'M[R]_n := (s ^+ 2 * align be) *: K.

Lemma lin_preact_step W be :
  preact (fa_W W be) = preact W - (eta * s) *: (K *m err W be *m b^T).
Proof.
rewrite !preactE lin_WE linearB /= mulmxBr linearZ /= -scalemxAr.
by rewrite !trmx_mul trmxK !mulmxA.
Qed.

(* With e the error before a step, the error after it is
     (I - eta (G + H)) e + eta^2 s^3 (b . (X W^T)^T e) K e - eta lam (e + y - eta s^2 (b . beta) K e). *)
Theorem linear_error_recursion W be :
  let e := err W be in
  err (fa_W W be) (fa_beta W be) =
    (1%:M - eta *: (Gmx W + Hmx be)) *m e
    + (eta ^+ 2 * s ^+ 3 * align ((preact W)^T *m e)) *: (K *m e)
    - (eta * lam) *: (e + y - (eta * s ^+ 2 * align be) *: (K *m e)).
Proof.
move=> e; rewrite lin_errE lin_preact_step lin_betaE -/e.
have Ey : e = s *: (preact W *m be) - y by rewrite /e lin_errE.
set h := preact W in Ey *.
have scal (A : 'M[R]_1) : A = (A 0 0)%:M by rewrite -mx11_scalar.
have Kb v : K *m e *m b^T *m v = align v *: (K *m e).
  by rewrite -!mulmxA (mulmxA X^T) [b^T *m v]scal -/(align v) !mulmxA mul_mx_scalar.
have hbe : s *: (h *m be) = e + y by rewrite Ey subrK.
rewrite mulmxBl !mulmxBr -!scalemxAr -!scalemxAl !Kb.
have -> : (1%:M - eta *: (Gmx W + Hmx be)) *m e =
    e - eta *: (s ^+ 2 *: (h *m (h^T *m e)) + (s ^+ 2 * align be) *: (K *m e)).
  by rewrite mulmxBl mul1mx -scalemxAl mulmxDl -!scalemxAl -mulmxA.
move: (h *m (h^T *m e)) (h *m be) (K *m e) (align be) (align (h^T *m e)) hbe => g q ke a c hbe.
have -> : y = s *: q - e by rewrite hbe addrC addKr.
apply/matrixP=> i j; rewrite !mxE; ring.
Qed.

(* Without weight decay. *)
Corollary linear_error_recursion_without_decay W be : lam = 0 ->
  let e := err W be in
  err (fa_W W be) (fa_beta W be) =
    (1%:M - eta *: (Gmx W + Hmx be)) *m e
    + (eta ^+ 2 * s ^+ 3 * align ((preact W)^T *m e)) *: (K *m e).
Proof. by move=> l0 e; rewrite linear_error_recursion l0 mulr0 scale0r subr0. Qed.
End Linear.
