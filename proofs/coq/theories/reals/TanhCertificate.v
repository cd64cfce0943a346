(* Certificates of tanh networks on the real numbers of Coq. *)
From Coq Require Import Reals QArith Qreals Lra.
From mathcomp Require Import all_ssreflect all_algebra.
From mathcomp.analysis Require Import Rstruct.
From FA.core Require Import Network FrobeniusNorm DyadicRationals RationalMatrices RationalBounds RationalNetwork SmoothContraction SmoothCertificate.
From FA.reals Require Import ActivationBounds TanhTable.
Import Order.TTheory GRing.Theory Num.Theory.
Set Implicit Arguments. Unset Strict Implicit. Unset Printing Implicit Defensive.
Local Close Scope Q_scope. Local Close Scope Z_scope.
Delimit Scope Z_scope with zz. Delimit Scope Q_scope with qq. Delimit Scope R_scope with RR.
Local Open Scope ring_scope.

Notation QRR := (QR R_realFieldType).
(* Rational numbers mean the same in the two libraries. *)
Lemma PR_IZR p : PR R_realFieldType p = IZR (Zpos p).
Proof.
elim: p => [p IH|p IH|] //=; rewrite IH mulr2n.
  rewrite Pos2Z.inj_xI plus_IZR mult_IZR; change (IZR (Zpos p) + IZR (Zpos p) + 1 = 2 * IZR (Zpos p) + 1)%RR; lra.
