(* Certificates of networks with a smooth activation: a check on rational numbers, and the proof that it is sound.

   Values of psi and of its derivative enter by tables, whose accuracy is a hypothesis of the theorem. *)
From Coq Require Import ZArith QArith Qreduction Qabs.
From mathcomp Require Import all_ssreflect all_algebra.
From mathcomp.algebra_tactics Require Import ring.
From FA.core Require Import Network FrobeniusNorm PositiveSemidefinite DyadicRationals RationalMatrices RationalBounds.
From FA.core Require Import RationalNetwork SmoothContraction SmoothNetwork.
Set Implicit Arguments. Unset Strict Implicit. Unset Printing Implicit Defensive.
Import Order.TTheory GRing.Theory Num.Theory.
Local Close Scope Q_scope. Local Close Scope Z_scope.
Delimit Scope Z_scope with zz. Delimit Scope Q_scope with qq.
Local Open Scope ring_scope.

(* The certificate: bits for norms, a number near 1/sqrt p, tables of z, psi(z), psi'(z) with their tolerances, bounds on
   the slopes and their slopes, and what a certificate of a linear network says. *)
Record scert := SCert { sprec : positive; snear : Q; stau : Q; tz : qmx; tPsi : qmx; tDp : qmx; tauP : Q; tauD : Q;
  qc1 : Q; qc2 : Q; scr0 : Q; scL : qmx; scD : seq Q; sRz : Q; sRb : Q; seps : Q; srho : Q }.

Section Compute.
Variables (P : network) (c : scert).
Let n := samples P. Let p := width P. Let k := sprec c.
(* The step sizes once b and beta are divided by sqrt p. *)
Definition seW : Q := step_size P.
Definition seB : Q := qmul (step_size P) (qinv p).
(* The kernel of the hidden weights, the step matrix, and the error at the centre. *)
Definition shmat (K : qmx) : qmx :=
  let DB := qmk n p (fun i r => qmul (qget (tDp c) i r) (qmul (qv (feedback P) r) (qv (output P) r))) in
  let N := qmulT DB (tDp c) in
  qmk n n (fun i j => qmul (qget K i j) (qget N i j)).
