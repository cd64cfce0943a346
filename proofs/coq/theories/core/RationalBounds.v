(* Upper bounds computed with rational numbers, and the proofs that they are upper bounds over any real closed field. *)
From Coq Require Import ZArith QArith Qreduction Qabs.
From mathcomp Require Import all_ssreflect all_algebra.
From mathcomp.algebra_tactics Require Import ring.
From FA.core Require Import FrobeniusNorm PositiveSemidefinite DyadicRationals RationalMatrices.
Set Implicit Arguments. Unset Strict Implicit. Unset Printing Implicit Defensive.
Import Order.TTheory GRing.Theory Num.Theory.
Local Close Scope Q_scope. Local Close Scope Z_scope.
Delimit Scope Z_scope with zz. Delimit Scope Q_scope with qq.
Local Open Scope ring_scope.

(* Rounding to a multiple of 2^-k. Nothing is proved about it: what it loses is measured where it is used. *)
Definition qrnd (k : positive) (q : Q) : Q :=
  Qmake (Z.div (Z.shiftl (Qnum q) (Zpos k)) (Zpos (Qden q))) (Pos.pow 2 k).
(* The same, fast, where the denominator is a power of two. *)
Definition qshift (k : positive) (q : Q) : Q :=
  Qmake (Z.shiftl (Qnum q) (Zpos k - Z.log2 (Zpos (Qden q)))%zz) (Pos.pow 2 k).
(* A number with a short denominator that is at least q. *)
Definition qup (k : positive) (q : Q) : Q :=
  let c := Qred (Qmake (Z.div (Qnum q * Z.pow_pos 2 k)%zz (Zpos (Qden q)) + 1)%zz (Pos.pow 2 k)) in
  if Qle_bool q c then c else q.
(* A number whose square is at least q. *)
Definition qsqrt_up (k : positive) (q : Q) : Q :=
  let c := Qred (Qmake (Z.sqrt (Z.div (Qnum q * Z.pow_pos 4 k)%zz (Zpos (Qden q))) + 1)%zz (Pos.pow 2 k)) in
  if Qle_bool q0 c && Qle_bool q (Qmult c c) then c else Qplus 1 (Qmult q q).
(* The sum of all squares, of a matrix and of a vector. *)
Definition qnsq m (A : qmx) := qsum m (fun i => let r := nth [::] A i in qdot r r).
Definition qv (v : seq Q) i := nth q0 v i.
Definition qvnsq (v : seq Q) := qdot v v.

