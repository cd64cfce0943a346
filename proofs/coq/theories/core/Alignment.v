(* The alignment of the output weights with the feedback weights, from one state on and in the limit.

   Once the output weights have at most D to move, as in smooth_contraction_forever, their inner product with b, their
   length and the cosine of the angle between the two are known. *)
From mathcomp Require Import all_ssreflect all_algebra.
From mathcomp.algebra_tactics Require Import ring.
From FA.core Require Import FrobeniusNorm.
Set Implicit Arguments. Unset Strict Implicit. Unset Printing Implicit Defensive.
Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Section Alignment.
Variables (R : rcfType) (p : nat) (b be be' : 'cV[R]_p) (D : R).
Definition inner (u v : 'cV[R]_p) : R := (u^T *m v) 0 0.
Definition cosine (u v : 'cV[R]_p) : R := inner u v / (nrm u * nrm v).
Hypothesis near : nrm (be - be') <= D.

Lemma inner_le u v : `|inner u v| <= nrm u * nrm v.
Proof.
rewrite -[nrm u]nrm_tr; apply: le_trans (nrm_mul _ _).
rewrite -sqrtr_sqr ler_wsqrtr // /nsq (bigD1 (0, 0)) //= ler_addl sumr_ge0 // => k _.
exact: sqr_ge0.
Qed.
Lemma inner_near : `|inner b be' - inner b be| <= nrm b * D.
Proof.
have -> : inner b be' - inner b be = - inner b (be - be') by rewrite /inner mulmxBr [X in _ = - X]mxE [X in _ = - (_ + X)]mxE opprB.
by rewrite normrN (le_trans (inner_le _ _)) // ler_wpmul2l ?nrm_ge0.
Qed.
Lemma length_near : `|nrm be' - nrm be| <= D.
Proof.
apply: le_trans near; rewrite ler_norml; apply/andP; split.
  by rewrite ler_subr_addr addrC ler_subl_addr [leRHS]addrC -{1}[be](subrK be'); exact: nrm_add.
rewrite ler_subl_addl -{1}[be'](subrK be) addrC (le_trans (nrm_add _ _)) // ler_add2l.
by rewrite -nrmN opprB.
Qed.

(* If D leaves room, the cosine lies between two numbers that only the present state tells. *)
Theorem alignment_enclosure : 0 < nrm b -> D < nrm be -> 0 <= inner b be - nrm b * D ->
  (inner b be - nrm b * D) / (nrm b * (nrm be + D)) <= cosine b be' <=
  (inner b be + nrm b * D) / (nrm b * (nrm be - D)).
Proof.
move=> b0 room pos; have D0 : 0 <= D by exact: le_trans (nrm_ge0 _) near.
have /ler_normlP[i1 i2] := inner_near; have /ler_normlP[l1 l2] := length_near.
have low : nrm be - D <= nrm be' by rewrite ler_subl_addr -ler_subl_addl -opprB.
have high : nrm be' <= nrm be + D by rewrite -ler_subl_addl.
have m0 : 0 < nrm be - D by rewrite subr_gt0.
have n0 : 0 < nrm be' by exact: lt_le_trans low.
have bot : inner b be - nrm b * D <= inner b be' by rewrite ler_subl_addr -ler_subl_addl -opprB.
have top : inner b be' <= inner b be + nrm b * D by rewrite -ler_subl_addl.
rewrite /cosine; apply/andP; split; apply: ler_pmul => //.
- by rewrite invr_ge0 mulr_ge0 ?ltW // (lt_le_trans n0).
- by rewrite lef_pinv ?posrE ?mulr_gt0 ?ler_pmul2l // (lt_le_trans n0).
- exact: le_trans bot.
- by rewrite invr_ge0 mulr_ge0 ?ltW.
by rewrite lef_pinv ?posrE ?mulr_gt0 ?ler_pmul2l.
Qed.
End Alignment.