Definition samat : qmx :=
  let G := qmulT (tPsi c) (tPsi c) in let H := shmat (qmulT (inputs P) (inputs P)) in
  qmk n n (fun i j => qsub (qsub (if i == j then (1#1)%qq else q0)
     (qmul seB (qget G i j))) (qmul seB (qget H i j))).
Definition sout : seq Q := mkseq (fun i => qdot (nth [::] (tPsi c) i) (output P)) n.
Definition sec : seq Q := mkseq (fun i => qsub (qmul (snear c) (qv sout i)) (qv (targets P) i)) n.
Definition spos_ok := [&& qfit (dimension P) (inputs P), qfit p (qmulT (inputs P) (hidden P)), qfit p (tPsi c), qfit p (tDp c),
   (size (output P) <= p)%N, (size (feedback P) <= p)%N &
   [&& qfit n (qmulT (inputs P) (inputs P)), root_check p (snear c) (stau c), Qle_bool q0 seW & Qle_bool q0 seB]].
Definition q2 : Q := (2#1)%qq.
(* The rate of `smooth_contraction_forever`. *)
Definition snrate kK kb kP kbe dz tP tD : Q :=
  let c1 := qc1 c in let c2 := qc2 c in
  let TZ := qadd dz (sRz c) in let TB := sRb c in
  let TP := qadd (qmul c1 TZ) tP in let TD := qadd (qmul c2 TZ) tD in
  let kbt := qadd kbe TB in
  let Cz := qmul seW (qmul kK (qmul c1 kb)) in let Cb := qmul seB (qadd kP TP) in
  qadd (qadd (qadd (scr0 c) (qmul seB (qadd (qmul q2 (qmul kP TP)) (qmul TP TP))))
   (qmul seW (qadd (qadd (qmul (qmul TD (qmul kK (qmul c1 kb))) kbt)
       (qmul (qmul c1 (qmul kK (qmul TD kb))) kbt)) (qmul (qmul c1 (qmul kK (qmul c1 kb))) TB))))
   (qadd (qmul (qmul (qmul c1 Cz) Cb) (seps c))
      (qmul (qmul (qmul c2 (1#2)%qq) (qmul (qmul Cz Cz) (seps c))) (qadd kbt (qmul Cb (seps c))))).
(* The check: verify every hypothesis of `smooth_contraction_forever`. *)
Definition scheck : bool :=
  spos_ok &&
  let K := qmulT (inputs P) (inputs P) in
  let z := qmulT (inputs P) (hidden P) in
  let kK := qsqrt_up k (qnsq n K) in let kb := qsqrt_up k (qmul (qinv p) (qvnsq (feedback P))) in
  let kP := qsqrt_up k (qnsq n (tPsi c)) in let kbe := qsqrt_up k (qmul (qinv p) (qvnsq (output P))) in
  let np := Qmake (Z.of_nat (n * p)) 1 in
  let tP := qsqrt_up k (qmul np (qmul (tauP c) (tauP c))) in
  let tD := qsqrt_up k (qmul np (qmul (tauD c) (tauD c))) in
  let A := samat in let At := qtr n n A in let AA := qmulT At At in
  let M := qmk n n (fun i j => qsub (if i == j then qmul (scr0 c) (scr0 c) else q0) (qget AA i j)) in
  let dz := qsqrt_up k (qnsq n (qmk n p (fun i r => qsub (qget z i r) (qget (tz c) i r)))) in
  let rho := snrate kK kb kP kbe dz tP tD in
  let Cz := qmul seW (qmul kK (qmul (qc1 c) kb)) in
  let Cb := qmul seB (qadd kP (qadd (qmul (qc1 c) (qadd dz (sRz c))) tP)) in
  [&& psd_check n n M (scL c) (scD c),
      all (fun i => all (fun r => Qle_bool (Qabs (qget (tDp c) i r)) (qc1 c)) (iota 0 p)) (iota 0 n),
      Qle_bool q0 (qc1 c), Qle_bool q0 (qc2 c), Qle_bool q0 (tauP c), Qle_bool q0 (tauD c),
      Qle_bool q0 (scr0 c), Qle_bool q0 (sRz c), Qle_bool q0 (sRb c),
      Qle_bool (qadd (qadd (qsqrt_up k (qvnsq sec)) (qmul (stau c) (qsqrt_up k (qvnsq sout))))
                     (qmul (qadd (qmul (qc1 c) dz) tP) kbe)) (seps c),
      Qle_bool rho (srho c), Qlt_b (srho c) (1#1)%qq,
      Qle_bool (qmul Cz (seps c)) (qmul (qsub (1#1)%qq (srho c)) (sRz c)) &
      Qle_bool (qmul Cb (seps c)) (qmul (qsub (1#1)%qq (srho c)) (sRb c))].
End Compute.

Section Sound.
Variables (R : rcfType) (psi dpsi : R -> R) (P : network) (c : scert).
Notation QR := (QR R). Notation n := (samples P). Notation d := (dimension P). Notation p := (width P).
Notation c1 := (QR (qc1 c)). Notation c2 := (QR (qc2 c)).
Hypothesis psi_lip : forall u v, `|psi u - psi v| <= c1 * `|u - v|.
Hypothesis dpsi_bd : forall u, `|dpsi u| <= c1.
Hypothesis dpsi_lip : forall u v, `|dpsi u - dpsi v| <= c2 * `|u - v|.
Hypothesis psi_tay : forall u v, `|psi v - psi u - dpsi u * (v - u)| <= c2 / 2%:R * (v - u) ^+ 2.
Hypothesis tabP : forall i r, (i < n)%N -> (r < p)%N ->
  `|psi (QR (qget (tz c) i r)) - QR (qget (tPsi c) i r)| <= QR (tauP c).
Hypothesis tabD : forall i r, (i < n)%N -> (r < p)%N ->
  `|dpsi (QR (qget (tz c) i r)) - QR (qget (tDp c) i r)| <= QR (tauD c).

Notation s := (root R P).
Definition nX : 'M[R]_(n, d) := matrix_X R P.
Definition ny : 'cV[R]_n := vector_y R P.
Definition nb : 'cV[R]_p := s *: vector_b R P.
Definition ns0 : nstate R d p := norm_state s (initial R P).
Definition ntraj t := iter t (nstep psi dpsi nX ny nb (QR (seW P)) (QR (seB P))) ns0.
Definition nterr t : 'cV[R]_n := nerr psi nX ny (ntraj t).

Lemma nrm_const m q (A : 'M[R]_(m, q)) t k : 0 <= QR t -> (forall i j, `|A i j| <= QR t) ->
  nrm A <= QR (qsqrt_up k (qmul (Qmake (Z.of_nat (m * q)) 1) (qmul t t))).
Proof.
move=> t0 H; have [a b] := qsqrt_up_ge R k (qmul (Qmake (Z.of_nat (m * q)) 1) (qmul t t)).
apply: nrm_le => //; apply: le_trans b; rewrite !QRmul.
have -> : QR (Qmake (Z.of_nat (m * q)) 1) = (m * q)%:R.
  rewrite /RationalMatrices.QR /= divr1; elim: (m * q)%N => [|l IH] //.
  by rewrite Nat2Z.inj_succ -Z.add_1_r ZR_add IH -addn1 natrD.
apply: (@le_trans _ _ (\sum_(ij : 'I_m * 'I_q) QR t * QR t)).
  apply: ler_sum => ij _; rewrite -real_normK ?num_real // expr2 ler_pmul //.
by rewrite sumr_const card_prod !card_ord mulr_natl.
Qed.

(* The norm of b/sqrt p and beta/sqrt p. *)
Lemma nrm_scaled k v : (0 < p)%N -> (size v <= p)%N ->
  nrm (s *: colq R p v) <= QR (qsqrt_up k (qmul (qinv p) (qvnsq v))).
Proof.
move=> p0 Hv; have [a b] := qsqrt_up_ge R k (qmul (qinv p) (qvnsq v)); apply: nrm_le => //; apply: le_trans b.
by rewrite -nrm_sqr nrmZ exprMn real_normK ?num_real // nrm_sqr nsq_colq // root_sqr QRmul QR_qinv.
Qed.

Lemma normalised_check_sound : scheck P c -> forall t,
  nrm (nterr t) <= QR (srho c) ^+ t * QR (seps c) /\ QR (srho c) < 1.
Proof.
rewrite /scheck => /andP[OK]; cbv zeta.
set k := sprec c; set K := qmulT (inputs P) (inputs P); set z := qmulT (inputs P) (hidden P).
set kK := qsqrt_up k (qnsq _ K); set kb := qsqrt_up k (qmul _ (qvnsq (feedback P))).
set kP := qsqrt_up k (qnsq _ (tPsi c)); set kbe := qsqrt_up k (qmul _ (qvnsq (output P))).
set tP := qsqrt_up k (qmul _ (qmul (tauP c) _)); set tD := qsqrt_up k (qmul _ (qmul (tauD c) _)).
set dif := qmk _ _ (fun i r => qsub (qget z i r) _); set dz := qsqrt_up k (qnsq _ dif).
set A := samat P c; set AA := qmulT _ _; set rho := snrate _ _ _ _ _ _ _ _ _.
case/and5P => /(@psd_check_sound R _ _ _ _ _) psd Htab /(QR_ge0 R) c10 /(QR_ge0 R) c20.
case/and5P => /(QR_ge0 R) tp0 /(QR_ge0 R) td0 /(QR_ge0 R) r0 /(QR_ge0 R) Rz0.
case/and5P => /(QR_ge0 R) Rb0 /(QR_le R) Heps /(QR_le R) Hrho /(QR_lt R); rewrite QR1 => rho1.
case/andP => /(QR_le R) bz /(QR_le R) bb t; split=> //.
case/and5P: OK => okX okz okP okD /and3P[okbe okb /and4P[okK okroot /(QR_ge0 R) okW /(QR_ge0 R) okB]].
have p0 : (0 < p)%N by case/and5P: okroot.
set zc := mxq R n p (tz c); set Pc := mxq R n p (tPsi c); set Dc := mxq R n p (tDp c).
have KE : nX *m nX^T = mxq R n n K by rewrite /K (@mxq_mulT R n d n).
have zE : zpre nX ns0 = mxq R n p z by rewrite /zpre /= /z (@mxq_mulT R n d p).
have HK : nrm (nX *m nX^T) <= QR kK by rewrite KE nrm_mxq.
have Hb : nrm nb <= QR kb by exact: nrm_scaled.
have HP : nrm Pc <= QR kP by apply: nrm_mxq.
have Hbe : nrm ns0.2 <= QR kbe by exact: nrm_scaled.
have Hdz : nrm (zpre nX ns0 - zc) <= QR dz.
  rewrite zE (_ : _ - _ = mxq R n p dif) ?nrm_mxq ?qfit_mk //.
  by rewrite [RHS]mxq_mk; apply/matrixP=> i r; rewrite !mxE QRsub.
have HtP : nrm (map_mx psi zc - Pc) <= QR tP by apply: nrm_const => // i r; rewrite !mxE; exact: tabP.
have HtD : nrm (map_mx dpsi zc - Dc) <= QR tD by apply: nrm_const => // i r; rewrite !mxE; exact: tabD.
have HDc i r : `|Dc i r| <= c1.
  have Hi : nat_of_ord i \in iota 0 n by rewrite mem_iota /=.
  have Hr : nat_of_ord r \in iota 0 p by rewrite mem_iota /=.
  by have /(QR_le R) := allP (allP Htab i Hi) r Hr; rewrite QR_norm mxE.
have EB : QR (seB P) = QR (seW P) * s ^+ 2 by rewrite /seB /seW QRmul QR_qinv // root_sqr.
have HE : A0 nX nb (QR (seW P)) (QR (seB P)) Pc Dc ns0.2 = mxq R n n A.
  rewrite /A0 /Hmat KE -(@mxq_mulT R _ _ _ _ _ okP).
  set DB := qmk n p (fun i r => qmul (qget (tDp c) i r) (qmul (qv (feedback P) r) (qv (output P) r))).
  have -> : Dc *m diag_mx (\row_r (nb r 0 * ns0.2 r 0)) = s ^+ 2 *: mxq R n p DB.
    rewrite mxq_mk; apply/matrixP=> i r; rewrite mul_mx_diag !mxE !QRmul.
    by move: (QR _) (QR _) (QR _) => *; ring.
  rewrite -scalemxAl -(@mxq_mulT R n p n _ _ (qfit_mk _ _ _)) [RHS]mxq_mk.
  apply/matrixP=> i j; rewrite !mxE !QRsub !(QRmul _ (seB P)) EB -val_eqE /= /shmat qgetmk // QRmul.
  have -> : QR (if val i == val j then (1#1)%qq else q0) = (val i == val j)%:R.
    by case: (_ == _); rewrite ?QR1 ?QR0.
  by congr (_ - _); rewrite -/K; move: (RationalMatrices.QR R _) (RationalMatrices.QR R _) (RationalMatrices.QR R _) (s ^+ 2) => *; ring.
have HA0 : forall x : 'cV[R]_n, nrm (A0 nX nb (QR (seW P)) (QR (seB P)) Pc Dc ns0.2 *m x) <= QR (scr0 c) * nrm x.
  rewrite HE; apply: opnorm_of_psd => // x.
  rewrite (_ : _ - _ = mxq R n n (qmk n n (fun i j => qsub (if i == j then qmul (scr0 c) (scr0 c) else q0) (qget AA i j)))) //.
  have -> : (mxq R n n A)^T *m mxq R n n A = mxq R n n AA.
    by rewrite /AA (@mxq_mulT R n n n) ?qfit_mk // mxq_tr trmxK.
  rewrite [RHS]mxq_mk; apply/matrixP=> i j; rewrite !mxE QRsub -val_eqE /=.
  by case: (_ == _); rewrite ?QRmul ?QR0.
have HtP0 : nrm (Psi psi nX ns0 - Pc) <= c1 * QR dz + QR tP.
  rewrite -(subrKA (map_mx psi zc)) (le_trans (nrm_add _ _)) // ler_add //.
  apply: (@le_trans _ _ (c1 * nrm (zpre nX ns0 - zc))); last by rewrite ler_wpmul2l.
  by apply: nsq_le => // i r; rewrite !mxE; exact: psi_lip.
have He0 : nrm (nerr psi nX ny ns0) <= QR (seps c).
  apply: le_trans Heps; rewrite !(QRadd, QRmul) addrC.
  have -> : nerr psi nX ny ns0 = (Psi psi nX ns0 - Pc) *m ns0.2
      + (colq R n (sec P c) + (s - QR (snear c)) *: colq R n (sout P c)).
    have EO : Pc *m ns0.2 = s *: colq R n (sout P c).
      rewrite /= -scalemxAr (colq_mul R n (output P) okP); congr (_ *: _).
      by apply/matrixP=> i j; rewrite !mxE /sout /qv nth_mkseq.
    rewrite mulmxBl EO /nerr; apply/matrixP=> i j; rewrite !mxE /sec /qv nth_mkseq // QRsub QRmul -/(qv _ _).
    by move: (\sum_ _ _) (QR _) (QR _) (QR _) => *; ring.
  rewrite (le_trans (nrm_add _ _)) // ler_add //.
    by rewrite (le_trans (nrm_mul _ _)) // ler_pmul ?nrm_ge0.
  rewrite (le_trans (nrm_add _ _)) // ler_add //; first by apply: nrm_colq; rewrite size_mkseq.
  by rewrite nrmZ ler_pmul ?nrm_ge0 ?normr_ge0 // ?root_near //; apply: nrm_colq; rewrite size_mkseq.
have Q2 : QR (2#1)%qq = 2%:R by rewrite /RationalMatrices.QR /= divr1.
have Qh : QR (1#2)%qq = 2%:R^-1 by rewrite /RationalMatrices.QR /= div1r.
have rE : nrate c1 c2 (QR (seW P)) (QR (seB P)) (QR (scr0 c)) (QR kK) (QR kb) (QR kP) (QR kbe)
   (QR (seps c)) (QR dz) 0 (QR tP) (QR tD) (QR (sRz c)) (QR (sRb c)) = QR rho.
  rewrite /nrate /rho /snrate !(QRadd, QRmul) /q2 Q2 Qh !add0r mulr_natl.
  by rewrite !expr2 !mulrA.
have l1 : QR rho < 1 by exact: le_lt_trans Hrho rho1.
have lo : 1 - QR (srho c) <= 1 - QR rho by rewrite ler_add2l ler_opp2.
have eps0 : 0 <= QR (seps c) by exact: le_trans (nrm_ge0 _) He0.
have tP0 : 0 <= QR tP by exact: le_trans (nrm_ge0 _) HtP.
have tD0 : 0 <= QR tD by exact: le_trans (nrm_ge0 _) HtD.
have db0 : nrm (ns0.2 - ns0.2) <= 0 by rewrite subrr nrm0.
have dz0 : 0 <= QR dz by exact: le_trans (nrm_ge0 _) Hdz.
have := @smooth_contraction_forever R psi dpsi c1 c2 c10 c20 psi_lip dpsi_bd dpsi_lip psi_tay
  n d p nX ny nb (QR (seW P)) (QR (seB P)) zc Pc Dc ns0.2 (QR (scr0 c)) (QR kK) (QR kb) (QR kP) (QR kbe)
  (QR (seps c)) (QR dz) 0 (QR tP) (QR tD) (QR (sRz c)) (QR (sRb c))
  okW okB r0 dz0 (lexx 0) tP0 tD0 Rz0 Rb0 eps0 HA0 HK Hb HP Hbe HtP HtD HDc.
rewrite rE => /(_ l1) H.
rewrite !(QRadd, QRmul, QRsub, QR1) in bz bb.
rewrite -[_ * RationalMatrices.QR R (qinv _)]QRmul -/(seB P) in bb.
have {}H := H (le_trans bz (ler_wpmul2r Rz0 lo)) (le_trans bb (ler_wpmul2r Rb0 lo)).
have [{}H _] := H ns0 Hdz db0 He0 t.
apply: (le_trans H).
have rho0 : 0 <= QR rho.
  by rewrite -rE; apply: (nrate_ge0 c10 c20 okW okB r0 dz0 (lexx 0) tP0 tD0 Rz0 Rb0 eps0 HK Hb HP Hbe).
by rewrite ler_pmul ?exprn_ge0 ?nrm_ge0 // ler_expn2r // nnegrE (le_trans rho0).
Qed.

(* If the check succeeds, the error of feedback alignment after t steps is at most rho^t eps, for all t, and rho < 1. *)
Theorem smooth_certificate : scheck P c -> forall t,
  nrm (error_after psi dpsi P t) <= QR (srho c) ^+ t * QR (seps c) /\ QR (srho c) < 1.
Proof.
move=> C t; have okroot : root_check p (snear c) (stau c).
  by case/andP: C => /and5P[_ _ _ _ /and3P[_ _ /and4P[]]].
have p0 : (0 < p)%N by case/and5P: okroot.
have -> : error_after psi dpsi P t = nterr t; last exact: normalised_check_sound.
rewrite /nterr /ntraj /seB QRmul QR_qinv // -root_sqr smooth_link nerr_link //.
Qed.
End Sound.
