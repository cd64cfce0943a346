(* The Frobenius norm of matrices over a real closed field (a field with square roots, such as the real numbers). *)
From mathcomp Require Import all_ssreflect all_algebra.
From mathcomp.algebra_tactics Require Import ring.
Set Implicit Arguments. Unset Strict Implicit. Unset Printing Implicit Defensive.
Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Section CS.
Variables (R : realFieldType) (I : finType).
Implicit Types a b : I -> R.
(* The inequality of Cauchy and Schwarz, squared, from Lagrange's identity. *)
Lemma cauchy_schwarz_sq a b :
  (\sum_i a i * b i) ^+ 2 <= (\sum_i a i ^+ 2) * (\sum_i b i ^+ 2).
Proof.
rewrite -subr_ge0; set D := _ - _.
suff -> : D = (\sum_i \sum_j (a i * b j - a j * b i) ^+ 2) / 2%:R.
  by rewrite divr_ge0 ?ler0n // sumr_ge0 // => i _; rewrite sumr_ge0 // => j _; rewrite sqr_ge0.
apply: (@mulIf _ 2%:R); first by rewrite pnatr_eq0.
rewrite divfK ?pnatr_eq0 //.
rewrite (_ : \sum_i \sum_j _ = \sum_i \sum_j (a i ^+ 2 * b j ^+ 2
   + b i ^+ 2 * a j ^+ 2 - 2%:R * (a i * b i) * (a j * b j))); last first.
  by apply: eq_bigr => i _; apply: eq_bigr => j _; ring.
under eq_bigr do rewrite !big_split /= sumrN -!mulr_sumr.
rewrite !big_split /= sumrN -!mulr_suml -!mulr_sumr /D.
move: (\sum_i a i ^+ 2) (\sum_i b i ^+ 2) (\sum_i a i * b i) => u v w; ring.
Qed.
End CS.

Section Norm.
Variable R : rcfType.
(* The sum of the squares of all entries, and its square root. *)
Definition nsq m n (A : 'M[R]_(m, n)) : R := \sum_(ij : 'I_m * 'I_n) A ij.1 ij.2 ^+ 2.
Definition nrm m n (A : 'M[R]_(m, n)) : R := Num.sqrt (nsq A).
Lemma nsqE m n (A : 'M_(m, n)) : nsq A = \sum_i \sum_j A i j ^+ 2.
Proof. by rewrite pair_bigA. Qed.
Lemma nsq_ge0 m n (A : 'M_(m, n)) : 0 <= nsq A.
Proof. by apply: sumr_ge0 => i _; rewrite sqr_ge0. Qed.
Lemma nrm_ge0 m n (A : 'M_(m, n)) : 0 <= nrm A. Proof. exact: sqrtr_ge0. Qed.
Lemma nrm_sqr m n (A : 'M_(m, n)) : nrm A ^+ 2 = nsq A.
Proof. by rewrite sqr_sqrtr ?nsq_ge0. Qed.
(* An upper bound on the square is one on the norm. *)
Lemma nrm_le m n (A : 'M_(m, n)) c : 0 <= c -> nsq A <= c ^+ 2 -> nrm A <= c.
Proof. by move=> c0; rewrite -nrm_sqr ler_sqr ?nnegrE ?nrm_ge0. Qed.
Lemma nrm0 m n : nrm (0 : 'M_(m, n)) = 0.
Proof. by rewrite /nrm /nsq big1 ?sqrtr0 // => i _; rewrite mxE expr0n. Qed.
Lemma nrmZ m n c (A : 'M_(m, n)) : nrm (c *: A) = `|c| * nrm A.
Proof.
rewrite /nrm (_ : nsq (c *: A) = c ^+ 2 * nsq A); last first.
  by rewrite /nsq mulr_sumr; apply: eq_bigr => i _; rewrite mxE exprMn.
by rewrite sqrtrM ?sqr_ge0 // sqrtr_sqr.
Qed.
Lemma nrmN m n (A : 'M_(m, n)) : nrm (- A) = nrm A.
Proof. by rewrite -scaleN1r nrmZ normrN1 mul1r. Qed.
Lemma nrm_tr m n (A : 'M_(m, n)) : nrm A^T = nrm A.
Proof.
rewrite /nrm !nsqE exchange_big; congr Num.sqrt.
by apply: eq_bigr => i _; apply: eq_bigr => j _; rewrite mxE.
Qed.
Lemma dot_nrm m n (A B : 'M_(m, n)) :
  \sum_(ij : 'I_m * 'I_n) A ij.1 ij.2 * B ij.1 ij.2 <= nrm A * nrm B.
Proof.
rewrite (le_trans (ler_norm _)) // -(@ler_sqr _ `|_|) ?nnegrE ?mulr_ge0 ?nrm_ge0 //.
by rewrite real_normK ?num_real // exprMn !nrm_sqr cauchy_schwarz_sq.
Qed.
(* The triangle inequality. *)
Lemma nrm_add m n (A B : 'M_(m, n)) : nrm (A + B) <= nrm A + nrm B.
Proof.
apply: nrm_le; first by rewrite addr_ge0 ?nrm_ge0.
rewrite sqrrD !nrm_sqr.
rewrite (_ : nsq (A + B) = nsq A + (\sum_(ij : 'I_m * 'I_n) A ij.1 ij.2 * B ij.1 ij.2) *+ 2 + nsq B).
  by rewrite ler_add2r ler_add2l ler_muln2r /= dot_nrm.
rewrite -sumrMnl -!big_split; apply: eq_bigr => i _; rewrite mxE /=; ring.
Qed.
Lemma nrm_sub m n (A B : 'M_(m, n)) : nrm (A - B) <= nrm A + nrm B.
Proof. by rewrite (le_trans (nrm_add _ _)) ?nrmN. Qed.
(* The norm of a product is at most the product of the norms. *)
Lemma nrm_mul m n k (A : 'M_(m, n)) (B : 'M_(n, k)) : nrm (A *m B) <= nrm A * nrm B.
Proof.
apply: nrm_le; first by rewrite mulr_ge0 ?nrm_ge0.
rewrite exprMn !nrm_sqr !nsqE [X in _ <= _ * X]exchange_big mulr_suml.
apply: ler_sum => i _; rewrite mulr_sumr; apply: ler_sum => j _.
by rewrite mxE cauchy_schwarz_sq.
Qed.
Lemma nrm_colmul1 n (v : 'cV_n) (a : 'M_1) : nrm (v *m a) = `|a 0 0| * nrm v.
Proof. by rewrite [a]mx11_scalar mul_mx_scalar nrmZ mxE eqxx mulr1n. Qed.
Lemma norm_scal (a : 'M[R]_1) : `|a 0 0| = nrm a.
Proof. by rewrite /nrm nsqE !big_ord1 sqrtr_sqr. Qed.
Lemma nsq_col n (v : 'cV_n) : nsq v = (v^T *m v) 0 0.
Proof. by rewrite nsqE mxE; apply: eq_bigr => i _; rewrite big_ord1 mxE expr2. Qed.
End Norm.
