(* Nearly orthonormal inputs have a nearly isometric Gram matrix: Gershgorin's bound. *)
From mathcomp Require Import all_ssreflect all_algebra.
From mathcomp.algebra_tactics Require Import ring.
From FA.core Require Import FrobeniusNorm PositiveSemidefinite.
Set Implicit Arguments. Unset Strict Implicit. Unset Printing Implicit Defensive.
Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Section NearIsometry.
Variables (R : realFieldType) (n d : nat) (X : 'M[R]_(n, d)) (A : 'M[R]_n) (L : R).
Notation E := (X *m X^T - 1%:M).
Hypothesis near : forall i j, `|E i j| <= A i j.
Hypothesis rows : forall i, \sum_j A i j <= L.
Hypothesis columns : forall j, \sum_i A i j <= L.

Lemma off_diagonal i : \sum_(j | j != i) (`|E i j| + `|E j i|) <= (L - A i i) *+ 2.
Proof.
rewrite big_split mulr2n; apply: ler_add; rewrite ler_subr_addl.
  apply: le_trans (rows i); rewrite [leRHS](bigD1 i) //= ler_add2l; apply: ler_sum => j _; exact: near.
apply: le_trans (columns i); rewrite [leRHS](bigD1 i) //= ler_add2l; apply: ler_sum => j _; exact: near.
Qed.
Lemma qform_scalar (c : R) (v : 'cV[R]_n) : qform c%:M v = c * (v^T *m v) 0 0.
Proof. by rewrite /qform mul_mx_scalar -scalemxAl mxE. Qed.
Lemma qformN (M : 'M[R]_n) v : qform (- M) v = - qform M v.
Proof. by rewrite /qform mulmxN mulNmx mxE. Qed.

(* If |(X X^T - I)_ij| <= A_ij, and no row or column of A has a sum above L, then
     (1 - L) |v|^2 <= |X^T v|^2 <= (1 + L) |v|^2 for all v. Here |v|^2 is v^T v, and |X^T v|^2 is v^T (X X^T) v. *)
Theorem near_isometry (v : 'cV[R]_n) :
  (1 - L) * (v^T *m v) 0 0 <= ((X^T *m v)^T *m (X^T *m v)) 0 0 <= (1 + L) * (v^T *m v) 0 0.
Proof.
have -> : ((X^T *m v)^T *m (X^T *m v)) 0 0 = qform (X *m X^T) v by rewrite /qform trmx_mul trmxK !mulmxA.
have H (c : R) : `|c| = 1 -> 0 <= qform (c *: E + L%:M) v.
  move=> c1; apply: ddom_psd => i; set M := _ + _.
  have offM j : j != i -> `|M i j| + `|M j i| = `|E i j| + `|E j i|.
    move=> ji; rewrite ![M _ _]mxE ![(c *: E) _ _]mxE ![L%:M _ _]mxE (eq_sym i) (negPf ji) !mulr0n !addr0.
    by rewrite !normrM c1 !mul1r.
  rewrite (eq_bigr _ offM) (le_trans (off_diagonal i)) // ler_muln2r /= /M mxE [L%:M i i]mxE eqxx mulr1n addrC.
  rewrite ler_add2r [X in _ <= X]mxE ler_oppl -mulrN (le_trans (ler_norm _)) // normrM normrN c1 mul1r; exact: near.
have S (c : R) : qform (c *: E + L%:M) v = c * qform (X *m X^T) v - c * (v^T *m v) 0 0 + L * (v^T *m v) 0 0.
  rewrite qformD qform_scalar; congr (_ + _).
  rewrite (_ : c *: E = c *: (X *m X^T) + (- c)%:M); last by rewrite scalerBr scale_scalar_mx mulr1 raddfN.
  by rewrite qformD qform_scalar mulNr /qform -scalemxAr -scalemxAl mxE.
have h1 := H 1 (normr1 _); have h2 : 0 <= qform ((- 1) *: E + L%:M) v by apply: H; rewrite normrN1.
move: h1 h2; rewrite !S; move: (qform _ v) ((v^T *m v) 0 0) => q w h1 h2.
apply/andP; split; rewrite -subr_ge0.
  by rewrite (_ : _ - _ = 1 * q - 1 * w + L * w) //; ring.
by rewrite (_ : _ - _ = - 1 * q - - 1 * w + L * w) //; ring.
Qed.
End NearIsometry.
