(* Matrices of rational numbers as lists, which the kernel can compute with, and what they mean over an ordered field R. *)
From Coq Require Import ZArith QArith Qreduction Qabs Lia.
From mathcomp Require Import all_ssreflect all_algebra.
From mathcomp.algebra_tactics Require Import ring.
From FA.core Require Import DyadicRationals.
Set Implicit Arguments. Unset Strict Implicit. Unset Printing Implicit Defensive.
Import Order.TTheory GRing.Theory Num.Theory.
Local Close Scope Q_scope. Local Close Scope Z_scope.
Delimit Scope Z_scope with zz. Delimit Scope Q_scope with qq.
Local Open Scope ring_scope.

Definition q0 : Q := Qmake Z0 1.
Section QR.
Variable R : realFieldType.
(* The value in R of a positive number, an integer and a rational number. *)
Fixpoint PR (p : positive) : R :=
  match p with xH => 1 | xO q => PR q *+ 2 | xI q => PR q *+ 2 + 1 end.
Definition ZR (z : Z) : R :=
  match z with Z0 => 0 | Zpos p => PR p | Zneg p => - PR p end.
Definition QR (q : Q) : R := ZR (Qnum q) / PR (Qden q).

Lemma PR_succ p : PR (Pos.succ p) = PR p + 1.
Proof. by elim: p => [p IH|p IH|] //=; rewrite ?IH; ring. Qed.
Lemma PR_gt0 p : 0 < PR p.
Proof.
elim: p => [p IH|p IH|] /=; last exact: ltr01.
  by rewrite ltr_paddr ?ler01 // mulrn_wgt0.
by rewrite mulrn_wgt0.
Qed.
Lemma PR_add p q : PR (p + q)%positive = PR p + PR q.
Proof.
elim/Pos.peano_ind: p => [|p IH]; first by rewrite Pos.add_1_l PR_succ addrC.
by rewrite Pos.add_succ_l !PR_succ IH addrAC.
Qed.
Lemma PR_mul p q : PR (p * q)%positive = PR p * PR q.
Proof.
elim/Pos.peano_ind: p => [|p IH]; first by rewrite mul1r.
by rewrite Pos.mul_succ_l PR_add PR_succ IH mulrDl mul1r addrC.
Qed.
Lemma PR_neq0 p : PR p != 0. Proof. by rewrite gt_eqF ?PR_gt0. Qed.
Lemma PR_sub p q : (p < q)%positive -> PR (q - p)%positive = PR q - PR p.
Proof. by move=> /Pos.sub_add H; rewrite -{2}H PR_add addrK. Qed.
Lemma ZR_opp z : ZR (- z)%zz = - ZR z.
Proof. by case: z => [|p|p] /=; rewrite ?oppr0 ?opprK. Qed.
Lemma ZR_pos_sub p q : ZR (Z.pos_sub p q) = PR p - PR q.
Proof.
rewrite Z.pos_sub_spec; case: (Pos.compare_spec p q) => [->|H|H] /=.
- by rewrite subrr.
- by rewrite PR_sub // opprB.
- by rewrite PR_sub.
Qed.
Lemma ZR_add a b : ZR (a + b)%zz = ZR a + ZR b.
Proof.
case: a b => [|p|p] [|q|q] /=; rewrite ?add0r ?addr0 ?ZR_pos_sub ?PR_add //.
  by rewrite addrC.
by rewrite opprD.
Qed.
Lemma ZR_mul a b : ZR (a * b)%zz = ZR a * ZR b.
Proof.
by case: a b => [|p|p] [|q|q] /=; rewrite ?PR_mul ?mul0r ?mulr0 ?mulrN ?mulNr ?opprK.
Qed.
Lemma ZR_ge0 a : (0 <= a)%zz -> 0 <= ZR a.
Proof. by case: a => [|p|p] // _; rewrite /= ltW ?PR_gt0. Qed.
Lemma ZR_le a b : (a <= b)%zz -> ZR a <= ZR b.
Proof. by move=> /Z.le_0_sub/ZR_ge0; rewrite ZR_add ZR_opp subr_ge0. Qed.