(* Whether P - L D L^T is diagonally dominant and D >= 0: the hypotheses of `psd_cert`. *)
Definition psd_check n k (P L : qmx) (D : seq Q) : bool :=
  let LD := qmk n k (fun i j => qmul (qget L i j) (qv D j)) in
  let M := qmulT LD L in
  let E := qmk n n (fun i j => qsub (qget P i j) (qget M i j)) in
  [&& qfit k LD, all (fun j => Qle_bool q0 (qv D j)) (iota 0 k) &
   all (fun i => Qle_bool (qsum n (fun j => if j == i then q0 else
          qadd (Qabs (qget E i j)) (Qabs (qget E j i))))
        (Qmult (2#1)%qq (qget E i i))) (iota 0 n)].

Section Sound.
Variable R : rcfType.
Notation QR := (QR R). Notation mxq := (mxq R).
Definition colq n (v : seq Q) : 'cV[R]_n := \col_i QR (qv v i).
Lemma QR_ge0 a : Qle_bool q0 a -> 0 <= QR a. Proof. by move/(QR_le R); rewrite QR0. Qed.
Lemma qup_ge k q : QR q <= QR (qup k q).
Proof. by rewrite /qup; case: ifP => // /QR_le. Qed.
Lemma qsqrt_up_ge k q : 0 <= QR (qsqrt_up k q) /\ QR q <= QR (qsqrt_up k q) ^+ 2.
Proof.
rewrite /qsqrt_up; case: ifP => [/andP[/QR_ge0 c0 /(QR_le R)]|_].
  by rewrite QR_mul expr2.
rewrite QR_add QR_mul (QR1 R); move: (QR q) => x.
have x2 : 0 <= x * x by rewrite -expr2 sqr_ge0.
have o1 : 1 <= 1 + x * x by rewrite ler_addl.
have o0 : 0 <= 1 + x * x by rewrite (le_trans ler01).
split=> //; have [x1|x1] := lerP x 1; first by rewrite (le_trans x1) // exprn_ege1.
have xx : x <= x * x by rewrite ler_pmull ?(lt_trans ltr01) // ltW.
apply: (le_trans xx); apply: (@le_trans _ _ (1 + x * x)); first by rewrite ler_addr ler01.
by rewrite expr2 ler_pmull // (lt_le_trans ltr01).
Qed.
Lemma nsq_mxq m n A : qfit n A -> nsq (mxq m n A) = QR (qnsq m A).
Proof.
move=> HA; rewrite nsqE QR_sum; apply: eq_bigr => i _.
rewrite (@QR_dot _ n).
  by apply: eq_bigr => j _; rewrite mxE expr2.
have [Hi|Hi] := ltnP i (size A); last by rewrite nth_default.
by move/(all_nthP [::]): HA => ->.
Qed.
Lemma nsq_colq n v : (size v <= n)%N -> nsq (colq n v) = QR (qvnsq v).
Proof.
move=> Hv; rewrite nsq_col mxE (@QR_dot _ n) //.
by apply: eq_bigr => j _; rewrite !mxE.
Qed.
Lemma nrm_mxq k m n A : qfit n A -> nrm (mxq m n A) <= QR (qsqrt_up k (qnsq m A)).
Proof. by move=> HA; have [a b] := qsqrt_up_ge k (qnsq m A); rewrite nrm_le // nsq_mxq. Qed.
Lemma nrm_colq k n v : (size v <= n)%N -> nrm (colq n v) <= QR (qsqrt_up k (qvnsq v)).
Proof. by move=> Hv; have [a b] := qsqrt_up_ge k (qvnsq v); rewrite nrm_le // nsq_colq. Qed.
Lemma qfit_mk m n f : qfit n (qmk m n f).
Proof. by apply/(all_nthP [::]) => i; rewrite size_mkseq => Hi; rewrite nth_mkseq // size_mkseq. Qed.
Lemma fit_row n A i : qfit n A -> (size (nth [::] A i) <= n)%N.
Proof.
move=> HA; have [Hi|Hi] := ltnP i (size A); last by rewrite nth_default.
by move/(all_nthP [::]): HA => ->.
Qed.
Lemma colq_mul m n A v : qfit n A ->
  mxq m n A *m colq n v = \col_i QR (qdot (nth [::] A i) v).
Proof.
move=> HA; apply/matrixP=> i j; rewrite !mxE (@QR_dot _ n) ?fit_row //.
by apply: eq_bigr => l _; rewrite !mxE.
Qed.
Lemma qgetmk m n f i j : (i < m)%N -> (j < n)%N -> qget (qmk m n f) i j = f i j.
Proof. by move=> Hi Hj; rewrite /qget !nth_mkseq. Qed.
Lemma dot_colq n u v : (size u <= n)%N -> ((colq n u)^T *m colq n v) 0 0 = QR (qdot u v).
Proof. by move=> Hu; rewrite mxE (@QR_dot _ n) //; apply: eq_bigr => l _; rewrite !mxE. Qed.

(* If the check succeeds, the quadratic form of P is not negative. *)
Lemma psd_check_sound n k P L D : psd_check n k P L D ->
  forall x : 'cV[R]_n, 0 <= qform (mxq n n P) x.
Proof.
rewrite /psd_check; set LD := qmk n k _; case/and3P => fitLD HD HE.
have LDE : mxq n n (qmulT LD L) = mxq n k L *m diag_mx (colq k D)^T *m (mxq n k L)^T.
  rewrite (@mxq_mulT R n k n LD L fitLD); congr (_ *m _).
  by rewrite mxq_mk; apply/matrixP=> i j; rewrite mul_mx_diag !mxE QRmul.
apply: (@psd_cert R n k _ (mxq n k L) (colq k D)^T) => [j|E i].
  by rewrite !mxE QR_ge0 //; move/allP: HD; apply; rewrite mem_iota /=.
have EE : E = mxq n n (qmk n n (fun i j => qsub (qget P i j) (qget (qmulT LD L) i j))).
  rewrite /E -LDE mxq_mk; apply/matrixP=> a c; rewrite !mxE QRsub //.
have Hi : nat_of_ord i \in iota 0 n by rewrite mem_iota /=.
have := QR_le R (allP HE i Hi); rewrite QR_mul (_ : QR (2#1)%qq = 2%:R); last by rewrite /RationalMatrices.QR /= divr1.
have Eij a c : E a c = QR (qget (qmk n n (fun i j => qsub (qget P i j) (qget (qmulT LD L) i j))) a c).
  by rewrite EE mxE.
rewrite mulr_natl (Eij i i) => H; apply: le_trans H.
rewrite QR_sum big_mkcond le_eqVlt; apply/orP; left; apply/eqP; apply: eq_bigr => j _.
rewrite -val_eqE /=; case: (_ == _) => /=; first by rewrite (QR0 R).
by rewrite QRadd !QR_norm !Eij.
Qed.
End Sound.
