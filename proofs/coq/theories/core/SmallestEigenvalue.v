(* The smallest eigenvalue of an explicit rational matrix, bounded from below by computation in the kernel. *)
From Coq Require Import ZArith QArith Qreduction Qabs.
From mathcomp Require Import all_ssreflect all_algebra.
From mathcomp.algebra_tactics Require Import ring.
From FA.core Require Import FrobeniusNorm PositiveSemidefinite DyadicRationals RationalMatrices RationalBounds.
Set Implicit Arguments. Unset Strict Implicit. Unset Printing Implicit Defensive.
Import Order.TTheory GRing.Theory Num.Theory.
Local Close Scope Q_scope. Local Close Scope Z_scope.
Delimit Scope Z_scope with zz. Delimit Scope Q_scope with qq.
Local Open Scope ring_scope.

(* Whether M - c I passes the check of positive semi-definiteness with the factors L and D. *)
Definition lmin_check n (M : qmx) (c : Q) (L : qmx) (D : seq Q) :=
  psd_check n n (qmk n n (fun i j => qsub (qget M i j) (if i == j then c else q0))) L D.
(* If it does, c |x|^2 <= x^T M x for all x. *)
Theorem smallest_eigenvalue (R : rcfType) n M c L D : lmin_check n M c L D ->
  forall x : 'cV[R]_n, QR R c * (x^T *m x) 0 0 <= qform (mxq R n n M) x.
Proof.
move=> /(@psd_check_sound R _ _ _ _ _) H x; rewrite -subr_ge0.
rewrite (_ : _ - _ = qform (mxq R n n M - (QR R c)%:M) x); last first.
  rewrite /qform mulmxBr mulmxBl mul_mx_scalar -scalemxAl.
  by rewrite [RHS]mxE [X in _ = _ + X]mxE [X in _ = _ - X]mxE.
rewrite (_ : _ - _ = mxq R n n (qmk n n (fun i j => qsub (qget M i j) (if i == j then c else q0)))) //.
rewrite [RHS]mxq_mk; apply/matrixP=> i j; rewrite !mxE QRsub -val_eqE /=.
by case: (_ == _); rewrite ?QR0.
Qed.
