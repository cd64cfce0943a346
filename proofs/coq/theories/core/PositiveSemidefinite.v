(* Positive semi-definite matrices, recognised from an approximate factorisation. *)
From mathcomp Require Import all_ssreflect all_algebra.
From mathcomp.algebra_tactics Require Import ring.
From FA.core Require Import FrobeniusNorm.
Set Implicit Arguments. Unset Strict Implicit. Unset Printing Implicit Defensive.
Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Section PSD.
Variable R : realFieldType.
(* The quadratic form x^T A x. *)
Definition qform n (A : 'M[R]_n) (x : 'cV_n) : R := (x^T *m A *m x) 0 0.
Lemma qformE n (A : 'M[R]_n) x : qform A x = \sum_i \sum_j A i j * (x i 0 * x j 0).
Proof.
rewrite /qform -mulmxA mxE; apply: eq_bigr => i _; rewrite !mxE mulr_sumr.
by apply: eq_bigr => j _; rewrite mulrCA.
Qed.
Lemma qformD n (A B : 'M[R]_n) x : qform (A + B) x = qform A x + qform B x.
Proof. by rewrite /qform mulmxDr mulmxDl mxE. Qed.
(* If every diagonal entry outweighs the other entries of its row and column, the quadratic form is not negative. *)
Lemma ddom_psd n (A : 'M[R]_n) x :
  (forall i, \sum_(j | j != i) (`|A i j| + `|A j i|) <= A i i *+ 2) -> 0 <= qform A x.
Proof.
move=> dd; rewrite -(@pmulrn_lge0 _ _ 2) // qformE.
rewrite (_ : _ *+ 2 = \sum_i (A i i * x i 0 ^+ 2) *+ 2
   + \sum_i \sum_(j | j != i) (A i j * (x i 0 * x j 0)) *+ 2); last first.
  rewrite -sumrMnl -big_split; apply: eq_bigr => i _ /=.
  by rewrite (bigD1 i) //= mulrnDl -sumrMnl expr2.
apply: (@le_trans _ _ (\sum_i (\sum_(j | j != i) (`|A i j| + `|A j i|)) * x i 0 ^+ 2
   - \sum_i \sum_(j | j != i) `|A i j| * (x i 0 ^+ 2 + x j 0 ^+ 2))).
  rewrite le_eqVlt; apply/orP; left; rewrite eq_sym subr_eq0; apply/eqP.
  under eq_bigr do rewrite mulr_suml.
  under eq_bigr do under eq_bigr do rewrite mulrDl.
  under [RHS]eq_bigr do under eq_bigr do rewrite mulrDr.
  under eq_bigr do rewrite big_split; rewrite big_split /=.
  under [RHS]eq_bigr do rewrite big_split; rewrite [RHS]big_split /=; congr (_ + _).
  rewrite (exchange_big_dep predT) //=; apply: eq_bigr => i _.
  by apply: eq_bigl => j; rewrite eq_sym.
rewrite -sumrN; apply: ler_add.
  by apply: ler_sum => i _; rewrite -mulrnAl ler_wpmul2r ?sqr_ge0.
apply: ler_sum => i _; rewrite -sumrN; apply: ler_sum => j _.
rewrite ler_oppl -mulrnAr -mulrN -mulNrn.
move: (x i 0 : R) (x j 0 : R) => a c.
rewrite (le_trans (ler_norm _)) // normrM ler_wpmul2l //.
rewrite normrMn normrN normrM -(real_normK (num_real a)) -(real_normK (num_real c)).
move: (`|a| : R) (`|c| : R) => u v.
by rewrite -subr_ge0 (_ : _ - _ = (u - v) ^+ 2) ?sqr_ge0 //; ring.
Qed.
(* L D L^T with D >= 0 is positive semi-definite. *)
Lemma LDL_psd n k (L : 'M[R]_(n, k)) (D : 'rV[R]_k) x :
  (forall j, 0 <= D 0 j) -> 0 <= qform (L *m diag_mx D *m L^T) x.
Proof.
move=> D0; rewrite /qform !mulmxA -mulmxA -{1}[L]trmxK -trmx_mul.
set z := L^T *m x; rewrite mxE sumr_ge0 // => j _.
by rewrite mul_mx_diag !mxE mulrAC -expr2 mulr_ge0 ?sqr_ge0.
Qed.
(* P is positive semi-definite if what an approximate factorisation leaves, P - L D L^T, is diagonally dominant.
   L and D may come from rounded arithmetic: nothing is assumed of them but D >= 0. *)
Theorem psd_cert n k (P : 'M[R]_n) (L : 'M[R]_(n, k)) (D : 'rV[R]_k) :
  (forall j, 0 <= D 0 j) ->
  (let E := P - L *m diag_mx D *m L^T in
   forall i, \sum_(j | j != i) (`|E i j| + `|E j i|) <= E i i *+ 2) ->
  forall x, 0 <= qform P x.
Proof.
move=> D0 dd x; rewrite -(subrK (L *m diag_mx D *m L^T) P) qformD addr_ge0 //.
  exact: ddom_psd.
exact: LDL_psd.
Qed.
End PSD.

Section OpNorm.
Variables (R : rcfType) (n : nat).
(* If r^2 I - A^T A is positive semi-definite, A stretches no vector by more than r. *)
Lemma opnorm_of_psd (A : 'M[R]_n) r : 0 <= r ->
  (forall x, 0 <= qform ((r ^+ 2)%:M - A^T *m A) x) ->
  forall x : 'cV_n, nrm (A *m x) <= r * nrm x.
Proof.
move=> r_ge0 H x; apply: nrm_le; first by rewrite mulr_ge0 ?nrm_ge0.
rewrite exprMn nrm_sqr -subr_ge0.
rewrite (_ : _ - _ = qform ((r ^+ 2)%:M - A^T *m A) x) //.
rewrite /qform mulmxBr mulmxBl !nsq_col mul_mx_scalar -scalemxAl trmx_mul.
by rewrite [in RHS]mxE [in RHS]mxE [X in _ = _ + X]mxE !mulmxA.
Qed.
End OpNorm.