rewrite Pos2Z.inj_xO mult_IZR; change (IZR (Zpos p) + IZR (Zpos p) = 2 * IZR (Zpos p))%RR; lra.
Qed.
Lemma QR_Q2R q : QRR q = Q2R q.
Proof.
have P0 p : IZR (Zpos p) != 0 by apply/eqP; apply: not_0_IZR.
rewrite /QR /Q2R PR_IZR -RinvE //; case: (Qnum q) => [|z|z] /=; rewrite ?PR_IZR //.
Qed.
Lemma Qone : QRR (1#1)%qq = 1. Proof. exact: QR1. Qed.

(* tanh satisfies the hypotheses of `smooth_contraction_forever` with c1 = 1 and c2 = 77/100. *)
Section Hyps.
Let c2q : Q := (77#100)%qq.
Lemma h_lip u v : `|tanh u - tanh v| <= QRR (1#1)%qq * `|u - v|.
Proof.
rewrite Qone mul1r; apply/RleP.
have := @lip_f1 tanh dtanh 1%RR is_derive_tanh _ v u; rewrite Rmult_1_l; apply=> x.
by have [a b] := dtanh_bound x; rewrite Rabs_pos_eq //; apply: Rlt_le.
Qed.
Lemma h_bd u : `|dtanh u| <= QRR (1#1)%qq.
Proof.
rewrite Qone; apply/RleP; have [a b] := dtanh_bound u.
by change (Rle (Rabs (dtanh u)) 1%RR); rewrite Rabs_pos_eq //; apply: Rlt_le.
Qed.
Lemma h_dlip u v : `|dtanh u - dtanh v| <= QRR c2q * `|u - v|.
Proof.
apply/RleP; rewrite QR_Q2R; apply: (@lip_f1 dtanh d2tanh (Q2R c2q) is_derive_dtanh _ v u) => x.
by have := c2_tanh_num x; rewrite /Q2R /=.
Qed.
Lemma h_tay u v : `|tanh v - tanh u - dtanh u * (v - u)| <= QRR c2q / 2%:R * (v - u) ^+ 2.
Proof.
apply/RleP; rewrite QR_Q2R.
have H : forall x, Rle (Rabs (d2tanh x)) (Q2R c2q) by move=> x; have := c2_tanh_num x; rewrite /Q2R /=.
have := @taylor2 tanh dtanh d2tanh (Q2R c2q) is_derive_tanh is_derive_dtanh H u (v - u).
rewrite (_ : Rplus u (v - u) = v); last by rewrite RplusE addrC subrK.
rewrite -RdivE; last by apply/eqP; change (1 + 1 <> 0)%RR; lra.
by rewrite -RpowE.
Qed.
End Hyps.

Definition qm_of (f : Q * Q -> Q) (tab : seq (seq (Q * Q))) : qmx := map (map f) tab.
Definition dq (zp : Q * Q) : Q := qsub (1#1)%qq (qmul zp.2 zp.2).
Lemma Forall_nth T (Pr : T -> Prop) x0 l i : List.Forall Pr l -> (i < size l)%N -> Pr (nth x0 l i).
Proof. by move=> H; elim: H i => // x {}l Hx _ IH [|i] //=; exact: IH. Qed.

(* If the table is verified and the check succeeds, the error decays for ever. *)
Theorem tanh_certificate (P : network) (c : scert) tab :
  tz c = qm_of fst tab -> tPsi c = qm_of snd tab -> tDp c = qm_of dq tab ->
  qc1 c = (1#1)%qq -> qc2 c = (77#100)%qq ->
  tab_ok (tauP c) tab -> size tab = samples P -> all (fun r => size r == width P) tab ->
  Qle_bool (qadd (qmul (2#1)%qq (tauP c)) (qmul (tauP c) (tauP c))) (tauD c) ->
  scheck P c ->
  forall t, nrm (error_after (R := R_rcfType) tanh dtanh P t) <= QRR (srho c) ^+ t * QRR (seps c)
            /\ QRR (srho c) < 1.
Proof.
move=> Ez EP ED E1 E2 Htab Hsz Hrow HtD Hc.
have range i r : (i < samples P)%N -> (r < width P)%N ->
    let zp := nth (q0, q0) (nth [::] tab i) r in
    [/\ qget (tz c) i r = zp.1, qget (tPsi c) i r = zp.2, qget (tDp c) i r = dq zp & good (tauP c) zp].
  rewrite -Hsz => Hi Hr /=.
  have Hs : size (nth [::] tab i) = width P by apply/eqP; exact: (all_nthP [::] Hrow).
  rewrite Ez EP ED /qget /qm_of !(nth_map [::]) // !(nth_map (q0, q0)) ?Hs //.
  split=> //; apply: Forall_nth; last by rewrite Hs.
  exact: (Forall_nth [::] Htab Hi).
apply: (@smooth_certificate R_rcfType tanh dtanh P c) => //.
- by move=> u v; rewrite E1; exact: h_lip.
- by move=> u; rewrite E1; exact: h_bd.
- by move=> u v; rewrite E2; exact: h_dlip.
- by move=> u v; rewrite E2; exact: h_tay.
- move=> i r Hi Hr; have [-> -> _ G] := range i r Hi Hr.
  by rewrite !QR_Q2R; apply/RleP.
move=> i r Hi Hr; have [-> _ -> G] := range i r Hi Hr.
have /(QR_le R_realFieldType) := HtD; apply: le_trans.
rewrite /dq QRsub QRadd !QRmul Qone !QR_Q2R.
move: G; rewrite /good; set z := Q2R _; set q := Q2R _; set t := Q2R (tauP c) => G.
apply/RleP; have [b1 b2] := tanh_bound z.
have -> : Q2R (2#1) = 2%RR by rewrite /Q2R /=; lra.
change (Rle (Rabs (dtanh z - (1 - q * q)))%RR (2 * t + t * t)%RR).
have -> : (dtanh z - (1 - q * q) = - ((tanh z - q) * (2 * tanh z - (tanh z - q))))%RR.
  by rewrite /dtanh; cbn [pow]; lra.
rewrite Rabs_Ropp Rabs_mult.
have A1 : Rle (Rabs (2 * tanh z - (tanh z - q)))%RR (2 + t)%RR.
  apply: Rle_trans (Rabs_triang _ _) _; rewrite Rabs_Ropp; apply: Rplus_le_compat => //.
  by apply: Rabs_le; lra.
have A0 := Rabs_pos (tanh z - q)%RR.
apply: Rle_trans (Rmult_le_compat _ _ _ _ A0 (Rabs_pos _) G A1) _; lra.
Qed.