Lemma QR_eq a b : Qeq a b -> QR a = QR b.
Proof.
case: a b => [a p] [b q]; rewrite /Qeq /QR /= => H.
have {}H: ZR a * PR q = ZR b * PR p by rewrite -[PR q]/(ZR (Zpos q)) -[PR p]/(ZR (Zpos p)) -!ZR_mul H.
by apply/eqP; rewrite eqr_div ?PR_neq0 // H.
Qed.
Lemma QR_red a : QR (Qred a) = QR a. Proof. exact/QR_eq/Qred_correct. Qed.
Lemma QR_add a b : QR (a + b)%qq = QR a + QR b.
Proof.
case: a b => [a p] [b q]; rewrite /QR /= ZR_add !ZR_mul PR_mul /=.
by field; rewrite !PR_neq0.
Qed.
Lemma QR_mul a b : QR (a * b)%qq = QR a * QR b.
Proof.
case: a b => [a p] [b q]; rewrite /QR /= ZR_mul PR_mul.
by field; rewrite !PR_neq0.
Qed.
Lemma QR_opp a : QR (- a)%qq = - QR a.
Proof. by case: a => [a p]; rewrite /QR /= ZR_opp mulNr. Qed.
Lemma QR_sub a b : QR (a - b)%qq = QR a - QR b.
Proof. by rewrite QR_add QR_opp. Qed.
Lemma QR_le a b : Qle_bool a b -> QR a <= QR b.
Proof.
move=> /Qle_bool_iff; case: a b => [a p] [b q]; rewrite /Qle /QR /=.
move=> /ZR_le; rewrite !ZR_mul /= => H.
by rewrite ler_pdivr_mulr ?PR_gt0 // mulrAC ler_pdivl_mulr ?PR_gt0.
Qed.
Lemma QR0 : QR q0 = 0. Proof. by rewrite /QR mul0r. Qed.
Lemma QR1 : QR (1#1)%qq = 1. Proof. by rewrite /QR divr1. Qed.
Lemma QR_norm a : QR (Qabs a) = `|QR a|.
Proof.
case: a => [[|p|p] q]; rewrite /QR /= ?mul0r ?normr0 //.
  by rewrite ger0_norm // divr_ge0 // ltW ?PR_gt0.
by rewrite mulNr normrN ger0_norm // divr_ge0 // ltW ?PR_gt0.
Qed.
Definition Qlt_b (a b : Q) := ~~ Qle_bool b a.
Lemma QR_lt a b : Qlt_b a b -> QR a < QR b.
Proof.
move=> H; rewrite lt_neqAle QR_le ?andbT; last first.
  apply/Qle_bool_iff/Qlt_le_weak/Qnot_le_lt => /Qle_bool_iff; exact/negP.
have {}H : (a < b)%qq by apply/Qnot_le_lt => /Qle_bool_iff; exact/negP.
have : 0 < QR (b - a)%qq.
  case: a b H => [a p] [b q]; rewrite /Qlt /= => /Z.lt_0_sub.
  rewrite /QR /= (_ : (b * Zpos p + - a * Zpos q = b * Zpos p - a * Zpos q)%zz); last first.
    by rewrite Z.mul_opp_l.
  by case: (b * Zpos p - a * Zpos q)%zz => // z _ /=; rewrite divr_gt0 ?PR_gt0.
by rewrite QR_sub subr_gt0 => /lt_eqF ->.
Qed.
End QR.

Arguments Qred : simpl never. Arguments Qplus : simpl never. Arguments Qmult : simpl never.
Arguments Qminus : simpl never.
Arguments qplus : simpl never.
Definition qadd := qplus.
Definition qsub a b := qplus a (Qopp b).
Definition qmul a b := Qmult a b.
Arguments qadd : simpl never. Arguments qsub : simpl never. Arguments qmul : simpl never.
(* Inner products, entries, tables, products A B^T, transposes and sums. *)
Fixpoint qdot (u v : seq Q) : Q :=
  match u, v with
  | a :: u', c :: v' => match u' with [::] => Qmult a c | _ => qadd (Qmult a c) (qdot u' v') end
  | _, _ => q0
  end.
Definition qmx := seq (seq Q).
Definition qget (A : qmx) i j : Q := nth q0 (nth [::] A i) j.
Definition qmk m n (f : nat -> nat -> Q) : qmx := mkseq (fun i => mkseq (f i) n) m.
Definition qmulT (A B : qmx) : qmx := [seq [seq qdot u v | v <- B] | u <- A].
Definition qtr m n (A : qmx) := qmk n m (fun i j => qget A j i).
Definition qsum n (f : nat -> Q) : Q := foldr (fun i acc => qadd (f i) acc) q0 (iota 0 n).
(* No row is longer than n. *)
Definition qfit n (A : qmx) := all (fun r => (size r <= n)%N) A.

Section MX.
Variable R : realFieldType.
Notation QR := (QR R).
Lemma QRadd a b : QR (qadd a b) = QR a + QR b. Proof. by rewrite (QR_eq R (qplusE a b)) QR_add. Qed.
Lemma QRsub a b : QR (qsub a b) = QR a - QR b. Proof. by rewrite (QR_eq R (qplusE a _)) QR_add QR_opp. Qed.
Lemma QRmul a b : QR (qmul a b) = QR a * QR b. Proof. by rewrite QR_mul. Qed.
(* The matrix over R that a list of lists stands for; what is missing is 0. *)
Definition mxq m n (A : qmx) : 'M[R]_(m, n) := \matrix_(i, j) QR (qget A i j).
Lemma mxq_mk m n f : mxq m n (qmk m n f) = \matrix_(i, j) QR (f i j).
Proof. by apply/matrixP=> i j; rewrite !mxE /qget !nth_mkseq. Qed.
Lemma mxq_tr m n A : mxq n m (qtr m n A) = (mxq m n A)^T.
Proof. by rewrite mxq_mk; apply/matrixP=> i j; rewrite !mxE. Qed.
Lemma QR_dot n u v : (size u <= n)%N ->
  QR (qdot u v) = \sum_(k < n) QR (nth q0 u k) * QR (nth q0 v k).
Proof.
elim: u v n => [|a u IH] [|c v] n /= Hn; rewrite ?QR0.
1,2: by rewrite big1 // => i _; rewrite nth_nil QR0 mul0r.
  by rewrite big1 // => i _; rewrite nth_nil QR0 mulr0.
case: n Hn => // n Hn; rewrite big_ord_recl /=.
rewrite -(IH v n Hn); case: u {IH Hn} => [|a' u]; last by rewrite QRadd QR_mul.
by rewrite QR_mul (_ : qdot _ _ = q0) ?QR0 ?addr0 //; case: v.
Qed.
Lemma mxq_mulT m n k A B : qfit n A ->
  mxq m k (qmulT A B) = mxq m n A *m (mxq k n B)^T.
Proof.
move=> HA; apply/matrixP=> i j; rewrite !mxE /qmulT /qget.
under eq_bigr do rewrite !mxE.
have [Hi|Hi] := ltnP i (size A); last first.
  rewrite (nth_default [::]) ?size_map // nth_nil QR0 big1 // => l _.
  by rewrite /qget (nth_default [::] Hi) nth_nil QR0 mul0r.
rewrite (nth_map [::]) //.
have HAi : (size (nth [::] A i) <= n)%N by move/(all_nthP [::]): HA => ->.
have [Hj|Hj] := ltnP j (size B); last first.
  rewrite (nth_default q0) ?size_map // QR0 big1 // => l _.
  by rewrite /qget (nth_default [::] Hj) nth_nil QR0 mulr0.
by rewrite (nth_map [::]) // (@QR_dot n).
Qed.
Lemma QR_sum n f : QR (qsum n f) = \sum_(i < n) QR (f i).
Proof.
rewrite /qsum -(big_mkord xpredT (fun i => QR (f i))) /index_iota subn0.
elim: (iota 0 n) => [|i s IH] /=; first by rewrite big_nil QR0.
by rewrite big_cons QRadd IH.
Qed.
End MX.
